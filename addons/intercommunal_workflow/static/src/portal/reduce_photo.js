const MAX_SIDE = 1920;
const LIGHT = 400 * 1024;
const SENT_AS_IS = ["image/jpeg", "image/png", "image/webp"];

/**
 * Reduce a photo before it travels: a phone's 6 MB become a few hundred kB, and what
 * the device alone can read (HEIC…) becomes a JPEG.
 *
 * @param {File} file
 * @returns {Promise<File|null>} null when the browser can't read it as an image
 */
export async function reducePhoto(file) {
    let bitmap;
    try {
        bitmap = await createImageBitmap(file);
    } catch {
        return null;
    }
    const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.size < LIGHT && SENT_AS_IS.includes(file.type)) {
        bitmap.close();
        return file;
    }
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    const { lastModified } = file;
    return blob && new File([blob], file.name, { type: "image/jpeg", lastModified });
}
