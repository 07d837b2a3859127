/** Notifications on this phone: the choice of its user, dropped as easily. */

import { Component, onWillStart, useState, xml } from "@odoo/owl";
import { ApiError, rpc } from "@intercommunal_mobile/field/api";
import { Icon } from "@intercommunal_mobile/field/parts";
import { T } from "@intercommunal_mobile/field/texts";

const able = () => "PushManager" in window && "Notification" in window;
const worker = () => navigator.serviceWorker.ready;

async function subscribe() {
    if ((await Notification.requestPermission()) !== "granted") {
        return "denied";
    }
    const { key } = await rpc("push", {});
    const manager = (await worker()).pushManager;
    // one made with another key of the server can't be used any more
    await (await manager.getSubscription())?.unsubscribe();
    let subscription;
    try {
        subscription = await manager.subscribe({
            userVisibleOnly: true,
            applicationServerKey: key,
        });
    } catch {
        return "blocked";
    }
    const { allowed } = await rpc("push", { subscription: subscription.toJSON() });
    if (!allowed) {
        await subscription.unsubscribe();
    }
    return allowed ? "on" : "blocked";
}

export class Notices extends Component {
    static components = { Icon };
    static template = xml`
        <section t-if="state.is">
            <h2 t-esc="T.notices"/>
            <p role="status" t-esc="words"/>
            <button t-if="state.is === 'on'" class="wide" t-on-click="stop" t-esc="T.stopNotices"/>
            <button t-elif="state.is !== 'denied'" class="wide" t-on-click="allow"><Icon name="'question'"/> <t t-esc="T.allow"/></button>
        </section>`;
    static props = {};

    setup() {
        this.T = T;
        this.state = useState({ is: "" });
        onWillStart(async () => {
            if (!able() || !navigator.serviceWorker?.controller) {
                return;
            }
            const known = await (await worker()).pushManager.getSubscription();
            this.state.is = Notification.permission === "denied" ? "denied" : known ? "on" : "off";
        });
    }

    get words() {
        return {
            on: T.noticesOn,
            off: T.noticesOff,
            denied: T.noticesDenied,
            blocked: T.noticesBlocked,
        }[this.state.is];
    }

    async allow() {
        try {
            this.state.is = await subscribe();
        } catch (error) {
            if (!(error instanceof ApiError)) {
                throw error;
            }
            this.state.is = "blocked";
        }
    }

    async stop() {
        const subscription = await (await worker()).pushManager.getSubscription();
        if (subscription) {
            await rpc("push", { forget: subscription.endpoint }).catch(() => {});
            await subscription.unsubscribe();
        }
        this.state.is = "off";
    }
}
