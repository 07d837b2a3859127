import json

from odoo import api, fields, models
from odoo.tools import SQL

from .validation_subject import canonical_json, sha256

DECISION_KINDS = [
    ("approve", "Approved"),
    ("approve_reserves", "Approved with reserves"),
    ("rework", "Sent back"),
    ("refuse", "Refused"),
    ("ask", "Asked for clarification"),
    ("answer", "Answered"),
    ("annotate", "Annotated"),
    ("delegate", "Delegated"),
    ("escalate", "Escalated"),
    ("arbitrate", "Arbitrated"),
    ("revoke", "Revoked"),
    ("restart", "Restarted"),
    ("withdraw", "Withdrawn"),
    ("tacit", "Tacitly approved"),
]
# The last word of a run in each state; a rework may follow a refusal.
CLOSING_KINDS = {
    "approved": ("approve", "arbitrate", "tacit"),
    # the last of several approvals may be without a reserve
    "approved_reserves": ("approve_reserves", "approve", "tacit"),
    "rework": ("rework", "refuse", "arbitrate"),
    "refused": ("refuse", "arbitrate"),
    "cancelled": ("withdraw", "restart"),
}
# What may still be said of a run that is closed, and decides nothing.
REMARKS = ("annotate", "delegate")
FIRST_HASH = "0" * 64


class IntercommunalDecision(models.Model):
    """What somebody decided, when and on what content: written once, for ever.

    PostgreSQL itself refuses to change or delete a row, and each row carries the hash
    of the one before, so that a change made with the triggers off is found.
    """

    _name = "intercommunal.decision"
    _description = "Decision"
    _order = "validation_id, id"
    _rec_name = "kind"
    _inherit = ["intercommunal.append.only"]

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    validation_step_id = fields.Many2one(
        "intercommunal.validation.step", "Step", readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    kind = fields.Selection(DECISION_KINDS, "Decision", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", "Person", required=True, readonly=True, ondelete="restrict"
    )
    on_behalf_of_id = fields.Many2one(
        "res.users", "On behalf of", readonly=True, ondelete="restrict"
    )
    comment = fields.Text("Words", readonly=True)
    details = fields.Text(
        readonly=True,
        help="What goes with the words, as JSON: lines, marks on a photo, a place.",
    )
    channel = fields.Selection(
        [
            ("backend", "Office"),
            ("portal", "Portal"),
            ("link", "E-mail link"),
            ("mobile", "Phone"),
            ("system", "Automatic"),
        ],
        "From",
        required=True,
        readonly=True,
    )
    decided_at = fields.Datetime("On", required=True, readonly=True)
    content_hash = fields.Char("Checksum of the content", required=True, readonly=True)
    prev_hash = fields.Char("Hash of the decision before", required=True, readonly=True)
    own_hash = fields.Char("Hash", required=True, readonly=True)
    idempotency_key = fields.Char(readonly=True)

    _idempotency_uniq = models.UniqueIndex(
        "(validation_id, user_id, idempotency_key) WHERE idempotency_key IS NOT NULL",
        "This decision was already received.",
    )
    # Two decisions never follow the same one: the chain can't fork.
    _chain_uniq = models.Constraint(
        "UNIQUE(validation_id, prev_hash)",
        "Somebody else decided at the same moment. Reload the page.",
    )

    @api.model
    def _get_unchanged_reason(self):
        return self.env._("A decision is never changed.")

    def _get_details(self):
        """What goes with the words of this decision, as a dict."""
        self.ensure_one()
        return json.loads(self.details) if self.details else {}

    # ------------------------------------------------------------------- chain

    @api.model
    def _append(self, run, vals):
        """Write one decision at the end of the chain of ``run``.

        :param run: the locked `intercommunal.validation`, as superuser
        :param dict vals: kind, user, comment, channel, …
        """
        # Whoever decides at the same time, with an older snapshot of this run, is
        # played again instead of adding to the wrong end of the chain.
        self.env.cr.execute(
            SQL(
                "UPDATE intercommunal_validation SET write_date = write_date"
                " WHERE id = %s",
                run.id,
            )
        )
        last = self.sudo().search(
            [("validation_id", "=", run.id)], order="id desc", limit=1
        )
        vals = {
            **vals,
            "validation_id": run.id,
            "company_id": run.company_id.id,
            "decided_at": fields.Datetime.now(),
            "content_hash": run.content_hash,
            "prev_hash": last.own_hash or FIRST_HASH,
        }
        vals["own_hash"] = self._hash(vals)
        return self._create_guarded([vals])

    @api.model
    def _hash(self, vals):
        """SHA-256 over everything that a decision says and the hash before it."""
        return sha256(self._get_hashed_text(vals))

    @api.model
    def _get_hashed_text(self, vals):
        """The text whose SHA-256 is the hash of a decision."""
        # what a decision does not have is not hashed: chains made before stay whole
        details = {"details": vals["details"]} if vals.get("details") else {}
        return canonical_json(
            {
                **details,
                "validation": vals["validation_id"],
                "step": vals["validation_step_id"] or 0,
                "kind": vals["kind"],
                "user": vals["user_id"],
                "on_behalf_of": vals["on_behalf_of_id"] or 0,
                "comment": vals["comment"] or "",
                "channel": vals["channel"],
                "decided_at": fields.Datetime.to_string(vals["decided_at"]),
                "content": vals["content_hash"],
                "previous": vals["prev_hash"],
                "key": vals["idempotency_key"] or "",
            }
        )

    def _get_hashed_vals(self):
        self.ensure_one()
        return {
            "validation_id": self.validation_id.id,
            "validation_step_id": self.validation_step_id.id,
            "kind": self.kind,
            "user_id": self.user_id.id,
            "on_behalf_of_id": self.on_behalf_of_id.id,
            "comment": self.comment,
            "details": self.details,
            "channel": self.channel,
            "decided_at": self.decided_at,
            "content_hash": self.content_hash,
            "prev_hash": self.prev_hash,
            "idempotency_key": self.idempotency_key,
        }
