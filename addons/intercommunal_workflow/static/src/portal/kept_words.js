import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const PAUSE = 300; // ms without typing
const PREFIX = "intercommunal_words";
// the contact of a citizen stays on the page
const FIELDS =
    "input:not([type=hidden], [type=file], [type=password], [name^=citizen_])," +
    " textarea, select";
// of a decision its words alone: what is decided is read again
const WORDS = "textarea";

/**
 * Keeps what is typed in a form while its tab lives: a phone that opens its camera often
 * throws the page away, and a finger goes back. The server keeps what it was sent.
 */
export class KeptWords extends Interaction {
    static selector = ".o_intercommunal";
    dynamicContent = {
        _root: {
            "t-on-input": this.debounced(this.keep, PAUSE),
            "t-on-change": this.keep,
            "t-on-submit": this.mark,
        },
        _window: { "t-on-pagehide": this.keep },
    };

    start() {
        // a message of the server says what became of what was sent
        if (this.el.querySelector(":scope > .alert[role]")) {
            this.forgetSent();
        }
        for (const form of this.forms) {
            this.restore(form);
        }
    }

    get forms() {
        if (!user.userId) {
            // the page of a link: its address is a key, which is written nowhere
            return [];
        }
        return [...this.el.querySelectorAll("form[method=post]")].filter((form) =>
            form.querySelector("textarea, input[type=text]")
        );
    }

    /** @param {HTMLFormElement} form */
    key(form) {
        const type = form.querySelector("[name=type_id]")?.value || "";
        return `${PREFIX}:${user.userId}:${new URL(form.action).pathname}:${type}`;
    }

    /**
     * @param {HTMLFormElement} form
     * @returns {{sent: boolean, fields: Object<string, [string, string]>, photos: number}|null}
     *  by field, what the server showed and what is there now; how many photos were chosen
     */
    read(form) {
        try {
            return JSON.parse(sessionStorage.getItem(this.key(form)));
        } catch {
            return null;
        }
    }

    /** @param {HTMLFormElement} form */
    write(form, kept) {
        try {
            if (kept) {
                sessionStorage.setItem(this.key(form), JSON.stringify(kept));
            } else {
                sessionStorage.removeItem(this.key(form));
            }
        } catch {
            // no storage: the form works as without this
        }
    }

    forgetSent() {
        for (const key of Object.keys(sessionStorage)) {
            if (key.startsWith(PREFIX) && sessionStorage[key].includes('"sent":true')) {
                sessionStorage.removeItem(key);
            }
        }
    }

    keep() {
        for (const form of this.forms) {
            const fields = {};
            for (const field of form.querySelectorAll(kinds(form))) {
                const [shown, now] = [initial(field), current(field)];
                if (field.id && shown !== now) {
                    fields[field.id] = [shown, now];
                }
            }
            // a page may not fill in files again: it says that they are missing
            const photos = form.querySelector("#photos")?.files.length || 0;
            const some = photos || Object.keys(fields).length;
            const sent = Boolean(form.kept_sent);
            this.write(form, some ? { sent, fields, photos } : null);
        }
    }

    /** @param {SubmitEvent} ev */
    mark(ev) {
        ev.target.kept_sent = true;
        this.keep();
    }

    /** @param {HTMLFormElement} form */
    restore(form) {
        const { fields = {}, photos = 0 } = this.read(form) || {};
        let count = 0;
        for (const [id, [shown, now]] of Object.entries(fields)) {
            const field = form.querySelector(`#${CSS.escape(id)}`);
            // what changed on the server meanwhile is not covered
            if (field?.matches(kinds(form)) && current(field) === shown) {
                fill(field, now);
                count++;
            }
        }
        if (count || photos) {
            const note = document.createElement("p");
            note.className = "alert alert-info";
            note.setAttribute("role", "status");
            note.textContent = photos
                ? _t("What you had typed is back. Choose the photos again.")
                : _t("What you had typed is back.");
            form.prepend(note);
        }
    }
}

const kinds = (form) =>
    new URL(form.action).pathname.startsWith("/my/requests/") ? FIELDS : WORDS;

const isTick = (field) => ["checkbox", "radio"].includes(field.type);

/** @returns {string} what the page came with */
function initial(field) {
    if (isTick(field)) {
        return String(field.defaultChecked);
    }
    if (field.matches("select")) {
        const options = [...field.options];
        return (options.find((option) => option.defaultSelected) || options[0])?.value || "";
    }
    return field.defaultValue;
}

/** @returns {string} */
function current(field) {
    return isTick(field) ? String(field.checked) : field.value;
}

/** @param {string} value */
function fill(field, value) {
    if (isTick(field)) {
        field.checked = value === "true";
    } else {
        field.value = value;
    }
}

registry.category("public.interactions").add("intercommunal_workflow.kept_words", KeptWords);
