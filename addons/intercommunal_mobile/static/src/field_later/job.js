/** One job and its report. */

import { onWillStart, onWillUnmount, useState, xml } from "@odoo/owl";
import { get, photosOf, put, remove } from "@intercommunal_mobile/field_send/db";
import { Icon } from "@intercommunal_mobile/field/parts";
import { Screen } from "@intercommunal_mobile/field/screens";
import { T, _t } from "@intercommunal_mobile/field/texts";
import { ACCEPTED, isHeic, reduce, sha256, toBase64 } from "./photos";
import { Returned } from "./returned";
import { Counter, Duration, History, hours, mapAddress, refuse, Sketch, Top } from "./parts";

// what the server takes
const MAX_PHOTOS = 20;
const MAX_BYTES = 15e6;
// what a message makes of its job
const AFTER = { start: "in_progress", resume: "in_progress", block: "blocked" };
const quarter = (minutes) => Math.max(15, Math.round(minutes / 15) * 15);

export class Job extends Screen {
    static components = { Counter, Duration, History, Icon, Returned, Sketch, Top };
    static template = xml`
        <main class="job">
            <Top title="job.name" back="() => props.go('jobs')"/>
            <p class="line"><t t-esc="job.reference"/> · <t t-esc="job.commune"/></p>
            <p class="place"><t t-esc="place"/></p>
            <section t-if="job.comment" class="words"><h2 t-esc="job.is_reserve ? T.reserve : T.words"/><p t-if="job.reserved_line"><strong t-esc="job.reserved_line"/></p><p t-esc="job.comment"/></section>
            <Returned t-if="job.returned_photos?.length" photos="job.returned_photos" tick="props.tick" box="box"/>
            <nav t-if="job.phone or mapLink or job.email" class="links" t-att-aria-label="job.site || job.commune">
                <a t-if="job.phone" t-att-href="'tel:' + job.phone"><Icon name="'call'"/> <t t-esc="T.call"/> <t t-esc="job.referent"/></a>
                <a t-if="mapLink" t-att-href="mapLink"><Icon name="'map'"/> <t t-esc="T.map"/></a>
                <a t-if="job.email" t-att-href="'mailto:' + job.email"><Icon name="'mail'"/> <t t-esc="T.mail"/></a>
            </nav>
            <section t-if="job.instructions"><h2 t-esc="T.instructions"/><p t-esc="job.instructions"/></section>
            <section t-if="job.description"><h2 t-esc="T.description"/><p t-esc="job.description"/></section>
            <section t-if="job.answers.length"><h2 t-esc="T.answers"/>
                <p t-foreach="job.answers" t-as="answer" t-key="answer_index"><t t-esc="answer.label"/><t t-if="!answer.label.endsWith('?')"> :</t> <strong t-esc="answer.value"/></p>
            </section>
            <details t-if="history.length"><summary t-esc="T.history"/><History entries="history"/></details>

            <p t-foreach="box.sentOf(job.id)" t-as="item" t-key="item.uuid" class="tag" t-att-class="{good: item.state === 'complete'}"><Icon name="iconOf(item)"/> <t t-esc="stateOf(item)"/></p>

            <button t-if="['planned', 'rework'].includes(stateNow)" class="wide" t-on-click="() => this.tell('start')"><t t-esc="T.start"/></button>
            <button t-if="stateNow === 'blocked'" class="wide" t-on-click="() => this.tell('resume')"><t t-esc="T.resume"/></button>
            <div class="pair">
                <label class="shot"><Icon name="'camera'"/> <t t-esc="T.photoBefore"/>
                    <input type="file" t-att-accept="ACCEPTED" capture="environment" t-on-change="(ev) => this.shoot(ev, 'before')" t-on-click="() => this.begin()"/></label>
                <label class="shot main"><Icon name="'camera'"/> <t t-esc="T.photoAfter"/>
                    <input type="file" t-att-accept="ACCEPTED" capture="environment" t-on-change="(ev) => this.shoot(ev, 'after')" t-on-click="() => this.begin()"/></label>
                <label class="shot"><Icon name="'plus'"/> <t t-esc="T.taken"/>
                    <input type="file" t-att-accept="ACCEPTED" multiple="" t-on-change="(ev) => this.shoot(ev)" t-on-click="() => this.begin()"/></label>
            </div>
            <ul class="photos" t-if="state.photos.length">
                <li t-foreach="state.photos" t-as="photo" t-key="photo.uuid">
                    <div class="top"><h2 class="grow"><t t-esc="photo_index + 1"/>. <t t-esc="kindOf(photo)"/></h2><button t-on-click="() => this.turn(photo)"><Icon name="'again'"/> <t t-esc="photo.kind === 'before' ? T.after : T.before"/></button></div>
                    <img t-att-src="photo.url" t-att-alt="nameOf(photo, photo_index)"/>
                    <input type="text" t-att-value="photo.caption" t-att-placeholder="T.caption" t-att-aria-label="T.caption" t-on-change="(ev) => this.retouch(photo, { caption: ev.target.value })"/>
                    <div class="pair">
                        <button t-att-aria-label="T.draw + ' ' + (photo_index + 1)" t-on-click="() => state.sketch = photo"><Icon name="'pen'"/> <t t-esc="T.draw"/></button>
                        <button t-on-click="() => this.drop(photo)"><Icon name="'stop'"/> <t t-esc="state.sure === photo.uuid ? T.sure : T.remove"/></button>
                    </div>
                </li>
            </ul>
            <details t-if="times.length"><summary><span class="grow"><t t-esc="T.times"/> <small class="line" t-esc="timesWords"/></span></summary>
                <Duration t-foreach="times" t-as="line" t-key="line.agent" label="line.name" minutes="line.minutes" change="(minutes) => this.set(() => line.minutes = minutes)"/>
            </details>
            <details t-if="job.products.length"><summary t-esc="T.items"/>
                <t t-foreach="products" t-as="product" t-key="product.id">
                    <Duration t-if="product.by_time" label="product.name" minutes="amount(product)" change="(value) => this.setAmount(product, value)"/>
                    <Counter t-else="" label="product.name" unit="product.unit" value="amount(product)" change="(value) => this.setAmount(product, value)"/>
                </t>
            </details>
            <details t-if="content.checks.length"><summary t-esc="T.checklist"/>
                <label class="check" t-foreach="content.checks" t-as="check" t-key="check.label">
                    <input type="checkbox" t-att-checked="check.done" t-on-change="(ev) => this.set(() => check.done = ev.target.checked)"/> <t t-esc="check.label"/>
                </label>
            </details>
            <label t-if="job.locate" class="check">
                <input type="checkbox" t-att-checked="content.locate" t-on-change="(ev) => this.joinPosition(ev.target.checked)"/>
                <span><t t-esc="T.position"/><t t-if="content.position"> (± <t t-esc="Math.ceil(content.position.accuracy)"/> m)</t></span>
            </label>
            <label class="field"><span t-esc="T.note"/>
                <textarea rows="3" t-att-value="content.summary" t-on-input="(ev) => this.type(() => content.summary = ev.target.value)"/></label>
            <details><summary t-esc="T.signature"/>
                <label class="field"><span t-esc="T.signer"/><input type="text" t-att-value="content.signer" t-on-input="(ev) => this.type(() => content.signer = ev.target.value)"/></label>
                <button class="wide" t-on-click="() => state.signing = true"><Icon name="content.signature ? 'check' : 'pen'"/> <t t-esc="T.sign"/></button>
            </details>

            <p t-if="state.fault" role="alert" class="fault" t-esc="state.fault"/>
            <div class="pair">
                <button t-if="stateNow !== 'blocked'" t-on-click="() => this.toggle('blocking')" t-att-aria-expanded="String(!!state.blocking)"><Icon name="'alert'"/> <t t-esc="T.blocked"/></button>
                <button t-on-click="() => this.toggle('partial')" t-att-aria-expanded="String(!!state.partial)"><Icon name="'half'"/> <t t-esc="T.partial"/></button>
                <button t-on-click="() => this.toggle('impossible')" t-att-aria-expanded="String(!!state.impossible)"><Icon name="'stop'"/> <t t-esc="T.impossible"/></button>
            </div>
            <div class="choices" t-if="state.blocking">
                <button t-foreach="Object.entries(T.blockReasons)" t-as="reason" t-key="reason[0]" t-on-click="() => this.tell('block', reason[0])" t-esc="reason[1]"/>
            </div>
            <div t-if="state.partial" class="choices">
                <label class="field"><span t-esc="T.left"/><textarea rows="2" t-att-value="content.remaining" t-on-input="(ev) => this.type(() => content.remaining = ev.target.value)"/></label>
                <button class="main" t-on-click="() => this.finish('partial')"><Icon name="'send'"/> <t t-esc="T.sendPartial"/></button>
            </div>
            <div t-if="state.impossible" class="choices">
                <h2 t-esc="T.why"/>
                <button t-foreach="box.snapshot.reasons" t-as="reason" t-key="reason.code" t-on-click="() => this.finish('impossible', reason.code)" t-esc="reason.name"/>
            </div>
            <button t-if="!state.partial and !state.impossible" class="finish" t-on-click="() => this.finish('done')"><Icon name="'check'"/> <t t-esc="job.can_send === false ? T.toLeader : T.send"/></button>

            <Sketch t-if="state.sketch" title="T.draw" image="state.sketch.blob" keep="(blob) => this.redraw(blob)" close="() => state.sketch = null"/>
            <Sketch t-if="state.signing" title="T.sign" words="content.signer" keep="(blob) => this.sign(blob)" close="() => state.signing = false"/>
        </main>`;

