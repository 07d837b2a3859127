from odoo import fields, models

from .validation_seat import DECIDING_SEATS

# Somebody is asked at such a step.
ASKING_STEPS = ("pending", "clarification", "escalated")
# Such a step is not over.
OPEN_STEPS = ("waiting", *ASKING_STEPS)


class IntercommunalValidationStep(models.Model):
    """A step of a run, frozen as it was when the run opened."""

    _name = "intercommunal.validation.step"
    _description = "Step of an Approval"
    _inherit = ["intercommunal.validation.record"]
    _order = "validation_id, sequence, id"

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="validation_id.company_id", store=True)
    circuit_step_id = fields.Many2one(
        "intercommunal.circuit.step", required=True, ondelete="restrict"
    )
    name = fields.Char(required=True)
    sequence = fields.Integer(required=True)
    is_arbitration = fields.Boolean("Arbitration")
    delay_days = fields.Integer("Days to decide")
    quorum = fields.Integer("Approvals needed", default=1)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("pending", "Pending"),
            ("clarification", "Clarification asked"),
            ("approved", "Approved"),
            ("refused", "Turned down"),
            ("skipped", "Skipped"),
            ("escalated", "Escalated"),
        ],
        default="waiting",
        required=True,
    )
    opened_at = fields.Datetime("Asked on")
    closed_at = fields.Datetime("Decided on")
    date_due = fields.Date("Due")
    remaining_days = fields.Integer(
        "Days left", help="Working days left when a question stopped the clock."
    )
    reminder_count = fields.Integer("Reminders")
    reminded_at = fields.Datetime("Reminded on")
    escalated_at = fields.Datetime("Escalated on")
    seat_ids = fields.One2many(
        "intercommunal.validation.seat", "validation_step_id", "Deciders"
    )
    clarification_ids = fields.One2many(
        "intercommunal.clarification", "validation_step_id", "Questions"
    )

    # What the reminders and the escalation look at, every hour.
    _asking_idx = models.Index(
        "(date_due) WHERE state IN ('pending', 'clarification', 'escalated')"
    )

    # ---------------------------------------------------------------- opening

    def _check_deciders(self):
        """Refuse to begin what would stop at a later step for want of somebody.

        :raises UserError: nobody can decide at a step that applies
        """
        for step in self.filtered(lambda step: not step.is_arbitration):
            rule = step.circuit_step_id
            if rule._applies(step.validation_id):
                rule._get_deciders(step.validation_id)

    def _open_step(self):
        """Ask the deciders of these steps, or skip the steps that do not apply.

        :raises UserError: nobody can decide at a step that applies
        """
        for step in self:
            run = step.validation_id
            rule = step.circuit_step_id
            now = fields.Datetime.now()
            if not rule._applies(run):
                step._write_guarded({"state": "skipped", "closed_at": now})
                continue
            users, quorum = rule._get_deciders(run)
            step._write_guarded(
                {
                    "state": "pending",
                    "opened_at": now,
                    "closed_at": False,
                    "quorum": quorum,
                    "date_due": run._get_due_date(step.delay_days),
                    "remaining_days": 0,
                    "reminder_count": 0,
                    "reminded_at": False,
                    "escalated_at": False,
                }
            )
            run._notify_holders(step._ask(users))

    def _ask(self, users, is_escalation=False):
        """Seat these persons, and those who stand in for them today.

        Whoever is asked already is not asked twice.

        :param users: the res.users who decide in their own name
        :return: the new seats
        """
        self.ensure_one()
        run = self.validation_id
        rule = self.circuit_step_id
        regular = rule._get_holders(run)
        wanted = [(user, user.browse(), False) for user in users]
        for delegation in self.env["intercommunal.delegation"]._find(users, run):
            stand_in = rule._without_excluded(run, delegation.delegate_id)
            if stand_in and run._can_be_asked(stand_in):
                wanted.append((stand_in, delegation.user_id, delegation.id))
        taken = {
            (seat.user_id, seat.on_behalf_of_id)
            for seat in self.seat_ids
            if seat.state != "withdrawn"
        }
        done = {
            seat._get_principal() for seat in self.seat_ids if seat.state == "decided"
        }
        return self.env["intercommunal.validation.seat"]._create_guarded(
            [
                {
                    "validation_id": run.id,
                    "validation_step_id": self.id,
                    "user_id": user.id,
                    "on_behalf_of_id": principal.id,
                    "delegation_id": delegation_id,
                    "is_escalation": is_escalation
                    or (principal or user) not in regular,
                }
                for user, principal, delegation_id in wanted
                if (user, principal) not in taken and (principal or user) not in done
            ]
        )

    # ---------------------------------------------------------------- closing

    def _stop_asking(self):
        """Nobody is asked any more at these steps: the run goes on without them."""
        open_steps = self.filtered(lambda step: step.state in OPEN_STEPS)
        open_steps._write_guarded(
            {"state": "skipped", "closed_at": fields.Datetime.now()}
        )
        open_steps._leave()

    def _finish(self, state):
        """These steps are decided."""
        self._write_guarded({"state": state, "closed_at": fields.Datetime.now()})
        self._leave()

    def _leave(self):
        """Nobody is asked at these steps any more, and nothing is."""
        self.seat_ids._withdraw()
        self.clarification_ids._close_open()

    def _count_approvals(self):
        """Close the step once its quorum of distinct persons has approved.

        A person counts once, however many seats they decide on; so does a principal,
        whoever decides on their behalf.
        """
        for step in self:
            decided = step.seat_ids.filtered(lambda seat: seat.state == "decided")
            principals = {seat._get_principal() for seat in decided}
            if min(len(decided.user_id), len(principals)) >= step.quorum:
                step._finish("approved")

    # ------------------------------------------------------------------- clock

    def _pause(self):
        """A question stops the time of these steps."""
        for step in self.filtered(lambda step: step.state in ("pending", "escalated")):
            today = fields.Date.context_today(step)
            left = step.company_id._count_working_days(today, step.date_due or today)
            step._write_guarded({"state": "clarification", "remaining_days": left})

    def _resume(self):
        """Their time runs again, once no question is open."""
        for step in self.filtered(lambda step: step.state == "clarification"):
            if any(question.state == "open" for question in step.clarification_ids):
                continue
            step._write_guarded(
                {
                    "state": "escalated" if step.escalated_at else "pending",
                    "date_due": step.validation_id._get_due_date(step.remaining_days),
                    "remaining_days": 0,
                }
            )
            seats = step.seat_ids.filtered(lambda seat: seat.state == "asking")
            seats._write_guarded({"state": "pending"})

    def _get_deciding_seats(self):
        return self.seat_ids.filtered(lambda seat: seat.state in DECIDING_SEATS)
