import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { pick } from "@web/core/utils/objects";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/** Tables of figures: a figure or a name opens the requests that it counts. */
export class FiguresField extends Component {
    static template = "intercommunal_workflow.FiguresField";
    static props = { ...standardFieldProps };

    get content() {
        return this.props.record.data[this.props.name];
    }

    /** @param {MouseEvent} ev */
    onClick(ev) {
        const { figure, group, value } = ev.target.closest("[data-figure]")?.dataset || {};
        if (!figure) {
            return;
        }
        const { record } = this.props;
        const context = {
            intercommunal_figure: figure,
            intercommunal_group: group || false,
            intercommunal_value: value || false,
        };
        this.env.onClickViewButton({
            clickParams: {
                type: "object",
                name: "action_requests",
                context: JSON.stringify(context).replaceAll("false", "False"),
            },
            getResParams: () =>
                pick(record, "context", "evalContext", "resModel", "resId", "resIds"),
        });
    }
}

registry.category("fields").add("intercommunal_figures", {
    component: FiguresField,
    displayName: _t("Figures that open their requests"),
    supportedTypes: ["html"],
});
