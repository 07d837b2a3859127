from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

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

    @api.private
    def init(self):
        """A word is looked for in the subject by its trigram index.

        With the 100 samples that PostgreSQL takes by itself, about one analysis in ten
        holds a word of one request in a thousand for a frequent one, and reads the
        table in the list's order until it has a page: 80 ms instead of 0.5 at 200,000.
        """
        super().init()
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %s ALTER COLUMN name SET STATISTICS 1000",
                SQL.identifier(self._table),
            )
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

    # ------------------------------------------------------------------ windows

    def action_open_interventions(self):
        """Window of the interventions of this request."""
        self.ensure_one()
        return self.intervention_ids._get_window_action()
