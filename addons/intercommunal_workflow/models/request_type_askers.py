from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalRequestType(models.Model):
    """Who may ask for a type: not every one is everybody's."""

    _inherit = "intercommunal.request.type"

    asker = fields.Selection(
        [
            ("anyone", "Anybody with a role in the commune"),
            ("referent", "The referent, an elected official or the head of staff"),
        ],
        "Who may ask",
        default="anyone",
        required=True,
    )
    commune_ids = fields.Many2many(
        "res.partner",
        "intercommunal_request_type_commune_rel",
        "type_id",
        "commune_id",
        "Only these communes",
        domain="[('is_commune', '=', True)]",
        help="Leave empty when every commune may ask.",
    )

    @api.model
    def _get_roles_of(self, asker):
        """Roles that may ask; None for all."""
        return {"referent": {"referent", "mayor", "deputy", "dgs"}}.get(asker)

    def _get_communes_of(self, user):
        """The communes for which ``user`` may ask for this type today."""
        self.ensure_one()
        allowed = self._get_roles_of(self.asker)
        roles = user._get_intercommunal_roles()
        if allowed:
            roles = roles.filtered(lambda role: role.role in allowed)
        communes = roles.commune_id
        return (
            communes & self.sudo().commune_ids if self.sudo().commune_ids else communes
        )

    def _filter_askable(self, user):
        """Those of these types that ``user`` may ask for in one commune at least."""
        return self.filtered(lambda type_: type_._get_communes_of(user))


class IntercommunalRequest(models.Model):
    """A request of a reserved type is sent by those it is reserved to."""

    _inherit = "intercommunal.request"

    def _check_complete(self):
        self._check_asker()
        return super()._check_complete()

    def _check_asker(self):
        """Refuse who may not ask for this type; the service asks on behalf of anyone.

        :raises UserError: another role, or another commune
        """
        self.ensure_one()
        capacities = self._get_capacities()
        kind = self.sudo().type_id
        if not kind or capacities & {"system", "service"}:
            return
        if self.commune_id.id not in kind._get_communes_of(self.env.user).ids:
            raise UserError(
                self.env._(
                    "“%(type)s” is asked for by: %(who)s. Pass this draft on to them, or"
                    " choose another type.",
                    type=kind.name,
                    who=", ".join(
                        filter(
                            None,
                            [
                                dict(
                                    kind._fields["asker"]._description_selection(
                                        self.env
                                    )
                                )[kind.asker],
                                ", ".join(kind.commune_ids.mapped("name")),
                            ],
                        )
                    ),
                )
            )
