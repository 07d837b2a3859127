from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalBillingAdjust(models.TransientModel):
    """Corrects a line by another one, with a reason."""

    _name = "intercommunal.billing.adjust"
    _description = "Adjust a Billing Line"

    line_id = fields.Many2one(
        "intercommunal.billing.line", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="line_id.currency_id")
    commune_id = fields.Many2one(related="line_id.commune_id")
    charged = fields.Monetary(
        "Charged so far", related="line_id.adjusted_amount", readonly=True
    )
    amount = fields.Monetary(
        "What it should be",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="The difference goes to the next run.",
    )
    difference = fields.Monetary(compute="_compute_difference")
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="The run of this day charges the difference.",
    )
    reason = fields.Char(required=True, help="Printed on the invoice.")

    @api.depends("line_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.line_id.adjusted_amount

    @api.depends("amount", "line_id")
    def _compute_difference(self):
        for wizard in self:
            wizard.difference = wizard.amount - wizard.charged

    def action_apply(self):
        """Add the line that makes the difference.

        :raises UserError: nothing to adjust, or a line that charges nothing
        """
        self.ensure_one()
        # prices are the finance office's
        self.env["intercommunal.rate"].check_access("create")
        self.line_id.check_access("read")
        line = self.line_id
        corrects = line.adjustment_reason and line.origin_line_id
        if line.anomaly or line.waived_reason or corrects:
            raise UserError(
                self.env._(
                    "“%(name)s” charges nothing of its own: adjust the line that does.",
                    name=line.display_name,
                )
            )
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why: the commune reads the reason."))
        # rows of this table are written by the finance methods alone, checked above
        if not line.sudo()._adjust_to(self.amount, reason, self.date):
            raise UserError(
                self.env._("The amount does not change: nothing to adjust.")
            )
        if line.is_contested:
            line._settle_contest("adjust", reason)
        return {"type": "ir.actions.act_window_close"}


class IntercommunalRateSettle(models.TransientModel):
    """The year-end balance of a provisional price."""

    _name = "intercommunal.rate.settle"
    _description = "Year-end Balance of a Price"

    version_id = fields.Many2one(
        "intercommunal.rate.version", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="version_id.currency_id")
    price = fields.Float(
        "Provisional price", related="version_id.price", digits=(16, 4)
    )
    final_price = fields.Float(required=True, digits=(16, 4))
    unit_cost_id = fields.Many2one(
        "intercommunal.unit.cost", "Worksheet", readonly=True, ondelete="cascade"
    )
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="The run of this day charges the balance.",
    )
    reason = fields.Char(
        required=True,
        default=lambda self: self.env._("Balance of the provisional price"),
        help="Printed on the invoice.",
    )
    line_ids = fields.One2many(
        "intercommunal.rate.settle.line",
        "wizard_id",
        "By commune",
        compute="_compute_line_ids",
    )
    total = fields.Monetary(compute="_compute_line_ids")

    @api.depends("version_id", "final_price")
    def _compute_line_ids(self):
        rows = self.env["intercommunal.rate.settle.line"]
        for wizard in self:
            differences = wizard._get_differences()
            wizard.line_ids = rows.concat(
                *(
                    rows.new(
                        {
                            "wizard_id": wizard.id,
                            "commune_id": commune.id,
                            "amount": float(amount),
                        }
                    )
                    for commune, (_lines, amount) in differences.items()
                )
            )
            wizard.total = float(sum(amount for _lines, amount in differences.values()))

    def _get_differences(self):
        """What each commune is charged more: dict commune → (lines, Decimal)."""
        version = self.version_id
        if not version or not self.final_price:
            return {}
        # prices are the finance office's; so is what they charged
        self.env["intercommunal.rate"].check_access("create")
        return {
            commune: (lines, amount)
            for commune, lines in version._get_charged().items()
            if (amount := version._get_difference(lines, self.final_price))
        }

    def action_apply(self):
        """Charge or give back the difference, once, and make the price final.

        :raises UserError: the price is final already, or does not change
        """
        self.ensure_one()
        self.env["intercommunal.rate"].check_access("create")
        version = self.version_id
        version.check_access("write")
        if version.status == "final":
            raise UserError(
                self.env._("“%(name)s” is final already.", name=version.display_name)
            )
        if self.final_price <= 0:
            raise UserError(self.env._("Enter the price that the year really cost."))
        vals_list = [
            lines[-1:]._prepare_adjustment_vals(
                amount,
                self.reason,
                self.date,
                f"settle/{version.id}/{commune.id}",
            )
            for commune, (lines, amount) in self._get_differences().items()
        ]
        for vals in vals_list:
            # of all the uses of the year, not of the last one
            vals["origin_line_id"] = False
        self.env["intercommunal.billing.line"].sudo()._create_guarded(vals_list)
        version.write({"status": "final", "final_price": self.final_price})
        cost = self.unit_cost_id
        if cost.state == "draft" and cost.rate_id == version.rate_id:
            cost._check_can("action_apply")
            cost._transition("applied", {"version_id": version.id})
        return {"type": "ir.actions.act_window_close"}


class IntercommunalRateSettleLine(models.TransientModel):
    """What a commune is charged more, or gets back."""

    _name = "intercommunal.rate.settle.line"
    _description = "Balance of a Commune"

    wizard_id = fields.Many2one("intercommunal.rate.settle", ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    commune_id = fields.Many2one("res.partner", readonly=True)
    amount = fields.Monetary(readonly=True)
