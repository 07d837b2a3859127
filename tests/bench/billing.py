"""Billing a quarter: our runs beside `sale.order._create_invoices`, a line.

Ours are details of 50 communes, filled by SQL; the peer's are confirmed orders, whose
lines become invoice lines one by one, which takes minutes for as many: fewer are made,
and every figure is that of one line.
"""

import gc
import statistics
import tempfile
import tracemalloc
from unittest.mock import patch

from stdnum import luhn

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tools import SQL

import measure

COMMUNES = 50
ORDERS, ORDER_LINES = 50, 10
# More turns would take an hour: the peer makes its invoices in each of them.
RUNS = 3
MOST = 100_000
# A size beyond which only `volume` goes: what is compared is a line's share.
COMPARED = 10_000
# by its name: addons are not on the path yet when this is read
BACKGROUND_ABOVE = (
    "odoo.addons.intercommunal_billing.models.billing_run_background.BACKGROUND_ABOVE"
)
GROUPS = ("intercommunal_workflow.group_intercommunal_finance",)
SALES = ("sales_team.group_sale_manager", "account.group_account_invoice")


class Run:
    """intercommunal.billing.run"""

    model = "intercommunal.billing.run"
    login, groups = "bench-finance", GROUPS

    def fill(self, env, size):
        """``size`` approved uses that wait for a run, with what prices them."""
        self.units = min(size, MOST)
        service = self._get_service(env)
        agreements = self._get_agreements(env, service)
        version = self._get_version(env, service)
        env.flush_all()
        env.cr.execute(SQL("DELETE FROM intercommunal_billing_line"))
        env.cr.execute(
            SQL(
                """
                INSERT INTO intercommunal_billing_line
                    (source_key, company_id, commune_id, service_id, agreement_id,
                     rate_id, rate_version_id, date, kind, unit, name, minutes_real,
                     minutes_billed, hours_billed, quantity, unit_price, coefficient,
                     amount, m57_nature, state, approved_at)
                SELECT 'bench/' || n, agreement.company_id, agreement.commune_id,
                       agreement.service_id, agreement.id, %(rate)s, %(version)s,
                       %(day)s::date - n %% 20, 'labour', 'hour', 'Agent technique',
                       15 * (1 + n %% 30), 15 * (1 + n %% 30), (1 + n %% 30) / 4.0, 0,
                       38.5, 1, round((1 + n %% 30) * 38.5 / 4, 2),
                       CASE WHEN n %% 3 = 0 THEN '70845' ELSE '70875' END, 'open', now()
                  FROM generate_series(1, %(size)s) AS n
                  JOIN intercommunal_agreement agreement
                    ON agreement.id = (%(agreements)s)[1 + n %% %(count)s]
                """,
                rate=version.rate_id.id,
                version=version.id,
                day=fields.Date.today(),
                size=self.units,
                agreements=agreements.ids,
                count=len(agreements),
            )
        )
        env.invalidate_all()

    def _get_service(self, env):
        chart = env["account.chart.template"]
        company = env.company
        if company.chart_template != "fr":
            company.country_id = env.ref("base.fr")
            chart.try_loading("fr", company, install_demo=False)
        found = env["intercommunal.service"].search([("code", "=", "BILLED")])
        return found or found.create({"name": "Facturé", "code": "BILLED"})

    def _get_agreements(self, env, service):
        found = env["intercommunal.agreement"].search([("service_id", "=", service.id)])
        if found:
            return found
        communes = env["res.partner"].create(
            [
                {
                    "name": f"Facturée {number}",
                    "is_commune": True,
                    "insee_code": f"57{number:03d}",
                    "company_registry": siret(number),
                }
                for number in range(COMMUNES)
            ]
        )
        return found.create(
            [
                {
                    "commune_id": commune.id,
                    "service_id": service.id,
                    "date_start": "2020-01-01",
                    "period": "month",
                }
                for commune in communes
            ]
        )

    def _get_version(self, env, service):
        rate = env["intercommunal.rate"].search([("service_id", "=", service.id)])
        rate = rate or rate.create(
            {
                "code": "BENCH",
                "name": "Agent technique",
                "service_id": service.id,
                "version_ids": [
                    Command.create({"date_start": "2020-01-01", "price": 38.5})
                ],
            }
        )
        return rate.version_ids

    def new_run(self, env):
        """A run over everything that waits."""
        service = env["intercommunal.service"].search([("code", "=", "BILLED")])
        today = fields.Date.today()
        return env[self.model].create(
            {
                "service_id": service.id,
                "date_from": today.replace(month=1, day=1),
                "date_to": today,
            }
        )

    def _checked(self, env):
        """A run that was checked at once: `volume` shows what waits."""
        run = self.new_run(env)
        with patch(BACKGROUND_ABOVE, MOST):
            run.action_check()
        return run

    def make(self, env):
        """The invoices, as drafts."""
        run = self._checked(env)
        return lambda: run._check_moves(run._create_moves(run._lock_lines()))

    def post(self, env):
        """The drafts become invoices."""
        run = self._checked(env)
        moves = run._create_moves(run._lock_lines())
        return moves._post

    def whole(self, env):
        """Invoices, posted, and the statements: the button, without the background."""
        run = self._checked(env)
        return lambda: run._end_invoicing(run._post_moves(run._take_lines()))

    def workbook(self, env):
        """The workbook of what was invoiced."""
        run = self._checked(env)
        run._end_invoicing(run._post_moves(run._take_lines()))
        return run._make_workbook


