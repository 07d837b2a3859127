/** The other screens: what waits, questions, a job found. */

import { onWillStart, useState, xml } from "@odoo/owl";
import { get, photosOf, put } from "@intercommunal_mobile/field_send/db";
import { LONG_UNDO, UNDO } from "@intercommunal_mobile/field_send/outbox";
import { Icon } from "@intercommunal_mobile/field/parts";
import { dayWords, Screen } from "@intercommunal_mobile/field/screens";
import { T, _t } from "@intercommunal_mobile/field/texts";
import { Job } from "./job";
import { Notices, pause } from "./notices";
import { refuse, Top } from "./parts";
import { Places } from "./places";
import { Returned } from "./returned";
import { zip } from "./zip";

const LOGIN = "/web/login?redirect=/intercommunal/field";

export class Waiting extends Screen {
    static components = { Icon, Notices, Top };
    static template = xml`
        <main>
            <Top title="T.outbox" back="() => props.go('jobs')"/>
            <p t-if="!box.items.length" class="empty" t-esc="T.nothing"/>
            <ul class="list">
                <li t-foreach="items" t-as="item" t-key="item.uuid" class="card">
                    <span class="grow">
                        <strong t-esc="item.jobName || item.content.name || item.reference"/>
                        <span class="line" t-esc="aboutOf(item)"/>
                        <span class="tag" t-att-class="{good: item.state === 'complete'}"><Icon name="iconOf(item)"/> <t t-esc="stateOf(item)"/></span>
                        <span t-if="item.message" class="line fault" t-esc="item.message"/>
                        <span t-foreach="Object.values(item.refused || {})" t-as="fault" t-key="fault_index" class="line fault" t-esc="fault"/>
                    </span>
                    <button t-if="item.state === 'draft' and item.content.job and canDiscard(item)" t-on-click="() => props.go('job', item.content.job)" t-esc="T.resume"/>
                    <button t-if="canDiscard(item)" t-on-click="() => this.discard(item)" t-esc="state.sure === item.uuid ? T.sure : T.discard"/>
                    <button t-if="item.state === 'refused' and item.kind === 'report'" t-on-click="() => this.correct(item)" t-esc="T.correct"/>
                    <button t-if="box.isUnseen(item)" t-on-click="() => box.acknowledge(item)" t-esc="T.seen"/>
                    <button t-if="item.state === 'refused'" t-on-click="() => box.again(item)" t-esc="T.again"/>
                </li>
            </ul>
            <button class="wide main" t-on-click="() => box.sendNow()"><Icon name="'send'"/> <t t-esc="T.sendNow"/></button>
            <button class="wide" t-on-click="save" t-esc="T.save"/>
            <label class="check"><input type="checkbox" t-att-checked="box.undo > UNDO" t-on-change="(ev) => box.setUndo(ev.target.checked ? LONG_UNDO : UNDO)"/> <t t-esc="T.slow"/></label>
            <t t-if="box.user">
                <Notices user="box.user"/>
                <h2><Icon name="'user'"/> <t t-esc="box.user.name"/></h2>
                <t t-if="box.state === 'online'"><p t-esc="T.shared"/><button class="wide" t-on-click="leave" t-esc="T.leave"/></t>
            </t>
        </main>`;

    setup() {
        super.setup();
        Object.assign(this, { Object, UNDO, LONG_UNDO });
        this.state = useState({ sure: "" });
    }

    get items() {
        return [...this.box.items].reverse();
    }

    /** What it says of its job, and who wrote it, if it is somebody else. */
    aboutOf({ kind, state, userName }) {
        const { start, resume, blocked: block, answer, found: unplanned } = T;
        const what = { start, resume, block, answer, unplanned }[kind];
        return [what, state === "other_user" && userName].filter(Boolean).join(" · ");
    }

    /** One's own, of which the server has nothing. */
    canDiscard({ state, user }) {
        return ["draft", "refused"].includes(state) && user === this.box.user?.id;
    }

    /** At the second tap: in gloves the first may be a mistake. */
    discard(item) {
        if (this.state.sure === item.uuid) {
            return this.box.discard(item);
        }
        this.state.sure = item.uuid;
    }

    /** Somebody else takes this phone: what waits stays for who wrote it. */
    async leave() {
        await pause();
        location = `/web/session/logout?redirect=${encodeURIComponent(LOGIN)}`;
    }

    async correct(item) {
        if (await this.box.reopen(item)) {
            this.props.go("job", item.content.job);
        }
    }

