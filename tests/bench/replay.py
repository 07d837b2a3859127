"""Replays a year of cases: how long it takes, and how many queries.

    python tests/bench/replay.py --config odoo.conf --database bench --cases 5000

The database is for nothing else. Each case is a copy of one real report that a referent
and a mayor approved; communes, people and days differ.
"""

import argparse
import sys
import time
from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry
from odoo.tests import new_test_user
from odoo.tools import SQL, config

import seed

COMMUNES = 50
GROUP = "intercommunal_workflow.group_intercommunal_"
# In the order in which they refer to each other.
TABLES = (
    "intercommunal_request",
    "intercommunal_intervention",
    "intercommunal_report",
    "intercommunal_validation",
    "intercommunal_validation_step",
    "intercommunal_decision",
    "intercommunal_validation_seat",
)


def main(arguments):
    """Fill the database as far as asked, replay, print."""
    options = parse(arguments)
    config.parse_config(
        ["-c", options.config, "-d", options.database, "--no-http", "--log-level=error"]
    )
    registry = Registry(options.database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        seed.claim(env)
        cast = find_cast(env) or make_cast(env)
        fill(env, cast, options.cases)
    seed.vacuum(registry, TABLES)
    for number in range(options.runs):
        measure(registry, number)
    return 0


def parse(arguments):
    """The options."""
    parser = argparse.ArgumentParser(prog="replay", description=__doc__)
    parser.add_argument("--config", required=True, help="odoo.conf")
    parser.add_argument("--database", required=True)
    parser.add_argument("--cases", default=5000, type=int)
    parser.add_argument("--runs", default=3, type=int)
    return parser.parse_args(arguments)


def find_cast(env):
    """The people of an earlier run."""
    roles = env["intercommunal.commune.role"].search(
        [("user_id.login", "like", "bench-replay-")], order="commune_id, role"
    )
    by_commune = roles.grouped("commune_id")
    return [
        (
            commune.id,
            *(
                people.filtered_domain([("role", "=", role)]).user_id.id
                for role in ("referent", "mayor")
            ),
        )
        for commune, people in by_commune.items()
    ]


def make_cast(env):
    """Communes with a referent and a mayor, and a circuit that asks both."""
    cast = []
    for number in range(COMMUNES):
        commune = env["res.partner"].create(
            {
                "name": f"Commune {number:03}",
                "is_company": True,
                "is_commune": True,
                "insee_code": f"99{number:03}",
                "intercommunal_epci_id": env.company.id,
            }
        )
        people = []
        for role in ("referent", "mayor"):
            # without a password: hashing a hundred of them takes long
            user = env["res.users"].create(
                {
                    "name": f"{role} {number}",
                    "login": f"bench-replay-{role}-{number}",
                    "group_ids": [Command.set(env.ref("base.group_portal").ids)],
                }
            )
            env["intercommunal.commune.role"].create(
                {
                    "commune_id": commune.id,
                    "partner_id": user.partner_id.id,
                    "role": role,
                    "date_from": fields.Date.today() - timedelta(days=800),
                }
            )
            people.append(user.id)
        cast.append((commune.id, *people))
    env["intercommunal.circuit"].search([]).active = False
    env["intercommunal.circuit"].create(
        {
            "name": "Referent, then mayor",
            "step_ids": [
                Command.create({"name": "Referent", "commune_role": "referent"}),
                Command.create(
                    {"name": "Mayor", "commune_role": "mayor", "sequence": 20}
                ),
            ],
        }
    )
    make_first(env, cast[0])
    return cast


def make_first(env, people):
    """One case that goes all the way through Odoo."""
    commune, referent, mayor = people
    leader = new_test_user(env, "bench-replay-leader", GROUP + "leader")
    manager = new_test_user(env, "bench-replay-manager", GROUP + "service_manager")
    service = env["intercommunal.service"].create(
        {"name": "Bench", "code": "BEN-R", "manager_ids": [Command.link(manager.id)]}
    )
    team = env["intercommunal.team"].create(
        {"name": "Crew", "service_id": service.id, "leader_id": leader.id}
    )
    request = (
        env["intercommunal.request"]
        .with_user(manager)
        .create({"name": "Leak", "commune_id": commune, "service_id": service.id})
    )
    request.action_submit()
    request.action_accept()
    request.action_schedule()
    job = request.intervention_ids
    job.action_plan(team.id, fields.Datetime.now() - timedelta(hours=4))
    job = job.with_user(leader)
    job.action_open_report()
    labour = {"kind": "labour", "agent_id": leader.id, "minutes": 60}
    job.report_id.write(
        {
            "summary": "Mended.",
            "line_ids": [Command.clear(), Command.create(labour)],
        }
    )
    job.report_id.action_send()
    for user in (referent, mayor):
        job.report_id.validation_id.with_user(user).action_approve()
    env.flush_all()


def fill(env, cast, size):
    """Copy the first case until there are ``size`` of them."""
    report = env["intercommunal.report"].search([], order="id", limit=1)
    count = env["intercommunal.report"].search_count([])
    if count >= size:
        return
    run = report.validation_id
    firsts = {
        "intercommunal_request": report.request_id,
        "intercommunal_intervention": report.intervention_id,
        "intercommunal_report": report,
        "intercommunal_validation": run,
        "intercommunal_validation_step": run.step_ids,
        "intercommunal_decision": run.decision_ids,
        "intercommunal_validation_seat": run.seat_ids.filtered("decision_id"),
    }
    numbers = range(count + 1, size + 1)
    gap = max(max(records.ids) for records in firsts.values()) + size * 10
    for name in TABLES:
        for record in firsts[name].sorted("id"):
            copy(env, name, record, numbers, gap, firsts, cast)
        env.cr.execute(
            SQL(
                "SELECT setval(%s, (SELECT max(id) FROM %s))",
                f"{name}_id_seq",
                SQL.identifier(name),
            )
        )
    env.invalidate_all()


def copy(env, table, record, numbers, gap, firsts, cast):
    """Insert a row for each number, like ``record``; its references follow."""
    place = SQL("(1 + n %% %s)", len(cast))
    communes, referents, mayors = (list(column) for column in zip(*cast, strict=True))
    day = SQL("(n %% 350 + 1) * interval '1 day'")
    differing = {
        "commune_id": SQL("(%s::int[])[%s]", communes, place),
        "client_uuid": SQL("gen_random_uuid()::text"),
        "prev_hash": SQL("md5(n || '-' || model.id)"),
    }
    if table in ("intercommunal_request", "intercommunal_intervention"):
        differing["reference"] = SQL("'BENCH-' || n")
    if "user_id" in record._fields:
        elected = referents if record.user_id.id == referents[0] else mayors
        differing["user_id"] = SQL("(%s::int[])[%s]", elected, place)
    for name, field in record._fields.items():
        if field.type == "datetime" and field.store:
            differing[name] = SQL("model.%s - %s", SQL.identifier(name), day)
        elif field.type == "many2one" and field.store:
            target = field.comodel_name.replace(".", "_")
            if target not in firsts or record[name] not in firsts[target]:
                continue
            is_later = TABLES.index(target) > TABLES.index(table)
            differing[name] = (
                # what refers back is not what the replay reads
                SQL("NULL") if is_later else follow(record[name], firsts[target], gap)
            )
    differing["id"] = follow(record, firsts[table], gap)
    columns = seed.table_columns(env, table)
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s AS model,"
            " generate_series(%s, %s) AS n WHERE model.id = %s",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(
                differing.get(name) or SQL.identifier("model", name) for name in columns
            ),
            SQL.identifier(table),
            numbers[0],
            numbers[-1],
            record.id,
        )
    )


def follow(record, firsts, gap):
    """Id of the copy of ``record`` in the case ``n``."""
    place = firsts.sorted("id").ids.index(record.id)
    return SQL("(%s + n * %s + %s)", gap, len(firsts), place)


def measure(registry, number):
    """Replay once, with empty caches, and say what it took."""
    with registry.cursor() as cr:
        env = api.Environment(cr, env_admin(cr), {})
        wizard = env["intercommunal.circuit.replay"].create({})
        env.flush_all()
        env.invalidate_all()
        queries, start = cr.sql_log_count, time.perf_counter()
        wizard.action_replay()
        env.flush_all()
        took = time.perf_counter() - start
        print(
            f"{number + 1}: {wizard.case_count} cases, {wizard.vote_count} decisions,"
            f" {wizard.different_count} otherwise, {wizard.blocked_count} blocked:"
            f" {took:.2f} s, {cr.sql_log_count - queries} queries"
        )
        cr.rollback()


def env_admin(cr):
    """Id of a real administrator, who is no superuser."""
    return api.Environment(cr, SUPERUSER_ID, {}).ref("base.user_admin").id


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
