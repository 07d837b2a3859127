import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const SVG = "http://www.w3.org/2000/svg";
const MAX_MARKS = 50;

/**
 * Draws rectangles on a photo, by finger, pen or mouse. Without script, or by keyboard,
 * the words say what is meant: the remark is the same.
 */
export class PhotoMarks extends Interaction {
    static selector = ".o_intercommunal_marks";
    dynamicContent = {
        select: { "t-on-change": this.onChoose },
        ".o_intercommunal_canvas": {
            "t-on-pointerdown": this.onDown,
            "t-on-pointermove": this.onMove,
            "t-on-pointerup": this.onUp,
            "t-on-pointercancel": this.onUp,
        },
        ".o_intercommunal_undo": { "t-on-click": this.onUndo },
    };

    setup() {
        this.marks = [];
        this.origin = null;
        this.sheet = document.createElementNS(SVG, "svg");
        this.sheet.setAttribute("viewBox", "0 0 1 1");
        this.sheet.setAttribute("preserveAspectRatio", "none");
        this.el.querySelector(".o_intercommunal_canvas").replaceChildren(this.sheet);
    }

    /** Shows the chosen photo, without the marks of another one. */
    onChoose(ev) {
        const option = ev.currentTarget.selectedOptions[0];
        const sheet = this.el.querySelector(".o_intercommunal_sheet");
        sheet.hidden = !option.dataset.src;
        if (option.dataset.src) {
            sheet.querySelector("img").src = option.dataset.src;
        }
        this.marks = [];
        this.draw();
    }

    place(ev) {
        const box = this.sheet.getBoundingClientRect();
        const share = (value) => Math.min(Math.max(value, 0), 1);
        return [
            share((ev.clientX - box.left) / box.width),
            share((ev.clientY - box.top) / box.height),
        ];
    }

    onDown(ev) {
        ev.preventDefault();
        ev.currentTarget.setPointerCapture?.(ev.pointerId);
        if (this.marks.length < MAX_MARKS) {
            this.origin = this.place(ev);
            this.marks.push({ kind: "rect", points: [this.origin, this.origin] });
        }
    }

    onMove(ev) {
        if (this.origin) {
            this.marks.at(-1).points = [this.origin, this.place(ev)];
            this.draw();
        }
    }

    onUp() {
        this.origin = null;
        this.draw();
    }

    onUndo() {
        this.marks.pop();
        this.draw();
    }

    draw() {
        this.sheet.replaceChildren(
            ...this.marks.map(({ points: [[x1, y1], [x2, y2]] }) => {
                const rect = document.createElementNS(SVG, "rect");
                const numbers = {
                    x: Math.min(x1, x2),
                    y: Math.min(y1, y2),
                    width: Math.abs(x2 - x1),
                    height: Math.abs(y2 - y1),
                };
                for (const [name, value] of Object.entries(numbers)) {
                    rect.setAttribute(name, value);
                }
                return rect;
            })
        );
        this.el.querySelector("input[name=marks]").value = this.marks.length
            ? JSON.stringify(this.marks)
            : "";
    }
}

registry
    .category("public.interactions")
    .add("intercommunal_workflow.photo_marks", PhotoMarks);
