from odoo import Command, api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

GROUP = "intercommunal_workflow.group_intercommunal_%s"
# Whom a functional administrator may give access to. Money and the whole territory
# (finance, direction) and the administrators themselves are the database's to name.
STAFF_JOBS = ("requester", "agent", "leader", "service_manager")


class ResUsers(models.Model):
    """The staff of the shared services, named by the functional administrator."""

    _inherit = "res.users"

    @api.model
    def _invite_staff(self, people, company, invite=True):
        """Give staff access; somebody who has it keeps what they have.

        :param list people: dict of name, email and job (one of `STAFF_JOBS`)
        :param company: the intercommunality they work for
        :param bool invite: whether the new ones get core's e-mail to choose a password
        :return: res.users, in the order of ``people``
        :raises UserError: a job that is not the administrator's to give, an address
            that is none, or that belongs to somebody outside
        """
        if not self.env.user.has_group(GROUP % "admin"):
            raise AccessError(self.env._("Only an administrator gives access."))
        if company not in self.env.companies:
            raise AccessError(self.env._("Only an administrator gives access."))
        logins = [self._check_staff(person) for person in people]
        # a functional administrator is not one of the database: what may be given is
        # checked above, and nothing else is written
        users = self.sudo().with_context(active_test=False, no_reset_password=True)
        known = {user.login: user for user in users.search([("login", "in", logins)])}
        found = users.browse()
        for login, person in zip(logins, people, strict=True):
            user = known.get(login)
            if not user:
                user = known[login] = users.with_context(
                    no_reset_password=not invite
                ).create(self._prepare_staff_vals(login, person, company))
            user._add_staff_job(person["job"], company)
            found |= user
        return found.with_env(self.env)

    @api.model
    def _check_staff(self, person):
        """The login of ``person``, or a message that says what to correct."""
        if person["job"] not in STAFF_JOBS:
            raise UserError(
                self.env._(
                    "“%(name)s”: this access is given by the administrator of the"
                    " database.",
                    name=person["name"],
                )
            )
        login = email_normalize(person["email"] or "")
        if not login:
            raise UserError(
                self.env._(
                    "“%(email)s” is not an e-mail address: correct that of “%(name)s”.",
                    email=person["email"] or "",
                    name=person["name"],
                )
            )
        return login

    @api.model
    def _prepare_staff_vals(self, login, person, company):
        return {
            "name": person["name"],
            "login": login,
            "email": login,
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.set(self.env.ref("base.group_user").ids)],
            "lang": company.partner_id.lang or self.env.lang,
            "tz": self.env.user.tz,
        }

    def _add_staff_job(self, job, company):
        """Add the group of ``job`` to a user of this intercommunality."""
        self.ensure_one()
        if self.share or not self.active or company not in self.company_ids:
            raise UserError(
                self.env._(
                    "“%(login)s” already belongs to somebody outside the staff: use"
                    " another address.",
                    login=self.login,
                )
            )
        if not self.has_group(GROUP % job):
            self.group_ids = [Command.link(self.env.ref(GROUP % job).id)]
