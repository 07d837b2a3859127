import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Asks for words at once where the chosen decision needs them. */
export class DecisionForm extends Interaction {
    static selector = ".o_intercommunal_decision form";
    dynamicContent = {
        "button[type=submit]": { "t-on-click": this.onChoose },
    };

    /** @param {Event & { currentTarget: HTMLButtonElement }} ev */
    onChoose(ev) {
        const words = this.el.querySelector("textarea");
        words.required = ev.currentTarget.dataset.needs === words.name;
        if (words.required && !words.value.trim()) {
            words.value = "";
        }
    }
}

registry
    .category("public.interactions")
    .add("intercommunal_workflow.decision_form", DecisionForm);
