// Keeps the site for when there is no network: all pages and what they load, and others once they have been seen.
// scripts/site.mjs puts in the version and the files.

const cacheName = `polgrad-${"VERSION"}`;
const files = ["FILES"];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(files.map((file) => file.replace(/(^|\/)index\.html$/, "$1") || "./")))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names.filter((name) => name.startsWith("polgrad-") && name !== cacheName).map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

/** Names of built files hold their content's hash, so that the cache cannot be wrong; pages come from the network first. */
const neverChanges = (url) => /\/assets\//.test(url.pathname);

async function answer(request) {
  const cache = await caches.open(cacheName);
  const url = new URL(request.url);
  const kept = () => cache.match(request, { ignoreSearch: true });
  if (neverChanges(url)) {
    const found = await kept();
    if (found) return found;
  }
  try {
    const response = await fetch(request);
    if (response.ok) void cache.put(request, response.clone());
    return response;
  } catch (error) {
    const found = await kept();
    if (found) return found;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && new URL(request.url).origin === self.location.origin)
    event.respondWith(answer(request));
});
