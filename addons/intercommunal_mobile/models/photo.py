from odoo import fields, models


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
    photo_id = fields.Many2one(
        "intercommunal.photo",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [("missing", "Missing"), ("received", "Received")],
        required=True,
        readonly=True,
        default="missing",
    )

    _uuid_uniq = models.Constraint("UNIQUE(uuid)", "This photo was already announced.")

    def _set_received(self, photo):
        """Link what the phone sent to the stored photo.

        :param photo: the `intercommunal.photo` made from it
        """
        self.ensure_one()
        self.sudo().write({"photo_id": photo.id, "state": "received"})
        self.submission_id._update_completeness()
