from odoo import Command, api, models
from odoo.fields import Domain

# The module of the demonstration's external ids: none of ours, so that updating us
# leaves alone what a visitor changed.
XML_IDS = "__intercommunal_demo__"


class IntercommunalDemo(models.AbstractModel):
    """Loads the demonstration territory: CC Mad et Moselle with invented people.

    Loading again adds what is missing and changes nothing. Other modules extend the
    hooks; the data itself is in the package ``demo`` of each module.
    """

    _name = "intercommunal.demo"
    _description = "Demonstration Territory"

    @api.model
    def _load(self):
        """Load everything, in French, into the current company."""
        french = self.env["res.lang"]._get_data(code="fr_FR").code
        demo = self.sudo().with_context(
            lang=french or self.env.lang,
            # no invitation to users, no message "created", nobody follows everything
            no_reset_password=True,
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
            mail_notify_force_send=False,
        )
        demo._load_territory()
        demo._load_people()
        demo._load_services()
        demo._load_rates()
        demo._load_stories()
        demo._load_planning()

    @api.model
    def _get_users(self):
        """Whom one can log in as.

        :return: list of dicts role, name, login, password, url
        """
        from ..demo import people

        users = []
        for role, key in people.SHOWN:
            user = self._ref(f"user_{key}")
            users.append(
                {
                    "role": role,
                    "name": user.name,
                    "login": user.login,
                    "password": people.PASSWORD,
                    "url": "/odoo" if user._is_internal() else "/my",
                }
            )
        return users

    # ------------------------------------------------------------------- hooks

    @api.model
    def _load_territory(self):
        """The intercommunality, its communes and their sites."""
        from ..demo import territory
        from ..demo.sketch import draw_logo

        company = self.env.company
        if company.epci_siren != territory.EPCI_SIREN:
            self.env["intercommunal.territory.install"]._install(
                company, territory.EPCI_SIREN
            )
        if company.uses_default_logo:
            company.logo = draw_logo(company.name)
        # its mails leave in its own name
        company.email = company.email or territory.EPCI_EMAIL
        for key, (insee, vals) in territory.COMMUNES.items():
            commune = self._find_or_create(
                f"commune_{key}", "res.partner", Domain("insee_code", "=", insee), {}
            )
            for name, value in vals.items():
                commune[name] = commune[name] or value
        for key, row in territory.SITES.items():
            commune, name, kind, street, latitude, longitude = row
            self._find_or_create(
                f"site_{key}",
                "intercommunal.site",
                Domain.FALSE,
                {
                    "name": name,
                    "kind": kind,
                    "commune_id": self._ref(f"commune_{commune}").id,
                    "street": street,
                    "latitude": latitude,
                    "longitude": longitude,
                },
            )

    @api.model
    def _load_people(self):
        """Staff of the intercommunality, people of the communes and their roles."""
        from ..demo import people

        self._load_users(
            {
                **{
                    key: (name, self.env.company.partner_id, function, groups)
                    for key, (name, groups, function) in people.STAFF.items()
                },
                **{
                    key: (name, self._ref(f"commune_{commune}"), function, (group,))
                    for key, row in people.COMMUNE_PEOPLE.items()
                    for name, commune, function, group in (row,)
                },
            }
        )
        for key, commune, role in people.ROLES:
            self._find_or_create(
                f"role_{commune}_{role}_{key}",
                "intercommunal.commune.role",
                Domain.FALSE,
                {
                    "commune_id": self._ref(f"commune_{commune}").id,
                    "partner_id": self._ref(f"user_{key}").partner_id.id,
                    "role": role,
                    "date_from": people.TERM_START,
                },
            )

    @api.model
    def _load_users(self, rows):
        """Create the users that are missing, all at once.

        :param dict rows: {login before the @: (name, employer, function, groups)}
        """
        from ..demo import people

        missing = {
            key: self._prepare_user_vals(key, *row)
            for key, row in rows.items()
            if not self._ref(f"user_{key}", raise_if_not_found=False)
        }
        if not missing:
            return
        users = self.env["res.users"].create(list(missing.values()))
        # one password for all: it is hashed once, which takes a while
        password = users._crypt_context().hash(people.PASSWORD)
        for key, user in zip(missing, users, strict=True):
            user._set_encrypted_password(user.id, password)
            self._remember(f"user_{key}", user)

    @api.model
    def _load_services(self):
        """Services, teams, products, request types and an approval before work."""
        from ..demo import services

        for code, (name, sequence, color, managers) in services.SERVICES.items():
            self._find_or_create(
                f"service_{code}",
                "intercommunal.service",
                Domain("code", "=", code)
                & Domain("company_id", "=", self.env.company.id),
                {
                    "name": name,
                    "code": code,
                    "sequence": sequence,
                    "color": color,
                    "manager_ids": self._link_users(managers),
                    "director_id": self._ref("user_direction").id,
                },
            )
        for key, (name, service, leader, members, color) in services.TEAMS.items():
            self._find_or_create(
                f"team_{key}",
                "intercommunal.team",
                Domain.FALSE,
                {
                    "name": name,
                    "service_id": self._ref(f"service_{service}").id,
                    "leader_id": self._ref(f"user_{leader}").id,
                    "member_ids": self._link_users(members or (leader,)),
                    "color": color,
                },
            )
        for key, (name, unit, kind) in services.PRODUCTS.items():
            self._find_or_create(
                f"product_{key}",
                "product.product",
                Domain.FALSE,
                {
                    "name": name,
                    "type": kind,
                    "uom_id": self.env.ref(f"uom.{unit}").id,
                    "sale_ok": False,
                    "list_price": 0.0,
                },
            )
        for rank, (key, row) in enumerate(services.TYPES.items()):
            self._find_or_create(
                f"type_{key}",
                "intercommunal.request.type",
                Domain.FALSE,
                self._prepare_type_vals(rank, row),
            )
        self._find_or_create(
            "circuit_mayor",
            "intercommunal.circuit",
            Domain.FALSE,
            {
                "name": services.CIRCUIT_NAME,
                "subject": "request",
                "domain": services.CIRCUIT_DOMAIN,
                "company_id": self.env.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": services.CIRCUIT_STEP,
                            "resolver": "commune_role",
                            "commune_role": "mayor",
                            "on_refusal": "cancel",
                        }
                    )
                ],
            },
        )

        self._find_or_create(
            "circuit_technical",
            "intercommunal.circuit",
            Domain.FALSE,
            {
                "name": services.REPORT_CIRCUIT_NAME,
                "subject": "report",
                "service_ids": [Command.set(self._ref("service_TEC").ids)],
                "company_id": self.env.company.id,
                "step_ids": [
                    Command.create({**step, "sequence": 10 * rank})
                    for rank, step in enumerate(services.REPORT_CIRCUIT_STEPS, 1)
                ],
            },
        )

        self._load_replies()

    @api.model
    def _load_replies(self):
        """Delays that the services promise, and texts that they send often."""
        from ..demo import replies

        for key, (service, type_key, priority, answer, done) in replies.DELAYS.items():
            self._find_or_create(
                f"sla_{key}",
                "intercommunal.sla",
                Domain.FALSE,
                {
                    "service_id": self._ref(f"service_{service}").id,
                    "type_id": type_key and self._ref(f"type_{type_key}").id,
                    "priority": priority,
                    "answer_hours": answer,
                    "done_hours": done,
                },
            )
        find_stage = self.env["intercommunal.stage"]._find_stage_id
        for key, row in replies.REPLIES.items():
            name, usage, service, reason, body, *states = row
            stages = [
                find_stage(state, False, self.env.company.id)
                for state in (states and states[0]) or ()
            ]
            self._find_or_create(
                f"reply_{key}",
                "intercommunal.reply",
                Domain.FALSE,
                {
                    "name": name,
                    "usage": usage,
                    "service_id": service and self._ref(f"service_{service}").id,
                    "reason_id": reason
                    and self.env.ref(f"intercommunal_workflow.{reason}").id,
                    "body": body,
                    "stage_ids": [Command.set(stages)],
                    "company_id": self.env.company.id,
                },
            )

    @api.model
    def _load_rates(self):
        """Agreements and rates: nothing to bill here."""

    @api.model
    def _load_stories(self):
        """Requests in every state, dated around today; only into an empty database."""
        from ..demo.clock import settable_clock
        from ..demo.stories import STORIES
        from ..demo.teller import Teller

        if self._ref("story_0", raise_if_not_found=False):
            return
        with settable_clock():
            teller = Teller(self)
            for rank, story in enumerate(STORIES):
                request = teller.tell(story)
                self._remember(f"story_{rank}", request)
        self._discard_mail()

    @api.model
    def _load_planning(self):
        """Positions, skills, the words of two turns; a round and a relayed request."""
        from ..demo import planning

        self._set_position(self.env.company.partner_id, planning.DEPOT)
        for key, position in planning.POSITIONS.items():
            self._set_position(self._ref(f"commune_{key}"), position)
        for key, (name, people, types) in planning.SKILLS.items():
            self._find_or_create(
                f"skill_{key}",
                "intercommunal.skill",
                Domain.FALSE,
                {
                    "name": name,
                    "user_ids": self._link_users(people),
                    "type_ids": [
                        Command.set([self._ref(f"type_{kind}").id for kind in types])
                    ],
                },
            )
        for state, words in planning.WORDS.items():
            stage = self.env["intercommunal.stage"].search(
                [("state", "=", state), ("service_id", "=", False)], limit=1
            )
            stage.mail_text = stage.mail_text or words
        if not self._ref("trip_0", raise_if_not_found=False):
            self._load_round()

    @api.model
    def _set_position(self, place, position):
        if not place._get_position():
            place.partner_latitude, place.partner_longitude = position

    @api.model
    def _load_round(self):
        """Two jobs on one round, and a request that a citizen asked for."""
        from ..demo import planning

        requests = self.env["intercommunal.request"]
        jobs = requests.search([("name", "in", planning.ROUND)]).intervention_ids
        jobs = jobs.filtered(lambda job: job.state == "planned")
        if jobs:
            trip = self.env["intercommunal.trip"].create(
                {
                    "service_id": jobs[0].service_id.id,
                    "team_id": jobs[0].team_id.id,
                    "date": jobs[0].date_start.date(),
                    "total_km": planning.ROUND_KM,
                    "intervention_ids": [Command.set(jobs.ids)],
                }
            )
            self._remember("trip_0", trip)
        name, citizen, phone = planning.RELAYED
        request = requests.search([("name", "=", name)], limit=1)
        self.env["intercommunal.citizen"].create(
            {"request_id": request.id, "name": citizen, "phone": phone}
        )

    @api.model
    def _close_request(self, request):
        """Close an approved request whose days to contest are over.

        :param request: `intercommunal.request`, as superuser
        """
        request._transition("closed")

    # ----------------------------------------------------------------- helpers

    @api.model
    def _ref(self, name, raise_if_not_found=True):
        """The demonstration's record of this name."""
        return self.env.ref(f"{XML_IDS}.{name}", raise_if_not_found=raise_if_not_found)

    @api.model
    def _remember(self, name, record):
        self.env["ir.model.data"].sudo().create(
            {
                "module": XML_IDS,
                "name": name,
                "model": record._name,
                "res_id": record.id,
                "noupdate": True,
            }
        )

    @api.model
    def _get_demo_users(self):
        """The users of the demonstration."""
        data = self.env["ir.model.data"].search_fetch(
            [("module", "=", XML_IDS), ("model", "=", "res.users")], ["res_id"]
        )
        return self.env["res.users"].browse(data.mapped("res_id"))

    @api.model
    def _find_or_create(self, name, model, domain, vals):
        """The record ``name``: loaded before, found by ``domain``, or created."""
        record = self._ref(name, raise_if_not_found=False)
        if record:
            return record
        record = self.env[model].search(domain, limit=1) or self.env[model].create(vals)
        self._remember(name, record)
        return record

    @api.model
    def _prepare_user_vals(self, key, name, employer, function, groups):
        from ..demo import people

        return {
            "name": name,
            "login": f"{key}@{people.LOGIN_DOMAIN}",
            "email": f"{key}@{people.MAIL_DOMAIN}",
            "function": function,
            "parent_id": employer.id,
            "tz": "Europe/Paris",
            "lang": self.env.lang,
            "company_id": self.env.company.id,
            "company_ids": [Command.set(self.env.company.ids)],
            "group_ids": [Command.set([self.env.ref(group).id for group in groups])],
        }

    @api.model
    def _link_users(self, keys):
        return [Command.set([self._ref(f"user_{key}").id for key in keys])]

    @api.model
    def _prepare_type_vals(self, rank, row):
        service, name, text, hours, questions, checklist, products = row
        return {
            "name": name,
            "sequence": 10 * rank,
            "service_id": self._ref(f"service_{service}").id,
            "description": text,
            "default_duration": hours,
            "properties_definition": list(questions),
            "checklist": checklist,
            "product_ids": [
                Command.set([self._ref(f"product_{key}").id for key in products])
            ],
        }

    @api.model
    def _discard_mail(self):
        """No message of the demonstration leaves: its people do not exist."""
        users = self._get_demo_users()
        mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
        mails.filtered(lambda mail: mail.recipient_ids <= users.partner_id).unlink()
        self.env["mail.notification"].search(
            [
                ("res_partner_id", "in", users.partner_id.ids),
                ("notification_status", "=", "ready"),
            ]
        ).write({"notification_status": "sent"})
