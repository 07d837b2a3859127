"""A large run as finance lives it: pressed once, made in the background, taken out.

Nothing is compared here; it is shown that time grows with the number of uses, that
memory does not, and that every total is the same to the cent.
"""

import base64
import csv
import gc
import io
import time
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import openpyxl

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

import billing
import table

LABEL = "billing: a whole run in the background"
MODEL = "intercommunal.billing.run"
PHASES = {
    "check": "the button of the check",
    "checking": "check (anomalies, quotas, dry run)",
    "press": "the button of the invoices",
    "background": "invoices made and posted, statements",
    "ask": "the button of the workbook",
    "workbook": "workbook, written and kept",
    "titres": "file of titres",
}


def measure(registry, size):
    """Bill ``size`` uses and add them up wherever they are written.

    :return: {phase: (seconds, those of the processor, queries, MB that the process
        grew by at its peak)}, and {where: total}
    """
    ours = billing.SIDES[0]
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        ours.fill(env, size)
        user = billing.get_user(env, ours)
    # commits are what the background lives by: here they only send what they would
    # commit, and all of it is undone at the end
    with registry.cursor() as cr, patch.object(type(cr), "commit", send):
        env = api.Environment(cr, user.id, {})
        env = env(context={**env["res.users"].context_get()})
        # whose headers are looked for below
        env.company.sudo().partner_id.lang = "en_US"
        run = ours.new_run(env)
        titres = []
        phases = {}
        work_on = run.with_user(SUPERUSER_ID)._cron_invoice
        for name, work in {
            "check": run.action_check,
            "checking": work_on,
            "press": run.action_invoice,
            "background": work_on,
            "ask": run.action_export_xlsx,
            "workbook": work_on,
            "titres": lambda: titres.append(
                run.titre_map_id._write_titres(run._prepare_titres())
            ),
        }.items():
            with observe(env, phases, name):
                work()
        totals = add_up(run, titres[0])
        cr.rollback()
    return phases, totals


def send(cr):
    """What a commit does, but for the commit."""
    cr.flush()
    cr.clear()


@contextmanager
def observe(env, phases, name):
    """Note what happens meanwhile under ``name``."""
    env.flush_all()
    env.invalidate_all()
    gc.collect()
    start_peak()
    before, queries, started, worked = (
        memory("VmRSS"),
        env.cr.sql_log_count,
        time.perf_counter(),
        time.process_time(),
    )
    yield
    env.flush_all()
    phases[name] = (
        time.perf_counter() - started,
        time.process_time() - worked,
        env.cr.sql_log_count - queries,
        memory("VmHWM") - before,
    )


def start_peak():
    """Linux counts the highest memory of this process from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def memory(name):
    """MB of this process, as Linux counts them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise KeyError(name)


def add_up(run, titres):
    """The total, wherever it is written; each is added from its own lines.

    :return: {where: Decimal}
    """
    [[details]] = run.env.execute_query(
        SQL(
            "SELECT SUM(amount) FROM intercommunal_billing_line WHERE run_id = %s",
            run.id,
        )
    )
    content = base64.b64decode(run.export_ids.file)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    rows = csv.DictReader(io.StringIO(titres.decode("iso-8859-1")), delimiter=";")
    return {
        "details": details,
        "invoices": add(run.move_ids.mapped("amount_untaxed_signed")),
        "statements": add(run.statement_ids.mapped("amount_untaxed")),
        "workbook, detail": add(column(book["Detail"], "Amount")),
        # its last row is the total of the others
        "workbook, summary": add(column(book["Summary"], "Total excl. VAT")[:-1]),
        "file of titres": add(row["Montant HT"].replace(",", ".") for row in rows),
    }


def add(amounts):
    """Their sum, exact."""
    return sum((Decimal(str(amount)) for amount in amounts), Decimal("0.00"))


def column(sheet, header):
    """The values below ``header``, which stands in the first row."""
    rows = sheet.iter_rows(values_only=True)
    index = next(rows).index(header)
    return [row[index] for row in rows]


def show(results):
    """The figures by size, and whether everything adds up.

    :param dict results: {size: what :func:`measure` gave}
    """
    sizes = sorted(results)
    rows = [["a run in the background", *(f"{size:,} uses" for size in sizes)]]
    for name, label in PHASES.items():
        cells = [results[size][0][name] for size in sizes]
        rows.append(
            [
                label,
                *(
                    f"{s:.1f} s (CPU {cpu:.1f}), {q} q, +{mb:.0f} MB"
                    for s, cpu, q, mb in cells
                ),
            ]
        )
    lines = [table.markdown(rows), ""]
    for size in sizes:
        totals = results[size][1]
        same = len(set(totals.values())) == 1
        lines.append(
            f"- {size:,} uses: {'one total' if same else 'DIFFERENT TOTALS'}: "
            + ", ".join(f"{where} {total:,.2f}" for where, total in totals.items())
        )
    return "### A large run, and what it adds up to\n\n" + "\n".join(lines) + "\n"
