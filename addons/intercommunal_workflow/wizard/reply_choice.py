from odoo import api, fields, models


class IntercommunalReplyChoice(models.AbstractModel):
    """A text to the commune that may start from a template of the service."""

    _name = "intercommunal.reply.choice"
    _description = "Choice of a Reply Template"

    request_ids = fields.Many2many(
        "intercommunal.request",
        default=lambda self: self.env.context.get("active_ids"),
        string="Requests",
        required=True,
    )
    available_reply_ids = fields.Many2many(
        "intercommunal.reply", compute="_compute_available_reply_ids"
    )
    reply_id = fields.Many2one(
        "intercommunal.reply",
        "Template",
        domain="[('id', 'in', available_reply_ids)]",
    )

    @api.depends("request_ids")
    def _compute_available_reply_ids(self):
        replies = self.env["intercommunal.reply"]
        for wizard in self:
            wizard.available_reply_ids = replies._find_for(
                wizard._get_reply_usage(), wizard.request_ids
            )

    def _get_reply_usage(self):
        """For what the text is: usage of `intercommunal.reply`."""
        raise NotImplementedError
