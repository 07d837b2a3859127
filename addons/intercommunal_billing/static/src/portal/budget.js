import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Of the meters of several communes, shows the one of the commune that asks. */
export class IntercommunalBudget extends Interaction {
    static selector = ".o_intercommunal_budgets";
    dynamicSelectors = {
        ...this.dynamicSelectors,
        _commune: () => document.querySelector("form.o_intercommunal_form #commune_id"),
    };
    dynamicContent = {
        _commune: { "t-on-change": this.show },
    };

    start() {
        this.show();
    }

    show() {
        const chosen = this.dynamicSelectors._commune()?.value;
        for (const meter of this.el.children) {
            meter.hidden = meter.dataset.commune !== chosen;
        }
    }
}

registry
    .category("public.interactions")
    .add("intercommunal_billing.budget", IntercommunalBudget);
