from uuid import uuid4

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from .decisions import DECISIONS, apply_decision, get_page_values, to_int
from .portal import IntercommunalPortal

MAX_SEVERAL = 100


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
                "asked": self._get_questions(),
                "today": fields.Date.context_today(request.env.user),
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
    def decide(self, validation_id, **post):
        """Decide, ask, answer, hand over or take back; only a POST does, and once."""
        run = self._get_record("intercommunal.validation", validation_id)
        if not run or post.get("decision") not in DECISIONS:
            return request.not_found()
        try:
            with request.env.cr.savepoint():
                thanks = apply_decision(run, post, "portal")
        except UserError as error:
            self._flash(error)
            return self._render_validation(run, post)
        self._flash(thanks, "success")
        # where a slip of the finger can be taken back
        return request.redirect(f"/my/validations/{run.id}")

    @http.route(
        "/my/validations/approve",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def approve_several(self, confirm=None, **_post):
        """Approve what was ticked, once the list was read again.

        Each is decided for itself: one that changed meanwhile keeps none of the others.
        """
        ids = request.httprequest.form.getlist("run")[:MAX_SEVERAL]
        runs = request.env["intercommunal.validation"].search(
            [("id", "in", [to_int(run_id) for run_id in ids])]
        )
        runs = runs.filtered("is_waiting_for_me")
        if not runs:
            self._flash(request.env._("Tick what you approve."))
            return request.redirect("/my/validations")
        if not confirm:
            return self._render(
                "intercommunal_workflow.portal_validations_confirm",
                {
                    "page_name": "intercommunal_validation",
                    "runs": runs,
                    "total": sum(runs.mapped("amount")),
                    "key": uuid4(),
                },
            )
        self._approve_each(runs)
        return request.redirect("/my/validations")

    def _get_questions(self):
        """The open questions to the user."""
        clarifications = request.env["intercommunal.clarification"]
        if not clarifications.has_access("read"):
            return clarifications
        return clarifications.search([("is_for_me", "=", True)])

    def _approve_each(self, runs):
        form = request.httprequest.form
        done, faults = 0, []
        for run in runs:
            try:
                with request.env.cr.savepoint():
                    run.action_approve(
                        form.get(f"hash_{run.id}") or "",
                        channel="portal",
                        idempotency_key=f"{form.get('key')}-{run.id}",
                    )
                done += 1
            except UserError as error:
                faults.append(str(error))
        self._flash(
            request.env._("%(count)s approved.", count=done),
            "warning" if faults else "success",
            faults,
        )

    @http.route(
        "/my/validations/<int:validation_id>/files/<int:file_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def show_file(self, validation_id, file_id, **_kw):
        """A file of an answer, for whoever reads the approval."""
        run = self._get_record("intercommunal.validation", validation_id)
        files = run.sudo().clarification_ids.attachment_ids if run else None
        file = files and files.filtered(lambda file: file.id == file_id)
        if not file:
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(file)
        return stream.get_response(as_attachment=True)

    def _render_validation(self, run, post=None):
        """The page of an approval, with what was already typed."""
        # The run's rule says that this is the user's commune: what was sent to it is
        # shown whole, with names of agents and items that portal users can't read.
        sudo = run.sudo()
        return self._render(
            "intercommunal_workflow.portal_validation",
            {
                **get_page_values(sudo, f"/my/validations/{run.id}", post),
                "page_name": "intercommunal_validation",
                "run": run,
                "askable": run._get_askable_users().sudo() if run.can_ask else (),
                "stand_ins": self._get_stand_ins().sudo(),
                "earlier": run._get_portal_earlier_reports(),
                "by_link": False,
            },
        )
