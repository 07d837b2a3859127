/** The screens: jobs, one job and its report, what waits, questions, a job found. */

import { Component, onWillStart, onWillUnmount, useState, xml } from "@odoo/owl";
import { photosOf, put, remove } from "./db";
import { reduce, sha256, toBase64 } from "./photos";
import { Counter, Duration, Icon, Sketch, Top } from "./parts";
import { T, _t } from "./texts";
import { zip } from "./zip";

const UNDO_MS = 10000;
const quarter = (minutes) => Math.max(15, Math.round(minutes / 15) * 15);
const clock = (iso) =>
    iso ? new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";

class Screen extends Component {
    static props = { box: Object, go: Function, id: { optional: true }, tick: Number };
    setup() {
        this.T = T;
        this._t = _t;
        this.clock = clock;
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
            return _t("Received by the intercommunality at %(time)s", {
                time: clock(item.receivedAt),
            });
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
            <t t-foreach="groups" t-as="group" t-key="group.title">
                <h2 t-esc="group.title"/>
                <button t-foreach="group.jobs" t-as="job" t-key="job.id" class="card"
                        t-att-class="{urgent: job.priority === '2', back: job.comment}"
                        t-on-click="() => props.go('job', job.id)">
                    <span class="grow">
                        <strong t-esc="job.name"/>
                        <span class="line"><t t-esc="job.commune"/><t t-if="job.site"> · <t t-esc="job.site"/></t></span>
                        <span class="line">
                            <t t-if="job.start"><t t-esc="clock(job.start)"/> – <t t-esc="clock(job.end)"/> · </t>
                            <t t-esc="job.state_label"/>
                        </span>
                        <span t-if="job.comment" class="tag"><Icon name="'again'"/> <t t-esc="job.is_reserve ? T.reserve : T.returned"/></span>
                        <span t-foreach="box.sentOf(job.id)" t-as="item" t-key="item.uuid" class="tag">
                            <Icon name="iconOf(item)"/> <t t-esc="stateOf(item)"/>
                        </span>
                    </span>
                </button>
            </t>
            <p t-if="!jobs.length" class="empty" t-esc="box.snapshot ? T.noJobs : T.noJobsYet"/>
            <button class="wide" t-on-click="() => props.go('found')"><Icon name="'plus'"/> <t t-esc="T.found"/></button>
        </main>`;

    get groups() {
        const today = new Date().toDateString();
        const start = new Date(new Date().setHours(0, 0, 0, 0));
        const groups = [
            { title: T.today, jobs: [] },
            { title: T.late, jobs: [] },
            { title: T.thisWeek, jobs: [] },
        ];
        for (const job of this.jobs) {
            const day = new Date(job.start);
            const index = day.toDateString() === today ? 0 : day < start || !job.start ? 1 : 2;
            groups[index].jobs.push(job);
        }
        return groups.filter((group) => group.jobs.length);
    }
}

export class Job extends Screen {
    static components = { Counter, Duration, Icon, Sketch, Top };
    static template = xml`
        <main class="job">
            <Top title="job.name" back="() => props.go('jobs')"/>
            <p class="line"><t t-esc="job.reference"/> · <t t-esc="job.commune"/></p>
            <p class="place"><t t-esc="job.site"/> <t t-esc="job.address"/></p>
            <section t-if="job.comment" class="words"><h2 t-esc="job.is_reserve ? T.reserve : T.words"/><p t-esc="job.comment"/></section>
            <nav class="links">
                <a t-if="job.phone" t-att-href="'tel:' + job.phone"><Icon name="'call'"/> <t t-esc="T.call"/> <t t-esc="job.referent"/></a>
                <a t-if="mapLink" t-att-href="mapLink"><Icon name="'map'"/> <t t-esc="T.map"/></a>
                <a t-if="job.email" t-att-href="'mailto:' + job.email"><Icon name="'mail'"/> <t t-esc="T.mail"/></a>
            </nav>
            <section t-if="job.instructions"><h2 t-esc="T.instructions"/><p t-esc="job.instructions"/></section>
            <section t-if="job.description"><h2 t-esc="T.description"/><p t-esc="job.description"/></section>

            <p t-foreach="box.sentOf(job.id)" t-as="item" t-key="item.uuid" class="tag"><Icon name="iconOf(item)"/> <t t-esc="stateOf(item)"/></p>

            <div class="pair">
                <label class="shot"><Icon name="'camera'"/> <t t-esc="T.photoBefore"/>
                    <input type="file" accept="image/*" capture="environment" t-on-change="(ev) => this.shoot(ev, 'before')" t-on-click="() => this.begin()"/></label>
                <label class="shot main"><Icon name="'camera'"/> <t t-esc="T.photoAfter"/>
                    <input type="file" accept="image/*" capture="environment" t-on-change="(ev) => this.shoot(ev, 'after')" t-on-click="() => this.begin()"/></label>
            </div>
            <ul class="photos" t-if="state.photos.length">
                <li t-foreach="state.photos" t-as="photo" t-key="photo.uuid">
                    <img t-att-src="photo.url" t-att-alt="photo.kind === 'before' ? T.photoBefore : T.photoAfter"/>
                    <input type="text" t-att-value="photo.caption" t-att-placeholder="T.caption" t-att-aria-label="T.caption" t-on-change="(ev) => this.caption(photo, ev.target.value)"/>
                    <div class="pair">
                        <button t-on-click="() => state.sketch = photo"><Icon name="'pen'"/> <t t-esc="T.draw"/></button>
                        <button t-on-click="() => this.drop(photo)"><Icon name="'stop'"/> <t t-esc="T.remove"/></button>
                    </div>
                </li>
            </ul>
            <p t-if="state.fault" role="alert" class="fault" t-esc="state.fault"/>

            <details t-if="content.lines.length" t-att-open="state.open"><summary t-esc="T.times"/>
                <Duration t-foreach="times" t-as="line" t-key="line.agent" label="line.name" minutes="line.minutes" change="(minutes) => this.set(() => line.minutes = minutes)"/>
            </details>
            <details t-if="job.products.length"><summary t-esc="T.items"/>
                <t t-foreach="job.products" t-as="product" t-key="product.id">
                    <Duration t-if="product.by_time" label="product.name" minutes="amount(product)" change="(value) => this.setAmount(product, value)"/>
                    <Counter t-else="" label="product.name" unit="product.unit" value="amount(product)" change="(value) => this.setAmount(product, value)"/>
                </t>
            </details>
            <details t-if="content.checks.length"><summary t-esc="T.checklist"/>
                <label class="check" t-foreach="content.checks" t-as="check" t-key="check.label">
                    <input type="checkbox" t-att-checked="check.done" t-on-change="(ev) => this.set(() => check.done = ev.target.checked)"/> <t t-esc="check.label"/>
                </label>
            </details>
            <label class="field"><span t-esc="T.note"/>
                <textarea rows="3" t-att-value="content.summary" t-on-input="(ev) => this.type(() => content.summary = ev.target.value)"/></label>
            <details><summary t-esc="T.signature"/>
                <label class="field"><span t-esc="T.signer"/><input type="text" t-att-value="content.signer" t-on-input="(ev) => this.type(() => content.signer = ev.target.value)"/></label>
                <button class="wide" t-on-click="() => state.signing = true"><Icon name="content.signature ? 'check' : 'pen'"/> <t t-esc="T.sign"/></button>
            </details>

            <div class="pair">
                <button t-if="['planned', 'rework'].includes(job.state)" t-on-click="() => this.tell('start')"><t t-esc="T.start"/></button>
                <button t-if="job.state === 'blocked'" t-on-click="() => this.tell('resume')"><t t-esc="T.resume"/></button>
                <button t-if="job.state !== 'blocked'" t-on-click="() => this.toggle('blocking')" t-att-aria-expanded="String(!!state.blocking)"><Icon name="'alert'"/> <t t-esc="T.blocked"/></button>
            </div>
            <div class="choices" t-if="state.blocking">
                <button t-foreach="Object.entries(T.blockReasons)" t-as="reason" t-key="reason[0]" t-on-click="() => this.tell('block', reason[0])" t-esc="reason[1]"/>
            </div>
            <div class="pair">
                <button t-on-click="() => this.toggle('partial')" t-att-aria-expanded="String(!!state.partial)"><Icon name="'half'"/> <t t-esc="T.partial"/></button>
                <button t-on-click="() => this.toggle('impossible')" t-att-aria-expanded="String(!!state.impossible)"><Icon name="'stop'"/> <t t-esc="T.impossible"/></button>
            </div>
            <div t-if="state.partial" class="choices">
                <label class="field"><span t-esc="T.left"/><textarea rows="2" t-att-value="content.remaining" t-on-input="(ev) => this.type(() => content.remaining = ev.target.value)"/></label>
                <button class="main" t-on-click="() => this.finish('partial')"><Icon name="'send'"/> <t t-esc="T.sendPartial"/></button>
            </div>
            <div t-if="state.impossible" class="choices">
                <h2 t-esc="T.why"/>
                <button t-foreach="box.snapshot.reasons" t-as="reason" t-key="reason.code" t-on-click="() => this.finish('impossible', reason.code)" t-esc="reason.name"/>
            </div>
            <button class="finish" t-on-click="() => this.finish('done')"><Icon name="'check'"/> <t t-esc="T.send"/></button>

            <Sketch t-if="state.sketch" title="T.draw" image="state.sketch.blob" keep="(blob) => this.redraw(blob)" close="() => state.sketch = null"/>
            <Sketch t-if="state.signing" title="T.sign" keep="(blob) => this.sign(blob)" close="() => state.signing = false"/>
        </main>`;

    setup() {
        super.setup();
        this.Object = Object;
        this.String = String;
        this.state = useState({
            photos: [],
            fault: "",
            sketch: null,
            signing: false,
            content: null,
        });
        this.item = null;
        onWillStart(async () => {
            this.item = this.box.draftOf(this.job.id) || null;
            this.state.content = this.item ? this.item.content : this.blank();
            if (this.item) {
                await this.showPhotos();
            }
        });
        onWillUnmount(() => {
            clearTimeout(this.typing);
            this.state.photos.forEach((photo) => URL.revokeObjectURL(photo.url));
        });
    }

    get job() {
        return this.jobs.find((job) => job.id === this.props.id) || this.gone;
    }
    /** A job that the office took away while its report is written stays on screen. */
    get gone() {
        return {
            id: this.props.id, name: this.item?.jobName || "", reference: "", commune: "",
            site: "", address: "", products: [], agents: [], checklist: [], state: "",
        };
    }
    get content() {
        return this.state.content;
    }
    get times() {
        return this.content.lines.filter((line) => line.kind === "labour");
    }
    get mapLink() {
        const { latitude, longitude, address, commune } = this.job;
        if (latitude && longitude) {
            return `geo:${latitude},${longitude}`;
        }
        return address ? `geo:0,0?q=${encodeURIComponent(`${address}, ${commune}`)}` : "";
    }

    blank() {
        const job = this.job;
        const minutes = quarter((job.hours || 1) * 60);
        const here = job.agents.filter((agent) => agent.here);
        return {
            job: job.id,
            outcome: "done",
            summary: job.outline || "",
            remaining: "",
            started_at: job.start && new Date(job.start) < new Date() ? job.start : "",
            lines: (here.length ? here : job.agents).map((agent) => ({
                kind: "labour",
                agent: agent.id,
                name: agent.name,
                minutes,
            })),
            checks: job.checklist.map((label) => ({ label, done: false })),
            signature: "",
            signer: "",
        };
    }

    /** The draft is on the phone before the camera opens: Android may close the page. */
    async begin() {
        this.item ||= await this.box.draft("report", JSON.parse(JSON.stringify(this.content)), {
            jobName: this.job.name,
        });
        await put("meta", { key: "opened", value: this.job.id });
        return this.item;
    }

    async set(change) {
        change();
        await this.begin();
        this.item.content = JSON.parse(JSON.stringify(this.content));
        try {
            await this.box.keep(this.item);
        } catch (error) {
            this.fail(error);
        }
    }

    /** What is being typed is on screen at once, and kept at the next pause. */
    type(change) {
        change();
        clearTimeout(this.typing);
        this.typing = setTimeout(() => this.set(() => {}), 400);
    }

    fail(error) {
        this.state.fault = error.name === "QuotaExceededError" ? T.full : T.broken;
    }

    async shoot(event, kind) {
        const files = [...event.target.files];
        event.target.value = "";
        this.state.fault = "";
        try {
            await this.begin();
            for (const file of files) {
                if (!file.size) {
                    throw new Error("empty");
                }
                const blob = await reduce(file);
                await this.box.addPhoto(this.item, blob, {
                    kind,
                    caption: "",
                    sha256: await sha256(blob),
                    taken_at: new Date().toISOString(),
                });
            }
            navigator.vibrate?.(60);
        } catch (error) {
            this.fail(error);
        }
        await this.showPhotos();
    }

    async showPhotos() {
        this.state.photos.forEach((photo) => URL.revokeObjectURL(photo.url));
        const photos = this.item ? await photosOf(this.item.uuid) : [];
        this.state.photos = photos.map((photo) => ({
            ...photo,
            url: URL.createObjectURL(photo.blob),
        }));
    }

    async caption(photo, caption) {
        const { url, ...kept } = { ...photo, caption };
        await put("photos", kept);
        await this.showPhotos();
    }

    async drop(photo) {
        await remove("photos", photo.uuid);
        await this.showPhotos();
    }

    async redraw(blob) {
        const { url, ...kept } = { ...this.state.sketch, blob, sha256: await sha256(blob) };
        await put("photos", kept);
        await this.showPhotos();
    }

    async sign(blob) {
        const signature = await toBase64(blob);
        await this.set(() => (this.content.signature = signature));
    }

    amount(product) {
        const line = this.content.lines.find((line) => line.product === product.id);
        return (product.by_time ? line?.minutes : line?.quantity) || 0;
    }

    setAmount(product, value) {
        return this.set(() => {
            const others = this.content.lines.filter((line) => line.product !== product.id);
            const line = product.by_time
                ? { kind: "equipment", product: product.id, minutes: value }
                : { kind: "material", product: product.id, quantity: value };
            this.content.lines = value ? [...others, line] : others;
        });
    }

    toggle(name) {
        this.state[name] = !this.state[name];
    }

    async tell(kind, reason = "") {
        const item = await this.box.draft(
            kind,
            { job: this.job.id, reason, summary: this.content.summary },
            { jobName: this.job.name }
        );
        await this.box.queue(item);
        this.props.go("jobs");
    }

    async finish(outcome, reason = "") {
        try {
            await this.set(() => {
                Object.assign(this.content, {
                    outcome,
                    reason,
                    ended_at: new Date().toISOString(),
                    lines: this.content.lines.filter((line) => line.minutes || line.quantity),
                });
            });
            await put("meta", { key: "opened", value: 0 });
            await this.box.queue(this.item, UNDO_MS);
            this.props.go("jobs", 0, this.item.uuid);
        } catch (error) {
            this.fail(error);
        }
    }
}

export class Waiting extends Screen {
    static components = { Icon, Top };
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
                    </span>
                    <button t-if="item.state === 'draft'" t-on-click="() => box.discard(item)" t-esc="T.discard"/>
                    <button t-if="item.state === 'refused'" t-on-click="() => box.again(item)" t-esc="T.again"/>
                </li>
            </ul>
            <button class="wide main" t-on-click="() => box.sync()"><Icon name="'send'"/> <t t-esc="T.sendNow"/></button>
            <button class="wide" t-on-click="save" t-esc="T.save"/>
        </main>`;

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
