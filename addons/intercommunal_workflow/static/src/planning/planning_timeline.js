import { Domain } from "@web/core/domain";
import { serializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { warnOfConflict } from "@intercommunal_workflow/planning/planning_calendar";
import {
    GroupedTimelineModel,
    groupedTimelineView,
} from "@intercommunal_workflow/planning/timeline_groups";

const MONTHS_BACK = 12;

/**
 * What is open, and a year: the base loads all that the filters leave at once, and a
 * territory keeps its files for many years.
 *
 * @param {Object} searchParams
 * @param {string} start field of the date
 * @param {string[]} over states in which nothing is left to do
 */
export function withinAYear(searchParams, start, over) {
    const since = serializeDateTime(luxon.DateTime.now().minus({ months: MONTHS_BACK }));
    const recent = ["|", ["state", "not in", over], [start, ">=", since]];
    const domain = Domain.and([searchParams.domain, recent]).toList();
    return { ...searchParams, domain };
}

export class PlanningTimelineModel extends GroupedTimelineModel {
    static services = [...(GroupedTimelineModel.services || []), "notification"];

    /** @override */
    setup(params, services) {
        super.setup(params, services);
        this.notification = services.notification;
    }

    /** @override */
    load(searchParams) {
        return super.load(withinAYear(searchParams, "date_start", ["approved", "cancelled"]));
    }

    /** @override */
    async write_completed(id, vals) {
        const result = await super.write_completed(id, vals);
        const [job] = await this.orm.read(this.model_name, [id], ["planning_warning"]);
        warnOfConflict(this.notification, job.planning_warning);
        return result;
    }
}

registry.category("views").add("intercommunal_planning_timeline", {
    ...groupedTimelineView,
    Model: PlanningTimelineModel,
});
