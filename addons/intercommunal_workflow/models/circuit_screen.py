"""What makes a circuit easy to compose: order by drag, models, warnings."""

from odoo import Command, api, fields, models

from .circuit_words import tell_amount

STEP_GAP = 10
# A row that was just added, until it gets its number (see the form's context).
NEW_STEP = 1_000_000
# Where a model of circuit puts its threshold, in the company's currency.
MODEL_THRESHOLD = 1000.0
# Communes that a warning names; the list of vacant roles names them all.
MAX_NAMES = 5


class IntercommunalCircuit(models.Model):
    """The composing screen of a circuit."""

    _inherit = "intercommunal.circuit"

    template = fields.Selection(
        [
            ("referent", "The referent alone"),
            ("threshold", "The referent, then the mayor above an amount"),
            ("two_elected", "Two elected officials, at the same time"),
            ("agreement", "The mayor's agreement before the work"),
        ],
        "Start from a model",
        store=False,
        help="Fills in the steps; change anything afterwards.",
    )
    warning = fields.Text("To check", compute="_compute_warning")
    vacant_count = fields.Integer("Vacant roles", compute="_compute_vacant_count")

    # --------------------------------------------------------------- composing

    @api.onchange("template")
    def _onchange_template(self):
        if not self.template:
            return
        self.subject = "request" if self.template == "agreement" else "report"
        self.name = self.name or dict(
            self._fields["template"]._description_selection(self.env)
        ).get(self.template)
        self.step_ids = [
            Command.clear(),
            *(Command.create(vals) for vals in self._prepare_template_vals()),
        ]

    def _prepare_template_vals(self):
        """Values of the steps of the model that was chosen."""
        referent = {"name": self.env._("Referent"), "commune_role": "referent"}
        mayor = {"name": self.env._("Mayor"), "commune_role": "mayor"}
        deputy = {"name": self.env._("Deputy mayor"), "commune_role": "deputy"}
        templates = {
            "referent": [referent],
            "threshold": [referent, {**mayor, "amount_min": MODEL_THRESHOLD}],
            "two_elected": [mayor, {**deputy, "is_parallel": True}],
            "agreement": [{**mayor, "on_refusal": "cancel"}],
        }
        vals_list = []
        rank = 0
        for position, vals in enumerate(templates[self.template], 1):
            rank += not vals.get("is_parallel")
            vals_list.append(
                {
                    "resolver": "commune_role",
                    "position": position,
                    "sequence": rank * STEP_GAP,
                    **vals,
                }
            )
        return vals_list

    @api.onchange("step_ids")
    def _onchange_step_ids(self):
        """Steps are asked in the order of the rows; a toggle puts two together."""
        steps = self.step_ids.sorted(lambda step: step.position or len(self.step_ids))
        # steps are moved one by one when they are saved: as long as one goes back to
        # another, they all move beyond where any of them was
        has_back = "back" in steps.mapped("on_refusal")
        numbers = [step.sequence for step in steps if step.sequence < NEW_STEP]
        rank = max(numbers, default=0) // STEP_GAP if has_back else 0
        ranked = []
        for index, step in enumerate(steps):
            parallel = bool(index) and step.is_parallel
            rank += not parallel
            ranked.append((step, rank * STEP_GAP, index + 1, parallel))
        if [step.sequence for step in steps] == [row[1] for row in ranked] or (
            has_back and self._is_in_order(ranked)
        ):
            return
        for step, sequence, position, parallel in ranked:
            step.sequence = sequence
            step.position = position
            step.is_parallel = parallel

    def _is_in_order(self, ranked):
        """Whether the steps already have the order that ``ranked`` gives them."""
        pairs = zip(ranked, ranked[1:], strict=False)
        return ranked[-1][0].sequence < NEW_STEP and all(
            (after[0].sequence == before[0].sequence)
            if after[3]
            else (after[0].sequence > before[0].sequence)
            for before, after in pairs
        )

    def write(self, vals):
        if "step_ids" in vals:
            vals = {**vals, "step_ids": self._sort_moves(vals["step_ids"])}
        return super().write(vals)

    @api.model
    def _sort_moves(self, commands):
        """The last step moves first: none is before the one it goes back to."""

        def key(command):
            if command[0] != Command.UPDATE:
                return 0
            return -(command[2].get("sequence") or 0)

        return sorted(commands, key=key) if isinstance(commands, list) else commands

    # ---------------------------------------------------------------- warnings

    @api.depends(
        "active",
        "subject",
        "sequence",
        "company_id",
        "domain",
        "service_ids",
        "type_ids",
        "step_ids.sentence",
        "step_ids.sequence",
    )
    @api.depends_context("lang", "company")
    def _compute_warning(self):
        for circuit in self:
            warnings = [
                *circuit._get_step_warnings(),
                *circuit._get_reach_warnings(),
                *circuit._get_vacancy_warnings(),
            ]
            circuit.warning = "\n".join(warnings) or False

    def _get_step_warnings(self):
        """Steps that nobody, or not enough persons, could ever satisfy."""
        self.ensure_one()
        usual = self.step_ids.filtered(lambda step: not step.is_arbitration)
        if not usual and not self._origin:
            return []  # the screen already says what to do first
        if not usual:
            return [self.env._("No step says who decides: nobody would be asked.")]
        warnings = []
        if all(step._get_condition_words() for step in usual):
            warnings.append(self._get_hole_warning(usual))
        for step in self.step_ids:
            warnings += step._get_warnings()
        return warnings

    def _get_hole_warning(self, steps):
        if all(step.amount_min for step in steps):
            amount = min(steps.mapped("amount_min"))
            return self.env._(
                "Below %(amount)s no step applies: nothing could be sent. Add a step"
                " without a threshold.",
                amount=tell_amount(self.env, amount, steps[0]._currency()),
            )
        return self.env._(
            "Every step has a condition: where none of them holds, nothing could be"
            " sent. Add a step without a condition."
        )

    def _get_reach_warnings(self):
        """An earlier circuit that takes everything which this one is about."""
        self.ensure_one()
        if not self.active:
            return []
        mine = self._origin
        earlier = self.search(
            [
                ("subject", "=", self.subject),
                ("company_id", "in", (self.company_id.id, False)),
                ("id", "!=", mine.id),
            ],
            order="sequence, id",
        )
        taking = earlier.filtered(
            lambda other: (
                (other.sequence, other.id) < (self.sequence, mine.id or float("inf"))
                and other._takes_all_of(self)
            )
        )
        return [
            self.env._(
                "It is never used: “%(other)s” comes before it in the list and takes"
                " the same cases. Drag this one above it, or limit the other one.",
                other=other.name,
            )
            for other in taking[:1]
        ]

    def _takes_all_of(self, other):
        """Whether whatever ``other`` is about is about this circuit too."""

        def covers(mine, theirs):
            return not mine or bool(theirs) and theirs <= mine

        return (
            covers(self.service_ids, other.service_ids._origin)
            and covers(self.type_ids, other.type_ids._origin)
            and self.domain in ("[]", "", False, other.domain)
        )

    # -------------------------------------------------------------- vacancies

    @api.depends("company_id", "service_ids", "step_ids.sentence")
    @api.depends_context("company")
    def _compute_vacant_count(self):
        vacancies = self.env["intercommunal.vacant.role"]
        for circuit in self:
            circuit.vacant_count = len(vacancies._find(circuit))

    def _get_vacancy_warnings(self):
        """The communes and services where nobody could decide today."""
        self.ensure_one()
        warnings = []
        labels = dict(
            self.env["intercommunal.vacant.role"]
            ._fields["role"]
            ._description_selection(self.env)
        )
        by_role = {}
        for vals in self.env["intercommunal.vacant.role"]._find(self):
            by_role.setdefault(vals["role"], []).append(vals["name"])
        for role, names in by_role.items():
            told = ", ".join(names[:MAX_NAMES])
            if len(names) > MAX_NAMES:
                told = self.env._(
                    "%(names)s and %(count)s more",
                    names=told,
                    count=len(names) - MAX_NAMES,
                )
            warnings.append(
                self.env._(
                    "Vacant role, “%(role)s”: %(names)s.", role=labels[role], names=told
                )
            )
        return warnings

    def action_vacant_roles(self):
        """List the roles that these circuits need and nobody holds."""
        return self.env["intercommunal.vacant.role"]._open(self)


