from datetime import timedelta
from typing import ClassVar

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .stage import REQUEST_STATES

# These follow from the interventions, so any of them may come after any other
# (a cancelled job, a second intervention, a contested report).
WORK_STATES = (
    "accepted",
    "planned",
    "in_progress",
    "to_validate",
    "rework",
    "validated",
)
REQUEST_PRIORITIES = [("0", "Normal"), ("1", "High"), ("2", "Urgent")]
CLOSED_STATES = ("closed", "refused", "cancelled")
# The intercommunality's own people: commune staff are internal users as well.
STAFF_GROUPS = ",".join(
    f"intercommunal_workflow.group_intercommunal_{name}"
    for name in ("agent", "service_manager", "finance", "direction", "admin")
)
OPEN_STATES = tuple(
    state for state, _label in REQUEST_STATES if state not in CLOSED_STATES
)
# The work is not done yet, and it is not the commune's answer that is awaited.
LATE_STATES = tuple(
    state for state in OPEN_STATES if state not in ("info_requested", "validated")
)
SENT_STATES = tuple(state for state, _label in REQUEST_STATES if state != "draft")


def _others(state):
    return tuple(other for other in WORK_STATES if other != state)


class IntercommunalRequest(models.Model):
    """What a commune asks of a shared service, from the wish to the closed file."""

    _name = "intercommunal.request"
    _description = "Request"
    _inherit = [
        "intercommunal.transition.mixin",
        "intercommunal.validation.subject",
        "intercommunal.portal.page",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _validation_subject_kind = "request"
    _portal_path = "/my/requests"
    _order = "priority desc, id desc"
    _rec_names_search = ["reference", "name"]
    _check_company_auto = True
    _mail_post_access = "read"

    _transitions: ClassVar[dict] = {
        "draft": ("submitted", "cancelled"),
        "submitted": (
            "info_requested",
            "approval",
            "accepted",
            "refused",
            "cancelled",
        ),
        "info_requested": ("submitted", "approval", "refused", "cancelled"),
        "approval": ("info_requested", "accepted", "refused", "cancelled"),
        # to "approval" when an agreement is revoked at once; to "submitted" to change
        # what was agreed on
        "accepted": (*_others("accepted"), "approval", "submitted", "cancelled"),
        "planned": (*_others("planned"), "cancelled"),
        "in_progress": (*_others("in_progress"), "cancelled"),
        "to_validate": _others("to_validate"),
        "rework": (*_others("rework"), "cancelled"),
        "validated": (*_others("validated"), "closed"),
        # the referent may contest a refusal once, with something new; a decider may
        # revoke one at once
        "refused": ("submitted", "approval"),
        "closed": (),
        "cancelled": (),
    }
    _moves: ClassVar[dict] = {
        "action_submit": "submitted",
        "action_withdraw": "cancelled",
        "action_accept": "accepted",
        "action_reject": "refused",
        "action_ask_info": "info_requested",
        "action_answer_info": None,
        "action_schedule": None,
        "action_reroute": None,
        "action_cancel": "cancelled",
        "action_contest": None,
        "action_reconsider": "submitted",
        "action_remind_holder": None,
        "action_merge": "cancelled",
        "action_confirm_found": None,
        "action_not_similar": None,
        "action_split": None,
        "action_assign": None,
        "action_estimate": None,
        "action_rate": None,
        "action_reopen": None,
        "action_repeat": None,
    }
    _sources: ClassVar[dict] = {
        "action_submit": ("draft",),
        "action_withdraw": ("draft", "submitted", "info_requested", "approval"),
        "action_accept": ("submitted",),
        "action_answer_info": ("info_requested",),
        "action_schedule": WORK_STATES[:5],
        "action_reroute": ("submitted", "info_requested", "accepted"),
        "action_cancel": (
            "submitted",
            "info_requested",
            "approval",
            "accepted",
            "planned",
            "in_progress",
        ),
        "action_contest": ("validated", "refused"),
        "action_reconsider": ("accepted",),
        "action_remind_holder": (
            "submitted",
            "info_requested",
            "approval",
            *WORK_STATES[:5],
        ),
        "action_merge": ("submitted", "info_requested", "approval", "accepted"),
        "action_confirm_found": ("submitted",),
        "action_not_similar": OPEN_STATES,
        "action_split": WORK_STATES[:5],
        "action_assign": WORK_STATES[:5],
        "action_estimate": ("submitted", "info_requested", "accepted", "planned"),
        "action_rate": ("validated", "closed"),
        "action_reopen": ("closed",),
        "action_repeat": SENT_STATES,
    }
    _actors: ClassVar[dict] = {
        "action_submit": ("commune", "service"),
        "action_withdraw": ("commune",),
        "action_accept": ("service",),
        "action_reject": ("service",),
        "action_ask_info": ("service",),
        "action_answer_info": ("commune", "service"),
        "action_schedule": ("service",),
        "action_reroute": ("service",),
        "action_cancel": ("service",),
        "action_contest": ("referent",),
        "action_reconsider": ("service",),
        "action_remind_holder": ("service", "direction"),
        "action_merge": ("service",),
        "action_confirm_found": ("service",),
        "action_not_similar": ("service",),
        "action_split": ("service",),
        "action_assign": ("service",),
        "action_estimate": ("service",),
        "action_rate": ("commune",),
        "action_reopen": ("commune", "service"),
        "action_repeat": ("commune",),
    }
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "state",
            "reference",
            "ball",
            "ball_since",
            "clock_side",
            "clock_since",
            "commune_seconds",
            "cc_seconds",
            "blocked_amount",
            "reminded_on",
            "reason_id",
            "reason_text",
            "info_question",
            "info_due",
            "info_answer",
            "date_submitted",
            "date_accepted",
            "date_validated",
            "date_closed",
            "contest_count",
            "on_behalf",
            "for_citizen",
            "found_by_id",
            "similar_id",
            "duplicate_of_id",
            "duplicate_ids",
            "is_blocked",
            "sla_answer_deadline",
            "sla_deadline",
            "is_overdue",
            "recurrence_id",
            "recurrence_date",
            "satisfaction",
            "satisfaction_text",
            "previous_id",
            "next_ids",
            "sla_paused_at",
        }
    )
    # What a portal user may set; everything else belongs to the service.
    _portal_writable: ClassVar[frozenset] = frozenset(
        {
            "name",
            "description",
            "commune_id",
            "requester_id",
            "referent_id",
            "service_id",
            "type_id",
            "site_id",
            "address",
            "latitude",
            "longitude",
            "priority",
            "date_desired",
            "properties",
            "photo_ids",
        }
    )
    # Decided once for all when the request is sent; re-routing has its own action.
    _frozen_after_draft: ClassVar[frozenset] = frozenset(
        {"commune_id", "service_id", "requester_id", "company_id"}
    )
    # What the persons read who are asked for their agreement before work.
    _frozen_in_approval: ClassVar[frozenset] = frozenset(
        {
            "name",
            "description",
            "type_id",
            "site_id",
            "address",
            "latitude",
            "longitude",
            "date_desired",
            "estimated_cost",
            "properties",
            "photo_ids",
        }
    )
    _ball_by_state: ClassVar[dict] = {
        "draft": "commune",
        "submitted": "service",
        "info_requested": "commune",
        "approval": "approver",
        "accepted": "service",
        "planned": "team",
        "in_progress": "team",
        "to_validate": "approver",
        "rework": "team",
        "validated": "finance",
        "closed": "nobody",
        "refused": "nobody",
        "cancelled": "nobody",
    }

    reference = fields.Char(
        copy=False, readonly=True, index="trigram", help="Given when it is sent."
    )
    name = fields.Char("Subject", required=True, index="trigram", tracking=True)
    description = fields.Text()
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        default=lambda self: self.env.company,
    )
    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        ondelete="restrict",
        domain="[('is_commune', '=', True)]",
        default=lambda self: self._default_commune_id(),
        tracking=True,
    )
    requester_id = fields.Many2one(
        "res.partner",
        default=lambda self: self._default_requester_id(),
        index="btree_not_null",
        ondelete="restrict",
        help="The person of the commune who asks.",
    )
    referent_id = fields.Many2one(
        "res.partner",
        compute="_compute_referent_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The person of the commune who follows this file and approves the work.",
    )
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    type_id = fields.Many2one(
        "intercommunal.request.type",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('service_id', '=', service_id)]",
        tracking=True,
    )
    site_id = fields.Many2one(
        "intercommunal.site",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('commune_id', '=', commune_id)]",
    )
    address = fields.Char("Place", help="Where to go, when the site does not say it.")
    priority = fields.Selection(
        REQUEST_PRIORITIES,
        default="0",
        required=True,
        tracking=True,
    )
    color = fields.Integer(compute="_compute_color")
    date_desired = fields.Date("Wished date")
    deadline = fields.Date(tracking=True, help="What the service commits to.")
    is_late = fields.Boolean("Late", compute="_compute_is_late", search="_search_late")
    state = fields.Selection(
        REQUEST_STATES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    stage_id = fields.Many2one(
        "intercommunal.stage",
        compute="_compute_stage_id",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        ondelete="restrict",
        group_expand="_group_expand_stage_id",
    )
    ball = fields.Selection(
        [
            ("commune", "Commune"),
            ("service", "Service"),
            ("team", "Team"),
            ("approver", "Approver"),
            ("finance", "Finance"),
            ("nobody", "Nobody"),
        ],
        "Who must act",
        default="commune",
        required=True,
        readonly=True,
        copy=False,
    )
    ball_user_id = fields.Many2one(
        "res.users",
        "In the hands of",
        compute="_compute_ball_user_id",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    ball_since = fields.Datetime(
        "Since", default=fields.Datetime.now, readonly=True, copy=False
    )
    estimated_cost = fields.Monetary(groups=STAFF_GROUPS, tracking=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    properties = fields.Properties(
        "Questions", definition="type_id.properties_definition", copy=True
    )
    intervention_ids = fields.One2many(
        "intercommunal.intervention", "request_id", "Interventions", copy=False
    )
    intervention_count = fields.Integer(compute="_compute_intervention_count")
    photo_ids = fields.One2many(
        "intercommunal.photo", "request_id", "Photos", copy=False
    )
    validation_ids = fields.One2many(
        "intercommunal.validation", "subject_request_id", "Approvals", copy=False
    )
    on_behalf = fields.Boolean(
        "Entered by the service",
        readonly=True,
        copy=False,
        help="The service entered this request for the commune.",
    )
    internal_note = fields.Text(
        "Internal note",
        groups=STAFF_GROUPS,
        help="Never shown to the commune.",
    )
    reason_id = fields.Many2one(
        "intercommunal.reason", readonly=True, copy=False, tracking=True
    )
    reason_text = fields.Text("Explanation", readonly=True, copy=False)
    info_question = fields.Text("Question to the commune", readonly=True, copy=False)
    info_due = fields.Date("Answer expected by", readonly=True, copy=False)
    info_answer = fields.Text("Answer of the commune", readonly=True, copy=False)
    contest_count = fields.Integer("Contests", readonly=True, copy=False)
    date_submitted = fields.Datetime("Sent on", readonly=True, copy=False)
    date_accepted = fields.Datetime("Accepted on", readonly=True, copy=False)
    date_validated = fields.Datetime("Approved on", readonly=True, copy=False)
    date_closed = fields.Datetime("Closed on", readonly=True, copy=False)

    can_submit = fields.Boolean(compute="_compute_can")
    can_withdraw = fields.Boolean(compute="_compute_can")
    can_accept = fields.Boolean(compute="_compute_can")
    can_reject = fields.Boolean(compute="_compute_can")
    can_ask_info = fields.Boolean(compute="_compute_can")
    can_answer_info = fields.Boolean(compute="_compute_can")
    can_schedule = fields.Boolean(compute="_compute_can")
    can_reroute = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_contest = fields.Boolean(compute="_compute_can")
    can_reconsider = fields.Boolean(compute="_compute_can")
    can_remind_holder = fields.Boolean(compute="_compute_can")
    can_merge = fields.Boolean(compute="_compute_can")
    can_not_similar = fields.Boolean(compute="_compute_can")
    can_split = fields.Boolean(compute="_compute_can")
    can_assign = fields.Boolean(compute="_compute_can")
    can_estimate = fields.Boolean(compute="_compute_can")
    can_rate = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")
    can_repeat = fields.Boolean(compute="_compute_can")

    _reference_uniq = models.UniqueIndex(
        "(reference, company_id) WHERE reference IS NOT NULL",
        "Another request already has this reference.",
    )
    # The board counts its columns and their colours without reading the table; most
    # files of a database are closed, and the usual filters leave them out.
    _board_idx = models.Index(
        "(company_id, stage_id, service_id, priority, state, create_uid)"
    )
    _open_board_idx = models.Index(
        "(company_id, stage_id, service_id, priority, state, create_uid)"
        " WHERE state NOT IN ('closed', 'refused', 'cancelled')"
    )
    # Then it reads one column after the other, and the list one page, each in the
    # default order.
    _stage_idx = models.Index("(stage_id, priority DESC, id DESC)")
    _service_idx = models.Index("(service_id, stage_id, priority DESC, id DESC)")
    _commune_idx = models.Index("(commune_id, priority DESC, id DESC)")
    _order_idx = models.Index("(priority DESC, id DESC)")
    _open_order_idx = models.Index(
        "(priority DESC, id DESC) WHERE state NOT IN ('closed', 'refused', 'cancelled')"
    )

    # The radar: the oldest open cases of a company, whoever holds them.
    _radar_idx = models.Index(
        "(company_id, ball_since) WHERE state NOT IN"
        " ('draft', 'validated', 'closed', 'refused', 'cancelled')"
    )

    # --------------------------------------------------------------- defaults

    def _default_commune_id(self):
        """The commune of somebody who acts for only one."""
        communes = self.env.user._get_intercommunal_communes()
        return communes if len(communes) == 1 else False

    def _default_requester_id(self):
        """Somebody of a commune asks for themselves; the service says for whom."""
        user = self.env.user
        # the roles of staff who never ask need not be read
        asks = user.share or user.has_group(
            "intercommunal_workflow.group_intercommunal_requester"
        )
        return asks and user._get_intercommunal_communes() and user.partner_id

    # --------------------------------------------------------------- computes

    @api.depends("reference", "name")
    def _compute_display_name(self):
        for request in self:
            parts = (request.reference, request.name)
            request.display_name = " · ".join(part for part in parts if part)

    @api.depends("commune_id")
    def _compute_referent_id(self):
        roles = self.commune_id.sudo()._search_current_roles("referent")
        # at once: the creation goes on to read the communes and the author
        people = roles.partner_id | self.commune_id | self.env.user.partner_id
        people.sudo().mapped("is_commune")
        by_commune = roles.filtered("partner_id.active").grouped("commune_id")
        for request in self:
            commune_roles = by_commune.get(request.commune_id._origin, roles.browse())
            if request.referent_id not in commune_roles.partner_id:
                request.referent_id = commune_roles.partner_id[:1]

    @api.depends("state", "service_id")
    def _compute_stage_id(self):
        find = self.env["intercommunal.stage"]._find_stage_id
        for request in self:
            stage = request.stage_id
            if stage.state != request.state or (
                stage.service_id and stage.service_id != request.service_id
            ):
                request.stage_id = find(
                    request.state,
                    request.service_id.id or False,
                    request.company_id.id or False,
                )

    @api.depends(
        "ball",
        "requester_id",
        "referent_id",
        "service_id.manager_ids",
        "service_id.director_id",
        "intervention_ids.leader_id",
    )
    def _compute_ball_user_id(self):
        for request in self:
            request.ball_user_id = request.sudo()._get_ball_user()

    @api.depends("deadline", "state", "is_overdue")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        late = self.filtered(
            lambda request: (
                (request.is_overdue or (request.deadline and request.deadline < today))
                and request.state in LATE_STATES
            )
        )
        # each card of the board: two assignments cost less than one for each
        late.is_late = True
        (self - late).is_late = False

    @api.depends("service_id.color")
    def _compute_color(self):
        for service, requests in self.sudo().grouped("service_id").items():
            requests.color = service.color

    def _search_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        passed = Domain("deadline", "<", "today") | Domain("is_overdue", "=", True)
        late = passed & Domain("state", "in", LATE_STATES)
        return late if True in value else ~late

    @api.depends("intervention_ids")
    def _compute_intervention_count(self):
        # shown by the form alone, which reads these records anyway
        for request in self:
            request.intervention_count = len(request.intervention_ids)

    @api.depends_context("uid")
    @api.depends("state", "service_id", "commune_id", "intervention_ids.state")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    @api.model
    def _group_expand_stage_id(self, stages, domain):
        """Every column of the board, empty ones too; drafts only where there are some.

        A phone opens the board on its first column: an empty one says nothing.
        """
        service_ids = {
            value
            for condition in Domain(domain).iter_conditions()
            if condition.field_expr == "service_id"
            for value in (
                condition.value
                if isinstance(condition.value, (list, tuple, set, frozenset))
                else [condition.value]
            )
            if isinstance(value, int)
        }
        columns = stages | stages.search(
            [
                ("service_id", "in", [*service_ids, False]),
                ("company_id", "in", [*self.env.companies.ids, False]),
                ("state", "!=", "draft"),
            ]
        )
        return columns.sorted()

    @api.model
    def _read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        """Counts by stage come in the order of the stages without joining each
        request to its stage, which would cost more than the count itself."""
        by_stage = tuple(groupby) == ("stage_id",) and order == "stage_id"
        if not by_stage or offset or limit:
            return super()._read_group(
                domain, groupby, aggregates, having, offset, limit, order
            )
        groups = super()._read_group(domain, groupby, aggregates, having)
        return sorted(
            groups, key=lambda group: (not group[0], group[0].sequence, group[0].id)
        )

    # ------------------------------------------------------------ constraints

    @api.constrains("site_id", "commune_id")
    def _check_site_commune(self):
        for request in self:
            if request.site_id and request.site_id.commune_id != request.commune_id:
                raise ValidationError(
                    self.env._(
                        "The site “%(site)s” is not in %(commune)s: choose a site of"
                        " this commune, or write the place.",
                        site=request.site_id.name,
                        commune=request.commune_id.name,
                    )
                )

    @api.constrains("type_id", "service_id")
    def _check_type_service(self):
        for request in self:
            if request.type_id and request.type_id.service_id != request.service_id:
                raise ValidationError(
                    self.env._(
                        "The type “%(type)s” is not offered by the service"
                        " “%(service)s”: choose another type.",
                        type=request.type_id.name,
                        service=request.service_id.name,
                    )
                )

    @api.constrains("commune_id")
    def _check_is_commune(self):
        self._fetch_people()
        for request in self:
            if not request.commune_id.is_commune:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is not a commune of the territory.",
                        name=request.commune_id.name,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        env = self.env
        self._check_portal_fields({name for vals in vals_list for name in vals})
        for vals in vals_list:
            # the column follows from the state, whatever column the board was on
            vals.pop("stage_id", None)
        author = self._get_author_to_subscribe()
        # the author is subscribed below, with the commune's people
        self = self.with_context(mail_create_nosubscribe=True)
        requests = super().create(vals_list).with_env(env)
        requests._check_portal_commune()
        requests._check_portal_referent()
        requests._insert_followers(author)
        return requests

    def write(self, vals):
        self._check_portal_fields(vals)
        self._check_frozen(vals)
        if not self._is_guard_lifted() and self._frozen_in_approval.intersection(vals):
            self._check_not_in_approval()
        if "stage_id" in vals and not self._is_guard_lifted():
            vals = dict(vals)
            self._move_to_stage(
                self.env["intercommunal.stage"].browse(vals.pop("stage_id"))
            )
            if not vals:
                # whoever moved it may not be allowed to change it any more
                return True
        result = super().write(vals)
        if {"commune_id", "requester_id"}.intersection(vals):
            self._check_portal_commune()
        if {"commune_id", "referent_id"}.intersection(vals):
            self._check_portal_referent()
        if {"requester_id", "referent_id"}.intersection(vals):
            self._subscribe_people()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        for request in self:
            if request.state != "draft":
                raise UserError(
                    self.env._(
                        "“%(name)s” was sent: withdraw or cancel it instead of"
                        " deleting it, so that its history stays.",
                        name=request.display_name,
                    )
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if default and "name" in default:
            return vals_list
        return [
            {**vals, "name": self.env._("%(name)s (copy)", name=request.name)}
            for request, vals in zip(self, vals_list, strict=True)
        ]

    def _check_portal_fields(self, names):
        """A portal user sets only what a commune may set."""
        if self.env.su or not self.env.user.share:
            return
        if forbidden := set(names) - self._portal_writable:
            raise AccessError(
                self.env._(
                    "You can't set: %(fields)s.", fields=", ".join(sorted(forbidden))
                )
            )

    def _check_portal_commune(self):
        """A portal user asks for a commune where they have a role, as themselves."""
        user = self.env.user
        if self.env.su or not user.share:
            return
        communes = user._get_intercommunal_communes()
        for request in self:
            if (
                request.commune_id not in communes
                or request.requester_id != user.partner_id
            ):
                raise AccessError(self.env._("You can only ask for your own commune."))

    def _check_portal_referent(self):
        """Whoever is named follows the file and reads its mails: no outsider."""
        if self.env.su or not self.env.user.share:
            return
        for request in self.sudo():
            roles = request.commune_id.intercommunal_role_ids.filtered("is_current")
            if request.referent_id and request.referent_id not in roles.partner_id:
                raise AccessError(
                    self.env._("The referent is somebody with a role in your commune.")
                )

    def _check_frozen(self, vals):
        if self._is_guard_lifted() or not self._frozen_after_draft.intersection(vals):
            return
        for request in self.sudo():
            if request.state == "draft":
                continue
            changed = [
                name
                for name in self._frozen_after_draft.intersection(vals)
                if request[name].id != vals[name]
            ]
            if changed:
                raise UserError(
                    self.env._(
                        "“%(name)s” was sent: its commune, requester and service do"
                        " not change any more. Use “Re-route” to hand it to another"
                        " service.",
                        name=request.display_name,
                    )
                )

    def _check_not_in_approval(self):
        """What somebody reads to give their agreement, or agreed on, stays as it is."""
        for request in self.sudo():
            if request.state in WORK_STATES and request._is_agreed():
                raise UserError(
                    self.env._(
                        "“%(name)s” was agreed on as it is. Use “Reconsider” to change"
                        " it: the agreement is then asked again.",
                        name=request.display_name,
                    )
                )
            if request.state == "approval":
                raise UserError(
                    self.env._(
                        "“%(name)s” is waiting for an agreement: it does not change"
                        " meanwhile. Ask the commune for information first: the"
                        " agreement is then asked again.",
                        name=request.display_name,
                    )
                )

    # ------------------------------------------------------------ transitions

    def action_submit(self):
        """Send the request to the service: it gets its number, the CC's clock starts.

        :raises UserError: a required answer is missing
        """
        self._check_can("action_submit")
        now = fields.Datetime.now()
        for request in self:
            request._check_complete()
        numbers = self._next_references(len(self))
        for request, number in zip(self, numbers, strict=True):
            on_behalf = not request._get_capacities() & {"commune", "system"}
            request._transition(
                "submitted",
                {
                    "reference": request.sudo().reference or number,
                    "date_submitted": now,
                    "on_behalf": on_behalf,
                },
            )
        return True

    def action_withdraw(self):
        """The commune takes its request back, before it is accepted."""
        self._check_can("action_withdraw")
        message = self.env._("Withdrawn by the commune.")
        self.sudo()._supersede_validation(message)
        self._transition("cancelled", message=message)
        return True

    def action_accept(self):
        """The service takes the request on; where a rule asks, approval comes first.

        :raises UserError: a role that must approve is vacant in the commune
        """
        self._check_can("action_accept")
        for request in self:
            if request.sudo()._find_circuit():
                request._transition("approval")
                request.sudo()._open_validation()
            else:
                request._transition("accepted")
        return True

    def action_reject(self, reason_id=False, text=None):
        """Refuse the request.

        :param int reason_id: id of an `intercommunal.reason` of usage "refuse"
        :param str text: explanation for the commune
        :raises UserError: no reason or no explanation
        """
        self._check_can("action_reject")
        vals = self._prepare_reason_vals("refuse", reason_id, text)
        self.sudo()._supersede_validation(vals["reason_text"])
        self._transition("refused", vals, message=vals["reason_text"])
        return True

    def action_ask_info(self, question=None, due=None):
        """Ask the commune something: the ball is theirs until the answer.

        :param str question: what is missing
        :param due: date by which the answer is expected; in a week when empty
        """
        self._check_can("action_ask_info")
        question = self._clean_text(question)
        if not question:
            raise UserError(self.env._("Write the question to the commune."))
        due = fields.Date.to_date(due) or (
            fields.Date.context_today(self) + timedelta(days=7)
        )
        self.sudo()._supersede_validation(question)
        for request in self:
            request._transition(
                "info_requested",
                {
                    "info_question": question,
                    "info_due": due,
                    "info_answer": False,
                },
                message=question,
            )
        return True

    def action_answer_info(self, answer=None):
        """Answer the service's question: the request returns to where it was."""
        self._check_can("action_answer_info")
        answer = self._clean_text(answer)
        if not answer:
            raise UserError(self.env._("Write the answer to the question."))
        for request in self:
            # an agreement that was asked meanwhile is asked again on the new content
            request._transition(
                "submitted", {"info_answer": answer, "info_due": False}, message=answer
            )
        return True

    def action_schedule(self):
        """Create an intervention to plan, and open it.

        :return: the window action of the intervention
        """
        interventions = self.env["intercommunal.intervention"]
        for request in self:
            interventions |= request._get_job_to_plan()
        return interventions._get_window_action()

    def _get_job_to_plan(self):
        """The job that waits for a date, created when there is none."""
        self.ensure_one()
        self._check_can("action_schedule")
        waiting = self.intervention_ids.filtered(lambda job: job.state == "to_plan")
        return waiting[:1] or self.env["intercommunal.intervention"].create(
            self._prepare_intervention_vals()
        )

    def action_reroute(self, service_id=False, text=None):
        """Hand the request to another service, with its history.

        :param int service_id: id of the service that takes over
        :param str text: why
        """
        self._check_can("action_reroute")
        service = self.env["intercommunal.service"].browse(service_id).exists()
        if not service or service in self.service_id:
            raise UserError(self.env._("Choose the other service that takes over."))
        for request in self:
            managers = request.service_id.sudo().manager_ids.partner_id
            request._write_guarded(
                {
                    "service_id": service.id,
                    "type_id": False,
                    "ball_since": fields.Datetime.now(),
                }
            )
            request.sudo().message_unsubscribe(managers.ids)
            if text:
                request.sudo()._message_log(
                    body=self._clean_text(text), author_id=self.env.user.partner_id.id
                )
        self.sudo()._subscribe_managers()
        return True

    def action_cancel(self, reason_id=False, text=None):
        """Cancel the request with a reason, before any report was sent."""
        self._check_can("action_cancel")
        vals = self._prepare_reason_vals("cancel", reason_id, text)
        self.sudo()._supersede_validation(vals["reason_text"])
        open_jobs = self.sudo().intervention_ids.filtered(
            lambda job: job.state != "cancelled"
        )
        # the request leads here: its jobs follow it, not the other way round
        open_jobs._transition("cancelled", message=vals["reason_text"])
        self._transition("cancelled", vals, message=vals["reason_text"])
        return True

    def action_contest(self, text=None):
        """The referent contests the outcome, within the days the service grants.

        An approved request goes back to the team; a refused one to the service, once.

        :param str text: what is wrong, or what is new
        """
        self._check_can("action_contest")
        text = self._clean_text(text)
        if not text:
            raise UserError(self.env._("Say what is wrong, or what is new."))
        for request in self:
            count = {"contest_count": request.sudo().contest_count + 1}
            if request.sudo().state == "refused":
                request._transition("submitted", count, message=text)
            else:
                request._write_guarded(count)
                request.sudo()._contest_interventions(text)
        return True

    def action_reconsider(self, text=None):
        """Take an accepted request back to triage, to change what was agreed on.

        :param str text: why, for the commune
        """
        self._check_can("action_reconsider")
        text = self._clean_text(text)
        if not text:
            raise UserError(self.env._("Say what has to change."))
        self._transition("submitted", message=text)
        return True

    def _is_agreed(self):
        """Whether somebody gave their agreement on this request as it is."""
        self.ensure_one()
        return any(
            run.request_id and run.state == "approved" for run in self.validation_ids
        )

    # ------------------------------------------------- what transitions rest on

    def _get_record_capacities(self, user):
        capacities = user._get_commune_capacities(self.commune_id)
        if user in self.service_id.manager_ids:
            capacities.add("service")
        if user in self.intervention_ids.leader_id | (
            self.intervention_ids.team_id.leader_id
        ):
            capacities.add("leader")
        if user in self.intervention_ids.agent_ids:
            capacities.add("agent")
        return capacities

    def _get_specific_cannot_reason(self, action):
        if action == "action_cancel" and any(
            report.state != "draft" for report in self.intervention_ids.report_ids
        ):
            return self.env._(
                "A report was already sent on “%(name)s”: it can't be cancelled.",
                name=self.display_name,
            )
        if action == "action_reroute" and any(
            job.state not in ("to_plan", "cancelled") for job in self.intervention_ids
        ):
            return self.env._(
                "Work is planned on “%(name)s”: cancel it before re-routing.",
                name=self.display_name,
            )
        if action == "action_reconsider" and any(
            job.state not in ("to_plan", "cancelled") for job in self.intervention_ids
        ):
            return self.env._(
                "Work is planned on “%(name)s”: cancel it before reconsidering.",
                name=self.display_name,
            )
        if action == "action_contest":
            return self._get_cannot_contest_reason()
        return ""

    def _get_cannot_contest_reason(self):
        if self.state == "refused" and self.contest_count:
            return self.env._(
                "“%(name)s” was already contested once: send a new request.",
                name=self.display_name,
            )
        since = self.date_closed if self.state == "refused" else self.date_validated
        limit = timedelta(days=self.service_id.contest_days)
        if since and fields.Datetime.now() > since + limit:
            return self.env._(
                "The days to contest “%(name)s” are over: send a new request.",
                name=self.display_name,
            )
        return ""

    def _check_complete(self):
        """The answers that the type asks for."""
        self.ensure_one()
        if not self.type_id:
            return
        missing = [
            prop["string"]
            for prop in self._get_properties_with_values()
            if prop["string"].endswith("*")
            # zero is an answer, although it equals False
            and (prop["value"] is False or prop["value"] in (None, "", []))
        ]
        if missing:
            raise UserError(
                self.env._(
                    "Before sending “%(name)s”, answer: %(questions)s.",
                    name=self.name,
                    questions=", ".join(label.rstrip("* ") for label in missing),
                )
            )

    def _get_properties_with_values(self):
        """The type's questions with this request's answers.

        :return: list of dicts name, string, type, value, … in the type's order
        """
        self.ensure_one()
        [values] = self.read(["properties"])
        return [
            {**prop, "string": prop.get("string") or "", "value": prop.get("value")}
            for prop in values["properties"] or []
            if prop.get("type") != "separator"
        ]

    def _next_references(self, count):
        sequence = self.env["ir.sequence"].sudo()
        return [
            sequence.next_by_code("intercommunal.request") or ""
            for _index in range(count)
        ]

    def _prepare_reason_vals(self, usage, reason_id, text):
        """Values of a refusal or cancellation, both code and text required."""
        reason = self.env["intercommunal.reason"].browse(reason_id or []).exists()
        text = self._clean_text(text)
        if not reason or reason.usage != usage:
            raise UserError(self.env._("Choose a reason in the list."))
        if not text:
            raise UserError(
                self.env._("Explain the reason in a few words for the commune.")
            )
        return {"reason_id": reason.id, "reason_text": text}

    @api.model
    def _clean_text(self, text):
        return (text or "").strip()

    def _prepare_intervention_vals(self):
        """Values of an intervention on this request."""
        self.ensure_one()
        return {"request_id": self.id}

    def _prepare_transition_vals(self, target):
        now = fields.Datetime.now()
        vals = super()._prepare_transition_vals(target)
        if any(
            self._ball_by_state[r.state] != self._ball_by_state[target] for r in self
        ):
            vals.update(ball=self._ball_by_state[target], ball_since=now)
        if target == "accepted" and not all(r.date_accepted for r in self):
            vals["date_accepted"] = now
        if target == "validated":
            vals["date_validated"] = now
        if target in CLOSED_STATES:
            vals["date_closed"] = now
        return vals

    def _after_transition(self, old_states, target):
        result = super()._after_transition(old_states, target)
        if target == "submitted":
            requests = self.sudo()
            requests._subscribe_managers()
            requests.filtered(lambda r: old_states[r.id] == "draft")._after_first_sent()
        return result

    def _after_first_sent(self):
        """Extension point: what follows when a request leaves its commune, once for
        all (called as superuser)."""

    def _get_ball_user(self, ball=None):
        """The living holder of the case: the person who must act, else a fallback.

        :param str ball: whose turn it is; the record's own when empty
        """
        self.ensure_one()
        ball = ball or self.ball
        holder = self.env["res.users"]
        if ball == "commune":
            users = self.requester_id.user_ids | self.referent_id.user_ids
            holder = users.filtered("active")[:1]
        elif ball == "approver":
            holder = self._get_pending_users() or self.referent_id.user_ids
        elif ball == "team":
            jobs = self.intervention_ids.filtered(
                lambda job: job.state not in ("approved", "cancelled")
            )
            holder = jobs.leader_id.filtered("active")[:1]
        elif ball == "nobody":
            return holder
        return holder[:1] or self.service_id._get_holder()

    def _get_pending_users(self):
        """Who is asked to decide now, in this file's open approvals."""
        runs = self.validation_ids.filtered(lambda run: run.state == "open")
        return runs.seat_ids.filtered(lambda seat: seat.state == "pending").user_id

    def _move_to_stage(self, stage):
        """Run the move that a card dragged into ``stage`` means.

        :raises UserError: the move needs more than a drag, or is not possible now
        """
        for request in self:
            if stage.service_id and stage.service_id != request.service_id:
                raise UserError(
                    self.env._(
                        "The column “%(stage)s” is of another service: use “Re-route”"
                        " to hand “%(name)s” to it.",
                        name=request.display_name,
                        stage=stage.name,
                    )
                )
            if stage.state == request.sudo().state:
                request.check_access("write")
            else:
                request._move_to_state_of(stage)
            # an approval in between leads to another column than the one aimed at
            if stage.state == request.sudo().state:
                request._write_guarded({"stage_id": stage.id})

    def _move_to_state_of(self, stage):
        self.ensure_one()
        action = self._get_stage_action(stage.state)
        if not action:
            raise UserError(
                self.env._(
                    "“%(name)s” can't be dragged to “%(stage)s”: open it and use"
                    " its buttons, which ask what this move needs.",
                    name=self.display_name,
                    stage=stage.name,
                )
            )
        getattr(self, action)()

    def _get_stage_action(self, state):
        """The action that moves to ``state`` without asking anything, or False."""
        if state == "submitted" and self.sudo().state == "draft":
            return "action_submit"
        return {"accepted": "action_accept"}.get(state, False)

    # --------------------------------------------------- following the children

    def _follow_interventions(self):
        """Set the state that follows from the interventions (called as superuser)."""
        for request in self.sudo():
            target = request._get_work_state()
            if request.state in WORK_STATES and target != request.state:
                request._transition(target)

    def _get_work_state(self):
        """The state that the interventions give this request, the neediest first."""
        jobs = self.intervention_ids.filtered(lambda job: job.state != "cancelled")
        states = set(jobs.mapped("state"))
        reserved = jobs.filtered(
            lambda job: job.reserve_id and job.state in ("to_plan", "planned")
        )
        if "rework" in states or reserved:
            return "rework"
        if states & {"in_progress", "blocked", "to_report"}:
            return "in_progress"
        if "reported" in states:
            return "to_validate"
        if "planned" in states:
            return "planned"
        if states == {"approved"}:
            return "validated"
        return "accepted"

    def _contest_interventions(self, text):
        """Send the last approved intervention back to its team."""
        job = self.intervention_ids.filtered(lambda job: job.state == "approved")[:1]
        job._transition("rework", message=text)

    # ------------------------------------------------- subject of an approval

    def _get_validation_payload(self):
        """What is asked, as the persons who give their agreement read it."""
        self.ensure_one()
        request = self.sudo()
        # a request without answers hashes as before there were any: its proofs hold
        answers = request._get_validation_answers()
        return {
            **({"answers": answers} if answers else {}),
            "reference": request.reference or "",
            "name": request.name,
            "description": request.description or "",
            "commune": request.commune_id.id,
            "service": request.service_id.id,
            "type": request.type_id.id or 0,
            "site": request.site_id.id or 0,
            "address": request.address or "",
            "date_desired": fields.Date.to_string(request.date_desired) or "",
            "estimated_cost": f"{request.estimated_cost:.2f}",
            "photos": [
                {"uuid": photo.uuid, "sha256": photo.checksum or ""}
                for photo in request.photo_ids.sorted("id")
            ],
        }

    def _get_validation_answers(self):
        """Answers to the type's questions: ``{question: value}``, only those given."""
        [values] = self.read(["properties"], load=None)
        return {
            answer["name"]: answer["value"]
            for answer in values["properties"] or []
            if answer.get("type") != "separator"
            and answer.get("value") not in (None, False, "", [])
        }

    def _get_validation_commune(self):
        return self.commune_id

    def _get_validation_service(self):
        return self.service_id

    @api.model
    def _get_replay_domain(self, start, end):
        accepted = Domain("date_accepted", ">=", start) & Domain(
            "date_accepted", "<", end
        )
        # not the approvals of its reports
        opened = (
            Domain("request_id", "!=", False)
            & Domain("opened_at", ">=", start)
            & Domain("opened_at", "<", end)
        )
        return accepted | Domain("validation_ids", "any", opened)

    def _get_validation_type(self):
        return self.type_id

    def _get_validation_amount(self):
        return self.sudo().estimated_cost

    def _get_validation_authors(self):
        return self.requester_id.sudo().user_ids

    def _on_validation_approved(self, validation):
        self._transition("accepted")

    def _on_validation_rework(self, validation, comment):
        """Sent back before work: the service asks again or answers."""
        self._on_validation_refused(validation, comment)

    def _on_validation_refused(self, validation, comment):
        reason = self.env.ref("intercommunal_workflow.reason_refuse_other")
        self._transition(
            "refused",
            {"reason_id": reason.id, "reason_text": comment},
            message=comment,
        )

    def _get_validation_loops(self):
        return self.contest_count

    def _get_cannot_reopen_reason(self):
        if self.state not in ("accepted", "refused") or self.intervention_ids:
            return self.env._(
                "The service went on after this decision: send a message instead."
            )
        return ""

    def _reopen_validation(self, validation):
        self._transition("approval", {"reason_id": False, "reason_text": False})

    # -------------------------------------------------------------------- mail

    def _subscribe_people(self):
        """The commune's people follow their file."""
        followers = self.env["mail.followers"].sudo()
        known = followers.search_fetch(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)],
            ["res_id", "partner_id"],
        )
        self._insert_followers(
            known={(follower.res_id, follower.partner_id) for follower in known}
        )

    def _get_author_to_subscribe(self):
        """Who creates a request follows it, under the conditions of `mail.thread`."""
        user = self.env.user
        context = self.env.context
        if (
            user.share
            or not user.active
            or context.get("mail_create_nosubscribe")
            or context.get("tracking_disable")
        ):
            return self.env["res.partner"]
        return user.partner_id

    def _insert_followers(self, author=None, known=()):
        """Subscribe the commune's people, and ``author``, in one insertion for all the
        communes of an import, where `message_subscribe` takes five queries for each.

        :param known: pairs (id, partner) that are followers already
        """
        default_subtypes = self.env["mail.message.subtype"].default_subtypes
        of_staff, _internal, of_customers = default_subtypes(self._name)
        vals_list = []
        for request in self.sudo():
            # no union of records: it would forget what is read ahead for the others
            people = (request.requester_id, request.referent_id, author)
            for partner in dict.fromkeys(filter(None, people)):
                if not partner.active or (request.id, partner) in known:
                    continue
                subtypes = of_customers if partner.partner_share else of_staff
                vals_list.append(
                    {
                        "res_model": self._name,
                        "res_id": request.id,
                        "partner_id": partner.id,
                        "subtype_ids": [Command.set(subtypes.ids)],
                    }
                )
        self.env["mail.followers"].sudo().create(vals_list)

    def _subscribe_managers(self):
        """The service's managers follow what is theirs to do."""
        for service, requests in self.sudo().grouped("service_id").items():
            requests.message_subscribe(service.manager_ids.partner_id.ids)

    def _creation_message(self):
        # without a look into ir.model for the name at each creation
        return self.env._("Request created")

    def _track_subtype(self, init_values):
        self.ensure_one()
        if "state" in init_values:
            name = self.state
            if name == "submitted" and init_values["state"] == "draft":
                # the commune did not write it: it is told
                name = "on_behalf" if self.on_behalf else name
            subtype = self.env.ref(
                f"intercommunal_workflow.mt_request_{name}",
                raise_if_not_found=False,
            )
            if subtype:
                return subtype
        return super()._track_subtype(init_values)

    # ------------------------------------------------------------------ windows

    def action_open_interventions(self):
        """Window of the interventions of this request."""
        self.ensure_one()
        return self.intervention_ids._get_window_action()

    # -------------------------------------------------------------------- crons

    @api.model
    def _get_closable_domain(self):
        """Approved requests that may close once the days to contest are over."""
        return Domain("state", "=", "validated")

    @api.model
    def _cron_close(self):
        """Close approved requests once nobody can contest them any more."""
        now = fields.Datetime.now()
        closable = self._get_closable_domain()
        for [service] in self._read_group(closable, ["service_id"]):
            limit = now - timedelta(days=service.contest_days)
            requests = self.search(
                closable
                & Domain("service_id", "=", service.id)
                & Domain("date_validated", "<=", limit)
            )
            if requests:
                requests._transition("closed")
