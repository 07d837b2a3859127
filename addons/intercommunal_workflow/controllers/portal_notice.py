from odoo import http
from odoo.http import request

from .portal import IntercommunalPortal


class IntercommunalNoticePortal(IntercommunalPortal):
    """How often the people of a commune are told."""

    @http.route(
        "/my/requests/notices", type="http", auth="user", website=True, methods=["POST"]
    )
    def set_notices(self, frequency="", **_kw):
        """Keep the choice of the user; it changes nobody else's."""
        user = request.env.user
        choices = dict(user._fields["intercommunal_frequency"].selection)
        if frequency not in choices:
            return request.not_found()
        user.write({"intercommunal_frequency": frequency})
        self._flash(request.env._("Your choice is kept."), "success")
        return request.redirect("/my/requests")

    @http.route(
        "/my/requests/seen", type="http", auth="user", website=True, methods=["POST"]
    )
    def set_all_seen(self, **_kw):
        """Nothing is new to the user any more, whatever they opened."""
        Request = request.env["intercommunal.request"]
        if not Request.has_access("read"):
            return request.not_found()
        news = Request.search([("has_news", "=", True)])
        request.env["intercommunal.request.visit"]._note(news)
        self._flash(request.env._("All of it is marked as read."), "success")
        return request.redirect("/my/requests")
