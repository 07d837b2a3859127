/** The places of the communes where the team works, and what was done there. */

import { useState, xml } from "@odoo/owl";
import { Icon } from "@intercommunal_mobile/field/parts";
import { Screen } from "@intercommunal_mobile/field/screens";
import { T } from "@intercommunal_mobile/field/texts";
import { History, mapAddress, Top } from "./parts";

const SHOWN = 40;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export class Places extends Screen {
    static components = { History, Icon, Top };
    static template = xml`
        <main>
            <Top title="T.places" back="() => props.go('jobs')"/>
            <p t-if="!box.places.length" class="empty" t-esc="T.noPlaces"/>
            <t t-else="">
                <label class="field"><span t-esc="T.search"/><input type="text" t-model="state.words"/></label>
                <button class="wide" t-att-aria-pressed="String(!!state.here)" t-on-click="locate"><Icon name="'map'"/> <t t-esc="T.nearest"/></button>
                <p t-if="state.fault" role="alert" class="fault" t-esc="state.fault"/>
            </t>
            <details t-foreach="places" t-as="place" t-key="place.id" class="spot">
                <summary><span class="grow"><t t-esc="place.name"/> <small class="line"><t t-esc="place.commune"/> · <t t-esc="place.kind"/></small></span></summary>
                <p t-if="place.address" t-esc="place.address"/>
                <nav t-if="place.latitude and place.longitude" class="links" t-att-aria-label="place.name"><a t-att-href="mapAddress(place.latitude, place.longitude)"><Icon name="'map'"/> <t t-esc="T.map"/></a></nav>
                <h2 t-esc="T.history"/>
                <History t-if="place.history.length" entries="place.history"/>
                <p t-else="" t-esc="T.noHistory"/>
            </details>
        </main>`;

    setup() {
        super.setup();
        this.String = String;
        this.mapAddress = mapAddress;
        this.state = useState({ words: "", here: null, fault: "" });
    }

    get places() {
        const words = plain(this.state.words).split(/\s+/);
        const found = this.box.places.filter(({ name, commune }) => {
            const text = plain(`${name} ${commune}`);
            return words.every((word) => text.includes(word));
        });
        const { here } = this.state;
        if (here) {
            // on a few kilometres the earth is flat
            const far = ({ latitude, longitude }) =>
                latitude
                    ? Math.hypot(
                          latitude - here.latitude,
                          (longitude - here.longitude) * Math.cos((here.latitude * Math.PI) / 180)
                      )
                    : Infinity;
            found.sort((one, other) => (far(one) > far(other)) - (far(one) < far(other)));
        }
        return found.slice(0, SHOWN);
    }

    /** Where the phone is, asked once; it stays on the phone. */
    locate() {
        this.state.fault = "";
        const fail = () => (this.state.fault = T.noPosition);
        if (!navigator.geolocation) {
            return fail();
        }
        navigator.geolocation.getCurrentPosition(
            ({ coords }) => (this.state.here = coords),
            fail,
            { timeout: 15000, maximumAge: 60000 }
        );
    }
}
