from uuid import uuid4

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from . import questions
from .portal import IntercommunalPortal


class IntercommunalValidationPortal(IntercommunalPortal):
    """What a referent or an elected official decides from the portal."""

    @http.route(
        "/my/validations", type="http", auth="user", website=True, methods=["GET"]
    )
    def list_validations(self, **_kw):
        """What waits for the user, then what was decided lately."""
        Validation = request.env["intercommunal.validation"]
        if not Validation.has_access("read"):
            return request.not_found()
        return self._render(
            "intercommunal_workflow.portal_my_validations",
            {
                "page_name": "intercommunal_validation",
                "waiting": Validation.search(
                    [("is_waiting_for_me", "=", True)], order="opened_at"
                ),
                "decided": Validation.search(
                    [("state", "!=", "open")], order="closed_at desc", limit=20
                ),
            },
        )

    @http.route(
        "/my/validations/<int:validation_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def show_validation(self, validation_id, **_kw):
        """The report or request to decide on, with its history."""
        run = self._get_record("intercommunal.validation", validation_id)
        return self._render_validation(run) if run else request.not_found()

    @http.route(
        "/my/validations/<int:validation_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def decide(
        self,
        validation_id,
        decision="",
        content_hash=None,
        idempotency_key=None,
        text="",
        **_kw,
    ):
        """Approve, send back or refuse; only a POST decides, and only once."""
        run = self._get_record("intercommunal.validation", validation_id)
        if not run or decision not in ("approve", "rework", "refuse"):
            return request.not_found()
        text = text.strip()
        # a page without the checksum of what it showed decides on nothing
        seen = {
            "content_hash": content_hash or "",
            "channel": "portal",
            "idempotency_key": idempotency_key,
        }
        try:
            with request.env.cr.savepoint():
                if decision == "approve":
                    run.action_approve(comment=text, **seen)
                elif decision == "rework":
                    run.action_rework(text, **seen)
                else:
                    run.action_refuse(text, **seen)
        except UserError as error:
            self._flash(error)
            return self._render_validation(run, text)
        self._flash(request.env._("Your decision is recorded. Thank you."), "success")
        return request.redirect("/my/validations")

    def _render_validation(self, run, text=""):
        """The page of an approval, with the words that were already typed."""
        # The run's rule says that this is the user's commune: what was sent to it is
        # shown whole, with names of agents and items that portal users can't read.
        sudo = run.sudo()
        return self._render(
            "intercommunal_workflow.portal_validation",
            {
                "page_name": "intercommunal_validation",
                "run": run,
                "report": sudo.report_id,
                "record": sudo.subject_request_id,
                "answers": questions.to_words(request.env, sudo.subject_request_id),
                "decisions": sudo.decision_ids,
                "earlier": run._get_portal_earlier_reports(),
                "idempotency_key": uuid4(),
                "text": text,
            },
        )
