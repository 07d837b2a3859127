from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from ..report.certificate import REPORT
from ..report.certificate_facts import to_json
from .portal import IntercommunalPortal


class IntercommunalCertificatePortal(IntercommunalPortal):
    """The certificate of a request's whole history."""

    @http.route(
        "/my/requests/<int:request_id>/certificate",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def download_certificate(self, request_id, **_kw):
        """The certificate as PDF; not found for whoever may not read the file."""
        record, refusal = self._get_certified(request_id)
        if refusal:
            return refusal
        # the layout reads what portal users can't; the rights were checked just before
        reports = request.env["ir.actions.report"].sudo()
        content, kind = reports._render_qweb_pdf(REPORT, record.ids)
        return self._send_file(record, content, kind)

    @http.route(
        "/my/requests/<int:request_id>/certificate.json",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def download_certificate_facts(self, request_id, **_kw):
        """The same facts as canonical JSON."""
        record, refusal = self._get_certified(request_id)
        if refusal:
            return refusal
        return self._send_file(record, to_json(record._get_certificate()), "json")

    def _get_certified(self, request_id):
        """The file, or the answer that refuses it."""
        record = self._get_record("intercommunal.request", request_id)
        if not record:
            return None, request.not_found()
        try:
            record._check_certificate()
        except AccessError:
            return None, request.not_found()
        except UserError as error:
            self._flash(error)
            return None, request.redirect(f"/my/requests/{request_id}")
        return record, None

    def _send_file(self, record, content, kind):
        types = {
            "pdf": "application/pdf",
            "html": "text/html; charset=utf-8",
            "json": "application/json; charset=utf-8",
        }
        name = f"certificat-{record.reference or record.id}.{kind}"
        headers = [
            ("Content-Type", types[kind]),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "private, no-store"),
        ]
        if kind != "html":
            headers.append(("Content-Disposition", content_disposition(name)))
        return request.make_response(content, headers)
