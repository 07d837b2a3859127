"""Fills the tables by SQL, as far as a size asks, with a plausible spread."""

import time

from odoo.tools import SQL

MARKER = "intercommunal.bench"
VACUUM_TRIES = 20
WORDS = (
    "Fuite d'eau",
    "Ampoule grillée",
    "Nid-de-poule",
    "Tonte",
    "Porte bloquée",
    "Chauffage en panne",
    "Dépôt sauvage",
    "Panneau tordu",
    "Élagage",
    "Remplacement ATSEM",
    "Volet cassé",
)
PLACES = ("école", "mairie", "salle des fêtes", "cimetière", "rue Haute", "stade")
# The word that the benchmark looks for: in one record of a thousand.
RARE_WORD = "Bassompierre"


def claim(env):
    """Refuse a database that holds anybody's real work.

    :raises SystemExit: with the sentence that says what to do
    """
    parameters = env["ir.config_parameter"].sudo()
    if parameters.get_param(MARKER):
        return
    if env["intercommunal.request"].search_count([], limit=1):
        raise SystemExit(
            f"The database {env.cr.dbname} holds requests that the benchmark did not"
            " make: give it a database of its own."
        )
    parameters.set_param(MARKER, "1")


def fill(env, subject, cast, size):
    """Bring the subject's table to exactly ``size`` rows.

    A first record is made through Odoo, the others are copies of its row in which
    ``subject.columns`` differ; what hangs on each is made anew.
    """
    table = SQL.identifier(subject.table)
    [[count]] = env.execute_query(SQL("SELECT count(*) FROM %s", table))
    if count == size:
        # an earlier run left it whole: one transaction makes all of it
        return
    subject.detach(env)
    model = env[subject.model].with_user(cast["user"])
    first = model.search([], order="id", limit=1)
    first = first or model.create(subject.values(cast, 0))
    env.flush_all()
    [[count]] = env.execute_query(SQL("SELECT count(*) FROM %s", table))
    if count > size:
        env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE id IN (SELECT id FROM %s ORDER BY id DESC"
                " LIMIT %s)",
                table,
                table,
                count - size,
            )
        )
    elif count < size:
        copy(env, subject, cast, first, range(count + 1, size + 1))
    subject.attach(env, cast)
    env.invalidate_all()


def copy(env, subject, cast, first, numbers):
    """Insert a row for each number, like ``first`` but for the differing columns."""
    differing = subject.columns(cast)
    columns = [name for name in table_columns(env, subject.table) if name != "id"]
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s AS model,"
            " generate_series(%s, %s) AS n WHERE model.id = %s",
            SQL.identifier(subject.table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(
                differing.get(name) or SQL.identifier("model", name) for name in columns
            ),
            SQL.identifier(subject.table),
            numbers[0],
            numbers[-1],
            first.id,
        )
    )


def table_columns(env, table):
    """Names of the columns of a table."""
    rows = env.execute_query(
        SQL(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema AND table_name = %s",
            table,
        )
    )
    return [name for [name] in rows]


def vacuum(registry, tables):
    """What autovacuum would have done by the next day."""
    with registry.cursor() as cr:
        cr.commit()
        cr._cnx.autocommit = True
        try:
            for table in tables:
                _vacuum(cr, table)
        finally:
            cr._cnx.autocommit = False


def _vacuum(cr, table):
    """Again until every page is marked as seen by all: an old snapshot of another
    session (a server that ends, an autovacuum) can hold the first try back, and counts
    by an index alone would be measured as if nothing had ever been vacuumed."""
    for _attempt in range(VACUUM_TRIES):
        cr.execute(SQL("VACUUM ANALYZE %s", SQL.identifier(table)))
        cr.execute(
            SQL(
                "SELECT relallvisible >= 0.9 * relpages FROM pg_class"
                " WHERE oid = %s::regclass",
                table,
            )
        )
        if cr.fetchone()[0]:
            return
        time.sleep(1)


# ------------------------------------------------------- expressions of a row `n`


def pick(salt, values, of=None):
    """One of ``values``, spread by ``n``; columns of the same salt go together.

    :param list of: half of the rows take one of these instead
    """
    if of:
        return SQL(
            "CASE WHEN hashint4(n + %s) %% 2 = 0 THEN %s ELSE %s END",
            salt * 7919,
            pick(salt, of),
            pick(salt, values),
        )
    return SQL(
        "(%s)[1 + abs(hashint4(n + %s) %% %s)]",
        list(values),
        salt * 104729,
        len(values),
    )


def subject_line():
    """What a person writes; one in a thousand has the rare word."""
    return SQL(
        "%s || ' ' || %s || ' ' || n || CASE WHEN n %% 1000 = 7 THEN %s ELSE '' END",
        pick(1, WORDS),
        pick(2, PLACES),
        f" {RARE_WORD}",
    )


def days_ago(salt, days=1095):
    """A moment of the last three years."""
    return SQL(
        "(now() AT TIME ZONE 'UTC' - abs(hashint4(n + %s) %% %s) * interval '1 day')",
        salt * 1299709,
        days,
    )
