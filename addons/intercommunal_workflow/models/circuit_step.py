from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .circuit import check_domain
from .commune_role import COMMUNE_ROLES

RESOLVERS = [
    ("commune_role", "A role of the commune"),
    ("service_role", "A role of the service"),
    ("user", "A person"),
    ("group", "A group"),
]
SERVICE_ROLES = [("manager", "Managers"), ("director", "Director")]


class IntercommunalCircuitStep(models.Model):
    """Who is asked at one point of a circuit; equal sequences are asked together."""

    _name = "intercommunal.circuit.step"
    _description = "Step of an Approval Circuit"
    _order = "circuit_id, sequence, position, id"

    circuit_id = fields.Many2one(
        "intercommunal.circuit",
        required=True,
        index=True,
        ondelete="cascade",
    )
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="Steps of the same number are asked at the same time."
    )
    is_arbitration = fields.Boolean(
        "Arbitration",
        help="Asked only after a refusal, or when the work was already sent back"
        " twice: this person settles the matter.",
    )
    resolver = fields.Selection(
        RESOLVERS, "Who decides", required=True, default="commune_role"
    )
    commune_role = fields.Selection(COMMUNE_ROLES, default="referent")
    service_role = fields.Selection(SERVICE_ROLES, default="manager")
    user_id = fields.Many2one("res.users", "Person", ondelete="restrict")
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    reminder_days = fields.Integer(
        "Reminder every",
        default=3,
        help="Working days between two reminders; 0 sends none.",
    )
    escalation_resolver = fields.Selection(
        RESOLVERS,
        "When it is late",
        help="Who is asked too, once the days to decide are over.",
    )
    escalation_commune_role = fields.Selection(COMMUNE_ROLES)
    escalation_service_role = fields.Selection(SERVICE_ROLES)
    escalation_user_id = fields.Many2one("res.users", ondelete="restrict")
    escalation_group_id = fields.Many2one("res.groups", ondelete="restrict")
    vacant_mode = fields.Selection(
        [
            ("block", "Nothing is sent"),
            ("escalation", "Those asked when it is late decide instead"),
        ],
        "If nobody can decide",
        required=True,
        default="block",
    )
    condition_domain = fields.Char(
        "Only if", default="[]", help="Leave empty to ask always."
    )
    amount_min = fields.Float(
        "From this amount",
        digits="Product Price",
        help="The step is skipped below this amount; 0 asks always.",
    )
    subject_model = fields.Char(related="circuit_id.subject_model")
    quorum_mode = fields.Selection(
        [("number", "A number of persons"), ("all", "All of them")],
        "How many",
        required=True,
        default="number",
    )
    quorum = fields.Integer("Persons", default=1)
    four_eyes = fields.Boolean(
        "Four eyes",
        default=True,
        help="Nobody decides on what they wrote or approved at an earlier step.",
    )
    delay_days = fields.Integer(
        "Days to decide", default=7, help="Working days of the intercommunality."
    )
    on_refusal = fields.Selection(
        [
            ("rework", "The work is redone"),
            ("cancel", "It is refused for good"),
            ("back", "An earlier step decides again"),
        ],
        "On refusal",
        required=True,
        default="rework",
    )
    back_step_id = fields.Many2one(
        "intercommunal.circuit.step",
        "Back to",
        domain="[('circuit_id', '=', circuit_id), ('sequence', '<', sequence)]",
    )
    _quorum_positive = models.Constraint(
        "CHECK(quorum >= 1)", "At least one person decides."
    )
    _delay_positive = models.Constraint(
        "CHECK(delay_days >= 0)", "The days to decide can't be negative."
    )
    _reminder_positive = models.Constraint(
        "CHECK(reminder_days >= 0)", "The days between reminders can't be negative."
    )

    # ------------------------------------------------------------ constraints

    @api.constrains("resolver", "commune_role", "service_role", "user_id", "group_id")
    def _check_resolver(self):
        target = {"user": "user_id", "group": "group_id"}
        for step in self:
            if not step[target.get(step.resolver, step.resolver)]:
                raise ValidationError(
                    self.env._("Say who decides at “%(name)s”.", name=step.name)
                )

    @api.constrains(
        "escalation_resolver",
        "escalation_commune_role",
        "escalation_service_role",
        "escalation_user_id",
        "escalation_group_id",
        "vacant_mode",
    )
    def _check_escalation(self):
        for step in self:
            resolver = step.escalation_resolver
            if not resolver and step.vacant_mode == "escalation":
                raise ValidationError(
                    self.env._(
                        "Say who decides instead when nobody can at “%(name)s”.",
                        name=step.name,
                    )
                )
            target = {"user": "user_id", "group": "group_id"}.get(resolver, resolver)
            if resolver and not step[f"escalation_{target}"]:
                raise ValidationError(
                    self.env._(
                        "Say who is asked when “%(name)s” is late.", name=step.name
                    )
                )

    @api.constrains("condition_domain")
    def _check_condition(self):
        for step in self:
            check_domain(step, step.condition_domain, step.subject_model)

    @api.constrains("on_refusal", "back_step_id", "sequence")
    def _check_back_step(self):
        # moving a step may also cut off those that go back to it
        for step in self.circuit_id.step_ids:
            if step.on_refusal == "back" and not (
                step.back_step_id
                and step.back_step_id.circuit_id == step.circuit_id
                and step.back_step_id.sequence < step.sequence
            ):
                raise ValidationError(
                    self.env._(
                        "Choose the earlier step that “%(name)s” goes back to.",
                        name=step.name,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps.circuit_id._check_unused()
        return steps

    def write(self, vals):
        self.circuit_id._check_unused()
        result = super().write(vals)
        if "circuit_id" in vals:
            self.circuit_id._check_unused()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.circuit_id._check_unused()
        cut_off = self.search([("back_step_id", "in", self.ids)]) - self
        if cut_off:
            raise UserError(
                self.env._(
                    "“%(name)s” goes back to a step that would be deleted: choose"
                    " another one first.",
                    name=cut_off[0].name,
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for vals in vals_list:
            # the copy of the step it goes back to may not exist yet
            if vals.get("on_refusal") == "back" and not default:
                vals.update(on_refusal="rework", back_step_id=False)
        return vals_list

    def _copy_back_steps_to(self, copies):
        """Make ``copies`` of these steps go back to the copies of the same steps."""
        twins = dict(zip(self.sorted("id"), copies.sorted("id"), strict=True))
        for step, twin in twins.items():
            if step.on_refusal == "back":
                back = twins[step.back_step_id]
                twin.write({"on_refusal": "back", "back_step_id": back.id})

    # ------------------------------------------------------------------ engine

    def _prepare_run_step_vals(self):
        """The step as a run keeps it, whatever becomes of the circuit."""
        self.ensure_one()
        return {
            "circuit_step_id": self.id,
            "name": self.name,
            "sequence": self.sequence,
            "delay_days": self.delay_days,
            "quorum": self.quorum,
            "is_arbitration": self.is_arbitration,
        }

    def _get_deciders(self, run):
        """Who is asked at this step of ``run``, and how many of them must approve.

        :return: (res.users, int)
        :raises UserError: fewer persons can decide than the step asks for
        """
        self.ensure_one()
        users = self._resolve(run)
        needed = self._get_needed(users)
        if users and len(users) >= needed:
            return users, needed
        if self.vacant_mode == "escalation":
            substitutes = self._resolve_escalation(run)
            needed = self._get_needed(users.browse()) or 1
            if len(users | substitutes) >= needed:
                return users | substitutes, needed
        raise UserError(self._get_vacant_reason(run, users, needed))

    def _get_needed(self, users):
        """How many of ``users`` must approve, as the step has it."""
        return len(users) if self.quorum_mode == "all" else self.quorum

    def _resolve(self, run):
        """The living users who may decide at this step of ``run``.

        :return: res.users, without those that four eyes exclude
        """
        return self._without_excluded(run, self._get_holders(run))

    def _resolve_escalation(self, run):
        """The living users who are asked too when the step is late.

        :return: res.users, without those that four eyes exclude
        """
        return self._without_excluded(run, self._get_holders(run, "escalation_"))

    def _without_excluded(self, run, users):
        self.ensure_one()
        return users - run._get_excluded_users(self) if self.four_eyes else users

    def _get_holders(self, run, prefix=""):
        """The living users whom the step names, who have access to ``run``.

        A person of another intercommunality, or without a role in the application,
        would be asked for what they can't open.

        :param str prefix: "escalation_" for those who are asked when it is late
        """
        users = self._get_named_users(
            run.service_id, run.commune_id._get_role_users, prefix
        )
        return users.filtered(run._can_be_asked)

    def _get_named_users(self, service, get_role_users, prefix=""):
        """The users whom the step names, whether or not they can be asked.

        :param service: the intercommunal.service whose people may be named
        :param get_role_users: gives the res.users who hold a role of the commune
        :param str prefix: "escalation_" for those who are asked when it is late
        """
        step = self.sudo()
        resolver = step[f"{prefix}resolver"]
        if resolver == "commune_role":
            return get_role_users(step[f"{prefix}commune_role"])
        if resolver == "service_role":
            manages = step[f"{prefix}service_role"] == "manager"
            return service.manager_ids if manages else service.director_id
        if resolver == "user":
            return step[f"{prefix}user_id"]
        return step[f"{prefix}group_id"].all_user_ids

    def _applies(self, run):
        """Whether the step is asked in ``run``: its threshold and its condition."""
        self.ensure_one()
        below = run.currency_id.compare_amounts(run.amount, self.amount_min) < 0
        if self.amount_min and below:
            return False
        return run._get_subject()._fits(self.condition_domain)

    def _get_vacant_reason(self, run, users, needed):
        """The sentence that names what is vacant, and how to mend it.

        :param users: the res.users who can decide, fewer than ``needed``
        """
        self.ensure_one()
        if users:
            return self.env._(
                "“%(step)s” asks for %(needed)s persons (%(who)s) and only %(found)s"
                " can decide. Ask the administrator to name others.",
                step=self.name,
                needed=needed,
                who=self._get_who(),
                found=len(users),
            )
        if self._get_holders(run):
            return self.env._(
                "Nobody can approve at “%(step)s” (%(who)s): who wrote or approved it"
                " before does not decide again. Ask the administrator to name somebody"
                " else.",
                step=self.name,
                who=self._get_who(),
            )
        if self.resolver == "commune_role":
            labels = dict(self._fields["commune_role"]._description_selection(self.env))
            return self.env._(
                "Nobody can approve: the role “%(role)s” of %(commune)s is vacant."
                " Ask the administrator to give it to a person with access.",
                role=labels[self.commune_role],
                commune=run.commune_id.name,
            )
        return self.env._(
            "Nobody with access can approve at “%(step)s” (%(who)s). Ask the"
            " administrator to name somebody.",
            step=self.name,
            who=self._get_who(),
        )
