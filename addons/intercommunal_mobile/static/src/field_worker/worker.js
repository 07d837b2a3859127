/* Keeps the page for when there is no network. SETTINGS is put before this text by the
   server: the version is the hash of what is kept. */

const PREFIX = "intercommunal-field-";
const CACHE = PREFIX + SETTINGS.version;

self.addEventListener("install", (event) => {
    event.waitUntil(
        caches
            .open(CACHE)
            .then((cache) =>
                Promise.all([
                    // the page came with the worker, which no portal can have redirected
                    cache.put(SETTINGS.shell, toPage(SETTINGS.page)),
                    ...SETTINGS.files.map((file) => keep(cache, file)),
                ])
            )
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

function toPage(html) {
    return new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}

/**
 * Keeps a file, unless the answer is an error or another page (a login, a portal).
 * Its address holds its version: what the browser has of it needs no second way.
 */
async function keep(cache, file) {
    const answer = await fetch(file, { credentials: "same-origin" });
    const kind = answer.headers.get("Content-Type") || "";
    if (!answer.ok || answer.redirected || !kind.includes("javascript")) {
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
    if ([SETTINGS.shell, ...SETTINGS.files].includes(url.pathname)) {
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
        event.waitUntil(tell("sync"));
    }
});

/* What core pushes and what we push have the same shape. */
self.addEventListener("push", (event) => {
    const { title, options } = event.data.json();
    event.waitUntil(
        Promise.all([self.registration.showNotification(title, options), tell("news")])
    );
});

self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    const { screen, model, res_id: id } = event.notification.data || {};
    const isJob = model === "intercommunal.intervention" && id;
    event.waitUntil(show(screen || (isJob ? `job/${id}` : "jobs")));
});

/* The browser changed this phone's address, or dropped it: the server must know. What
   fails here is mended by the page, the next time that it is opened with network. */
self.addEventListener("pushsubscriptionchange", (event) => {
    event.waitUntil(renew(event.oldSubscription, event.newSubscription).catch(() => {}));
});

async function renew(old, fresh) {
    // some browsers do not say which one they dropped
    const kept = (await notices((store) => store.get("notices"))) || {};
    const replaces = old?.endpoint || kept.endpoint;
    if (!replaces) {
        return;
    }
    const { key } = await ask({});
    const subscription =
        fresh ||
        (await self.registration.pushManager.subscribe({
            userVisibleOnly: true,
            applicationServerKey: key,
        }));
    const { allowed } = await ask({ subscription: subscription.toJSON(), replaces });
    if (!allowed) {
        await subscription.unsubscribe();
    }
    const endpoint = allowed ? subscription.endpoint : "";
    await notices((store) => store.put({ ...kept, key: "notices", endpoint }));
}

/** Reads or writes what the page noted of its notifications. */
function notices(work) {
    return new Promise((resolve, reject) => {
        const opening = indexedDB.open("intercommunal-field");
        // the page makes it, not the worker
        opening.onupgradeneeded = () => opening.transaction.abort();
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
            const transaction = opening.result.transaction(["meta"], "readwrite");
            const request = work(transaction.objectStore("meta"));
            transaction.oncomplete = () => {
                opening.result.close();
                resolve(request.result);
            };
            transaction.onabort = () => reject(transaction.error);
        };
    });
}

/** Calls the server's route of notifications; returns its result. */
async function ask(params) {
    const answer = await fetch("/intercommunal/api/push", {
        method: "POST",
        credentials: "same-origin",
        redirect: "error",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
            jsonrpc: "2.0",
            method: "call",
            params: { protocol: SETTINGS.protocol, ...params },
        }),
    });
    const { result } = await answer.json();
    if (result?.protocol !== SETTINGS.protocol) {
        throw new Error("not ours");
    }
    return result;
}

/** The page that is open comes to the front, else a new one. */
async function show(open) {
    for (const page of await self.clients.matchAll({ type: "window" })) {
        if (new URL(page.url).pathname === SETTINGS.shell) {
            page.postMessage({ open });
            return page.focus();
        }
    }
    return self.clients.openWindow(`${SETTINGS.shell}#${open}`);
}

async function tell(news) {
    const pages = await self.clients.matchAll({ type: "window" });
    pages.forEach((page) => page.postMessage({ news }));
}
