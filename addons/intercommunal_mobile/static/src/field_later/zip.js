/** A ZIP without compression (PKWARE APPNOTE 6.3, 4.3): photos are compressed already. */

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
    for (let bit = 0; bit < 8; bit++) {
        value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    return value;
});

function crc32(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) {
        crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff];
    }
    return (crc ^ 0xffffffff) >>> 0;
}

function record(signature, fields) {
    const size = fields.reduce((sum, [width]) => sum + width, 4);
    const view = new DataView(new ArrayBuffer(size));
    view.setUint32(0, signature, true);
    let at = 4;
    for (const [width, value] of fields) {
        width === 2 ? view.setUint16(at, value, true) : view.setUint32(at, value, true);
        at += width;
    }
    return new Uint8Array(view.buffer);
}

/**
 * @param {Array<[string, Blob]>} files names and contents
 * @returns {Promise<Blob>}
 */
export async function zip(files) {
    const parts = [];
    const directory = [];
    let offset = 0;
    for (const [name, blob] of files) {
        const bytes = new Uint8Array(await blob.arrayBuffer());
        const label = new TextEncoder().encode(name);
        const common = [
            [2, 20], [2, 0x0800], [2, 0], [2, 0], [2, 0x21],
            [4, crc32(bytes)], [4, bytes.length], [4, bytes.length],
            [2, label.length], [2, 0],
        ];
        const header = record(0x04034b50, common);
        parts.push(header, label, bytes);
        directory.push(
            record(0x02014b50, [[2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]),
            label
        );
        offset += header.length + label.length + bytes.length;
    }
    const size = directory.reduce((sum, part) => sum + part.length, 0);
    const end = record(0x06054b50, [
        [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0],
    ]);
    return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
