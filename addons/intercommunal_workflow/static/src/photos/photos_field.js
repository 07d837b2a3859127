import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { serializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { getDataURLFromFile, imageUrl } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, useState } from "@odoo/owl";
import { MarksDialog } from "../approvals/marks_dialog";
import { PhotoMarks } from "../approvals/photo_marks";

const { DateTime } = luxon;
const MODEL = "intercommunal.photo";
const MAX_SIDE = 1920;
const ANNOTATE = "intercommunal_workflow.intercommunal_validation_annotate_action";

/**
 * Reduce a photo before it travels: a phone's 6 MB become a few hundred kB. A file
 * that the browser can't read goes as it is, the server says what is wrong with it.
 *
 * @param {File} file
 * @returns {Promise<string>} base64 content
 */
export async function readPhoto(file) {
    let bitmap;
    try {
        bitmap = await createImageBitmap(file);
    } catch {
        return (await getDataURLFromFile(file)).split(",")[1];
    }
    const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
}

/**
 * Photos of a request or a report, taken with the camera or chosen on the device.
 *
 * Each photo is stored as soon as it is taken, so that none is lost with the page
 * and no form ever carries a pile of images. The field's inline list names what is
 * read: kind, name, display_name and write_date, and marks where they are shown.
 */
export class IntercommunalPhotosField extends Component {
    static template = "intercommunal_workflow.PhotosField";
    static components = { PhotoMarks };
    static props = {
        ...standardFieldProps,
        annotateField: { type: String, optional: true },
        kinds: { type: Array, element: String, optional: true },
    };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.viewer = useFileViewer();
        const hasBefore = this.photos.some((photo) => photo.data.kind === "before");
        this.state = useState({
            kind: hasBefore ? this.kinds.at(-1).value : this.kinds[0].value,
            busy: 0,
        });
    }

    get list() {
        return this.props.record.data[this.props.name];
    }

    get photos() {
        return this.list.records;
    }

    /** Kinds that the user may pick here, as {value, label}. */
    get kinds() {
        const selection = this.list.fields.kind.selection;
        return selection
            .filter(([value]) => !this.props.kinds || this.props.kinds.includes(value))
            .map(([value, label]) => ({ value, label }));
    }

    /** Photos by kind, in the order of the kinds; empty kinds are left out. */
    get groups() {
        return this.list.fields.kind.selection
            .map(([value, label]) => ({
                value,
                label,
                photos: this.photos.filter((photo) => photo.data.kind === value),
            }))
            .filter((group) => group.photos.length);
    }

    /**
     * @param {Object} photo a record of the list
     * @param {string} [size]
     */
    source(photo, size) {
        const options = { unique: photo.data.write_date };
        if (size) {
            [options.width, options.height] = size.split("x");
        }
        return imageUrl(MODEL, photo.resId, "image", options);
    }

    /** Whether the approval that this form shows takes remarks on its photos. */
    get canAnnotate() {
        return Boolean(this.props.record.data[this.props.annotateField]);
    }

    /** @param {Object} photo */
    marks(photo) {
        return photo.data.marks || [];
    }

    /** @param {Object} photo as the drawing takes it */
    drawn(photo) {
        return {
            id: photo.resId,
            name: photo.data.display_name || photo.data.name,
            unique: photo.data.write_date?.toMillis() || "",
        };
    }

    /** @param {Object} photo */
    annotate(photo) {
        const { record } = this.props;
        return this.action.doAction(ANNOTATE, {
            additionalContext: {
                active_id: record.resId,
                active_model: record.resModel,
                default_photo_id: photo.resId,
            },
            onClose: () => record.load(),
        });
    }

    /** @param {Object} photo */
    open(photo) {
        if (this.marks(photo).length) {
            this.dialog.add(MarksDialog, {
                photo: this.drawn(photo),
                marks: this.marks(photo),
            });
            return;
        }
        const files = this.photos.map((each) => ({
            name: each.data.name || each.data.display_name,
            isImage: true,
            isViewable: true,
            defaultSource: this.source(each),
            downloadUrl: `${this.source(each)}&download=true`,
        }));
        this.viewer.open(files[this.photos.indexOf(photo)], files);
    }

    /**
     * Store the form first: a photo needs its owner, and what was typed must stay.
     *
     * @param {Function} change
     */
    async saveAnd(change) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        try {
            await change(record);
        } finally {
            await record.load();
        }
    }

    /** @param {Event & { target: HTMLInputElement }} ev */
    async onFiles(ev) {
        const files = [...ev.target.files];
        ev.target.value = null;
        this.state.busy = files.length;
        try {
            await this.saveAnd(async (record) => {
                for (const file of files) {
                    await this.upload(record, file);
                    this.state.busy--;
                }
            });
        } finally {
            this.state.busy = 0;
        }
    }

    /**
     * @param {Object} record the request or the report
     * @param {File} file
     */
    async upload(record, file) {
        const values = {
            [record.fields[this.props.name].relation_field]: record.resId,
            kind: this.state.kind,
            name: file.name,
            image: await readPhoto(file),
            taken_at: serializeDateTime(DateTime.fromMillis(file.lastModified)),
        };
        await this.orm.create(MODEL, [values]);
    }

    /**
     * @param {Object} photo
     * @param {Object} values
     */
    update(photo, values) {
        return this.saveAnd(() => this.orm.write(MODEL, [photo.resId], values));
    }

    /** @param {Object} photo */
    remove(photo) {
        this.dialog.add(ConfirmationDialog, {
            body: _t("Remove this photo?"),
            confirmLabel: _t("Remove"),
            confirm: () => this.saveAnd(() => this.orm.unlink(MODEL, [photo.resId])),
            cancel: () => {},
        });
    }
}

export const intercommunalPhotosField = {
    component: IntercommunalPhotosField,
    displayName: _t("Photos"),
    supportedTypes: ["one2many", "many2many"],
    fieldDependencies: ({ options }) =>
        options.annotate_field ? [{ name: options.annotate_field, type: "boolean" }] : [],
    extractProps: ({ options }) => ({
        annotateField: options.annotate_field,
        kinds: options.kinds,
    }),
};

registry.category("fields").add("intercommunal_photos", intercommunalPhotosField);
