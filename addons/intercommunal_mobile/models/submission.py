import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..tools.content import to_uuid

# who looks after the phones of the service
WATCHERS = (
    "intercommunal_workflow.group_intercommunal_service_manager,"
    "intercommunal_workflow.group_intercommunal_admin"
)
SHA256 = re.compile(r"[0-9a-f]{64}")


class IntercommunalMobileSubmission(models.Model):
    """A report that a phone sent; it stays when the report is deleted, so that a
    late copy of the same draft is still recognised."""

    _name = "intercommunal.mobile.submission"
    _description = "Report Sent by a Phone"
    _order = "received_at desc, id desc"
    _rec_name = "uuid"

    uuid = fields.Char(
        "Identifier of the draft",
        required=True,
        readonly=True,
        help="Given by the phone when the draft was started.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Sent by",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    intervention_id = fields.Many2one(
        "intercommunal.intervention",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    report_id = fields.Many2one(
        "intercommunal.report",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    request_id = fields.Many2one(
        "intercommunal.request",
        "Request made of it",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    payload_hash = fields.Char("SHA-256 of the content", required=True, readonly=True)
    conflict_hash = fields.Char(
        "SHA-256 of the other content",
        readonly=True,
        help="The same identifier came again with this content; the first one is kept.",
    )
    state = fields.Selection(
        [
            ("received", "Received, photos missing"),
            ("complete", "Complete"),
            ("conflict", "Two contents"),
            ("to_reconcile", "To reconcile"),
            ("settled", "Settled"),
        ],
        required=True,
        readonly=True,
        default="received",
        help="“To reconcile”: the job was cancelled, reassigned or reported meanwhile.",
    )
    kind = fields.Selection(
        [
            ("report", "Report"),
            ("start", "Start"),
            ("block", "Blocked"),
            ("resume", "Resumed"),
            ("unplanned", "Job found on site"),
            ("answer", "Answer"),
        ],
        required=True,
        readonly=True,
        default="report",
    )
    content = fields.Text(
        "What the phone sent",
        readonly=True,
        groups=WATCHERS,
        help="Kept as it came, so that nothing is lost when it can't be used.",
    )
    fault = fields.Text("Why it waits", readonly=True)
    captured_at = fields.Datetime("Written on", readonly=True)
    settled_by_id = fields.Many2one("res.users", "Settled by", readonly=True)
    settled_note = fields.Text("How it was settled", readonly=True)
    protocol = fields.Integer(
        required=True, readonly=True, help="Version of the exchange with the phone."
    )
    received_at = fields.Datetime("Received on", required=True, readonly=True)
    photo_ids = fields.One2many(
        "intercommunal.mobile.photo", "submission_id", "Photos", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", "Intercommunality", required=True, readonly=True, index=True
    )

    # the claim rests on it: see _claim
    _uuid_uniq = models.Constraint("UNIQUE(uuid)", "This report was already received.")
    # what somebody must look at, few among many
    _attention_idx = models.Index(
        "(company_id, received_at DESC) WHERE state IN ('conflict', 'to_reconcile')"
    )

    # ------------------------------------------------------------- constraints

    @api.model
    def _check_uuid(self, uuid):
        """The UUID in its canonical form.

        :raises ValidationError: it is none
        """
        if known := to_uuid(uuid):
            return known
        raise ValidationError(
            self.env._(
                "“%(uuid)s” is not an identifier of a report: update the page on the"
                " phone and send again.",
                uuid=uuid,
            )
        )

    @api.model
    def _check_sha256(self, digest):
        """The SHA-256 as it came.

        :raises ValidationError: it is none
        """
        if not isinstance(digest, str) or not SHA256.fullmatch(digest):
            raise ValidationError(
                self.env._(
                    "“%(digest)s” is not a SHA-256: update the page on the phone and"
                    " send again.",
                    digest=digest,
                )
            )
        return digest

    # ------------------------------------------------------------------- claim

    @api.model
    def _claim(self, uuid, payload_hash, intervention, protocol=1, kind="report"):
        """Take the UUID of a draft for the current user, once for all.

        Of parallel sends one inserts the row and the others wait for its commit.
        Then PostgreSQL refuses their older snapshot with a serialization failure, on
        which Odoo runs the request anew; now they find the row. Searching first and
        creating then would let two of them through.

        :param str uuid: identifier that the phone gave to the draft
        :param str payload_hash: SHA-256 of what was sent, in hexadecimal
        :param intervention: the job, or an empty record set when it is gone
        :param int protocol: version of the exchange
        :return: (submission, "created" | "duplicate" | "conflict"); only after
            "created" may the caller write the report
        :raises ValidationError: no UUID or no SHA-256
        :raises AccessError: the draft belongs to somebody else
        """
        uuid = self._check_uuid(uuid)
        payload_hash = self._check_sha256(payload_hash)
        if submission_id := self._insert_once(
            self._prepare_claim_vals(uuid, payload_hash, intervention, protocol, kind)
        ):
            return self.browse(submission_id), "created"
        submission = self.sudo().search([("uuid", "=", uuid)])
        if submission.user_id != self.env.user:
            raise AccessError(self.env._("This report belongs to somebody else."))
        outcome = "duplicate"
        if submission.payload_hash != payload_hash:
            outcome = "conflict"
            submission.write({"state": "conflict", "conflict_hash": payload_hash})
        return submission.with_env(self.env), outcome

    @api.model
    def _prepare_claim_vals(
        self, uuid, payload_hash, intervention, protocol, kind="report"
    ):
        now = self.env.cr.now()
        # judged as the sender, whoever's environment the record came in
        intervention = intervention.with_user(self.env.user).sudo().exists()
        company = intervention.company_id or self.env.company
        # evidence is never refused because the office moved on: somebody looks at it
        expected = kind in ("unplanned", "answer") or intervention._expects(kind)
        return {
            "uuid": uuid,
            "user_id": self.env.uid,
            "intervention_id": intervention.id or None,
            "payload_hash": payload_hash,
            "kind": kind,
            "state": "received" if expected else "to_reconcile",
            "protocol": protocol,
            "received_at": now,
            "company_id": company.id,
            "create_uid": self.env.uid,
            "create_date": now,
            "write_uid": self.env.uid,
            "write_date": now,
        }

    @api.model
    def _insert_once(self, vals):
        """Id of the new row, or None when the UUID is taken."""
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES %s ON CONFLICT (uuid) DO NOTHING"
                " RETURNING id",
                SQL.identifier(self._table),
                SQL(", ").join(SQL.identifier(name) for name in vals),
                tuple(vals.values()),
            )
        )
        return rows[0][0] if rows else None

    # ------------------------------------------------------------------ photos

    def _expect_photos(self, photos):
        """Note the photos that the phone will send after the text.

        :param list photos: dicts uuid, sha256 (of its bytes), kind, caption, taken_at
        :return: the new lines; without photos the submission is complete
        :raises ValidationError: no identifier, or one that another photo has
        """
        self.ensure_one()
        vals_list = [
            {
                **photo,
                "submission_id": self.id,
                "uuid": self._check_uuid(photo["uuid"]),
                "sha256": self._check_sha256(photo["sha256"]),
            }
            for photo in photos
        ]
        self._check_new_photos([vals["uuid"] for vals in vals_list])
        expected = self.env["intercommunal.mobile.photo"].sudo().create(vals_list)
        self._update_completeness()
        return expected.with_env(self.env)

    @api.model
    def _check_new_photos(self, uuids):
        """No two photos under one identifier.

        :raises ValidationError: twice in the message, or known of another one
        """
        domain = [("uuid", "in", uuids)]
        if len(set(uuids)) < len(uuids) or (
            uuids
            and (
                self.env["intercommunal.mobile.photo"].sudo().search_count(domain, 1)
                or self.env["intercommunal.photo"].sudo().search_count(domain, 1)
            )
        ):
            raise ValidationError(
                self.env._(
                    "A photo of this message has the identifier of another one: take"
                    " the photo again."
                )
            )

    def _get_missing_photo_uuids(self):
        """What the phone must still send: list of UUID."""
        self.ensure_one()
        missing = self.sudo().photo_ids.filtered(lambda photo: photo.state == "missing")
        return missing.mapped("uuid")

    def _update_completeness(self):
        """Complete once every photo is here; what needs a look keeps its state."""
        for submission in self.sudo():
            if (
                submission.state == "received"
                and not submission._get_missing_photo_uuids()
            ):
                submission.state = "complete"
