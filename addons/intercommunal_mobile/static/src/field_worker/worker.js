/* Keeps the page for when there is no network. SETTINGS is put before this text by the
   server: the version is the hash of what is kept. */

const PREFIX = "intercommunal-field-";
const CACHE = PREFIX + SETTINGS.version;

self.addEventListener("install", (event) => {
    event.waitUntil(
        caches
            .open(CACHE)
            .then((cache) => Promise.all(SETTINGS.files.map((file) => keep(cache, file))))
            .then(() => self.skipWaiting())
    );
});

self.addEventListener("activate", (event) => {
    event.waitUntil(
        caches
            .keys()
            // only our own: other parts of Odoo keep caches under this address too
            .then((names) =>
                Promise.all(
                    names
                        .filter((name) => name.startsWith(PREFIX) && name !== CACHE)
                        .map((name) => caches.delete(name))
                )
            )
            .then(() => self.clients.claim())
    );
});

/** Keeps a file, unless the answer is an error or another page (a login, a portal). */
async function keep(cache, file) {
    const answer = await fetch(file, { cache: "reload", credentials: "same-origin" });
    if (!answer.ok || answer.redirected) {
        throw new Error(`${file}: ${answer.status}`);
    }
    await cache.put(file, answer);
}

self.addEventListener("fetch", (event) => {
    const request = event.request;
    const url = new URL(request.url);
    // what sends something is never touched: some browsers would empty it
    if (request.method !== "GET" || url.origin !== self.location.origin) {
        return;
    }
    if (SETTINGS.files.includes(url.pathname)) {
        event.respondWith(fromCache(url.pathname, request));
    }
});

async function fromCache(file, request) {
    const cache = await caches.open(CACHE);
    return (await cache.match(file)) || fetch(request);
}

/* Chromium wakes the worker once the network is back: the open pages send. */
self.addEventListener("sync", (event) => {
    if (event.tag === "intercommunal-outbox") {
        event.waitUntil(
            self.clients
                .matchAll({ type: "window" })
                .then((pages) => pages.forEach((page) => page.postMessage("sync")))
        );
    }
});
