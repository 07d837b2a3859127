from markupsafe import Markup

from odoo import api, models


class IntercommunalRequest(models.Model):
    """The first screen of an empty database: where to begin."""

    _inherit = "intercommunal.request"

    @api.model
    def get_empty_list_help(self, help_message):
        """Whoever sets up a territory without communes is shown the five steps."""
        if not self._is_to_set_up():
            return super().get_empty_list_help(help_message)
        return Markup(
            '<p class="o_view_nocontent_smiling_face">%s</p><p>%s</p>'
            '<p><a class="btn btn-primary" href="%s">%s</a></p>'
        ) % (
            self.env._("Set up your territory"),
            self.env._(
                "Your communes, your services, your people: five steps, ten minutes."
            ),
            "/odoo/action-intercommunal_workflow.intercommunal_setup_action",
            self.env._("Begin"),
        )

    @api.model
    def _is_to_set_up(self):
        """Whether the user is to set up an intercommunality that has no commune."""
        if not self.env.user.has_group(
            "intercommunal_workflow.group_intercommunal_admin"
        ):
            return False
        return not self.env["res.partner"].search_count(
            [
                ("is_commune", "=", True),
                ("intercommunal_epci_id", "=", self.env.company.id),
            ],
            limit=1,
        )
