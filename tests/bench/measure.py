"""The works that are measured, and how."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from odoo import api
from odoo.tests import Form
from odoo.tools.safe_eval import safe_eval

import calls
import seed

BATCH = 1000


@dataclass(frozen=True)
class Work:
    """Something that people wait for.

    ``prepare(env, bench)`` gives the function that is timed, or None when the subject
    has no such thing; ``units`` divides its figures.
    """

    label: str
    prepare: Callable
    units: int = 1


@dataclass(frozen=True)
class Bench:
    """What a preparation may need to know."""

    subject: object
    cast: dict
    recorded: dict

    def call(self, env, name):
        """A recorded call as (model with its context, keyword arguments)."""
        context, kwargs = calls.replay(
            self.recorded[name], uid=env.uid, active_id=self.cast.get("active_id")
        )
        return env[self.subject.model].with_context(**context), kwargs


@dataclass(frozen=True)
class Figure:
    """Median milliseconds and queries of one unit."""

    milliseconds: float
    queries: float


def compare(registry, work, subjects, casts, recorded, runs):
    """Figures of ``work`` by subject; the subjects take turns, once unmeasured.

    :return: {subject: Figure}; a subject without such a thing is absent
    """
    samples = {subject: [] for subject in subjects}
    for _turn in range(runs + 1):
        for subject in subjects:
            bench = Bench(subject, casts[subject.model], recorded[subject.model])
            samples[subject].append(run(registry, work, bench))
    return {
        subject: Figure(
            statistics.median(sample[0] for sample in taken[1:]) / work.units,
            statistics.median(sample[1] for sample in taken[1:]) / work.units,
        )
        for subject, taken in samples.items()
        if taken[0]
    }


def run(registry, work, bench):
    """Once, as a request would: own transaction, empty caches of records.

    What was written is undone, so every run finds the same tables.

    :return: (milliseconds, queries), or None
    """
    with registry.cursor() as cr:
        env = api.Environment(cr, bench.cast["user"], {})
        # what the web client sends with every call
        env = env(
            context={
                **env["res.users"].context_get(),
                "allowed_company_ids": env.companies.ids,
            }
        )
        action = work.prepare(env, bench)
        if not action:
            return None
        env.flush_all()
        env.invalidate_all()
        gc.collect()
        queries, started = cr.sql_log_count, time.perf_counter()
        action()
        env.flush_all()
        cr.precommit.run()  # the lines of the chatter are written here
        elapsed = time.perf_counter() - started
        queries = cr.sql_log_count - queries
        cr.rollback()
        return elapsed * 1000, queries


# ----------------------------------------------------------------------- works


def create_batch(env, bench):
    """What an import does."""
    model = env[bench.subject.model]
    values = [bench.subject.values(bench.cast, number) for number in range(BATCH)]
    return lambda: model.create(values)


def create_one(env, bench):
    """The save of a new form, filled in as a user does: `web_save`."""
    form = Form(env[bench.subject.model])
    for name, value in bench.subject.values(bench.cast, 1).items():
        field = env[bench.subject.model]._fields[name]
        setattr(
            form,
            name,
            env[field.comodel_name].browse(value) if field.relational else value,
        )
    # what `save` sends; what it works out before is the browser's work
    values, spec = form._get_save_values(), form._view["fields_spec"]
    return lambda: form._record.web_save(values, spec)


def board(env, bench):
    """The board with every record on it."""
    model, kwargs = bench.call(env, "board")
    return lambda: model.web_read_group(**{**kwargs, "domain": []})


def board_as_opened(env, bench):
    """The board as its menu opens it, with the filter set by default."""
    model, kwargs = bench.call(env, "board")
    return lambda: model.web_read_group(**kwargs)


def progress_bars(env, bench):
    """The coloured bars above the columns."""
    if "bars" not in bench.recorded:
        return None
    model, kwargs = bench.call(env, "bars")
    return lambda: model.read_progress_bar(**{**kwargs, "domain": []})


def first_page(env, bench):
    """The list's first page."""
    model, kwargs = bench.call(env, "list")
    return lambda: model.web_search_read(**{**kwargs, "domain": []})


def find_word(env, bench):
    """A word typed in the search bar of the list."""
    model, kwargs = bench.call(env, "list")
    domain = search_domain(model, seed.RARE_WORD)
    return lambda: model.web_search_read(**{**kwargs, "domain": domain})


def find_word_alone(env, bench):
    """The same, without reading what the page of the list shows of it."""
    model, kwargs = bench.call(env, "list")
    domain = search_domain(model, seed.RARE_WORD)
    return lambda: len(model.search(domain, limit=kwargs["limit"]))


def find_reference(env, bench):
    """A reference typed where a record is chosen; its subject where it has none."""
    model = env[bench.subject.model]
    last = model.search([], order="id desc", limit=1)
    text = ("reference" in model._fields and last.reference) or last.name
    return lambda: model.name_search(text, limit=8)


def dashboard(env, bench):
    """The direction's figures of the year; the peers have no such page."""
    if bench.subject.model != "intercommunal.request":
        return None
    page = env["intercommunal.dashboard"].create({})
    return page._get_facts


def yearly_report(env, bench):
    """The same year as the page that its PDF is printed from."""
    if bench.subject.model != "intercommunal.request":
        return None
    page = env["intercommunal.dashboard"].create({})
    name = "intercommunal_workflow.report_annual"
    return lambda: env["ir.actions.report"]._render_qweb_html(name, page.ids)


def search_domain(model, text):
    """What the first field of the search view makes of ``text``."""
    arch = model.get_view(view_type="search")["arch"]
    field = etree.fromstring(arch).find(".//field")
    if domain := field.get("filter_domain"):
        return safe_eval(domain, {"self": text})
    return [(field.get("name"), "ilike", text)]


WORKS = (
    Work("create 1,000 in a batch, a record", create_batch, BATCH),
    Work("create one as a user does", create_one),
    Work("open the board, all records, 80 a column", board),
    Work("open the board as its menu does", board_as_opened),
    Work("progress bars of the board", progress_bars),
    Work("list, first 80", first_page),
    Work("find a word, the list", find_word),
    Work("find a word, the search alone", find_word_alone),
    Work("find a reference", find_reference),
    Work("the direction's dashboard, a year", dashboard),
    Work("the yearly report, all but its PDF", yearly_report),
)
