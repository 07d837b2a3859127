from odoo import api, fields, models
from odoo.tools import SQL


class IntercommunalRequestVisit(models.Model):
    """Up to which message somebody read a file in the portal.

    Nobody reads these: they are about people, and serve their own page alone.
    """

    _name = "intercommunal.request.visit"
    _description = "Last Visit of a Request"
    _log_access = False

    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", readonly=True
    )
    request_id = fields.Many2one(
        "intercommunal.request",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    # no link: a message that is deleted must not make a file new again
    message_number = fields.Integer("Last message seen", readonly=True)

    _once_uniq = models.UniqueIndex("(user_id, request_id)")

    @api.model
    def _note(self, requests, up_to=None):
        """The user has seen these requests, up to the message ``up_to`` or to the last.

        In one statement: the same page may be open twice.
        """
        self.env.cr.execute(
            SQL(
                "INSERT INTO intercommunal_request_visit AS visit"
                " (user_id, request_id, message_number)"
                " SELECT %s, request.id, COALESCE(%s, MAX(message.id), 0)"
                " FROM intercommunal_request AS request"
                " LEFT JOIN mail_message AS message"
                " ON message.model = 'intercommunal.request'"
                " AND message.res_id = request.id"
                " WHERE request.id IN %s GROUP BY request.id"
                " ON CONFLICT (user_id, request_id) DO UPDATE SET message_number"
                " = GREATEST(visit.message_number, EXCLUDED.message_number)",
                self.env.uid,
                up_to,
                tuple(requests.ids) or (None,),
            )
        )
        self.invalidate_model()
