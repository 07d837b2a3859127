import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CalendarCommonPopover } from "@web/views/calendar/calendar_common/calendar_common_popover";
import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarModel } from "@web/views/calendar/calendar_model";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";
import { calendarView } from "@web/views/calendar/calendar_view";

/** What is in the way of a job, said when it is dropped: nobody opens each card to look. */
export function warnOfConflict(notification, warning) {
    if (warning) {
        notification.add(warning, { title: _t("Planned, but to check"), type: "warning" });
    }
}

export class PlanningCalendarModel extends CalendarModel {
    /**
     * A phone opens on the day: the columns of a week are too narrow to read.
     *
     * @override
     */
    getLocalStorageScale() {
        return this.env.isSmall ? "day" : super.getLocalStorageScale();
    }

    /** @override */
    async updateRecord(record, options = {}) {
        try {
            await super.updateRecord(record, options);
        } catch (error) {
            // what was refused goes back to its place on screen
            await this.load();
            throw error;
        }
        warnOfConflict(this.notification, this.records[record.id]?.rawRecord.planning_warning);
    }
}

/** What a click on a job opens; an occurrence of recurring work is skipped from here. */
class PlanningCalendarPopover extends CalendarCommonPopover {
    static subTemplates = {
        ...CalendarCommonPopover.subTemplates,
        footer: "intercommunal_workflow.PlanningCalendarPopover.footer",
    };

    get canSkip() {
        const { recurrence_id, can_cancel } = this.props.record.rawRecord;
        return Boolean(recurrence_id && can_cancel);
    }

    onSkip() {
        const { close, model, record } = this.props;
        // the card is gone when the answer comes: its own services would keep silent
        const { dialog, orm } = this.env.services;
        close();
        dialog.add(ConfirmationDialog, {
            title: _t("Skip this time"),
            body: _t("This occurrence is left out; the others go on."),
            confirmLabel: _t("Skip this time"),
            confirm: async () => {
                await orm.call(model.resModel, "action_skip", [[record.id]]);
                await model.load();
            },
            cancel: () => {},
        });
    }
}

/** Jobs side by side at most, by scale: narrower ones show nothing but their colour. */
const SIDE_BY_SIDE = { day: 6, week: 2 };

class PlanningCalendarCommonRenderer extends CalendarCommonRenderer {
    static components = {
        ...CalendarCommonRenderer.components,
        Popover: PlanningCalendarPopover,
    };
    static eventTemplate = "intercommunal_workflow.PlanningCalendarEvent";

    /**
     * Jobs at one time stand beside each other and never over each other; those for
     * which no room is left are behind “+2”, which opens all of them.
     *
     * @override
     */
    get options() {
        const { env, props } = this;
        const many = SIDE_BY_SIDE[props.model.scale];
        return {
            ...super.options,
            // a job has its hours
            allDaySlot: false,
            slotEventOverlap: false,
            eventMinHeight: 34,
            eventMaxStack: env.isSmall ? Math.min(many || 1, 3) : many,
            moreLinkContent: ({ num }) => `+${num}`,
            scrollTime: "07:00:00",
        };
    }
}

class PlanningCalendarRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: PlanningCalendarCommonRenderer,
        week: PlanningCalendarCommonRenderer,
        month: PlanningCalendarCommonRenderer,
    };
}

registry.category("views").add("intercommunal_planning_calendar", {
    ...calendarView,
    Model: PlanningCalendarModel,
    Renderer: PlanningCalendarRenderer,
});
