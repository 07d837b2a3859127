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

/** Hours and minutes by quarters, with two large buttons. */
export class Duration extends Component {
    static components = { Icon };
    static template = xml`
        <div class="stepper" role="group" t-att-aria-label="props.label">
            <span class="grow" t-esc="props.label"/>
            <button class="square" t-on-click="() => this.step(-15)" t-att-aria-label="T.less"><Icon name="'minus'"/></button>
            <output t-esc="words"/>
            <button class="square" t-on-click="() => this.step(15)" t-att-aria-label="T.more"><Icon name="'plus'"/></button>
        </div>`;
    static props = { label: String, minutes: Number, change: Function };
    setup() {
        this.T = T;
    }
    get words() {
        const { minutes } = this.props;
        return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
    }
    step(by) {
        this.props.change(Math.min(24 * 60, Math.max(0, this.props.minutes + by)));
    }
}

export class Counter extends Component {
    static components = { Icon };
    static template = xml`
        <div class="stepper" role="group" t-att-aria-label="props.label">
            <span class="grow"><t t-esc="props.label"/> <small t-esc="props.unit"/></span>
            <button class="square" t-on-click="() => props.change(Math.max(0, props.value - 1))" t-att-aria-label="T.fewer"><Icon name="'minus'"/></button>
            <output t-esc="props.value"/>
            <button class="square" t-on-click="() => props.change(props.value + 1)" t-att-aria-label="T.another"><Icon name="'plus'"/></button>
        </div>`;
    static props = { label: String, unit: String, value: Number, change: Function };
    setup() {
        this.T = T;
        this.Math = Math;
    }
}

/**
 * A sheet to draw on: a signature, marks on a photo, or a brush that hides.
 * What is drawn becomes part of the picture: what is hidden never leaves the phone.
 */
export class Sketch extends Component {
    static components = { Icon };
    static template = xml`
        <dialog class="sketch" t-ref="sheet" t-att-aria-label="props.title" t-on-cancel.prevent="props.close">
            <h2 t-esc="props.title"/>
            <canvas t-ref="canvas" role="img" t-att-aria-label="props.title" t-on-pointerdown.prevent="down" t-on-pointermove.prevent="move"
                    t-on-pointerup="up" t-on-pointercancel="up"/>
            <div class="tools" t-if="props.image">
                <button t-att-aria-pressed="String(state.tool === 'pen')" t-on-click="() => state.tool = 'pen'"><Icon name="'pen'"/> <t t-esc="T.pen"/></button>
                <button t-att-aria-pressed="String(state.tool === 'hide')" t-on-click="() => state.tool = 'hide'"><Icon name="'hide'"/> <t t-esc="T.brush"/></button>
            </div>
            <div class="tools">
                <button t-on-click="props.close" t-esc="T.cancel"/>
                <button t-on-click="draw" t-esc="T.clear"/>
                <button class="main" t-on-click="keep" t-esc="T.keep"/>
            </div>
        </dialog>`;
    static props = {
        title: String,
        image: { optional: true },
        keep: Function,
        close: Function,
    };

    setup() {
        this.T = T;
        this.String = String;
        this.canvas = useRef("canvas");
        this.state = useState({ tool: this.props.image ? "pen" : "ink" });
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

    place(event) {
        const canvas = this.canvas.el;
        const box = canvas.getBoundingClientRect();
        return [
            ((event.clientX - box.left) / box.width) * canvas.width,
            ((event.clientY - box.top) / box.height) * canvas.height,
        ];
    }

    down(event) {
        this.canvas.el.setPointerCapture?.(event.pointerId);
        this.last = this.place(event);
        this.line(this.last);
    }

    move(event) {
        if (this.last) {
            this.line(this.place(event));
        }
    }

    line(to) {
        const canvas = this.canvas.el;
        const context = canvas.getContext("2d");
        const side = Math.max(canvas.width, canvas.height);
        const [color, width] = {
            pen: ["#d00000", side / 120],
            hide: ["#000000", side / 16],
            ink: ["#0a1f5c", 5],
        }[this.state.tool];
        context.strokeStyle = color;
        context.lineWidth = width;
        context.lineCap = context.lineJoin = "round";
        context.beginPath();
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
