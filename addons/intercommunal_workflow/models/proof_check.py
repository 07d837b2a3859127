from collections import Counter

from odoo import api, fields, models

# Every photo is read anew within this number of nights.
NIGHTS = 30
# Faults written down one by one; beyond that the number says enough.
SHOWN = 200


class IntercommunalProofCheck(models.Model):
    """What the verification of one night has found."""

    _name = "intercommunal.proof.check"
    _description = "Verification of the Proofs"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "started_at"

    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    started_at = fields.Datetime("Begun on", required=True, readonly=True)
    ended_at = fields.Datetime("Ended on", required=True, readonly=True)
    decision_count = fields.Integer("Decisions verified", readonly=True)
    fault_count = fields.Integer("Faults", readonly=True)
    faults = fields.Text("What was found", readonly=True)

    @api.model
    def _cron_verify(self):
        """Verify everything, and a share of the photos; call for help on a fault."""
        started_at = fields.Datetime.now()
        proof = self.env["intercommunal.proof"].sudo()
        names = [name for name in proof._get_verifications() if name != "photos"]
        counts, faults = Counter(), {}
        share = (NIGHTS, started_at.date().toordinal())
        for found in (
            proof._verify(counts, names),
            proof._verify_photos(counts, share),
        ):
            for fault in found:
                faults.setdefault(fault.company_id, []).append(fault)
        companies = self.env["intercommunal.proof.day"]._get_companies()
        companies |= companies.browse(faults)
        for check in self.create(
            [
                self._prepare_check_vals(started_at, counts, company, faults)
                for company in companies
            ]
        ):
            check._call_for_help()

    @api.model
    def _prepare_check_vals(self, started_at, counts, company, faults):
        found = faults.get(company.id, [])
        return {
            "company_id": company.id,
            "started_at": started_at,
            "ended_at": fields.Datetime.now(),
            "decision_count": counts["decisions"],
            "fault_count": len(found),
            "faults": "\n".join(
                f"{fault.model} {fault.record_id}: {fault.text}"
                for fault in found[:SHOWN]
            ),
        }

    def _call_for_help(self):
        """Give the administrators something to do, which tells them by e-mail."""
        self.ensure_one()
        if not self.fault_count:
            return
        group = self.env.ref("intercommunal_workflow.group_intercommunal_admin")
        for admin in group.all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        ):
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._(
                    "%(count)s faults in the history of the approvals",
                    count=self.fault_count,
                ),
                note=self.faults.partition("\n")[0],
                user_id=admin.id,
            )
