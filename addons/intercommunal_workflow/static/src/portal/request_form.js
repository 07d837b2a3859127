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
        this.preparing = this.input.parentElement.querySelector("[role=status]");
        /** @type {File[]} */
        this.photos = [];
        this.reading = Promise.resolve();
        this.waiting = 0;
        this.chosen = 0;
        this.prepared = 0;
    }

    start() {
        this.showSites();
    }

    /** A second choice adds to the first: a phone's camera gives one photo at a time. */
    onPhotos() {
        const files = [...this.input.files];
        this.setFiles();
        this.waiting++;
        this.chosen += files.length;
        this.showPreparing();
        this.reading = this.reading.then(async () => {
            for (const file of files) {
                await this.add(file);
                this.prepared++;
                this.showPreparing();
            }
            this.waiting--;
        });
    }

    /** Twenty photos take a phone some seconds: whoever waits sees for how many. */
    showPreparing() {
        const left = this.chosen - this.prepared;
        if (!left) {
            this.chosen = this.prepared = 0;
        }
        this.preparing.textContent = left
            ? _t("Preparing the photos: %s of %s…", this.prepared, this.chosen)
            : "";
        if (left && this.submitting) {
            this.sending().querySelector("p").textContent = _t(
                "Preparing the photos: %s of %s, then they are sent. Keep this page open.",
                this.prepared,
                this.chosen
            );
        }
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
            const again = this.sent;
            super.onSubmit(ev);
            if (this.photos.length && !again) {
                ev.preventDefault();
                await this.send(ev.submitter);
            }
            return;
        }
        ev.preventDefault();
        if (this.submitting) {
            return;
        }
        // said beside the button too: the photos may be out of sight
        this.submitting = true;
        this.sending().hidden = false;
        this.showPreparing();
        const { submitter } = ev;
        await this.waitFor(this.reading);
        this.submitting = false;
        this.sending().hidden = true;
        if (!this.sent) {
            this.el.requestSubmit(submitter);
        }
    }

    /**
     * Send by script, which knows how far it is; a cut leaves all in the page.
     *
     * @param {HTMLButtonElement} submitter
     */
    async send(submitter) {
        const cut = this.el.querySelector(".o_intercommunal_cut");
        cut.hidden = true;
        try {
            const { status, url, json, text } = await this.waitFor(
                upload(this.el, submitter, (percent) => this.progress(percent))
            );
            if (json) {
                window.location.assign(json.location);
            } else if (status === 200 && !url.includes("/web/login")) {
                // the form again, with what is to correct
                document.open();
                document.write(text);
                document.close();
            } else {
                throw new Error(`${status} ${url}`);
            }
        } catch {
            this.release();
            cut.textContent = _t(
                "Not sent: the connection was cut, or you were logged out. Your words and photos are still here. Check your connection, log in again in another tab if needed, then send again."
            );
            cut.setAttribute("role", "alert");
            cut.hidden = false;
            cut.scrollIntoView({ block: "center" });
            await this.waitFor(this.renewToken());
        }
    }

    sending() {
        return this.el.querySelector(".o_intercommunal_sending");
    }

    /** @param {number} percent */
    progress(percent) {
        const box = this.sending();
        box.querySelector("progress").value = percent;
        box.querySelector("p").textContent =
            percent < 100
                ? _t("Sending… %s %. Keep this page open.", percent)
                : _t("Sent. One moment…");
    }

    /** Whoever logged in again meanwhile has another token. */
    async renewToken() {
        try {
            const page = await (await fetch(window.location.href)).text();
            const found = new DOMParser()
                .parseFromString(page, "text/html")
                .querySelector("form.o_intercommunal_form [name=csrf_token]");
            if (found) {
                this.el.querySelector("[name=csrf_token]").value = found.value;
            }
        } catch {
            // still without network: the next try says so again
        }
    }
}

/**
 * Post a form and say how much of it is on its way.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} submitter
 * @param {(percent: number) => void} onProgress
 * @returns {Promise<{status: number, url: string, json: ?{location: string}, text: string}>}
 */
function upload(form, submitter, onProgress) {
    const data = new FormData(form);
    if (submitter?.name) {
        data.append(submitter.name, submitter.value);
    }
    return new Promise((done, fail) => {
        const sending = new XMLHttpRequest();
        sending.open("POST", form.action);
        sending.setRequestHeader("X-Requested-With", "XMLHttpRequest");
        sending.upload.onprogress = ({ loaded, total }) =>
            onProgress(total ? Math.round((100 * loaded) / total) : 0);
        sending.onload = () => {
            const type = sending.getResponseHeader("Content-Type") || "";
            const text = sending.responseText;
            done({
                status: sending.status,
                url: sending.responseURL,
                json: type.startsWith("application/json") ? JSON.parse(text) : null,
                text,
            });
        };
        sending.onerror = sending.onabort = fail;
        sending.send(data);
    });
}

registry
    .category("public.interactions")
    .add("intercommunal_workflow.request_form", RequestForm);
