"""“Waiting for me”: what one person must decide, among all that was ever decided.

Ours are approvals; the peer is what Odoo itself offers to tell somebody that a record
waits for them, an activity on the same requests. Both have as many rows as there are
requests, of which 20,000 at most wait for the person who looks.
"""

from odoo.tools import SQL

import jobs
import measure
import seed

WAITING = 20_000
# what the web client sends with a first page
PAGE = {"limit": 80, "count_limit": 10_001}
LABEL = {"fields": {"display_name": {}}}


class Approval:
    """intercommunal.validation"""

    model = "intercommunal.validation"
    tables = (
        "intercommunal_validation",
        "intercommunal_validation_step",
        "intercommunal_validation_seat",
    )

    def fill(self, env, user_id, size):
        """An open approval of one step on each request, the last ones for the user."""
        for table in reversed(self.tables):
            env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
        circuit = jobs.get_circuit(env)
        env.flush_all()
        env.cr.execute(
            SQL(
                """
                INSERT INTO intercommunal_validation
                    (id, circuit_id, request_id, subject_request_id, subject_name,
                     company_id, commune_id, service_id, content_hash, state,
                     amount, opened_at, date_due, create_uid)
                SELECT id, %s, id, id, name, company_id, commune_id, service_id,
                       md5(id::text), 'open', 100, now(), now(), create_uid
                  FROM intercommunal_request ORDER BY id LIMIT %s
                """,
                circuit.id,
                size,
            )
        )
        env.cr.execute(
            SQL(
                """
                INSERT INTO intercommunal_validation_step
                    (id, validation_id, company_id, circuit_step_id, sequence, quorum,
                     name, state, opened_at, date_due)
                SELECT id, id, company_id, %s, 10, 1, 'Bench', 'pending', now(), now()
                  FROM intercommunal_validation
                """,
                circuit.step_ids.id,
            )
        )
        env.cr.execute(
            SQL(
                """
                INSERT INTO intercommunal_validation_seat
                    (id, validation_id, validation_step_id, company_id, date_due,
                     user_id, state)
                SELECT id, id, id, company_id, date_due,
                       CASE WHEN rank <= %s THEN %s ELSE %s END,
                       CASE WHEN rank <= %s THEN 'pending' ELSE 'decided' END
                  FROM (SELECT *, row_number() OVER (ORDER BY md5(id::text)) AS rank
                          FROM intercommunal_validation) AS run
                """,
                min(WAITING, size // 5),
                user_id,
                env.ref("base.user_admin").id,
                min(WAITING, size // 5),
            )
        )

    def read(self, env):
        """The page that its menu opens."""
        specification = {
            "display_name": {},
            "subject_name": {},
            "commune_id": LABEL,
            "amount": {},
            "opened_at": {},
            "date_due": {},
            "state": {},
            "photo_count": {},
        }
        domain = [("is_waiting_for_me", "=", True)]
        return lambda: env[self.model].web_search_read(
            domain, specification, order="date_due, id", **PAGE
        )

    def count(self, env):
        """The number in the top bar."""
        return env[self.model].get_waiting_count


class Activity:
    """mail.activity"""

    model = "mail.activity"
    tables = ("mail_activity",)

    def fill(self, env, user_id, size):
        """An activity on each request, as many of them for the user."""
        env.cr.execute(SQL("DELETE FROM mail_activity"))
        env.cr.execute(
            SQL(
                """
                INSERT INTO mail_activity
                    (res_model, res_model_id, res_id, res_name, activity_type_id,
                     summary, date_deadline, active, user_id, create_uid)
                SELECT 'intercommunal.request', %s, id, name, %s, name, now(), TRUE,
                       CASE WHEN rank <= %s THEN %s ELSE %s END, create_uid
                  FROM (SELECT *, row_number() OVER (ORDER BY md5(id::text)) AS rank
                          FROM intercommunal_request ORDER BY id LIMIT %s) AS request
                """,
                env["ir.model"]._get_id("intercommunal.request"),
                env.ref("mail.mail_activity_data_todo").id,
                min(WAITING, size // 5),
                user_id,
                env.ref("base.user_admin").id,
                size,
            )
        )

    def read(self, env):
        """The user's own activities."""
        specification = {
            "display_name": {},
            "res_name": {},
            "summary": {},
            "activity_type_id": LABEL,
            "date_deadline": {},
            "state": {},
        }
        domain = [("user_id", "=", env.uid)]
        return lambda: env[self.model].web_search_read(domain, specification, **PAGE)

    def count(self, env):
        """The number in the top bar."""
        return env["res.users"]._get_activity_groups


SIDES = (Approval(), Activity())
WORKS = (
    measure.Work("waiting for me: list, first 80", lambda env, b: b.subject.read(env)),
    measure.Work("waiting for me: counter", lambda env, b: b.subject.count(env)),
)


def compare(registry, env_of, user_id, size, works, runs):
    """Fill both sides and measure them in turns.

    :param env_of: gives the superuser's environment of a cursor
    :return: {work: {side: figure}}
    """
    with registry.cursor() as cr:
        for side in SIDES:
            side.fill(env_of(cr), user_id, size)
    seed.vacuum(registry, [table for side in SIDES for table in side.tables])
    casts = {side.model: {"user": user_id} for side in SIDES}
    recorded = dict.fromkeys(casts, {})
    return {
        work: measure.compare(registry, work, SIDES, casts, recorded, runs)
        for work in works
    }
