import { registry } from "@web/core/registry";

const last = ".o_intercommunal_questions tbody tr:last-child";

registry.category("web_tour.tours").add("intercommunal_request_type_questions", {
    steps: () => [
        {
            content: "Add a question",
            trigger: ".o_intercommunal_questions > button",
            run: "click",
        },
        {
            trigger: `${last} td:first-child input`,
            run: "edit Is the building occupied? && press Tab",
        },
        {
            content: "It has choices",
            trigger: `${last} select`,
            run: "select selection",
        },
        {
            trigger: `${last} td:nth-child(3) input`,
            run: "edit Yes, No && press Tab",
        },
        {
            content: "It must be answered",
            trigger: `${last} input[type=checkbox]`,
            run: "click",
        },
        {
            content: "It comes first",
            trigger: `${last} button:first`,
            run: "click",
        },
        {
            trigger: ".o_intercommunal_questions tbody tr:first-child input:checked",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible",
        },
    ],
});
