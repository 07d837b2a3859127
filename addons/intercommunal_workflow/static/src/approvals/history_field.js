import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";
import { MarksDialog } from "./marks_dialog";
import { PhotoMarks } from "./photo_marks";

/** How each kind of event looks: never by its colour alone. */
const LOOKS = {
    open: ["fa-flag-o", "text-muted"],
    approve: ["fa-check", "text-success"],
    tacit: ["fa-hourglass-end", "text-success"],
    approve_reserves: ["fa-check-square-o", "text-success"],
    rework: ["fa-repeat", "text-warning-emphasis"],
    refuse: ["fa-times", "text-danger"],
    ask: ["fa-question", "text-info"],
    answer: ["fa-comment-o", "text-info"],
    annotate: ["fa-pencil", "text-muted"],
    delegate: ["fa-share", "text-muted"],
    escalate: ["fa-level-up", "text-warning-emphasis"],
    arbitrate: ["fa-gavel", "text-primary"],
    revoke: ["fa-undo", "text-warning-emphasis"],
    restart: ["fa-refresh", "text-warning-emphasis"],
    withdraw: ["fa-ban", "text-muted"],
};

/** The story of an approval, the last event first. */
export class IntercommunalHistoryField extends Component {
    static template = "intercommunal_workflow.HistoryField";
    static components = { PhotoMarks };
    static props = { ...standardFieldProps };

    setup() {
        this.dialog = useService("dialog");
    }

    /** @param {{ photo: Object, marks: Object[] }} picture */
    open(picture) {
        this.dialog.add(MarksDialog, picture);
    }

    get events() {
        return this.props.record.data[this.props.name] || [];
    }

    /** @param {{ kind: string }} event */
    look(event) {
        const [icon, color] = LOOKS[event.kind] || ["fa-circle-o", "text-muted"];
        return { icon, color };
    }

    /** @param {{ at: string }} event */
    date(event) {
        return toLocaleDateTimeString(deserializeDateTime(event.at), { showSeconds: false });
    }

    /** @param {{ person: string, on_behalf: string }} event */
    who(event) {
        return event.on_behalf
            ? _t("%(person)s on behalf of %(principal)s", {
                  person: event.person,
                  principal: event.on_behalf,
              })
            : event.person;
    }
}

registry.category("fields").add("intercommunal_history", {
    component: IntercommunalHistoryField,
    displayName: _t("History of an approval"),
    supportedTypes: ["json"],
});

/** What differs between two versions of a report, side by side. */
export class IntercommunalChangesField extends Component {
    static template = "intercommunal_workflow.ChangesField";
    static props = { ...standardFieldProps };

    get changes() {
        return this.props.record.data[this.props.name] || { rows: [] };
    }
}

registry.category("fields").add("intercommunal_changes", {
    component: IntercommunalChangesField,
    displayName: _t("Changes since a version"),
    supportedTypes: ["json"],
});

/** Questions and answers, as a list of definitions. */
export class IntercommunalAnswersField extends Component {
    static template = "intercommunal_workflow.AnswersField";
    static props = { ...standardFieldProps };

    get answers() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("intercommunal_answers", {
    component: IntercommunalAnswersField,
    displayName: _t("Answers to the questions of a type"),
    supportedTypes: ["json"],
});
