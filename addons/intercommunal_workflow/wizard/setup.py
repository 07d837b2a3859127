from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..models.commune_role import COMMUNE_ROLES
from ..models.domain import SHIPPED
from ..tools import domain_format

MAX_NAMES = 12
JOBS = [
    ("service_manager", "Manager of the service"),
    ("leader", "Team leader"),
    ("agent", "Agent"),
]


class IntercommunalSetup(models.TransientModel):
    """From nothing to the first request: what is left to do, in its order.

    Each step says whether it is done from what the database has, so that one may
    leave and come back, or do a step elsewhere.
    """

    _name = "intercommunal.setup"
    _description = "Getting Started"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    commune_count = fields.Integer(compute="_compute_progress")
    service_count = fields.Integer(compute="_compute_progress")
    type_count = fields.Integer(compute="_compute_progress")
    team_count = fields.Integer(compute="_compute_progress")
    holder_count = fields.Integer(compute="_compute_progress")
    request_count = fields.Integer(compute="_compute_progress")
    staff_done = fields.Boolean(compute="_compute_progress")
    step = fields.Integer(
        compute="_compute_progress", help="The first step that is not done."
    )
    domain_ids = fields.One2many(
        "intercommunal.setup.domain", "setup_id", "Domains to install"
    )
    staff_ids = fields.One2many("intercommunal.setup.staff", "setup_id", "Staff")
    person_ids = fields.One2many(
        "intercommunal.setup.person", "setup_id", "People of the communes"
    )
    # what is done folds, so that the next step is in sight
    more_domains = fields.Boolean("Install other domains")
    more_staff = fields.Boolean("Add other staff")
    more_people = fields.Boolean("Add other people")
    portal_url = fields.Char("Address to give to the communes", compute="_compute_url")
    absent_count = fields.Integer(compute="_compute_absent")
    absent_names = fields.Char("Not there yet", compute="_compute_absent")
    has_mail_server = fields.Boolean(compute="_compute_absent")
    invite = fields.Boolean(
        "Invite by e-mail",
        default=True,
        help="Each new person gets a message to choose a password. Without it, the"
        " access is given later: from Users, or from the roles of the communes.",
    )

    # --------------------------------------------------------------- computes

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Getting started")

    @api.depends("company_id")
    def _compute_progress(self):
        for setup in self:
            own = [("company_id", "=", setup.company_id.id)]
            setup.commune_count = self.env["res.partner"].search_count(
                [
                    ("is_commune", "=", True),
                    ("intercommunal_epci_id", "=", setup.company_id.id),
                ]
            )
            setup.service_count = self.env["intercommunal.service"].search_count(own)
            setup.type_count = self.env["intercommunal.request.type"].search_count(own)
            setup.team_count = self.env["intercommunal.team"].search_count(
                [*own, ("leader_id", "!=", False)]
            )
            setup.staff_done = setup.team_count and not setup._prepare_staff()
            setup.holder_count = self.env["intercommunal.commune.role"].search_count(
                [*own, ("is_current", "=", True), ("user_id", "!=", False)]
            )
            setup.request_count = self.env["intercommunal.request"].search_count(own)
            done = (
                setup.commune_count,
                setup.type_count,
                setup.team_count,
                setup.holder_count,
                setup.request_count,
            )
            setup.step = next(
                (number for number, count in enumerate(done, 1) if not count),
                len(done) + 1,
            )

    @api.depends("company_id")
    def _compute_absent(self):
        servers = self.env["ir.mail_server"].sudo().search_count([], limit=1)
        for setup in self:
            absent = setup._find_absent().sorted("name")
            setup.absent_count = len(absent)
            names = absent[:MAX_NAMES].mapped("name")
            if len(absent) > MAX_NAMES:
                names.append("…")
            setup.absent_names = ", ".join(names)
            setup.has_mail_server = bool(servers)

    def _find_absent(self):
        """Who has an access and never logged in: `res.users`."""
        self.ensure_one()
        own = [("company_id", "=", self.company_id.id)]
        services = self.env["intercommunal.service"].search(own)
        teams = self.env["intercommunal.team"].search(own)
        roles = self.env["intercommunal.commune.role"].search(
            [*own, ("is_current", "=", True)]
        )
        users = services.manager_ids | teams.leader_id | teams.member_ids
        # when somebody came is the administrators' of the database
        return (
            (users | roles.user_id)
            .sudo()
            .filtered(lambda user: user.active and user.email and not user.log_ids)
        )

    @api.depends("company_id")
    def _compute_url(self):
        for setup in self:
            setup.portal_url = f"{setup.get_base_url()}/my/requests/new"

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "domain_ids" in fields:
            values["domain_ids"] = [
                Command.create(vals) for vals in self._prepare_domains()
            ]
        if "staff_ids" in fields:
            values["staff_ids"] = self._prepare_staff()
        return values

    @api.model
    def _prepare_domains(self):
        codes = set(
            self.env["intercommunal.domain"]
            .search([("company_id", "=", self.env.company.id)])
            .mapped("code")
        )
        vals_list = []
        for name, label in self.env["intercommunal.domain"]._get_shipped():
            data, _problems = domain_format.load(
                (SHIPPED / f"{name}.json").read_bytes()
            )
            vals_list.append(
                {
                    "key": name,
                    "name": label,
                    "summary": data.get("summary"),
                    "is_installed": data["code"] in codes,
                }
            )
        return vals_list

    @api.model
    def _prepare_staff(self):
        """A row for each manager and each team leader that is missing."""
        services = self.env["intercommunal.service"].search(
            [("company_id", "=", self.env.company.id)]
        )
        return [
            Command.create({"service_id": service.id, "job": job})
            for service in services
            for job, missing in (
                ("service_manager", not service.manager_ids),
                ("leader", not service.team_ids.leader_id),
            )
            if missing
        ]

    # ---------------------------------------------------------------- actions

    def action_territory(self):
        """Open the official list of intercommunalities."""
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "intercommunal_workflow.intercommunal_territory_install_action"
            ),
            "context": {"intercommunal_setup": True},
        }

    def action_install_domains(self):
        """Install the domains that are ticked.

        :raises UserError: none is
        """
        self.ensure_one()
        chosen = self.domain_ids.filtered("selected")
        if not chosen:
            raise UserError(self.env._("Tick at least one domain."))
        domains = self.env["intercommunal.domain"]
        for line in chosen:
            full, problems = domains._read(domains._read_shipped(line.key))
            if problems:
                raise UserError("\n".join(problems))
            domains._install(full, self.company_id)
        return self.action_open()

    def action_add_staff(self):
        """Give access to the managers, leaders and agents that were entered.

        A leader gets a team, or joins that of the service that has no leader; an agent
        joins the first team of the service.

        :raises UserError: a name or an address is missing; nobody is created then
        """
        self.ensure_one()
        rows = self.staff_ids.filtered(lambda row: row.name or row.email)
        if not rows:
            raise UserError(self.env._("Enter at least one person."))
        rows._check_complete()
        users = self.env["res.users"]._invite_staff(
            [{"name": row.name, "email": row.email, "job": row.job} for row in rows],
            self.company_id,
            self.invite,
        )
        by_login = {user.login: user for user in users}
        # those who lead first, so that agents find a team
        for row in rows.sorted(
            lambda row: [job for job, _label in JOBS].index(row.job)
        ):
            row._give_place(by_login[email_normalize(row.email)])
        return self.action_open()

    def action_add_people(self):
        """Give the people of the communes their role and their access to the portal.

        :raises UserError: something is missing; nobody is created then
        """
        self.ensure_one()
        rows = self.person_ids.filtered(lambda row: row.name or row.email)
        if not rows:
            raise UserError(self.env._("Enter at least one person."))
        rows._check_complete()
        rows._give_roles(self.invite)
        return self.action_open()

    def action_invite_again(self):
        """Send the invitation anew to those who never logged in.

        :raises UserError: no e-mail can leave
        """
        self.ensure_one()
        # their own address gets it: whoever asks learns nothing
        absent = self._find_absent().with_context(create_user=True)
        try:
            with self.env.cr.savepoint():
                absent._action_reset_password(signup_type="signup")
        except MailDeliveryException as error:
            raise UserError(
                self.env._(
                    "No e-mail could leave: the outgoing mail server is not set, or does"
                    " not answer. Ask the administrator of the database: Settings →"
                    " General Settings → E-mails. Meanwhile, Settings → Users gives each"
                    " person a first password."
                )
            ) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Invitations sent: %(count)s", count=len(absent)),
            },
        }

    def action_requests(self):
        """Open the board of requests."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_request_action"
        )

    @api.model
    def action_open(self):
        """The page, with what is left to do now."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Getting started"),
            "res_model": self._name,
            "res_id": self.create({}).id,
            "views": [(False, "form")],
            "target": "main",
        }


