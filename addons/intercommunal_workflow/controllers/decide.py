from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .decisions import apply_decision, get_page_values
from .portal import IntercommunalPortal

# A link decides on the file; who one is and who stands in is said once logged in.
BY_LINK = ("approve", "approve_reserves", "rework", "refuse", "ask")


class IntercommunalDecide(IntercommunalPortal):
    """The link of an e-mail: a page that works without a login, for one person.

    Names of methods are its own: Odoo makes one class of all portal controllers.
    """

    @http.route(
        "/intercommunal/decide/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def show_link(self, token, **_kw):
        """The file and its buttons; reading decides nothing, however often."""
        seat, refusal = self._open_link(token)
        if refusal:
            return refusal
        return self._render_decide(seat, token)

    @http.route(
        "/intercommunal/decide/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def decide_by_link(self, token, **post):
        """Decide as the person whom the link names; it has served then."""
        seat, refusal = self._open_link(token)
        if refusal:
            return refusal
        if post.get("decision") not in BY_LINK:
            return request.not_found()
        run = seat.validation_id.with_user(seat.user_id)._from_channel("link")
        run = run.with_context(lang=seat.user_id.lang)
        try:
            with request.env.cr.savepoint():
                seat._use_link()
                thanks = apply_decision(run, post, None)
        except UserError as error:
            self._flash(error)
            return self._render_decide(seat, token, post)
        return self._render_done(seat, thanks)

    @http.route(
        "/intercommunal/decide/<string:token>/photo/<int:photo_id>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def show_link_photo(self, token, photo_id, **_kw):
        """A photo of what the link is about, and of nothing else."""
        seat, refusal = self._open_link(token)
        if refusal:
            return request.not_found()
        photos = seat.validation_id._get_photos()
        photo = photos.filtered(lambda photo: photo.id == photo_id)
        if not photo:
            return request.not_found()
        stream = request.env["ir.binary"]._get_image_stream_from(
            photo, "image", width=1200, height=900
        )
        response = stream.get_response()
        response.headers["Cache-Control"] = "private, max-age=600"
        return response

    # ----------------------------------------------------------------- helpers

    def _open_link(self, token):
        """The seat that the token names, in its person's language.

        :return: (seat, None) when this link may decide, else (seat, the answer that
            says why not)
        """
        seats = request.env["intercommunal.validation.seat"]
        seat, is_live = seats._find_by_token(token)
        if not seat:
            return seat, request.not_found()
        lang = seat.user_id.lang
        request.update_context(lang=lang)
        seat = seat.with_context(lang=lang)
        if not is_live:
            return seat, self._render_dead(seat)
        if seat._needs_login():
            path = f"/my/validations/{seat.validation_id.id}"
            return seat, request.redirect(f"/web/login?redirect={path}")
        return seat, None

    def _render_dead(self, seat):
        response = request.render(
            "intercommunal_workflow.decide_over",
            {"reason": seat._get_dead_link_reason(), "done": False},
        )
        response.status_code = 410
        return response

    def _render_done(self, seat, thanks):
        return request.render(
            "intercommunal_workflow.decide_over",
            {"reason": thanks, "done": True, "run": seat.validation_id},
        )

    def _render_decide(self, seat, token, post=None):
        run = seat.validation_id
        address = f"/intercommunal/decide/{token}"
        response = self._render(
            "intercommunal_workflow.decide_page",
            {
                **get_page_values(run, address, post),
                "run": run,
                "seat": seat,
                "askable": run.with_user(seat.user_id)._get_askable_users().sudo(),
                "photo_base": f"{address}/photo",
                "by_link": True,
            },
        )
        # the address is a key: it is not handed on to other sites
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
