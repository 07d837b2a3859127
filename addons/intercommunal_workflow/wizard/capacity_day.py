from datetime import timedelta

from odoo import api, fields, models

WEEKS = 4


class IntercommunalCapacityDay(models.TransientModel):
    """What each team can do and has to do, day by day: worked out when it is opened."""

    _name = "intercommunal.capacity.day"
    _description = "Capacity of a Day"
    _order = "date, team_id, id"

    team_id = fields.Many2one("intercommunal.team", readonly=True)
    service_id = fields.Many2one(related="team_id.service_id", store=True)
    date = fields.Date(readonly=True)
    capacity = fields.Float("Agent hours", readonly=True)
    load = fields.Float("Planned hours", readonly=True)
    free = fields.Float("Free hours", readonly=True)
    rate = fields.Integer("Planned (%)", readonly=True, aggregator=None)
    away = fields.Char("Absent", readonly=True)

    @api.model
    def action_open(self):
        """Work out the four coming weeks of the teams one reads, and show them.

        :return: the window action
        """
        teams = self.env["intercommunal.team"].search([("active", "=", True)])
        first = fields.Date.context_today(self)
        last = first + timedelta(days=7 * WEEKS - 1)
        self.search([("create_uid", "=", self.env.uid)]).unlink()
        self.create(self._prepare_days(teams, first, last))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_capacity_day_action"
        )
        return {**action, "domain": [("create_uid", "=", self.env.uid)]}

    @api.model
    def _prepare_days(self, teams, first, last):
        """Values of the days on which somebody works, or something is planned."""
        away = self._map_away(teams, first, last)
        return [
            {
                "team_id": team,
                "date": day,
                "capacity": hours["capacity"],
                "load": hours["load"],
                "free": max(hours["capacity"] - hours["load"], 0),
                "rate": round(100 * hours["load"] / hours["capacity"])
                if hours["capacity"]
                else 0,
                "away": ", ".join(sorted(away.get((team, day), ()))),
            }
            for team, days in teams._map_load(first, last).items()
            for day, hours in days.items()
            if hours["capacity"] or hours["load"]
        ]

    @api.model
    def _map_away(self, teams, first, last):
        """``{(team id, day): names}`` of the members who are away."""
        members = teams.sudo().member_ids
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id.user_id", "in", members.ids),
                    (
                        "date_from",
                        "<=",
                        fields.Datetime.to_datetime(last + timedelta(1)),
                    ),
                    ("date_to", ">=", fields.Datetime.to_datetime(first)),
                ]
            )
        )
        away = {}
        to_day = self.env.company._to_working_day
        for leave in leaves:
            user = leave.resource_id.user_id
            day, end = max(to_day(leave.date_from), first), to_day(leave.date_to)
            while day <= min(end, last):
                for team in teams.sudo().filtered(lambda t, u=user: u in t.member_ids):
                    away.setdefault((team.id, day), set()).add(user.name)
                day += timedelta(days=1)
        return away
