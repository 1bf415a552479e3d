// A service worker: the page's own files from the network, or where there is none those of the last visit.
// The model's files are kept by weights.js.

const store = 'glassbox-page';

self.addEventListener('install', (event) => event.waitUntil((async () => {
  const { files } = await (await fetch('files.json', { cache: 'no-cache' })).json();
  const cache = await caches.open(store);
  const small = Object.keys(files).filter((name) => !name.startsWith('model/') && name !== 'glassbox.wasm');
  await cache.addAll(['./', 'files.json', ...small]);
  await self.skipWaiting();
})()));

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || url.pathname.includes('/model/')) return;
  event.respondWith((async () => {
    const cache = await caches.open(store);
    try {
      const answer = await fetch(event.request);
      if (answer.ok && !url.pathname.endsWith('.wasm')) await cache.put(event.request, answer.clone());
      return answer;
    } catch (error) {
      const kept = await cache.match(event.request, { ignoreSearch: true });
      if (kept) return kept;
      throw error;
    }
  })());
});
