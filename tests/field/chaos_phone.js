/* What a random run does with the page's own modules, on the page itself. */
window.chaos = {
    /** The page's outbox code, as after a start of the page. */
    async open() {
        const modules = odoo.loader.modules;
        const { Outbox } = modules.get("@intercommunal_mobile/field_send/outbox");
        this.db = modules.get("@intercommunal_mobile/field_send/db");
        // the screens come after the jobs, and photos with them
        await modules.get("@intercommunal_mobile/field/later").later();
        this.photos = modules.get("@intercommunal_mobile/field_later/photos");
        this.box = new Outbox(() => {});
        await this.box.open();
    },

    /** Writes a report with photos (base64) and queues it; returns what it keeps. */
    async write(job, photos, about = {}) {
        const item = await this.box.draft("report", {
            job,
            outcome: "done",
            summary: `Fait : ${job}`,
            lines: [{ kind: "labour", agent: this.box.user.id, minutes: 75, quantity: 1 }],
            checks: [],
            ...about,
        });
        const kept = [];
        for (const photo of photos) {
            const blob = new Blob([Uint8Array.from(atob(photo), (c) => c.charCodeAt(0))], {
                type: "image/jpeg",
            });
            const sha256 = await this.photos.sha256(blob);
            const { uuid } = await this.box.addPhoto(item, blob, {
                sha256,
                kind: "after",
                caption: "",
                taken_at: new Date().toISOString(),
            });
            kept.push([uuid, sha256]);
        }
        await this.box.queue(item, 30 * 1000);
        // it may leave now: the ten seconds of "undo" have a test of their own
        await this.db.change(item.uuid, (now) => ({ ...now, sendAfter: 0 }));
        return { uuid: item.uuid, photos: kept };
    },

    async sync() {
        try {
            await this.box.sendNow();
        } catch (error) {
            return String(error);
        }
        return "";
    },

    /** What the phone has of a message: its state and the SHA-256 of its photos now. */
    async look(uuid) {
        const item = await this.db.get("items", uuid);
        const photos = await this.db.photosOf(uuid);
        const hashes = await Promise.all(photos.map((photo) => this.photos.sha256(photo.blob)));
        return { state: item?.state, message: item?.message, hashes };
    },

    /** Six sends of the same message at once, beside the outbox. */
    async six(uuid) {
        const item = await this.db.get("items", uuid);
        const { rpc } = odoo.loader.modules.get("@intercommunal_mobile/field_send/api");
        const send = () =>
            rpc("submit", {
                uuid,
                content: { ...item.content, kind: item.kind },
                user: item.user,
            }).catch(() => null);
        await Promise.all([1, 2, 3, 4, 5, 6].map(send));
    },

    /** The next write of the phone fails in the middle of its transaction. */
    spoilPut(name) {
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...args) {
            IDBObjectStore.prototype.put = put;
            put.apply(this, args);
            throw new DOMException("spoilt", name);
        };
    },

    /** The system closes the phone's database. */
    async closeDatabase() {
        const get = IDBDatabase.prototype.transaction;
        IDBDatabase.prototype.transaction = function () {
            IDBDatabase.prototype.transaction = get;
            this.close();
            throw new DOMException("closed", "InvalidStateError");
        };
    },

    /** The phone's clock is wrong by some days. */
    shiftClock(days) {
        const now = Date.now;
        Date.now = () => now() + days * 86400000;
    },
};
