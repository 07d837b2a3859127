/** Small parts that the screens share. */

import { Component, xml } from "@odoo/owl";
import { icon } from "./icons";

export class Icon extends Component {
    static template = xml`
        <svg viewBox="0 0 24 24" class="icon" aria-hidden="true"><path t-att-d="path"/></svg>`;
    static props = { name: String };
    get path() {
        return icon(this.props.name);
    }
}
