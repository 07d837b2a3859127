import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Enlarges a tapped photo over the page, and leads to its neighbours. */
export class PhotoViewer extends Interaction {
    static selector = ".o_intercommunal";
    dynamicContent = {
        ".o_intercommunal_zoom": { "t-on-click.prevent": this.onOpen },
    };

    setup() {
        this.index = 0;
    }

    get links() {
        return [...this.el.querySelectorAll(".o_intercommunal_zoom")].filter(
            (link) => link.checkVisibility?.() ?? true
        );
    }

    /** @param {Event & { currentTarget: HTMLAnchorElement }} ev */
    onOpen(ev) {
        this.dialog ??= this.build();
        this.show(this.links.indexOf(ev.currentTarget));
        this.dialog.showModal();
    }

    build() {
        const dialog = document.createElement("dialog");
        dialog.className = "o_intercommunal_viewer";
        dialog.setAttribute("aria-label", _t("Photo"));
        this.image = document.createElement("img");
        this.caption = document.createElement("p");
        this.caption.setAttribute("aria-live", "polite");
        const bar = document.createElement("div");
        bar.append(
            this.button(_t("Previous photo"), () => this.show(this.index - 1)),
            this.button(_t("Back to the page"), () => dialog.close()),
            this.button(_t("Next photo"), () => this.show(this.index + 1))
        );
        dialog.append(this.image, this.caption, bar);
        this.addListener(dialog, "keydown", (ev) => {
            const step = { ArrowLeft: -1, ArrowRight: 1 }[ev.key];
            if (step) {
                this.show(this.index + step);
            }
        });
        this.addListener(this.image, "click", () => dialog.close());
        this.insert(dialog);
        return dialog;
    }

    button(label, onClick) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-light o_intercommunal_tap";
        button.textContent = label;
        this.addListener(button, "click", onClick);
        return button;
    }

    /** @param {number} index of a photo; past the last one comes the first */
    show(index) {
        const { links } = this;
        this.index = (index + links.length) % links.length;
        const link = links[this.index];
        this.image.src = link.href;
        this.image.alt = link.dataset.caption;
        this.caption.textContent = `${link.dataset.caption} (${this.index + 1}/${links.length})`;
    }
}

registry
    .category("public.interactions")
    .add("intercommunal_workflow.photo_viewer", PhotoViewer);
