import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { _t } from "@web/core/l10n/translation";
import { rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";

const MODEL = "intercommunal.validation";
const CHANNEL = "intercommunal.validation/waiting";
const ACTION = "intercommunal_workflow.intercommunal_validation_action";
const QUESTIONS = "intercommunal_workflow.intercommunal_clarification_my_action";
const DELAY = 500; // ms: one decision opens and closes several seats

/** What waits for the current user: a number in the top bar, and the first of them. */
export class IntercommunalWaitingMenu extends Component {
    static template = "intercommunal_workflow.WaitingMenu";
    static components = { Dropdown };
    static props = [];

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.dropdown = useDropdownState();
        this.state = useState({ available: false, approvals: 0, questions: 0, rows: null, question_rows: [] });
        this.refresh = useDebounced(() => this.loadCount(), DELAY);
        onWillStart(() => {
            // the counter comes when it comes: the page does not wait for it
            this.loadCount();
            this.bus.subscribe(CHANNEL, this.refresh);
        });
        onWillDestroy(() => this.bus.unsubscribe(CHANNEL, this.refresh));
        // what was missed while the connection was lost
        useBus(this.bus, "BUS:RECONNECT", () => this.refresh());
        // one's own decisions count at once, also where no websocket passes
        useBus(rpcBus, "RPC:RESPONSE", (ev) => this.onResponse(ev.detail));
    }

    get count() {
        return this.state.approvals + this.state.questions;
    }

    get label() {
        return this.count
            ? _t("To approve or to answer: %(count)s", { count: this.count })
            : _t("To approve or to answer: nothing");
    }

    /** @param {{ data: Object, settings: Object, error?: Error }} detail */
    onResponse({ data, settings, error }) {
        const { model, method } = data.params || {};
        const isOurs = model?.startsWith(MODEL) || model === "intercommunal.clarification";
        if (isOurs && method?.startsWith("action_") && !error && !settings.silent) {
            this.refresh();
        }
    }

    async loadCount() {
        Object.assign(this.state, await this.orm.silent.call(MODEL, "get_waiting_count", []));
    }

    async loadRows() {
        Object.assign(this.state, await this.orm.silent.call(MODEL, "get_waiting_summary", []));
    }

    /** @param {{ is_request: boolean }} row */
    kind(row) {
        return row.is_request ? _t("Request, before the work") : _t("Report, after the work");
    }

    /** @param {{ days: number }} row */
    age(row) {
        return row.days === 0
            ? _t("today")
            : row.days === 1
              ? _t("for 1 day")
              : _t("for %(days)s days", { days: row.days });
    }

    /** @param {{ id: number }} row an approval */
    open(row) {
        return this.go(ACTION, { viewType: "form", props: { resId: row.id } });
    }

    /** @param {{ id: number }} row a question */
    openQuestion(row) {
        return this.go(QUESTIONS, { viewType: "form", props: { resId: row.id } });
    }

    openAll() {
        return this.go(ACTION);
    }

    /**
     * @param {string} action
     * @param {Object} [options]
     */
    go(action, options) {
        this.dropdown.close();
        return this.action.doAction(action, { clearBreadcrumbs: true, ...options });
    }
}

registry
    .category("systray")
    .add(
        "intercommunal_workflow.waiting_menu",
        { Component: IntercommunalWaitingMenu },
        { sequence: 22 }
    );
