import base64
import hashlib

from odoo import fields, models
from odoo.exceptions import UserError


class IntercommunalMobilePhoto(models.Model):
    """A photo that a phone announced with its report and sends on its own."""

    _name = "intercommunal.mobile.photo"
    _description = "Photo Expected from a Phone"
    _order = "id"
    _rec_name = "uuid"

    submission_id = fields.Many2one(
        "intercommunal.mobile.submission",
        "Sent with",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="submission_id.company_id", store=True, index=True
    )
    # its own, not its checksum: two equal photos are two photos
    uuid = fields.Char("Identifier of the photo", required=True, readonly=True)
    sha256 = fields.Char(
        "SHA-256",
        required=True,
        readonly=True,
        help="Of the bytes that the phone sends; the stored photo is encoded anew.",
    )
    kind = fields.Selection(
        [
            ("before", "Before"),
            ("during", "During"),
            ("after", "After"),
            ("other", "Other"),
        ],
        required=True,
        readonly=True,
        default="after",
    )
    caption = fields.Char(readonly=True)
    taken_at = fields.Datetime("Taken on", readonly=True)
    fault = fields.Char("Why it was refused", readonly=True)
    image = fields.Binary(
        "Kept photo",
        attachment=True,
        readonly=True,
        help="Decoded and encoded anew; kept here while no report takes it.",
    )
    photo_id = fields.Many2one(
        "intercommunal.photo",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [("missing", "Missing"), ("received", "Received"), ("refused", "Refused")],
        required=True,
        readonly=True,
        default="missing",
    )

    _uuid_uniq = models.Constraint("UNIQUE(uuid)", "This photo was already announced.")

    def _receive(self, content):
        """Take the bytes of this photo, decoded and encoded anew.

        A photo that can't be read is refused alone: its report goes on without it.

        :param bytes content: what the phone sent, whose SHA-256 it announced
        :return: "received", "duplicate", "refused" or "mismatch"
        """
        self.ensure_one()
        if self.state != "missing":
            return "duplicate" if self.state == "received" else "refused"
        if hashlib.sha256(content).hexdigest() != self.sha256:
            return "mismatch"
        try:
            with self.env.cr.savepoint():
                self._keep(base64.b64encode(content))
        except UserError as error:
            self._refuse(str(error))
            return "refused"
        return "received"

    def _refuse(self, fault):
        """Say why this photo is left out; its report waits for it no longer."""
        self.sudo().write({"state": "refused", "fault": fault})
        self.submission_id._update_completeness()

    def _give_up(self):
        """The phone can't send this photo: its report goes on without it.

        :return: "refused", or "duplicate" when it came all the same
        """
        self.ensure_one()
        if self.state == "missing":
            self._refuse(self.env._("This photo is too large to be sent."))
        return "duplicate" if self.state == "received" else "refused"

    def _keep(self, encoded):
        """Put the photo into its report, or beside it while no draft takes it."""
        report = self.submission_id.sudo().report_id
        if report.state == "draft":
            self._set_received(
                report.photo_ids.create(self._prepare_vals(report, encoded))
            )
            return
        clean = report.photo_ids._decode_image(encoded, self.caption)
        self.sudo().write({"image": base64.b64encode(clean), "state": "received"})
        if report:
            self.submission_id.sudo()._tell_late_photos()
        self.submission_id._update_completeness()

    def _prepare_vals(self, report, encoded):
        """Values of the report's photo made of this one."""
        # a phone's clock may run ahead
        now = fields.Datetime.now()
        return {
            "name": self.caption,
            "kind": self.kind,
            "image": encoded,
            "taken_at": min(self.taken_at or now, now),
            "report_id": report.id,
            "uuid": self.uuid,
        }

    def _move_to(self, report):
        """What was kept beside goes into ``report``, a draft."""
        for kept in self.sudo().filtered("image"):
            photo = report.photo_ids.create(kept._prepare_vals(report, kept.image))
            kept.write({"photo_id": photo.id, "image": False})

    def _set_received(self, photo):
        """Link what the phone sent to the stored photo.

        :param photo: the `intercommunal.photo` made from it
        """
        self.ensure_one()
        self.sudo().write({"photo_id": photo.id, "state": "received"})
        self.submission_id._update_completeness()
