/** Screens that are not needed to see the day's jobs: they come once the jobs are there.

    The worker keeps them with the page, so that they are there without network too. */

import { LATER } from "./texts";

const MODULE = "@intercommunal_mobile/field_later/screens";
let loading = null;

/** The module of their classes and of what they fetch; asked for once, and again after a failure. */
export function later() {
    loading ||= new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = LATER;
        script.onload = () => {
            const module = odoo.loader.modules.get(MODULE);
            module ? resolve(module) : reject(new Error("not ours"));
        };
        script.onerror = async () => {
            const answer = await fetch(LATER, { method: "HEAD" }).catch(() => null);
            // a newer version of the page took its place
            reject(new Error(answer?.status === 404 ? "outdated" : "network"));
        };
        document.head.append(script);
    }).catch((error) => {
        loading = null;
        throw error;
    });
    return loading;
}
