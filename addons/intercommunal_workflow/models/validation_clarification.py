import base64
import binascii
import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .photo import MAX_BYTES
from .validation import clamp_share

MAX_FILES = 5
MAX_QUESTIONS = 20
HOUR = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


class IntercommunalValidation(models.Model):
    """Questions on what is to be decided, and their answers."""

    _inherit = "intercommunal.validation"

    def action_ask_clarification(
        self,
        question=None,
        asked_user_id=None,
        date_due=None,
        anchor=None,
        channel=None,
    ):
        """Ask somebody something before deciding: the step's clock stops meanwhile.

        :param str question: the question
        :param int asked_user_id: whom, among `_get_askable_users`; who sent the
            content when empty
        :param date_due: date by which the answer is expected; the third working day
            when empty
        :param dict anchor: what is meant: ``kind`` photo (``photo_id``, ``x``, ``y``,
            ``width``, ``height``, shares from 0 to 1), line (``line_id``) or hour
            (``line_id``, ``hour`` as "08:30")
        """
        self.ensure_one()
        question = (question or "").strip()
        if not question:
            raise UserError(self.env._("Write your question."))
        seats = self._begin("ask", None, None)
        run = self.sudo()
        asked = run._find_asked_user(asked_user_id, self.env.user)
        if len(run.clarification_ids) >= MAX_QUESTIONS:
            raise UserError(
                self.env._("That is many questions: call them, or send the work back.")
            )
        step = seats.validation_step_id[:1]
        clarification = run.clarification_ids._create_guarded(
            [
                {
                    **run._prepare_anchor_vals(anchor or {}),
                    "validation_id": run.id,
                    "validation_step_id": step.id,
                    "question": question,
                    "asked_by_id": self.env.user.id,
                    "asked_user_id": asked.id,
                    "asked_at": fields.Datetime.now(),
                    "date_due": run._get_answer_date(date_due),
                }
            ]
        )
        run._record(
            "ask",
            self.env.user,
            question,
            channel,
            seat=seats[:1],
            details={"clarification": clarification.id, "asked": asked.id},
        )
        step._pause()
        seats._write_guarded({"state": "asking"})
        run._notify_asked(clarification)
        run._after_event()
        return True

    def action_answer_clarification(
        self, clarification_id=None, answer=None, files=None, channel=None
    ):
        """Answer a question: the approval goes on where it was.

        :param int clarification_id: the question
        :param str answer: the words of the answer
        :param list files: dicts of ``name`` and ``content`` (base64): photos or PDF
        :raises AccessError: it was asked of somebody else
        """
        self.ensure_one()
        answer = (answer or "").strip()
        if not answer:
            raise UserError(self.env._("Write your answer."))
        self._check_can("action_answer_clarification")
        run = self.sudo()
        run._lock_run()
        run._check_open()
        clarification = run._find_clarification(clarification_id)
        clarification._check_open()
        if not self._may_answer(clarification):
            raise AccessError(
                self.env._(
                    "This question was asked of %(person)s.",
                    person=clarification.asked_user_id.name,
                )
            )
        run._attach_files(clarification, files or [])
        clarification._write_guarded(
            {
                "state": "answered",
                "answer": answer,
                "answered_by_id": self.env.user.id,
                "answered_at": fields.Datetime.now(),
            }
        )
        run._record(
            "answer",
            self.env.user,
            answer,
            channel,
            details={
                "clarification": clarification.id,
                "files": sorted(clarification.attachment_ids.mapped("checksum")),
            },
        )
        clarification._settle()
        run._notify_answered(clarification)
        run._after_event()
        return True

    def action_close_clarification(self, clarification_id=None, channel=None):
        """Go on without the answer to one's own question.

        :param int clarification_id: the question
        """
        self.ensure_one()
        self._check_can("action_close_clarification")
        run = self.sudo()
        run._lock_run()
        run._check_open()
        clarification = run._find_clarification(clarification_id)
        clarification._check_open()
        if clarification.asked_by_id != self.env.user:
            raise AccessError(
                self.env._(
                    "This question was asked by %(person)s.",
                    person=clarification.asked_by_id.name,
                )
            )
        clarification._close_open()
        run._record(
            "answer",
            self.env.user,
            self.env._("Closed without an answer."),
            channel,
            details={"clarification": clarification.id, "closed": True},
        )
        run._after_event()
        return True

    # ----------------------------------------------------------------- helpers

    def _get_askable_users(self):
        """Whom a decider may ask: the people of this file, who can open the run.

        :return: res.users, the most likely first
        """
        self.ensure_one()
        run = self.sudo()
        subject = run._get_subject()
        commune = run.commune_id
        users = (
            subject._get_validation_authors()
            | run.report_id.leader_id
            | run.report_id.team_id.leader_id
            | run.service_id.manager_ids
            | run.service_id.director_id
            | run.subject_request_id.requester_id.user_ids
            | run.subject_request_id.referent_id.user_ids
            | commune._get_role_users("referent")
            | commune._get_role_users("mayor")
            | commune._get_role_users("deputy")
            | commune._get_role_users("dgs")
        )
        return users.filtered(
            lambda user: user != self.env.user and run._can_be_opened_by(user)
        )

    def _find_asked_user(self, user_id, asker):
        users = self.with_user(asker)._get_askable_users().sudo()
        asked = (
            users.filtered(lambda user: user.id == user_id) if user_id else users[:1]
        )
        if not asked:
            raise UserError(
                self.env._(
                    "Choose a person of this file to ask: the team, the service or the"
                    " commune."
                )
            )
        return asked

    def _may_answer(self, clarification):
        """The person asked; a service manager answers for the service's people."""
        user = self.env.user
        asked = clarification.asked_user_id
        return (
            self.env.su
            or user == asked
            or (not asked.share and user in self.sudo().service_id.manager_ids)
        )

    def _get_answer_date(self, date_due):
        today = fields.Date.context_today(self)
        date = self._read_date(date_due) or self._get_due_date(3)
        if date < today:
            raise UserError(
                self.env._("The date of the answer is over: choose another.")
            )
        return date

    def _find_clarification(self, clarification_id):
        found = self.clarification_ids.filtered(
            lambda question: question.id == clarification_id
        )
        if not found:
            raise UserError(
                self.env._(
                    "This question is not part of “%(name)s”.", name=self.display_name
                )
            )
        return found

    def _prepare_anchor_vals(self, anchor):
        """What a question is about, checked.

        :param dict anchor: see `action_ask_clarification`
        """
        kind = anchor.get("kind") or "none"
        vals = {"anchor_kind": kind}
        if kind == "none":
            return vals
        if kind == "photo":
            vals["photo_id"] = self._find_photo(anchor.get("photo_id")).id
            for name in ("x", "y", "width", "height"):
                vals[f"anchor_{name}"] = self._clamp_anchor(anchor.get(name))
            return vals
        if kind not in ("line", "hour"):
            raise UserError(self.env._("Choose what the question is about."))
        if kind == "line" or anchor.get("line_id"):
            vals["line_id"] = self._find_line(anchor.get("line_id")).id
        if kind == "hour":
            hour = str(anchor.get("hour") or "").strip()
            if not HOUR.fullmatch(hour):
                raise UserError(self.env._("Write the hour as 08:30."))
            vals["anchor_hour"] = hour
        return vals

    @api.model
    def _clamp_anchor(self, value):
        try:
            return clamp_share(value or 0)
        except (TypeError, ValueError):
            raise UserError(
                self.env._("The place on the photo can't be read: draw it again.")
            ) from None

    # ------------------------------------------------------------------- files

    def _attach_files(self, clarification, files):
        """Keep the files of an answer: photos encoded anew, or PDF documents."""
        if len(files) > MAX_FILES:
            raise UserError(
                self.env._("%(count)s files at most in an answer.", count=MAX_FILES)
            )
        self.env["ir.attachment"].create(
            [
                {
                    **self._prepare_file_vals(file),
                    "res_model": clarification._name,
                    "res_id": clarification.id,
                }
                for file in files
            ]
        )

    @api.model
    def _prepare_file_vals(self, file):
        name = re.sub(r"[^\w\-. ]", "_", str(file.get("name") or "")).strip(" .")[:80]
        try:
            content = base64.b64decode(file.get("content") or b"")
        except (binascii.Error, ValueError):
            content = b""
        if content.startswith(b"%PDF-"):
            if len(content) > MAX_BYTES:
                raise UserError(
                    self.env._("“%(name)s” weighs more than 15 MB.", name=name)
                )
            stem = name.removesuffix(".pdf") or "document"
            return {
                "name": f"{stem}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
            }
        photos = self.env["intercommunal.photo"]
        clean = photos._decode_image(file.get("content"), name)
        stem = name.rpartition(".")[0] or name or "photo"
        return {"name": f"{stem}.jpg", "raw": clean, "mimetype": "image/jpeg"}
