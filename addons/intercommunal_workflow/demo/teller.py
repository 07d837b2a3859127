"""Plays the stories of the demonstration: each turn is the real transition, done by
the person who may do it, at the time it would have happened."""

from datetime import datetime, time, timedelta

import pytz

from odoo import Command, fields
from odoo.tools import SQL

from . import clock, sketch
from .services import TYPES
from .stories import get_turns
from .teller_approval import ApprovalTurns

PARIS = pytz.timezone("Europe/Paris")
DAYS_TO_CLOSE = 15


class Teller(ApprovalTurns):
    """Tells one story after the other.

    :param demo: the `intercommunal.demo` model, which knows the records by their key
    """

    def __init__(self, demo):
        self.demo = demo
        self.env = demo.env
        self.now = fields.Datetime.now()
        self.today = fields.Date.context_today(demo)

    # ------------------------------------------------------------------ a story

    def tell(self, story):
        """Play ``story`` from its draft to where its path ends.

        :return: the `intercommunal.request`, in its requester's environment
        """
        turns = get_turns(story)
        self.turns_left = len(turns)
        self.last = None
        self.at(story["sent"], 8.9)
        request = self.play(story, None, self.draft)
        for turn in turns:
            self.turns_left -= 1
            self.play(story, request, getattr(self, turn))
        clock.set_clock(None)
        return request

    def play(self, story, request, turn):
        """Do one turn and give what it wrote in the chatter the story's time."""
        last_message = self.last_message_id()
        result = turn(story) if request is None else turn(story, request)
        # the chatter's tracking is written now, not once for all at the commit
        self.env.cr.flush()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET date = %s, create_date = %s WHERE id > %s",
                self.last,
                self.last,
                last_message,
            )
        )
        return result

    def last_message_id(self):
        [(last,)] = self.env.execute_query(
            SQL("SELECT COALESCE(MAX(id), 0) FROM mail_message")
        )
        return last

    # ----------------------------------------------------------------- the time

    def at(self, day, hour):
        """Set the clock to ``hour`` (Paris) of a working day."""
        self.day = day
        self.set_clock(self.get_moment(day, hour))

    def later(self, days, hour):
        """Set the clock ``days`` working days after the turn before."""
        self.at(self.day + days, hour)

    def set_clock(self, moment):
        """Show ``moment``, but never go back, nor beyond the true time.

        What is left to tell of a story of today is told a few minutes apart.
        """
        moment = min(moment, self.now - timedelta(minutes=7 * (self.turns_left + 1)))
        if self.last:
            moment = max(moment, self.last + timedelta(minutes=3))
        self.last = min(moment, self.now)
        clock.set_clock(self.last)

    def get_date(self, day):
        """Date of a working day, counted from today."""
        date, step = self.today, timedelta(days=1 if day > 0 else -1)
        while date.weekday() > 4:
            date += step
        for _day in range(abs(day)):
            date += step
            while date.weekday() > 4:
                date += step
        return date

    def get_moment(self, day, hour):
        """UTC of ``hour`` in Paris on a working day."""
        local = datetime.combine(self.get_date(day), time()) + timedelta(hours=hour)
        return PARIS.localize(local).astimezone(pytz.utc).replace(tzinfo=None)

    # --------------------------------------------------------------- the people

    def user(self, key):
        return self.demo._ref(f"user_{key}")

    def referent(self, request):
        return request.commune_id._get_role_users("referent")[:1]

    def manager(self, request):
        return request.sudo().service_id.manager_ids[:1]

    def job(self, request):
        """The request's intervention, as its team leader."""
        job = request.sudo().intervention_ids[:1]
        return job.sudo(False).with_user(job.leader_id)

    # ---------------------------------------------------------------- the turns

    def draft(self, story):
        author = self.user(story.get("by") or story["who"])
        request = (
            self.env["intercommunal.request"]
            .with_user(author)
            .create(self.prepare_request_vals(story))
        )
        if photo := story.get("photo"):
            self.add_photos(request, (("request", *photo),))
        # creation has no transition: its times are defaults of the columns
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE intercommunal_request SET create_date = %s, ball_since = %s"
                " WHERE id = %s",
                self.last,
                self.last,
                request.id,
            )
        )
        request.invalidate_recordset(["create_date", "ball_since"])
        return request

    def prepare_request_vals(self, story):
        kind = story["type"]
        site = story.get("site")
        vals = {
            "name": story["name"],
            "description": story["text"],
            "commune_id": self.demo._ref(f"commune_{story['commune']}").id,
            "requester_id": self.user(story["who"]).partner_id.id,
            "service_id": self.demo._ref(f"service_{TYPES[kind][0]}").id,
            "type_id": self.demo._ref(f"type_{kind}").id,
            "site_id": self.demo._ref(f"site_{site}").id if site else False,
            "address": story.get("address"),
            "priority": story.get("priority", "0"),
            "properties": self.prepare_answers(story),
        }
        if "due" in story:
            vals["date_desired"] = self.get_date(story["due"])
        return vals

    def prepare_answers(self, story):
        """Answers to the type's questions; dates are working days."""
        kinds = {field["name"]: field["type"] for field in TYPES[story["type"]][4]}
        return {
            name: fields.Date.to_string(self.get_date(value))
            if kinds[name] == "date"
            else value
            for name, value in story["answers"].items()
        }

    def submit(self, story, request):
        self.at(story["sent"], 9.2)
        request.action_submit()

    def ask(self, story, request):
        self.later(1, 11)
        request.with_user(self.manager(request)).action_ask_info(
            story["question"], (self.last + timedelta(days=5)).date()
        )

    def answer(self, story, request):
        self.later(1, 16)
        request.action_answer_info(story["answer"])

    def accept(self, story, request):
        self.later(*self.get_acceptance(story))
        request = request.with_user(self.manager(request))
        vals = {}
        # the day that the delays of the service give stays, unless it promised another
        if "due" in story or not request.deadline:
            due = story.get("due") or self.get_default_due(story)
            vals["deadline"] = self.get_date(due)
        if "estimate" in story:
            vals["estimated_cost"] = story["estimate"]
        request.write(vals)
        request.action_accept()
        self.date_runs(request.sudo().validation_ids)

    def get_acceptance(self, story):
        """Working days to wait and hour: the next afternoon, sooner when it is urgent."""
        left = story["job"]["day"] - self.day if "job" in story else 9
        if left > 1:
            return 1, 14.1
        return (0, 14.1) if left == 1 else (0, 9.6)

    def get_default_due(self, story):
        """A week after the work, or two weeks after the request."""
        job = story.get("job")
        return job["day"] + 5 if job else story["sent"] + 10

    def agree(self, story, request):
        self.later(1, 18.5)
        run = request.sudo().validation_ids.filtered(lambda run: run.state == "open")
        run.sudo(False).with_user(run.pending_user_ids[:1]).action_approve(
            channel="portal"
        )

    def reject(self, story, request):
        self.later(1, 14.5)
        request.with_user(self.manager(request)).action_reject(
            self.get_reason("refuse", story["reason"]).id, story["words"]
        )

    def contest(self, story, request):
        self.later(2, 17)
        request.with_user(self.referent(request)).action_contest(story["contest"])

    def withdraw(self, story, request):
        self.at(story["sent"], 11.5)
        request.action_withdraw()

    def cancel(self, story, request):
        self.later(2, 10)
        request.with_user(self.manager(request)).action_cancel(
            self.get_reason("cancel", story["reason"]).id, story["words"]
        )

    def get_reason(self, usage, code):
        return self.env["intercommunal.reason"].search(
            [("usage", "=", usage), ("code", "=", code)]
        )

    # ------------------------------------------------------------------ the work

    def plan(self, story, request):
        plan = story["job"]
        # half an hour after the acceptance
        self.set_clock(self.last + timedelta(minutes=30))
        request = request.with_user(self.manager(request))
        request.action_schedule()
        job = request.intervention_ids
        start = self.get_moment(plan["day"], plan["hour"])
        if instructions := plan.get("instructions"):
            job.instructions = instructions
        job.action_plan(
            self.demo._ref(f"team_{plan['team']}").id,
            start,
            start + timedelta(hours=plan["hours"]),
            agent_ids=[self.user(key).id for key in self.get_crew(plan)] or None,
        )

    def get_crew(self, plan):
        return [key for key, _minutes in plan.get("labour", ())]

    def start(self, story, request):
        self.at(story["job"]["day"], story["job"]["hour"] + 0.1)
        self.job(request).action_start()

    def block(self, story, request):
        self.at(story["job"]["day"], story["job"]["hour"] + 0.6)
        self.job(request).action_block(*story["block"])

    def finish(self, story, request):
        plan = story["job"]
        self.at(plan["day"], plan["hour"] + plan["hours"])
        self.job(request).action_finish()

    def report(self, story, request):
        plan = story["job"]
        self.at(plan["day"], plan["hour"] + plan["hours"] + 0.4)
        job = self.job(request)
        self.send_report(job, plan, job.started_at)

    def send_back(self, story, request):
        self.later(1, 10.3)
        run = self.decide(request)
        shot = request.sudo().intervention_ids.report_id.photo_ids[:1]
        if mark := story.get("mark"):
            words, points = mark
            run.action_annotate(
                words,
                channel="portal",
                photo_id=shot.id,
                marks=[{"kind": "rect", "points": points}],
            )
        run.action_rework(story["back"], channel="portal", photo_id=shot.id)

    def redo(self, story, request):
        redo = story["redo"]
        job = self.job(request)
        self.later(redo["wait"], 8.5)
        job.action_start()
        started = self.last
        self.later(0, 8.5 + redo["labour"][0][1] / 60)
        job.action_finish()
        self.send_report(job, redo, started)

    def approve(self, story, request):
        self.later(1, 10.2)
        self.decide(request).action_approve(channel="portal")

    def rate(self, story, request):
        self.later(0, 17.2)
        request.action_rate(*story["opinion"])

    def close(self, story, request):
        self.set_clock(self.last + timedelta(days=DAYS_TO_CLOSE))
        self.demo._close_request(self.env[request._name].browse(request.id))

    def decide(self, request):
        """The open approval of the report, as the person asked to decide."""
        run = self.job(request).sudo().report_id.validation_id
        return run.sudo(False).with_user(run.pending_user_ids[:1])

    def send_report(self, job, plan, started):
        """Fill in the draft of the leader and send it."""
        job.action_open_report()
        report = job.report_id
        report.write(
            {
                "summary": plan["summary"],
                "started_at": started,
                "ended_at": job.ended_at,
                "line_ids": self.prepare_lines(plan, len(report.line_ids)),
            }
        )
        self.add_photos(report, plan["photos"])
        report.action_send()
        self.date_runs(report.sudo().validation_id)

    def prepare_lines(self, plan, before):
        lines = [
            {"kind": "labour", "agent_id": self.user(key).id, "minutes": minutes}
            for key, minutes in plan["labour"]
        ]
        lines += [
            {
                "kind": "equipment",
                "product_id": self.demo._ref(f"product_{key}").id,
                "minutes": minutes,
            }
            for key, minutes in plan.get("machines", ())
        ]
        lines += [
            {
                "kind": "material",
                "product_id": self.demo._ref(f"product_{key}").id,
                "quantity": quantity,
            }
            for key, quantity in plan.get("supplies", ())
        ]
        if km := plan.get("km"):
            lines.append(
                {
                    "kind": "travel",
                    "product_id": self.demo._ref("product_km").id,
                    "quantity": km,
                }
            )
        return [
            Command.create({**line, "date": self.last.date(), "sequence": 10 * rank})
            for rank, line in enumerate(lines, before + 1)
        ]

    def add_photos(self, owner, photos):
        field = {
            "intercommunal.request": "request_id",
            "intercommunal.report": "report_id",
        }[owner._name]
        owner.env["intercommunal.photo"].create(
            [
                {
                    field: owner.id,
                    "kind": kind,
                    "name": caption,
                    "image": sketch.draw(scene),
                    "taken_at": self.last - timedelta(minutes=20),
                }
                for kind, scene, caption in photos
            ]
        )

    def date_runs(self, runs):
        """The opening of an approval is a default of the column, not a transition."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE intercommunal_validation SET opened_at = %s WHERE id IN %s",
                self.last,
                runs._ids or (0,),
            )
        )
        runs.invalidate_recordset(["opened_at"])
