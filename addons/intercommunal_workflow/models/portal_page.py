from odoo import models


class IntercommunalPortalPage(models.AbstractModel):
    """A record that commune people open in the portal, from a mail as from a link."""

    _name = "intercommunal.portal.page"
    _description = "Page of the Portal"

    # where its page is, without the id
    _portal_path = None

    def _get_portal_url(self):
        """The path of its page."""
        self.ensure_one()
        return f"{self._portal_path}/{self.id}"

    def _get_access_action(self, access_uid=None, force_website=False):
        """Commune people open it in the portal."""
        self.ensure_one()
        user = self.env["res.users"].sudo().browse(access_uid or self.env.uid)
        if user.share or force_website:
            return {
                "type": "ir.actions.act_url",
                "url": self._get_portal_url(),
                "target": "self",
                "res_id": self.id,
            }
        return super()._get_access_action(access_uid, force_website)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """The button of an e-mail opens the portal for commune people too."""
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, _method, options in groups:
            if name == "portal":
                options.update(active=True, has_button_access=True)
                options["button_access"] = {
                    "url": f"{self.get_base_url()}{self._get_portal_url()}"
                }
        return groups
