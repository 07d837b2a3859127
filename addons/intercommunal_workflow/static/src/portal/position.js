import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const MAP = "https://www.openstreetmap.org/";

/** Lets a phone say where it stands; nothing is asked of it before the tap. */
export class Position extends Interaction {
    static selector = ".o_intercommunal_position";
    dynamicContent = {
        ".o_intercommunal_locate": { "t-on-click": this.locate },
        ".o_intercommunal_forget": { "t-on-click": () => this.set("", "") },
    };

    setup() {
        this.latitude = this.el.querySelector("[name=latitude]");
        this.longitude = this.el.querySelector("[name=longitude]");
        this.status = this.el.querySelector("[role=status]");
        this.map = this.el.querySelector(".o_intercommunal_map");
    }

    start() {
        // what was kept shows even where no new position can be taken
        this.el.hidden = !(navigator.geolocation || this.latitude.value);
        this.show();
    }

    locate() {
        this.status.textContent = _t("Looking for your position…");
        navigator.geolocation.getCurrentPosition(
            ({ coords }) => {
                this.set(coords.latitude.toFixed(6), coords.longitude.toFixed(6));
                this.status.textContent = _t(
                    "Position added, to within %s m.",
                    Math.round(coords.accuracy)
                );
            },
            () => {
                this.status.textContent = _t(
                    "Your device does not give its position: write the place instead."
                );
            },
            { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 }
        );
    }

    /**
     * @param {string} latitude degrees, or "" for none
     * @param {string} longitude
     */
    set(latitude, longitude) {
        this.latitude.value = latitude;
        this.longitude.value = longitude;
        this.status.textContent = "";
        // a script's value tells nobody: what looks for similar requests listens
        this.longitude.dispatchEvent(new Event("change", { bubbles: true }));
        this.show();
        if (!latitude) {
            this.el.querySelector(".o_intercommunal_locate").focus();
        }
    }

    show() {
        const [lat, lon] = [this.latitude.value, this.longitude.value];
        this.map.href = `${MAP}?mlat=${lat}&mlon=${lon}#map=18/${lat}/${lon}`;
        this.map.hidden = !lat;
        this.el.querySelector(".o_intercommunal_forget").hidden = !lat;
    }
}

registry
    .category("public.interactions")
    .add("intercommunal_workflow.position", Position);
