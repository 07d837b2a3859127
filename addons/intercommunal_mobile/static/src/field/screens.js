/** The first screen: the jobs. The others come later, see `later.js`. */

import { Component, onMounted, useState, xml } from "@odoo/owl";
import { Icon } from "./parts";
import { T, _t } from "./texts";

const clock = (iso) =>
    iso ? new Date(iso).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) : "";

/** A day in the reader's language. */
export function dayWords(date, options) {
    const { lang } = document.documentElement;
    const words = new Date(date).toLocaleDateString(lang, { day: "numeric", ...options });
    // « 1er décembre », which browsers do not say
    return lang.startsWith("fr") ? words.replace(/\b1 /, "1er ") : words;
}

export class Screen extends Component {
    static props = { box: Object, go: Function, id: { optional: true }, tick: Number };
    setup() {
        this.T = T;
        this._t = _t;
        this.clock = clock;
        onMounted(() => {
            const title = document.querySelector("h1");
            document.title = title?.textContent || "Interventions";
            // who hears the page, or has a keyboard, goes on where the new screen begins
            if (title && history.state) {
                title.tabIndex = -1;
                title.focus({ preventScroll: true });
            }
        });
    }
    /** Runs `work`, once at a time: a second tap is no second message. */
    async once(work) {
        if (this.busy) {
            return;
        }
        this.busy = true;
        try {
            await work();
        } catch (error) {
            this.fail(error);
        } finally {
            this.busy = false;
        }
    }
    get box() {
        return this.props.box;
    }
    get jobs() {
        return this.box.snapshot?.jobs || [];
    }
    stateOf(item) {
        if (item.state === "received" && item.content.photos?.length) {
            const all = item.content.photos.length;
            return _t("Text received, photos %(sent)s of %(all)s", {
                sent: all - item.missing.length,
                all,
            });
        }
        if (item.state === "complete") {
            const words = _t("Received at %(time)s", { time: clock(item.receivedAt) });
            return [words, this.box.snapshot?.company].filter(Boolean).join(" · ");
        }
        return T.states[item.state];
    }
    iconOf(item) {
        return (
            { complete: "check", refused: "alert", needs_login: "user", other_user: "user" }[
                item.state
            ] || "wait"
        );
    }
}

export class Jobs extends Screen {
    static components = { Icon };
    static template = xml`
        <main>
            <h1 t-esc="T.jobs"/>
            <button t-if="box.snapshot?.questions.length" class="card warn" t-on-click="() => props.go('questions')">
                <Icon name="'question'"/>
                <span class="grow"><strong t-esc="T.questions"/></span>
                <span class="count" t-esc="box.snapshot.questions.length"/>
            </button>
            <div class="pair" role="group" t-att-aria-label="T.period">
                <button t-foreach="['today', 'week']" t-as="span" t-key="span" t-att-aria-pressed="String(state.span === span)" t-on-click="() => state.span = box.span = span" t-esc="T[span]"/>
            </div>
            <p t-if="jobs.length and !groups.length" class="empty" t-esc="T.noToday"/>
            <t t-foreach="groups" t-as="group" t-key="group.title">
                <h2><t t-esc="group.title"/> <small t-if="group.jobs.length > 1">(<t t-esc="group.jobs.length"/>)</small></h2>
                <button t-foreach="group.jobs" t-as="job" t-key="job.id" class="card"
                        t-att-class="{urgent: job.priority === '2', back: job.comment}"
                        t-on-click="() => props.go('job', job.id)">
                    <span class="grow">
                        <strong t-esc="job.name"/>
                        <span class="line"><t t-esc="job.commune"/><t t-if="job.site"> · <t t-esc="job.site"/></t></span>
                        <span class="line">
                            <t t-if="job.start"><t t-if="group.late" t-esc="dayOf(job.start) + ' '"/><t t-esc="clock(job.start)"/> – <t t-esc="clock(job.end)"/></t>
                            <t t-if="!job.comment and job.state !== 'blocked'"> · <t t-esc="job.state_label"/></t>
                        </span>
                        <span t-if="job.priority === '2'" class="tag"><Icon name="'alert'"/> <t t-esc="T.urgent"/></span>
                        <span t-if="job.state === 'blocked'" class="tag"><Icon name="'stop'"/> <t t-esc="job.state_label"/><t t-if="job.block_note"> : <t t-esc="job.block_note"/></t></span>
                        <span t-if="job.comment" class="tag"><Icon name="'again'"/> <t t-esc="job.is_reserve ? T.reserve : T.returned"/></span>
                        <span t-if="box.draftOf(job.id)" class="tag"><Icon name="'pen'"/> <t t-esc="T.states.draft"/></span>
                        <span t-foreach="box.sentOf(job.id)" t-as="item" t-key="item.uuid" class="tag" t-att-class="{good: item.state === 'complete'}">
                            <Icon name="iconOf(item)"/> <t t-esc="stateOf(item)"/>
                        </span>
                    </span>
                </button>
            </t>
            <p t-if="!jobs.length" class="empty" t-esc="box.snapshot ? T.noJobs : T.noJobsYet"/>
            <button class="wide" t-on-click="() => props.go('found')"><Icon name="'plus'"/> <t t-esc="T.found"/></button>
            <button class="wide" t-on-click="() => props.go('places')"><Icon name="'map'"/> <t t-esc="T.places"/></button>
        </main>`;

    setup() {
        super.setup();
        this.String = String;
        this.state = useState({ span: this.box.span || "today" });
    }

    /** Today and what was left before; or all of it, day by day. */
    get groups() {
        const start = new Date(this.box.iso()).setHours(0, 0, 0, 0);
        const groups = {};
        for (const job of this.jobs) {
            const day = new Date(job.start).setHours(0, 0, 0, 0);
            if (this.state.span === "today" && day > start) {
                continue;
            }
            // what has no date or is late comes after today, the next days last
            const order = day === start ? 0 : day > start ? day : 1;
            groups[order] ||= { title: this.titleOf(day, start), late: order === 1, jobs: [] };
            groups[order].jobs.push(job);
        }
        return Object.keys(groups)
            .sort((one, other) => one - other)
            .map((order) => groups[order]);
    }

    dayOf(iso) {
        return dayWords(iso, { month: "short" });
    }

    titleOf(day, start) {
        if (!(day > start)) {
            return day === start ? T.today : T.late;
        }
        return dayWords(day, { weekday: "long", month: "long" });
    }
}

/** In the place of a screen that is not there yet. */
export class Pending extends Screen {
    static template = xml`
        <main>
            <p class="empty" t-esc="box.lacksScreens ? T.noLater : T.wait"/>
            <button class="wide" t-on-click="() => props.go('jobs')" t-esc="T.back"/>
        </main>`;
}
