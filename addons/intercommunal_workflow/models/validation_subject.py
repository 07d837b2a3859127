import ast
import hashlib
import json

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


def canonical_json(payload):
    """One text for one content: sorted keys, no spaces, UTF-8 (after RFC 8785)."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def sha256(text):
    """Hexadecimal SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


class IntercommunalValidationSubject(models.AbstractModel):
    """What a circuit can approve: a request before work, a report after it.

    The subject says what its protected content is and what follows from the outcome;
    the engine finds the circuit, asks the people and keeps the decisions.
    """

    _name = "intercommunal.validation.subject"
    _description = "Subject of an Approval"

    _validation_subject_kind = None

    # ------------------------------------------------ what a subject implements

    def _get_validation_payload(self):
        """The protected content, as JSON-able data with the files' checksums."""
        raise NotImplementedError

    def _get_validation_commune(self):
        """The commune whose people decide (res.partner)."""
        raise NotImplementedError

    def _get_validation_service(self):
        """The service whose people decide (intercommunal.service)."""
        raise NotImplementedError

    def _get_validation_amount(self):
        """Amount that thresholds compare with, in the company's currency."""
        return 0.0

    def _get_validation_authors(self):
        """Users who wrote the content: four eyes keep them from deciding on it."""
        return self.env["res.users"]

    def _get_validation_loops(self):
        """How many times this content was already sent back to be redone."""
        return 0

    def _get_tacit_ceiling(self):
        """Amount up to which the commune's silence accepts; below 0 it never does."""
        return -1.0

    def _on_validation_opened(self, validation):
        """The run is open: keep the link to it."""

    def _on_validation_approved(self, validation):
        """Everybody asked has approved."""

    def _on_validation_rework(self, validation, comment):
        """Somebody sent the content back to be redone."""

    def _on_validation_refused(self, validation, comment):
        """Somebody refused the content for good."""

    def _on_validation_approved_reserves(self, validation, parts):
        """Everybody asked has approved, but for the ``parts`` of some lines.

        :param dict parts: see `_get_accepted_parts` of the run
        """

    def _get_cannot_reopen_reason(self):
        """Why the decision that closed the run can't be taken back, or ""."""
        return ""

    def _reopen_validation(self, validation):
        """The decision that closed the run is taken back: undo what followed."""

    # --------------------------------------------------- what the engine offers

    def _get_validation_hash(self):
        """SHA-256 of the canonical protected content."""
        self.ensure_one()
        return sha256(canonical_json(self.sudo()._get_validation_payload()))

    def _find_circuit(self):
        """The first active circuit that applies to this subject, or none."""
        self.ensure_one()
        circuits = (
            self.env["intercommunal.circuit"]
            .sudo()
            .search(self._get_circuit_domain(), order="sequence, id")
        )
        return next(
            (circuit for circuit in circuits if circuit._filter_subjects(self)),
            circuits.browse(),
        )

    def _get_circuit_domain(self):
        return Domain("subject", "=", self._validation_subject_kind) & Domain(
            "company_id", "in", (self.company_id.id, False)
        )

    def _get_validation_type(self):
        """The type of request that circuits filter on (intercommunal.request.type)."""
        return self.env["intercommunal.request.type"]

    def _fits(self, domain):
        """Whether this subject satisfies a filter that an admin composed."""
        return bool(self._filter_fitting(domain))

    def _filter_fitting(self, domain):
        """Those of these subjects that satisfy a filter that an admin composed."""
        condition = ast.literal_eval(domain or "[]")
        if not condition:
            return self
        return self.sudo().filtered_domain(condition).with_env(self.env)

    def _open_validation(self):
        """Open a run over the present content and ask its first deciders.

        :return: the `intercommunal.validation` runs
        :raises UserError: no circuit applies, or a role that must decide is vacant
        """
        runs = self.env["intercommunal.validation"]
        for subject in self:
            circuit = subject._find_circuit()
            if not circuit:
                raise UserError(
                    self.env._(
                        "No approval circuit applies to “%(name)s”. Ask the"
                        " administrator to compose one for the service"
                        " “%(service)s”.",
                        name=subject.display_name,
                        service=subject._get_validation_service().name,
                    )
                )
            # the run before this one may have been closed a moment ago
            runs.flush_model(["state"])
            run = runs._create_guarded([circuit._prepare_run_vals(subject)])
            subject._on_validation_opened(run)
            run.sudo().step_ids._check_deciders()
            run.sudo()._advance()
            run.sudo()._after_event()
            runs |= run
        return runs

    def _supersede_validation(self, reason):
        """Close the open run: the content it is about was replaced or withdrawn."""
        for subject in self:
            runs = (
                self.env["intercommunal.validation"]
                .sudo()
                .search(
                    [
                        (f"{self._validation_subject_kind}_id", "=", subject.id),
                        ("state", "=", "open"),
                    ]
                )
            )
            for run in runs:
                run._close("cancelled", "withdraw", reason)