class IntercommunalSetupDomain(models.TransientModel):
    """A domain that comes with the application."""

    _name = "intercommunal.setup.domain"
    _description = "Domain to Install"
    _order = "id"

    setup_id = fields.Many2one("intercommunal.setup", required=True, ondelete="cascade")
    selected = fields.Boolean("Install")
    key = fields.Char(required=True)
    name = fields.Char("Domain", required=True)
    summary = fields.Char()
    is_installed = fields.Boolean("There already")


class IntercommunalSetupStaff(models.TransientModel):
    """Somebody of the shared services."""

    _name = "intercommunal.setup.staff"
    _description = "Staff to Invite"
    _order = "id"

    setup_id = fields.Many2one("intercommunal.setup", required=True, ondelete="cascade")
    service_id = fields.Many2one("intercommunal.service", required=True)
    job = fields.Selection(JOBS, "Function", required=True, default="agent")
    name = fields.Char()
    email = fields.Char("E-mail")

    def _check_complete(self):
        for row in self:
            if not (row.name and row.email):
                raise UserError(
                    self.env._(
                        "Enter the name and the e-mail of “%(who)s”.",
                        who=row.name or row.email,
                    )
                )

    def _give_place(self, user):
        """Make ``user`` manager, leader or agent of the service."""
        self.ensure_one()
        service = self.service_id
        if self.job == "service_manager":
            service.manager_ids = [Command.link(user.id)]
            return
        team = service.team_ids[:1]
        if self.job == "leader":
            free = service.team_ids.filtered(lambda team: not team.leader_id)[:1]
            team = free or team.create({"name": service.name, "service_id": service.id})
            team.leader_id = user
        elif not team:
            team = team.create({"name": service.name, "service_id": service.id})
        team.member_ids = [Command.link(user.id)]


