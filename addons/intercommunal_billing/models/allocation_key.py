from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class IntercommunalAllocationKey(models.Model):
    """Among which communes a sum is shared, and in which proportions."""

    _name = "intercommunal.allocation.key"
    _description = "Allocation Key"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    basis = fields.Selection(
        [
            ("population", "Population"),
            ("use", "Use of the service"),
            ("equal", "Equal shares"),
            ("custom", "Weights"),
        ],
        "In proportion to",
        default="population",
        required=True,
        help="Use: the billed hours of the period that is shared.",
    )
    deliberation = fields.Char(help="Number of the deliberation that approved it.")
    line_ids = fields.One2many(
        "intercommunal.allocation.key.line", "key_id", "Communes", copy=True
    )
    allocation_ids = fields.One2many("intercommunal.allocation", "key_id", "Sums")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for key in self:
            if key.allocation_ids:
                raise UserError(
                    self.env._(
                        "“%(name)s” was already used: archive it instead.",
                        name=key.name,
                    )
                )

    def _get_weights(self, service, first, last):
        """The weight of each commune over a period, in the order of the INSEE code.

        :param service: whose use counts
        :param date first: first day of the period
        :param date last: last day, which decides the communes of the key
        :return: dict commune → number
        :raises UserError: nobody to share with, or a population that is missing
        """
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: (
                (not line.date_start or line.date_start <= last)
                and (not line.date_end or line.date_end >= last)
            )
        )
        weights = getattr(self, f"_get_{self.basis}_weights")(
            lines, service, first, last
        )
        if not sum(weights.values()):
            raise UserError(
                self.env._(
                    "“%(name)s” has no weight over this period: nobody to share with.",
                    name=self.name,
                )
            )
        return dict(
            sorted(
                weights.items(), key=lambda item: (item[0].insee_code or "", item[0].id)
            )
        )

    def _get_population_weights(self, lines, _service, _first, _last):
        communes = lines.commune_id
        unknown = communes.filtered(lambda c: c.intercommunal_population <= 0)
        if unknown:
            raise UserError(
                self.env._(
                    "The population of %(communes)s is missing: enter it on its card.",
                    communes=", ".join(unknown.mapped("name")),
                )
            )
        return {commune: commune.intercommunal_population for commune in communes}

    def _get_use_weights(self, lines, service, first, last):
        minutes = dict(
            self.env["intercommunal.billing.line"]._read_group(
                Domain("company_id", "=", self.company_id.id)
                & Domain("service_id", "=", service.id)
                & Domain("commune_id", "in", lines.commune_id.ids)
                & Domain("date", ">=", first)
                & Domain("date", "<=", last)
                & Domain("kind", "=", "labour")
                & Domain("waived_reason", "=", False),
                ["commune_id"],
                ["minutes_billed:sum"],
            )
        )
        return {commune: minutes.get(commune, 0) for commune in lines.commune_id}

    def _get_equal_weights(self, lines, _service, _first, _last):
        return dict.fromkeys(lines.commune_id, 1)

    def _get_custom_weights(self, lines, _service, _first, _last):
        # thousandths: a float would make a tie of what is none
        return {line.commune_id: round(line.weight * 1000) for line in lines}
