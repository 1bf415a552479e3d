// Fetches the model's files once: with their progress, refused when they are cut, and kept by the browser.
// Part of the worker.

// Pages of other versions keep their files under other names; they are dropped.
async function readManifest() {
  let answer;
  try {
    answer = await fetch('files.json', { cache: 'no-cache' });
  } catch {
    answer = null;
  }
  if (!answer?.ok) throw new Error('The list of files did not arrive: check the connection, and try again.');
  const manifest = await answer.json();
  manifest.store = `glassbox-model-${manifest.cache}`;
  if (self.caches) {
    for (const name of await caches.keys()) {
      if (name.startsWith('glassbox-model-') && name !== manifest.store) await caches.delete(name);
    }
  }
  return manifest;
}

// The bytes of a file; `progress(loaded, total)` is called on the way.
// Errors: a sentence that names the file, for one that does not arrive, or not whole.
async function readFile(manifest, name, progress) {
  const total = manifest.files[name];
  const store = self.caches ? await caches.open(manifest.store).catch(() => null) : null;
  const kept = await store?.match(name);
  if (kept) {
    const bytes = new Uint8Array(await kept.arrayBuffer());
    progress(total, total);
    if (bytes.length === total) return bytes;
    await store.delete(name);
  }
  const bytes = await download(name, total, progress);
  // The browser may refuse: it is full, or the window is a private one. Then they are fetched next time.
  await store?.put(name, new Response(bytes, { headers: { 'Content-Length': total } })).catch(() => {});
  return bytes;
}

async function download(name, total, progress) {
  const bytes = new Uint8Array(total);
  let loaded = 0;
  try {
    const answer = await fetch(name);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (loaded + value.length <= total) bytes.set(value, loaded);
      loaded += value.length;
      progress(Math.min(loaded, total), total);
    }
  } catch (error) {
    throw new Error(`${name} did not arrive (${error.message}): check the connection, and try again.`);
  }
  if (loaded !== total) {
    throw new Error(`${name} arrived with ${loaded.toLocaleString('en')} of ${total.toLocaleString('en')} bytes: try again.`);
  }
  return bytes;
}

// Errors: a sentence that says which browsers can run the page.
function expectWebAssembly() {
  const wants = 'a browser from 2023 or later has it (Chrome 95, Firefox 100, Safari 16.4)';
  if (typeof WebAssembly !== 'object') throw new Error(`This browser runs no WebAssembly, in which the model is written: ${wants}.`);
  // The smallest programs with a vector instruction and with an exception.
  const vectors = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  const exceptions = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 64, 25, 11, 11];
  for (const [what, program] of [['SIMD, the vector instructions of the model', vectors], ['exceptions', exceptions]]) {
    if (WebAssembly.validate(new Uint8Array(program))) continue;
    throw new Error(`This browser's WebAssembly has no ${what}: ${wants}.`);
  }
}
