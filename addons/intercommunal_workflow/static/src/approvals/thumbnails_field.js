import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { imageUrl } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/** The first photos, small, and how many there are in all. */
export class IntercommunalThumbnailsField extends Component {
    static template = "intercommunal_workflow.ThumbnailsField";
    static props = {
        ...standardFieldProps,
        countField: { type: String, optional: true },
    };

    get photos() {
        return this.props.record.data[this.props.name] || [];
    }

    get count() {
        return this.props.record.data[this.props.countField] || this.photos.length;
    }

    /** Spoken in place of the pictures. */
    get label() {
        return _t("%(count)s photos", { count: this.count });
    }

    /** @param {{ id: number, unique: string }} photo */
    source(photo) {
        const options = { width: 128, height: 96, unique: photo.unique };
        return imageUrl("intercommunal.photo", photo.id, "image", options);
    }
}

export const intercommunalThumbnailsField = {
    component: IntercommunalThumbnailsField,
    displayName: _t("Thumbnails"),
    supportedTypes: ["json"],
    fieldDependencies: ({ options }) =>
        options.count_field ? [{ name: options.count_field, type: "integer" }] : [],
    extractProps: ({ options }) => ({ countField: options.count_field }),
};

registry.category("fields").add("intercommunal_thumbnails", intercommunalThumbnailsField);
