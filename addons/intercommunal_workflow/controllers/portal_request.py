import base64
import logging

from odoo import http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .portal import IntercommunalPortal

_logger = logging.getLogger(__name__)

PAGE = 20
TEXT_FIELDS = ("name", "description", "address")
ID_FIELDS = ("site_id", "type_id", "commune_id")


class IntercommunalRequestPortal(IntercommunalPortal):
    """The commune's requests: list, new, follow, answer, withdraw, ask again."""

    # -------------------------------------------------------------------- list

    @http.route(
        ["/my/requests", "/my/requests/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def list_requests(self, page=1, search="", filterby="open", sortby="date", **_kw):
        """The requests of the communes where the user holds a role."""
        Request = request.env["intercommunal.request"]
        if not Request.has_access("read"):
            return request.not_found()
        filters = self._get_filters()
        sortings = self._get_sortings()
        filterby = filterby if filterby in filters else "open"
        sortby = sortby if sortby in sortings else "date"
        domain = filters[filterby]["domain"]
        if search:
            domain &= Domain("reference", "ilike", search) | Domain(
                "name", "ilike", search
            )
        pager = portal_pager(
            url="/my/requests",
            url_args={"search": search, "filterby": filterby, "sortby": sortby},
            total=Request.search_count(domain),
            page=page,
            step=PAGE,
        )
        requests = Request.search(
            domain,
            order=sortings[sortby]["order"],
            limit=PAGE,
            offset=pager["offset"],
        )
        return self._render(
            "intercommunal_workflow.portal_my_requests",
            {
                "page_name": "intercommunal_request",
                "requests": requests,
                "pager": pager,
                "filters": filters,
                "filterby": filterby,
                "sortings": sortings,
                "sortby": sortby,
                "search": search,
            },
        )

    def _get_filters(self):
        _ = request.env._
        done = ("closed", "refused", "cancelled")
        return {
            "open": {
                "label": _("In progress"),
                "domain": Domain("state", "not in", done),
            },
            "mine": {
                "label": _("Waiting for us"),
                "domain": Domain("ball", "=", "commune"),
            },
            "approve": {
                "label": _("To approve"),
                "domain": Domain("ball", "=", "approver"),
            },
            "done": {"label": _("Done"), "domain": Domain("state", "in", done)},
            "all": {"label": _("All"), "domain": Domain.TRUE},
        }

    def _get_sortings(self):
        _ = request.env._
        return {
            "date": {"label": _("Newest first"), "order": "id desc"},
            "priority": {"label": _("Urgent first"), "order": "priority desc, id desc"},
            "state": {"label": _("By stage"), "order": "stage_id, id desc"},
        }

    # -------------------------------------------------------------------- form

    @http.route(
        "/my/requests/new", type="http", auth="user", website=True, methods=["GET"]
    )
    def new_request(self, type_id=None, commune_id=None, **_kw):
        """Choose what is needed, then see just the fields of that type."""
        communes = request.env.user._get_intercommunal_communes()
        if not communes:
            return self._render("intercommunal_workflow.portal_no_commune", {})
        chosen = self._find_type(type_id)
        if not chosen:
            return self._render(
                "intercommunal_workflow.portal_request_types",
                {
                    "page_name": "intercommunal_request_new",
                    "services": self._get_types().grouped("service_id"),
                },
            )
        return self._render_form(
            {"type_id": chosen.id, "commune_id": self._to_id(commune_id)}, chosen
        )

    @http.route(
        "/my/requests/new",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def create_request(self, submit="send", **post):
        """Keep the draft whatever happens next; send it when asked to."""
        chosen = self._find_type(post.get("type_id"))
        if not chosen:
            return request.redirect("/my/requests/new")
        try:
            with request.env.cr.savepoint():
                record = request.env["intercommunal.request"].create(
                    {
                        **self._read_form(post, chosen),
                        "commune_id": self._read_commune(post).id,
                        "requester_id": request.env.user.partner_id.id,
                        "service_id": chosen.service_id.id,
                        "type_id": chosen.id,
                    }
                )
        except (UserError, ValidationError) as error:
            return self._render_form(post, chosen, error=str(error))
        return self._finish(record, submit)

    @http.route(
        "/my/requests/<int:request_id>/edit",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def edit_request(self, request_id, **_kw):
        """A draft, or a request on which the service asks something."""
        record = self._get_editable(request_id)
        if not record:
            return request.not_found()
        return self._render_form(self._get_form_values(record), record.type_id, record)

    @http.route(
        "/my/requests/<int:request_id>/edit",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def save_request(self, request_id, submit="send", **post):
        """Save the changes of a draft, and send it when asked to."""
        record = self._get_editable(request_id)
        if not record:
            return request.not_found()
        try:
            with request.env.cr.savepoint():
                record.write(self._read_form(post, record.type_id))
                for photo_id in request.httprequest.form.getlist("remove_photo"):
                    photo = record.photo_ids.filtered(
                        lambda photo, pid=photo_id: str(photo.id) == pid
                    )
                    photo.unlink()
        except (UserError, ValidationError) as error:
            return self._render_form(post, record.type_id, record, str(error))
        return self._finish(record, submit)

    def _finish(self, record, submit):
        """Add the photos, then send; what fails leaves the draft and says why."""
        faults = self._add_photos(record)
        if not faults and submit == "send" and record.state == "draft":
            try:
                with request.env.cr.savepoint():
                    record.action_submit()
            except UserError as error:
                faults.append(str(error))
        if faults:
            self._flash(
                " ".join(
                    [*faults, request.env._("Everything else is kept in this draft.")]
                )
            )
            return request.redirect(f"/my/requests/{record.id}/edit")
        if submit == "send" and record.state == "submitted":
            self._flash(
                request.env._(
                    "Your request %(reference)s is sent. You will be told at each step.",
                    reference=record.reference,
                ),
                "success",
            )
        return request.redirect(f"/my/requests/{record.id}")

    def _add_photos(self, record):
        """Add what was uploaded; a file that is no photo is named, the others stay.

        :return: list of sentences
        """
        faults = []
        for upload in request.httprequest.files.getlist("photos"):
            if not upload.filename:
                continue
            try:
                with request.env.cr.savepoint():
                    request.env["intercommunal.photo"].create(
                        {
                            "request_id": record.id,
                            "kind": "request",
                            "name": upload.filename[:100],
                            "image": base64.b64encode(upload.read()),
                        }
                    )
            except UserError as error:
                faults.append(str(error))
        return faults

    def _render_form(self, values, chosen, record=None, error=None):
        communes = request.env.user._get_intercommunal_communes()
        commune = record.commune_id if record else self._read_commune(values)
        values = {
            "page_name": "intercommunal_request_new",
            "record": record,
            "values": values,
            "type": chosen,
            "questions": self._get_questions(chosen, record, values),
            "communes": communes,
            "commune": commune,
            "sites": request.env["intercommunal.site"].search(
                [("commune_id", "in", commune.ids or communes.ids)]
            ),
            "priorities": request.env["intercommunal.request"]
            ._fields["priority"]
            ._description_selection(request.env),
        }
        if error:
            values["flash"] = ("danger", error)
        return self._render("intercommunal_workflow.portal_request_form", values)

    def _read_form(self, post, chosen):
        """Values of the model from a posted form; unknown names are ignored."""
        vals = {name: (post.get(name) or "").strip() for name in TEXT_FIELDS}
        if not vals["name"]:
            raise UserError(request.env._("Say in a few words what is needed."))
        vals["site_id"] = self._to_id(post.get("site_id"))
        vals["date_desired"] = post.get("date_desired") or False
        if post.get("priority") in ("0", "1", "2"):
            vals["priority"] = post["priority"]
        if questions := self._get_questions(chosen, None, post):
            vals["properties"] = {
                question["name"]: question["value"] for question in questions
            }
        return vals

    def _get_questions(self, chosen, record, post):
        """The type's own questions with their answers.

        :return: list of dicts: name, string, type, selection, tags, value, required
        """
        answers = record.properties if record else {}
        questions = []
        for definition in chosen.sudo().properties_definition or []:
            name, kind = definition["name"], definition["type"]
            if kind in ("separator", "many2one", "many2many", "html", "tags"):
                continue
            key = f"property_{name}"
            value = post.get(key) if key in post else (answers or {}).get(name)
            label = definition.get("string") or ""
            questions.append(
                {
                    **definition,
                    "key": key,
                    "value": self._read_answer(kind, value),
                    "required": label.endswith("*"),
                    "string": label.rstrip("* "),
                }
            )
        return questions

    def _read_answer(self, kind, value):
        """A posted text as the value that the property stores."""
        if kind == "boolean":
            return value in (True, "on", "true", "1")
        if value in (None, "", False):
            return False
        try:
            return {"integer": int, "float": float}.get(kind, str)(value)
        except ValueError:
            raise UserError(
                request.env._("“%(value)s” is not a number.", value=value)
            ) from None

    def _get_form_values(self, record):
        return {
            **{name: record[name] or "" for name in TEXT_FIELDS},
            **{name: record[name].id for name in ID_FIELDS},
            "date_desired": record.date_desired or "",
            "priority": record.priority,
        }

    def _get_editable(self, request_id):
        record = self._get_record("intercommunal.request", request_id)
        if not record or not record.has_access("write"):
            return None
        return record if record.state in ("draft", "info_requested") else None

    def _get_types(self):
        return request.env["intercommunal.request.type"].search([])

    def _find_type(self, type_id):
        chosen = self._to_id(type_id)
        return self._get_types().filtered(lambda type_: type_.id == chosen)

    def _read_commune(self, post):
        """The commune of the form if the user has a role there, else their first."""
        communes = request.env.user._get_intercommunal_communes()
        chosen = self._to_id(post.get("commune_id"))
        return communes.filtered(lambda c: c.id == chosen) or communes[:1]

    def _to_id(self, value):
        return int(value) if str(value or "").isdigit() else False

    # --------------------------------------------------------------- one request

    @http.route(
        "/my/requests/<int:request_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def show_request(self, request_id, **_kw):
        """Follow a request like a parcel."""
        record = self._get_record("intercommunal.request", request_id)
        if not record:
            return request.not_found()
        return self._render(
            "intercommunal_workflow.portal_request",
            {
                "page_name": "intercommunal_request",
                "record": record,
                "steps": record._get_portal_steps(),
                "questions": [
                    question
                    for question in self._get_questions(record.type_id, record, {})
                    if question["value"] or question["type"] == "boolean"
                ],
                "jobs": record._get_portal_jobs(),
                "messages": record._get_portal_messages(),
                "run": record.validation_ids.filtered("can_decide")[:1],
            },
        )

    @http.route(
        "/my/requests/<int:request_id>/<string:verb>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def act_on_request(self, request_id, verb, text="", **_kw):
        """One button of the page: send, delete, withdraw, answer, contest, comment,
        repeat. What the model refuses is shown as its own sentence."""
        record = self._get_record("intercommunal.request", request_id)
        handler = self._get_verbs().get(verb)
        if not record or not handler:
            return request.not_found()
        address = f"/my/requests/{request_id}"
        try:
            with request.env.cr.savepoint():
                address = handler(record, text.strip()) or address
        except (UserError, AccessError) as error:
            self._flash(error)
        return request.redirect(address)

    def _get_verbs(self):
        return {
            "send": lambda record, text: record.action_submit() and None,
            "delete": self._delete,
            "withdraw": lambda record, text: record.action_withdraw() and None,
            "answer": lambda record, text: record.action_answer_info(text) and None,
            "contest": lambda record, text: record.action_contest(text) and None,
            "comment": self._comment,
            "repeat": self._repeat,
        }

    def _delete(self, record, _text):
        record.unlink()
        return "/my/requests"

    def _comment(self, record, text):
        if not text:
            raise UserError(request.env._("Write your message."))
        record.message_post(
            body=text, message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def _repeat(self, record, _text):
        copy = request.env["intercommunal.request"].create(
            record._prepare_repeat_vals(request.env.user.partner_id)
        )
        return f"/my/requests/{copy.id}/edit"