    /** The last resort: everything on the phone, in a file that a mail can carry. */
    async save() {
        const files = [];
        for (const item of this.box.items) {
            const text = JSON.stringify(item, null, 1);
            files.push([`${item.uuid}/report.json`, new Blob([text])]);
            for (const photo of await photosOf(item.uuid)) {
                files.push([`${item.uuid}/${photo.uuid}.jpg`, photo.blob]);
            }
        }
        const link = document.createElement("a");
        link.href = URL.createObjectURL(await zip(files));
        link.download = "interventions.zip";
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    }
}

/** A form whose words outlive the page: Android may close it at any time. */
class Form extends Screen {
    setup(name, blank) {
        super.setup();
        this.name = name;
        this.state = useState({ fault: "", ...blank });
        onWillStart(async () => {
            const kept = await get("meta", name);
            if (kept?.user === this.box.user?.id) {
                Object.assign(this.state, kept.value);
            }
        });
    }

    keep() {
        const value = JSON.parse(JSON.stringify(this.state));
        return put("meta", { key: this.name, user: this.box.user?.id, value }).catch((error) =>
            this.fail(error)
        );
    }

    fail() {
        this.state.fault = T.full;
    }
}

export class Questions extends Form {
    static components = { Icon, Returned, Top };
    static template = xml`
        <main t-on-input="keep">
            <Top title="T.questions" back="() => props.go('jobs')"/>
            <p t-if="!box.snapshot?.questions?.length" class="empty" t-esc="T.noQuestion"/>
            <section t-foreach="box.snapshot?.questions || []" t-as="question" t-key="question.id" class="card column">
                <strong><t t-esc="question.job"/> <t t-esc="question.name"/></strong>
                <p class="words" t-esc="question.question"/>
                <p class="line" t-esc="aboutOf(question)"/>
                <Returned t-if="question.photos?.length" photos="question.photos" tick="props.tick" box="box"/>
                <label class="field"><span t-esc="T.answer"/><textarea rows="3" t-model="state.answers[question.id]"/></label>
                <p t-if="state.fault" role="alert" class="fault" t-esc="state.fault"/>
                <button class="wide main" t-on-click="() => this.once(() => this.answer(question))" t-esc="T.sendAnswer"/>
            </section>
        </main>`;

    setup() {
        super.setup("answers", { answers: {} });
    }

    /** Who asks, about what, and until when they wait. */
    aboutOf({ by, line, hour, due }) {
        const day = due && _t("by %(day)s", { day: dayWords(`${due}T12:00`, { month: "long" }) });
        return [by, line, hour, day].filter(Boolean).join(" · ");
    }

    async answer(question) {
        const summary = (this.state.answers[question.id] || "").trim();
        if (!summary) {
            return refuse(this.state, T.needAnswer);
        }
        const item = await this.box.draft(
            "answer",
            { question: question.id, summary },
            { jobName: question.name }
        );
        this.box.snapshot.questions = this.box.snapshot.questions.filter(
            (other) => other.id !== question.id
        );
        await this.box.queue(item);
        delete this.state.answers[question.id];
        this.state.fault = "";
        await this.keep();
        this.props.go("jobs");
    }
}

const NOTHING = { commune: 0, name: "", summary: "", fault: "" };

export class Found extends Form {
    static components = { Icon, Top };
    static template = xml`
        <main t-on-input="keep">
            <Top title="T.found" back="() => props.go('jobs')"/>
            <label class="field"><span t-esc="T.commune"/>
                <select t-model.number="state.commune" t-on-change="keep">
                    <option value="0"/>
                    <option t-foreach="box.snapshot?.communes || []" t-as="commune" t-key="commune.id" t-att-value="commune.id" t-esc="commune.name"/>
                </select></label>
            <label class="field"><span t-esc="T.foundName"/><input type="text" t-model="state.name"/></label>
            <label class="field"><span t-esc="T.note"/><textarea rows="4" t-model="state.summary"/></label>
            <p t-if="state.fault" role="alert" class="fault" t-esc="state.fault"/>
            <button class="finish" t-on-click="() => this.once(() => this.send())"><Icon name="'send'"/> <t t-esc="T.sendFound"/></button>
        </main>`;

    setup() {
        super.setup("found", NOTHING);
    }

    async send() {
        const { commune, name, summary } = this.state;
        if (!commune || !name.trim()) {
            return refuse(this.state, T.needFound);
        }
        const item = await this.box.draft("unplanned", { commune, name, summary }, { jobName: name });
        await this.box.queue(item);
        Object.assign(this.state, NOTHING);
        await this.keep();
        this.props.go("jobs");
    }
}

export { prepare } from "./extras";
export const SCREENS = {
    job: Job,
    waiting: Waiting,
    questions: Questions,
    found: Found,
    places: Places,
};
