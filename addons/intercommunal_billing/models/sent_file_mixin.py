import base64
import hashlib

from odoo import fields, models


class IntercommunalSentFileMixin(models.AbstractModel):
    """A report that is sent to a commune once it is final, and kept as it was sent."""

    _name = "intercommunal.sent.file.mixin"
    _description = "File that is Sent and Kept"
    _inherit = ["intercommunal.transition.mixin", "mail.thread"]

    filename = fields.Char("File name", readonly=True, copy=False)
    sha256 = fields.Char("SHA-256", readonly=True, copy=False)

    def _with_company_lang(self):
        """In the language of the intercommunality, whoever sends it."""
        self.ensure_one()
        return self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)

    def _send_file(self, report, name, partners, body, target, vals):
        """Print ``report``, keep it with the new state and send it.

        :param str report: its XML id
        :param str name: of the file, without its extension
        :param partners: who is told
        :param str body: text of the message
        :param str target: the state
        :param dict vals: other values of the transition
        """
        self.ensure_one()
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(report, self.ids)
        filename = f"{name}.{kind}"
        self._transition(
            target,
            {
                **vals,
                "file": base64.b64encode(content),
                "filename": filename,
                "sha256": hashlib.sha256(content).hexdigest(),
            },
        )
        self.message_post(
            subject=self.display_name,
            body=body,
            partner_ids=partners.ids,
            attachments=[(filename, content)],
            subtype_xmlid="mail.mt_comment",
        )