class IntercommunalCircuitStep(models.Model):
    """A step as a row that is dragged."""

    _inherit = "intercommunal.circuit.step"

    position = fields.Integer(compute="_compute_position", store=True, readonly=False)
    is_parallel = fields.Boolean(
        "At the same time as the step before",
        compute="_compute_position",
        store=True,
        readonly=False,
        help="Both are asked together, instead of one after the other.",
    )

    @api.depends("sequence", "circuit_id.step_ids.sequence")
    def _compute_position(self):
        """Equal numbers are asked together, whoever wrote them."""
        # on the screen, rows and toggles say what the numbers become
        on_screen = self.filtered(lambda step: not step.id)
        for step in on_screen:
            step.position = step.position
            step.is_parallel = step.is_parallel
        saved = self - on_screen
        for circuit in saved.circuit_id:
            before = None
            # rows that are asked together keep the order in which they were dragged
            steps = circuit.step_ids.sorted(
                lambda step: (step.sequence, step.position or NEW_STEP)
            )
            for index, step in enumerate(steps, 1):
                if step in saved:
                    step.position = index
                    step.is_parallel = bool(before) and (
                        before.sequence == step.sequence
                    )
                before = step

    @api.onchange("resolver", "commune_role", "service_role", "user_id", "group_id")
    def _onchange_who(self):
        """A step is called after who decides, until somebody names it otherwise."""
        if not self.name or self.name in self._get_own_names():
            self.name = self._get_target_name()

    def _get_own_names(self):
        """The roles, as this screen calls steps after them."""
        return {
            label
            for name in ("commune_role", "service_role")
            for _key, label in self._fields[name]._description_selection(self.env)
        }

    def _get_target_name(self):
        """Who decides, as a title; False while it is not chosen."""
        if self.resolver == "user":
            return self.user_id.sudo().name
        if self.resolver == "group":
            return self.group_id.sudo().name
        labels = dict(self._fields[self.resolver]._description_selection(self.env))
        return labels.get(self[self.resolver])

    def _get_warnings(self):
        """Why this step could never be satisfied, as a list of sentences."""
        self.ensure_one()
        step = self.sudo()
        if step.resolver == "user" and step.user_id:
            if not step._get_askable(step.user_id):
                return [
                    self.env._(
                        "“%(step)s”: %(person)s has no access any more and can't"
                        " decide. Name somebody else.",
                        step=step.name,
                        person=step.user_id.name,
                    )
                ]
            if step.quorum_mode == "number" and step.quorum > 1:
                return [
                    self.env._(
                        "“%(step)s” asks for %(count)s persons but names only one.",
                        step=step.name,
                        count=step.quorum,
                    )
                ]
        if step.resolver == "group" and step.group_id:
            found = len(step._get_askable(step.group_id.all_user_ids))
            if found < (step.quorum if step.quorum_mode == "number" else 1):
                return [
                    self.env._(
                        "“%(step)s”: too few persons of the group “%(group)s” can"
                        " decide (%(found)s). Add some, or ask for fewer.",
                        step=step.name,
                        found=found,
                        group=step.group_id.name,
                    )
                ]
        return []

    def _get_askable(self, users):
        """Those of ``users`` whom an approval of today could ask."""
        run = self.env["intercommunal.validation"].new(
            {"company_id": (self.circuit_id.company_id or self.env.company).id}
        )
        return users.filtered(run._can_be_asked)
