/** What is fetched once the day's jobs are there: the places around, the photos of what
    the commune sent back or asks about, and this phone's way for notifications. */

import { ApiError, rpc } from "@intercommunal_mobile/field_send/api";
import { get, put, transaction } from "@intercommunal_mobile/field_send/db";
import { renew } from "./notices";

const PLACES_AGE = 12 * 3600 * 1000;
const PREFIX = "returned/";

/** Gives the outbox what it fetches after the news, and what the phone has of it. */
export async function prepare(box) {
    if (!box.places.length) {
        const kept = await get("meta", "places");
        box.places = (kept?.user === box.user?.id && kept?.value) || [];
    }
    box.extras = [pullReturned, pullPlaces, renew];
}

/** The places around and what was done there, twice a day; the user's alone. */
async function pullPlaces(box) {
    const kept = await get("meta", "places");
    const age = box.serverNow() - kept?.at;
    if (kept?.user === box.user.id && age < PLACES_AGE) {
        return;
    }
    const { user, places } = await rpc("places", {});
    if (user !== box.user.id || !Array.isArray(places)) {
        throw new ApiError("network", "not ours");
    }
    box.places = places;
    await put("meta", { key: "places", user, at: box.serverNow(), value: places });
}

/** The photos that are meant: each once, kept while its job or question is there. */
async function pullReturned(box) {
    const kept = await transaction(["meta"], "readonly", (meta) =>
        meta.getAllKeys(IDBKeyRange.bound(PREFIX, `${PREFIX}~`))
    );
    const wanted = new Map();
    const want = (owner, photos = []) =>
        photos.forEach(({ uuid }) => wanted.set(PREFIX + uuid, { ...owner, photo: uuid }));
    const { jobs, questions } = box.snapshot;
    jobs.forEach((job) => want({ job: job.id }, job.returned_photos));
    questions.forEach(({ id, photos }) => want({ question: id }, photos));
    const gone = kept.filter((key) => !wanted.has(key));
    if (gone.length) {
        await transaction(["meta"], "readwrite", (meta) => gone.forEach((key) => meta.delete(key)));
    }
    box.lacks = false;
    for (const [key, which] of wanted) {
        if (!kept.includes(key)) {
            box.lacks = !(await pullOne(key, which)) || box.lacks;
        }
    }
}

async function pullOne(key, which) {
    let answer;
    try {
        answer = await rpc("returned", which);
    } catch (error) {
        if (error.kind === "server") {
            // this one alone can't be given now: its line and words are there
            return false;
        }
        throw error;
    }
    if (answer.photo !== which.photo) {
        throw new ApiError("network", "not ours");
    }
    if (answer.image) {
        await put("meta", { key, value: `data:image/jpeg;base64,${answer.image}` });
    }
    return true;
}

/** Address of a photo that came back, or "" while it is not on the phone. */
export async function returnedPhoto(uuid) {
    return (await get("meta", PREFIX + uuid))?.value || "";
}
