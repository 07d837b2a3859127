from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ResUsers(models.Model):
    _inherit = "res.users"

    intercommunal_role_ids = fields.One2many(
        "intercommunal.commune.role", "user_id", "Roles in communes"
    )
    # for record rules: a list of ids lets PostgreSQL use the indexes of the boards,
    # which a subquery on the managers of each row's service does not
    intercommunal_service_ids = fields.Many2many(
        "intercommunal.service",
        "intercommunal_service_manager_rel",
        "user_id",
        "service_id",
        "Managed services",
        context={"active_test": False},
        copy=False,
        groups="base.group_user",
    )

    def write(self, vals):
        if "intercommunal_service_ids" in vals:
            # kept in the cache of the record rules, as groups are
            self.env.registry.clear_cache()
        return super().write(vals)

    def _init_store_data(self, store):
        super()._init_store_data(store)
        # the chatter offers the texts of the services to those who read them
        readable = self.env["intercommunal.reply"].has_access("read")
        store.add_global_values(hasIntercommunalReplies=readable)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decider(self):
        seats = self.env["intercommunal.validation.seat"].sudo()
        decisions = self.env["intercommunal.decision"].sudo()
        for user in self:
            domain = Domain("user_id", "=", user.id) | Domain(
                "on_behalf_of_id", "=", user.id
            )
            if seats.search(domain, limit=1) or decisions.search(domain, limit=1):
                raise UserError(
                    self.env._(
                        "“%(name)s” was asked to decide: their name stays in the"
                        " history. Archive this user instead.",
                        name=user.name,
                    )
                )

    def _get_intercommunal_roles(self):
        """The roles this user holds today, read with the rights of the system."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        return self.sudo().intercommunal_role_ids.filtered(
            lambda role: (
                role.date_from <= today and (not role.date_to or role.date_to >= today)
            )
        )

    def _get_intercommunal_communes(self):
        """The communes where this user holds a role today."""
        return self._get_intercommunal_roles().commune_id.with_env(self.env)

    def _get_commune_capacities(self, commune):
        """What this user is in ``commune``: "commune" and their roles, or nothing.

        :return: set of str
        """
        roles = self._get_intercommunal_roles().filtered(
            lambda role: role.commune_id == commune
        )
        return {"commune", *roles.mapped("role")} if roles else set()
