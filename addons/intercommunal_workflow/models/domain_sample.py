"""The sample case of a domain: a report of this place, with its names taken out."""

from datetime import date, datetime

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_duration
from odoo.tools.misc import formatLang

from ..tools import domain_format


class IntercommunalDomain(models.Model):
    """Lets an administrator make the sample case from one that was approved."""

    _inherit = "intercommunal.domain"

    sample_report_id = fields.Many2one(
        "intercommunal.report",
        "Take it from a report",
        compute="_compute_sample_report_id",
        inverse="_inverse_sample_report_id",
        domain="[('service_id', '=', service_id), ('state', '=', 'accepted'),"
        " ('request_id.type_id', 'in', type_ids)]",
        help="Its times, items and answers become the sample case.",
    )
    has_sample = fields.Boolean(compute="_compute_sample_words")
    sample_type = fields.Char("Type of request", compute="_compute_sample_words")
    sample_name = fields.Char(
        "Subject", compute="_compute_sample_words", inverse="_inverse_sample_words"
    )
    sample_description = fields.Text(
        "Request", compute="_compute_sample_words", inverse="_inverse_sample_words"
    )
    sample_summary = fields.Text(
        "Report", compute="_compute_sample_words", inverse="_inverse_sample_words"
    )
    sample_lines = fields.Text("Times and items", compute="_compute_sample_words")

    def _compute_sample_report_id(self):
        """Where a sample came from is not kept: it is nobody's file any more."""
        self.sample_report_id = False

    @api.depends("sample")
    @api.depends_context("lang")
    def _compute_sample_words(self):
        for domain in self:
            sample = domain.sample or {}
            domain.has_sample = bool(sample)
            domain.sample_type = sample.get("type")
            domain.sample_name = sample.get("name")
            domain.sample_description = sample.get("description")
            domain.sample_summary = sample.get("summary")
            domain.sample_lines = "\n".join(
                map(domain._tell_sample_line, sample.get("lines") or [])
            )

    def _tell_sample_line(self, line):
        kinds = self.env["intercommunal.report.line"]._fields["kind"]
        name = line.get("product") or dict(kinds._description_selection(self.env)).get(
            line["kind"], ""
        )
        if line.get("minutes"):
            amount = format_duration(line["minutes"] / 60)
        else:
            amount = formatLang(self.env, line.get("quantity") or 0, digits=2)
        return self.env._("%(name)s: %(amount)s", name=name, amount=amount)

    def _inverse_sample_words(self):
        for domain in self.filtered("sample"):
            words = {
                "name": domain.sample_name,
                "description": domain.sample_description,
                "summary": domain.sample_summary,
            }
            # an empty text would make a file that nobody can read
            domain.sample = {
                **domain.sample,
                **{key: text for key, text in words.items() if text},
            }

    def _inverse_sample_report_id(self):
        for domain in self.filtered("sample_report_id"):
            report = domain.sample_report_id
            report.check_access("read")
            items = report.line_ids.product_id
            domain.write(
                {
                    "sample": domain._prepare_sample(report),
                    # the file names the items that its case uses
                    "product_ids": [Command.link(item.id) for item in items],
                }
            )

    def _prepare_sample(self, report):
        """What the file says of a case like ``report``: no person, no place.

        :raises UserError: its type of request is not of this domain
        """
        self.ensure_one()
        request = report.request_id
        type_ = request.type_id
        if type_ not in self.type_ids or report.service_id != self.service_id:
            raise UserError(
                self.env._(
                    "“%(name)s” is not about a type of request of this domain.",
                    name=request.name,
                )
            )
        summary = (report.summary or request.name)[: domain_format.MAX_TEXT]
        description = request.description or request.name
        return {
            "type": self._tell_in_language(type_),
            "name": request.name[: domain_format.MAX_LINE],
            "description": description[: domain_format.MAX_TEXT],
            "priority": request.priority or "0",
            "answers": self._prepare_sample_answers(request),
            "summary": summary,
            "lines": [
                {
                    "kind": line.kind,
                    "minutes": line.minutes
                    if line.kind in ("labour", "equipment")
                    else 0,
                    "quantity": 0
                    if line.kind in ("labour", "equipment")
                    else line.quantity,
                    "product": self._tell_in_language(line.product_id.sudo()) or None,
                }
                for line in report.line_ids.filtered(
                    lambda line: line.kind in domain_format.LINE_KINDS
                )
            ],
        }

    def _tell_in_language(self, record):
        """The name of ``record`` as the file of this domain writes it."""
        return record.with_context(lang=self._get_language()).name

    @api.model
    def _prepare_sample_answers(self, request):
        """The answers that a file can carry, by question."""
        answers = {}
        for question in request.read(["properties"])[0]["properties"] or []:
            value = question.get("value")
            if question["type"] not in domain_format.QUESTION_KINDS or value in (
                None,
                "",
                [],
            ):
                continue
            if value is False and question["type"] != "boolean":
                continue
            if isinstance(value, datetime):
                value = fields.Datetime.to_string(value)
            elif isinstance(value, date):
                value = fields.Date.to_string(value)
            answers[question["name"]] = value
        return answers
