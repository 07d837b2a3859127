import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, useState } from "@odoo/owl";

const MAX_SIDE = 1920;

/**
 * Reduce a photo before it travels; a file that the browser can't read goes as it
 * is, so that the server says what is wrong with it.
 *
 * @param {File} file
 * @returns {Promise<string>} base64 content
 */
export async function readPhoto(file) {
    try {
        const bitmap = await createImageBitmap(file);
        const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(bitmap.width * scale);
        canvas.height = Math.round(bitmap.height * scale);
        canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        return canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
    } catch {
        return (await getDataURLFromFile(file)).split(",")[1];
    }
}

/** Photos of a request or a report: taken with the camera or chosen, with captions. */
export class IntercommunalPhotosField extends Component {
    static template = "intercommunal_workflow.PhotosField";
    static props = { ...standardFieldProps, context: { type: Object, optional: true } };

    setup() {
        this.notification = useService("notification");
        this.state = useState({ busy: false });
    }

    get list() {
        return this.props.record.data[this.props.name];
    }

    /** Before, during, after… as [value, label] pairs; a request has but one kind. */
    get kinds() {
        return this.list.fields.kind?.selection || [];
    }

    get hasKinds() {
        return this.props.record.resModel === "intercommunal.report";
    }

    /** @param {Object} photo a record of the list */
    source(photo) {
        if (photo.resId && !photo.dirty) {
            return `/web/image/intercommunal.photo/${photo.resId}/image/600x450`;
        }
        return `data:image/jpeg;base64,${photo.data.image}`;
    }

    /** @param {Event} ev */
    async onFiles(ev) {
        const input = ev.target;
        this.state.busy = true;
        try {
            for (const file of input.files) {
                if (!file.size) {
                    this.notification.add(_t("“%s” is empty.", file.name), { type: "danger" });
                    continue;
                }
                const image = await readPhoto(file);
                const photo = await this.list.addNewRecord({
                    position: "bottom",
                    context: this.props.context,
                });
                await photo.update({ image, name: file.name });
            }
        } finally {
            this.state.busy = false;
            input.value = null;
        }
    }

    /**
     * @param {Object} photo
     * @param {Object} values
     */
    update(photo, values) {
        return photo.update(values);
    }

    /** @param {Object} photo */
    remove(photo) {
        return this.list.delete(photo);
    }
}

export const intercommunalPhotosField = {
    component: IntercommunalPhotosField,
    displayName: _t("Photos"),
    supportedTypes: ["one2many"],
    relatedFields: [
        { name: "name", type: "char" },
        { name: "image", type: "binary" },
        {
            name: "kind",
            type: "selection",
            selection: [
                ["before", _t("Before")],
                ["during", _t("During")],
                ["after", _t("After")],
                ["request", _t("With the request")],
                ["other", _t("Other")],
            ],
        },
    ],
    extractProps: (_fieldInfo, dynamicInfo) => ({ context: dynamicInfo.context }),
};

registry.category("fields").add("intercommunal_photos", intercommunalPhotosField);
