from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import hash_sign, verify_hash_signed

from .validation_seat import DECIDING_SEATS

SCOPE = "intercommunal-decide"
LINK_DAYS = 15
# A mail can't be taken back: what its link may show is bounded by this many characters.
MAX_TOKEN = 500


class IntercommunalValidationSeat(models.Model):
    """The link of an e-mail: one person, one step, one content, once."""

    _inherit = "intercommunal.validation.seat"

    link_nonce = fields.Integer(
        help="Moves at each use, so that a link works once; nothing secret is stored."
    )

    def _get_link_token(self):
        """The signed token of this seat; it is never stored.

        Signed by the database's secret as core signs its own links (`hash_sign`).
        """
        self.ensure_one()
        return hash_sign(
            self.env(su=True),
            SCOPE,
            [self.id, self.link_nonce, self.validation_id.content_hash],
            expiration=timedelta(days=LINK_DAYS),
        )

    @api.model
    def _find_by_token(self, token):
        """The seat that a link names, whatever became of it.

        :return: (seat as superuser, whether this very link may still decide); an empty
            seat when the link is forged, changed or too old: both look the same
        """
        none = self.sudo().browse()
        if not token or len(token) > MAX_TOKEN:
            return none, False
        try:
            values = verify_hash_signed(self.env(su=True), SCOPE, token)
        # whatever is not one of our tokens raises as it pleases
        except (ValueError, TypeError, IndexError, OverflowError, UnicodeError):
            values = None
        if not values:
            return none, False
        seat_id, nonce, content_hash = values
        seat = none.browse(seat_id).exists()
        is_live = bool(
            seat
            and seat.link_nonce == nonce
            and seat.state in DECIDING_SEATS
            and seat.validation_id.state == "open"
            and seat.validation_id.content_hash == content_hash
            and seat._is_valid()
        )
        return seat, is_live

    def _use_link(self):
        """This link has served: it does not any more."""
        self.ensure_one()
        self._write_guarded({"link_nonce": self.link_nonce + 1})

    def _needs_login(self):
        """Whether the amount is too high for a decision without a login."""
        self.ensure_one()
        run = self.validation_id
        ceiling = run.company_id.intercommunal_link_ceiling
        return run.currency_id.compare_amounts(run.amount, ceiling) > 0

    def _get_dead_link_reason(self):
        """What happened to what a dead link was about, without any of its content."""
        self.ensure_one()
        run = self.validation_id
        if run.state != "open":
            return self.env._(
                "It was already settled (%(state)s) on %(date)s.",
                state=run._get_state_label(),
                date=run._get_closing_time(),
            )
        if self.state == "decided":
            return self.env._("You have decided already: others decide now.")
        if self.state == "withdrawn" or not self._is_valid():
            return self.env._("You are not asked to decide on it any more.")
        return self.env._("This link has served already: use that of the last e-mail.")
