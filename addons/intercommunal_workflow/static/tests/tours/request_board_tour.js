import { registry } from "@web/core/registry";

// columns by rank: their names follow the language and the administrator
const TO_TRIAGE = ".o_kanban_group:eq(0)";
const ACCEPTED = ".o_kanban_group:eq(3)";
const PLANNED = ".o_kanban_group:eq(4)";
const card = (column) => `${column} .o_kanban_record:contains("Leak in the school")`;

registry.category("web_tour.tours").add("intercommunal_request_board", {
    steps: () => [
        {
            content: "A card goes where the move asks nothing more",
            trigger: card(TO_TRIAGE),
            run: `drag_and_drop(${ACCEPTED})`,
        },
        {
            content: "It stays there, and the column counts it",
            trigger: `${ACCEPTED}:has(.o_animated_number:contains("1")) .o_kanban_record`,
        },
        {
            content: "A move that asks for a date and a team is no drag",
            trigger: card(ACCEPTED),
            run: `drag_and_drop(${PLANNED})`,
        },
        {
            content: "The refusal says why",
            trigger: '.modal-body:contains("Leak in the school")',
        },
        {
            trigger: ".modal-footer button",
            run: "click",
        },
        {
            content: "The card is back",
            trigger: card(ACCEPTED),
        },
        {
            trigger: `${PLANNED}:not(:contains("Leak in the school"))`,
        },
    ],
});

registry.category("web_tour.tours").add("intercommunal_request_board_reader", {
    steps: () => [
        {
            content: "Who may not accept sees the card refused",
            trigger: card(TO_TRIAGE),
            run: `drag_and_drop(${ACCEPTED})`,
        },
        {
            trigger: ".modal-body",
        },
        {
            trigger: ".modal-footer button",
            run: "click",
        },
        {
            content: "The card is back",
            trigger: card(TO_TRIAGE),
        },
    ],
});
