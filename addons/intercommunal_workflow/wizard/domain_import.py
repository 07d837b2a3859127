import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalDomainImport(models.TransientModel):
    """Checks the file of a domain, tries it, and installs it."""

    _name = "intercommunal.domain.import"
    _description = "Install a Domain"

    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        default=lambda self: self.env.company,
    )
    source = fields.Selection(
        [("shipped", "One that comes with the application"), ("file", "A file")],
        "Domain",
        required=True,
        default="shipped",
    )
    shipped = fields.Selection(selection="_selection_shipped", string="Which one")
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    service_id = fields.Many2one(
        "intercommunal.service",
        "Into an existing service",
        domain="[('company_id', '=', company_id)]",
        help="Empty: the service of the file, created if it is missing.",
    )
    state = fields.Selection(
        [("choose", "To check"), ("wrong", "To correct"), ("right", "Ready")],
        default="choose",
        required=True,
    )
    result = fields.Html(readonly=True, sanitize=False)

    @api.model
    def _selection_shipped(self):
        return self.env["intercommunal.domain"]._get_shipped()

    @api.onchange("source", "shipped", "file", "service_id", "company_id")
    def _onchange_choice(self):
        """What was checked is not what is chosen now."""
        self.state = "choose"
        self.result = False

    def action_check(self):
        """Check the file and try it: nothing is written.

        :return: the assistant again, with what installing would do
        """
        self.ensure_one()
        self._check_target()
        domains = self.env["intercommunal.domain"]
        full, problems = domains._read(self._get_raw())
        values = {"problems": problems, "full": full}
        if full:
            trial = domains._try_out(full, self.company_id, self.service_id)
            values["sample"] = trial["sample"]
            values["groups"] = domains._group_changes(trial["changes"])
        self.write(
            {
                "state": "right" if full else "wrong",
                "result": self.env["ir.qweb"]._render(
                    "intercommunal_workflow.domain_import_result", values
                ),
            }
        )
        return self._reopen()

    def action_install(self):
        """Install the file.

        :raises UserError: something is wrong in it, all is said and nothing written
        :return: the window action of the domain
        """
        self.ensure_one()
        self._check_target()
        domains = self.env["intercommunal.domain"]
        full, problems = domains._read(self._get_raw())
        if problems:
            raise UserError(
                self.env._(
                    "This file can't be installed.\n%(problems)s",
                    problems="\n".join(problems),
                )
            )
        domain, _changes = domains._install(full, self.company_id, self.service_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": domain._name,
            "res_id": domain.id,
            "views": [(False, "form")],
        }

    def _check_target(self):
        """Installing is the administrators', in an intercommunality of theirs."""
        self.env["intercommunal.domain"].check_access("create")
        if self.company_id not in self.env.companies:
            raise UserError(
                self.env._(
                    "Switch to “%(company)s” first.",
                    company=self.company_id.sudo().name,
                )
            )
        if self.service_id and self.service_id.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "“%(service)s” is a service of another intercommunality.",
                    service=self.service_id.name,
                )
            )

    def _get_raw(self):
        if self.source == "shipped":
            return self.env["intercommunal.domain"]._read_shipped(self.shipped)
        if not self.file:
            raise UserError(self.env._("Choose the file first."))
        try:
            return base64.b64decode(self.file, validate=True)
        except binascii.Error as error:
            raise UserError(self.env._("The file did not arrive whole.")) from error

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Install a domain"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
