"""What is measured: our request, and what stands nearest to it elsewhere.

A subject knows its model, the user who works with it (a manager of its own group, no
superuser), what a new record needs, and how its rows differ. Half of all rows are in
closing stages, the others spread over the open ones.
"""

from odoo import Command
from odoo.tools import SQL

import jobs
import seed

# who holds or does the work, on every side
PEOPLE = 10
COMMUNES = 47
OUR_GROUP = "intercommunal_workflow.group_intercommunal_service_manager"


class Subject:
    """One side of the comparison."""

    model = ""
    action = ""  # the window whose board is opened
    list_action = ""  # and the one of the list, when it is another
    login = ""
    group = ""

    @property
    def table(self):
        """Name of the table."""
        return self.model.replace(".", "_")

    @property
    def tables(self):
        """All the tables that are filled."""
        return (self.table,)

    def attach(self, env, cast):
        """Make what hangs on each record; nothing by default."""

    def detach(self, env):
        """Remove it."""

    def cast(self, env):
        """Users and configuration, made once.

        :return: dict with at least "user"; ids otherwise, so that it outlives ``env``
        """
        user = env["res.users"].search([("login", "=", self.login)])
        if not user:
            user = env["res.users"].create(
                {
                    "name": self.login,
                    "login": self.login,
                    "password": self.login,
                    "group_ids": [Command.link(env.ref(self.group).id)],
                }
            )
        people = env["res.users"].search([("login", "=like", "bench-person-%")])
        people = people or people.create(
            [
                {"name": f"Agent {number}", "login": f"bench-person-{number}"}
                for number in range(PEOPLE)
            ]
        )
        return {
            "user": user.id,
            "people": people.ids,
            **self.configure(env, user, people),
        }

    def configure(self, env, user, people):
        """Ids of the records that requests need, made when they are missing."""
        raise NotImplementedError

    def values(self, cast, number):
        """What a user gives to create record ``number``."""
        raise NotImplementedError

    def columns(self, cast):
        """{column: SQL expression of ``n``} for the rows that are copied."""
        raise NotImplementedError


