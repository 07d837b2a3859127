/** What waits on the phone, and how it leaves: each message once, nothing lost. */

import { all, change, inOrder, photosOf, put, removeItem, transaction } from "./db";
import { ApiError, rpc, sendPhoto } from "./api";

// a worker knows no window
const { version } = self.intercommunalField;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 5 * 60 * 1000;
const KEEP_DAYS = 7;
const DAY = 24 * 3600 * 1000;
/** How long a report can be taken back: as it is, and for who needs more time. */
export const UNDO = 10 * 1000;
export const LONG_UNDO = 120 * 1000;
// longer than a message is held back: its date is of a clock that was put right since
const HELD = LONG_UNDO + 30 * 1000;
// failures one after the other, from which on the others go first
const TRIES = 3;
// still to be sent
const WAITING = ["queued", "sending", "received", "needs_login", "upgrade"];

export class Outbox {
    /** @param {Function} onChange called whenever something moved */
    constructor(onChange) {
        this.onChange = onChange;
        this.items = [];
        this.snapshot = null;
        // by how many ms the server's clock is ahead of the phone's
        this.drift = 0;
        this.places = [];
        this.user = null;
        this.state = "starting";
        this.synced = 0;
        // what the later screens fetch once the news are there: `later.js` brings them
        this.extras = [];
        // one of them could not be had: it is asked for again soon
        this.lacks = false;
        this.wait = 0;
        this.undo = UNDO;
        this.timer = null;
        this.channel = new BroadcastChannel("intercommunal-field");
        this.channel.onmessage = () => this.reload();
    }

    // ------------------------------------------------------------- what is kept

    async open() {
        // at once: each transaction more is waited for before the first screen
        const kept = await transaction(["meta", "items"], "readonly", (meta, items) => ({
            snapshot: meta.get("snapshot"),
            device: meta.get("device"),
            opened: meta.get("opened"),
            undo: meta.get("undo"),
            items: items.getAll(),
        }));
        const snapshot = kept.snapshot.result;
        this.snapshot = snapshot?.value || null;
        this.drift = snapshot?.drift || 0;
        this.user = this.snapshot?.user || null;
        this.device = kept.device.result?.value || crypto.randomUUID();
        // the job whose report was being written when the page was closed
        this.opened = kept.opened.result?.value;
        this.undo = kept.undo.result?.value || UNDO;
        this.take(kept.items.result);
        if (!kept.device.result) {
            await put("meta", { key: "device", value: this.device });
        }
        navigator.storage?.persist?.();
    }

    async reload() {
        this.take(await all("items"));
    }

    take(items) {
        this.items = items.sort((one, other) => one.number - other.number);
        this.onChange();
    }

    async keep(item) {
        await put("items", item);
        await this.told();
    }

    /** See `change` in db.js; the screens and the other tabs are told. */
    async change(uuid, work) {
        const changed = await change(uuid, work);
        await this.told();
        return changed;
    }

    async told() {
        await this.reload();
        this.channel.postMessage("changed");
    }

    /** A new draft; its identifier belongs to it, however often it is sent. */
    async draft(kind, content, about = {}) {
        const item = {
            uuid: crypto.randomUUID(),
            kind,
            content,
            state: "draft",
            user: this.user.id,
            userName: this.user.name,
            // the order of the messages, whatever the phone's clock says
            number: Math.max(0, ...this.items.map((other) => other.number)) + 1,
            created: new Date().toISOString(),
            ...about,
        };
        await this.keep(item);
        return item;
    }

    /** Keeps a photo at once, before anything else is done with it.

        A report that left meanwhile takes none: nobody would send it. */
    async addPhoto(item, blob, values) {
        const photo = { uuid: crypto.randomUUID(), item: item.uuid, blob, ...values };
        await transaction(["items", "photos"], "readwrite", (items, photos) => {
            photos.put(photo);
            items.get(item.uuid).onsuccess = ({ target: { result, transaction: tx } }) => {
                if (result?.state !== "draft") {
                    tx.abort();
                }
            };
        });
        return photo;
    }

    async discard(item) {
        await removeItem(item.uuid);
        await this.reload();
    }