class Order:
    """sale.order, of Odoo itself"""

    model = "sale.order"
    login, groups = "bench-sales", SALES
    units = ORDERS * ORDER_LINES

    def fill(self, env, size):
        """Confirmed orders, whose lines are invoiced as they are ordered."""
        if env[self.model].search_count([("client_order_ref", "=", "bench")], limit=1):
            return
        product = env["product.product"].create(
            {"name": "Bench", "type": "service", "invoice_policy": "order"}
        )
        partners = env["res.partner"].create(
            [{"name": f"Client {number}"} for number in range(ORDERS)]
        )
        orders = env[self.model].create(
            [
                {
                    "partner_id": partner.id,
                    "client_order_ref": "bench",
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": 1 + number,
                                "price_unit": 38.5,
                            }
                        )
                        for number in range(ORDER_LINES)
                    ],
                }
                for partner in partners
            ]
        )
        orders.action_confirm()

    def _orders(self, env):
        return env[self.model].search([("client_order_ref", "=", "bench")])

    def make(self, env):
        """The invoices, as drafts."""
        return self._orders(env)._create_invoices

    def post(self, env):
        """The drafts become invoices."""
        return self._orders(env)._create_invoices()._post

    def whole(self, env):
        """Both."""
        orders = self._orders(env)
        return lambda: orders._create_invoices()._post()

    def workbook(self, _env):
        """There is none."""
        return


def siret(number):
    """An invented SIRET with right keys: a run makes no invoice without."""
    siren = f"2157{number:04d}"
    siren += luhn.calc_check_digit(siren)
    return f"{siren}0001{luhn.calc_check_digit(f'{siren}0001')}"


SIDES = (Run(), Order())
WORKS = (
    measure.Work("billing: invoices made, a line", lambda env, b: b.subject.make(env)),
    measure.Work(
        "billing: invoices posted, a line", lambda env, b: b.subject.post(env)
    ),
    measure.Work(
        "billing: made, posted, with statements, a line",
        lambda env, b: b.subject.whole(env),
    ),
    measure.Work(
        "billing: the workbook, a line", lambda env, b: b.subject.workbook(env)
    ),
)


def measure_all(registry, size, works, runs):
    """Figures by work, and the memory of the workbook.

    :param int runs: as asked for; no more than :data:`RUNS`

    :return: ({work: {side: figure of one line}}, MB)
    """
    return compare(registry, size, works, min(runs, RUNS)), weigh(registry)


def compare(registry, size, works, runs):
    """Fill both sides, measure them in turns, once unmeasured.

    :return: {work: {side: figure of one line}}
    """
    casts = {}
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        for side in SIDES:
            side.fill(env, size)
            casts[side] = {"user": get_user(env, side).id}
    results = {}
    for work in works:
        samples = {side: [] for side in SIDES}
        for _turn in range(runs + 1):
            for side in SIDES:
                bench = measure.Bench(side, casts[side], {})
                samples[side].append(measure.run(registry, work, bench))
        results[work] = {
            side: measure.Figure(
                *(
                    statistics.median(sample[column] for sample in taken[1:])
                    / side.units
                    for column in (0, 1)
                )
            )
            for side, taken in samples.items()
            if taken[0]
        }
    return results


def get_user(env, side):
    """Who bills: the smallest rights that do."""
    user = env["res.users"].search([("login", "=", side.login)])
    return user or user.create(
        {
            "name": side.login,
            "login": side.login,
            "password": side.login,
            "group_ids": [Command.link(env.ref(group).id) for group in side.groups],
        }
    )


def totals(size, figures, weight):
    """What the budgets of a run are written in: seconds and queries of all its lines.

    :param int size: its number of lines
    :param dict figures: what :func:`compare` gave
    :param float weight: MB that the workbook took at its peak
    """
    ours = SIDES[0]
    lines = [f"### A run of {size:,} details for {COMMUNES} communes\n"]
    lines += [
        f"- {work.label.removesuffix(', a line')}:"
        f" {figure[ours].milliseconds * size / 1000:.1f} s,"
        f" {figure[ours].queries * size:.0f} queries"
        for work, figure in figures.items()
    ]
    lines.append(f"- billing: the workbook, memory at its peak: {weight:.0f} MB")
    return "\n".join(lines) + "\n"


def weigh(registry):
    """Memory that Python takes at its peak for the workbook, in MB."""
    ours = SIDES[0]
    with registry.cursor() as cr:
        user = get_user(api.Environment(cr, SUPERUSER_ID, {}), ours)
        env = api.Environment(cr, user.id, {})
        run = ours._checked(env)
        env.flush_all()
        env.invalidate_all()
        gc.collect()
        with tempfile.TemporaryFile() as stream:
            tracemalloc.start()
            run._write_workbook(stream)
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        cr.rollback()
    return peak / 1e6
