import base64
import io
from datetime import datetime

import pytz
from pypdf.generic import NameObject, TextStringObject

from odoo import api, models
from odoo.tools import format_date
from odoo.tools.image import image_process
from odoo.tools.misc import formatLang
from odoo.tools.pdf import OdooPdfFileReader, OdooPdfFileWriter

from .certificate_facts import to_json

REPORT = "intercommunal_workflow.report_certificate"
FACTS_NAME = "certificat.json"
THUMBNAIL = (220, 220)
# Beyond that the checksums are enough: the certificate stays light enough to mail.
MAX_THUMBNAILS = 60


class ReportCertificate(models.AbstractModel):
    """The certificate of one or several files."""

    _name = "report.intercommunal_workflow.report_certificate"
    _description = "Certificate of a File"

    @api.model
    def _get_report_values(self, docids, data=None):
        requests = self.env["intercommunal.request"].browse(docids)
        # may everything be read? asked before anything is printed
        requests._check_certificate()
        return {
            "doc_ids": docids,
            "doc_model": "intercommunal.request",
            "docs": requests,
            "lang": _get_language(self.env),
            "facts": {request.id: request._get_certificate() for request in requests},
            "thumbnails": self._get_thumbnails(requests),
            "moment": self._format_moment,
            "day": lambda text: format_date(self.env, text) if text else "",
            "number": lambda text: formatLang(self.env, float(text), digits=2),
            "duration": lambda minutes: f"{minutes // 60} h {minutes % 60:02d}",
        }

    @api.model
    def _get_thumbnails(self, requests):
        """Small copies of the photos, as data addresses by photo."""
        files = requests.sudo()
        reports = files.intervention_ids.report_ids.filtered(
            lambda report: report.state != "draft"
        )
        photos = (files.photo_ids | reports.photo_ids)[:MAX_THUMBNAILS]
        thumbnails = {}
        for photo in photos.with_context(bin_size=False):
            small = image_process(
                base64.b64decode(photo.image), size=THUMBNAIL, quality=60
            )
            encoded = base64.b64encode(small).decode()
            thumbnails[photo.id] = f"data:image/jpeg;base64,{encoded}"
        return thumbnails

    @api.model
    def _format_moment(self, text, zone):
        """A moment of the facts, in local time and in UTC."""
        if not text:
            return ""
        utc = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=pytz.utc)
        local = utc.astimezone(pytz.timezone(zone))
        day = "" if local.date() == utc.date() else f"{utc:%d/%m} "
        return f"{local:%d/%m/%Y %H:%M:%S} ({day}{utc:%H:%M:%S} UTC)"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """The certificate carries its facts, so that its hashes can be recomputed."""
        streams = super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        if self._get_report(report_ref).report_name == REPORT:
            for request in self.env["intercommunal.request"].browse(res_ids):
                stream = streams.get(request.id)
                if stream and stream["stream"]:
                    stream["stream"] = _complete(stream["stream"], request)
        return streams


def _complete(stream, request):
    """The PDF with the facts in it, a title and a language for those who hear it."""
    writer = OdooPdfFileWriter()
    writer.clone_reader_document_root(OdooPdfFileReader(stream, strict=False))
    facts = to_json(request._get_certificate()).encode()
    writer.addAttachment(FACTS_NAME, facts, subtype="application/json")
    language = _get_language(request.env)
    writer._root_object[NameObject("/Lang")] = TextStringObject(language)
    writer.add_metadata({"/Title": request.sudo().display_name})
    output = io.BytesIO()
    writer.write(output)
    return output


def _get_language(env):
    """The language of the texts, as HTML and PDF name it."""
    return (env.lang or "en_US").replace("_", "-")
