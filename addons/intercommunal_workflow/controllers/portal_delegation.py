from datetime import timedelta

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from .decisions import to_int
from .portal import IntercommunalPortal


class IntercommunalDelegationPortal(IntercommunalPortal):
    """Who stands in for an official of a commune, and until when."""

    @http.route(
        "/my/delegations", type="http", auth="user", website=True, methods=["GET"]
    )
    def list_delegations(self, **_kw):
        """The delegations that the user gave, and a form to give one."""
        if not request.env["intercommunal.delegation"].has_access("read"):
            return request.not_found()
        return self._render_delegations({})

    @http.route(
        "/my/delegations", type="http", auth="user", website=True, methods=["POST"]
    )
    def give_delegation(self, **post):
        """Give a delegation in one's own name."""
        delegations = request.env["intercommunal.delegation"]
        if not delegations.has_access("create"):
            return request.not_found()
        try:
            with request.env.cr.savepoint():
                delegations.create(self._prepare_delegation_vals(post))
        except (UserError, ValueError) as error:
            self._flash(
                error
                if isinstance(error, UserError)
                else request.env._("A date or the amount can't be read.")
            )
            return self._render_delegations(post)
        self._flash(request.env._("The delegation is given."), "success")
        return request.redirect("/my/delegations")

    @http.route(
        "/my/delegations/<int:delegation_id>/revoke",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def end_delegation(self, delegation_id, **_kw):
        """End a delegation now."""
        delegation = self._get_record("intercommunal.delegation", delegation_id)
        if not delegation:
            return request.not_found()
        try:
            with request.env.cr.savepoint():
                delegation.action_revoke()
        except UserError as error:
            self._flash(error)
        else:
            self._flash(request.env._("The delegation is over."), "success")
        return request.redirect("/my/delegations")

    # ----------------------------------------------------------------- helpers

    def _prepare_delegation_vals(self, post):
        amount = (post.get("amount_max") or "0").replace(",", ".").replace(" ", "")
        vals = {
            "delegate_id": to_int(post.get("delegate_id")),
            "date_from": fields.Date.to_date(post.get("date_from")),
            "date_to": fields.Date.to_date(post.get("date_to")),
            "amount_max": float(amount),
            "note": (post.get("note") or "")[:200],
        }
        if post.get("subject") in ("request", "report"):
            vals["subject"] = post["subject"]
        if vals["delegate_id"] not in self._get_stand_ins().ids:
            raise UserError(request.env._("Choose who decides in your name."))
        if not (vals["date_from"] and vals["date_to"]):
            raise UserError(request.env._("Give the first and the last day."))
        return vals

    def _render_delegations(self, post):
        today = fields.Date.context_today(request.env.user)
        defaults = {
            "date_from": fields.Date.to_string(today),
            "date_to": fields.Date.to_string(today + timedelta(days=14)),
        }
        return self._render(
            "intercommunal_workflow.portal_my_delegations",
            {
                "page_name": "intercommunal_delegation",
                "delegations": request.env["intercommunal.delegation"].search(
                    [("user_id", "=", request.env.uid)], limit=50
                ),
                "stand_ins": self._get_stand_ins(),
                "post": {**defaults, **post},
            },
        )
