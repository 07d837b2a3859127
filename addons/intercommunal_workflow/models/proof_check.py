from collections import Counter

from odoo import api, fields, models

# What a night reads anew at most, within the time that Odoo gives to a task (two
# minutes): the contents of approvals and the files of photos take turns.
CONTENTS_A_NIGHT = 50_000
PHOTOS_A_NIGHT = 10_000
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
        """Verify every chain, and a share of the rest; call for help on a fault."""
        started_at = fields.Datetime.now()
        counts, faults = Counter(), {}
        for fault in self._find_faults(counts, started_at.date().toordinal()):
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
    def _find_faults(self, counts, night):
        """What the verifications of one night find."""
        proof = self.env["intercommunal.proof"].sudo()
        shares = {
            "contents": ("intercommunal.validation", CONTENTS_A_NIGHT),
            "photos": ("intercommunal.photo", PHOTOS_A_NIGHT),
        }
        self.env.flush_all()
        for name, verify in proof._get_verifications().items():
            if name in shares:
                share = proof._prepare_share(*shares[name], night)
                yield from verify(counts, share=share)
            else:
                yield from verify(counts)

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
