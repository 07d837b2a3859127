import hashlib
from collections import Counter

import pytz

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..models.validation_subject import canonical_json
from ..tools import merkle

FORMAT = "intercommunal-certificate/1"


class IntercommunalRequest(models.Model):
    """The facts of a file's whole history, for its certificate.

    One structure feeds the PDF and the JSON beside it. It holds what the commune may
    read: no internal note, no cost price, no draft, nothing of another file.
    """

    _inherit = "intercommunal.request"

    def _check_certificate(self):
        """Who may read every decision of the file may print it whole.

        :raises AccessError: the file, or a part of its history, is not for this user
        :raises UserError: a draft has no history yet
        """
        self.check_access("read")
        for request in self:
            runs = request.sudo().validation_ids
            decisions = self.env["intercommunal.decision"]
            if not decisions.has_access("read") or decisions.search_count(
                [("validation_id", "in", runs.ids)]
            ) != len(runs.decision_ids):
                raise AccessError(
                    self.env._("You may not read the whole history of this file.")
                )
            if request.state == "draft":
                raise UserError(
                    self.env._(
                        "“%(name)s” is a draft: it has no history to certify yet.",
                        name=request.display_name,
                    )
                )

    def _get_certificate(self):
        """Everything that happened to this file, as JSON-able data.

        Moments are in UTC (``…Z``), amounts and quantities are texts, and each
        decision carries the text whose SHA-256 is its hash.
        """
        self.ensure_one()
        self._check_certificate()
        request = self.sudo()
        runs = request.validation_ids.sorted("id")
        reports = request.intervention_ids.report_ids.filtered(
            lambda report: report.state != "draft"
        ).sorted(lambda report: (report.intervention_id.id, report.version))
        return {
            "format": FORMAT,
            "printed_at": _moment(fields.Datetime.now()),
            "printed_by": self.env.user.name,
            "timezone": self._get_certificate_timezone().zone,
            "intercommunality": {
                "name": request.company_id.name,
                "siren": request.company_id.epci_siren or "",
            },
            "request": request._get_certificate_request(),
            "reports": [report._get_certificate_facts() for report in reports],
            "approvals": [run._get_certificate_facts() for run in runs],
            "verification": runs._get_certificate_verification(),
        }

    def _get_certificate_request(self):
        return {
            "id": self.id,
            "reference": self.reference or "",
            "name": self.name,
            "description": self.description or "",
            "commune": self.commune_id.name,
            "service": self.service_id.name,
            "type": self.type_id.name or "",
            "place": " · ".join(filter(None, [self.site_id.name, self.address])),
            "requester": self.requester_id.name or "",
            "state": self._get_state_label(),
            "sent_at": _moment(self.date_submitted),
            "accepted_at": _moment(self.date_accepted),
            "approved_at": _moment(self.date_validated),
            "closed_at": _moment(self.date_closed),
            "photos": self.photo_ids._get_certificate_facts(),
        }

    def _get_certificate_timezone(self):
        return pytz.timezone(self.sudo().company_id.partner_id.tz or "Europe/Paris")


class IntercommunalReport(models.Model):
    _inherit = "intercommunal.report"

    def _get_certificate_facts(self):
        return {
            "id": self.id,
            "name": self.display_name,
            "version": self.version,
            "state": self._get_state_label(),
            "sent_at": _moment(self.sent_at),
            "sent_by": self.sent_by_id.name or "",
            "entered_by_the_service": self.on_behalf,
            "outcome": _label(self, "outcome"),
            "summary": self.summary or "",
            "started_at": _moment(self.started_at),
            "ended_at": _moment(self.ended_at),
            "content_sha256": self.content_hash or "",
            "signature_sha256": self._get_signature_checksum(),
            "lines": [line._get_certificate_facts() for line in self.line_ids],
            "photos": self.photo_ids._get_certificate_facts(),
        }


class IntercommunalReportLine(models.Model):
    _inherit = "intercommunal.report.line"

    def _get_certificate_facts(self):
        return {
            "id": self.id,
            "kind": _label(self, "kind"),
            "name": self.name or "",
            "date": fields.Date.to_string(self.date),
            "minutes": self.minutes,
            "quantity": f"{self.quantity:.2f}",
            "unit": self.uom_id.name or "",
            "decision": _label(self, "acceptance"),
            "minutes_accepted": self.minutes_accepted,
            "minutes_reserved": self.minutes_reserved,
            "minutes_refused": self.minutes_refused,
            "quantity_accepted": f"{self.quantity_accepted:.2f}",
            "quantity_reserved": f"{self.quantity_reserved:.2f}",
            "quantity_refused": f"{self.quantity_refused:.2f}",
        }


class IntercommunalPhoto(models.Model):
    _inherit = "intercommunal.photo"

    def _get_certificate_facts(self):
        return [
            {
                "id": photo.id,
                "uuid": photo.uuid,
                "kind": _label(photo, "kind"),
                "caption": photo.name or "",
                "taken_at": _moment(photo.taken_at),
                "sha256": photo.checksum or "",
            }
            for photo in self.sorted("id")
        ]


