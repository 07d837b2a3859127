import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
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

class PlanningCalendarCommonRenderer extends CalendarCommonRenderer {
    static eventTemplate = "intercommunal_workflow.PlanningCalendarEvent";
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
