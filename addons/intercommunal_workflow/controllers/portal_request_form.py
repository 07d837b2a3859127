import base64
from datetime import date

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.photo import MAX_BYTES, MAX_PHOTOS
from ..tools.geo import read_point
from . import questions
from .portal import IntercommunalPortal

TEXT_FIELDS = ("name", "description", "address")
POSITION = ("latitude", "longitude")
CITIZEN = ("citizen_name", "citizen_phone", "citizen_email")
FAULTS = "intercommunal_faults"
# as many photos as a request takes, and the words around them
MAX_POST = MAX_PHOTOS * MAX_BYTES + 1024 * 1024


class IntercommunalRequestFormPortal(IntercommunalPortal):
    """Ask: choose a type, answer just its questions, add photos, send or keep.

    What is typed is kept as a draft whatever is wrong with it, photos included; the
    form comes back with what is to correct marked on it.
    """

    @http.route(
        "/my/requests/new", type="http", auth="user", website=True, methods=["GET"]
    )
    def new_request(self, type_id=None, commune_id=None, **_kw):
        """Choose what is needed, then see just the fields of that type."""
        if not request.env.user._get_intercommunal_communes():
            return self._render("intercommunal_workflow.portal_no_commune", {})
        chosen = self._find_type(type_id)
        if not chosen:
            types = (
                request.env["intercommunal.request.type"]
                .search([])
                ._filter_askable(request.env.user)
            )
            return self._render(
                "intercommunal_workflow.portal_request_types",
                {
                    "page_name": "intercommunal_request_new",
                    "services": types.grouped("service_id"),
                },
            )
        return self._render_form(chosen, {"commune_id": commune_id})

    @http.route(
        "/my/requests/new",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=MAX_POST,
    )
    def create_request(self, submit="send", **_post):
        """Keep the draft whatever happens next; send it when asked to."""
        form = request.httprequest.form
        chosen = self._find_type(form.get("type_id"))
        if not chosen:
            return request.redirect("/my/requests/new")
        commune = self._find_commune(form.get("commune_id"))
        vals, faults = self._read_form(form, chosen, commune, submit == "send")
        try:
            if not commune:
                raise UserError(request.env._("Choose the commune that asks."))
            with request.env.cr.savepoint():
                record = request.env["intercommunal.request"].create(
                    {
                        **vals,
                        "name": vals["name"] or chosen.name,
                        "commune_id": commune.id,
                        "requester_id": request.env.user.partner_id.id,
                        "service_id": chosen.service_id.id,
                        "type_id": chosen.id,
                    }
                )
        except UserError as error:
            self._flash(error)
            return self._render_form(chosen, form.to_dict(), faults=faults)
        return self._finish(record, submit, faults)

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
        kept = request.session.pop(FAULTS, None) or {}
        return self._render_form(
            record.type_id,
            self._get_form_values(record),
            record,
            kept["faults"] if kept.get("id") == record.id else {},
        )

    @http.route(
        "/my/requests/<int:request_id>/edit",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=MAX_POST,
    )
    def save_request(self, request_id, submit="send", **_post):
        """Save the changes of a draft, and send it when asked to."""
        record = self._get_editable(request_id)
        if not record:
            return request.not_found()
        form = request.httprequest.form
        vals, faults = self._read_form(
            form, record.type_id, record.commune_id, submit == "send"
        )
        try:
            with request.env.cr.savepoint():
                record.write({**vals, "name": vals["name"] or record.name})
                removed = form.getlist("remove_photo")
                record.photo_ids.filtered(
                    lambda photo: str(photo.id) in removed
                ).unlink()
        except UserError as error:
            self._flash(error)
            return self._render_form(record.type_id, form.to_dict(), record, faults)
        return self._finish(record, submit, faults)

    # ---------------------------------------------------------------- save, send

    def _finish(self, record, submit, faults):
        """Add the photos and the citizen's contact, then send; what fails leaves the
        draft and says why."""
        refusals = self._add_photos(record) + self._keep_citizen(record, faults)
        sending = submit == "send" and record.state == "draft"
        if sending and not faults and not refusals:
            try:
                with request.env.cr.savepoint():
                    record.action_submit()
            except UserError as error:
                refusals.append(str(error))
        if faults or refusals:
            return self._ask_again(record, sending, faults, refusals)
        self._flash(self._get_thanks(record, submit), "success")
        return self._go(f"/my/requests/{record.id}")

    def _ask_again(self, record, sending, faults, refusals):
        """Back to the form, with each fault in its place and all the rest kept."""
        _ = request.env._
        if not sending:
            message = _("Correct what follows. Everything else is saved.")
        elif faults:
            message = _(
                "Not sent yet: correct what is marked below. Everything else is kept"
                " in this draft."
            )
        else:
            message = _("Not sent yet. Everything else is kept in this draft.")
        items = [
            _("%(where)s: %(why)s", where=fault["where"], why=fault["why"])
            for fault in faults.values()
        ]
        self._flash(message, items=[*items, *refusals])
        request.session[FAULTS] = {"id": record.id, "faults": faults}
        return self._go(f"/my/requests/{record.id}/edit")

    def _get_thanks(self, record, submit):
        _ = request.env._
        if record.state == "draft":
            return _("The draft is saved. It is not sent yet.")
        if submit == "send" and record.state == "submitted":
            return _(
                "Your request %(reference)s is sent. You will be told at each step.",
                reference=record.reference,
            )
        return _("Your changes are saved. Now send your answer.")

    def _keep_citizen(self, record, faults):
        """Keep, correct or erase the contact of whom the commune asks for.

        :return: list of sentences
        """
        vals = self._read_citizen(request.httprequest.form)
        for name in set(vals).intersection(faults):
            vals.pop(name)
        citizen = record._get_citizen()
        if not any(vals.values()):
            citizen.unlink()
            return []
        vals = {name.removeprefix("citizen_"): value for name, value in vals.items()}
        try:
            with request.env.cr.savepoint():
                if citizen:
                    citizen.write(vals)
                elif vals.get("name"):
                    citizen.create({**vals, "request_id": record.id})
        except UserError as error:
            return [str(error)]
        return []

    def _add_photos(self, record):
        """Add what was uploaded; a file that is no photo is named, the others stay.

        :return: list of sentences
        """
        refusals = []
        for upload in request.httprequest.files.getlist("photos"):
            if not upload.filename:
                continue
            try:
                with request.env.cr.savepoint():
                    request.env["intercommunal.photo"].create(
                        {
                            "request_id": record.id,
                            "kind": "request",
                            "name": upload.filename[-100:],
                            # one byte too many is enough to be refused as too heavy
                            "image": base64.b64encode(upload.read(MAX_BYTES + 1)),
                        }
                    )
            except UserError as error:
                refusals.append(str(error))
        return list(dict.fromkeys(refusals))

    # --------------------------------------------------------------- what is typed

    def _read_form(self, form, chosen, commune, complete):
        """Values of the model from a posted form; unknown names are ignored.

        :param bool complete: whether what is required must be there
        :return: values of what is right, faults of what is not: by name of the input,
            dicts where (its label), why (a sentence) and typed
        """
        _ = request.env._
        vals = {name: (form.get(name) or "").strip() for name in TEXT_FIELDS}
        faults = {}
        if complete and not vals["name"]:
            faults["name"] = self._fault(
                _("Subject"), _("Say in a few words what is needed."), ""
            )
        site = request.env["intercommunal.site"].search(
            [("id", "=", self._to_id(form.get("site_id")))]
        )
        if site and commune and site.commune_id != commune:
            faults["site_id"] = self._fault(
                _("Site"), _("Choose a site of this commune."), site.id
            )
            site = site.browse()
        vals["site_id"] = site.id
        typed = (form.get("date_desired") or "").strip()
        try:
            vals["date_desired"] = typed and date.fromisoformat(typed)
        except ValueError:
            faults["date_desired"] = self._fault(
                _("Wished date"), _("This is not a date."), typed
            )
        position, misplaced = self._read_position(form)
        vals.update(position)
        faults.update(misplaced, **self._check_citizen(form))
        if form.get("priority") in ("0", "1", "2"):
            vals["priority"] = form["priority"]
        answers, unanswered = self._read_answers(form, chosen, complete)
        if answers:
            vals["properties"] = answers
        return vals, faults | unanswered

    def _read_position(self, form):
        """The point that the phone gave, or none; what is no point is named.

        :return: values and faults
        """
        typed = [(form.get(name) or "").strip() for name in POSITION]
        if not any(typed):
            return dict.fromkeys(POSITION, 0.0), {}
        if point := read_point(*typed):
            return dict(zip(POSITION, point, strict=True)), {}
        _ = request.env._
        why = _("This position can't be read: take it again, or write the place.")
        return {}, {"latitude": self._fault(_("Position"), why, "")}

    def _read_citizen(self, form):
        return {name: (form.get(name) or "").strip()[:150] for name in CITIZEN}

    def _check_citizen(self, form):
        """What is wrong with the contact of whom the commune asks for."""
        _ = request.env._
        vals, faults = self._read_citizen(form), {}
        if any(vals.values()) and not vals["citizen_name"]:
            faults["citizen_name"] = self._fault(
                _("Name of the citizen"), _("Say whose contact this is."), ""
            )
        email = vals["citizen_email"]
        if email and "@" not in email:
            faults["citizen_email"] = self._fault(
                _("E-mail of the citizen"),
                _("“%(email)s” is not an e-mail address.", email=email),
                email,
            )
        return faults

    def _read_answers(self, form, chosen, complete):
        """Answers to the type's questions, and what is wrong with some of them."""
        _ = request.env._
        answers, faults = {}, {}
        for question in questions.describe(chosen.properties_definition):
            if question["type"] == "separator":
                continue
            key, typed = question["key"], form.get(question["key"], "")
            try:
                answer = questions.read_answer(request.env, question, form)
            except (ValueError, OverflowError):
                why = _("“%(value)s” can't be read here.", value=typed)
                faults[key] = self._fault(question["label"], why, typed)
                continue
            answers[question["name"]] = answer
            if complete and question["required"] and not questions.is_answered(answer):
                why = _("An answer is needed.")
                faults[key] = self._fault(question["label"], why, typed)
        return answers, faults

    def _fault(self, where, why, typed):
        return {"where": where, "why": why, "typed": typed}

    # ----------------------------------------------------------------- show a form

    def _render_form(self, chosen, values, record=None, faults=None):
        """
        :param dict values: what each input shows, by name
        :param faults: see `_read_form`; what was typed shows again
        """
        faults = faults or {}
        communes = request.env.user._get_intercommunal_communes()
        commune = record.commune_id if record else None
        commune = commune or self._find_commune(values.get("commune_id"))
        priority = request.env["intercommunal.request"]._fields["priority"]
        return self._render(
            "intercommunal_workflow.portal_request_form",
            {
                "page_name": "intercommunal_request_new",
                "record": record,
                "type": chosen,
                "values": {
                    **values,
                    **{name: fault["typed"] for name, fault in faults.items()},
                },
                "faults": faults,
                "questions": self._get_inputs(chosen, values, record, faults),
                "communes": communes,
                "commune": commune,
                "sites": request.env["intercommunal.site"]
                .search([("commune_id", "in", (record and commune or communes).ids)])
                .grouped("commune_id"),
                "priorities": priority._description_selection(request.env),
            },
        )

    def _get_inputs(self, chosen, values, record, faults):
        """The type's questions with what their inputs show and their options."""
        posted = request.httprequest.form
        stored = record._get_portal_answers() if record else None
        inputs = questions.describe(chosen.properties_definition, stored)
        for question in inputs:
            key = question["key"]
            if posted:
                tags = question["type"] == "tags"
                shown = posted.getlist(key) if tags else values.get(key)
            elif key in faults:
                shown = faults[key]["typed"]
            else:
                shown = questions.to_input(request.env, question)
            question["value"] = shown
            question["options"] = questions.get_options(question)
        return inputs

    def _get_form_values(self, record):
        citizen = record._get_citizen()
        return {
            **{name: record[name] or "" for name in TEXT_FIELDS},
            **{name: record[name] or "" for name in POSITION},
            **{name: citizen[name.removeprefix("citizen_")] or "" for name in CITIZEN},
            "site_id": record.site_id.id,
            "date_desired": record.date_desired or "",
            "priority": record.priority,
        }

    # --------------------------------------------------------------------- lookups

    def _get_editable(self, request_id):
        record = self._get_record("intercommunal.request", request_id)
        if not record or not record.has_access("write"):
            return None
        return record if record.state in ("draft", "info_requested") else None

    def _find_type(self, type_id):
        types = request.env["intercommunal.request.type"]
        found = types.search([("id", "=", self._to_id(type_id))])
        return found._filter_askable(request.env.user)

    def _find_commune(self, commune_id):
        """The commune that asks: the only one of the user, else the one they chose."""
        communes = request.env.user._get_intercommunal_communes()
        if len(communes) == 1:
            return communes
        chosen = self._to_id(commune_id)
        return communes.filtered(lambda commune: commune.id == chosen)

    def _to_id(self, value):
        return int(value) if str(value or "").isdecimal() else False
