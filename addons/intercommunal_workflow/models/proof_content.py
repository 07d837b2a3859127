from collections import Counter

from odoo import api, fields, models

from .validation_subject import canonical_json, sha256


class IntercommunalValidation(models.Model):
    """Keeps what was decided on, word for word."""

    _inherit = "intercommunal.validation"

    # The text whose SHA-256 is `content_hash`: a request may change after its approval,
    # and a changed report is compared with it. Never read with the other fields.
    content = fields.Text(
        "Content decided on",
        readonly=True,
        copy=False,
        prefetch=False,
        groups=fields.NO_ACCESS,
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**vals, "content": self._get_content(vals)} for vals in vals_list]
        )

    @api.model
    def _get_content(self, vals):
        """The protected content of the subject of a new run, or False."""
        if vals.get("report_id"):
            subject = self.env["intercommunal.report"].browse(vals["report_id"])
        else:
            subject = self.env["intercommunal.request"].browse(vals.get("request_id"))
        if not subject:
            return False
        content = canonical_json(subject.sudo()._get_validation_payload())
        return sha256(content) == vals.get("content_hash") and content

    def _verify_chain(self):
        """Names what was tampered with in these runs.

        :return: list of sentences, empty when every chain is whole
        """
        self.env.flush_all()
        proof = self.env["intercommunal.proof"].sudo()
        return [
            fault.text for fault in proof._verify_decisions(Counter(), ids=self.ids)
        ]


class IntercommunalDecision(models.Model):
    _inherit = "intercommunal.decision"

    # A day of decisions is read by its hash and by the certificates.
    _day_idx = models.Index("(company_id, decided_at)")
