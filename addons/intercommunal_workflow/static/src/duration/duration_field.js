import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { FloatTimeField, floatTimeField } from "@web/views/fields/float_time/float_time_field";

const STEP = 0.25;

/** Hours and minutes with a quarter of an hour less or more: no typing on site. */
export class IntercommunalDurationField extends FloatTimeField {
    static template = "intercommunal_workflow.DurationField";

    /** @param {number} sign 1 or -1 */
    step(sign) {
        const { name, record } = this.props;
        // to the next quarter, so that 2:10 goes to 2:15 and not to 2:25
        const quarters = record.data[name] / STEP;
        const next = sign > 0 ? Math.floor(quarters + 1.001) : Math.ceil(quarters - 1.001);
        return record.update({ [name]: Math.max(0, next * STEP) });
    }
}

export const intercommunalDurationField = {
    ...floatTimeField,
    component: IntercommunalDurationField,
    displayName: _t("Duration by quarters of an hour"),
};

registry.category("fields").add("intercommunal_duration", intercommunalDurationField);
