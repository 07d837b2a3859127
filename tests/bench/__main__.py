"""Measures our requests beside their peers, in one run on one database.

    python tests/bench --config odoo.conf --database bench --rows 1000,10000,100000

The database is for nothing else: it is filled with as many records as asked. It has
the addons of both sides. Times depend on the machine and are only worth their ratio;
query counts are exact.
"""

import argparse
import os
import platform
import re
import sys

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

import billing
import calls
import measure
import seed
import table
import volume
import waiting
from peers import SUBJECTS


def main(arguments):
    """Run what the arguments ask for; the tables go to the standard output."""
    options = parse(arguments)
    registry = open_registry(options)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        seed.claim(env)
        casts = {subject.model: subject.cast(env) for subject in SUBJECTS}
    if options.record:
        import record

        return record.record(options, casts)
    if options.field:
        import field_page

        return field_page.measure(options)
    return run(registry, casts, options)


def parse(arguments):
    """The options."""
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--config", required=True, help="odoo.conf")
    parser.add_argument("--database", required=True)
    parser.add_argument(
        "--rows",
        default="10000",
        type=sizes,
        help="sizes, as 1000,10000,200000,1000000",
    )
    parser.add_argument("--runs", default=7, type=int, help="the median counts")
    parser.add_argument(
        "--only",
        default="",
        type=re.compile,
        help="works whose name matches, as board|list",
    )
    parser.add_argument(
        "--field",
        action="store_true",
        help="the field page beside the board, on a slow network, and nothing else",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="write calls.json anew: what the web client asks, seen in Chromium",
    )
    return parser.parse_args(arguments)


def sizes(text):
    """Sizes in rising order: a table only ever grows during a run."""
    return sorted(int(size) for size in text.split(","))


def open_registry(options):
    """Odoo's registry of the database, with our configuration."""
    config.parse_config(
        ["-c", options.config, "-d", options.database, "--no-http", "--log-level=error"]
    )
    return Registry(options.database)


def run(registry, casts, options):
    """Fill, measure, print, at each size."""
    works = [work for work in measure.WORKS if options.only.search(work.label)]
    asked = [work for work in waiting.WORKS if options.only.search(work.label)]
    billed = [work for work in billing.WORKS if options.only.search(work.label)]
    recorded = calls.load()
    with registry.cursor() as cr:
        env = api.Environment(cr, casts[SUBJECTS[0].model]["user"], {})
        if calls.is_stale(env, SUBJECTS[0], recorded[SUBJECTS[0].model]):
            progress("note: our board has changed since; record the calls anew")
    results, waited, bills, volumes = {}, {}, {}, {}
    for size in options.rows:
        progress(f"{size:,} records: filling")
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for subject in SUBJECTS if works or asked else ():
                seed.fill(env, subject, casts[subject.model], size)
        seed.vacuum(
            registry,
            [table for subject in SUBJECTS for table in subject.tables],
        )
        results[size] = {}
        for work in works:
            progress(f"{size:,} records: {work.label}")
            results[size][work] = measure.compare(
                registry, work, SUBJECTS, casts, recorded, options.runs
            )
        if billed and size <= billing.COMPARED:
            progress(f"{size:,} records: billing")
            bills[size] = billing.measure_all(registry, size, billed, options.runs)
        if options.only.search(volume.LABEL) and size <= billing.MOST:
            progress(f"{size:,} records: {volume.LABEL}")
            volumes[size] = volume.measure(registry, size)
        if asked:
            progress(f"{size:,} records: waiting for me")
            waited[size] = waiting.compare(
                registry,
                lambda cr: api.Environment(cr, SUPERUSER_ID, {}),
                casts[SUBJECTS[0].model]["user"],
                size,
                asked,
                options.runs,
            )
    return show(registry, options, results, waited, bills, volumes)


def show(registry, options, results, waited, bills, volumes):
    """Print the tables.

    :return: the exit code
    """
    print(heading(registry, options))
    for size, figures in results.items():
        print(table.comparison(size, figures, SUBJECTS))
    for size, figures in waited.items():
        print(table.comparison(size, figures, waiting.SIDES))
    for size, (figures, weight) in bills.items():
        print(table.comparison(size, figures, billing.SIDES))
        print(billing.totals(size, figures, weight))
    if volumes:
        print(volume.show(volumes))
    if len(results) > 1:
        print(table.growth(results, SUBJECTS[0]))
    return 0


def heading(registry, options):
    """On what it was measured."""
    with registry.cursor() as cr:
        cr.execute("SHOW server_version")
        [postgres] = cr.fetchone()
    return (
        f"Odoo {odoo.release.version}, PostgreSQL {postgres.split()[0]},"
        f" Python {platform.python_version()}, {os.cpu_count()} cores;"
        f" median of {options.runs} alternating runs, each in a transaction of its own"
        " with empty caches of records; real users, no superuser.\n"
    )


def progress(text):
    """A line for the person who waits; the table alone is on the standard output."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
