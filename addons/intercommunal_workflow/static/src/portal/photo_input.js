import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const MAX_BYTES = 15 * 1024 * 1024;

/** Shows the photos that are about to be sent, and says early which are too heavy. */
export class PhotoInput extends Interaction {
    static selector = ".o_intercommunal_photo_input";
    dynamicContent = {
        _root: { "t-on-change": this.onChange },
    };

    onChange() {
        const list = this.el.parentElement.querySelector(".o_intercommunal_previews");
        list.replaceChildren();
        for (const file of this.el.files) {
            const item = document.createElement("li");
            item.className = "o_intercommunal_thumb";
            if (file.size > MAX_BYTES) {
                item.className = "alert alert-danger w-100";
                item.textContent = _t("“%s” weighs more than 15 MB: take a smaller photo.", file.name);
            } else {
                const image = document.createElement("img");
                image.src = URL.createObjectURL(file);
                image.alt = file.name;
                image.onload = () => URL.revokeObjectURL(image.src);
                image.onerror = () => {
                    item.className = "alert alert-danger w-100";
                    item.textContent = _t("“%s” is not a photo.", file.name);
                };
                item.append(image);
            }
            list.append(item);
        }
    }
}

registry.category("public.interactions").add("intercommunal_workflow.photo_input", PhotoInput);
