import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Sends a form once, however often a nervous finger taps its button. */
export class SingleSubmit extends Interaction {
    static selector = ".o_intercommunal form[method=post]:not(.o_intercommunal_form)";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
        _window: { "t-on-pageshow": this.release },
    };

    /** @param {SubmitEvent} ev */
    onSubmit(ev) {
        if (this.sent) {
            ev.preventDefault();
            return;
        }
        this.sent = true;
        this.el.setAttribute("aria-busy", "true");
        this.el.querySelector(".o_intercommunal_sending")?.removeAttribute("hidden");
    }

    /** The page is shown again, by the browser's back button. */
    release() {
        this.sent = false;
        this.el.removeAttribute("aria-busy");
        this.el.querySelector(".o_intercommunal_sending")?.setAttribute("hidden", "");
    }
}

registry
    .category("public.interactions")
    .add("intercommunal_workflow.single_submit", SingleSubmit);
