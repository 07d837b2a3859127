import { _t } from "@web/core/l10n/translation";
import { imageUrl } from "@web/core/utils/urls";
import { Component, useRef, useState } from "@odoo/owl";

/** Height of the drawing's own units; the width follows the photo's shape. */
const HEIGHT = 1000;
const HEAD = 45;
const MAX_POINTS = 200;
const MIN_STEP = 0.004;
const KEY_STEP = 0.02;

/** @typedef {{ kind: "rect"|"arrow"|"pen", points: [number, number][] }} Mark */

/** @param {number} value */
const clamp = (value) => Math.min(1, Math.max(0, value));

/** @param {number} value */
const round = (value) => Math.round(value * 1e4) / 1e4;

/**
 * The outline of a mark as an SVG path.
 *
 * @param {Mark} mark
 * @param {number} width of the drawing, whose height is HEIGHT
 */
export function markPath(mark, width) {
    const points = mark.points.map(([x, y]) => [x * width, y * HEIGHT]);
    const [start, end = points[0]] = [points[0], points.at(-1)];
    if (mark.kind === "rect") {
        return `M${start} H${end[0]} V${end[1]} H${start[0]} Z`;
    }
    const line = `M${points.join(" L")}`;
    if (mark.kind === "pen" || points.length < 2) {
        return points.length < 2 ? `${line} l0.1 0` : line;
    }
    const angle = Math.atan2(end[1] - start[1], end[0] - start[0]);
    const side = (turn) =>
        `M${end} L${end[0] - HEAD * Math.cos(angle + turn)} ${end[1] - HEAD * Math.sin(angle + turn)}`;
    return `${line} ${side(0.5)} ${side(-0.5)}`;
}

/**
 * A photo with what is drawn on it, and a pencil where `onChange` is given.
 *
 * Points are shares of the photo's width and height, so that marks fit any size.
 */
export class PhotoMarks extends Component {
    static template = "intercommunal_workflow.PhotoMarks";
    static props = {
        photo: Object,
        marks: Array,
        size: { type: String, optional: true },
        tool: { type: String, optional: true },
        single: { type: Boolean, optional: true },
        onChange: { type: Function, optional: true },
    };

    setup() {
        this.drawing = useRef("drawing");
        this.state = useState({ ratio: 4 / 3, draft: null });
    }

    get source() {
        const options = { unique: this.props.photo.unique };
        if (this.props.size) {
            [options.width, options.height] = this.props.size.split("x");
        }
        return imageUrl("intercommunal.photo", this.props.photo.id, "image", options);
    }

    get width() {
        return HEIGHT * this.state.ratio;
    }

    /** What is drawn, with what is being drawn. */
    get shapes() {
        const kept = this.props.single && this.state.draft ? [] : this.props.marks;
        return this.state.draft ? [...kept, this.state.draft] : kept;
    }

    get isEditable() {
        return Boolean(this.props.onChange && this.props.tool);
    }

    get label() {
        return this.isEditable
            ? _t(
                  "Drawing on the photo. Enter adds a mark, arrows move it, Shift and arrows change its size, Delete removes it."
              )
            : _t("%(count)s marks on the photo", { count: this.props.marks.length });
    }

    /** @param {Mark} mark */
    path(mark) {
        return markPath(mark, this.width);
    }

    /** @param {{ text?: string, person?: string }} mark */
    title(mark) {
        return [mark.person, mark.text].filter(Boolean).join(": ");
    }

    /** @param {Event & { target: HTMLImageElement }} ev */
    onLoad(ev) {
        const { naturalWidth, naturalHeight } = ev.target;
        if (naturalHeight) {
            this.state.ratio = naturalWidth / naturalHeight;
        }
    }

    /** @param {PointerEvent} ev */
    point(ev) {
        const box = this.drawing.el.getBoundingClientRect();
        return [
            round(clamp((ev.clientX - box.left) / box.width)),
            round(clamp((ev.clientY - box.top) / box.height)),
        ];
    }

    /** @param {PointerEvent} ev */
    onDown(ev) {
        if (!this.isEditable || ev.button > 0) {
            return;
        }
        ev.preventDefault();
        this.drawing.el.focus({ preventScroll: true });
        this.drawing.el.setPointerCapture(ev.pointerId);
        this.state.draft = { kind: this.props.tool, points: [this.point(ev)] };
    }

    /** @param {PointerEvent} ev */
    onMove(ev) {
        const { draft } = this.state;
        if (!draft) {
            return;
        }
        const point = this.point(ev);
        if (draft.kind !== "pen") {
            draft.points = [draft.points[0], point];
            return;
        }
        const [x, y] = draft.points.at(-1);
        if (Math.hypot(point[0] - x, point[1] - y) >= MIN_STEP) {
            draft.points.push(point);
        }
    }

    onUp() {
        const { draft } = this.state;
        this.state.draft = null;
        if (draft && (draft.kind === "pen" || this.isBigEnough(draft))) {
            this.add(draft);
        }
    }

    /** A click that hardly moves draws nothing. @param {Mark} mark */
    isBigEnough({ points: [start, end] }) {
        return end && Math.hypot(end[0] - start[0], end[1] - start[1]) > 0.01;
    }

    /** @param {Mark} mark */
    add({ kind, points }) {
        let thin = points;
        while (thin.length > MAX_POINTS) {
            thin = thin.filter((_point, index) => index % 2 === 0 || index === thin.length - 1);
        }
        const mark = { kind, points: thin.map((point) => [...point]) };
        this.props.onChange(this.props.single ? [mark] : [...this.props.marks, mark]);
    }

    /** @param {KeyboardEvent} ev */
    onKeydown(ev) {
        if (!this.isEditable) {
            return;
        }
        const move = {
            ArrowLeft: [-KEY_STEP, 0],
            ArrowRight: [KEY_STEP, 0],
            ArrowUp: [0, -KEY_STEP],
            ArrowDown: [0, KEY_STEP],
        }[ev.key];
        const last = this.props.marks.at(-1);
        if (ev.key === "Enter") {
            this.add({
                kind: this.props.tool,
                points: [
                    [0.4, 0.4],
                    [0.6, 0.6],
                ],
            });
        } else if (last && (ev.key === "Delete" || ev.key === "Backspace")) {
            this.props.onChange(this.props.marks.slice(0, -1));
        } else if (last && ev.key === "z" && (ev.ctrlKey || ev.metaKey)) {
            this.props.onChange(this.props.marks.slice(0, -1));
        } else if (last && move) {
            const points = last.points.map(([x, y], index) =>
                ev.shiftKey && index < last.points.length - 1
                    ? [x, y]
                    : [round(clamp(x + move[0])), round(clamp(y + move[1]))]
            );
            this.props.onChange([...this.props.marks.slice(0, -1), { ...last, points }]);
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }
}
