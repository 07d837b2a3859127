from lxml import html
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import html_sanitize, plaintext2html


class MailComposeMessage(models.TransientModel):
    """Writing to the commune in the large window, from a template of the service."""

    _inherit = "mail.compose.message"

    intercommunal_available_reply_ids = fields.Many2many(
        "intercommunal.reply", compute="_compute_intercommunal_available_reply_ids"
    )
    intercommunal_reply_id = fields.Many2one(
        "intercommunal.reply",
        "Reply template",
        domain="[('id', 'in', intercommunal_available_reply_ids)]",
    )

    @api.depends("model", "res_ids", "composition_mode", "subtype_id")
    def _compute_intercommunal_available_reply_ids(self):
        replies = self.env["intercommunal.reply"]
        for composer in self:
            requests = composer._get_intercommunal_requests()
            composer.intercommunal_available_reply_ids = (
                replies._find_for("message", requests) if requests else replies
            )

    def _get_intercommunal_requests(self):
        """The requests whose communes this message is for; none for an internal note."""
        self.ensure_one()
        requests = self.env["intercommunal.request"]
        if self.model != requests._name or self.subtype_is_log or not self.res_ids:
            return requests
        return requests.browse(self._evaluate_res_ids())

    @api.onchange("intercommunal_reply_id")
    def _onchange_intercommunal_reply_id(self):
        """The text takes the place of what was written, as core's templates do; the
        signature stays."""
        if not self.intercommunal_reply_id:
            return
        text = self.intercommunal_reply_id._get_text(self._get_intercommunal_requests())
        self.body = plaintext2html(text) + self._get_intercommunal_signature()

    def _get_intercommunal_signature(self):
        """The signature that the client put below the message, if any."""
        if not self.body:
            return Markup()
        found = html.fragment_fromstring(self.body, "div").find_class(
            "o-signature-container"
        )
        return Markup("").join(
            html_sanitize(html.tostring(part, encoding="unicode")) for part in found
        )
