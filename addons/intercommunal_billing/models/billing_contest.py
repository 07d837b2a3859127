"""A commune says that a charge is wrong; the finance office answers.

A contested line is held, and so are its adjustments that wait: no run takes them, and
one that is not invoiced yet gives them back. What is invoiced already stays as it is
and is corrected by an adjustment.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, plaintext2html

from odoo.addons.intercommunal_workflow.models.decision import FIRST_HASH
from odoo.addons.intercommunal_workflow.models.validation_subject import (
    canonical_json,
    sha256,
)

# Characters of a reason or of an answer: a page.
MAX_WORDS = 2_000


class IntercommunalBillingContest(models.Model):
    """What was said about a contested charge: written once, each hashing the last."""

    _name = "intercommunal.billing.contest"
    _description = "Contest of a Billing Line"
    _inherit = ["intercommunal.append.only"]
    _order = "line_id, id"
    _rec_name = "kind"

    line_id = fields.Many2one(
        "intercommunal.billing.line",
        "Billing line",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    commune_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(
        [
            ("contest", "Contested"),
            ("reject", "Kept as it is"),
            ("adjust", "Adjusted"),
            ("waive", "Given up"),
            ("rework", "Goes back to the team"),
        ],
        "What",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", "Person", required=True, readonly=True, ondelete="restrict"
    )
    text = fields.Text("Words", required=True, readonly=True)
    said_at = fields.Datetime("On", required=True, readonly=True)
    prev_hash = fields.Char(
        "Hash of what was said before", required=True, readonly=True
    )
    own_hash = fields.Char("Hash", required=True, readonly=True)

    # Two answers never follow the same words: the chain can't fork.
    _chain_uniq = models.Constraint(
        "UNIQUE(line_id, prev_hash)",
        "Somebody else answered at the same moment. Reload the page.",
    )

    @api.model
    def _get_unchanged_reason(self):
        return self.env._("What was said about a charge is never changed.")

    # uninstalling drops the table: a refusal here stands in nobody's way
    # pylint: disable-next=method-required-super
    def unlink(self):
        # pylint: disable-next=no-raise-unlink
        raise AccessError(self._get_unchanged_reason())

    @api.model
    def _append(self, line, kind, text):
        """Add words at the end of the chain of ``line``, which the caller has locked."""
        last = self.sudo().search([("line_id", "=", line.id)], order="id desc", limit=1)
        vals = {
            "line_id": line.id,
            "company_id": line.company_id.id,
            "commune_id": line.commune_id.id,
            "kind": kind,
            "user_id": self.env.uid,
            "text": text,
            "said_at": fields.Datetime.now(),
            "prev_hash": last.own_hash or FIRST_HASH,
        }
        return self._create_guarded([{**vals, "own_hash": self._hash(vals)}])

    @api.model
    def _hash(self, vals):
        """SHA-256 over everything that was said and the hash before it."""
        return sha256(
            canonical_json(
                {
                    "line": vals["line_id"],
                    "commune": vals["commune_id"],
                    "kind": vals["kind"],
                    "user": vals["user_id"],
                    "text": vals["text"],
                    "said_at": fields.Datetime.to_string(vals["said_at"]),
                    "previous": vals["prev_hash"],
                }
            )
        )


class IntercommunalBillingLine(models.Model):
    """A line that its commune contests."""

    _inherit = "intercommunal.billing.line"

    is_contested = fields.Boolean("Contested", readonly=True, copy=False)
    contest_ids = fields.One2many(
        "intercommunal.billing.contest", "line_id", "What was said", readonly=True
    )
    contest_text = fields.Text("Reason", compute="_compute_contest")
    contested_at = fields.Datetime("Contested on", compute="_compute_contest")
    can_contest = fields.Boolean(compute="_compute_can")
    can_reject_contest = fields.Boolean(compute="_compute_can")
    can_waive_contest = fields.Boolean(compute="_compute_can")

    _contested_idx = models.Index("(company_id) WHERE is_contested")

    @api.depends("contest_ids")
    def _compute_contest(self):
        """What the commune said last."""
        for line in self:
            said = line.contest_ids.filtered(lambda words: words.kind == "contest")[-1:]
            line.contest_text = said.text
            line.contested_at = said.said_at

    # -------------------------------------------------------------- judgement

    def _get_record_capacities(self, user):
        return user._get_commune_capacities(self.commune_id)

    def _get_specific_cannot_reason(self, action):
        reason = super()._get_specific_cannot_reason(action)
        if reason or action == "action_price":
            return reason
        if action == "action_contest":
            return self._get_cannot_contest_reason()
        if not self.is_contested:
            return self.env._(
                "“%(name)s” is not contested: there is nothing to answer.",
                name=self.display_name,
            )
        return ""

    def _get_cannot_contest_reason(self):
        if self.is_contested:
            return self.env._(
                "“%(name)s” is contested already: the finance office will answer.",
                name=self.display_name,
            )
        if self.quota_minutes:
            return self.env._(
                "“%(name)s” takes free hours off: contest the work that it belongs to.",
                name=self.display_name,
            )
        if self.adjustment_reason and self.origin_line_id:
            return self.env._(
                "“%(name)s” corrects another line: contest that one.",
                name=self.display_name,
            )
        return ""

    # ----------------------------------------------------------------- actions

    def action_contest(self, text=None):
        """Say that these charges are wrong: they are held until finance answers.

        :param str text: why, for the finance office and the service
        :raises AccessError: not of this commune
        :raises UserError: no reason, charged nothing, or somebody is billing it now
        """
        self._check_can("action_contest")
        text = self._clean_words(text)
        if self.env.user.share:
            self.env["intercommunal.request"]._check_flood(
                self.env["intercommunal.billing.contest"].sudo(),
                [("user_id", "=", self.env.uid)],
                len(self),
            )
        self._lock_for_transition()
        for line in self:
            self.env["intercommunal.billing.contest"]._append(line, "contest", text)
            line._leave_run()
            line._write_guarded({"is_contested": True})
            line._tell_contested(text)
        return True

    def action_reject_contest(self, text=None):
        """Keep the charge as it is: it is free for the next run.

        :param str text: the answer, which the commune reads
        """
        self._check_can("action_reject_contest")
        self._settle_contest("reject", self._clean_words(text))
        return True

    def action_waive_contest(self, text=None):
        """Give the charge up: nothing is left of it, once the next run is made.

        What no run invoiced is not billed; what was invoiced is given back by a line
        of the next run.

        :param str text: the answer, which the commune reads
        """
        self._check_can("action_waive_contest")
        text = self._clean_words(text)
        self._lock_for_transition()
        for line in self.sudo():
            if line.state == "open" and not line.adjustment_ids:
                line._write_guarded(
                    {
                        "waived_reason": "agreed",
                        "waived_amount": line.amount,
                        "amount": 0.0,
                        "anomaly": False,
                    }
                )
            else:
                line._adjust_to(0.0, text, fields.Date.context_today(self))
        self._settle_contest("waive", text)
        return True

    def _clean_words(self, text):
        """What was typed, without the blanks around it.

        :raises UserError: nothing was typed, or too much
        """
        text = text.strip() if isinstance(text, str) else ""
        if not text:
            raise UserError(self.env._("Say why: the other side reads it."))
        self._check_length(text, MAX_WORDS)
        return text

    def _leave_run(self):
        """A run not invoiced yet goes on without this line and its adjustments."""
        self.ensure_one()
        lines = self.sudo() | self.sudo().adjustment_ids
        for line in lines.filtered(lambda line: line.state == "in_run"):
            run = line.run_id
            line._free()
            run.message_post(
                body=self.env._(
                    "“%(line)s” is contested by %(commune)s: it left this run.",
                    line=line.display_name,
                    commune=line.commune_id.name,
                )
            )

    def _settle_contest(self, kind, text):
        """The contest is over: write why, free the line, tell the commune.

        :param str kind: see the kinds of `intercommunal.billing.contest`
        """
        self._lock_for_transition()
        for line in self:
            self.env["intercommunal.billing.contest"]._append(line, kind, text)
            line._write_guarded({"is_contested": False})
            line._tell_settled(text)

    def _waive_contested(self):
        """The whole report goes back to the team: so do the contests of its lines."""
        super()._waive_contested()
        contested = self.filtered(
            lambda line: line.is_contested and line.waived_reason == "contested"
        )
        contested._settle_contest(
            "rework", self.env._("The work goes back to the team.")
        )

    def _discard(self):
        for line in self:
            if line.contest_ids:
                raise UserError(
                    self.env._(
                        "“%(name)s” was contested: what was said about it stays.",
                        name=line.display_name,
                    )
                )
        return super()._discard()

    # -------------------------------------------------------------------- tell

    def _tell_contested(self, text):
        """Tell the managers of the service and the finance office."""
        line = self.sudo()
        group = self.env.ref("intercommunal_workflow.group_intercommunal_finance")
        office = group.sudo().all_user_ids.filtered(
            lambda user: user.active and line.company_id in user.company_ids
        )
        people = office | line.service_id.manager_ids
        words = self.env._(
            "%(commune)s contests “%(line)s”: %(text)s",
            commune=line.commune_id.name,
            line=line.display_name,
            text=text,
        )
        line._tell(people, self.env._("A charge is contested"), words)

    def _tell_settled(self, text):
        """Tell whoever contested this charge last."""
        line = self.sudo()
        contest = line.contest_ids.filtered(lambda said: said.kind == "contest")
        words = self.env._(
            "The finance office answers about “%(line)s”: %(text)s",
            line=line.display_name,
            text=text,
        )
        line._tell(
            contest[-1:].user_id, self.env._("Your contested charge: an answer"), words
        )

    def _tell(self, people, subject, words):
        """A message by the file that the line comes from, or else of no file.

        Who may not read the file is told all the same: these words are for them.
        """
        self.ensure_one()
        if not people:
            return
        thread = self.request_id or self.env["mail.thread"].sudo()
        thread.message_notify(
            partner_ids=people.partner_id.ids,
            subject=subject,
            body=plaintext2html(words),
        )

    # ------------------------------------------------------------------ portal

    def _get_portal_url(self):
        """Where the commune reads this line."""
        self.ensure_one()
        return f"/my/billing/{self.id}"

    def action_open_settle_contest(self):
        """Open the assistant that answers the commune."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer the commune"),
            "res_model": "intercommunal.billing.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }


class IntercommunalProof(models.AbstractModel):
    """What was said about contested charges was not tampered with."""

    _inherit = "intercommunal.proof"

    @api.model
    def _get_verifications(self):
        return {**super()._get_verifications(), "contests": self._verify_contests}

    @api.model
    def _verify_contests(self, counts):
        """Hashes and gaps of the chain of each contested line."""
        contests = self.env["intercommunal.billing.contest"]
        previous, line_id = FIRST_HASH, None
        for row in self._read(
            SQL("SELECT * FROM intercommunal_billing_contest ORDER BY line_id, id")
        ):
            counts["contests"] += 1
            if row["line_id"] != line_id:
                previous, line_id = FIRST_HASH, row["line_id"]
            if contests._hash(row) != row["own_hash"] or row["prev_hash"] != previous:
                yield self._billing_fault(
                    {**row, "id": line_id},
                    self.env._(
                        "What was said about the contested billing line %(id)s was"
                        " changed or cut (entry %(entry)s).",
                        id=line_id,
                        entry=row["id"],
                    ),
                )
            previous = row["own_hash"]
