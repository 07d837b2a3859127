from odoo import api, fields, models


class IntercommunalReportLine(models.Model):
    """What the office shows of a line: what was reported and what became of it."""

    _inherit = "intercommunal.report.line"

    reported_label = fields.Char("Reported", compute="_compute_labels")
    accepted_label = fields.Char("Accepted part", compute="_compute_labels")
    reserved_label = fields.Char("Reserved part", compute="_compute_labels")
    refused_label = fields.Char("Refused part", compute="_compute_labels")
    acceptance_label = fields.Char("What became of it", compute="_compute_labels")

    @api.depends(
        "minutes",
        "quantity",
        "uom_id.name",
        "acceptance",
        "minutes_accepted",
        "quantity_accepted",
        "minutes_reserved",
        "quantity_reserved",
        "minutes_refused",
        "quantity_refused",
    )
    def _compute_labels(self):
        for line in self:
            line.reported_label = line._get_quantity_label()
            for part in ("accepted", "reserved", "refused"):
                line[f"{part}_label"] = line._get_part_label(part)
            line.acceptance_label = line._get_acceptance_label()

    def _get_acceptance_label(self):
        """What is accepted, reserved and refused of the line, on one line of text."""
        self.ensure_one()
        parts = (
            (self.accepted_label, self.env._("%(part)s accepted")),
            (self.reserved_label, self.env._("%(part)s reserved")),
            (self.refused_label, self.env._("%(part)s refused")),
        )
        return ", ".join(text % {"part": part} for part, text in parts if part)

    def _get_part_label(self, part):
        """How much of the line is accepted, reserved or refused; empty for nothing."""
        self.ensure_one()
        minutes, quantity = self[f"minutes_{part}"], self[f"quantity_{part}"]
        if self.acceptance == "pending" or not (minutes if self.minutes else quantity):
            return ""
        return self._get_accepted_label(minutes, quantity)

    def _get_accepted_label(self, minutes, quantity):
        """A part of the line in its own unit, in words."""
        self.ensure_one()
        if self.minutes:
            return f"{minutes // 60} h {minutes % 60:02d}"
        number = f"{quantity:.2f}".rstrip("0").rstrip(".")
        return f"{number} {self.uom_id.name or ''}".strip()

    def _get_office_label(self):
        """What the line counts, on one line of text."""
        self.ensure_one()
        return f"{self.name or self.display_name} ({self._get_quantity_label()})"

    def _get_comparable(self):
        """What these lines count, so that two versions can be held together.

        :return: ``{(what, number among its likes): how much}``
        """
        seen = {}
        comparable = {}
        for line in self:
            date = line.date.strftime("%d/%m/%Y") if line.date else ""
            label = " · ".join(filter(None, [line.name or line.display_name, date]))
            seen[label] = seen.get(label, 0) + 1
            comparable[label, seen[label]] = line._get_quantity_label()
        return comparable