    setup() {
        super.setup();
        this.ACCEPTED = ACCEPTED;
        this.Object = Object;
        this.String = String;
        this.Math = Math;
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
            this.beginning = this.item;
            this.recent = (await get("meta", "recent"))?.value || [];
            this.state.content = this.item ? this.item.content : this.blank();
            // who was left out, with no time yet: they may have come all the same
            const { lines } = this.state.content;
            const known = new Set(lines.map((line) => line.agent));
            for (const { id, name } of this.job.agents) {
                known.has(id) || lines.push({ kind: "labour", agent: id, name, minutes: 0 });
            }
            if (this.item) {
                await this.showPhotos();
            }
        });
        onWillUnmount(() => {
            if (this.typing && !this.left) {
                this.set(() => {});
            }
            this.left = true;
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
            site: "", address: "", products: [], agents: [], checklist: [], answers: [], state: "", outline: "",
        };
    }
    get content() {
        return this.state.content;
    }
    get times() {
        return this.content.lines.filter((line) => line.kind === "labour");
    }
    get timesWords() {
        return this.times
            .filter((line) => line.minutes)
            .map(({ name, minutes }) => `${name} ${hours(minutes)}`)
            .join(", ");
    }
    get history() {
        return this.box.places.find((place) => place.id === this.job.site_id)?.history || [];
    }
    /** What was used lately on this phone comes first. */
    get products() {
        const rank = ({ id }) => (this.recent.indexOf(id) + 1 || Infinity);
        return [...this.job.products].sort((one, other) => (rank(one) > rank(other)) - (rank(one) < rank(other)));
    }
    get place() {
        return [this.job.site, this.job.address].filter(Boolean).join(" · ");
    }
    get mapLink() {
        const { latitude, longitude, address, commune } = this.job;
        return mapAddress(latitude, longitude, address && `${address}, ${commune}`);
    }

    /** When the work began: as it was said, else as it was planned for today. */
    get begun() {
        const { start, started } = this.job;
        const now = this.box.iso();
        const told = this.box.sentOf(this.job.id).find((item) => item.kind === "start");
        const planned = start && start < now && new Date(start).toDateString() === new Date(now).toDateString();
        return started || told?.content.captured_at || (planned ? start : "");
    }

    /** The state of the job, with what this phone said since the office's last word. */
    get stateNow() {
        const since = this.box.snapshot ? this.box.serverNow() : 0;
        const last = this.box
            .sentOf(this.job.id)
            .filter((item) => AFTER[item.kind] && !(item.completeAt < since))
            .at(-1);
        return last ? AFTER[last.kind] : this.job.state;
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
            started_at: this.begun,
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
        // once, however many taps ask for it at the same time
        this.beginning ||= this.box.draft("report", JSON.parse(JSON.stringify(this.content)), {
            jobName: this.job.name,
        });
        try {
            this.item ||= await this.beginning;
        } catch (error) {
            this.beginning = null;
            throw error;
        }
        await put("meta", { key: "opened", value: this.job.id });
        this.locate();
        return this.item;
    }

    /** One point for the report of a team that wants it, once its author ticked the box.

        Nothing waits for it: a phone that does not say where it is reports as well. */
    locate() {
        const { locate, position } = this.content;
        if (!this.job.locate || !locate || position || this.located || this.left) {
            return;
        }
        this.located = true;
        navigator.geolocation?.getCurrentPosition(
            ({ coords: { latitude, longitude, accuracy } }) => {
                // what was sent meanwhile is not touched any more
                if (!this.left && this.content.locate) {
                    this.set(() => (this.content.position = { latitude, longitude, accuracy }));
                }
            },
            () => (this.located = false),
            { enableHighAccuracy: true, timeout: 30000, maximumAge: 60000 }
        );
    }

    joinPosition(wanted) {
        this.located = false;
        return this.set(() => {
            this.content.locate = wanted;
            delete this.content.position;
        });
    }

    /** Keeps the form, unless its report left meanwhile: another tab may have sent it. */
    async set(change) {
        change();
        try {
            await this.begin();
            await this.keep();
        } catch (error) {
            this.fail(error);
        }
    }

    async keep() {
        clearTimeout(this.typing);
        this.typing = 0;
        const content = JSON.parse(JSON.stringify(this.content));
        const kept = await this.box.change(
            this.item.uuid,
            (now) => now.state === "draft" && { ...now, content }
        );
        if (!kept) {
            throw new Error("gone");
        }
    }

    /** What is being typed is on screen at once, and kept at the next pause. */
    type(change) {
        change();
        clearTimeout(this.typing);
        this.typing = setTimeout(() => this.set(() => {}), 400);
    }

    fail(error) {
        this.refuse(
            error?.name === "QuotaExceededError"
                ? T.full
                : ["gone", "aborted"].includes(error?.message)
                  ? T.gone
                  : T.broken
        );
    }

    /** What is sent waits for the photos that are being reduced. */
    shoot(event, kind) {
        const files = [...event.target.files];
        event.target.value = "";
        this.shooting = Promise.resolve(this.shooting).then(() => this.reduceAll(files, kind));
        return this.shooting;
    }

    async reduceAll(files, kind) {
        this.state.fault = "";
        try {
            await this.begin();
            for (const file of files) {
                if (!file.size || file.size > MAX_BYTES) {
                    throw new Error("empty");
                }
                if ((await photosOf(this.item.uuid)).length >= MAX_PHOTOS) {
                    this.refuse(T.tooMany);
                    break;
                }
                const blob = await reduce(file);
                if (blob === file && (await isHeic(file))) {
                    // kept all the same: it can be saved in a file, see `Waiting`
                    this.refuse(T.heic);
                }
                // one that was taken already is as old as its file
                const age = kind ? 0 : Math.max(0, Date.now() - file.lastModified);
                await this.box.addPhoto(this.item, blob, {
                    kind: kind || "after",
                    caption: "",
                    sha256: await sha256(blob),
                    taken_at: this.box.iso(age),
                });
            }
            navigator.vibrate?.(60);
        } catch (error) {
            this.fail(error);
        }
        await this.showPhotos();
    }

    kindOf({ kind }) {
        return kind === "before" ? T.photoBefore : T.photoAfter;
    }

    nameOf(photo, index) {
        return `${index + 1} ${this.kindOf(photo)} ${photo.caption}`;
    }

    async showPhotos() {
        this.state.photos.forEach((photo) => URL.revokeObjectURL(photo.url));
        const photos = this.item ? await photosOf(this.item.uuid) : [];
        this.state.photos = photos.map((photo) => ({
            ...photo,
            url: URL.createObjectURL(photo.blob),
        }));
    }

    async alter(work) {
        try {
            await work();
        } catch (error) {
            this.fail(error);
        }
        await this.showPhotos();
    }

    /** Keeps a photo with other values. */
    retouch(photo, values) {
        const { url, ...kept } = { ...photo, ...values };
        return this.alter(() => put("photos", kept));
    }

    /** Before becomes after, and after before. */
    turn(photo) {
        return this.retouch(photo, { kind: photo.kind === "before" ? "after" : "before" });
    }

    /** At the second tap: in gloves the first may be a mistake. */
    drop(photo) {
        if (this.state.sure !== photo.uuid) {
            this.state.sure = photo.uuid;
            return;
        }
        return this.alter(() => remove("photos", photo.uuid));
    }

    async redraw(blob) {
        await this.retouch(this.state.sketch, { blob, sha256: await sha256(blob) });
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

    /** One thing at a time: nobody sends “done” who says what is left. */
    toggle(name) {
        const shown = !this.state[name];
        const none = { blocking: false, partial: false, impossible: false };
        Object.assign(this.state, none, { [name]: shown });
    }

    /** Says what the server would ask before it takes a report: here it can be mended. */
    lacking(outcome) {
        if (outcome === "impossible") {
            return this.state.photos.length ? "" : T.needPhoto;
        }
        if (outcome === "partial" && !this.content.remaining.trim()) {
            return T.needRest;
        }
        return this.times.some((line) => line.minutes) ? "" : T.needTime;
    }

    refuse(words) {
        return refuse(this.state, words);
    }

    async noteRecent() {
        const used = this.content.lines.map((line) => line.product).filter(Boolean);
        const value = [...new Set([...used, ...this.recent])].slice(0, 20);
        await put("meta", { key: "recent", value });
    }

    tell(kind, reason = "") {
        return this.once(() => this.tellOnce(kind, reason));
    }

    async tellOnce(kind, reason) {
        const words = this.content.summary.trim();
        if (reason === "other" && (!words || words === this.job.outline.trim())) {
            return this.refuse(T.needWords);
        }
        const item = await this.box.draft(
            kind,
            { job: this.job.id, reason, summary: this.content.summary },
            { jobName: this.job.name }
        );
        await this.box.queue(item);
        this.props.go("jobs");
    }

    finish(outcome, reason = "") {
        return this.once(() => this.finishOnce(outcome, reason));
    }

    async finishOnce(outcome, reason) {
        await this.shooting;
        const lacking = this.lacking(outcome);
        if (lacking) {
            return this.refuse(lacking);
        }
        this.left = true;
        try {
            await this.noteRecent();
            Object.assign(this.content, {
                outcome,
                reason,
                ended_at: this.box.iso(),
                lines: this.content.lines.filter((line) => line.minutes || line.quantity),
            });
            await this.begin();
            await this.keep();
            await put("meta", { key: "opened", value: 0 });
            if (!(await this.box.queue(this.item, this.box.undo))) {
                throw new Error("gone");
            }
            this.props.go("jobs", 0, this.item.uuid);
        } catch (error) {
            this.left = false;
            this.fail(error);
        }
    }
}