class Request(Subject):
    """intercommunal.request"""

    model = "intercommunal.request"
    action = "intercommunal_workflow.intercommunal_request_action"
    login = "bench-request"
    group = OUR_GROUP

    def configure(self, env, user, people):
        communes = env["res.partner"].search([("is_commune", "=", True)])
        if not communes:
            communes = communes.create(
                [
                    {"name": f"Commune {number}", "is_commune": True}
                    for number in range(COMMUNES)
                ]
            )
            # who follows each request of their commune
            referents = communes.create(
                [{"name": f"Référent {number}"} for number in range(COMMUNES)]
            )
            env["intercommunal.commune.role"].create(
                [
                    {
                        "commune_id": commune.id,
                        "partner_id": referent.id,
                        "role": "referent",
                        "date_from": "2020-01-01",
                    }
                    for commune, referent in zip(communes, referents, strict=True)
                ]
            )
        services = env["intercommunal.service"].search([("code", "=like", "BENCH%")])
        if not services:
            services = services.create(
                [
                    {
                        "name": f"Service {number}",
                        "code": f"BENCH{number}",
                        "manager_ids": [Command.link(user.id)],
                        "type_ids": [Command.create({"name": "Réparation"})],
                    }
                    for number in range(5)
                ]
            )
        for service, leader in zip(services, people, strict=False):
            if not service.team_ids:
                service.team_ids.create(
                    {
                        "name": f"Équipe {service.name}",
                        "service_id": service.id,
                        "leader_id": leader.id,
                        "member_ids": [Command.set(leader.ids)],
                    }
                )
        stages = env["intercommunal.stage"].search([])
        request = env[self.model]
        return {
            "communes": communes.ids,
            "services": services.ids,
            "types": [service.type_ids[0].id for service in services],
            "stages": {stage.state: stage.id for stage in stages},
            "balls": request._ball_by_state,
        }

    @property
    def tables(self):
        return (self.table, *jobs.TABLES)

    def attach(self, env, cast):
        jobs.fill(env)

    def detach(self, env):
        jobs.clear(env)

    def values(self, cast, number):
        return {
            "name": f"Fuite d'eau {number}",
            "commune_id": cast["communes"][number % COMMUNES],
            "service_id": cast["services"][number % 5],
            "type_id": cast["types"][number % 5],
        }

    def columns(self, cast):
        closing = ["closed", "refused", "cancelled"]
        opened = [state for state in cast["stages"] if state not in closing]

        def by_state(values):
            """The value that goes with the row's state."""
            return seed.pick(
                3,
                [values[state] for state in opened],
                of=[values[state] for state in closing],
            )

        state = by_state({name: name for name in cast["stages"]})
        ball = by_state(cast["balls"])
        references = {
            name: None if name == "draft" else "D2026-" for name in cast["stages"]
        }
        return {
            "name": seed.subject_line(),
            "reference": SQL("%s || lpad(n::text, 7, '0')", by_state(references)),
            "state": state,
            "stage_id": by_state(cast["stages"]),
            "ball": ball,
            "commune_id": seed.pick(4, cast["communes"]),
            "service_id": seed.pick(5, cast["services"]),
            "type_id": seed.pick(5, cast["types"]),
            "priority": seed.pick(6, ["0", "0", "0", "0", "1", "2"]),
            "ball_user_id": SQL(
                "CASE WHEN %s != 'nobody' THEN %s END",
                ball,
                seed.pick(9, cast["people"]),
            ),
            "ball_since": seed.days_ago(10, 30),
            "clock_side": SQL(
                "CASE WHEN %(ball)s = 'nobody' OR %(state)s IN ('draft', 'validated')"
                " THEN NULL WHEN %(ball)s IN ('commune', 'approver') THEN 'commune'"
                " ELSE 'cc' END",
                ball=ball,
                state=state,
            ),
            "clock_since": seed.days_ago(10, 30),
            "commune_seconds": SQL("abs(hashint4(n + 11) %% 400000)"),
            "cc_seconds": SQL("abs(hashint4(n + 12) %% 800000)"),
            "is_blocked": SQL("hashint4(n + 13) %% 20 = 0"),
            "sla_deadline": SQL("%s + interval '20 days'", seed.days_ago(8)),
            "date_accepted": SQL(
                "CASE WHEN %s NOT IN ('draft', 'submitted', 'refused')"
                " THEN %s + interval '2 days' END",
                state,
                seed.days_ago(8),
            ),
            "date_validated": SQL(
                "CASE WHEN %s IN ('validated', 'closed')"
                " THEN %s + abs(hashint4(n + 14) %% 30) * interval '1 day' END",
                state,
                seed.days_ago(8),
            ),
            "satisfaction": SQL(
                "CASE WHEN %s = 'closed' THEN %s END",
                state,
                seed.pick(15, ["good", "good", "good", "fair", "poor"]),
            ),
            "deadline": SQL("%s::date + 365", seed.days_ago(7)),
            "date_submitted": seed.days_ago(8),
            "create_date": seed.days_ago(8),
        }


class Maintenance(Subject):
    """maintenance.request, of Odoo itself"""

    model = "maintenance.request"
    action = "maintenance.hr_equipment_request_action"
    login = "bench-maintenance"
    group = "maintenance.group_equipment_manager"

    def configure(self, env, user, people):
        equipment = env["maintenance.equipment"].search([])
        if not equipment:
            equipment = equipment.create(
                [{"name": f"Equipment {number}"} for number in range(COMMUNES)]
            )
        stages = env["maintenance.stage"].search([])
        return {
            "equipment": equipment.ids,
            "open": stages.filtered(lambda stage: not stage.done).ids,
            "done": stages.filtered("done").ids,
        }

    def values(self, cast, number):
        return {
            "name": f"Fuite d'eau {number}",
            "equipment_id": cast["equipment"][number % COMMUNES],
        }

    def columns(self, cast):
        return {
            "name": seed.subject_line(),
            "stage_id": seed.pick(3, cast["open"], of=cast["done"]),
            "equipment_id": seed.pick(4, cast["equipment"]),
            "user_id": seed.pick(9, cast["people"]),
            "priority": seed.pick(6, ["0", "0", "1", "2", "3"]),
            "request_date": SQL("%s::date", seed.days_ago(8)),
            "create_date": seed.days_ago(8),
        }


