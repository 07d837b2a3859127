/** Talks to the server. An answer counts only if it is ours: a captive portal, a proxy
    or a login page answers too. */

export const PROTOCOL = 1;

export class ApiError extends Error {
    /** @param {"network"|"login"|"server"} kind */
    constructor(kind, message = kind) {
        super(message);
        this.kind = kind;
    }
}

const SESSION_EXPIRED = 100;

async function call(url, options) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), options.timeout || 30000);
    let answer, body;
    try {
        answer = await fetch(url, {
            method: "POST",
            credentials: "same-origin",
            redirect: "manual",
            cache: "no-store",
            signal: abort.signal,
            ...options,
        });
        // a network may also stop after the headers
        body = await answer.text();
    } catch {
        throw new ApiError("network");
    } finally {
        clearTimeout(timer);
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) {
        throw new ApiError("login");
    }
    if (answer.status === 413) {
        throw new ApiError("large");
    }
    if (answer.status >= 500) {
        throw new ApiError("network", `${answer.status}`);
    }
    try {
        return JSON.parse(body);
    } catch {
        // somebody else answered: a portal's page, a proxy's error
        throw new ApiError("network", "not ours");
    }
}

/** Calls a JSON-RPC route; returns its result. */
export async function rpc(route, params) {
    const body = await call(`/intercommunal/api/${route}`, {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
            jsonrpc: "2.0",
            method: "call",
            params: { protocol: PROTOCOL, ...params },
        }),
    });
    if (body.error) {
        const expired = body.error.code === SESSION_EXPIRED;
        throw new ApiError(expired ? "login" : "server", body.error.message);
    }
    if (body.jsonrpc !== "2.0" || !body.result) {
        throw new ApiError("network", "not ours");
    }
    return body.result;
}

/** Sends the bytes of one photo; returns the server's answer, which names the photo.

    What is too large for the server, or for a proxy before it, is given up there: the
    report would wait for it for ever. */
export async function sendPhoto(item, photo) {
    try {
        return await sendBytes(item, photo, "1", photo.blob);
    } catch (error) {
        if (error.kind !== "large") {
            throw error;
        }
        return sendBytes(item, photo, "large", "");
    }
}

async function sendBytes(item, photo, kind, bytes) {
    const body = await call(`/intercommunal/api/photo/${item.uuid}/${photo.uuid}`, {
        headers: { "Content-Type": "application/octet-stream", "X-Intercommunal-Photo": kind },
        body: bytes,
        timeout: 120000,
    });
    if (body.uuid !== photo.uuid) {
        throw new ApiError("network", "not ours");
    }
    return body;
}