class IntercommunalSetupPerson(models.TransientModel):
    """Somebody of a commune."""

    _name = "intercommunal.setup.person"
    _description = "Person of a Commune to Invite"
    _order = "id"

    setup_id = fields.Many2one("intercommunal.setup", required=True, ondelete="cascade")
    commune_id = fields.Many2one("res.partner", domain="[('is_commune', '=', True)]")
    role = fields.Selection(COMMUNE_ROLES, required=True, default="requester")
    name = fields.Char()
    email = fields.Char("E-mail")

    def _check_complete(self):
        for row in self:
            if not (row.name and row.commune_id and email_normalize(row.email or "")):
                raise UserError(
                    self.env._(
                        "Enter the commune, the name and a valid e-mail of “%(who)s”.",
                        who=row.name or row.email,
                    )
                )

    def _give_roles(self, invite):
        """Create the contacts that are missing, their roles, and their access."""
        partners = self.env["res.partner"]
        known = {
            partner.email_normalized: partner
            for partner in partners.search(
                [
                    (
                        "email_normalized",
                        "in",
                        [email_normalize(row.email) for row in self],
                    ),
                    ("is_company", "=", False),
                ],
                order="id desc",
            )
        }
        roles = self.env["intercommunal.commune.role"]
        people = partners
        for row in self:
            email = email_normalize(row.email)
            person = known.get(email)
            if not person:
                person = known[email] = partners.create(
                    {"name": row.name, "email": email, "company_id": False}
                )
            people |= person
            held = roles.search_count(
                [
                    ("commune_id", "=", row.commune_id.id),
                    ("partner_id", "=", person.id),
                    ("role", "=", row.role),
                    ("is_current", "=", True),
                ],
                limit=1,
            )
            if not held:
                roles.create(
                    {
                        "commune_id": row.commune_id.id,
                        "partner_id": person.id,
                        "role": row.role,
                        "company_id": row.setup_id.company_id.id,
                    }
                )
        strangers = people.filtered(lambda person: not person.user_ids)
        if invite and strangers:
            self._grant_portal(strangers)

    def _grant_portal(self, people):
        """Core's own way, which sends its own invitation."""
        wizard = self.env["portal.wizard"].create(
            {"partner_ids": [Command.set(people.ids)]}
        )
        for row in wizard.user_ids:
            row.action_grant_access()
