from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

YEARS = 3


class IntercommunalSite(models.Model):
    """What was done at a place over the last three years."""

    _inherit = "intercommunal.site"

    history_count = fields.Integer(
        "Jobs in three years", compute="_compute_history", compute_sudo=False
    )
    history_hours = fields.Float(
        "Hours in three years", compute="_compute_history", compute_sudo=False
    )
    request_count = fields.Integer(
        "Open requests", compute="_compute_history", compute_sudo=False
    )

    def _compute_history(self):
        """Counts and accepted hours, with the rights of the reader, in three queries."""
        jobs = self._map_by_site(
            "intercommunal.intervention", self._get_history_domain(), "__count"
        )
        minutes = self._map_by_site(
            "intercommunal.report",
            Domain("intervention_id", "any", self._get_history_domain())
            & Domain("state", "in", ("accepted", "accepted_reserves")),
            "total_minutes:sum",
            "intervention_id.site_id",
        )
        waiting = self._map_by_site(
            "intercommunal.request",
            Domain("site_id", "in", self.ids)
            & Domain("state", "not in", ("draft", "closed", "refused", "cancelled")),
            "__count",
        )
        for site in self:
            site.history_count = jobs.get(site.id, 0)
            site.history_hours = minutes.get(site.id, 0) / 60
            site.request_count = waiting.get(site.id, 0)

    def _map_by_site(self, model, domain, aggregate, path="site_id"):
        """``{site id: aggregate}``, empty for whoever may not read the model."""
        records = self.env[model]
        if not records.has_access("read"):
            return {}
        rows = records._read_group(domain, [path], [aggregate])
        return {site.id: value for site, value in rows}

    @api.model
    def _get_history_start(self):
        return fields.Datetime.now() - relativedelta(years=YEARS)

    def _get_history_domain(self):
        return (
            Domain("site_id", "in", self.ids)
            & Domain("state", "in", ("reported", "approved"))
            & Domain("date_start", ">=", self._get_history_start())
        )

    def action_open_history(self):
        """Window of the jobs done here over the last three years."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_intervention_action"
        )
        name = self.env._("History of %(site)s", site=self.name)
        history = self.env.ref(
            "intercommunal_workflow.intercommunal_intervention_view_list_history"
        )
        return {
            **action,
            # the web client shows the display name before the name
            "name": name,
            "display_name": name,
            "domain": list(self._get_history_domain()),
            "context": {"create": False, "search_default_group_month": 0},
            "view_mode": "list,form,graph,pivot",
            "views": [
                (history.id, "list"),
                (False, "form"),
                (False, "graph"),
                (False, "pivot"),
            ],
        }

    def action_open_site_requests(self):
        """Window of the open requests about this place."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_request_action"
        )
        return {
            **action,
            "domain": [("site_id", "=", self.id)],
            "context": {"search_default_open": 1, "default_site_id": self.id},
        }