class IntercommunalValidation(models.Model):
    _inherit = "intercommunal.validation"

    def action_print_certificate(self):
        """The certificate of the files that these approvals belong to.

        :return: the action of the PDF
        :raises AccessError: the file, or a part of its history, is not for this user
        """
        requests = self.subject_request_id
        requests._check_certificate()
        report = self.env.ref("intercommunal_workflow.action_report_certificate")
        return report.sudo().report_action(requests, config=False)

    def _get_certificate_facts(self):
        return {
            "id": self.id,
            "name": self.display_name,
            "about": "report" if self.report_id else "request",
            "circuit": self.circuit_id.name,
            "circuit_version": self.circuit_id.version,
            "state": self._get_state_label(),
            "opened_at": _moment(self.opened_at),
            "closed_at": _moment(self.closed_at),
            "amount": f"{self.amount:.2f}",
            "currency": self.currency_id.name,
            "content_sha256": self.content_hash,
            "content": self.content or "",
            "steps": [step._get_certificate_facts() for step in self.step_ids],
            "decisions": [
                decision._get_certificate_facts()
                for decision in self.decision_ids.sorted("id")
            ],
            "questions": [
                question._get_certificate_facts()
                for question in self.clarification_ids.sorted("id")
            ],
            "reserves": [
                reserve._get_certificate_facts()
                for reserve in self.reserve_ids.sorted("id")
            ],
        }

    def _get_certificate_verification(self):
        """What the verification of these runs finds now."""
        proof = self.env["intercommunal.proof"].sudo()
        self.env.flush_all()
        counts = Counter()
        faults = [
            *proof._verify_decisions(counts, self.ids),
            *proof._verify_contents(counts, self.ids),
        ]
        return {
            "at": _moment(fields.Datetime.now()),
            "decisions": counts["decisions"],
            "faults": [fault.text for fault in faults],
        }


class IntercommunalValidationStep(models.Model):
    _inherit = "intercommunal.validation.step"

    def _get_certificate_facts(self):
        return {
            "id": self.id,
            "rank": self.sequence,
            "name": self.name,
            "state": _label(self, "state"),
            "approvals_needed": self.quorum,
            "opened_at": _moment(self.opened_at),
            "closed_at": _moment(self.closed_at),
            "due": fields.Date.to_string(self.date_due) or "",
            "asked": [
                {
                    "person": seat.user_id.name,
                    "on_behalf_of": seat.on_behalf_of_id.name or "",
                    "state": _label(seat, "state"),
                }
                for seat in self.seat_ids.sorted("id")
            ],
        }


class IntercommunalDecision(models.Model):
    _inherit = "intercommunal.decision"

    def _get_certificate_facts(self):
        return {
            "id": self.id,
            "step": self.validation_step_id.name or "",
            "decision": _label(self, "kind"),
            "person": self.user_id.name,
            "on_behalf_of": self.on_behalf_of_id.name or "",
            "words": self.comment or "",
            "channel": _label(self, "channel"),
            "decided_at": _moment(self.decided_at),
            "content_sha256": self.content_hash,
            "previous_sha256": self.prev_hash,
            "sha256": self.own_hash,
            "hashed": self._get_hashed_text(self._get_hashed_vals()),
            "day": self._get_certificate_day(),
        }

    def _get_certificate_day(self):
        """How this decision leads to the hash of its day, once the day is closed."""
        date = self.decided_at.date()
        day = (
            self.env["intercommunal.proof.day"]
            .sudo()
            .search([("company_id", "=", self.company_id.id), ("date", "=", date)])
        )
        hashes = day._read_hashes(self.company_id.id, date) if day else []
        if self.own_hash not in hashes:
            return {}
        return {
            "date": fields.Date.to_string(date),
            "path": merkle.get_path(hashes, hashes.index(self.own_hash)),
            "root": day.root,
            "sha256": day.own_hash,
            "hashed": day._get_hashed_text(day._get_hashed_vals()),
        }


class IntercommunalClarification(models.Model):
    _inherit = "intercommunal.clarification"

    def _get_certificate_facts(self):
        return {
            "id": self.id,
            "question": self.question,
            "about": self._get_certificate_anchor(),
            "asked_by": self.asked_by_id.name,
            "asked_of": self.asked_user_id.name,
            "asked_at": _moment(self.asked_at),
            "due": fields.Date.to_string(self.date_due) or "",
            "state": _label(self, "state"),
            "answer": self.answer or "",
            "answered_by": self.answered_by_id.name or "",
            "answered_at": _moment(self.answered_at),
            "files": [
                {"name": file.name, "sha256": hashlib.sha256(file.raw).hexdigest()}
                for file in self.attachment_ids.sorted("id")
            ],
        }

    def _get_certificate_anchor(self):
        """What the question is about, in words."""
        kind = _label(self, "anchor_kind")
        what = {
            "photo": self.photo_id.name,
            "line": self.line_id.name,
            "hour": self.anchor_hour,
        }.get(self.anchor_kind)
        return " · ".join(filter(None, [kind, what]))


class IntercommunalReserve(models.Model):
    _inherit = "intercommunal.reserve"

    def _get_certificate_facts(self):
        return {
            "id": self.id,
            "line": self.report_line_id.name or "",
            "report": self.report_id.display_name,
            "text": self.text,
            "minutes": self.minutes,
            "quantity": f"{self.quantity:.2f}",
            "state": _label(self, "state"),
            "lifted_at": _moment(self.lifted_at),
            "lifted_by": self.lifted_report_id.display_name or "",
        }


def _label(record, name):
    """The value of a selection in the reader's language."""
    selection = record._fields[name]._description_selection(record.env)
    return dict(selection).get(record[name], "")


def _moment(value):
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if value else ""


def to_json(facts):
    """The facts as the text that goes with the certificate."""
    return canonical_json(facts)
