import base64
from pathlib import PurePath

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.photo import MAX_BYTES, MAX_PHOTOS
from . import questions
from .portal import DONE, IntercommunalPortal

PAGE = 20
# our own encoding of photos is shown in the page, any other file is downloaded
SHOWN = "image/jpeg"
# as many photos as a message takes, and the words around them
MAX_POST = MAX_PHOTOS * MAX_BYTES + 1024 * 1024
KEPT = "intercommunal_kept"


class IntercommunalRequestPortal(IntercommunalPortal):
    """The commune's requests: find, follow, answer, withdraw, ask again."""

    # -------------------------------------------------------------------- list

    @http.route(
        ["/my/requests", "/my/requests/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def list_requests(
        self,
        page=1,
        search="",
        filterby="open",
        sortby="date",
        groupby="none",
        year="all",
        **_kw,
    ):
        """The requests of the communes where the user holds a role."""
        Request = request.env["intercommunal.request"]
        if not Request.has_access("read"):
            return request.not_found()
        filters, sortings = self._get_filters(), self._get_sortings()
        groupings = self._get_groupings()
        filterby = filterby if filterby in filters else "open"
        sortby = sortby if sortby in sortings else "date"
        groupby = groupby if groupby in groupings else "none"
        search = search.strip()
        years = self._get_years()
        year = year if year in years else "all"
        domain = filters[filterby]["domain"] & self._get_search_domain(search)
        domain &= years[year]["domain"]
        field = groupings[groupby]["field"]
        pager = portal_pager(
            url="/my/requests",
            url_args={
                "search": search,
                "filterby": filterby,
                "sortby": sortby,
                "groupby": groupby,
                "year": year,
            },
            total=Request.search_count(domain),
            page=page,
            step=PAGE,
        )
        requests = Request.search(
            domain,
            order=", ".join(filter(None, [field, sortings[sortby]["order"]])),
            limit=PAGE,
            offset=pager["offset"],
        )
        return self._render(
            "intercommunal_workflow.portal_my_requests",
            {
                "page_name": "intercommunal_request",
                "groups": requests.grouped(field) if field else {None: requests},
                "total": pager["page_count"] and len(requests),
                "pager": pager,
                "filters": filters,
                "filterby": filterby,
                "sortings": sortings,
                "sortby": sortby,
                "groupings": groupings,
                "groupby": groupby,
                "years": years,
                "year": year,
                "search": search,
                "asked": filterby != "mine"
                and Request.search_count([("state", "=", "info_requested")]),
                "news": filterby != "news"
                and Request.search_count([("has_news", "=", True)]),
                "not_found": search
                and request.env._("No request is found for “%(words)s”.", words=search),
            },
        )

    def _get_years(self):
        """The years in which the user's communes sent requests, the last one first."""
        groups = request.env["intercommunal.request"]._read_group(
            [("date_submitted", "!=", False)], ["date_submitted:year"]
        )
        first = [fields.Date.to_date(start) for (start,) in groups]
        return {
            "all": {"label": request.env._("All years"), "domain": Domain.TRUE},
            **{
                str(day.year): {
                    "label": str(day.year),
                    "domain": Domain("date_submitted", ">=", day)
                    & Domain("date_submitted", "<", day.replace(year=day.year + 1)),
                }
                for day in sorted(first, reverse=True)
            },
        }

    def _get_search_domain(self, search):
        """What the words of the search box find."""
        if not search:
            return Domain.TRUE
        searched = ("reference", "name", "address", "site_id.name")
        return Domain.OR(Domain(name, "ilike", search) for name in searched)

    def _get_filters(self):
        _ = request.env._
        return {
            "open": {
                "label": _("In progress"),
                "domain": Domain("state", "not in", DONE),
            },
            "mine": {
                "label": _("Waiting for us"),
                "domain": Domain("ball", "=", "commune"),
            },
            "approve": {
                "label": _("To approve"),
                "domain": Domain("ball", "=", "approver"),
            },
            "news": {
                "label": _("With something new"),
                "domain": Domain("has_news", "=", True),
            },
            "done": {"label": _("Done"), "domain": Domain("state", "in", DONE)},
            "all": {"label": _("All"), "domain": Domain.TRUE},
        }

    def _get_sortings(self):
        _ = request.env._
        return {
            "date": {"label": _("Newest first"), "order": "id desc"},
            "priority": {"label": _("Urgent first"), "order": "priority desc, id desc"},
            "state": {"label": _("By stage"), "order": "stage_id, id desc"},
        }

    def _get_groupings(self):
        _ = request.env._
        return {
            "none": {"label": _("Not grouped"), "field": False},
            "commune": {"label": _("By commune"), "field": "commune_id"},
            "service": {"label": _("By service"), "field": "service_id"},
        }

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
        messages = record._get_portal_messages()
        return self._render(
            "intercommunal_workflow.portal_request",
            {
                "page_name": "intercommunal_request",
                "record": record,
                "steps": record._get_portal_steps(),
                "now": record._get_portal_now(),
                "answers": questions.to_words(request.env, record),
                "jobs": record._get_portal_jobs(),
                "messages": messages,
                "news": record._visit(messages),
                "run": record.validation_ids.filtered("can_decide")[:1],
                "kept": self._pop_kept(request_id),
            },
        )

    @http.route(
        "/my/requests/<int:request_id>/files/<int:file_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def download_file(self, request_id, file_id, **_kw):
        """A file of a public message; portal users can't read attachments otherwise."""
        record = self._get_record("intercommunal.request", request_id)
        files = record and record._get_portal_messages().attachment_ids
        file = files and files.filtered(lambda file: file.id == file_id)
        if not file:
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(file)
        return stream.get_response(as_attachment=stream.mimetype != SHOWN)

    @http.route(
        "/my/requests/<int:request_id>/<string:verb>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=MAX_POST,
    )
    def act_on_request(self, request_id, verb, text="", **_kw):
        """One button of the page: send, delete, withdraw, answer, contest, comment,
        repeat, rate, reopen. What the model refuses is shown as its own sentence."""
        record = self._get_record("intercommunal.request", request_id)
        handler = self._get_verbs().get(verb)
        if not record or not handler:
            return request.not_found()
        text = text.strip()
        address = f"/my/requests/{request_id}"
        try:
            with request.env.cr.savepoint():
                address = handler(record, text) or address
        except UserError as error:
            self._flash(error)
            # the words that were typed come back in their field
            request.session[KEPT] = {"id": request_id, "verb": verb, "text": text}
        return self._go(address)

    def _pop_kept(self, request_id):
        """Words that a refused button of this page had, by verb."""
        kept = request.session.pop(KEPT, None) or {}
        return {kept["verb"]: kept["text"]} if kept.get("id") == request_id else {}

    def _get_verbs(self):
        return {
            "send": self._send,
            "delete": self._delete,
            "withdraw": self._withdraw,
            "answer": self._answer,
            "contest": self._contest,
            "comment": self._comment,
            "repeat": self._repeat,
            "rate": self._rate,
            "reopen": self._reopen,
        }

    def _send(self, record, _text):
        record.action_submit()

    def _delete(self, record, _text):
        record.unlink()
        self._flash(request.env._("The draft is deleted."), "success")
        return "/my/requests"

    def _withdraw(self, record, _text):
        record.action_withdraw()
        self._flash(request.env._("The request is withdrawn."), "success")

    def _answer(self, record, text):
        record.action_answer_info(text)
        self._flash(request.env._("Your answer is sent."), "success")

    def _contest(self, record, text):
        record.action_contest(text)
        self._flash(request.env._("The service is told what you contest."), "success")

    def _comment(self, record, text):
        photos = self._read_photos()
        if not text and not photos:
            raise UserError(
                request.env._("Write your message. A photo alone will do, too.")
            )
        # whoever reads the file may write to it; the photos' attachments are the
        # system's, as on the platform's own route
        record.sudo().message_post(
            body=text,
            author_id=request.env.user.partner_id.id,
            attachments=photos,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flash(request.env._("Your message is sent to the service."), "success")

    def _read_photos(self):
        """The photos sent with a message, encoded again by the server.

        :return: list of pairs name, bytes
        :raises UserError: one of them is no photo, or there are too many
        """
        uploads = [
            upload
            for upload in request.httprequest.files.getlist("photos")
            if upload.filename
        ]
        if len(uploads) > MAX_PHOTOS:
            raise UserError(
                request.env._(
                    "%(count)s photos at most: send the others in another message.",
                    count=MAX_PHOTOS,
                )
            )
        decode = request.env["intercommunal.photo"]._decode_image
        return [
            (
                f"{PurePath(upload.filename).stem[-90:]}.jpg",
                decode(
                    base64.b64encode(upload.read(MAX_BYTES + 1)), upload.filename[-100:]
                ),
            )
            for upload in uploads
        ]

    def _rate(self, record, text):
        record.action_rate(request.params.get("level"), text)
        self._flash(request.env._("Thank you: the team reads it."), "success")

    def _reopen(self, record, _text):
        self._flash(
            request.env._(
                "A new request that goes back to %(reference)s: say what came back,"
                " then send it.",
                reference=record.reference,
            ),
            "info",
        )
        return f"/my/requests/{record.action_reopen().id}/edit"

    def _repeat(self, record, _text):
        copy = record.action_repeat()
        self._flash(
            request.env._("Here is a copy, as a draft: check it, then send it."), "info"
        )
        return f"/my/requests/{copy.id}/edit"
