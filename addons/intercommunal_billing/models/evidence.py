"""From euro to evidence: a ZIP that anybody can verify without Odoo."""

import base64
import csv
import io
import json
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.intercommunal_workflow.report.certificate import (
    REPORT as CERTIFICATE,
)
from odoo.addons.intercommunal_workflow.tools.spreadsheet import safe_text

from ..tools import evidence, pricing

# Beyond that the ZIP is asked line by line: a certificate takes seconds to print.
MAX_FILES = 100
VERIFIER = Path(__file__).parents[1] / "tools/verify_evidence.py"
_README = """Dossier de preuve : {title}

Chaque centime de la facture mène à une ligne, à un compte rendu, à ses photos et à la
décision de la commune.

facturation/   la facture, ses lignes (JSON et CSV), l'état récapitulatif
dossiers/      un dossier par demande : le certificat (PDF), le journal des décisions
               avec leurs empreintes (JSON), les photos
SHA256SUMS     l'empreinte de chaque fichier
verifier.py    vérifie tout, sans Odoo :   python3 verifier.py ce-dossier.zip
               (ou sans Python :           sha256sum -c SHA256SUMS)
"""


class IntercommunalEvidence(models.AbstractModel):
    """Gathers what proves billing lines, and writes it as a ZIP."""

    _name = "intercommunal.evidence"
    _description = "File of Evidence"

    @api.model
    def _write_archive(self, stream, lines, move):
        """Write the evidence of ``lines``.

        :param stream: a binary stream
        :param lines: billing lines, all those of ``move`` or one of them
        :param move: their invoice, may be empty
        :return: str, the fingerprint of the ZIP
        """
        requests = self._check(lines)
        lines = lines.sudo().sorted("id")
        title = move.sudo().name or lines[:1].display_name
        entries = [
            ("LISEZMOI.txt", lambda: _README.format(title=title).encode()),
            ("verifier.py", VERIFIER.read_bytes),
            *self._list_billing_files(lines, move.sudo()),
            *self._list_certificates(requests),
        ]
        for request in requests:
            entries += self._list_request_files(request)
        return evidence.write(stream, entries)

    @api.model
    def _check(self, lines):
        """Refuse what can't be proved, before anything is written.

        :return: the requests that the lines rest on
        :raises AccessError: a line, or the history of its file, is not for this user
        :raises UserError: nothing to prove, or too many files at once
        """
        lines.check_access("read")
        if not lines:
            raise UserError(
                self.env._(
                    "This invoice has no billed use any more: they were given back."
                )
            )
        # rights on the lines were checked: what they lead to is checked by file
        requests = lines.sudo()._get_evidence_requests().with_env(self.env)
        if len(requests) > MAX_FILES:
            raise UserError(
                self.env._(
                    "This invoice rests on %(count)s files, more than %(max)s: ask the"
                    " evidence of its lines one by one.",
                    count=len(requests),
                    max=MAX_FILES,
                )
            )
        requests._check_certificate()
        return requests

    # ----------------------------------------------------------------- billing

    def _list_billing_files(self, lines, move):
        """The lines, their invoice, its statement."""
        origins = lines.origin_line_id - lines
        charged = [line._prepare_evidence(is_charged=True) for line in lines]
        known = move.invoice_line_ids.intercommunal_billing_line_ids
        data = {
            "format": "intercommunal-evidence/1",
            "total": f"{lines._get_total():.2f}",
            "is_whole": bool(move) and lines == known.sorted("id"),
            "lines": charged
            + [line._prepare_evidence(is_charged=False) for line in origins],
        }
        files = [
            ("facturation/lignes.json", lambda: _json(data)),
            ("facturation/lignes.csv", lambda: _csv(data["lines"])),
        ]
        if move:
            files.append(
                ("facturation/facture.json", lambda: _json(move._prepare_evidence()))
            )
        statement = lines.run_id.statement_ids.filtered(
            lambda s: s.agreement_id in lines.agreement_id and s.state != "void"
        )[:1]
        if statement:
            files.append(("facturation/etat.json", lambda: statement.content.encode()))
        if statement.file:
            files.append(
                (
                    f"facturation/{statement.filename}",
                    lambda: base64.b64decode(
                        statement.with_context(bin_size=False).file
                    ),
                )
            )
        return files

    # ---------------------------------------------------------------- requests

    def _list_request_files(self, request):
        """The journal of a file, and its photos."""
        folder = request._get_evidence_folder()
        file = request.sudo()
        reports = file.intervention_ids.report_ids.filtered(
            lambda report: report.state != "draft"
        )
        photos = file.photo_ids | reports.photo_ids
        return [
            (f"{folder}/journal.json", lambda: _json(request._get_evidence_journal())),
            *(
                (f"{folder}/photos/{photo.id}.jpg", photo._read_file)
                for photo in photos.sorted("id")
            ),
        ]

    def _list_certificates(self, requests):
        """The certificates of the files, all printed at once."""
        if not requests:
            return []
        # the layout reads what others can't; the rights were checked just before
        reports = self.env["ir.actions.report"].sudo()
        streams, kind = reports._pre_render_qweb_pdf(CERTIFICATE, requests.ids)
        if kind != "pdf":
            # no engine of PDFs here: the same pages, for a browser
            content = streams
            content = content.encode() if isinstance(content, str) else content
            return [("dossiers/certificats.html", lambda: content)]
        if set(streams) == set(requests.ids):
            return [
                (
                    f"{request._get_evidence_folder()}/certificat.pdf",
                    streams[request.id]["stream"].getvalue,
                )
                for request in requests
            ]
        return [
            (f"dossiers/certificats-{index}.pdf", part["stream"].getvalue)
            for index, part in enumerate(streams.values(), 1)
        ]


