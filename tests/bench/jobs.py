"""What hangs on our requests: jobs, reports with their lines, approvals.

A request that is planned or further has a job, one in ten has two; what was reported
has a report, one in eight a second one; each report has two people's hours and a
material, and an approval that is over unless the commune still decides.
"""

from odoo.tools import SQL

# children before their parents
TABLES = (
    "intercommunal_validation_seat",
    "intercommunal_validation_step",
    "intercommunal_validation",
    "intercommunal_report_line",
    "intercommunal_report",
    "intercommunal_intervention",
)
# the job of a request in each state; the others have none yet
JOBS = {
    "planned": "planned",
    "in_progress": "in_progress",
    "to_validate": "reported",
    "rework": "rework",
    "validated": "approved",
    "closed": "approved",
}


def clear(env):
    """Remove it all: what follows is made anew at each size."""
    for table in TABLES:
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))


def fill(env):
    """Make it for the requests that there are; their teams exist."""
    circuit = get_circuit(env)
    env.flush_all()
    env.cr.execute(_jobs())
    env.cr.execute(_reports())
    env.cr.execute(_lines())
    env.cr.execute(_approvals(circuit))
    env.invalidate_all()


def get_circuit(env):
    """A circuit that no request finds by itself."""
    circuits = env["intercommunal.circuit"].with_context(active_test=False)
    return circuits.search([("name", "=", "Bench")], limit=1) or circuits.create(
        {
            "name": "Bench",
            "subject": "request",
            "active": False,
            "step_ids": [(0, 0, {"name": "Bench", "commune_role": "mayor"})],
        }
    )


def _jobs():
    states = SQL(", ").join(SQL("(%s, %s)", *pair) for pair in JOBS.items())
    return SQL(
        """
        INSERT INTO intercommunal_intervention
            (request_id, name, reference, company_id, commune_id, service_id, type_id,
             team_id, leader_id, priority, state, date_start, date_end, create_uid)
        SELECT request.id, request.name, 'I' || request.id || '-' || number,
               request.company_id, request.commune_id, request.service_id,
               request.type_id, team.id, team.leader_id, request.priority, follows.job,
               request.date_submitted + interval '5 days',
               request.date_submitted + interval '5 days 3 hours', request.create_uid
          FROM intercommunal_request AS request
          JOIN (VALUES %s) AS follows (request, job) ON follows.request = request.state
          JOIN intercommunal_team AS team ON team.service_id = request.service_id
          CROSS JOIN LATERAL generate_series(
              1, CASE WHEN hashint4(request.id) %% 10 = 0 THEN 2 ELSE 1 END
          ) AS number
        """,
        states,
    )


def _reports():
    """The last one is accepted if the job is, waits else; those before are redone."""
    return SQL(
        """
        INSERT INTO intercommunal_report
            (intervention_id, request_id, company_id, commune_id, service_id, team_id,
             leader_id, version, outcome, summary, client_uuid, state, sent_at,
             create_uid)
        SELECT job.id, job.request_id, job.company_id, job.commune_id, job.service_id,
               job.team_id, job.leader_id, number, 'done', job.name,
               gen_random_uuid()::text,
               CASE WHEN number < last.version OR job.state = 'rework' THEN 'to_redo'
                    WHEN job.state = 'approved' THEN 'accepted' ELSE 'sent' END,
               job.date_end + number * interval '1 day', job.create_uid
          FROM intercommunal_intervention AS job
          CROSS JOIN LATERAL (
              SELECT CASE WHEN hashint4(job.id) %% 8 = 0 THEN 2 ELSE 1 END AS version
          ) AS last
          CROSS JOIN LATERAL generate_series(1, last.version) AS number
         WHERE job.state IN ('reported', 'rework', 'approved')
        """
    )


def _lines():
    return SQL(
        """
        INSERT INTO intercommunal_report_line
            (report_id, company_id, kind, name, sequence, minutes, quantity, date,
             acceptance, create_uid)
        SELECT report.id, report.company_id, line.kind, line.name, line.sequence,
               CASE WHEN line.kind = 'labour' THEN 30 + abs(hashint4(report.id)) %% 180
               END, 1, report.sent_at::date, 'accepted', report.create_uid
          FROM intercommunal_report AS report
          CROSS JOIN (
              VALUES ('labour', 'Agent', 10), ('labour', 'Agent', 20),
                     ('material', 'Joint', 30)
          ) AS line (kind, name, sequence)
        """
    )


def _approvals(circuit):
    return SQL(
        """
        INSERT INTO intercommunal_validation
            (circuit_id, report_id, subject_request_id, subject_name, company_id,
             commune_id, service_id, content_hash, state, amount, opened_at, closed_at,
             create_uid)
        SELECT %s, report.id, report.request_id, report.summary, report.company_id,
               report.commune_id, report.service_id, md5(report.id::text),
               CASE report.state WHEN 'sent' THEN 'open' WHEN 'to_redo' THEN 'rework'
                    ELSE 'approved' END,
               100, report.sent_at,
               CASE WHEN report.state != 'sent' THEN report.sent_at + interval '2 days'
               END, report.create_uid
          FROM intercommunal_report AS report
        """,
        circuit.id,
    )
