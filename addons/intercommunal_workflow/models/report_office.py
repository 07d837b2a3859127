from odoo import api, fields, models


class IntercommunalReport(models.Model):
    """What the office shows of a report: what changed from a version to the next."""

    _inherit = "intercommunal.report"

    is_decided = fields.Boolean(compute="_compute_is_decided")
    reserve_ids = fields.One2many("intercommunal.reserve", "report_id", "Reserves")
    reserve_text = fields.Text(
        "Reserve to lift", related="intervention_id.reserve_text"
    )

    @api.depends("state")
    def _compute_is_decided(self):
        for report in self:
            report.is_decided = report.state in (
                "accepted",
                "accepted_reserves",
                "refused",
            )

    def _get_differences(self, before):
        """What this version says that the one ``before`` did not.

        :return: list of dicts ``label``, ``before`` and ``after`` (texts)
        """
        self.ensure_one()
        return [
            *self._get_field_differences(before),
            *self._get_line_differences(before),
            *self._get_photo_differences(before),
        ]

    def _get_field_differences(self, before):
        rows = []
        for name in ("outcome", "summary", "started_at", "ended_at"):
            old, new = (report._get_text(name) for report in (before, self))
            if old != new:
                label = self._fields[name]._description_string(self.env)
                rows.append({"label": label, "before": old, "after": new})
        return rows

    def _get_text(self, name):
        """The value of a field as a person reads it."""
        field = self._fields[name]
        value = self[name]
        if not value:
            return ""
        if field.type == "selection":
            return dict(field._description_selection(self.env))[value]
        if field.type == "datetime":
            local = fields.Datetime.context_timestamp(self, value)
            return local.strftime("%d/%m/%Y %H:%M")
        return value

    def _get_line_differences(self, before):
        old, new = (report.line_ids._get_comparable() for report in (before, self))
        # in the order of the report, what went away last
        keys = [*new, *(key for key in old if key not in new)]
        return [
            {
                "label": key[0],
                "before": old.get(key, ""),
                "after": new.get(key, ""),
            }
            for key in keys
            if old.get(key) != new.get(key)
        ]

    def _get_photo_differences(self, before):
        old, new = (
            set(report.photo_ids.mapped("checksum")) for report in (before, self)
        )
        rows = []
        if added := len(new - old):
            rows.append(
                {
                    "label": self.env._("Photos"),
                    "before": "",
                    "after": self.env._("%(count)s new", count=added),
                }
            )
        if removed := len(old - new):
            rows.append(
                {
                    "label": self.env._("Photos"),
                    "before": self.env._("%(count)s taken away", count=removed),
                    "after": "",
                }
            )
        return rows

    # ---------------------------------------------------------------- windows

    def action_open_request(self):
        """Window of the request that this report answers."""
        self.ensure_one()
        return self.env["intercommunal.validation"]._open_form(self.request_id)

    def action_open_intervention(self):
        """Window of the job that this report is about."""
        self.ensure_one()
        return self.env["intercommunal.validation"]._open_form(self.intervention_id)

    def action_open_validation(self):
        """Window of the approval of this version."""
        self.ensure_one()
        return self.env["intercommunal.validation"]._open_form(self.validation_id)
