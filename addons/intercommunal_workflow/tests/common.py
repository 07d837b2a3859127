import base64
import io
from datetime import timedelta

from PIL import Image

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user

GROUP = "intercommunal_workflow.group_intercommunal_"
# login: group
STAFF = {
    "manager": "service_manager",
    "leader": "leader",
    "agent": "agent",
    "finance": "finance",
    "direction": "direction",
    "fadmin": "admin",
}
# login: role
COMMUNE_PEOPLE = {
    "requester": "requester",
    "referent": "referent",
    "mayor": "mayor",
    "stranger": "referent",
}


class IntercommunalCase(TransactionCase):
    """The cast of every story: two communes, one service, one user a role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.env.company
        cls.commune, cls.other_commune = cls.env["res.partner"].create(
            [
                {
                    "name": name,
                    "is_company": True,
                    "is_commune": True,
                    "insee_code": insee,
                    "intercommunal_epci_id": cls.company.id,
                }
                for name, insee in (("Valbois", "54901"), ("Montclair", "54902"))
            ]
        )
        cls._set_up_people()
        cls._set_up_service()

    @classmethod
    def _set_up_people(cls):
        groups = {login: GROUP + group for login, group in STAFF.items()}
        groups |= {"nobody": "base.group_user"}
        groups |= dict.fromkeys(COMMUNE_PEOPLE, "base.group_portal")
        for login, user in cls._new_users(groups).items():
            setattr(cls, {"fadmin": "admin"}.get(login, login), user)
        for login, role in COMMUNE_PEOPLE.items():
            commune = cls.other_commune if login == "stranger" else cls.commune
            cls._give_role(getattr(cls, login), commune, role)

    @classmethod
    def _new_users(cls, groups):
        """The users of a cast, at a fifth of what one at a time costs.

        :param dict groups: login to XML id of the group
        :return: dict login to user, each as `new_test_user` makes it
        """
        users = cls.env["res.users"].with_context(no_reset_password=True)
        made = users.create(
            [
                {
                    "login": login,
                    "name": f"{login} ({group})",
                    "password": login.ljust(8, "x"),
                    "email": f"{login[0]}.{login[0]}@example.com",
                    "group_ids": [Command.set(cls.env.ref(group).ids)],
                }
                for login, group in groups.items()
            ]
        )
        # one by one: what is read of one is not fetched for all
        alone = map(cls.env["res.users"].browse, made.ids)
        return dict(zip(groups, alone, strict=True))

    @classmethod
    def _give_role(cls, user, commune, role):
        return cls.env["intercommunal.commune.role"].create(
            {
                "commune_id": commune.id,
                "partner_id": user.partner_id.id,
                "role": role,
                "date_from": fields.Date.today() - timedelta(days=30),
            }
        )

    @classmethod
    def _new_commune_user(cls, login, commune, role, group="base.group_portal"):
        user = new_test_user(cls.env, login, group)
        cls._give_role(user, commune, role)
        return user

    @classmethod
    def _set_up_service(cls):
        cls.service = cls.env["intercommunal.service"].create(
            {
                "name": "Technical services",
                "code": "TEC-T",
                "manager_ids": [Command.link(cls.manager.id)],
            }
        )
        cls.team = cls.env["intercommunal.team"].create(
            {
                "name": "Crew North",
                "service_id": cls.service.id,
                "leader_id": cls.leader.id,
                "member_ids": [Command.set([cls.leader.id, cls.agent.id])],
            }
        )
        cls.type = cls.env["intercommunal.request.type"].create(
            {
                "name": "Small repair",
                "service_id": cls.service.id,
                "default_duration": 3.0,
            }
        )
        cls.site = cls.env["intercommunal.site"].create(
            {"name": "School", "kind": "school", "commune_id": cls.commune.id}
        )

    # ---------------------------------------------------------------- helpers

    def _new_request(self, user=None, **vals):
        """A draft of the commune's requester."""
        user = user or self.requester
        return (
            self.env["intercommunal.request"]
            .with_user(user)
            .create(
                {
                    "name": "Leak in the school",
                    "description": "Water under the sink.",
                    "commune_id": self.commune.id,
                    "requester_id": user.partner_id.id,
                    "service_id": self.service.id,
                    "type_id": self.type.id,
                    "site_id": self.site.id,
                    **vals,
                }
            )
        )

    def _submitted(self, **vals):
        request = self._new_request(**vals)
        request.action_submit()
        return request

    def _accepted(self, **vals):
        request = self._submitted(**vals)
        request.with_user(self.manager).action_accept()
        return request

    def _planned(self, **vals):
        """The planned intervention of a new request, seen by the manager."""
        request = self._accepted(**vals).with_user(self.manager)
        request.action_schedule()
        job = request.intervention_ids
        job.action_plan(self.team.id, fields.Datetime.now() - timedelta(hours=4))
        return job

    def _mails_to(self, address):
        """The mails that wait or were sent, in whatever way they name ``address``."""
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    "|",
                    ("email_to", "ilike", address),
                    ("recipient_ids.email", "=", address),
                ]
            )
        )

    def _draft_report(self, job=None, **vals):
        """The draft report of a planned job, filled in by the leader."""
        job = (job or self._planned()).with_user(self.leader)
        job.action_open_report()
        report = job.report_id
        report.write(
            {
                "summary": "Joint replaced.",
                "line_ids": [
                    Command.clear(),
                    Command.create(
                        {"kind": "labour", "agent_id": self.agent.id, "minutes": 120}
                    ),
                ],
                **vals,
            }
        )
        return report

    def _reported(self, job=None, **vals):
        """A report sent by the leader, waiting for the commune's referent."""
        report = self._draft_report(job, **vals)
        report.action_send()
        return report

    @staticmethod
    def _png(size=(64, 48), color="#2c7a4b"):
        """A valid PNG image, in base64."""
        stream = io.BytesIO()
        Image.new("RGB", size, color).save(stream, "PNG")
        return base64.b64encode(stream.getvalue())


class TurnByTurn:
    """Each turn of a request ends as a transaction does, when the platform tells what it
    tracked: what is done in one transaction is one event to it, of one person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})

    def _new_request(self, user=None, **vals):
        request = super()._new_request(user, **vals)
        self.env.cr.flush()
        return request

    def _submitted(self, **vals):
        request = super()._submitted(**vals)
        self.env.cr.flush()
        return request
