/** The page: one screen at a time, what waits always in sight. */

import { Component, mount, onMounted, useState, xml } from "@odoo/owl";
import { LONG_UNDO, Outbox } from "@intercommunal_mobile/field_send/outbox";
import { Icon } from "./parts";
import { later } from "./later";
import { Jobs, Pending } from "./screens";
import { T, _t } from "./texts";

// the others join once they are there
const SCREENS = { jobs: Jobs };
const NAMES = ["jobs", "job", "waiting", "questions", "found", "places"];

class App extends Component {
    static components = { Icon };
    static template = xml`
        <div class="page">
            <div class="bar" role="status">
                <button class="pill" t-att-class="pill.tone" t-on-click="() => this.go('waiting')">
                    <Icon name="pill.icon"/> <t t-esc="pill.text"/>
                </button>
            </div>
            <a t-if="box.state === 'login'" class="banner" href="/web/login?redirect=/intercommunal/field" t-esc="box.unsent.length ? T.login : T.logIn"/>
            <button t-if="box.outdated or box.state === 'upgrade'" class="banner" t-on-click="reload" t-esc="T.refresh"/>
            <div t-if="state.undo" class="toast" role="status">
                <span class="grow" t-esc="T.leaves"/>
                <button t-on-click="() => this.moreTime(LONG_UNDO)" t-esc="T.moreTime"/>
                <button t-on-click="undo" t-esc="T.undo"/>
            </div>
            <t t-component="screen" t-key="screen.name + state.screen + state.id" box="box" go="(...where) => this.go(...where)" id="state.id" tick="state.tick"/>
        </div>`;
    static props = { box: Object };

    setup() {
        this.T = T;
        this.LONG_UNDO = LONG_UNDO;
        this.state = useState({ screen: "jobs", id: 0, tick: 0, undo: null, parts: "" });
        this.box.onChange = () => this.state.tick++;
        onMounted(async () => {
            let asked = window.location.hash.slice(1);
            const { opened } = this.box;
            if (opened && this.box.draftOf(opened)) {
                this.go("job", opened);
                asked = "";
            } else if (this.follow(asked)) {
                // at once: after the news it would be under somebody's finger
                asked = "";
            }
            try {
                await this.box.sync();
            } finally {
                await this.complete();
                register();
            }
            if (asked && this.state.screen === "jobs") {
                this.follow(asked);
            }
        });
        window.addEventListener("online", () => this.box.sync());
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible") {
                this.box.sync();
            }
        });
        window.addEventListener("popstate", () => this.show(history.state || {}));
        navigator.serviceWorker?.addEventListener("message", async ({ data }) => {
            await this.box.sync();
            if (data?.open) {
                this.follow(data.open);
            }
        });
    }

    get box() {
        return this.props.box;
    }
    get screen() {
        void this.state.parts;
        return SCREENS[this.state.screen] || Pending;
    }

    /** Brings the screens that are not there yet. */
    async complete() {
        try {
            const others = await later();
            await others.prepare(this.box);
            Object.assign(SCREENS, others.SCREENS);
            // asked for again, they came: nothing is to be updated for them
            this.box.lacksScreens = this.box.outdated = false;
            this.state.parts = "there";
        } catch ({ message }) {
            this.box.lacksScreens = true;
            this.box.outdated = message === "outdated";
            this.state.parts = message;
        }
    }

    get pill() {
        void this.state.tick;
        const count = this.box.unsent.length;
        const offline = ["offline", "starting"].includes(this.box.state);
        if (this.box.state === "starting" && !count) {
            return { text: "…", icon: "wait", tone: "" };
        }
        const refused = this.box.refused.length;
        if (!count && refused) {
            return { text: _t("%(count)s refused, see why", { count: refused }), icon: "alert", tone: "off" };
        }
        if (!count) {
            return offline
                ? { text: T.offline, icon: "nocloud", tone: "off" }
                : { text: T.online, icon: "check", tone: "good" };
        }
        return offline
            ? { text: _t("No network, %(count)s to send", { count }), icon: "nocloud", tone: "off" }
            : { text: _t("%(count)s to send", { count }), icon: "cloud", tone: "off" };
    }

    go(screen, id = 0, sent = null) {
        history.pushState({ screen, id }, "", `#${screen}${id ? `/${id}` : ""}`);
        this.show({ screen, id });
        if (sent) {
            this.state.undo = sent;
            this.countDown(this.box.undo);
        }
    }

    /** Offers to take a report back until just before it leaves, or as long as somebody
        is there with the keyboard. */
    countDown(delay) {
        clearTimeout(this.undoTimer);
        this.undoTimer = setTimeout(() => {
            if (document.activeElement.closest(".toast")) {
                this.moreTime(this.box.undo);
            } else {
                this.state.undo = null;
            }
        }, delay - 500);
    }

    async moreTime(delay) {
        if (await this.box.hold(this.state.undo, delay)) {
            this.countDown(delay);
        } else {
            this.state.undo = null;
        }
    }

    /** Opens what an address or a notification names: "job/12", "questions".

        @returns {boolean} false: the phone does not have it (yet) */
    follow(where) {
        const [screen, id] = where.split("/");
        const jobs = this.box.snapshot?.jobs || [];
        const has =
            screen === "job"
                ? jobs.some((job) => job.id === Number(id))
                : this.box.snapshot && NAMES.includes(screen);
        if (has) {
            this.go(screen, Number(id) || 0);
        }
        return Boolean(has);
    }

    show({ screen = "jobs", id = 0 }) {
        Object.assign(this.state, { screen: NAMES.includes(screen) ? screen : "jobs", id });
        if (!SCREENS[this.state.screen]) {
            this.complete();
        }
        window.scrollTo(0, 0);
    }

    async undo() {
        const item = this.box.items.find((other) => other.uuid === this.state.undo);
        this.state.undo = null;
        if (item && (await this.box.unqueue(item))) {
            this.go("job", item.content.job);
        }
    }

    /** The worker first: it would give the page of before again. */
    async reload() {
        const reload = () => location.reload();
        const worker = await navigator.serviceWorker?.getRegistration();
        await worker?.update().catch(() => {});
        if (worker?.installing) {
            worker.installing.onstatechange = ({ target }) =>
                /activated|redundant/.test(target.state) && reload();
        } else {
            reload();
        }
    }
}

/** Last: what the worker keeps is then in the browser's cache already. */
function register() {
    navigator.serviceWorker
        ?.register("/intercommunal/sw.js", { scope: "/intercommunal/" })
        .catch(() => {});
}

async function start() {
    const box = new Outbox(() => {});
    await box.open();
    await mount(App, document.getElementById("app"), { props: { box } });
}

start();
