import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { imageUrl } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, onMounted, useState } from "@odoo/owl";
import { PhotoMarks } from "./photo_marks";

/**
 * What is drawn on a photo, as a list of marks.
 *
 * `photo_field` names the many2one of the photo and `photos_field` the photos to choose
 * among; without tools, one only chooses a photo.
 */
export class IntercommunalMarksField extends Component {
    static template = "intercommunal_workflow.MarksField";
    static components = { PhotoMarks };
    static props = {
        ...standardFieldProps,
        photoField: String,
        photosField: { type: String, optional: true },
        tools: { type: Array, element: String, optional: true },
        single: { type: Boolean, optional: true },
    };
    static defaultProps = { tools: [] };

    setup() {
        this.state = useState({ tool: this.props.tools[0] });
        onMounted(() => {
            // nothing to choose: the only photo is the one
            if (this.isDrawing && !this.photo && this.photos.length === 1) {
                this.choose(this.photos[0]);
            }
        });
    }

    get data() {
        return this.props.record.data;
    }

    get isDrawing() {
        return !this.props.readonly && this.props.tools.length > 0;
    }

    get photos() {
        return this.data[this.props.photosField] || [];
    }

    get photo() {
        const value = this.data[this.props.photoField];
        return (
            value &&
            (this.photos.find((photo) => photo.id === value.id) || {
                id: value.id,
                name: value.display_name,
            })
        );
    }

    get marks() {
        return this.data[this.props.name] || [];
    }

    get tools() {
        const labels = {
            rect: { icon: "fa-square-o", label: _t("Frame") },
            arrow: { icon: "fa-long-arrow-right", label: _t("Arrow") },
            pen: { icon: "fa-pencil", label: _t("Pen") },
        };
        return this.props.tools.map((name) => ({ name, ...labels[name] }));
    }

    /** @param {{ id: number, unique: string }} photo */
    thumbnail(photo) {
        const options = { width: 128, height: 96, unique: photo.unique };
        return imageUrl("intercommunal.photo", photo.id, "image", options);
    }

    /** @param {{ id: number, name: string }} photo */
    choose(photo) {
        const again = this.photo && this.photo.id === photo.id;
        if (again && this.isDrawing) {
            return;
        }
        return this.props.record.update({
            [this.props.photoField]: again ? false : { id: photo.id, display_name: photo.name },
            [this.props.name]: false,
        });
    }

    /** @param {import("./photo_marks").Mark[]} marks */
    store(marks) {
        return this.props.record.update({ [this.props.name]: marks.length ? marks : false });
    }

    undo() {
        return this.store(this.marks.slice(0, -1));
    }
}

export const intercommunalMarksField = {
    component: IntercommunalMarksField,
    displayName: _t("Marks on a photo"),
    supportedTypes: ["json"],
    fieldDependencies: ({ options }) => [
        { name: options.photo_field, type: "many2one", relation: "intercommunal.photo" },
        ...(options.photos_field ? [{ name: options.photos_field, type: "json" }] : []),
    ],
    extractProps: ({ options }) => ({
        photoField: options.photo_field,
        photosField: options.photos_field,
        tools: options.tools,
        single: options.single,
    }),
};

registry.category("fields").add("intercommunal_marks", intercommunalMarksField);
