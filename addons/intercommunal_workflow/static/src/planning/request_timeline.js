import { registry } from "@web/core/registry";
import { TimelineController } from "@web_timeline/views/timeline/timeline_controller.esm";
import { TimelineModel } from "@web_timeline/views/timeline/timeline_model.esm";
import { TimelineView } from "@web_timeline/views/timeline/timeline_view.esm";
import { withinAYear } from "@intercommunal_workflow/planning/planning_timeline";

class RequestTimelineController extends TimelineController {
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

class RequestTimelineModel extends TimelineModel {
    /** @override */
    load(searchParams) {
        const over = ["closed", "refused", "cancelled"];
        return super.load(withinAYear(searchParams, "date_submitted", over));
    }
}

registry.category("views").add("intercommunal_request_timeline", {
    ...TimelineView,
    Controller: RequestTimelineController,
    Model: RequestTimelineModel,
});
