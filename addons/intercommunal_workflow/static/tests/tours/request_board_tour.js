import { animationFrame, drag, waitFor } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";

// columns by rank: their names follow the language and the administrator
const TO_TRIAGE = ".o_kanban_group:eq(0)";
const ACCEPTED = ".o_kanban_group:eq(3)";
const PLANNED = ".o_kanban_group:eq(4)";
const card = (column) => `${column} .o_kanban_record:contains("Leak in the school")`;

/** Ms that a board on a busy machine may take to follow the pointer. */
const PATIENCE = 8000;

/**
 * Drag a card as a person does, who looks before letting go: the board marks the
 * column that would take the card. Core's `drag_and_drop` lets go two frames later,
 * whatever the board has drawn by then, and a slow one takes the card back.
 *
 * @param {string} column selector of the column
 */
const dragTo = (column) =>
    async function ({ anchor }) {
        const { drop, moveTo } = await drag(anchor);
        // a first move starts the drag, the second one enters the column
        await moveTo(anchor, { position: { top: 20, left: 20 }, relative: true });
        await waitFor(".o_kanban_record.o_dragged", { timeout: PATIENCE });
        const target = await waitFor(column, { timeout: PATIENCE });
        const place = { position: { top: 60, left: 40 }, relative: true };
        await moveTo(target, place);
        await waitFor(`${column}.o_kanban_hover`, { timeout: PATIENCE });
        await animationFrame();
        await drop(target, place);
    };

registry.category("web_tour.tours").add("intercommunal_request_board", {
    steps: () => [
        {
            content: "A card goes where the move asks nothing more",
            trigger: card(TO_TRIAGE),
            run: dragTo(ACCEPTED),
        },
        {
            content: "It stays there, and the column counts it",
            trigger: `${ACCEPTED}:has(.o_animated_number:contains("1")) .o_kanban_record`,
        },
        {
            content: "A move that asks for a date and a team is no drag",
            trigger: card(ACCEPTED),
            run: dragTo(PLANNED),
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
            run: dragTo(ACCEPTED),
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

const date = (name, shown) =>
    `.o_kanban_record:contains("${name}") footer div:has(> :only-child) > ${shown}`;

registry.category("web_tour.tours").add("intercommunal_request_board_dates", {
    steps: () => [
        {
            content: "Late for the answer: the day that it was due",
            trigger: date("Answered late", ".o_intercommunal_answer_due.text-danger"),
        },
        {
            content: "Late with the work, whatever day was promised since",
            trigger: date("Done late", ".o_intercommunal_work_due.text-danger"),
        },
        {
            content: "In time: the day that the service commits to",
            trigger: date("In time", ".o_intercommunal_deadline:not(.text-danger)"),
        },
    ],
});
