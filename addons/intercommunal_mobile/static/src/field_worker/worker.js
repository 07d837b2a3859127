/* Keeps the page for when there is no network. SETTINGS is put before this text by the
   server: the version is the hash of what is kept. */

const PREFIX = "intercommunal-field-";
const CACHE = PREFIX + SETTINGS.version;

self.addEventListener("install", (event) => {
    // the browser keeps it with the worker, which loads it when it sends
    importScripts(SETTINGS.app);
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
            // only our own: other parts of Odoo keep caches under this address too. A page
            // of the version before may still want its other screens
            .then((names) =>
                Promise.all(
                    names
                        .filter((name) => name.startsWith(PREFIX) && name !== CACHE)
                        .slice(0, -1)
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
    if (url.pathname === SETTINGS.shell) {
        event.respondWith(fromCache(request, { cacheName: CACHE }));
    } else if (url.pathname.startsWith(SETTINGS.scripts)) {
        event.respondWith(fromCache(request));
    }
});

/** What is kept of an address, else what the server answers. */
async function fromCache(request, where) {
    const { pathname } = new URL(request.url);
    return (await caches.match(pathname, where)) || fetch(request);
}

/** A module of the page's script, of those that need no page. */
function use(name) {
    self.odoo || importScripts(SETTINGS.app);
    return odoo.loader.modules.get(`@intercommunal_mobile/field_send/${name}`);
}

/* Chromium wakes the worker once the network is back: it sends, and so do open pages. */
self.addEventListener("sync", (event) => {
    if (event.tag === "intercommunal-outbox") {
        event.waitUntil(Promise.all([tell("sync"), send()]));
    }
});

/** Sends what waits as a page does, once it can't be taken back any more.

    Where the network fails this fails too: the browser then wakes the worker later. */
async function send() {
    const { Outbox } = use("outbox");
    const box = new Outbox(() => {});
    // it sleeps once this is done: no timer wakes it
    box.plan = () => {};
    await box.open();
    do {
        // a page that is open goes first
        const wait = 1000 + Math.max(0, ...box.held);
        await new Promise((done) => setTimeout(done, wait));
        await box.reload();
    } while (box.held.length);
    if (box.isDue) {
        await box.sync();
    }
    box.channel.close();
    if (box.state === "offline" && box.isDue) {
        throw new Error("no network");
    }
}

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
    const { get, put } = use("db");
    const { rpc } = use("api");
    // some browsers do not say which one they dropped
    const kept = (await get("meta", "notices")) || {};
    const replaces = old?.endpoint || kept.endpoint;
    if (!replaces) {
        return;
    }
    const { key } = await rpc("push", {});
    const subscription =
        fresh ||
        (await self.registration.pushManager.subscribe({
            userVisibleOnly: true,
            applicationServerKey: key,
        }));
    const { allowed } = await rpc("push", { subscription: subscription.toJSON(), replaces });
    if (!allowed) {
        await subscription.unsubscribe();
    }
    const endpoint = allowed ? subscription.endpoint : "";
    // it waits for who allowed it: somebody else may be logged in
    await put("meta", { ...kept, key: "notices", endpoint, paused: !allowed });
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