    /** What the server could not take as it is: somebody must look at it. */
    get refused() {
        return this.items.filter((item) => item.state === "refused" || this.isUnseen(item));
    }

    /** What the server does not have of a message, and nobody said that they saw it:
        photos that it could not read, or the second of two contents. */
    isUnseen(item) {
        return (item.conflict || Object.keys(item.refused || {}).length) && !item.seen;
    }

    acknowledge(item) {
        return this.change(item.uuid, (now) => ({ ...now, seen: true }));
    }

    /** Sends a refused message once more, for the page or the server has changed. */
    async again(item) {
        await this.change(
            item.uuid,
            (now) => now.state === "refused" && { ...now, state: "queued", message: "" }
        );
        this.asked = true;
        this.plan(0);
    }

    /** A refused report becomes a draft again, to be corrected: the server has nothing of it. */
    reopen(item) {
        return this.change(
            item.uuid,
            (now) => now.state === "refused" && { ...now, state: "draft", message: "" }
        );
    }

    get unsent() {
        return this.items.filter(
            (item) =>
                WAITING.includes(item.state) ||
                // it waited for its author, who is back
                (item.state === "other_user" && item.user === this.user?.id)
        );
    }

    /**
     * Queues a draft with its photos, in one transaction; it leaves after `delay`, during
     * which it can be taken back.
     *
     * @returns {Promise<boolean>} false: another tab sent it meanwhile
     */
    async queue(item, delay = 0) {
        const values = { state: "queued", sendAfter: Date.now() + delay };
        const captured_at = this.iso();
        let queued = false;
        await transaction(["items", "photos"], "readwrite", (items, photos) => {
            photos.index("item").getAll(item.uuid).onsuccess = ({ target: { result } }) => {
                const told = inOrder(result).map(({ uuid, sha256, kind, caption, taken_at }) => ({
                    uuid,
                    sha256,
                    kind,
                    caption: caption || "",
                    taken_at,
                }));
                items.get(item.uuid).onsuccess = ({ target: { result: now } }) => {
                    queued = now?.state === "draft";
                    if (queued) {
                        const content = { ...now.content, photos: told, captured_at };
                        items.put({ ...now, ...values, content });
                    }
                };
            };
        });
        await this.told();
        if (!queued) {
            return false;
        }
        navigator.serviceWorker?.ready
            .then((worker) => worker.sync?.register("intercommunal-outbox"))
            .catch(() => {});
        this.plan(delay);
        return true;
    }

    /** Takes a message back, as long as nothing of it left. */
    unqueue(item) {
        return this.change(
            item.uuid,
            (now) =>
                (now.state === "queued" ||
                    // somebody must log in, and it was held back still
                    (now.state === "needs_login" && now.sendAfter > Date.now())) && {
                    ...now,
                    state: "draft",
                }
        );
    }

    /** Holds a message back `delay` ms more, if nothing of it left; null: it did. */
    async hold(uuid, delay) {
        const held = await this.change(
            uuid,
            (now) => now.state === "queued" && { ...now, sendAfter: Date.now() + delay }
        );
        held && this.plan(delay);
        return held;
    }

    /** Sets how long reports can be taken back from now on. */
    async setUndo(value) {
        this.undo = value;
        await put("meta", { key: "undo", value });
    }

    // ----------------------------------------------------------------- sending

