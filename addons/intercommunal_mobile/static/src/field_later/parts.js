/** Parts of the screens that come later. */

import { Component, onMounted, onWillUnmount, useRef, useState, xml } from "@odoo/owl";
import { Icon } from "@intercommunal_mobile/field/parts";
import { T } from "@intercommunal_mobile/field/texts";
import { toBlob } from "./photos";
import "./words";

export class Top extends Component {
    static components = { Icon };
    static template = xml`
        <header class="top">
            <button t-if="props.back" class="square" t-on-click="props.back" t-att-aria-label="T.back">
                <Icon name="'back'"/>
            </button>
            <h1 t-esc="props.title"/>
        </header>`;
    static props = { title: String, back: { type: Function, optional: true } };
    setup() {
        this.T = T;
    }
}

/** Says what is missing, where the finger is. */
export async function refuse(state, words) {
    const frame = () => new Promise(requestAnimationFrame);
    // the same words again are said again
    state.fault = "";
    await frame();
    state.fault = words;
    // drawn in the next frame, after who asked for it before
    await frame();
    await frame();
    document.querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
}

/** The address of a map of a point, else of words; iPhones know no "geo:". */
export function mapAddress(latitude, longitude, words) {
    const point = latitude && longitude ? `${latitude},${longitude}` : "";
    const asked = encodeURIComponent(point || words || "");
    const apple = /iPhone|iPad|Macintosh/.test(navigator.userAgent);
    return asked && (apple ? "https://maps.apple.com/?q=" : `geo:${point || "0,0"}?q=`) + asked;
}

/** What was done at a place: day, type, how it went. */
export class History extends Component {
    static template = xml`
        <ul class="history">
            <li t-foreach="props.entries" t-as="entry" t-key="entry_index">
                <strong t-esc="day(entry.date)"/> <t t-esc="entry.type"/><t t-if="entry.outcome"> · <t t-esc="entry.outcome"/></t>
            </li>
        </ul>`;
    static props = { entries: Array };
    day(date) {
        return new Date(`${date}T12:00:00`).toLocaleDateString(document.documentElement.lang);
    }
}

