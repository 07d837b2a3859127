import json
import logging
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import plaintext2html

from odoo.addons.intercommunal_workflow.models.validation_subject import (
    canonical_json,
    sha256,
)

from ..tools import content as contents
from .intervention import REPORT_ACTIVITY

_logger = logging.getLogger(__name__)
# What moves a job and says little else, and the state that it asks for by itself.
MOVES = {"start": "in_progress", "resume": "in_progress", "block": None}
# Of one person within an hour: twenty reports with all that goes with them, and ten
# times more than a team has in a day.
MAX_MESSAGES = 200
MESSAGE_ACTIVITY = "intercommunal_mobile.mail_activity_type_message"


class IntercommunalMobileSubmission(models.Model):
    """What becomes of a message: claimed once, written, sent; never lost."""

    _inherit = "intercommunal.mobile.submission"

    @api.model
    def _check_sender(self):
        """The current user may send a message now.

        Who left the field since may send what they wrote; a commune never may.

        :raises AccessError: somebody of a commune
        :raises UserError: too many within an hour; the phone sends it later
        """
        if self.env.user.share:
            raise AccessError(self.env._("Only the teams send messages from a phone."))
        since = fields.Datetime.now() - timedelta(hours=1)
        known = self.sudo().search_count(
            [("user_id", "=", self.env.uid), ("received_at", ">=", since)],
            limit=MAX_MESSAGES,
        )
        if known >= MAX_MESSAGES:
            raise UserError(
                self.env._(
                    "You sent %(limit)s messages within an hour: the phone keeps this"
                    " one and sends it later.",
                    limit=MAX_MESSAGES,
                )
            )

    @api.model
    def _receive(self, uuid, values, protocol=contents.PROTOCOL):
        """Take a message of a phone, whatever the office did meanwhile.

        Claim, report, chatter and transition are one transaction: the phone hears
        "created" of what is written, or an error of what is not.

        :param str uuid: identifier that the phone gave to the draft
        :param dict values: the message, see `..tools.content`
        :return: the answer to the phone, see `_prepare_answer`
        :raises ValidationError: the message can't be read at all
        """
        try:
            clean = contents.clean(values)
        except contents.BadContent as error:
            _logger.info("The message %s can't be read: %s", uuid, error)
            raise ValidationError(
                self.env._(
                    "The phone's message can't be read: update the page and send again."
                )
            ) from None
        digest = sha256(canonical_json(_to_json(clean)))
        job = (
            self.env["intercommunal.intervention"].sudo().browse(clean["job"]).exists()
        )
        submission, outcome = self._claim(uuid, digest, job, protocol, clean["kind"])
        if outcome == "created":
            submission.sudo()._intake(clean)
        return submission._prepare_answer(outcome)

    def _intake(self, clean):
        """Keep the message and make of it what it asks for (called as superuser)."""
        self.ensure_one()
        self._keep_position(clean.pop("position", None))
        self.write(
            {
                "content": json.dumps(_to_json(clean), ensure_ascii=False, indent=1),
                "captured_at": self._not_after(clean["captured_at"]),
            }
        )
        self._expect_photos(clean["photos"])
        if self._needs_no_move():
            self.state = "complete"
            return
        if self.state == "to_reconcile":
            self._call_dispatcher(
                self.env._("The job was cancelled, handed over or reported meanwhile.")
            )
            return
        self._try(lambda: getattr(self, f"_intake_{clean['kind']}")(clean))
        self._finish()

    def _not_after(self, moment, limit=None):
        """``moment``, or the message's reception: a phone's clock may run ahead.

        :param limit: an earlier one, that it may not be after either
        """
        return moment and min(moment, limit or self.received_at.replace(microsecond=0))

    def _needs_no_move(self):
        """Whether a movement changes nothing: the job is there, or the sender's next
        word on it came first."""
        job = self.intervention_id
        if not job or self.kind not in MOVES:
            return False
        if job.state == MOVES[self.kind] and not self._as_sender(
            job
        )._get_cannot_actor_reason(f"action_{self.kind}"):
            return True
        return bool(self.captured_at) and bool(
            self.search_count(
                [
                    ("intervention_id", "=", job.id),
                    ("user_id", "=", self.user_id.id),
                    ("captured_at", ">", self.captured_at),
                ],
                limit=1,
            )
        )

    def _try(self, step):
        """Run ``step``; what it refuses is kept for somebody to settle.

        :return: whether it went through
        """
        try:
            with self.env.cr.savepoint():
                step()
        except UserError as error:
            self._call_dispatcher(str(error))
            return False
        return True

    def _call_dispatcher(self, fault):
        """Somebody in the office must look at it: the reason, and an activity."""
        self.write({"state": "to_reconcile", "fault": fault})
        job = self.intervention_id
        manager = job.service_id.manager_ids.filtered("active")[:1]
        if job and manager:
            job.activity_schedule(
                MESSAGE_ACTIVITY,
                summary=self.env._("A phone's message waits for you"),
                # the screen that settles it is one click away
                note=plaintext2html(fault) + self._get_html_link(),
                user_id=manager.id,
            )
        else:
            self._tell_somebody(fault)

    def _tell_somebody(self, fault):
        """No manager answers for the message: those near it are told, by message."""
        managers = self._get_sender_teams().service_id.manager_ids.filtered("active")
        admins = self.env.ref("intercommunal_workflow.group_intercommunal_admin")
        told = managers or admins.sudo().all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        if told:
            self.env["mail.thread"].message_notify(
                model=self._name,
                res_id=self.id,
                partner_ids=told.partner_id.ids,
                author_id=self.user_id.partner_id.id,
                notify_author=True,
                subject=self.env._("A phone's message waits for you"),
                body=plaintext2html(
                    self.env._(
                        "%(person)s sent it: %(fault)s",
                        person=self.user_id.name,
                        fault=fault,
                    )
                ),
            )

    def _get_sender_teams(self):
        """Teams of who sent this message, in its intercommunality."""
        return (
            self.env["intercommunal.team"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    "|",
                    ("leader_id", "=", self.user_id.id),
                    ("member_ids", "in", self.user_id.ids),
                ]
            )
        )

    def _tell_late_photos(self):
        """The office sent the report before its photos came (as superuser)."""
        late = self.photo_ids.filtered(
            lambda photo: photo.state == "received" and not photo.photo_id
        )
        fault = self.env._(
            "Photos that came after the report had left, and are kept here: %(count)s.",
            count=len(late),
        )
        if len(late) > 1 and self.state == "to_reconcile":
            # told already, with the first of them
            self.fault = fault
        else:
            self._call_dispatcher(fault)

    # -------------------------------------------------------------------- kinds

    def _as_sender(self, records):
        """``records`` with the rights of who sent this message."""
        return records.with_user(self.user_id)

    def _intake_start(self, _clean):
        self._as_sender(self.intervention_id).action_start()

    def _intake_resume(self, _clean):
        self._as_sender(self.intervention_id).action_resume()

    def _intake_block(self, clean):
        self._as_sender(self.intervention_id).action_block(
            clean["reason"], clean["summary"]
        )

    def _intake_answer(self, clean):
        questions = self.env["intercommunal.clarification"].sudo()
        question = questions.browse(clean["question"]).exists()
        run = self._as_sender(question.validation_id)
        if not run:
            raise UserError(self.env._("This question is not there any more."))
        run.action_answer_clarification(question.id, clean["summary"], channel="mobile")

    def _intake_unplanned(self, clean):
        """A job found on site: the service confirms it as a request."""
        mine = self._get_sender_teams()
        service = (
            mine.service_id.filtered(lambda service: service.id == clean["service"])
            or mine.service_id[:1]
        )
        commune = self.env["res.partner"].sudo().browse(clean["commune"]).exists()
        if not service or not commune.is_commune or not clean["name"]:
            raise UserError(
                self.env._("Say in which commune, and what is to be done there.")
            )
        request = (
            self.env["intercommunal.request"]
            .sudo()
            .create(
                {
                    "name": clean["name"],
                    "description": clean["summary"],
                    "commune_id": commune.id,
                    "service_id": service.id,
                    "company_id": service.company_id.id,
                }
            )
        )
        request._message_log(
            body=self.env._("Found on site by %(person)s.", person=self.user_id.name),
            author_id=self.user_id.partner_id.id,
        )
        request._write_guarded({"found_by_id": self.user_id.id})
        self.request_id = request
        request.action_submit()

    def _intake_report(self, clean):
        """Write the draft version from what the phone says.

        The phone tells the whole version: what the draft copied from a recalled one
        gives way to it, and the lines of a version that was decided on stay.
        """
        job = self.intervention_id
        self._check_free_draft(job)
        report = job._get_draft_report()
        decided = self._get_decided_version(report)
        # a clock that was put right in between may end before it began
        ended_at = self._not_after(clean["ended_at"])
        # words of another version are not this one's
        report.write(
            {
                "outcome": clean["outcome"],
                "summary": self._get_summary(clean),
                "remaining": clean["remaining"],
                "started_at": self._not_after(clean["started_at"], ended_at),
                "ended_at": ended_at,
                "signature": clean["signature"] or False,
                "line_ids": [
                    Command.clear(),
                    *job._prepare_report_vals(decided).get("line_ids", []),
                    *self._prepare_line_commands(report, clean, bool(decided)),
                ],
            }
        )
        report._write_guarded({"client_uuid": self.uuid})
        self.report_id = report

    def _get_decided_version(self, report):
        """The last version before ``report`` that the commune sent back, if any."""
        return self._get_earlier_versions(report).filtered(
            lambda other: other.state in ("to_redo", "refused")
        )[-1:]

    @api.model
    def _get_earlier_versions(self, report):
        """The versions before ``report``, the last one last."""
        return report.intervention_id.report_ids.filtered(
            lambda other: other.version < report.version
        ).sorted("version")

    def _prepare_line_commands(self, report, clean, is_again):
        """Commands of the phone's lines; a version recalled is no work done again.

        :param bool is_again: whether the commune sent a version back
        """
        again = is_again or bool(report.intervention_id.reserve_id)
        return [
            Command.create({**vals, "is_rework": again})
            for vals in self._prepare_lines(report, clean)
        ]

    def _check_free_draft(self, job):
        """A draft that somebody wrote in is not written over, nor mixed."""
        draft = job.report_id if job.report_id.state == "draft" else job.report_id[:0]
        if draft and self._is_written(draft):
            raise UserError(
                self.env._(
                    "%(report)s already holds what somebody else wrote: compare, then"
                    " settle.",
                    report=draft.display_name,
                )
            )

    def _is_written(self, draft):
        """Whether ``draft`` says more than what it was made with.

        Told by its content: who wrote last says nothing of what a recall copied.
        """
        job = draft.intervention_id
        before = self._get_earlier_versions(draft)[-1:]
        made = job._prepare_report_vals(before)
        return (
            (draft.summary or "") != (made.get("summary") or "")
            or draft.outcome != made.get("outcome", "done")
            or bool(draft.remaining or draft.signature)
            or draft.started_at not in (False, made.get("started_at"))
            or draft.ended_at not in (False, made.get("ended_at"))
            or self._differs(
                [line._prepare_copy_vals() for line in draft.line_ids],
                [vals for _code, _id, vals in made.get("line_ids", [])],
            )
            or self._has_own_photos(draft, before)
        )

    @api.model
    def _has_own_photos(self, draft, before):
        """Whether ``draft`` has other photos than those that a recall copied."""
        # a copy is encoded anew: its checksum is another one
        copied = before.photo_ids.filtered(lambda photo: before.state == "superseded")
        one, other = (
            [(photo.name, photo.kind, photo.taken_at) for photo in photos]
            for photos in (draft.photo_ids, copied)
        )
        return bool(one) and self._differs(one, other)

    @api.model
    def _differs(self, one, other):
        """Whether two lists differ, in whatever order."""
        left = list(other)
        for vals in one:
            if vals not in left:
                return True
            left.remove(vals)
        return bool(left)

    def _get_summary(self, clean):
        """The words of the report: the reason first, then the note and the list."""
        parts = []
        if clean["outcome"] == "impossible" and clean["reason"]:
            reason = self.env["intercommunal.reason"].search(
                [("usage", "=", "cannot_do"), ("code", "=", clean["reason"])], limit=1
            )
            parts.append(reason.name or clean["reason"])
        parts.append(clean["summary"])
        parts += [
            f"{'☑' if check['done'] else '☐'} {check['label']}"
            for check in clean["checks"]
        ]
        if clean["signer"]:
            parts.append(self.env._("Signed by %(name)s", name=clean["signer"]))
        words = "\n".join(part for part in parts if part)
        return (
            words
            or dict(
                self.env["intercommunal.report"]
                ._fields["outcome"]
                ._description_selection(self.env)
            )[clean["outcome"]]
        )

    def _prepare_lines(self, report, clean):
        """Values of the lines, of the people and items of this job alone."""
        people = report.available_agent_ids
        items = report.intervention_id.type_id.product_ids
        today = fields.Date.context_today(self)
        done = clean["ended_at"] or clean["captured_at"]
        day = fields.Datetime.context_timestamp(self, done).date() if done else today
        vals_list = []
        for line in clean["lines"]:
            agent = people.filtered(lambda user, line=line: user.id == line["agent"])
            product = items.filtered(lambda item, line=line: item.id == line["product"])
            vals_list.append(
                {
                    "kind": line["kind"],
                    "agent_id": agent.id,
                    "product_id": product.id,
                    "minutes": line["minutes"],
                    "quantity": line["quantity"] or 1.0,
                    # a phone's clock may run ahead
                    "date": min(day, today),
                    **({"name": line["name"]} if line["name"] else {}),
                }
            )
        return vals_list

    # ---------------------------------------------------------------- completion

    def _update_completeness(self):
        super()._update_completeness()
        for submission in self.sudo():
            if submission.report_id:
                submission._finish()

    def _finish(self):
        """Once every photo is here, the leader's report leaves for the commune."""
        report = self.report_id
        if self.state != "complete" or report.state != "draft":
            return
        if self.intervention_id._expects_sender(self.user_id):
            self._try(lambda: self._as_sender(report).action_send())
        else:
            self._tell_leader()

    def _tell_leader(self):
        """An agent wrote the report: its leader reads and sends it."""
        job = self.intervention_id
        leader = job.leader_id or job.team_id.leader_id
        if leader:
            job.activity_schedule(
                REPORT_ACTIVITY,
                summary=self.env._("A report of your team is ready to send"),
                user_id=leader.id,
            )

    # ------------------------------------------------------------------ settling

    def action_settle(self, intervention_id=None, note=None):
        """Settle what could not be used: as a report of a job, or by a word on it.

        The report stays a draft, which the service reads and sends.

        :param int intervention_id: the job whose report it becomes, if it does
        :param str note: what was done with it
        :return: the window action of the report, or True
        :raises AccessError: not one's service
        """
        self.ensure_one()
        self._check_settles()
        submission = self.sudo()
        note = (note or "").strip()
        called = submission.intervention_id
        job = (
            self.env["intercommunal.intervention"]
            .browse(intervention_id or [])
            .exists()
        )
        if not (job or note):
            raise UserError(
                self.env._(
                    "Choose the job that it reports, or say what you did with it."
                )
            )
        if job:
            job.check_access("write")
            self._check_is_report(submission)
            submission.intervention_id = job
            submission._intake_report(contents.clean(json.loads(submission.content)))
            submission.photo_ids._move_to(submission.report_id)
        submission.write(
            {
                "state": "settled",
                "settled_by_id": self.env.uid,
                "settled_note": note,
            }
        )
        submission._dismiss_dispatcher(called)
        return (
            submission.report_id.with_env(self.env)._get_window_action()
            if job
            else True
        )

    def _dismiss_dispatcher(self, job):
        """``job`` asks nothing more of the office, unless another message does (as
        superuser)."""
        waiting = [("intervention_id", "=", job.id), ("state", "=", "to_reconcile")]
        if job and not self.search_count(waiting, limit=1):
            job.activity_feedback([MESSAGE_ACTIVITY])

    def _check_settles(self):
        self.check_access("read")
        submission = self.sudo()
        if submission.state not in ("to_reconcile", "conflict"):
            raise UserError(self.env._("This message is settled already."))
        user = self.env.user
        managers = submission.intervention_id.service_id.manager_ids
        is_admin = user.has_group("intercommunal_workflow.group_intercommunal_admin")
        is_manager = user.has_group(
            "intercommunal_workflow.group_intercommunal_service_manager"
        )
        if not (is_admin or user in managers or (is_manager and not managers)):
            raise AccessError(self.env._("The managers of the service settle this."))

    def _check_is_report(self, submission):
        if submission.kind != "report" or submission.report_id:
            raise UserError(
                self.env._("This message makes no report: say what you did with it.")
            )

    # -------------------------------------------------------------------- answer

    def _prepare_answer(self, outcome=None):
        """What the phone is told: it believes only what names its own UUID.

        :return: dict uuid, status, state, missing (UUIDs of photos), message, report
        """
        self.ensure_one()
        submission = self.sudo()
        return {
            "uuid": submission.uuid,
            "status": outcome or "known",
            "state": submission.state,
            "missing": submission._get_missing_photo_uuids(),
            "refused": {
                photo.uuid: photo.fault or ""
                for photo in submission.photo_ids
                if photo.state == "refused"
            },
            "message": submission.fault or "",
            "reference": submission.report_id.display_name
            or submission.request_id.reference
            or "",
            "received_at": f"{submission.received_at.isoformat()}Z",
        }

    @api.model
    def _get_status(self, uuids):
        """What the server knows of these drafts of the current user.

        :param list uuids: identifiers, at most 200
        :return: list of answers, of the known ones only
        """
        if not isinstance(uuids, list) or len(uuids) > 200:
            raise ValidationError(self.env._("Ask for 200 reports at most."))
        known = self.sudo().search(
            [
                ("uuid", "in", [uuid for uuid in uuids if contents.to_uuid(uuid)]),
                ("user_id", "=", self.env.uid),
            ]
        )
        return [submission._prepare_answer() for submission in known]

    @api.model
    def _find_photo(self, uuid, photo_uuid):
        """The expected photo of a message of the current user.

        :raises AccessError: unknown, or somebody else's
        """
        # an address may hold what no database takes
        known = contents.to_uuid(uuid) and contents.to_uuid(photo_uuid)
        photo = known and (
            self.env["intercommunal.mobile.photo"]
            .sudo()
            .search(
                [
                    ("uuid", "=", photo_uuid),
                    ("submission_id.uuid", "=", uuid),
                    ("submission_id.user_id", "=", self.env.uid),
                ]
            )
        )
        if not photo:
            raise AccessError(self.env._("This photo is not expected."))
        return photo


def _to_json(value):
    """``value`` with moments as text."""
    if isinstance(value, dict):
        return {name: _to_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    if isinstance(value, (str, int, float, type(None))):
        return value
    return f"{value.isoformat()}+00:00"
