from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

# How long a commune keeps whom to tell once the file is closed (GDPR, article 5.1 e).
KEPT_MONTHS = 12


class IntercommunalCitizen(models.Model):
    """Whom a commune asks for: their contact stays with the commune.

    The service, its teams and the direction know that a request is relayed, never for
    whom: what they must ask or tell goes through the commune.
    """

    _name = "intercommunal.citizen"
    _description = "Citizen for whom a Commune Asks"
    _order = "request_id desc, id desc"

    request_id = fields.Many2one(
        "intercommunal.request", required=True, ondelete="cascade"
    )
    commune_id = fields.Many2one(
        related="request_id.commune_id", store=True, index=True
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    name = fields.Char("Name of the citizen", required=True)
    phone = fields.Char()
    email = fields.Char("E-mail")

    _request_uniq = models.Constraint(
        "UNIQUE(request_id)", "This request is relayed for somebody already."
    )

    @api.constrains("email")
    def _check_email(self):
        for citizen in self:
            if citizen.email and "@" not in citizen.email:
                raise ValidationError(
                    self.env._(
                        "“%(email)s” is not an e-mail address.", email=citizen.email
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        citizens = super().create(vals_list)
        citizens._flag_requests()
        return citizens

    def write(self, vals):
        if "request_id" in vals:
            raise AccessError(
                self.env._("A contact stays with the request it was given for.")
            )
        return super().write(vals)

    def unlink(self):
        requests = self.request_id
        result = super().unlink()
        requests.sudo()._write_guarded({"for_citizen": False})
        return result

    def _flag_requests(self):
        self.request_id.sudo()._write_guarded({"for_citizen": True})

    @api.model
    def _cron_forget(self):
        """Erase the contacts of the files that were closed a year ago."""
        limit = fields.Datetime.now() - relativedelta(months=KEPT_MONTHS)
        self.search([("request_id.date_closed", "<=", limit)]).unlink()


class IntercommunalRequest(models.Model):
    """Says that a request is relayed, not for whom."""

    _inherit = "intercommunal.request"

    for_citizen = fields.Boolean(
        "Relayed for a citizen",
        readonly=True,
        copy=False,
        help="The commune holds the contact and passes the messages on.",
    )

    def _get_citizen(self):
        """The contact that this commune keeps, or nothing for everybody else."""
        self.ensure_one()
        citizens = self.env["intercommunal.citizen"]
        if not citizens.has_access("read"):
            return citizens
        return citizens.search([("request_id", "=", self.id)], limit=1)

    def action_open_citizen(self):
        """Window of the contact of whom one's commune asks for, to see or enter it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Citizen to tell"),
            "res_model": "intercommunal.citizen",
            "res_id": self._get_citizen().id,
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }
