import base64
import binascii
import hashlib
import io
from uuid import uuid4

from PIL import Image, UnidentifiedImageError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.image import ImageProcess

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 1920
MAX_PHOTOS = 20
# How a file of an iPhone's camera begins, after "ftyp"
HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
FORMATS = {"JPEG", "PNG", "WEBP", "MPO"}


class IntercommunalPhoto(models.Model):
    """A photo of a request or a report, decoded and encoded again by the server.

    What a client sends is never stored as it came: the pixels are read, turned
    upright, reduced to 1920 px and written as JPEG, so that scripts, hidden data and
    positions are gone.
    """

    _name = "intercommunal.photo"
    _description = "Photo"
    _order = "kind, id"

    name = fields.Char("Caption")
    kind = fields.Selection(
        [
            ("request", "With the request"),
            ("before", "Before"),
            ("during", "During"),
            ("after", "After"),
            ("other", "Other"),
        ],
        required=True,
        default="after",
    )
    image = fields.Image("Photo", required=True, max_width=0, max_height=0)
    request_id = fields.Many2one(
        "intercommunal.request", index="btree_not_null", ondelete="cascade"
    )
    report_id = fields.Many2one(
        "intercommunal.report", index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )
    uuid = fields.Char(
        default=lambda self: str(uuid4()), required=True, readonly=True, copy=False
    )
    checksum = fields.Char("SHA-256", readonly=True, copy=False)
    taken_at = fields.Datetime("Taken on", default=fields.Datetime.now)

    _uuid_uniq = models.Constraint("UNIQUE(uuid)", "This photo was already received.")
    _one_owner = models.Constraint(
        "CHECK((request_id IS NULL) != (report_id IS NULL))",
        "A photo belongs to a request or to a report.",
    )

    @api.depends("request_id.company_id", "report_id.company_id")
    def _compute_company_id(self):
        for photo in self:
            photo.company_id = (photo.request_id or photo.report_id).company_id

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prepare_image_vals(vals) for vals in vals_list]
        photos = super().create(vals_list)
        photos._check_owner_open()
        photos._check_count()
        return photos

    def write(self, vals):
        self._check_owner_open()
        if "image" in vals:
            vals = self._prepare_image_vals(vals)
        else:
            vals = {name: value for name, value in vals.items() if name != "checksum"}
        result = super().write(vals)
        if {"request_id", "report_id"}.intersection(vals):
            self._check_owner_open()
            self._check_count()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        self._check_owner_open()

    def _check_owner_open(self):
        """Photos of a sent report are evidence; those of a request stay open to the
        commune until it is accepted, then to the service."""
        self.report_id._check_editable()
        self.request_id._check_not_in_approval()
        for request in self.request_id.sudo():
            if self.env.user.share and request.state not in ("draft", "info_requested"):
                raise UserError(
                    self.env._(
                        "“%(name)s” was sent: its photos do not change any more.",
                        name=request.display_name,
                    )
                )

    def _check_count(self):
        for owner in (*self.request_id, *self.report_id):
            if len(owner.photo_ids) > MAX_PHOTOS:
                raise UserError(
                    self.env._(
                        "%(count)s photos at most: remove some of them first.",
                        count=MAX_PHOTOS,
                    )
                )

    # ------------------------------------------------------------------- image

    @api.model
    def _prepare_image_vals(self, vals):
        """Replace a client's image by our own encoding of its pixels."""
        content = self._decode_image(vals.get("image"), vals.get("name"))
        return {
            **vals,
            "image": base64.b64encode(content),
            "checksum": hashlib.sha256(content).hexdigest(),
        }

    @api.model
    def _decode_image(self, encoded, name=None):
        """Clean JPEG bytes of an image sent by a client.

        Size and pixels are checked before decoding, against decompression bombs.

        :param encoded: base64 str or bytes
        :raises UserError: empty, too big, or no photo at all
        """
        label = name or self.env._("This file")
        try:
            content = base64.b64decode(encoded or b"", validate=False)
        except (binascii.Error, ValueError):
            content = b""
        if not content:
            raise UserError(self.env._("“%(name)s” is empty.", name=label))
        if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
            raise UserError(
                self.env._(
                    "“%(name)s” is in HEIC, an iPhone's own format that can't be read"
                    " here: choose Settings › Camera › Formats › Most Compatible on the"
                    " iPhone, then take the photo again.",
                    name=label,
                )
            )
        if len(content) > MAX_BYTES:
            raise UserError(
                self.env._(
                    "“%(name)s” weighs more than 15 MB: take a smaller photo.",
                    name=label,
                )
            )
        not_a_photo = UserError(
            self.env._(
                "“%(name)s” is not a photo: send a JPEG, PNG or WebP image.",
                name=label,
            )
        )
        try:
            with Image.open(io.BytesIO(content)) as header:
                if header.format not in FORMATS:
                    raise not_a_photo
                width, height = header.size
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
            raise not_a_photo from None
        except Image.DecompressionBombError:
            width = height = MAX_PIXELS
        if width * height > MAX_PIXELS:
            raise UserError(
                self.env._(
                    "“%(name)s” has more than 50 megapixels: take a smaller photo.",
                    name=label,
                )
            )
        return self._encode_jpeg(content, not_a_photo)

    @api.model
    def _encode_jpeg(self, content, error):
        try:
            process = ImageProcess(content)
            process.image = self._flatten(process.image)
            process.resize(MAX_SIDE, MAX_SIDE)
            return process.image_quality(quality=85, output_format="JPEG")
        except (OSError, ValueError, SyntaxError, UserError):
            raise error from None

    @api.model
    def _flatten(self, image):
        """The image without transparency: on white, as a page shows it."""
        if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or (
            "transparency" in image.info
        ):
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image)
        image = image.convert("RGB")
        # comments and profiles would be written again
        image.info = {}
        return image

    def _copy_to(self, report):
        """Copy these photos to another draft version of the report."""
        return self.create(
            [
                {
                    "name": photo.name,
                    "kind": photo.kind,
                    "image": photo.image,
                    "taken_at": photo.taken_at,
                    "report_id": report.id,
                }
                for photo in self
            ]
        )
