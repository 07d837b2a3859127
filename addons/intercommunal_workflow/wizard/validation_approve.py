from odoo import Command, api, fields, models
from odoo.exceptions import UserError

MAX_AT_ONCE = 200


class IntercommunalValidationApprove(models.TransientModel):
    """Approves several runs at once: each counts for itself, or not at all."""

    _name = "intercommunal.validation.approve"
    _description = "Approve Several at Once"

    line_ids = fields.One2many("intercommunal.validation.approve.line", "wizard_id")
    comment = fields.Text("Words")
    state = fields.Selection(
        [("ready", "To confirm"), ("done", "Done")], default="ready"
    )
    ready_count = fields.Integer("To approve", compute="_compute_totals")
    problem_count = fields.Integer("Not approved", compute="_compute_totals")
    done_count = fields.Integer("Approved", compute="_compute_totals")
    total = fields.Monetary(compute="_compute_totals", help="Of what is approved.")
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )

    @api.depends("line_ids.state")
    def _compute_totals(self):
        for wizard in self:
            by_state = wizard.line_ids.grouped("state")
            none = wizard.line_ids.browse()
            counted = by_state.get("done" if wizard.state == "done" else "ready", none)
            wizard.ready_count = len(by_state.get("ready", none))
            wizard.done_count = len(by_state.get("done", none))
            wizard.problem_count = len(by_state.get("problem", none))
            wizard.total = sum(counted.mapped("amount"))

    @api.model
    def _make_for(self, runs):
        """A wizard over ``runs`` as they are now."""
        if not runs:
            raise UserError(self.env._("Choose the approvals first."))
        if len(runs) > MAX_AT_ONCE:
            raise UserError(self.env._("%(count)s at once at most.", count=MAX_AT_ONCE))
        return self.create(
            {
                "line_ids": [
                    Command.create(self.line_ids._prepare_vals(run)) for run in runs
                ]
            }
        )

    def action_confirm(self):
        """Approve what is ready, one by one; what can't be is named with its reason.

        :return: the window action that shows the outcome
        """
        self.ensure_one()
        if self.state == "ready":
            for line in self.line_ids:
                if line.state == "ready":
                    line._approve(self.comment)
            self.state = "done"
        return self._get_window_action()

    def _get_window_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Approve several at once"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }


class IntercommunalValidationApproveLine(models.TransientModel):
    _name = "intercommunal.validation.approve.line"
    _description = "Approval among Several"

    wizard_id = fields.Many2one(
        "intercommunal.validation.approve", required=True, ondelete="cascade"
    )
    validation_id = fields.Many2one(
        "intercommunal.validation", "Approval", required=True, readonly=True
    )
    subject_name = fields.Char(related="validation_id.subject_name")
    commune_id = fields.Many2one(related="validation_id.commune_id")
    amount = fields.Monetary(related="validation_id.amount")
    currency_id = fields.Many2one(related="validation_id.currency_id")
    content_hash = fields.Char(
        readonly=True, help="Checksum of the content when this window was opened."
    )
    state = fields.Selection(
        [("ready", "To approve"), ("done", "Approved"), ("problem", "Not approved")],
        default="ready",
        required=True,
        readonly=True,
    )
    problem = fields.Char("Why not", readonly=True)

    @api.model
    def _prepare_vals(self, run):
        """Values of the line of ``run``: what can't be approved says so at once."""
        vals = {"validation_id": run.id, "content_hash": run.content_hash}
        if run.can_decide and not run.is_arbitration:
            return vals
        if run.is_arbitration:
            problem = self.env._("It is in arbitration: settle it on its own form.")
        elif run.state == "open":
            problem = self.env._("You are not asked to decide on it now.")
        else:
            problem = self.env._(
                "Already decided: %(state)s.", state=run._get_state_label()
            )
        return {**vals, "state": "problem", "problem": problem}

    def _approve(self, comment):
        """Approve this one; a refusal undoes all of it and nothing else."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self.validation_id.action_approve(
                    content_hash=self.content_hash,
                    comment=comment,
                    idempotency_key=f"several-{self.wizard_id.id}-{self.id}",
                )
        except UserError as error:
            self.write({"state": "problem", "problem": str(error)})
        else:
            self.state = "done"
