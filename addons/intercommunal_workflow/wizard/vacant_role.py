from odoo import api, fields, models
from odoo.fields import Domain

from ..models.circuit_step import SERVICE_ROLES
from ..models.commune_role import COMMUNE_ROLES


class IntercommunalVacantRole(models.TransientModel):
    """A role that an active circuit needs and that nobody with access holds today.

    The rows are made when somebody opens the list, for themselves.
    """

    _name = "intercommunal.vacant.role"
    _description = "Vacant Role"
    _order = "role, name, id"

    name = fields.Char("Commune or service", required=True, readonly=True)
    commune_id = fields.Many2one("res.partner", "Commune", readonly=True)
    service_id = fields.Many2one("intercommunal.service", readonly=True)
    role = fields.Selection(COMMUNE_ROLES + SERVICE_ROLES, required=True, readonly=True)
    reason = fields.Selection(
        [
            ("nobody", "Nobody has this role"),
            ("no_user", "The person has no access"),
            ("few", "Fewer persons than the circuit asks for"),
        ],
        "Why",
        required=True,
        readonly=True,
    )
    found = fields.Integer("Can decide", readonly=True)
    needed = fields.Integer("Asked for", readonly=True)
    circuit_ids = fields.Many2many(
        "intercommunal.circuit",
        "intercommunal_vacant_role_circuit_rel",
        "vacant_id",
        "circuit_id",
        "Circuits",
        readonly=True,
    )

    # ----------------------------------------------------------------- actions

    @api.model
    def action_open(self):
        """List the vacant roles of every active circuit, as of now."""
        return self._open(
            self.env["intercommunal.circuit"].search([("active", "=", True)])
        )

    @api.model
    def _open(self, circuits):
        circuits.check_access("read")
        vacancies = self.create(self._find(circuits))
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "intercommunal_workflow.intercommunal_vacant_role_action"
            ),
            "domain": [("id", "in", vacancies.ids)],
        }

    def action_open_roles(self):
        """Open where the role is given: the roles of the commune, or the service."""
        self.ensure_one()
        if self.service_id:
            return {
                "type": "ir.actions.act_window",
                "res_model": "intercommunal.service",
                "res_id": self.service_id.id,
                "views": [(False, "form")],
            }
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_commune_role_action"
        )
        return {
            **action,
            "domain": [("commune_id", "=", self.commune_id.id)],
            "context": {
                "default_commune_id": self.commune_id.id,
                "default_role": self.role,
            },
        }

    # ------------------------------------------------------------------ search

    @api.model
    def _find(self, circuits):
        """Values of the vacant roles that ``circuits`` need, set by set.

        :param circuits: intercommunal.circuit, saved or being composed
        :return: list of dict, as `create` takes them
        """
        vals_list = []
        for (role, services), steps in self._get_needs(circuits).items():
            if role in dict(COMMUNE_ROLES):
                vals_list += self._find_in_communes(role, steps)
            else:
                vals_list += self._find_in_services(role, services, steps)
        merged = {}
        for vals in vals_list:
            key = (vals["role"], vals.get("commune_id"), vals.get("service_id"))
            known = merged.setdefault(key, vals)
            known["circuit_ids"] = sorted({*known["circuit_ids"], *vals["circuit_ids"]})
            known["needed"] = max(known["needed"], vals["needed"])
        return sorted(merged.values(), key=lambda vals: (vals["role"], vals["name"]))

    @api.model
    def _get_needs(self, circuits):
        """Which roles are needed: ``{(role, services): steps}``."""
        needs = {}
        for step in circuits.step_ids:
            if step.resolver not in ("commune_role", "service_role"):
                continue
            if step.resolver == "service_role" and step.vacant_mode == "escalation":
                continue
            role = step[step.resolver]
            if not role:
                continue
            services = self.env["intercommunal.service"]
            if step.resolver == "service_role":
                services = step.circuit_id.service_ids._origin
            key = (role, services)
            needs[key] = needs.get(key, step.browse()) | step
        return needs

    @api.model
    def _find_in_communes(self, role, steps):
        company = self.env.company
        communes = self.env["res.partner"].search(
            [
                ("is_commune", "=", True),
                ("intercommunal_epci_id", "=", company.id),
            ],
            order="name",
        )
        named, askable = self._get_people(communes, role, steps)
        stand_ins = self._get_stand_ins(communes, steps)
        vals_list = []
        for commune in communes:
            # a step that others decide instead stops nothing
            stopped = steps.filtered(
                lambda step, commune=commune: commune not in stand_ins[step]
            )
            roles = named.get(commune, self.env["intercommunal.commune.role"])
            vals_list += self._prepare_vals(
                role, stopped, commune, roles, roles.sudo().user_id & askable
            )
        return vals_list

    @api.model
    def _get_people(self, communes, role, steps):
        """Who holds a role: ``{commune: roles}``, and who of them can be asked."""
        named = communes._search_current_roles(role).grouped("commune_id")
        return named, steps[:1]._get_askable(self._get_users(named.values()))

    @api.model
    def _get_stand_ins(self, places, steps):
        """Where others decide instead when nobody can: ``{step: places}``."""
        found = {}
        for step in steps:
            rule = step.sudo()
            if rule.vacant_mode != "escalation":
                found[step] = places.browse()
            elif rule.escalation_resolver == "commune_role":
                named, askable = self._get_people(
                    places, rule.escalation_commune_role, step
                )
                found[step] = places.filtered(
                    lambda place, named=named, askable=askable: (
                        place in named and named[place].sudo().user_id & askable
                    )
                )
            else:
                services = rule.circuit_id.service_ids or rule.env[
                    "intercommunal.service"
                ].search([("company_id", "=", self.env.company.id)])
                users = rule._get_named_users(services, None, "escalation_")
                found[step] = places if step._get_askable(users) else places.browse()
        return found

    @api.model
    def _get_users(self, roles_list):
        users = self.env["res.users"].sudo()
        return users.union(*(roles.sudo().user_id for roles in roles_list))

    @api.model
    def _find_in_services(self, role, services, steps):
        services = (services or services.search(Domain.TRUE)).sudo()
        name = "manager_ids" if role == "manager" else "director_id"
        askable = steps[0]._get_askable(services[name])
        vals_list = []
        for service in services:
            vals_list += self._prepare_vals(
                role, steps, service, service[name], service[name] & askable
            )
        return vals_list

    @api.model
    def _prepare_vals(self, role, steps, place, named, users):
        """One row, or none when enough persons hold the role."""
        if not steps:
            return []
        needed = max(1 if step.quorum_mode == "all" else step.quorum for step in steps)
        if len(users) >= needed:
            return []
        key = "commune_id" if place._name == "res.partner" else "service_id"
        reason = "few" if users else "no_user" if named else "nobody"
        return [
            {
                "name": place.name,
                key: place.id,
                "role": role,
                "reason": reason,
                "found": len(users),
                "needed": needed,
                "circuit_ids": steps.circuit_id._origin.ids,
            }
        ]
