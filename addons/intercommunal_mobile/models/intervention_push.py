import json

from odoo import api, models

ICON = "/intercommunal_mobile/static/img/icon-192.png"


class IntercommunalIntervention(models.Model):
    """What a phone is notified of, besides the e-mail that its owner gets.

    A push waits a minute at its carrier and is then gone: it never takes the place of
    the e-mail, it comes before it. It lies on a locked screen: a reference, no names.
    """

    _inherit = "intercommunal.intervention"

    def _after_transition(self, old_states, target):
        result = super()._after_transition(old_states, target)
        words = {
            "planned": self.env._("New job"),
            "rework": self.env._("To redo"),
            "cancelled": self.env._("Job cancelled"),
        }
        if target in words:
            for job in self.sudo():
                job._push_to_team(words[target])
        return result

    def _push_to_team(self, title):
        """Notify the phones of the job's people, who did not do it themselves."""
        self.ensure_one()
        people = (self.leader_id | self.team_id.leader_id | self.agent_ids).filtered(
            "active"
        )
        self._push(
            people - self.env.user, title, self.reference or "", f"job/{self.id}"
        )

    @api.model
    def _push(self, users, title, body, screen=""):
        """Queue a notification on the phones of ``users``, for core's cron to send.

        Core itself pushes to those who chose to read their messages in Odoo.

        :param str screen: of the field page, opened by a tap
        """
        users = users.filtered(lambda user: user.notification_type == "email")
        if not users:
            return
        devices, _private_key, _public_key = self._web_push_get_partners_parameters(
            users.partner_id.ids
        )
        if not devices:
            return
        payload = json.dumps(self._prepare_push(title, body, screen))
        self.env["mail.push"].sudo().create(
            [
                {"mail_push_device_id": device.id, "payload": payload}
                for device in devices
            ]
        )
        self.env.ref("mail.ir_cron_web_push_notification").sudo()._trigger()

    @api.model
    def _prepare_push(self, title, body, screen=""):
        """A notification as core's service worker and ours read it."""
        return {
            "title": title,
            "options": {
                "body": body,
                "icon": ICON,
                # a second one about the same thing takes the place of the first
                "tag": screen or "intercommunal",
                "data": {
                    "model": "intercommunal.intervention",
                    "res_id": int(screen.removeprefix("job/") or 0)
                    if screen.startswith("job/")
                    else 0,
                    "screen": screen,
                },
            },
        }
