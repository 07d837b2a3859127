from odoo import models


class IntercommunalRequest(models.Model):
    """Who is told of a request: people of its commune as it is today, and staff."""

    _inherit = "intercommunal.request"

    def write(self, vals):
        result = super().write(vals)
        if "commune_id" in vals:
            self._unsubscribe_strangers()
        return result

    def _unsubscribe_strangers(self):
        """The people of the former commune do not follow the file of another."""
        for request in self.sudo():
            followers = request.message_partner_ids
            strangers = followers - request._without_strangers(followers)
            request.message_unsubscribe(strangers.ids)
            request._subscribe_people()

    def _without_strangers(self, partners):
        """``partners`` without the people of communes who hold no role in this one.

        A role that ended, or one in another commune, tells who is meant: contacts who
        never held one were added by somebody on purpose.
        """
        self.ensure_one()
        roles = partners.sudo().intercommunal_held_role_ids
        here = roles.filtered(
            lambda role: role.is_current and role.commune_id == self.commune_id
        )
        return partners - (roles.partner_id - here.partner_id)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Followers whose role ended hear no more of the file."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        ids = [data["id"] for data in recipients if data.get("is_follower")]
        followers = self.env["res.partner"].sudo().browse(ids)
        told = self._without_strangers(followers) if self else followers
        strangers = set(ids) - set(told.ids)
        return [data for data in recipients if data["id"] not in strangers]
