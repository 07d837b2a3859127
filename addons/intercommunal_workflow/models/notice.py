"""Who prefers one message a day gets one, with all that happened; what needs them
comes at once all the same."""

from datetime import timedelta

from markupsafe import Markup

from odoo import Command, api, fields, models

# The turns that wait for somebody: they are never held back (see the design, "told by
# default").
AT_ONCE = (
    "intercommunal_workflow.mt_request_info_requested",
    "intercommunal_workflow.mt_request_rework",
    "intercommunal_workflow.mt_intervention_blocked",
    "intercommunal_workflow.mt_intervention_rework",
)
# a person gets one digest within these hours, whenever the cron runs
GAP = timedelta(hours=20)
MAX_SHOWN = 60


class ResUsers(models.Model):
    """How often a person is told."""

    _inherit = "res.users"

    intercommunal_frequency = fields.Selection(
        [("now", "At each turn"), ("daily", "Once a day")],
        "Tell me",
        default="now",
        required=True,
        help="Questions, work to redo and what is blocked come at once in both cases.",
    )
    intercommunal_notice_on = fields.Datetime("Last daily message", readonly=True)

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["intercommunal_frequency"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ["intercommunal_frequency"]


class IntercommunalNotice(models.Model):
    """A message that waits for somebody's daily one. It holds no word of its own: what
    the person may not read any more by then is not told."""

    _name = "intercommunal.notice"
    _description = "Message Held for the Day"
    _order = "id"

    user_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="cascade", readonly=True
    )
    message_id = fields.Many2one(
        "mail.message", required=True, index=True, ondelete="cascade", readonly=True
    )

    _once_uniq = models.UniqueIndex("(user_id, message_id)")

    @api.model
    def _cron_send(self):
        """Send each person the messages that wait for them, once a day."""
        limit = fields.Datetime.now() - GAP
        groups = self.sudo()._read_group([], ["user_id"], ["id:recordset"])
        for user, notices in groups:
            if user.intercommunal_notice_on and user.intercommunal_notice_on > limit:
                continue
            notices._send_to(user)
            user.intercommunal_notice_on = fields.Datetime.now()
            notices.unlink()

    def _send_to(self, user):
        """One mail of all that ``user`` may still read."""
        if not (user.active and user.email):
            return
        lines = self._get_lines(user)
        if not lines:
            return
        env = self.with_context(lang=user.lang, tz=user.tz).env
        company = user.company_id
        body = env["ir.qweb"]._render(
            "intercommunal_workflow.mail_notices",
            {
                "lines": lines[:MAX_SHOWN],
                "more": max(len(lines) - MAX_SHOWN, 0),
                # qweb has a “lang” of its own, which browsers do not read
                "html_lang": (user.lang or "fr_FR").replace("_", "-"),
            },
        )
        env["mail.mail"].sudo().create(
            {
                "subject": env._(
                    "%(company)s: your requests today", company=company.name
                ),
                "body_html": Markup("<!DOCTYPE html>\n") + body,
                "email_from": company._get_mail_sender(),
                # it is about many files: a reply is for a person to read
                "reply_to": company._get_mail_sender(),
                "recipient_ids": [Command.link(user.partner_id.id)],
                "auto_delete": True,
            }
        )

    def _get_lines(self, user):
        """What the mail says, read with the rights of ``user``.

        :return: list of dict: request, what, text, url
        """
        mine = self.env(user=user.id, su=False, context={"lang": user.lang})
        messages = mine["mail.message"].search(
            [("id", "in", self.message_id.ids)], order="id"
        )
        requests = mine["intercommunal.request"].search(
            [("id", "in", messages.mapped("res_id"))]
        )
        known = {request.id: request for request in requests}
        return [
            {
                "request": known[message.res_id],
                "what": known[message.res_id]._get_portal_message_title(message)
                or mine._("Message"),
                "text": message.preview if message.message_type == "comment" else "",
                "url": known[message.res_id]._get_notice_url(user),
            }
            for message in messages
            if message.model == "intercommunal.request" and message.res_id in known
        ]


class IntercommunalRequest(models.Model):
    """Messages of a file are held back for those who want one a day."""

    _inherit = "intercommunal.request"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if self._is_told_at_once(message, msg_vals):
            return recipients
        by_mail = [data["uid"] for data in recipients if data.get("notif") == "email"]
        held = (
            self.env["res.users"]
            .sudo()
            .browse(filter(None, by_mail))
            .filtered(lambda user: user.intercommunal_frequency == "daily")
        )
        self.env["intercommunal.notice"].sudo().create(
            [{"user_id": user.id, "message_id": message.id} for user in held]
        )
        return [data for data in recipients if data.get("uid") not in held.ids]

    @api.model
    def _is_told_at_once(self, message, msg_vals):
        vals = msg_vals or {}
        if vals.get("message_type", message.message_type) == "user_notification":
            # sent to one person on purpose: a reminder, an alarm
            return True
        subtype = vals.get("subtype_id", message.subtype_id.id)
        return subtype in [
            self.env["ir.model.data"]._xmlid_to_res_id(xmlid) for xmlid in AT_ONCE
        ]

    def _get_notice_url(self, user):
        """Where ``user`` reads this request."""
        self.ensure_one()
        path = "/my/requests" if user.share else "/odoo/requests"
        return f"{self.get_base_url()}{path}/{self.id}"
