/** Photos: reduced on the phone, upright, without their hidden data. */

/** Named one by one: an iPhone then gives a JPEG in place of its HEIC. */
export const ACCEPTED = "image/jpeg,image/png,image/webp";
const SIDE = 1600;
const QUALITY = 0.75;

/**
 * A JPEG of at most 1600 px; drawing its pixels anew drops position and model.
 * What the browser can't decode is kept as it came: the server looks at it.
 *
 * @param {Blob} file
 * @returns {Promise<Blob>}
 */
export async function reduce(file) {
    let bitmap;
    try {
        bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
        return file;
    }
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return toBlob(canvas);
}

export function toBlob(canvas) {
    return new Promise((resolve, reject) =>
        canvas.toBlob(
            (blob) => (blob ? resolve(blob) : reject(new Error("no image"))),
            "image/jpeg",
            QUALITY
        )
    );
}

/** Whether it is an iPhone's own format, whatever its name says: "ftyp" and its brand. */
export async function isHeic(file) {
    const head = new TextDecoder("latin1").decode(await file.slice(4, 12).arrayBuffer());
    return /^ftyp(hei[cxms]|hev[cxms]|mif1|msf1)/.test(head);
}

/** Hexadecimal SHA-256 of the bytes of a blob. */
export async function sha256(blob) {
    const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function toBase64(blob) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = "";
    for (const byte of bytes) {
        text += String.fromCharCode(byte);
    }
    return btoa(text);
}
