from collections import defaultdict
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import pricing


class IntercommunalReport(models.Model):
    _inherit = "intercommunal.report"

    billing_line_ids = fields.One2many(
        "intercommunal.billing.line", "report_id", "Billing lines"
    )
    billing_line_count = fields.Integer(compute="_compute_billing_line_count")

    def _compute_billing_line_count(self):
        counts = dict(
            self.env["intercommunal.billing.line"]
            .sudo()
            ._read_group([("report_id", "in", self.ids)], ["report_id"], ["__count"])
        )
        for report in self:
            report.billing_line_count = counts.get(report, 0)

    # ------------------------------------------------------- approval and price

    def _after_accepted(self):
        """What was accepted becomes billing lines, in the approval's transaction."""
        super()._after_accepted()
        for report in self.sudo():
            report._make_billing_lines()

    def _get_validation_amount(self):
        """What the version would cost the commune, as it is reported."""
        report = self.sudo()
        lines = report._prepare_billing_lines([report._get_reported()])
        return sum(vals["amount"] for vals in lines) or super()._get_validation_amount()

    def _get_tacit_ceiling(self):
        """The agreement alone says that a commune's silence accepts, and up to what."""
        report = self.sudo()
        agreement = (
            self.env["intercommunal.agreement"]
            .sudo()
            ._find(
                report.company_id,
                report.commune_id,
                report.service_id,
                fields.Date.context_today(report),
            )
        )
        if agreement.tacit_acceptance:
            return agreement.tacit_ceiling
        return super()._get_tacit_ceiling()

    def _make_billing_lines(self):
        """Make the billing lines of the accepted content, once.

        A report that is accepted twice, or received twice, makes no second line. A
        missing agreement or rate never stops an approval: the line waits, unpriced,
        and the billing run names it.

        :return: the new lines
        :raises UserError: the content is not the one that was approved
        """
        self.ensure_one()
        if self.content_hash and self.content_hash != self._get_validation_hash():
            raise UserError(
                self.env._(
                    "%(name)s is not what was approved: it can't be billed. Tell the"
                    " administrator.",
                    name=self.display_name,
                )
            )
        lines = self.env["intercommunal.billing.line"]
        vals_list = self._prepare_billing_lines(self._get_uses())
        known = set(
            lines.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("source_key", "in", [vals["source_key"] for vals in vals_list]),
                ]
            ).mapped("source_key")
        )
        return lines._create_guarded(
            [vals for vals in vals_list if vals["source_key"] not in known]
        )

    def _get_reported(self):
        """What each line reports: ``{report line: (minutes, quantity)}``."""
        return {line: (line.minutes, line.quantity) for line in self.line_ids}

    def _get_uses(self):
        """What was decided on each line, from the part that is charged to the whole.

        :return: list of ``{report line: (minutes, quantity)}``: what was accepted,
            with what was reserved, and all that was reported
        """
        splits = {line: line._get_split() for line in self.line_ids}
        accepted = {line: split[0] for line, split in splits.items()}
        held = {line: split[1] for line, split in splits.items()}
        return [accepted, held, self._get_reported()]

    def _prepare_billing_lines(self, uses):
        """Values of the billing lines of this report: nothing is written.

        What is not charged is worth the difference that it would make, so that the
        parts of a line always add up to the whole, to the cent.

        :param list uses: ``{report line: (minutes, quantity)}``: the first is charged,
            the others say what was left out (see `_get_uses`)
        :return: list of dict
        """
        self.ensure_one()
        # texts in the language of the invoices, whoever approves
        lang = self.company_id.partner_id.lang or self.env.lang
        self = self.with_context(lang=lang)
        groups = defaultdict(lambda: self.env["intercommunal.report.line"])
        rates = {}
        for line in self.line_ids.sorted(lambda line: line._get_billing_order()):
            rates[line] = line._get_rate()
            groups[line._get_rounding_key(rates[line])] |= line
        vals_list = []
        for lines in groups.values():
            rate = rates[lines[0]]
            billed = [
                pricing.spread_minutes(
                    [use[line][0] for line in lines],
                    rate.step_minutes,
                    rate.minimum_minutes,
                )
                for use in uses
            ]
            for line, *minutes in zip(lines, *billed, strict=True):
                vals_list += line._prepare_billing_vals(
                    rate, minutes, [use[line] for use in uses]
                )
        return vals_list

    # ------------------------------------------------------ what happens later

    def _get_cannot_reopen_reason(self):
        """What is in a billing run is corrected by an adjustment."""
        reason = super()._get_cannot_reopen_reason()
        if not reason and self.sudo().billing_line_ids.run_id:
            return self.env._(
                "%(name)s is in a billing run already: contest its statement instead.",
                name=self.display_name,
            )
        return reason

    def _before_reopened(self):
        """The decision is revoked: nothing was charged yet, nothing is."""
        super()._before_reopened()
        self.sudo().billing_line_ids._discard()

    def _after_reserve_lifted(self, reserve):
        """What was reserved is charged now, for what it was worth."""
        super()._after_reserve_lifted(reserve)
        self.sudo().billing_line_ids._charge_lifted(reserve)

    def _get_billing_timezone(self):
        """Where midnight falls."""
        return ZoneInfo(self.company_id.partner_id.tz or "Europe/Paris")

    # ----------------------------------------------------------------- windows

    def action_open_billing_lines(self):
        """Window of the billing lines of these reports."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_billing.intercommunal_billing_line_action"
        )
        return {**action, "domain": [("report_id", "in", self.ids)], "context": {}}
