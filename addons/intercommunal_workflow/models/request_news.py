from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# what somebody never opened is new this long: who comes for the first time does not
# find years of files marked
NEW_FOR = timedelta(days=30)


class IntercommunalRequest(models.Model):
    """What happened in a file since its reader last opened it in the portal."""

    _inherit = "intercommunal.request"

    has_news = fields.Boolean(
        "Something new", compute="_compute_has_news", search="_search_has_news"
    )

    @api.depends_context("uid")
    def _compute_has_news(self):
        stored = self._origin
        found = stored.ids and self.env.execute_query(
            SQL("%s AND request.id IN %s", self._get_news_query(), tuple(stored.ids))
        )
        news = {request_id for (request_id,) in found}
        for request in self:
            request.has_news = request._origin.id in news

    @api.model
    def _search_has_news(self, operator, value):
        if operator != "in":
            return NotImplemented
        news = Domain("id", "in", SQL("(%s)", self._get_news_query()))
        return news if True in value else ~news

    @api.model
    def _get_news_query(self):
        """Requests of the user's communes with a public message of somebody else, which
        came after the last one that the user saw there (see `_get_portal_messages`)."""
        user = self.env.user
        self.flush_model(["commune_id"])
        self.env["mail.message"].flush_model()
        return SQL(
            """
            SELECT request.id
              FROM intercommunal_request AS request
         LEFT JOIN intercommunal_request_visit AS visit
                ON visit.request_id = request.id AND visit.user_id = %(user)s
             WHERE request.commune_id = ANY(%(communes)s)
               AND EXISTS (
                    SELECT 1
                      FROM mail_message AS message
                      JOIN mail_message_subtype AS subtype
                        ON subtype.id = message.subtype_id
                     WHERE message.model = 'intercommunal.request'
                       AND message.res_id = request.id
                       AND message.id > COALESCE(visit.message_number, 0)
                       AND (visit.id IS NOT NULL OR message.date >= %(since)s)
                       AND message.author_id IS DISTINCT FROM %(author)s
                       AND message.is_internal IS NOT TRUE
                       AND (subtype.internal IS NOT TRUE OR subtype.id = %(own)s)
                       AND (
                            COALESCE(message.body, '') != ''
                            OR subtype.description IS NOT NULL
                            OR EXISTS (
                                SELECT 1 FROM message_attachment_rel AS file
                                 WHERE file.message_id = message.id
                            )
                       )
             )
            """,
            user=user.id,
            communes=user._get_intercommunal_communes().ids,
            since=fields.Datetime.now() - NEW_FOR,
            author=user.partner_id.id,
            own=self.env.ref("intercommunal_workflow.mt_request_submitted").id,
        )

    def _visit(self, messages):
        """The user opens the page of this request.

        :param messages: what it shows, the newest first
        :return: those that are new to the user
        """
        self.ensure_one()
        visit = (
            self.env["intercommunal.request.visit"]
            .sudo()
            .search([("user_id", "=", self.env.uid), ("request_id", "=", self.id)])
        )
        me = self.env.user.partner_id
        newest = messages[:1].id or 0
        mine = messages.filtered(lambda message: message.author_id == me)[:1]
        # at the first visit what came after one's own word is new; all of it, to who
        # wrote none: there is nothing to tell apart
        seen = visit.message_number if visit else mine.id or newest
        if not visit or seen < newest:
            self.env["intercommunal.request.visit"]._note(self, newest)
        return messages.filtered(
            lambda message: message.id > seen and message.author_id != me
        )
