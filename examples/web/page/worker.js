// Holds the model, so that the page never waits for it. One message is one call: {id, name, args}; the
// answer is {id, value} or {id, error}. Events on the way are {event, ...}.

importScripts('weights.js', 'glassbox.js');

let program = null;     // emscripten's module
let files = null;       // files.json
const tiles = new Map();  // of the step that is running: what the U shows

const copyBytes = (address, count) => program.HEAPU8.slice(address, address + count);
const copyFloats = (address, count) => new Float32Array(program.HEAPF32.subarray(address >> 2, (address >> 2) + count));

// Calls a function of the C API, which returns 0 or leaves a sentence.
function call(name, ...args) {
  const types = args.map((arg) => typeof arg);
  let failed;
  try {
    failed = program.ccall(name, 'number', types, args);
  } catch (error) {  // of the WebAssembly machine itself
    throw new Error(`The model stopped (${error.message ?? error}): reload the page to go on.`);
  }
  if (failed) throw new Error(program.ccall('gb_error', 'string', [], []));
}
const result = () => JSON.parse(program.ccall('gb_result', 'string', [], []));

function picture() {
  const height = program._gb_height();
  const width = program._gb_width();
  return { height, width, rgb: copyBytes(program._gb_pixels(), 3 * height * width) };
}

// Of a block's output (N, C, H, W): its last row, the one with the prompt; as many channels as the U shows,
// each from its darkest to its brightest value; and the root mean square of them all.
function tileOf(shape, address) {
  const [n, channels, height, width] = shape;
  const size = height * width;
  const x = program.HEAPF32.subarray((address >> 2) + (n - 1) * channels * size, (address >> 2) + n * channels * size);
  let squares = 0;
  for (let i = 0; i < x.length; ++i) squares += x[i] * x[i];
  const shown = Math.min(12, channels);
  const pixels = new Uint8Array(shown * size);
  for (let k = 0; k < shown; ++k) {
    const start = Math.floor((k * channels) / shown) * size;
    let low = Infinity;
    let high = -Infinity;
    for (let i = start; i < start + size; ++i) {
      low = Math.min(low, x[i]);
      high = Math.max(high, x[i]);
    }
    const scale = high > low ? 255 / (high - low) : 0;
    for (let i = 0; i < size; ++i) pixels[k * size + i] = (x[start + i] - low) * scale;
  }
  return { height, width, shown, pixels, rms: Math.sqrt(squares / x.length) };
}

function onStep(facts, address, height, width) {
  postMessage({ event: 'step', facts, tiles: [...tiles], preview: { height, width, rgb: copyBytes(address, 3 * height * width) } });
  tiles.clear();
}

async function start() {
  expectWebAssembly();
  files = await readManifest();
  const wasmBinary = await readFile(files, 'glassbox.wasm', report('program'));
  program = await glassbox({
    wasmBinary, onStep, onOutput: (path, shape, address) => tiles.set(path, tileOf(shape, address)),
  });
}

const report = (what) => (loaded, total) => postMessage({ event: 'progress', what, loaded, total });

// Puts the model's files where the program finds them. `which`: 'base' or 'refiner'.
async function fetchModel(which) {
  const names = Object.keys(files.files).filter((name) => name.startsWith('model/') && (which === 'refiner') === name.startsWith('model/refiner/'));
  const total = names.reduce((sum, name) => sum + files.files[name], 0);
  const progress = new Map();
  await Promise.all(names.map(async (name) => {
    const bytes = await readFile(files, name, (loaded) => {
      progress.set(name, loaded);
      report(which)([...progress.values()].reduce((a, b) => a + b, 0), total);
    });
    const folder = '/' + name.slice(0, name.lastIndexOf('/'));
    program.FS.mkdirTree(folder);
    program.FS.writeFile('/' + name, bytes);
  }));
}

const functions = {
  async open() {
    if (!program) await start();
    await fetchModel('base');
    call('gb_open', '/model');
    call('gb_about');
    return { ...result(), version: files.version };
  },
  async openRefiner() {
    await fetchModel('refiner');
    call('gb_open_refiner', '/model/refiner');
  },
  // Opens the model again with other values in its configs, a list of {file: {field: value}}: those of a
  // mistake, behind the right ones of the mistake before it.
  reopen(changes) {
    for (const [file, fields] of changes.flatMap((one) => Object.entries(one ?? {}))) {
      const config = JSON.parse(program.FS.readFile(`/model/${file}`, { encoding: 'utf8' }));
      program.FS.writeFile(`/model/${file}`, JSON.stringify({ ...config, ...fields }));
    }
    call('gb_open', '/model');
  },
  draw(options) {
    tiles.clear();
    const begin = performance.now();
    call('gb_draw', JSON.stringify(options));
    return { ...result(), picture: picture(), milliseconds: performance.now() - begin };
  },
  keep: () => program._gb_keep(),
  swap: () => program._gb_swap(),
  look(step, timestep = -1) { call('gb_look', step, timestep); },
  predicted(step) {
    call('gb_predicted', step);
    return picture();
  },
  tree(component) {
    call('gb_tree', component);
    return result();
  },
  describe(path) {
    call('gb_describe', path);
    return result();
  },
  tokens(text) {
    call('gb_tokens', text);
    return result();
  },
  tensor(name) {
    call('gb_tensor', name);
    const shape = result();
    const count = shape.reduce((a, b) => a * b, 1);
    return { name, shape, data: copyFloats(program.ccall('gb_values', 'number', [], []), count) };
  },
  // Several tensors; null where the step has none of that name.
  tensors: (names) => names.map((name) => {
    try {
      return functions.tensor(name);
    } catch {
      return null;
    }
  }),
};

// One call after the other: the next one waits until what it needs has arrived.
let last = Promise.resolve();
onmessage = ({ data: { id, name, args } }) => {
  last = last.then(async () => {
    try {
      postMessage({ id, value: await functions[name](...args) });
    } catch (error) {
      postMessage({ id, error: error.message });
    }
  });
};
