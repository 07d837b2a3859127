import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, xml } from "@odoo/owl";

const HOUR = 60;

/**
 * Minutes as people say them: 240 is “4 h 00”.
 *
 * @param {number|false} value minutes
 * @returns {string}
 */
export function formatMinutes(value) {
    const minutes = Math.abs(value || 0);
    const rest = String(minutes % HOUR).padStart(2, "0");
    return `${value < 0 ? "-" : ""}${Math.floor(minutes / HOUR)}\u00a0h\u00a0${rest}`;
}

/** Shows minutes; whoever enters time does so in hours (`intercommunal_duration`). */
class IntercommunalMinutesField extends Component {
    static template = xml`<span t-esc="text" />`;
    static props = standardFieldProps;

    get text() {
        return formatMinutes(this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("intercommunal_minutes", {
    component: IntercommunalMinutesField,
    displayName: _t("Minutes as hours"),
    supportedTypes: ["integer"],
    isEmpty: () => false,
});
// the sums below a list
registry.category("formatters").add("intercommunal_minutes", formatMinutes);
