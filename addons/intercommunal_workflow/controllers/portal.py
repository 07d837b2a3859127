from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

DONE = ("closed", "refused", "cancelled")
ICONS = {
    "draft": "fa-pencil",
    "submitted": "fa-paper-plane",
    "info_requested": "fa-question-circle",
    "approval": "fa-hourglass-half",
    "accepted": "fa-check",
    "planned": "fa-calendar",
    "in_progress": "fa-wrench",
    "to_validate": "fa-hourglass-half",
    "rework": "fa-repeat",
    "validated": "fa-check-circle",
    "closed": "fa-archive",
    "refused": "fa-times-circle",
    "cancelled": "fa-ban",
}
FLASH = "intercommunal_flash"


class IntercommunalPortal(CustomerPortal):
    """What the pages of requests and of approvals share."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        for counter, model, domain in (
            (
                "intercommunal_request_count",
                "intercommunal.request",
                Domain("state", "not in", DONE),
            ),
            (
                "intercommunal_news_count",
                "intercommunal.request",
                Domain("has_news", "=", True),
            ),
            (
                "intercommunal_validation_count",
                "intercommunal.validation",
                Domain("is_waiting_for_me", "=", True),
            ),
        ):
            if counter in counters:
                records = request.env[model]
                values[counter] = (
                    records.search_count(domain) if records.has_access("read") else 0
                )
        return values

    def _get_record(self, model, record_id):
        """The record if the user may read it, else None: both cases look the same."""
        record = request.env[model].browse(record_id).exists()
        try:
            if record:
                record.check_access("read")
        except (AccessError, MissingError):
            return None
        return record or None

    def _get_stand_ins(self):
        """Who may stand in for the user: other people of the same communes."""
        user = request.env.user
        roles = user._get_intercommunal_communes().sudo().intercommunal_role_ids
        people = roles.filtered("is_current").user_id
        return people.filtered(lambda person: person.active and person != user)

    def _flash(self, message, kind="danger", items=()):
        """Show a message on the next page.

        :param items: sentences to list below the message
        """
        request.session[FLASH] = {
            "kind": kind,
            "message": str(message),
            "items": [str(item) for item in items],
        }

    def _go(self, address):
        """Redirect; a page that shows how far its sending is goes there by itself."""
        if request.httprequest.headers.get("X-Requested-With") == "XMLHttpRequest":
            return request.make_json_response({"location": address})
        return request.redirect(address)

    def _render(self, template, values):
        """Render a page with its flash message."""
        values.setdefault("flash", request.session.pop(FLASH, None))
        values.setdefault("state_icons", ICONS)
        return request.render(
            template, {**self._prepare_portal_layout_values(), **values}
        )
