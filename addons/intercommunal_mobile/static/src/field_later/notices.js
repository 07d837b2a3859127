/** Notifications on this phone: the choice of its user, dropped as easily. */

import { Component, onWillStart, useState, xml } from "@odoo/owl";
import { ApiError, rpc } from "@intercommunal_mobile/field_send/api";
import { get, put } from "@intercommunal_mobile/field_send/db";
import { Icon } from "@intercommunal_mobile/field/parts";
import { T } from "@intercommunal_mobile/field/texts";

const able = () => "PushManager" in window && "Notification" in window;
const worker = () => navigator.serviceWorker.ready;

async function subscribe(user) {
    if ((await Notification.requestPermission()) !== "granted") {
        return "denied";
    }
    const manager = (await worker()).pushManager;
    // one made with another key of the server can't be used any more
    await (await manager.getSubscription())?.unsubscribe();
    return tellServer(manager, user);
}

/** Makes a subscription and gives it to the server; "on", or "blocked". */
async function tellServer(manager, user) {
    const { key } = await rpc("push", {});
    let subscription;
    try {
        subscription = await manager.subscribe({
            userVisibleOnly: true,
            applicationServerKey: key,
        });
    } catch {
        await remember("", user);
        return "blocked";
    }
    return give(subscription, user);
}

/** Gives a subscription to the server and remembers it. */
async function give(subscription, user) {
    const { allowed } = await rpc("push", { subscription: subscription.toJSON() });
    if (!allowed) {
        await subscription.unsubscribe();
    }
    await remember(allowed ? subscription.endpoint : "", user);
    return allowed ? "on" : "blocked";
}

const remember = (endpoint, user) => put("meta", { key: "notices", endpoint, user: user.id });

/** Mends what the worker could not: the browser dropped or changed a subscription while
    there was no network, or nobody was logged in. On a shared phone it is for who allowed
    it last: while somebody else is there it is paused. */
export async function renew({ user }) {
    const told = await get("meta", "notices");
    if (!(told?.endpoint || told?.paused) || !able() || Notification.permission !== "granted") {
        return;
    }
    if (told.user && told.user !== user.id) {
        return pause();
    }
    const manager = (await worker()).pushManager;
    const subscription = await manager.getSubscription();
    if (!subscription || subscription.endpoint !== told.endpoint) {
        await (subscription ? give(subscription, user) : tellServer(manager, user));
    }
}

/** Nobody is notified here until who allowed it is back: the browser's carrier tells the
    server that nobody is there. */
export async function pause() {
    const told = await get("meta", "notices");
    if (told?.endpoint) {
        await (await (await worker()).pushManager.getSubscription())?.unsubscribe();
        await put("meta", { ...told, endpoint: "", paused: true });
    }
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
    static props = { user: Object };

    setup() {
        this.T = T;
        this.state = useState({ is: "" });
        onWillStart(async () => {
            if (!able() || !navigator.serviceWorker?.controller) {
                return;
            }
            const known = await (await worker()).pushManager.getSubscription();
            // on a shared phone, it is for who allowed it
            const mine = known && (await get("meta", "notices"))?.user === this.props.user.id;
            this.state.is = Notification.permission === "denied" ? "denied" : mine ? "on" : "off";
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
            this.state.is = await subscribe(this.props.user);
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
        await remember("", this.props.user);
        this.state.is = "off";
    }
}
