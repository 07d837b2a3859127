import { registerComposerAction } from "@mail/core/common/composer_actions";
import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { useService } from "@web/core/utils/hooks";

/** @typedef {{ id: number, name: string, text: string }} Reply */

/** The texts of the service that fit a message on one request. */
export class ReplyPicker extends Component {
    static template = "intercommunal_workflow.ReplyPicker";
    static props = {
        close: { type: Function, optional: true },
        requestId: Number,
        /** @type {(text: string) => void} */
        onPick: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ replies: [] });
        onWillStart(async () => {
            this.state.replies = await this.orm.call("intercommunal.reply", "get_messages", [
                this.props.requestId,
            ]);
        });
    }

    /** @param {Reply} reply */
    pick(reply) {
        this.props.onPick(reply.text);
        this.props.close?.();
    }

    manage() {
        this.props.close?.();
        this.action.doAction("intercommunal_workflow.intercommunal_reply_action");
    }
}

/**
 * Put a text where the cursor is, as core does with an emoji; the editor of the rich
 * composer takes a line at a time.
 *
 * @param {import("@mail/core/common/composer").Composer} composer
 * @param {string} text
 */
export function insertText(composer, text) {
    if (!composer.editor) {
        composer.addEmoji(text);
        return;
    }
    const fragment = document.createDocumentFragment();
    text.split("\n").forEach((line, index) => {
        if (index) {
            fragment.append(document.createElement("br"));
        }
        fragment.append(line);
    });
    composer.editor.shared.dom.insert(fragment);
    composer.editor.shared.history.addStep();
    composer.props.composer.autofocus++;
}

registerComposerAction("intercommunal-reply", {
    condition: ({ composer, owner, store }) =>
        Boolean(store.hasIntercommunalReplies) &&
        owner.props.type === "message" &&
        !composer.message &&
        composer.targetThread?.model === "intercommunal.request",
    icon: "fa fa-comments-o",
    name: _t("Reply templates"),
    onSelected({ composer, owner }) {
        this.popover.open(owner.root.el, {
            requestId: composer.targetThread.id,
            onPick: (text) => insertText(owner, text),
        });
    },
    setup() {
        this.popover = usePopover(ReplyPicker, {
            position: "bottom-start",
            popoverClass: "o_intercommunal_replies",
        });
    },
    sequence: 10,
});
