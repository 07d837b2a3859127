import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const LEAST = 4; // letters before it is worth a look
const PAUSE = 500; // ms without typing

/** While a subject is typed, shows what the commune has asked already. */
export class SimilarHint extends Interaction {
    static selector = "form.o_intercommunal_form";
    dynamicContent = {
        "#name": { "t-on-input.withTarget": this.debounced(this.look, PAUSE) },
        "#commune_id, #site_id, [name=longitude]": { "t-on-change": this.look },
    };

    setup() {
        this.place = document.createElement("div");
        this.place.setAttribute("role", "status");
        this.el.querySelector("#name")?.after(this.place);
    }

    value(id) {
        return this.el.querySelector(`[name=${id}]:checked, select[name=${id}], input[name=${id}]`)
            ?.value;
    }

    async look() {
        const name = this.el.querySelector("#name")?.value.trim() || "";
        const found =
            name.length < LEAST
                ? []
                : await this.waitFor(
                      rpc(
                          "/my/requests/similar",
                          {
                              name,
                              commune_id: this.value("commune_id") || 0,
                              type_id: this.value("type_id") || 0,
                              site_id: this.value("site_id") || 0,
                              latitude: this.value("latitude") || "",
                              longitude: this.value("longitude") || "",
                          },
                          { silent: true }
                      ).catch(() => [])
                  );
        this.show(found);
    }

    /** @param {Array<{label: string, state: string, url: string}>} found */
    show(found) {
        this.place.replaceChildren();
        if (!found.length) {
            return;
        }
        const box = document.createElement("div");
        box.className = "alert alert-info mt-2 mb-0";
        const title = document.createElement("p");
        title.className = "mb-1 fw-bold";
        title.textContent = _t("Already asked?");
        const list = document.createElement("ul");
        list.className = "list-unstyled mb-0";
        for (const { label, state, url } of found) {
            const link = document.createElement("a");
            link.href = url;
            link.target = "_blank";
            link.className = "d-block py-1";
            link.textContent = `${label} (${state})`;
            list.appendChild(document.createElement("li")).appendChild(link);
        }
        box.append(title, list);
        this.place.append(box);
    }
}

registry.category("public.interactions").add("intercommunal_workflow.similar_hint", SimilarHint);
