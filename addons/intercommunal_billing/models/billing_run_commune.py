from odoo import api, fields, models


class IntercommunalBillingRunCommune(models.Model):
    """What a run charges to one commune, against the same period of last year.

    Written by the run alone: shown before anything is invoiced, kept afterwards.
    """

    _name = "intercommunal.billing.run.commune"
    _description = "Commune of a Billing Run"
    _order = "run_id, insee_code, id"
    _rec_name = "commune_id"

    run_id = fields.Many2one(
        "intercommunal.billing.run",
        "Billing run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    commune_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    insee_code = fields.Char(related="commune_id.insee_code", store=True)
    line_count = fields.Integer("Lines", readonly=True)
    late_count = fields.Integer("Earlier period", readonly=True)
    hours = fields.Float("Agent hours", readonly=True)
    amount = fields.Monetary("To invoice", readonly=True)
    last_year = fields.Monetary("Same period last year", readonly=True)
    difference = fields.Monetary(compute="_compute_difference", store=True)
    change = fields.Float(
        compute="_compute_difference",
        store=True,
        aggregator=None,
        help="Against the same period of last year; empty where it charged nothing.",
    )
    state = fields.Selection(
        [
            ("queued", "To come"),
            ("ready", "Ready"),
            ("blocked", "Waits"),
            ("billed", "Invoiced"),
            ("settled", "Without invoice"),
        ],
        required=True,
        readonly=True,
    )
    move_ids = fields.Many2many(
        "account.move",
        compute="_compute_move_ids",
        string="Invoice",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    _commune_uniq = models.Constraint(
        "UNIQUE(run_id, commune_id)", "A commune is in a run once."
    )

    @api.depends("amount", "last_year")
    def _compute_difference(self):
        for row in self:
            row.difference = row.amount - row.last_year
            row.change = row.difference / row.last_year if row.last_year else 0.0

    @api.depends("run_id.move_ids.partner_id")
    def _compute_move_ids(self):
        moves = {
            key: group
            for key, group in self.run_id.move_ids.grouped(
                lambda move: (move.intercommunal_run_id, move.partner_id)
            ).items()
        }
        for row in self:
            row.move_ids = moves.get((row.run_id, row.commune_id), False)

    def action_open_lines(self):
        """Window of the lines of this commune in the run."""
        self.ensure_one()
        self.check_access("read")
        run = self.run_id
        domain = [("commune_id", "=", self.commune_id.id)]
        if self.state == "blocked" and run.state not in ("draft", "checked"):
            # given back since
            domain += [("service_id", "=", run.service_id.id), ("state", "=", "open")]
        else:
            domain.append(("run_id", "=", run.id))
        return {**run.action_open_lines(), "domain": domain}