class IntercommunalBillingLine(models.Model):
    """What proves a line."""

    _inherit = "intercommunal.billing.line"

    def action_download_evidence(self):
        """Download the evidence of this line.

        :return: the URL action
        :raises UserError: nothing to prove, or too many files at once
        """
        self.ensure_one()
        self.env["intercommunal.evidence"]._check(self)
        return {
            "type": "ir.actions.act_url",
            "url": f"/intercommunal/evidence/line/{self.id}",
            "target": "download",
        }

    def _get_evidence_requests(self):
        """The files that these lines rest on, by way of the lines that they correct."""
        lines, rest = self, self.origin_line_id
        while rest - lines:
            lines |= rest
            rest = rest.origin_line_id
        return lines.request_id.sorted("id")

    def _prepare_evidence(self, is_charged):
        """What the ZIP says of a line; amounts, units and prices are texts.

        :param bool is_charged: counted in the total, or there to explain another one
        """
        self.ensure_one()
        report = self.report_id
        return {
            "source": self.source_key,
            "charged": is_charged,
            "corrects": self.origin_line_id.source_key or "",
            "commune": self.commune_id.name,
            "insee": self.commune_id.insee_code or "",
            "service": self.service_id.name,
            "agreement": self.agreement_id.name or "",
            "request": self.request_id.reference or "",
            "intervention": self.intervention_id.reference or "",
            "report": report.id or False,
            "report_version": report.version or 0,
            "content_sha256": report.content_hash or "",
            "date": fields.Date.to_string(self.date),
            "kind": self.kind,
            "name": self.name,
            "rate": self.rate_id.code or "",
            "price_since": fields.Date.to_string(self.rate_version_id.date_start) or "",
            "minutes_real": self.minutes_real,
            "minutes_billed": self.minutes_billed,
            "quota_minutes": self.quota_minutes,
            "units": f"{self._get_units():.2f}",
            "unit": self.unit or "",
            "unit_price": f"{pricing.decimal_of(self.unit_price):.4f}",
            "coefficient": f"{pricing.decimal_of(self.coefficient):.4f}",
            "amount": f"{pricing.decimal_of(self.amount, 2):.2f}",
            "reason": self.adjustment_reason or "",
            "approved_by": self.approved_by_id.name or "",
            "approved_at": fields.Datetime.to_string(self.approved_at) or "",
            "invoice": self.move_id.name or "",
        }


class IntercommunalRequest(models.Model):
    """The file of a request, in the evidence."""

    _inherit = "intercommunal.request"

    def _get_evidence_folder(self):
        self.ensure_one()
        reference = (self.sudo().reference or str(self.id)).replace("/", "-")
        return f"dossiers/{reference}"

    def _get_evidence_journal(self):
        """The facts of the certificate, with the states as the engine names them."""
        self.ensure_one()
        facts = self._get_certificate()
        states = {run.id: run.state for run in self.sudo().validation_ids}
        for approval in facts["approvals"]:
            approval["state_code"] = states[approval["id"]]
        return facts


class IntercommunalPhoto(models.Model):
    """The file of a photo, in the evidence."""

    _inherit = "intercommunal.photo"

    def _read_file(self):
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).image)


class AccountMove(models.Model):
    """What proves an invoice."""

    _inherit = "account.move"

    def action_download_intercommunal_evidence(self):
        """Download the evidence of this invoice.

        :return: the URL action
        :raises UserError: nothing to prove, or too many files at once
        """
        self.ensure_one()
        self.check_access("read")
        self.env["intercommunal.evidence"]._check(self._get_intercommunal_lines())
        return {
            "type": "ir.actions.act_url",
            "url": f"/intercommunal/evidence/invoice/{self.id}",
            "target": "download",
        }

    def _get_intercommunal_lines(self):
        """The billing lines that this invoice charges, by this user's rights."""
        lines = self.sudo().invoice_line_ids.intercommunal_billing_line_ids
        return lines.with_env(self.env)

    def _prepare_evidence(self):
        """What the ZIP says of an invoice; a credit note is negative."""
        self.ensure_one()
        return {
            "name": self.name or "",
            "type": self.move_type,
            "state": self.state,
            "date": fields.Date.to_string(self.invoice_date) or "",
            "partner": self.partner_id.name,
            "siret": self.partner_id.company_registry or "",
            "total": f"{pricing.decimal_of(self.amount_untaxed_signed, 2):.2f}",
            "tax": f"{pricing.decimal_of(self.amount_tax_signed, 2):.2f}",
            "lines": [
                {
                    "name": line.name or "",
                    "quantity": f"{pricing.decimal_of(line.quantity, 2):.2f}",
                    "unit_price": f"{pricing.decimal_of(line.price_unit):.4f}",
                    "amount": f"{pricing.decimal_of(line.price_subtotal, 2):.2f}",
                    "sources": line.intercommunal_billing_line_ids.sorted("id").mapped(
                        "source_key"
                    ),
                }
                for line in self.invoice_line_ids.sorted(
                    lambda line: (line.sequence, line.id)
                )
            ],
        }


def _json(data):
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def _csv(lines):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    names = list(lines[0])
    writer.writerow(names)
    for line in lines:
        writer.writerow([_cell(line[name]) for name in names])
    return stream.getvalue().encode("utf-8-sig")


def _cell(value):
    """A text that no spreadsheet runs; an amount stays one."""
    try:
        float(value)
    except (TypeError, ValueError):
        return safe_text(value)
    return value
