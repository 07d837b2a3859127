from odoo import fields, models


class IntercommunalService(models.Model):
    _inherit = "intercommunal.service"

    surcharge_ids = fields.One2many(
        "intercommunal.surcharge",
        "service_id",
        "Surcharges",
        groups="base.group_user",
    )

    def _list_todo(self):
        lines, rates = super()._list_todo(), self.env["intercommunal.rate"]
        own = [("service_id", "=", self.id)]
        # whoever reads no price has no bill to think of
        if not rates.has_access("read"):
            return lines
        if not rates.search_count(own, limit=1):
            lines.append(
                self.env._(
                    "A rate, by the finance office: what is approved could not be billed."
                )
            )
        if not self.env["intercommunal.agreement"].search_count(own, limit=1):
            lines.append(
                self.env._(
                    "An agreement with each commune, by the finance office: it says who"
                    " pays, and how."
                )
            )
        return lines
