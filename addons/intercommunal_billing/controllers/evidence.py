import tempfile

from werkzeug.utils import send_file

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request


class IntercommunalEvidenceController(http.Controller):
    """The ZIP of evidence of a line or of an invoice."""

    @http.route(
        "/intercommunal/evidence/line/<int:line_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def download_line_evidence(self, line_id, **_kw):
        """The evidence of a line; not found for whoever may not read it."""
        line = request.env["intercommunal.billing.line"].browse(line_id)
        return self._send_evidence(line, lambda: line, lambda: line.sudo().move_id)

    @http.route(
        "/intercommunal/evidence/invoice/<int:move_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def download_invoice_evidence(self, move_id, **_kw):
        """The evidence of an invoice; not found for whoever may not read it."""
        move = request.env["account.move"].browse(move_id)
        return self._send_evidence(move, move._get_intercommunal_lines, lambda: move)

    def _send_evidence(self, record, get_lines, get_move):
        """The ZIP, from a file on the disk, or a page that is not found."""
        stream = tempfile.TemporaryFile()  # noqa: SIM115  closed with the response
        try:
            if not record.exists():
                return request.not_found()
            record.check_access("read")
            move = get_move()
            mark = request.env["intercommunal.evidence"]._write_archive(
                stream, get_lines(), move
            )
        except (AccessError, MissingError):
            stream.close()
            return request.not_found()
        stream.seek(0)
        name = (move.sudo().name or f"ligne-{record.id}").replace("/", "-")
        return send_file(
            stream,
            request.httprequest.environ,
            mimetype="application/zip",
            as_attachment=True,
            # the fingerprint in the name: what one keeps tells what one had
            download_name=f"preuve_{name}_{mark[:12]}.zip",
            max_age=0,
        )
