from datetime import date

from odoo import fields, models
from odoo.fields import Domain

from ..models.request_analysis import PRICE_GROUPS


class IntercommunalDashboard(models.TransientModel):
    """The cost among the figures, and what the agreements foresaw of the year beside
    what was used, for those who read prices."""

    _inherit = "intercommunal.dashboard"

    figure_cost = fields.Char("Cost", compute="_compute_figures", groups=PRICE_GROUPS)
    figure_forecast = fields.Char(
        "Forecast used", compute="_compute_figures", groups=PRICE_GROUPS
    )

    def _more_cards(self):
        cards = super()._more_cards()
        analysis = self.env["intercommunal.request.analysis"]
        if "cost:sum" in analysis._get_measures():
            cards = [*cards, ("cost", self.env._("Cost"), "€", None)]
        return cards

    def _get_figure_domains(self):
        return {**super()._get_figure_domains(), "cost": Domain("cost", "!=", 0)}

    # ------------------------------------------------------ forecast against use

    def _get_facts(self):
        facts, forecast = super()._get_facts(), self._get_forecast_facts()
        cards = facts["cards"]
        if forecast:
            card = {
                "name": "forecast",
                "label": self.env._("Forecast used"),
                "value": forecast["share"],
                "unit": "%",
                "delta": None,
                "is_better": None,
            }
            cards = [*cards, card]
        return {**facts, "cards": cards, "forecast": forecast}

    def _get_forecast_facts(self):
        """What the agreements foresee of the year of the period, and what was used.

        An agreement holds a forecast of use in units (CGCT D5211-16). As many queries
        whatever the number of agreements.

        :return: dict year, elapsed (percentage of the year that is over), share
            (percentage of the foreseen sum that is used, or None), rates and communes
            (lists of dict), other (sum of what no agreement foresaw); None for whoever
            reads no forecast
        """
        self.ensure_one()
        forecasts = self.env["intercommunal.agreement.forecast"]
        if not forecasts.has_access("read"):
            return None
        year = (self.date or fields.Date.context_today(self)).year
        found = forecasts.search(self._get_forecast_domain(year))
        used, other = self._get_used_amounts(year, found)
        communes = [
            self._compare(
                {"commune": commune},
                sum(group.mapped("amount")),
                sum(used.get(self._get_use_key(one), 0.0) for one in group),
            )
            for commune, group in found.grouped("commune_id").items()
        ]
        foreseen = sum(row["foreseen"] for row in communes)
        total = self._compare({}, foreseen, sum(row["used"] for row in communes))
        return {
            "year": year,
            "elapsed": self._get_elapsed(year),
            "share": total["share"],
            "total": total,
            "rates": self._compare_rates(found),
            "communes": sorted(communes, key=lambda row: -row["foreseen"]),
            "other": other,
        }

    def _get_forecast_domain(self, year):
        return self._get_scope_domain() & Domain("year", "=", year)

    def _get_use_key(self, forecast):
        return forecast.agreement_id.id, forecast.rate_id.id

    def _get_used_amounts(self, year, forecasts):
        """What the uses of the year cost, in one query.

        :return: dict (agreement id, rate id) → amount of what ``forecasts`` foresee,
            and the amount of everything else
        """
        domain = self._get_scope_domain() & Domain("date", ">=", date(year, 1, 1))
        domain &= Domain("date", "<=", date(year, 12, 31))
        domain &= Domain("waived_reason", "=", False)
        rows = self.env["intercommunal.billing.line"]._read_group(
            domain, ["agreement_id", "rate_id"], ["amount:sum"]
        )
        foreseen = set(map(self._get_use_key, forecasts))
        amounts = {(agreement.id, rate.id): amount for agreement, rate, amount in rows}
        other = sum(amount for key, amount in amounts.items() if key not in foreseen)
        return amounts, other

    def _compare_rates(self, forecasts):
        """Units foreseen and used by rate, those of one service together."""
        units = dict(
            self.env["intercommunal.rate"]
            ._fields["unit"]
            ._description_selection(self.env)
        )
        return [
            self._compare(
                {"rate": rate, "service": rate.service_id, "unit": units[rate.unit]},
                sum(group.mapped("units")),
                sum(group.mapped("used_units")),
            )
            for rate, group in sorted(
                forecasts.grouped("rate_id").items(),
                key=lambda item: (
                    item[0].service_id.sequence,
                    item[0].service_id.name,
                    item[0].code,
                ),
            )
        ]

    def _compare(self, row, foreseen, used):
        return {
            **row,
            "foreseen": foreseen,
            "used": used,
            "left": foreseen - used,
            "share": round(100 * used / foreseen) if foreseen else None,
        }

    def _get_elapsed(self, year):
        today = fields.Date.context_today(self)
        first, after = date(year, 1, 1), date(year + 1, 1, 1)
        days = min(max((today - first).days + 1, 0), (after - first).days)
        return round(100 * days / (after - first).days)

    def action_forecasts(self):
        """What each agreement foresees and uses, rate by rate."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_billing.intercommunal_agreement_forecast_action"
        )
        year = (self.date or fields.Date.context_today(self)).year
        return {
            **action,
            "domain": list(self._get_forecast_domain(year)),
            "context": {"default_year": year},
        }
