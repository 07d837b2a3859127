import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onMounted, onWillUnmount, xml } from "@odoo/owl";

const EVERY = 3000; // ms

/** Reads the record again and again while it is shown: the server is working on it. */
export class IntercommunalFollow extends Component {
    static template = xml``;
    static props = { ...standardWidgetProps };

    setup() {
        let timer;
        onMounted(() => {
            timer = setInterval(() => this.follow(), EVERY);
        });
        onWillUnmount(() => clearInterval(timer));
    }

    async follow() {
        const { record } = this.props;
        // what somebody is typing is not thrown away, nor is a hidden tab kept busy
        if (!document.hidden && !(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("intercommunal_follow", { component: IntercommunalFollow });
