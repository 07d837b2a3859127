import { registry } from "@web/core/registry";
import { TimelineController } from "@web_timeline/views/timeline/timeline_controller.esm";
import { TimelineModel } from "@web_timeline/views/timeline/timeline_model.esm";
import { TimelineRenderer } from "@web_timeline/views/timeline/timeline_renderer.esm";
import { TimelineView } from "@web_timeline/views/timeline/timeline_view.esm";

const UNASSIGNED = -1;

/** Rows that a time line can show; the base groups by records alone. */
const GROUPABLE = ["many2one", "many2many", "selection"];

export class GroupedTimelineModel extends TimelineModel {
    /**
     * A month or a text makes no row: the view's own rows are kept then, where the base
     * asks the server for a field that does not exist.
     *
     * @override
     */
    load(searchParams) {
        const groupBy = (searchParams.groupBy || []).filter((name) =>
            GROUPABLE.includes(this.fields[name]?.type)
        );
        return super.load({ ...searchParams, groupBy });
    }

    /** @override */
    _event_data_transform(record) {
        const item = super._event_data_transform(record);
        const value = record[this.last_group_bys[0]];
        return typeof value === "string" ? { ...item, group: value } : item;
    }

    /**
     * A bar moved along its own row says nothing of that row: a job dragged to another
     * day, by state, would be refused for the state that it has already.
     *
     * @override
     */
    write_completed(id, vals) {
        const name = this.last_group_bys[0];
        const before = this.data.find((record) => record.id === id)?.[name];
        const { [name]: group, ...rest } = vals;
        const isSame = group === (Array.isArray(before) ? before[0] : before);
        return super.write_completed(id, isSame ? rest : vals);
    }
}

export class GroupedTimelineRenderer extends TimelineRenderer {
    /**
     * The row of what has no group stands only where something is in it, and the choices
     * of a list have rows as records have.
     *
     * @override
     */
    async split_groups(records) {
        const shown = records.filter((record) => record[this.date_start]);
        const name = this.model.last_group_bys[0];
        const field = this.fields[name];
        if (field?.type === "selection") {
            const used = new Set(shown.map((record) => record[name]));
            return field.selection
                .filter(([value]) => used.has(value))
                .map(([value, label], order) => ({ id: value, content: label, order }));
        }
        const groups = await super.split_groups(shown);
        const isUnassigned = shown.some(
            (record) => this.model._event_data_transform(record).group === UNASSIGNED
        );
        return isUnassigned ? groups : groups.filter((group) => group.id !== UNASSIGNED);
    }
}

export class GroupedTimelineController extends TimelineController {
    /** @override */
    _onGroupClick(item) {
        // a choice of a list has no page of its own
        if (this.model.fields[this.model.last_group_bys[0]].relation) {
            super._onGroupClick(item);
        }
    }
}

export const groupedTimelineView = {
    ...TimelineView,
    Controller: GroupedTimelineController,
    Model: GroupedTimelineModel,
    Renderer: GroupedTimelineRenderer,
};

registry.category("views").add("intercommunal_timeline", groupedTimelineView);
