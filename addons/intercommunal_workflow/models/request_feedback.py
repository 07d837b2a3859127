from odoo import api, fields, models
from odoo.exceptions import UserError

SATISFACTION = [
    ("good", "Satisfied"),
    ("fair", "Could be better"),
    ("poor", "Not satisfied"),
]


class IntercommunalRequest(models.Model):
    """What the commune says once the work is done: one tap, or a new request."""

    _inherit = "intercommunal.request"

    satisfaction = fields.Selection(
        SATISFACTION,
        "Opinion of the commune",
        readonly=True,
        copy=False,
        tracking=True,
    )
    satisfaction_text = fields.Text("Words of the opinion", readonly=True, copy=False)
    previous_id = fields.Many2one(
        "intercommunal.request",
        "Goes back to",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The closed request that this one takes up again.",
    )
    next_ids = fields.One2many(
        "intercommunal.request", "previous_id", "Taken up again by", readonly=True
    )

    def action_rate(self, level=None, text=None):
        """Say what the commune thinks of the work; the last word counts.

        :param str level: good, fair or poor
        :param str text: a few words, optional
        """
        self._check_can("action_rate")
        if level not in dict(self._fields["satisfaction"].selection):
            raise UserError(self.env._("Choose one of the three opinions."))
        self._write_guarded(
            {"satisfaction": level, "satisfaction_text": self._clean_text(text)}
        )
        return True

    def action_reopen(self):
        """Take a closed request up again: a new one that goes back to it, to complete
        and send.

        The service does so in the name of whoever asked the first time.

        :return: the new request, a draft
        """
        self._check_can("action_reopen")
        self.ensure_one()
        is_commune = "commune" in self._get_capacities()
        requester = self.env.user.partner_id if is_commune else self.requester_id
        draft = self.create(self._prepare_repeat_vals(requester))
        draft._write_guarded({"previous_id": self.id})
        return draft

    def action_take_up_again(self):
        """Take a closed request up again, in a window.

        :return: the window action of the new request
        """
        return self.env["intercommunal.validation"]._open_form(self.action_reopen())

    def action_repeat(self):
        """Ask the same again: a draft of whoever asks, to check and send.

        :return: the new request
        """
        self._check_can("action_repeat")
        self.ensure_one()
        return self.create(self._prepare_repeat_vals(self.env.user.partner_id))

    def action_ask_again(self):
        """Ask the same again, in a window.

        :return: the window action of the new request
        """
        return self.env["intercommunal.validation"]._open_form(self.action_repeat())

    @api.model
    def _get_portal_opinions(self):
        """The three opinions, as buttons: (level, label, icon)."""
        labels = dict(self._fields["satisfaction"]._description_selection(self.env))
        icons = {"good": "fa-smile-o", "fair": "fa-meh-o", "poor": "fa-frown-o"}
        return [(level, labels[level], icon) for level, icon in icons.items()]
