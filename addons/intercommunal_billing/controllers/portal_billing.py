from dateutil.relativedelta import relativedelta

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import date_utils

from odoo.addons.intercommunal_workflow.controllers.portal import IntercommunalPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

PAGE = 30
KEPT = "intercommunal_contest_kept"
# What the address says, and the model of the document.
DOCUMENTS = {
    "periods": "intercommunal.statement",
    "notices": "intercommunal.unit.cost.notice",
    "statements": "intercommunal.annual.statement",
}


class IntercommunalBillingPortal(IntercommunalPortal):
    """What the commune is charged: use by use, with its evidence, and contested."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "intercommunal_billing_count" in counters:
            values["intercommunal_billing_count"] = (
                request.env["intercommunal.billing.line"].search_count([])
                if self._reads_billing()
                else 0
            )
        return values

    def _reads_billing(self):
        """Whether the user may read charges at all: requesters may not."""
        lines = request.env["intercommunal.billing.line"]
        return lines.has_access("read")

    # -------------------------------------------------------------------- list

    @http.route(
        ["/my/billing", "/my/billing/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def list_billing(self, page=1, period="all", service="all", state="all", **_kw):
        """The charges of the communes that the user reads the charges of."""
        if not self._reads_billing():
            return request.not_found()
        lines = request.env["intercommunal.billing.line"]
        choices = {
            "period": self._get_periods(),
            "service": self._get_service_choices(),
            "state": self._get_state_choices(),
        }
        chosen = {
            name: value if value in choices[name] else "all"
            for name, value in (
                ("period", period),
                ("service", service),
                ("state", state),
            )
        }
        domain = Domain.AND(
            choices[name][value]["domain"] for name, value in chosen.items()
        )
        [(total, count)] = lines._read_group(domain, [], ["amount:sum", "__count"])
        pager = portal_pager(
            url="/my/billing", url_args=chosen, total=count, page=page, step=PAGE
        )
        found = lines.search(domain, limit=PAGE, offset=pager["offset"])
        return self._render(
            "intercommunal_billing.portal_my_billing",
            {
                "page_name": "intercommunal_billing",
                "lines": found,
                "total": total,
                "count": count,
                "pager": pager,
                "choices": choices,
                "chosen": chosen,
                "currency": request.env.company.currency_id,
                "has_several": len(request.env.user._get_intercommunal_communes()) > 1,
                "documents": self._get_billing_documents(),
            },
        )

    def _get_billing_documents(self):
        """Statements of the runs and documents of the year, the last ones first.

        :return: list of dict: name, url
        """
        documents = []
        for path, model in DOCUMENTS.items():
            records = request.env[model]
            if records.has_access("read"):
                documents += [
                    {
                        "name": record._get_portal_name(),
                        "url": f"/my/billing/{path}/{record.id}",
                    }
                    for record in records.search(
                        records._get_portal_domain(), limit=PAGE
                    )
                ]
        return documents

    @http.route(
        "/my/billing/<any(periods,notices,statements):path>/<int:record_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def download_billing_document(self, path, record_id, **_kw):
        """The file of a notice or statement, as it was made."""
        record = self._get_record(DOCUMENTS[path], record_id)
        if not record or not record.filtered_domain(record._get_portal_domain()):
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(
            record.sudo(), "file", filename=record.filename
        )
        response = stream.get_response(as_attachment=True)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _get_periods(self):
        """The quarters in which something was charged, the last one first."""
        groups = request.env["intercommunal.billing.line"]._read_group(
            [], ["date:quarter"]
        )
        first = sorted((fields.Date.to_date(day) for (day,) in groups), reverse=True)
        periods = {"all": {"label": request.env._("All"), "domain": Domain.TRUE}}
        for year in dict.fromkeys(day.year for day in first):
            start = date_utils.start_of(first[0].replace(year=year, day=1), "year")
            periods[str(year)] = self._make_period(
                str(year), start, start + relativedelta(years=1)
            )
            for day in first:
                if day.year == year:
                    number = (day.month - 1) // 3 + 1
                    label = request.env._(
                        "%(year)s, quarter %(number)s", year=year, number=number
                    )
                    periods[f"{year}-{number}"] = self._make_period(
                        label, day, day + relativedelta(months=3)
                    )
        return periods

    def _make_period(self, label, start, end):
        return {
            "label": label,
            "domain": Domain("date", ">=", start) & Domain("date", "<", end),
        }

    def _get_service_choices(self):
        groups = request.env["intercommunal.billing.line"]._read_group(
            [], ["service_id"]
        )
        return {
            "all": {"label": request.env._("All services"), "domain": Domain.TRUE},
            **{
                str(service.id): {
                    # the name of a service that charged this commune
                    "label": service.sudo().name,
                    "domain": Domain("service_id", "=", service.id),
                }
                for (service,) in groups
            },
        }

    def _get_state_choices(self):
        _ = request.env._
        return {
            "all": {"label": _("All charges"), "domain": Domain.TRUE},
            "to_bill": {
                "label": _("To be invoiced"),
                "domain": Domain("state", "in", ("open", "in_run", "draft")),
            },
            "billed": {
                "label": _("Invoiced or settled"),
                "domain": Domain("state", "in", ("billed", "settled")),
            },
            "contested": {
                "label": _("Contested, without an answer yet"),
                "domain": Domain("is_contested", "=", True),
            },
            "waived": {
                "label": _("Not billed"),
                "domain": Domain("state", "=", "waived"),
            },
        }

    # ------------------------------------------------------------------- a line

    @http.route(
        "/my/billing/<int:line_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def show_billing_line(self, line_id, **_kw):
        """A charge, what it rests on, and what was said about it."""
        line = self._get_record("intercommunal.billing.line", line_id)
        if not line:
            return request.not_found()
        kept = request.session.pop(KEPT, None) or {}
        # the accounting's fields are hidden from the communes: the invoice's own rule
        # says whether this one is theirs to read
        invoice = line.sudo().move_id.with_env(request.env)
        return self._render(
            "intercommunal_billing.portal_billing_line",
            {
                "page_name": "intercommunal_billing",
                "record": line,
                "source": self._get_record(
                    "intercommunal.request", line.sudo().request_id.id
                ),
                "approval": self._get_record(
                    "intercommunal.validation", line.sudo().report_id.validation_id.id
                ),
                "bill": invoice if invoice and invoice.has_access("read") else None,
                "kept": kept.get("text", "") if kept.get("id") == line_id else "",
            },
        )

    @http.route(
        "/my/billing/<int:line_id>/contest",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def contest_billing_line(self, line_id, text="", **_kw):
        """Contest a charge; a refusal brings the typed words back."""
        line = self._get_record("intercommunal.billing.line", line_id)
        if not line:
            return request.not_found()
        try:
            with request.env.cr.savepoint():
                line.action_contest(text)
        except UserError as error:
            self._flash(error)
            request.session[KEPT] = {"id": line_id, "text": text[:5000]}
        else:
            self._flash(
                request.env._(
                    "Your reason is sent: the charge waits for the finance office's"
                    " answer."
                ),
                "success",
            )
        return request.redirect(line._get_portal_url())
