from odoo import models
from odoo.exceptions import UserError

from ..tools.mail_text import read_reply
from .limits import MAX_TEXT


class IntercommunalRequest(models.Model):
    """A reply to the mail of a request: the answer to its question, when there is one,
    what was forgotten in a draft, else a message to those who follow the file."""

    _inherit = "intercommunal.request"

    def _notify_get_reply_to_batch(self, defaults=None, author_ids=None):
        """Replies go to the address of the service, which its people know.

        A reply names the message that it answers, hence its file; where a mail reader
        drops that, the address makes a draft of it instead of losing it.
        """
        replies = super()._notify_get_reply_to_batch(
            defaults=defaults, author_ids=author_ids
        )
        for request in self.sudo():
            service = request.service_id
            if service.alias_name and service.alias_domain_id:
                replies[request.id] = self._notify_get_reply_to_formatted_email(
                    service.alias_email, author_id=(author_ids or {}).get(request.id)
                )
        return replies

    def _get_mail_values(self, message):
        """The mail of a question says that a reply answers it."""
        values = super()._get_mail_values(message)
        asked = self.env.ref("intercommunal_workflow.mt_request_info_requested")
        # without an address of ours, a reply goes to whoever wrote
        if message.subtype_id == asked and message.reply_to != message.email_from:
            values["hint"] = self.env._("To answer, simply reply to this e-mail.")
        return values

    def _take_reply(self, user, message_dict):
        if self.sudo().state == "draft":
            return self._complete_draft(user, message_dict)
        if self._is_answered_by(user, message_dict):
            return self._answer_by_mail(user, message_dict)
        return super()._take_reply(user, message_dict)

    # ------------------------------------------------------------------- draft

    def _complete_draft(self, user, message_dict):
        """What its author sends after it: more words, the photo that was forgotten."""
        draft = self.with_user(user)
        if not message_dict.get("parent_id") or not draft.has_access("write"):
            return False
        if words := read_reply(message_dict.get("body")):
            text = "\n\n".join(filter(None, (draft.description, words)))
            draft.description = text[:MAX_TEXT]
        message_dict["attachments"] = draft._take_mail_photos(
            message_dict.get("attachments") or []
        )
        # what is no photo is attached by core
        return not message_dict["attachments"]

    # ---------------------------------------------------------------- question

    def _is_answered_by(self, user, message_dict):
        """Whether this mail answers the open question: somebody of the commune replies
        to it, or to what was said since.

        The address of a sender proves nothing, the number of our message does: those
        to whom it was sent know it, and nobody guesses it.
        """
        if self.sudo().state != "info_requested" or message_dict.get("is_internal"):
            return False
        request = self.with_user(user)
        if "commune" not in request._get_capacities() or not request.can_answer_info:
            return False
        asked = self.env.ref("intercommunal_workflow.mt_request_info_requested")
        messages = self.sudo().message_ids
        question = messages.filtered(lambda message: message.subtype_id == asked)[:1]
        # a reminder is no message of the history
        parent = messages.browse(message_dict.get("parent_id") or [])
        return bool(
            question
            and parent.id
            and parent.id >= question.id
            and (parent.model, parent.res_id) == (self._name, self.id)
        )

    def _answer_by_mail(self, user, message_dict):
        """Answer the question with these words; photos join those of the request.

        :return: False when there is no word, or when the answer is refused: the mail
            is a message then
        """
        words = read_reply(message_dict.get("body"))[:MAX_TEXT]
        if not words:
            return False
        request = self.with_user(user)
        try:
            with self.env.cr.savepoint():
                others = request._take_mail_photos(
                    message_dict.get("attachments") or []
                )
                request.action_answer_info(words)
        except UserError:
            return False
        if not others:
            return True
        # the words are the answer's already: what is no photo follows it
        message_dict.update(
            attachments=others, body=self.env._("Joined to the answer.")
        )
        return False
