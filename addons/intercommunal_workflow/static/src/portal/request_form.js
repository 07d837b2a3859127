import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { reducePhoto } from "./reduce_photo";
import { SingleSubmit } from "./single_submit";

const MAX_PHOTOS = 20;

/**
 * The form of a request: shows, reduces and gathers photos before they are sent, and
 * proposes the sites of the chosen commune. Without script the same form works.
 */
export class RequestForm extends SingleSubmit {
    static selector = "form.o_intercommunal_form";
    dynamicContent = {
        ...this.dynamicContent,
        "#photos": { "t-on-change": this.onPhotos },
        "#commune_id": { "t-on-change": this.showSites },
    };

    setup() {
        this.input = this.el.querySelector("#photos");
        this.list = this.input.parentElement.querySelector("ul");
        /** @type {File[]} */
        this.photos = [];
        this.reading = Promise.resolve();
        this.waiting = 0;
    }

    start() {
        this.showSites();
    }

    /** A second choice adds to the first: a phone's camera gives one photo at a time. */
    onPhotos() {
        const files = [...this.input.files];
        this.setFiles();
        this.waiting++;
        this.reading = this.reading.then(async () => {
            for (const file of files) {
                await this.add(file);
            }
            this.waiting--;
        });
    }

    /** @param {File} file */
    async add(file) {
        if (this.photos.length >= MAX_PHOTOS) {
            this.refuse(_t("“%s” is left out: 20 photos at most.", file.name));
            return;
        }
        const photo = await reducePhoto(file);
        if (!photo) {
            this.refuse(_t("“%s” is not a photo: it is left out.", file.name));
            return;
        }
        this.photos.push(photo);
        this.setFiles();
        this.show(photo);
    }

    /** What the form will send is what is shown. */
    setFiles() {
        const transfer = new DataTransfer();
        this.photos.forEach((photo) => transfer.items.add(photo));
        this.input.files = transfer.files;
    }

    /** @param {File} photo */
    show(photo) {
        const item = document.createElement("li");
        const image = document.createElement("img");
        image.src = URL.createObjectURL(photo);
        image.alt = photo.name;
        image.onload = () => URL.revokeObjectURL(image.src);
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-light w-100 o_intercommunal_tap";
        button.textContent = _t("Remove");
        button.setAttribute("aria-label", _t("Remove %s", photo.name));
        this.addListener(button, "click", () => {
            this.photos.splice(this.photos.indexOf(photo), 1);
            this.setFiles();
            item.remove();
            this.input.focus();
        });
        item.append(image, button);
        this.list.append(item);
    }

    /** @param {string} message */
    refuse(message) {
        const item = document.createElement("li");
        item.className = "alert alert-danger o_intercommunal_refused";
        item.textContent = message;
        this.list.append(item);
    }

    showSites() {
        const commune = this.el.querySelector("#commune_id")?.value;
        const site = this.el.querySelector("#site_id");
        if (!commune || !site) {
            return;
        }
        for (const group of site.querySelectorAll("optgroup")) {
            group.hidden = group.disabled = group.dataset.commune !== commune;
        }
        if (site.selectedOptions[0]?.parentElement.disabled) {
            site.value = "";
        }
    }

    /** @param {SubmitEvent} ev */
    async onSubmit(ev) {
        if (!this.waiting) {
            super.onSubmit(ev);
            return;
        }
        ev.preventDefault();
        const { submitter } = ev;
        await this.waitFor(this.reading);
        if (!this.sent) {
            this.el.requestSubmit(submitter);
        }
    }
}

registry
    .category("public.interactions")
    .add("intercommunal_workflow.request_form", RequestForm);
