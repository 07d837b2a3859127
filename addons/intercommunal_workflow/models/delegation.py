from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

MAX_DAYS = 366


class IntercommunalDelegation(models.Model):
    """Somebody stands in for a decider, for dates and a scope; both names are kept."""

    _name = "intercommunal.delegation"
    _description = "Delegation"
    _inherit = ["intercommunal.transition.mixin"]
    _order = "date_from desc, id desc"
    _rec_name = "delegate_id"

    _moves: ClassVar[dict] = {"action_revoke": None}
    _actors: ClassVar[dict] = {"action_revoke": ("principal", "admin")}
    _guarded_fields: ClassVar[frozenset] = frozenset({"revoked_at", "validation_id"})
    # Once given, a delegation is ended and given anew: what was decided keeps its terms.
    _editable: ClassVar[frozenset] = frozenset({"note"})

    user_id = fields.Many2one(
        "res.users",
        "For",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
        help="The person who is absent.",
    )
    delegate_id = fields.Many2one(
        "res.users",
        "Decides instead",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("Until", required=True, help="Last day.")
    subject = fields.Selection(
        [("request", "Requests, before the work"), ("report", "Reports, after it")],
        "Only",
        help="Leave empty for both.",
    )
    service_ids = fields.Many2many(
        "intercommunal.service",
        "intercommunal_delegation_service_rel",
        "delegation_id",
        "service_id",
        "Services",
        help="Leave empty for every service.",
    )
    amount_max = fields.Float(
        "Up to this amount", digits="Product Price", help="0 for any amount."
    )
    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Only this file",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    note = fields.Char("Reason")
    revoked_at = fields.Datetime("Revoked on", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("current", "In force"),
            ("ended", "Ended"),
            ("revoked", "Taken back"),
        ],
        compute="_compute_state",
    )
    seat_ids = fields.One2many(
        "intercommunal.validation.seat", "delegation_id", "Seats"
    )
    can_revoke = fields.Boolean(compute="_compute_can")

    _dates_ordered = models.Constraint(
        "CHECK(date_to >= date_from)", "A delegation can't end before it begins."
    )
    _two_persons = models.Constraint(
        "CHECK(user_id != delegate_id)", "Nobody delegates to themselves."
    )
    _current_idx = models.Index("(user_id, date_from) WHERE revoked_at IS NULL")

    # --------------------------------------------------------------- computes

    @api.depends("date_from", "date_to", "revoked_at")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for delegation in self:
            if delegation.revoked_at:
                delegation.state = "revoked"
            elif not delegation.date_to or delegation.date_to < today:
                delegation.state = "ended"
            elif delegation.date_from > today:
                delegation.state = "planned"
            else:
                delegation.state = "current"

    @api.depends("user_id", "delegate_id")
    def _compute_display_name(self):
        for delegation in self:
            delegation.display_name = self.env._(
                "%(delegate)s for %(person)s",
                delegate=delegation.delegate_id.name or "",
                person=delegation.user_id.name or "",
            )

    @api.depends_context("uid")
    @api.depends("revoked_at", "date_to")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    # ------------------------------------------------------------ constraints

    @api.constrains("user_id", "delegate_id", "date_from", "date_to")
    def _check_delegate(self):
        for delegation in self.sudo():
            person, delegate = delegation.user_id, delegation.delegate_id
            if (delegation.date_to - delegation.date_from).days > MAX_DAYS:
                raise ValidationError(
                    self.env._("A delegation lasts a year at most: renew it later.")
                )
            if not delegate.active or not self._are_of_one_house(person, delegate):
                raise ValidationError(
                    self.env._(
                        "%(delegate)s can't stand in for %(person)s: choose somebody"
                        " of the same commune, or of the intercommunality's staff.",
                        delegate=self._get_known_name(delegate),
                        person=self._get_known_name(person),
                    )
                )

    @api.model
    def _get_known_name(self, user):
        """The name of somebody whom the current user may know.

        An error message would tell a portal user everybody's name otherwise.
        """
        known = not self.env.user.share or user == self.env.user
        return user.name if known else self.env._("This person")

    @api.model
    def _are_of_one_house(self, person, delegate):
        """Officials of one commune, or staff of one intercommunality."""
        communes = person._get_intercommunal_communes()
        if communes:
            return bool(communes & delegate._get_intercommunal_communes())
        return (
            not person.share
            and not delegate.share
            and not delegate._get_intercommunal_communes()
            and bool(person.company_ids & delegate.company_ids)
        )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_terms(vals)
        delegations = super().create(vals_list)
        delegations._check_principal()
        today = fields.Date.context_today(self)
        for delegation in delegations:
            if delegation.date_to < today:
                raise ValidationError(
                    self.env._("This delegation is over already: check its dates.")
                )
        delegations.sudo()._apply()
        return delegations

    def write(self, vals):
        if not self._is_guard_lifted() and set(vals) - self._editable:
            raise UserError(
                self.env._(
                    "A delegation does not change: revoke it and give another one."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for delegation in self.sudo():
            if delegation.seat_ids or delegation.state in ("current", "ended"):
                raise UserError(
                    self.env._(
                        "“%(name)s” is part of the history: revoke it instead.",
                        name=delegation.display_name,
                    )
                )

    def _check_terms(self, vals):
        """What the table would refuse, in words."""
        start = fields.Date.to_date(vals.get("date_from"))
        end = fields.Date.to_date(vals.get("date_to"))
        if start and end and end < start:
            raise ValidationError(
                self.env._("A delegation can't end before it begins.")
            )
        if vals.get("delegate_id") == vals.get("user_id", self.env.uid):
            raise ValidationError(self.env._("Nobody delegates to themselves."))

    def _check_principal(self):
        """One delegates one's own voice; the administrator does it for the absent."""
        if self.env.su or self.env.user.has_group(
            "intercommunal_workflow.group_intercommunal_admin"
        ):
            return
        for delegation in self:
            if delegation.user_id != self.env.user:
                raise AccessError(self.env._("You delegate in your own name only."))

    # ----------------------------------------------------------------- actions

    def action_revoke(self):
        """End the delegation now: who stood in is not asked any more."""
        self._check_can("action_revoke")
        for delegation in self.sudo():
            delegation._write_guarded({"revoked_at": fields.Datetime.now()})
            delegation._withdraw()
        return True

    def _get_record_capacities(self, user):
        return {"principal"} if user == self.user_id else set()

    @api.model
    def _get_capacity_labels(self):
        return {
            **super()._get_capacity_labels(),
            "principal": self.env._("the person who delegates"),
        }

    def _get_cannot_state_reason(self, action):
        if self.sudo().state in ("revoked", "ended"):
            return self.env._(
                "“%(name)s” is over already.", name=self.sudo().display_name
            )
        return ""

    # ------------------------------------------------------------------ engine

    @api.model
    def _get_current_domain(self):
        today = fields.Date.context_today(self)
        return (
            Domain("revoked_at", "=", False)
            & Domain("date_from", "<=", today)
            & Domain("date_to", ">=", today)
        )

    @api.model
    def _find(self, users, run):
        """Delegations of ``users`` that are in force today and cover ``run``."""
        delegations = self.sudo().search(
            self._get_current_domain()
            & Domain("user_id", "in", users.ids)
            & Domain("company_id", "=", run.company_id.id)
            # a run that is only tried has no row
            & Domain("validation_id", "in", (False, run._origin.id)),
            order="id",
        )
        return delegations.filtered(lambda delegation: delegation._covers(run))

    def _is_current(self):
        """Whether this delegation is in force today."""
        today = fields.Date.context_today(self)
        return not self.revoked_at and self.date_from <= today <= self.date_to

    def _covers(self, run):
        """Whether this delegation is in force today for ``run``."""
        self.ensure_one()
        if not self._is_current():
            return False
        if self.validation_id:
            return self.validation_id == run
        kind = "report" if run.report_id else "request"
        too_dear = self.amount_max and (
            run.currency_id.compare_amounts(run.amount, self.amount_max) > 0
        )
        return (
            self.subject in (False, kind)
            and (not self.service_ids or run.service_id in self.service_ids)
            and not too_dear
            and self._are_of_one_house(self.user_id, self.delegate_id)
        )

    def _apply(self):
        """Ask the stand-ins wherever their principals are asked now."""
        for delegation in self.filtered(lambda delegation: delegation._is_current()):
            seats = self.env["intercommunal.validation.seat"].search(
                [
                    ("user_id", "=", delegation.user_id.id),
                    ("on_behalf_of_id", "=", False),
                    ("state", "in", ("pending", "asking")),
                    ("company_id", "=", delegation.company_id.id),
                ]
            )
            for seat in seats:
                run = seat.validation_id
                new = seat.validation_step_id._ask(delegation.user_id).filtered(
                    lambda seat, delegation=delegation: seat.delegation_id == delegation
                )
                if new:
                    run._record_delegation(delegation)
                    run._notify_holders(new)
                    run._after_event()

    def _withdraw(self):
        """Those who stood in are not asked any more."""
        for seat in self.seat_ids._withdraw():
            seat.validation_id.subject_request_id._refresh_ball()

    @api.model
    def _cron_follow_dates(self):
        """Those that begin today ask their stand-ins; those that ended withdraw them."""
        self.sudo().search(self._get_current_domain())._apply()
        today = fields.Date.context_today(self)
        self.sudo().search(
            Domain("date_to", "<", today)
            & Domain("seat_ids.state", "in", ("pending", "asking"))
        )._withdraw()