export const hours = (minutes) =>
    `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;

/** Hours and minutes by quarters, with two large buttons. */
export class Duration extends Component {
    static components = { Icon };
    static template = xml`
        <div class="stepper" role="group" t-att-aria-label="props.label">
            <span class="grow" t-esc="props.label"/>
            <button class="square" t-on-click="() => this.step(-15)" t-att-aria-label="T.less"><Icon name="'minus'"/></button>
            <output t-esc="hours(props.minutes)"/>
            <button class="square" t-on-click="() => this.step(15)" t-att-aria-label="T.more"><Icon name="'plus'"/></button>
        </div>`;
    static props = { label: String, minutes: Number, change: Function };
    setup() {
        Object.assign(this, { T, hours });
    }
    step(by) {
        this.props.change(Math.min(24 * 60, Math.max(0, this.props.minutes + by)));
    }
}

const toWords = (value) => String(value).replace(".", ",");

/** A quantity: one more, one less, or as it is typed: “2,5”, “120”. */
export class Counter extends Component {
    static components = { Icon };
    static template = xml`
        <div class="stepper" role="group" t-att-aria-label="props.label">
            <span class="grow"><t t-esc="props.label"/> <small t-esc="props.unit"/></span>
            <button class="square" t-on-click="() => this.set(props.value - 1)" t-att-aria-label="T.fewer"><Icon name="'minus'"/></button>
            <input type="text" inputmode="decimal" t-att-value="words" t-att-aria-label="props.label" t-on-change="enter"/>
            <button class="square" t-on-click="() => this.set(props.value + 1)" t-att-aria-label="T.another"><Icon name="'plus'"/></button>
        </div>`;
    static props = { label: String, unit: String, value: Number, change: Function };
    setup() {
        this.T = T;
    }
    get words() {
        return toWords(this.props.value);
    }
    /** @returns {Number} what it became */
    set(value) {
        const kept = Math.max(0, Math.round(value * 1000) / 1000);
        this.props.change(kept);
        return kept;
    }
    enter({ target }) {
        const value = Number(target.value.replace(",", "."));
        // what is no number gives way to what was there
        const kept = value >= 0 && value < 1e6 ? this.set(value) : this.props.value;
        // at once: the screen is drawn anew a moment later
        target.value = toWords(kept);
    }
}

// what a key or a button does to a mark: its sign, steps to the right, down and larger
const MOVES = {
    ArrowLeft: ["←", -1, 0, 0],
    ArrowRight: ["→", 1, 0, 0],
    ArrowUp: ["↑", 0, -1, 0],
    ArrowDown: ["↓", 0, 1, 0],
    "-": ["−", 0, 0, -1],
    "+": ["+", 0, 0, 1],
};
const within = (low, value, high) => Math.min(high, Math.max(low, value));

/**
 * A sheet to draw on: a signature, marks on a photo, or a brush that hides.
 * What is drawn becomes part of the picture: what is hidden never leaves the phone.
 */
export class Sketch extends Component {
    static components = { Icon };
    static template = xml`
        <dialog class="sketch" t-ref="sheet" t-att-aria-label="props.title" t-on-cancel.prevent="props.close" t-on-keydown="press">
            <h2 t-esc="props.title"/>
            <canvas t-ref="canvas" role="img" t-att-aria-label="props.title" t-on-pointerdown.prevent="down" t-on-pointermove.prevent="move"
                    t-on-pointerup="up" t-on-pointercancel="up"/>
            <div class="tools" t-if="props.image">
                <button t-att-aria-pressed="String(state.tool === 'pen')" t-on-click="() => this.take('pen')"><Icon name="'pen'"/> <t t-esc="T.pen"/></button>
                <button t-att-aria-pressed="String(state.tool === 'hide')" t-on-click="() => this.take('hide')"><Icon name="'hide'"/> <t t-esc="T.brush"/></button>
                <button t-on-click="place"><Icon name="'plus'"/> <t t-esc="T.place"/></button>
            </div>
            <div t-if="state.mark" class="moves" role="group" t-att-aria-label="T.place">
                <button t-foreach="Object.entries(MOVES)" t-as="move" t-key="move[0]" t-att-aria-label="T.moves[move[0]]" t-on-click="() => this.shift(move[0])" t-esc="move[1][0]"/>
            </div>
            <div class="tools">
                <button t-on-click="props.close" t-esc="T.cancel"/>
                <button t-if="props.words" t-on-click="write" t-esc="T.writeName"/>
                <button t-on-click="draw" t-esc="T.clear"/>
                <button class="main" t-on-click="keep" t-esc="T.keep"/>
            </div>
        </dialog>`;
    static props = {
        title: String,
        image: { optional: true },
        words: { optional: true },
        keep: Function,
        close: Function,
    };

    setup() {
        Object.assign(this, { T, MOVES, Object, String });
        this.canvas = useRef("canvas");
        this.state = useState({ tool: this.props.image ? "pen" : "ink", mark: null });
        this.sheet = useRef("sheet");
        onMounted(() => {
            // the browser keeps the focus in it, and gives it back
            this.sheet.el.showModal?.();
            this.draw();
        });
        onWillUnmount(() => this.sheet.el.close?.());
    }

    async draw() {
        const canvas = this.canvas.el;
        const context = canvas.getContext("2d");
        this.drawn = false;
        this.state.mark = null;
        if (this.props.image) {
            let bitmap;
            try {
                bitmap = await createImageBitmap(this.props.image);
            } catch {
                // a HEIC: what is kept of an empty canvas would take its place
                this.props.close();
                return;
            }
            canvas.width = bitmap.width;
            canvas.height = bitmap.height;
            context.drawImage(bitmap, 0, 0);
        } else {
            canvas.width = 800;
            canvas.height = 400;
            context.fillStyle = "#fff";
            context.fillRect(0, 0, canvas.width, canvas.height);
        }
    }

    spot(event) {
        const canvas = this.canvas.el;
        const box = canvas.getBoundingClientRect();
        return [
            ((event.clientX - box.left) / box.width) * canvas.width,
            ((event.clientY - box.top) / box.height) * canvas.height,
        ];
    }

    down(event) {
        this.canvas.el.setPointerCapture?.(event.pointerId);
        this.state.mark = null;
        this.last = this.spot(event);
        this.line(this.last);
    }

    move(event) {
        if (this.last) {
            this.line(this.spot(event));
        }
    }

    /** The side of the picture, and what draws on it with the tool at hand. */
    begin() {
        const { width, height } = this.canvas.el;
        const context = this.canvas.el.getContext("2d");
        const side = Math.max(width, height);
        [context.strokeStyle, context.lineWidth] = {
            pen: ["#d00000", side / 120],
            hide: ["#000000", side / 16],
            ink: ["#0a1f5c", 5],
        }[this.state.tool];
        context.lineCap = context.lineJoin = "round";
        context.beginPath();
        return { context, side, width, height };
    }

    take(tool) {
        this.state.tool = tool;
        this.stamp();
    }

    /** A mark in the middle, that buttons and keys move and size: no gesture is needed. */
    place() {
        const { context, side, width, height } = this.begin();
        this.under = context.getImageData(0, 0, width, height);
        this.state.mark = { x: width / 2, y: height / 2, size: side / 8 };
        this.stamp();
    }

    shift(key) {
        const { side, width, height } = this.begin();
        const [, right, down, larger] = MOVES[key];
        const step = side / 40;
        const { x, y, size } = this.state.mark;
        this.state.mark = {
            x: within(0, x + right * step, width),
            y: within(0, y + down * step, height),
            size: within(step, size + larger * step, side),
        };
        this.stamp();
    }

    press(event) {
        if (this.state.mark && MOVES[event.key]) {
            event.preventDefault();
            this.shift(event.key);
        }
    }

    /** Draws the mark where it is now: a circle, or a box that hides. */
    stamp() {
        if (!this.state.mark) {
            return;
        }
        const { context } = this.begin();
        const { x, y, size } = this.state.mark;
        context.putImageData(this.under, 0, 0);
        if (this.state.tool === "hide") {
            context.fillStyle = "#000";
            context.fillRect(x - size, y - size, 2 * size, 2 * size);
        } else {
            context.arc(x, y, size, 0, 7);
            context.stroke();
        }
        this.drawn = true;
    }

    /** Who can't draw their name has it written. */
    write() {
        const { context, width, height } = this.begin();
        context.fillStyle = context.strokeStyle;
        context.font = "italic 64px cursive";
        context.fillText(this.props.words, 40, height / 2, width - 80);
        this.drawn = true;
    }

    line(to) {
        const { context } = this.begin();
        context.moveTo(...this.last);
        context.lineTo(...to);
        context.stroke();
        this.last = to;
        this.drawn = true;
    }

    up() {
        this.last = null;
    }

    async keep() {
        if (this.drawn) {
            await this.props.keep(await toBlob(this.canvas.el));
        }
        this.props.close();
    }
}
