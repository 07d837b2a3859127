/** What the commune refused, reserved or asks about: its photos, with its marks. */

import { Component, onMounted, onWillStart, onWillUpdateProps, useState, xml } from "@odoo/owl";
import { T } from "@intercommunal_mobile/field/texts";
import { returnedPhoto } from "./extras";

const HEIGHT = 1000;
const HEAD = 60;

export class Returned extends Component {
    static template = xml`
        <figure t-foreach="props.photos" t-as="photo" t-key="photo.uuid" class="returned">
            <div t-if="state.sources[photo.uuid]" class="marked">
                <img t-att-src="state.sources[photo.uuid]" t-att-alt="photo.caption" t-on-load="(ev) => this.measure(photo, ev.target)"/>
                <svg t-if="state.widths[photo.uuid]" t-att-viewBox="'0 0 ' + state.widths[photo.uuid] + ' 1000'" aria-hidden="true">
                    <t t-foreach="photo.marks" t-as="mark" t-key="mark_index">
                        <path class="halo" t-att-d="path(photo, mark)"/><path t-att-d="path(photo, mark)"/>
                    </t>
                </svg>
            </div>
            <p t-else="" class="line" t-esc="T.photoLater"/>
            <figcaption><t t-esc="photo.caption"/>
                <q t-foreach="texts(photo)" t-as="text" t-key="text" t-esc="text"/>
            </figcaption>
        </figure>`;
    static props = { photos: Array, tick: Number, box: Object };

    setup() {
        this.T = T;
        this.state = useState({ sources: {}, widths: {} });
        onWillStart(() => this.look(this.props.photos));
        onMounted(() => {
            const { photos, box } = this.props;
            // a photo that is looked for now does not wait for the next contact
            if (photos.some(({ uuid }) => !this.state.sources[uuid])) {
                box.synced ||= 1;
                box.sync();
            }
        });
        onWillUpdateProps(({ photos }) => this.look(photos));
    }

    async look(photos) {
        for (const { uuid } of photos) {
            this.state.sources[uuid] ||= await returnedPhoto(uuid);
        }
    }

    measure(photo, image) {
        this.state.widths[photo.uuid] = (HEIGHT * image.naturalWidth) / image.naturalHeight;
    }

    texts(photo) {
        return [...new Set(photo.marks.map((mark) => mark.text).filter(Boolean))];
    }

    /** The outline of a mark, whose points are shares of the photo's sides. */
    path(photo, { kind, points }) {
        const places = points.map(([x, y]) => [x * this.state.widths[photo.uuid], y * HEIGHT]);
        const [[left, top], [x, y]] = [places[0], places.at(-1)];
        if (kind === "rect") {
            return `M${left} ${top}H${x}V${y}H${left}Z`;
        }
        const line = `M${places.join("L")}`;
        if (kind !== "arrow") {
            return `${line}l0.1 0`;
        }
        const angle = Math.atan2(y - top, x - left);
        const side = (turn) =>
            `M${x} ${y}l${-HEAD * Math.cos(angle + turn)} ${-HEAD * Math.sin(angle + turn)}`;
        return line + side(0.5) + side(-0.5);
    }
}
