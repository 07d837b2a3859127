from odoo import api, fields, models
from odoo.fields import Domain


class IntercommunalRequest(models.Model):
    """A request as what an approval is about, before the work."""

    _inherit = "intercommunal.request"

    def _get_validation_payload(self):
        """What is asked, as the persons who give their agreement read it."""
        self.ensure_one()
        request = self.sudo()
        # a request without answers hashes as before there were any: its proofs hold
        answers = request._get_validation_answers()
        return {
            **({"answers": answers} if answers else {}),
            "reference": request.reference or "",
            "name": request.name,
            "description": request.description or "",
            "commune": request.commune_id.id,
            "service": request.service_id.id,
            "type": request.type_id.id or 0,
            "site": request.site_id.id or 0,
            "address": request.address or "",
            "date_desired": fields.Date.to_string(request.date_desired) or "",
            "estimated_cost": f"{request.estimated_cost:.2f}",
            "photos": [
                {"uuid": photo.uuid, "sha256": photo.checksum or ""}
                for photo in request.photo_ids.sorted("id")
            ],
        }

    def _get_validation_answers(self):
        """Answers to the type's questions: ``{question: value}``, only those given."""
        [values] = self.read(["properties"], load=None)
        return {
            answer["name"]: answer["value"]
            for answer in values["properties"] or []
            if answer.get("type") != "separator"
            and answer.get("value") not in (None, False, "", [])
        }

    def _get_validation_commune(self):
        return self.commune_id

    def _get_validation_service(self):
        return self.service_id

    @api.model
    def _get_replay_domain(self, start, end):
        accepted = Domain("date_accepted", ">=", start) & Domain(
            "date_accepted", "<", end
        )
        # not the approvals of its reports
        opened = (
            Domain("request_id", "!=", False)
            & Domain("opened_at", ">=", start)
            & Domain("opened_at", "<", end)
        )
        return accepted | Domain("validation_ids", "any", opened)

    def _get_validation_type(self):
        return self.type_id

    def _get_validation_amount(self):
        return self.sudo().estimated_cost

    def _get_validation_authors(self):
        return self.requester_id.sudo().user_ids

    def _on_validation_approved(self, validation):
        self._transition("accepted")

    def _on_validation_rework(self, validation, comment):
        """Sent back before work: the service asks again or answers."""
        self._on_validation_refused(validation, comment)

    def _on_validation_refused(self, validation, comment):
        reason = self.env.ref("intercommunal_workflow.reason_refuse_other")
        self._transition(
            "refused",
            {"reason_id": reason.id, "reason_text": comment},
            message=comment,
        )

    def _get_validation_loops(self):
        return self.contest_count

    def _get_cannot_reopen_reason(self):
        if self.state not in ("accepted", "refused") or self.intervention_ids:
            return self.env._(
                "The service went on after this decision: send a message instead."
            )
        return ""

    def _reopen_validation(self, validation):
        self._transition("approval", {"reason_id": False, "reason_text": False})
