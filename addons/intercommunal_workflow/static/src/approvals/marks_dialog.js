import { Dialog } from "@web/core/dialog/dialog";
import { Component } from "@odoo/owl";
import { PhotoMarks } from "./photo_marks";

/** A photo in full size, with what was drawn on it and the words that go with it. */
export class MarksDialog extends Component {
    static template = "intercommunal_workflow.MarksDialog";
    static components = { Dialog, PhotoMarks };
    static props = { photo: Object, marks: Array, close: Function };

    /** The words of the marks, each once. */
    get remarks() {
        const remarks = new Map(
            this.props.marks
                .filter((mark) => mark.text)
                .map((mark) => [`${mark.at} ${mark.text}`, mark])
        );
        return [...remarks.values()];
    }
}
