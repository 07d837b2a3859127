/** The other screens: what waits, questions, a job found. */

import { useState, xml } from "@odoo/owl";
import { photosOf } from "@intercommunal_mobile/field/db";
import { Icon } from "@intercommunal_mobile/field/parts";
import { Screen } from "@intercommunal_mobile/field/screens";
import { Job } from "./job";
import { Notices } from "./notices";
import { Top } from "./parts";
import { Places } from "./places";
import { zip } from "./zip";

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
                        <span class="tag" t-att-class="item.state === 'complete' ? 'good' : ''"><Icon name="iconOf(item)"/> <t t-esc="stateOf(item)"/></span>
                        <span t-if="item.state === 'other_user'" class="line" t-esc="item.userName"/>
                        <span t-if="item.message" class="line fault" t-esc="item.message"/>
                        <span t-foreach="Object.values(item.refused || {})" t-as="fault" t-key="fault_index" class="line fault" t-esc="fault"/>
                    </span>
                    <button t-if="item.state === 'draft'" t-on-click="() => box.discard(item)" t-esc="T.discard"/>
                    <button t-if="box.lacksPhotos(item)" t-on-click="() => box.acknowledge(item)" t-esc="T.seen"/>
                    <button t-if="item.state === 'refused'" t-on-click="() => box.again(item)" t-esc="T.again"/>
                </li>
            </ul>
            <button class="wide main" t-on-click="() => box.sync()"><Icon name="'send'"/> <t t-esc="T.sendNow"/></button>
            <button class="wide" t-on-click="save" t-esc="T.save"/>
            <Notices t-if="box.user" user="box.user"/>
        </main>`;

    setup() {
        super.setup();
        this.Object = Object;
    }

    get items() {
        return [...this.box.items].reverse();
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

export class Questions extends Screen {
    static components = { Icon, Top };
    static template = xml`
        <main>
            <Top title="T.questions" back="() => props.go('jobs')"/>
            <p t-if="!box.snapshot?.questions?.length" class="empty" t-esc="T.noQuestion"/>
            <section t-foreach="box.snapshot?.questions || []" t-as="question" t-key="question.id" class="card column">
                <strong><t t-esc="question.job"/> <t t-esc="question.name"/></strong>
                <p class="words" t-esc="question.question"/>
                <p class="line"><t t-esc="question.by"/> <t t-if="question.line">· <t t-esc="question.line"/></t> <t t-esc="question.hour"/></p>
                <label class="field"><span t-esc="T.answer"/><textarea rows="3" t-model="state.answers[question.id]"/></label>
                <button class="wide main" t-on-click="() => this.answer(question)" t-esc="T.sendAnswer"/>
            </section>
        </main>`;

    setup() {
        super.setup();
        this.state = useState({ answers: {} });
    }

    async answer(question) {
        const summary = (this.state.answers[question.id] || "").trim();
        if (!summary) {
            return;
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
        this.props.go("jobs");
    }
}

export class Found extends Screen {
    static components = { Icon, Top };
    static template = xml`
        <main>
            <Top title="T.found" back="() => props.go('jobs')"/>
            <label class="field"><span t-esc="T.commune"/>
                <select t-model.number="state.commune">
                    <option t-foreach="box.snapshot?.communes || []" t-as="commune" t-key="commune.id" t-att-value="commune.id" t-esc="commune.name"/>
                </select></label>
            <label class="field"><span t-esc="T.foundName"/><input type="text" t-model="state.name"/></label>
            <label class="field"><span t-esc="T.note"/><textarea rows="4" t-model="state.summary"/></label>
            <button class="finish" t-att-disabled="!state.name.trim() || !state.commune" t-on-click="send"><Icon name="'send'"/> <t t-esc="T.send"/></button>
        </main>`;

    setup() {
        super.setup();
        this.state = useState({
            commune: this.box.snapshot?.communes[0]?.id || 0,
            name: "",
            summary: "",
        });
    }

    async send() {
        const item = await this.box.draft("unplanned", { ...this.state }, { jobName: this.state.name });
        await this.box.queue(item);
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
