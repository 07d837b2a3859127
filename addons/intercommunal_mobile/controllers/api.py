import json
import logging

from odoo import http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import request

from ..tools.content import PROTOCOL, BadContent, clean_device

_logger = logging.getLogger(__name__)
# A photo of 15 MB, with some room.
MAX_BODY = 16 * 1024 * 1024
OUR_SITE = (None, "", "same-origin", "none")


class IntercommunalFieldApi(http.Controller):
    """What the field page says to the server; each call names its protocol.

    Every answer to a message names its UUID: a captive portal also answers 200.
    """

    @http.route("/intercommunal/api/pull", type="jsonrpc", auth="user")
    def pull(self, protocol=None, device=None):
        """The user's jobs and questions, and what their phone says of itself.

        :param int protocol: version of the exchange
        :param dict device: uuid, name, version and unsent (reports that wait)
        """
        if refusal := self._check_protocol(protocol):
            return refusal
        self._register(device or {})
        jobs = request.env["intercommunal.intervention"]
        return {
            "protocol": PROTOCOL,
            "user": {"id": request.env.uid, "name": request.env.user.name},
            "company": request.env.company.name,
            "now": f"{request.env.cr.now().isoformat(timespec='seconds')}Z",
            "jobs": jobs._get_field_jobs() if jobs.has_access("read") else [],
            "questions": request.env[
                "intercommunal.clarification"
            ]._get_field_questions()
            if request.env["intercommunal.clarification"].has_access("read")
            else [],
            "reasons": self._get_reasons(),
            "communes": self._get_communes(),
        }

    @http.route("/intercommunal/api/places", type="jsonrpc", auth="user")
    def places(self, protocol=None):
        """Where the user's teams work, and what was done there; asked twice a day."""
        if refusal := self._check_protocol(protocol):
            return refusal
        sites = request.env["intercommunal.site"]
        return {
            "protocol": PROTOCOL,
            "user": request.env.uid,
            "places": sites._get_field_places() if sites.has_access("read") else [],
        }

    @http.route("/intercommunal/api/returned", type="jsonrpc", auth="user")
    def returned(self, job=None, question=None, photo=None, protocol=None):
        """One photo of what the commune refused, reserved or asks about, light; asked
        once.

        :param int job: the job that came back
        :param int question: or the question
        :param str photo: identifier of the photo, as the job or the question names it
        """
        if refusal := self._check_protocol(protocol):
            return refusal
        model, record = (
            ("intercommunal.clarification", question)
            if question
            else ("intercommunal.intervention", job)
        )
        owners = request.env[model]
        readable = owners.has_access("read")
        return {
            "protocol": PROTOCOL,
            "photo": photo,
            "image": owners._get_field_photo(record, photo) if readable else "",
        }

    @http.route("/intercommunal/api/push", type="jsonrpc", auth="user")
    def push(self, subscription=None, forget=None, replaces=None, protocol=None):
        """Let this phone be notified, or not any more.

        :param dict subscription: the browser's; without it, the key that makes one is
            answered
        :param str forget: the endpoint of one to drop
        :param str replaces: the endpoint of the user's that the subscription replaces
        """
        if refusal := self._check_protocol(protocol):
            return refusal
        phones = request.env["mail.push.device"]
        if forget:
            phones._forget_phone(forget)
            return {"protocol": PROTOCOL, "allowed": False}
        if subscription:
            return {
                "protocol": PROTOCOL,
                "allowed": phones._register_phone(subscription, replaces),
            }
        return {
            "protocol": PROTOCOL,
            "key": phones.get_web_push_vapid_public_key(),
        }

    @http.route("/intercommunal/api/submit", type="jsonrpc", auth="user")
    def submit(self, uuid=None, content=None, protocol=None, user=None):
        """Take one message of the outbox; the same one again gets the same answer.

        :param str uuid: identifier that the phone gave to the draft
        :param dict content: the message, see `..tools.content`
        :param int user: id of who wrote it: a shared phone never sends as another
        """
        if refusal := self._check_protocol(protocol):
            return {**refusal, "uuid": uuid}
        if user != request.env.uid:
            return {"uuid": uuid, "status": "other_user"}
        submissions = request.env["intercommunal.mobile.submission"]
        # an error, no answer: the phone keeps the message and sends it later
        submissions._check_sender()
        try:
            with request.env.cr.savepoint():
                return submissions._receive(uuid, content, protocol)
        except UserError as error:
            return {"uuid": uuid, "status": "refused", "message": str(error)}

    @http.route("/intercommunal/api/status", type="jsonrpc", auth="user")
    def status(self, uuids=None, protocol=None, device=None):
        """What the server has of these messages of the user.

        :param list uuids: identifiers of messages
        :param dict device: what the phone says of itself once they left, as in `pull`
        """
        if refusal := self._check_protocol(protocol):
            return refusal
        if device:
            self._register(device)
        submissions = request.env["intercommunal.mobile.submission"]
        return {"protocol": PROTOCOL, "items": submissions._get_status(uuids or [])}

    # Without a session's token: a page kept for days has none. The header that only a
    # script of ours can set, and the browser's own word, stand in for it.
    @http.route(
        "/intercommunal/api/photo/<string:report>/<string:photo>",
        type="http",
        auth="user",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def photo(self, report, photo):
        """Take the raw bytes of one photo that a message announced.

        The header X-Intercommunal-Photo says "1", or "large" without a body: a proxy
        refused the photo for its size, and the phone gives it up.
        """
        headers = request.httprequest.headers
        if (
            headers.get("X-Intercommunal-Photo") not in ("1", "large")
            or headers.get("Sec-Fetch-Site") not in OUR_SITE
        ):
            return self._answer(photo, "refused", 403)
        if (request.httprequest.content_length or 0) > MAX_BODY:
            return self._answer(photo, "refused", 413)
        submissions = request.env["intercommunal.mobile.submission"]
        try:
            expected = submissions._find_photo(report, photo)
        except AccessError:
            return self._answer(photo, "refused", 404)
        if headers.get("X-Intercommunal-Photo") == "large":
            return self._answer(photo, expected._give_up(), 200, expected)
        # kept: Odoo runs the request anew after a serialization failure
        status = expected._receive(request.httprequest.get_data(cache=True))
        return self._answer(
            photo, status, 422 if status == "mismatch" else 200, expected
        )

    # ----------------------------------------------------------------- helpers

    def _answer(self, photo, status, code=200, expected=None):
        body = {"uuid": photo, "status": status}
        if expected is not None:
            body["message"] = expected.fault or ""
            body["submission"] = expected.submission_id._prepare_answer()
        return request.make_response(
            json.dumps(body), [("Content-Type", "application/json")], status=code
        )

    def _check_protocol(self, protocol):
        """A page of another time is told to update; it keeps what it has."""
        if type(protocol) is int and protocol == PROTOCOL:
            return None
        return {"status": "upgrade_required", "protocol": PROTOCOL}

    def _register(self, device):
        try:
            clean = clean_device(device)
        except BadContent as error:
            _logger.info("What a phone says of itself can't be read: %s", error)
            raise ValidationError(
                request.env._(
                    "What the phone says of itself can't be read: update the page."
                )
            ) from None
        request.env["intercommunal.mobile.device"]._register_contact(
            clean["uuid"], clean["name"], clean["version"], clean["unsent"]
        )

    def _get_reasons(self):
        reasons = request.env["intercommunal.reason"].sudo()
        return [
            {"code": reason.code, "name": reason.name}
            for reason in reasons.search([("usage", "=", "cannot_do")])
        ]

    def _get_communes(self):
        """The communes that the user's company serves, for a job found on site."""
        # the page answers whoever is logged in: only those of the field find jobs
        if not request.env["intercommunal.mobile.submission"].has_access("read"):
            return []
        communes = request.env["res.partner"].sudo()
        return [
            {"id": commune.id, "name": commune.name}
            for commune in communes.search(
                [
                    ("is_commune", "=", True),
                    ("intercommunal_epci_id", "=", request.env.company.id),
                ],
                order="name",
            )
        ]
