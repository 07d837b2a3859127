from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

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
    def show_validation(self, validation_id, text="", **_kw):
        """The report or request to decide on, with its history."""
        run = self._get_record("intercommunal.validation", validation_id)
        if not run:
            return request.not_found()
        return self._render(
            "intercommunal_workflow.portal_validation",
            {
                "page_name": "intercommunal_validation",
                "run": run,
                # the report was sent to this commune, which the run's rule checked;
                # names of its agents and items are not readable by portal users
                "report": run.sudo().report_id,
                "record": run.sudo().subject_request_id,
                "decisions": run.sudo().decision_ids,
                "earlier": run._get_portal_earlier_reports(),
                "text": text,
            },
        )

    @http.route(
        "/my/validations/<int:validation_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def decide(self, validation_id, decision="", content_hash=None, text="", **_kw):
        """Approve, send back or refuse; only a POST decides."""
        run = self._get_record("intercommunal.validation", validation_id)
        if not run or decision not in ("approve", "rework", "refuse"):
            return request.not_found()
        text = text.strip()
        try:
            with request.env.cr.savepoint():
                if decision == "approve":
                    run.action_approve(content_hash, text, channel="portal")
                elif decision == "rework":
                    run.action_rework(text, content_hash, channel="portal")
                else:
                    run.action_refuse(text, content_hash, channel="portal")
        except (UserError, AccessError) as error:
            return self._refused(run, error, text)
        self._flash(request.env._("Your decision is recorded. Thank you."), "success")
        return request.redirect("/my/validations")

    def _refused(self, run, error, text):
        """Show why, with the words that were typed."""
        self._flash(error)
        request.update_env(user=request.env.uid)
        return self.show_validation(run.id, text=text)
