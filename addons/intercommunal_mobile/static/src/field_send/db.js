/** What the phone keeps: a small layer over IndexedDB, with strict durability.

    Nothing is said to be kept before the transaction is complete. */

const NAME = "intercommunal-field";
const STORES = { meta: "key", items: "uuid", photos: "uuid" };
let opened = null;

function open() {
    opened ||= new Promise((resolve, reject) => {
        const request = indexedDB.open(NAME, 1);
        request.onupgradeneeded = () => {
            for (const [name, keyPath] of Object.entries(STORES)) {
                const store = request.result.createObjectStore(name, { keyPath });
                if (name === "photos") {
                    store.createIndex("item", "item");
                }
            }
        };
        request.onsuccess = () => {
            const db = request.result;
            // the system may close it to save memory: open it again at the next use
            db.onclose = () => (opened = null);
            db.onversionchange = () => {
                db.close();
                opened = null;
            };
            resolve(db);
        };
        request.onerror = () => {
            opened = null;
            reject(request.error);
        };
    });
    return opened;
}

/**
 * Runs `work(stores…)` in one transaction; all of it is kept, or nothing.
 *
 * @param {string[]} names stores
 * @param {"readonly"|"readwrite"} mode
 * @param {Function} work takes the stores, returns an IDBRequest or a value
 */
export async function transaction(names, mode, work) {
    let tx;
    try {
        tx = (await open()).transaction(names, mode, { durability: "strict" });
    } catch (error) {
        if (error.name !== "InvalidStateError") {
            throw error;
        }
        opened = null;
        tx = (await open()).transaction(names, mode, { durability: "strict" });
    }
    return new Promise((resolve, reject) => {
        let result;
        tx.oncomplete = () => resolve(result instanceof IDBRequest ? result.result : result);
        // the transaction's own error is set later, when it is aborted
        tx.onerror = ({ target }) => reject(target.error);
        tx.onabort = () => reject(tx.error || new Error("aborted"));
        try {
            result = work(...names.map((name) => tx.objectStore(name)));
        } catch (error) {
            // an exception here does not abort by itself: half of it would be kept
            tx.abort();
            reject(error);
        }
    });
}

export const get = (store, key) => transaction([store], "readonly", (s) => s.get(key));
export const all = (store) => transaction([store], "readonly", (s) => s.getAll());
export const put = (store, value) => transaction([store], "readwrite", (s) => s.put(value));
export const remove = (store, key) => transaction([store], "readwrite", (s) => s.delete(key));
/** Photos in the order in which they were taken; their identifiers have none. */
export const inOrder = (photos) =>
    photos.sort((one, other) => (one.taken_at > other.taken_at) - (one.taken_at < other.taken_at));
export const photosOf = (item) =>
    transaction(["photos"], "readonly", (s) => s.index("item").getAll(item)).then(inOrder);

/**
 * Changes a message in one transaction, by what it is then: another tab, or a send that is
 * under way, may have changed it since it was read.
 *
 * @param {Function} work takes the message, returns the new one, or nothing to leave it
 * @returns {Promise<Object|null>} the new one, or null
 */
export async function change(uuid, work) {
    let changed = null;
    await transaction(["items"], "readwrite", (items) => {
        items.get(uuid).onsuccess = ({ target }) => {
            changed = (target.result && work(target.result)) || null;
            changed && items.put(changed);
        };
    });
    return changed;
}

/** Removes a message and its photos together. */
export function removeItem(uuid) {
    return transaction(["items", "photos"], "readwrite", (items, photos) => {
        items.delete(uuid);
        photos.index("item").openKeyCursor(uuid).onsuccess = (event) => {
            const cursor = event.target.result;
            if (cursor) {
                photos.delete(cursor.primaryKey);
                cursor.continue();
            }
        };
    });
}