    plan(delay) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.sync(), delay);
    }

    /** Sends now, as somebody asks who sees the network: what failed does not wait. */
    sendNow() {
        this.asked = true;
        return this.sync();
    }

    /** Sends what waits and asks for the news; one tab at a time does it. */
    async sync() {
        clearTimeout(this.timer);
        if (navigator.locks) {
            await navigator.locks.request("intercommunal-outbox", () => this.syncAlone());
        } else {
            await this.syncAlone();
        }
    }

    async syncAlone() {
        this.eager = this.asked;
        this.asked = false;
        try {
            // another tab or the worker may have sent while this one waited for its turn
            await this.reload();
            const current = await this.pull();
            await this.sendAll();
            await this.tellUnsent();
            // not at the start: the day's jobs come first on a slow network
            if (current && this.synced++) {
                for (const fetchMore of this.extras) {
                    await fetchMore(this);
                }
            }
            this.state = current ? "online" : "upgrade";
            this.wait = 0;
            this.plan(this.nextDelay());
        } catch (error) {
            this.state = { login: "login", network: "offline" }[error.kind] || "offline";
            if (error.kind === "login") {
                // somebody must log in: trying again is of no use
                await this.markLogin();
            } else {
                this.wait = Math.min(LONGEST_WAIT, this.wait * 2 || FIRST_WAIT);
                this.plan(this.wait * (0.5 + Math.random() / 2));
            }
            // a phone that can't write tries again as well
            if (!(error instanceof ApiError)) {
                throw error;
            }
        } finally {
            await this.reload();
            this.channel.postMessage("changed");
        }
    }

    /** Whether something is to be sent now, whoever wrote it: they may be back. */
    get isDue() {
        return this.items.some(isReady);
    }

    /** In how many ms each message leaves that can still be taken back. */
    get held() {
        return this.items
            .filter((item) => item.state === "queued" && isHeld(item))
            .map((item) => item.sendAfter - Date.now());
    }

    nextDelay() {
        return Math.min(this.synced > 1 && !this.lacks ? 60000 : 15000, ...this.held);
    }

    /** What the office is told of this phone. */
    get about() {
        const unsent = (this.toldUnsent = this.unsent.length);
        return { uuid: this.device, name: deviceName(), version, unsent };
    }

    /** Nobody looks for a phone whose reports have left. */
    async tellUnsent() {
        await this.reload();
        if (this.unsent.length < this.toldUnsent) {
            await rpc("status", { uuids: [], device: this.about });
        }
    }

    async pull() {
        const news = await rpc("pull", { device: this.about });
        if (news.status === "upgrade_required") {
            return false;
        }
        // JSON of somebody else must not take the place of the jobs
        if (!news.user?.id || !Array.isArray(news.jobs) || !Date.parse(news.now)) {
            throw new ApiError("network", "not ours");
        }
        if (this.user && this.user.id !== news.user.id) {
            this.places = [];
        }
        this.user = news.user;
        this.snapshot = news;
        this.drift = Date.parse(news.now) - Date.now();
        // a full phone sends all the same: what has left is what makes room
        await put("meta", { key: "snapshot", value: news, drift: this.drift }).catch(() => {});
        await this.forgetOld();
        return true;
    }

    /** In one transaction: another tab may have sent meanwhile what this one recalls. */
    markLogin() {
        return transaction(["items"], "readwrite", (items) => {
            items.openCursor().onsuccess = (event) => {
                const cursor = event.target.result;
                if (!cursor) {
                    return;
                }
                if (["queued", "sending"].includes(cursor.value.state)) {
                    cursor.update({ ...cursor.value, state: "needs_login" });
                }
                cursor.continue();
            };
        });
    }

    async sendAll() {
        const items = (await all("items")).sort((one, other) => one.number - other.number);
        for (const item of items) {
            if (item.user !== this.user.id) {
                await change(
                    item.uuid,
                    (now) => WAITING.includes(now.state) && { ...now, state: "other_user" }
                );
            } else if (item.state === "received") {
                await this.send(item);
            } else {
                // as it is now: it may have been taken back while others left
                const sending = await change(
                    item.uuid,
                    (now) => isReady(now) && { ...now, state: "sending" }
                );
                sending && (await this.send(sending));
            }
        }
    }

    /** Sends one message, then its photos, as far as the network goes. */
    async send(item) {
        if (item.state !== "received") {
            await this.reload();
            // what fails leaves it as it waits
            const waiting = { ...item, state: "queued" };
            const answer = await this.attempt(waiting, "", () => this.submit(waiting));
            if (!answer) {
                await put("items", waiting);
                return;
            }
            await this.note(item, answer);
            if (item.state !== "received") {
                return;
            }
        }
        let tried = false;
        for (const photo of await photosOf(item.uuid)) {
            if (!item.missing.includes(photo.uuid)) {
                continue;
            }
            const answer = await this.attempt(item, photo.uuid, () => sendPhoto(item, photo));
            tried ||= answer;
            if (answer?.submission?.uuid === item.uuid) {
                await this.note(item, answer.submission);
            }
        }
        if (tried && item.missing.length) {
            const { items } = await rpc("status", { uuids: [item.uuid] });
            const known = items.find((other) => other.uuid === item.uuid);
            if (known) {
                await this.note(item, known);
            }
        }
    }

    /** Sends the text of a message; nothing when it alone can't be taken now. */
    async submit(item) {
        const { uuid, user, kind } = item;
        let answer;
        try {
            answer = await rpc("submit", { uuid, content: { ...item.content, kind }, user });
        } catch (error) {
            if (error.kind === "server") {
                item.message = error.message;
                return;
            }
            throw error;
        }
        if (answer.uuid !== uuid) {
            throw new ApiError("network", "not ours");
        }
        return answer;
    }

    /**
     * Sends a part of a message: its text (""), or a photo by its UUID. One that fails again
     * and again holds nothing else back: it is passed over, and tried again later and later.
     *
     * @returns {Promise<Object|undefined>} what `work` answers; nothing: passed over
     */
    async attempt(item, part, work) {
        const { tries = 0, until = 0 } = item.late?.[part] || {};
        const wait = until - Date.now();
        if (!this.eager && wait > 0 && wait <= LONGEST_WAIT) {
            return;
        }
        try {
            return await work();
        } catch (error) {
            if (error.kind === "login") {
                throw error;
            }
            const passed = tries + 1 >= TRIES;
            const pause = Math.min(LONGEST_WAIT, 15000 * 2 ** tries);
            item.late = {
                ...item.late,
                [part]: { tries: tries + 1, until: passed ? Date.now() + pause : 0 },
            };
            await put("items", item);
            if (!passed) {
                throw error;
            }
        }
    }

    /** Notes what the server says of a message. */
    async note(item, answer) {
        item.conflict ||= answer.status === "conflict";
        if (answer.status === "refused") {
            item.state = "refused";
        } else if (answer.status === "other_user") {
            item.state = "other_user";
        } else if (answer.status === "upgrade_required") {
            item.state = "upgrade";
        } else {
            item.missing = answer.missing;
            item.refused = answer.refused;
            item.reference = answer.reference || item.reference;
            item.receivedAt = answer.received_at;
            const looked = ["to_reconcile", "conflict", "settled"].includes(answer.state);
            item.state = answer.missing.length ? "received" : looked ? "to_reconcile" : "complete";
            if (item.state !== "received") {
                item.completeAt ||= this.serverNow();
            }
        }
        item.message = answer.message || "";
        await put("items", item);
        this.onChange();
    }

    /** The time by the server's clock, `age` ms ago: a phone's own may be wrong. */
    iso(age = 0) {
        return new Date(Date.now() + this.drift - age).toISOString();
    }

    /** The server's clock at the last contact: a phone's own may be wrong by years. */
    serverNow() {
        return Date.parse(this.snapshot.now);
    }

    /** What the server has whole is forgotten after a week, never before. */
    async forgetOld() {
        const limit = this.serverNow() - KEEP_DAYS * DAY;
        for (const item of this.items) {
            const whole = ["complete", "to_reconcile"].includes(item.state);
            // what the server refused is nowhere else
            const safe = whole && !this.isUnseen(item);
            if (safe && item.completeAt && item.completeAt < limit) {
                await removeItem(item.uuid);
            }
        }
    }

    // ------------------------------------------------------------------ drafts

    draftOf(job) {
        return this.items.find(
            (item) =>
                item.state === "draft" &&
                item.kind === "report" &&
                item.content.job === job &&
                item.user === this.user?.id
        );
    }

    /** What this phone already sent or keeps for a job. */
    sentOf(job) {
        return this.items.filter(
            (item) => item.content.job === job && !["draft", "refused"].includes(item.state)
        );
    }
}

function isHeld({ sendAfter }) {
    const wait = sendAfter - Date.now();
    return wait > 0 && wait < HELD;
}

/** Whether a message may leave now. */
function isReady(item) {
    return [...WAITING, "other_user"].includes(item.state) && !isHeld(item);
}

function deviceName() {
    const match = /(iPhone|iPad|Android[^;)]*|Windows|Linux|Macintosh)/.exec(navigator.userAgent);
    return match ? match[0] : "";
}
