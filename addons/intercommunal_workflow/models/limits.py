from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

# Of one portal user within 24 hours: far beyond a busy secretary, far below a flood.
MAX_REQUESTS = 100
MAX_MESSAGES = 100
# Characters: ten pages of a description, a long line of a subject.
MAX_TEXT = 20_000
MAX_LINE = 1_000


class Base(models.AbstractModel):
    """Texts that anybody types have an end."""

    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        if self._has_lengths():
            for vals in vals_list:
                self._check_lengths(vals)
        return super().create(vals_list)

    def write(self, vals):
        if self._has_lengths():
            self._check_lengths(vals)
        return super().write(vals)

    @api.model
    def _has_lengths(self):
        """Asked once a call: every model of the database passes here."""
        return self._name.startswith("intercommunal.") and not self.env.su

    @api.model
    def _check_lengths(self, vals):
        limits = {"char": MAX_LINE, "text": MAX_TEXT, "html": MAX_TEXT}
        for name, value in vals.items():
            field = self._fields.get(name)
            limit = field and limits.get(field.type)
            if limit and isinstance(value, str) and len(value) > limit:
                self._check_length(
                    value, limit, field._description_string(self.env) or name
                )

    @api.model
    def _check_length(self, text, limit=MAX_TEXT, label=None):
        """Refuse a text of more than ``limit`` characters.

        :raises UserError: it is longer
        """
        if len(text or "") > limit:
            raise UserError(
                self.env._(
                    "“%(label)s” has %(length)s characters: write %(limit)s at most.",
                    label=label or self.env._("Your text"),
                    length=len(text),
                    limit=limit,
                )
            )


class IntercommunalRequest(models.Model):
    """Nobody floods the service."""

    _inherit = "intercommunal.request"

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.user.share and not self.env.su:
            self._check_flood(
                self.sudo(), [("create_uid", "=", self.env.uid)], len(vals_list)
            )
        return super().create(vals_list)

    def message_post(self, **kwargs):
        if kwargs.get("message_type") == "email" and not self.env.su:
            # e-mails come from the gateway alone
            kwargs["message_type"] = "comment"
        # the platform's own route posts as superuser for whoever reads the file
        if self.env.user.share and kwargs.get("message_type") == "comment":
            self._check_length(str(kwargs.get("body") or ""))
            mine = [
                ("model", "=", self._name),
                ("message_type", "=", "comment"),
                ("author_id", "=", self.env.user.partner_id.id),
            ]
            self._check_flood(self.env["mail.message"].sudo(), mine, 1)
        return super().message_post(**kwargs)

    @api.model
    def _check_flood(self, records, domain, count):
        """Refuse more than a person can mean within 24 hours.

        :param records: where to count, as superuser
        :param int count: how many are to be added
        """
        limit = MAX_REQUESTS if records._name == self._name else MAX_MESSAGES
        since = fields.Datetime.now() - timedelta(days=1)
        known = records.with_context(active_test=False).search_count(
            [*domain, ("create_date", ">=", since)], limit=limit
        )
        if known + count > limit:
            raise UserError(
                self.env._(
                    "You sent %(limit)s within a day: call the service, or go on"
                    " tomorrow.",
                    limit=limit,
                )
            )