class Task(Subject):
    """project.task, of Odoo itself: the board of one project"""

    model = "project.task"
    action = "project.act_project_project_2_project_task_all"
    # the list within a project is grouped by stage
    list_action = "project.action_view_all_task"
    login = "bench-task"
    group = "project.group_project_manager"

    def configure(self, env, user, people):
        project = env["project.project"].search([("name", "=", "Bench")])
        if not project:
            names = {"To do": False, "In progress": False, "Check": False}
            names |= {"Done": True, "Cancelled": True}
            project = project.create(
                {
                    "name": "Bench",
                    "type_ids": [
                        Command.create({"name": name, "fold": fold})
                        for name, fold in names.items()
                    ],
                }
            )
        stages = project.type_ids
        return {
            "active_id": project.id,
            "open": stages.filtered(lambda stage: not stage.fold).ids,
            "done": stages.filtered("fold").ids,
        }

    @property
    def tables(self):
        return (self.table, "project_task_user_rel")

    def attach(self, env, cast):
        """Somebody works on each."""
        env.cr.execute(
            SQL(
                "INSERT INTO project_task_user_rel (task_id, user_id)"
                " SELECT n, %s FROM (SELECT id AS n FROM project_task) AS task",
                seed.pick(9, cast["people"]),
            )
        )

    def detach(self, env):
        env.cr.execute(SQL("DELETE FROM project_task_user_rel"))

    def values(self, cast, number):
        return {"name": f"Fuite d'eau {number}", "project_id": cast["active_id"]}

    def columns(self, cast):
        return {
            "name": seed.subject_line(),
            "stage_id": seed.pick(3, cast["open"], of=cast["done"]),
            "state": seed.pick(3, ["01_in_progress"], of=["1_done", "1_canceled"]),
            "priority": seed.pick(6, ["0", "0", "0", "1"]),
            "date_deadline": seed.days_ago(7),
            "create_date": seed.days_ago(8),
        }


class Order(Subject):
    """fsm.order, of OCA's field service"""

    model = "fsm.order"
    action = "fieldservice.action_fsm_dash_order"
    login = "bench-order"
    group = "fieldservice.group_fsm_manager"

    def configure(self, env, user, people):
        locations = env["fsm.location"].search([])
        if not locations:
            locations = locations.create(
                [
                    {"name": f"Commune {number}", "owner_id": user.partner_id.id}
                    for number in range(COMMUNES)
                ]
            )
        persons = env["fsm.person"].search([])
        persons = persons or persons.create(
            [{"name": f"Agent {number}"} for number in range(PEOPLE)]
        )
        stages = env["fsm.stage"].search([("stage_type", "=", "order")])
        return {
            "locations": locations.ids,
            "persons": persons.ids,
            "open": stages.filtered(lambda stage: not stage.is_closed).ids,
            "done": stages.filtered("is_closed").ids,
        }

    def values(self, cast, number):
        return {"location_id": cast["locations"][number % COMMUNES]}

    def columns(self, cast):
        return {
            "name": seed.subject_line(),
            "stage_id": seed.pick(3, cast["open"], of=cast["done"]),
            "location_id": seed.pick(4, cast["locations"]),
            "person_id": seed.pick(9, cast["persons"]),
            "priority": seed.pick(6, ["0", "0", "1", "2", "3"]),
            "scheduled_date_start": seed.days_ago(7),
            "create_date": seed.days_ago(8),
        }


# Ours first; the others are the peers.
SUBJECTS = (Request(), Maintenance(), Task(), Order())
