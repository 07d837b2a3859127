import { registry } from "@web/core/registry";
import { withinAYear } from "@intercommunal_workflow/planning/planning_timeline";
import {
    GroupedTimelineController,
    GroupedTimelineModel,
    groupedTimelineView,
} from "@intercommunal_workflow/planning/timeline_groups";

class RequestTimelineController extends GroupedTimelineController {
    /**
     * The request's own page, with its buttons; the base asks for a mode that the form
     * view of this version does not know.
     *
     * @override
     */
    openItem(resId) {
        return this.actionService.switchView("form", { resId });
    }
}

class RequestTimelineModel extends GroupedTimelineModel {
    /** @override */
    load(searchParams) {
        const over = ["closed", "refused", "cancelled"];
        return super.load(withinAYear(searchParams, "date_submitted", over));
    }
}

registry.category("views").add("intercommunal_request_timeline", {
    ...groupedTimelineView,
    Controller: RequestTimelineController,
    Model: RequestTimelineModel,
});
