"""Each agreement says how often it is billed: a shorter run leaves its uses alone."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools import periods


class IntercommunalBillingRun(models.Model):
    """A run over a quarter leaves what is billed by year to the run that ends it."""

    _inherit = "intercommunal.billing.run"

    @api.onchange("service_id")
    def _onchange_service_id(self):
        """Propose the last period of the service's agreements, unless one was chosen."""
        if (self.date_from, self.date_to) != self._get_last_quarter():
            return
        kinds = self.env["intercommunal.agreement"]._read_group(
            [
                ("service_id", "=", self.service_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            ["period"],
            ["__count"],
            order="__count DESC",
            limit=1,
        )
        for kind, _count in kinds:
            last = periods.last_period(kind, fields.Date.context_today(self))
            self.date_from, self.date_to = last.start, last.end

    def _get_unfinished(self):
        """The kinds of periods that this run is shorter than and does not end.

        :return: dict kind → :class:`~..tools.periods.Period` in which the run ends
        """
        self.ensure_one()
        months = 1 + self.date_to.month - self.date_from.month
        unfinished = {}
        for kind, count in periods.MONTHS.items():
            [period] = periods.list_periods(kind, self.date_to, self.date_to)
            if months < count and self.date_to < period.end:
                unfinished[kind] = period
        return unfinished

    def _get_gather_domain(self):
        domain = super()._get_gather_domain()
        for kind, period in self._get_unfinished().items():
            domain &= ~self._get_period_domain(kind, period)
        return domain

    def _get_period_domain(self, kind, period):
        """What agreements that are billed by ``kind`` used in ``period``."""
        return Domain("agreement_id", "any", [("period", "=", kind)]) & Domain(
            "date", ">=", period.start
        )

    def _get_early_domain(self):
        """Open uses up to the end of this run that wait for the end of their period."""
        return (
            super()._get_gather_domain()
            & Domain("state", "=", "open")
            & Domain.OR(
                self._get_period_domain(kind, period)
                for kind, period in self._get_unfinished().items()
            )
        )

    def _find_early(self):
        """What waits: text, number of uses, amount; one for each kind of period."""
        unfinished = self._get_unfinished()
        labels = dict(
            self.env["intercommunal.agreement"]
            ._fields["period"]
            ._description_selection(self.env)
        )
        rows = self.env["intercommunal.billing.line"]._read_group(
            self._get_early_domain(),
            ["agreement_id"],
            ["__count", "amount:sum"],
        )
        early = {}
        for agreement, count, amount in rows:
            agreements, uses, total = early.get(agreement.period, (0, 0, 0.0))
            early[agreement.period] = (agreements + 1, uses + count, total + amount)
        for kind, (agreements, uses, total) in early.items():
            text = self.env._(
                "Agreements billed by another period (%(period)s): %(count)s. Their uses"
                " wait for a run that ends on %(date)s.",
                period=labels[kind].lower(),
                count=agreements,
                date=format_date(self.env, unfinished[kind].end),
            )
            yield text, uses, total

    def _find_run_anomalies(self):
        return [
            *super()._find_run_anomalies(),
            *(
                {
                    **self._prepare_anomaly_vals("early", text),
                    "line_count": uses,
                    "amount": total,
                }
                for text, uses, total in self._find_early()
            ),
        ]

    def _get_nothing_text(self):
        early = [text for text, _uses, _total in self._find_early()]
        return " ".join([super()._get_nothing_text(), *early])
