from odoo import api, models
from odoo.fields import Domain

MAX_PLACES = 500
MAX_HISTORY = 5  # jobs told of a place, the latest first


class IntercommunalSite(models.Model):
    """Places and what was done there, as the phones of a team keep them."""

    _inherit = "intercommunal.site"

    @api.model
    def _get_field_places(self):
        """The places of the communes where the user's teams work.

        :return: list of JSON-able dicts, by commune and name; each with the last jobs
            done there by services that the user works for: day, type and outcome,
            nothing of what anybody wrote and no cost
        """
        places = self.sudo().search(
            Domain("commune_id", "in", self._get_field_communes().ids)
            & Domain("company_id", "=", self.env.company.id),
            limit=MAX_PLACES,
        )
        history = places._get_field_history(self._get_field_services())
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return [
            {
                "id": place.id,
                "name": place.name,
                "commune": place.commune_id.name,
                "kind": kinds[place.kind],
                "address": place.street or "",
                "latitude": place.latitude or None,
                "longitude": place.longitude or None,
                "history": history.get(place.id, []),
            }
            for place in places
        ]

    @api.model
    def _get_field_communes(self):
        """Communes of the jobs that the user may read, of the last three years."""
        jobs = self.env["intercommunal.intervention"]
        if not jobs.has_access("read"):
            return self.env["res.partner"]
        rows = jobs._read_group(
            jobs._get_mine_domain()
            & Domain("date_start", ">=", self._get_history_start()),
            ["commune_id"],
        )
        return self.env["res.partner"].union(*(commune for [commune] in rows))

    @api.model
    def _get_field_services(self):
        teams = self.env["intercommunal.team"].sudo()
        mine = teams.search(
            Domain("leader_id", "=", self.env.uid)
            | Domain("member_ids", "in", self.env.uid)
        )
        return mine.service_id

    def _get_field_history(self, services):
        """``{id: list of what was done there}``, of ``services`` (as superuser)."""
        jobs = self.env["intercommunal.intervention"].sudo()
        done = jobs.search_fetch(
            self._get_history_domain() & Domain("service_id", "in", services.ids),
            ["site_id", "date_start", "type_id", "report_id"],
            order="date_start desc, id desc",
            limit=MAX_PLACES * MAX_HISTORY,
        )
        outcomes = dict(
            self.env["intercommunal.report"]
            ._fields["outcome"]
            ._description_selection(self.env)
        )
        history = {}
        for job in done:
            told = history.setdefault(job.site_id.id, [])
            if len(told) < MAX_HISTORY:
                told.append(
                    {
                        "date": str(job.date_start.date()),
                        "type": job.type_id.name or "",
                        "outcome": outcomes.get(job.report_id.outcome, ""),
                    }
                )
        return history
