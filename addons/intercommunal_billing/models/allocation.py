"""A sum of the service, shared among the communes of a key into billing lines."""

from typing import ClassVar

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.intercommunal_workflow.tools.allocation import allocate

from ..tools import pricing


class IntercommunalAllocation(models.Model):
    """A sum that a key shares: worked out first, then charged once."""

    _name = "intercommunal.allocation"
    _description = "Shared Sum"
    _inherit = [
        "intercommunal.served.mixin",
        "intercommunal.charge.mixin",
        "intercommunal.transition.mixin",
        "mail.thread",
    ]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    _transitions: ClassVar[dict] = {
        "draft": ("allocated", "cancelled"),
        "allocated": ("cancelled",),
        "cancelled": (),
    }
    _moves: ClassVar[dict] = {
        "action_work_out": None,
        "action_allocate": "allocated",
        "action_cancel": "cancelled",
    }
    _sources: ClassVar[dict] = {"action_work_out": ("draft",)}
    _actors: ClassVar[dict] = dict.fromkeys(_moves, ("finance",))
    _guarded_fields: ClassVar[frozenset] = frozenset({"state", "share_ids"})

    name = fields.Char("Description", required=True, help="Printed on the invoices.")
    key_id = fields.Many2one(
        "intercommunal.allocation.key",
        compute="_compute_key_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    date_from = fields.Date("From", required=True)
    date_to = fields.Date(
        "Until", required=True, help="The run of this day charges the shares."
    )
    amount = fields.Monetary(required=True, tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("allocated", "Shared"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    share_ids = fields.One2many(
        "intercommunal.allocation.share",
        "allocation_id",
        "Shares",
        readonly=True,
        copy=False,
    )
    billing_line_ids = fields.One2many(
        "intercommunal.billing.line", "allocation_id", "Billing lines"
    )

    can_work_out = fields.Boolean(compute="_compute_can")
    can_allocate = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)", "The period ends before it starts."
    )

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    @api.depends("service_id", "company_id")
    def _compute_key_id(self):
        """The key that the agreements of the service name, if they name one only."""
        found = self.env["intercommunal.agreement"]._read_group(
            [
                ("service_id", "in", self.service_id.ids),
                ("allocation_key_id.active", "=", True),
            ],
            ["company_id", "service_id"],
            ["allocation_key_id:recordset"],
        )
        keys = {(company, service): key for company, service, key in found}
        for allocation in self:
            key = keys.get((allocation.company_id, allocation.service_id))
            if not allocation.key_id and key and len(key) == 1:
                allocation.key_id = key

    # ------------------------------------------------------------ constraints

    @api.constrains("date_from", "date_to")
    def _check_exercice(self):
        for allocation in self:
            if allocation.date_from.year != allocation.date_to.year:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” lies over two years: enter a sum for each.",
                        name=allocation.name,
                    )
                )

    @api.constrains("amount")
    def _check_amount(self):
        for allocation in self:
            if not allocation.amount:
                raise ValidationError(
                    self.env._("“%(name)s” has no amount.", name=allocation.name)
                )

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        settled = set(vals) - {"message_follower_ids", "message_ids"}
        if (
            settled
            and not self._is_guard_lifted()
            and any(allocation.state != "draft" for allocation in self)
        ):
            raise UserError(
                self.env._("What was shared does not change: cancel it and start anew.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        for allocation in self:
            if allocation.state == "allocated":
                raise UserError(
                    self.env._(
                        "“%(name)s” was shared: cancel it instead of deleting it.",
                        name=allocation.name,
                    )
                )

    # ------------------------------------------------------------ transitions

    def action_work_out(self):
        """Work out the shares, to be looked at: nothing is charged.

        :raises UserError: nobody to share with
        """
        self._check_can("action_work_out")
        for allocation in self:
            allocation._write_guarded(
                {
                    "share_ids": [
                        Command.clear(),
                        *map(Command.create, allocation._prepare_shares()),
                    ]
                }
            )
        return True

    def action_allocate(self):
        """Charge each commune its share, once.

        :raises UserError: a commune without agreement, or nobody to share with
        """
        self._check_can("action_allocate")
        for allocation in self:
            allocation.action_work_out()
            allocation._check_agreements()
            allocation._check_key()
            allocation._transition("allocated")
            allocation.env["intercommunal.billing.line"]._create_guarded(
                [share._prepare_line_vals() for share in allocation.share_ids]
            )
        return True

    def action_cancel(self):
        """Take the shares back, as long as no run has them.

        :raises UserError: a share is in a run
        """
        self._check_can("action_cancel")
        # nobody but the engine deletes a billing line; it refuses those of a run
        self.sudo().billing_line_ids._discard()
        self._transition("cancelled")
        return True

    # ----------------------------------------------------------------- shares

    def _prepare_shares(self):
        """Values of the shares, in the order of the INSEE code."""
        self.ensure_one()
        weights = self.key_id._get_weights(
            self.service_id, self.date_from, self.date_to
        )
        amounts = allocate(pricing.decimal_of(self.amount, 2), list(weights.values()))
        scale = 1000 if self.key_id.basis == "custom" else 1
        return [
            {
                "commune_id": commune.id,
                "agreement_id": self.env["intercommunal.agreement"]
                ._find(self.company_id, commune, self.service_id, self.date_to)
                .id,
                "weight": weight / scale,
                "amount": float(amount),
            }
            for (commune, weight), amount in zip(weights.items(), amounts, strict=True)
            if amount
        ]

    def _check_agreements(self):
        missing = self.share_ids.filtered(lambda share: not share.agreement_id)
        if missing:
            raise UserError(
                self.env._(
                    "No agreement for %(service)s on %(date)s: %(communes)s. Enter it,"
                    " or take the commune out of the key.",
                    service=self.service_id.name,
                    date=format_date(self.env, self.date_to),
                    communes=", ".join(missing.commune_id.mapped("name")),
                )
            )

    def _check_key(self):
        """What the agreements say about the key is kept to."""
        other = self.share_ids.agreement_id.filtered(
            lambda agreement: agreement.allocation_key_id - self.key_id
        )
        if other:
            raise UserError(
                self.env._(
                    "“%(key)s” is not the key of these agreements: %(agreements)s."
                    " Choose theirs, or change the agreements.",
                    key=self.key_id.name,
                    agreements=", ".join(other.mapped("name")),
                )
            )


class IntercommunalBillingLine(models.Model):
    """A line that a shared sum made."""

    _inherit = "intercommunal.billing.line"

    allocation_id = fields.Many2one(
        "intercommunal.allocation",
        "Shared sum",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )

    def _get_account_source(self):
        return self.allocation_id or super()._get_account_source()

    def _get_source(self):
        return self.allocation_id or super()._get_source()

    def _prepare_adjustment_vals(self, amount, reason, day, source_key):
        vals = super()._prepare_adjustment_vals(amount, reason, day, source_key)
        return {**vals, "allocation_id": self.allocation_id.id}


class IntercommunalBillingRun(models.Model):
    """Each shared sum is a line of the invoice."""

    _inherit = "intercommunal.billing.run"

    def _get_group_key(self, line):
        return (*super()._get_group_key(line), line.allocation_id)

    def _prepare_move_line_vals(self, agreement, group, index):
        vals = super()._prepare_move_line_vals(agreement, group, index)
        if group[:1].allocation_id and not group[:1].adjustment_reason:
            vals["name"] = group[:1].name
        return vals
