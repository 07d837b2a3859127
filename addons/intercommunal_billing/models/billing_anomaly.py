from odoo import fields, models

# What the check may find → whom it stops. "run": everything, "commune": that commune's
# lines wait for the next run, "warning": nothing.
SEVERITIES = {
    "no_journal": "run",
    "locked": "run",
    "no_agreement": "commune",
    "expired_agreement": "commune",
    "no_rate": "commune",
    "no_price": "commune",
    "zero_price": "commune",
    "no_duration": "commune",
    "altered": "commune",
    "archived": "commune",
    "no_siret": "commune",
    "bad_siret": "commune",
    "no_engagement": "commune",
    "no_service_code": "commune",
    "no_account": "commune",
    "no_tax": "commune",
    "failed": "commune",
    "late_year": "warning",
    "early": "warning",
    "facturx_seller": "warning",
    "facturx_buyer": "warning",
}
_RANKS = ("run", "commune", "warning")


class IntercommunalBillingAnomaly(models.Model):
    """What is wrong before a run is invoiced: one sentence, and what to open.

    Written by the check alone, made anew by each; read as the run.
    """

    _name = "intercommunal.billing.anomaly"
    _description = "Anomaly of a Billing Run"
    _order = "sequence, insee_code, code, id"

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
        "res.partner", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    insee_code = fields.Char(related="commune_id.insee_code", store=True)
    code = fields.Selection(
        [
            ("no_journal", "No sales journal"),
            ("locked", "Locked accounts"),
            ("no_agreement", "No agreement"),
            ("expired_agreement", "Expired agreement"),
            ("no_rate", "No rate"),
            ("no_price", "No price on that day"),
            ("zero_price", "Price of zero"),
            ("no_duration", "No duration"),
            ("altered", "Not what was approved"),
            ("archived", "Archived commune"),
            ("no_siret", "No SIRET"),
            ("bad_siret", "Wrong SIRET"),
            ("no_engagement", "No engagement"),
            ("no_service_code", "No service code"),
            ("no_account", "No income account"),
            ("no_tax", "No tax"),
            ("failed", "Could not be invoiced"),
            ("late_year", "Work of another year"),
            ("early", "Billed by another period"),
            ("facturx_seller", "Factur-X: issuer"),
            ("facturx_buyer", "Factur-X: commune"),
        ],
        "What is wrong",
        required=True,
        readonly=True,
    )
    severity = fields.Selection(
        [
            ("run", "Stops the run"),
            ("commune", "Stops the commune"),
            ("warning", "To know"),
        ],
        "Consequence",
        required=True,
        readonly=True,
    )
    sequence = fields.Integer(readonly=True)
    name = fields.Text("What to do", required=True, readonly=True)
    line_count = fields.Integer("Lines", readonly=True)
    amount = fields.Monetary(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    def _prepare_vals(self, code, text, commune, culprit, lines):
        """Values of an anomaly.

        :param str code: a key of ``SEVERITIES``
        :param str text: what is wrong, with which record, what to do
        :param commune: whom it concerns, may be empty
        :param culprit: what to open: a record, an empty recordset for a list of its
            model, or None for the lines
        :param lines: the billing lines that it concerns
        """
        severity = SEVERITIES[code]
        return {
            "commune_id": commune.id,
            "code": code,
            "severity": severity,
            "sequence": _RANKS.index(severity),
            "name": text,
            "line_count": len(lines),
            "amount": float(lines._get_total()),
            "res_model": culprit is not None and culprit._name,
            "res_id": culprit.id if culprit else 0,
        }

    # ----------------------------------------------------------------- windows

    def action_open(self):
        """Open what is wrong, with the rights of who asks.

        :return: the window action of the culprit: its form, or the list to choose from
        """
        self.ensure_one()
        self.check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["code"]._description_selection(self.env))[
                self.code
            ],
            "res_model": self.res_model or "intercommunal.billing.line",
        }
        if self.res_id:
            return {
                **action,
                "res_id": self.res_id,
                "view_mode": "form",
                "views": [(False, "form")],
            }
        if self.res_model:
            domain, context = self._get_choice()
        else:
            domain, context = self._get_lines_domain(), {"create": False}
        return {
            **action,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": domain,
            "context": context,
        }

    def _get_choice(self):
        """Where the missing record is chosen or made: domain, and defaults."""
        run = self.run_id
        if self.res_model == "account.journal":
            domain = [("company_id", "=", run.company_id.id)]
            return domain, {"default_type": "sale", "active_test": False}
        domain = [("service_id", "=", run.service_id.id)]
        context = {"default_service_id": run.service_id.id, "active_test": False}
        if self.res_model == "intercommunal.agreement":
            domain.append(("commune_id", "=", self.commune_id.id))
            context["default_commune_id"] = self.commune_id.id
        return domain, context

    def _get_lines_domain(self):
        """The billing lines that it concerns."""
        run = self.run_id
        if self.code == "late_year":
            return [
                *run._get_late_year_domain(),
                ("commune_id", "=", self.commune_id.id),
            ]
        if self.code == "early":
            return list(run._get_early_domain())
        return [("run_id", "=", run.id), ("commune_id", "=", self.commune_id.id)]
