"""The turns of the stories in which people decide otherwise than by a plain yes."""

from datetime import timedelta


class ApprovalTurns:
    """Questions, réserves, stand-ins, delays and arbitration, for the teller."""

    def ask_deciders(self, story, request):
        """The referent asks about a corner of the last photo."""
        self.later(1, 9.4)
        run = self.decide(request)
        asked = story["asked"]
        x, y, width, height = asked["area"]
        run.action_ask_clarification(
            asked["text"],
            anchor={
                "kind": "photo",
                "photo_id": run.sudo().report_id.photo_ids.sorted("id")[-1].id,
                "x": x,
                "y": y,
                "width": width,
                "height": height,
            },
            channel="portal",
        )

    def approve_reserves(self, story, request):
        self.later(1, 11.2)
        run = self.decide(request)
        reserve = story["reserve"]
        line = run.sudo().report_id.line_ids.sorted("sequence")[0]
        run.action_approve_reserves(
            [
                {
                    "line_id": line.id,
                    "acceptance": "reserved",
                    "minutes_accepted": reserve["minutes"],
                    "text": reserve["text"],
                }
            ],
            comment=reserve["words"],
            channel="portal",
        )

    def plan_lift(self, story, request):
        """The service plans the job that lifts the réserve."""
        self.later(1, 8.7)
        plan = story["lift"]
        job = request.sudo().intervention_ids.filtered("reserve_id")
        start = self.get_moment(plan["day"], plan["hour"])
        job.sudo(False).with_user(self.manager(request)).action_plan(
            self.demo._ref(f"team_{plan['team']}").id,
            start,
            start + timedelta(hours=plan["hours"]),
        )

    def leave(self, story, request):
        """The mayor names a stand-in for some days."""
        self.later(1, 8.2)
        away = story["away"]
        person = self.user(away["who"])
        self.env["intercommunal.delegation"].with_user(person).create(
            {
                "user_id": person.id,
                "delegate_id": self.user(away["for"]).id,
                "date_from": self.last.date(),
                "date_to": self.get_date(away["until"]),
                "subject": "request",
                "note": away["why"],
            }
        )

    def agree_in_name(self, story, request):
        """The stand-in agrees to the work in the mayor's name."""
        self.later(1, 17.8)
        run = request.sudo().validation_ids.filtered(lambda run: run.state == "open")
        run.sudo(False).with_user(self.user(story["away"]["for"])).action_approve(
            comment="Accord donné, le montant est au budget.", channel="portal"
        )

    def grow_late(self, story, request):
        """Nobody decides: reminders, then the mayor is asked as well."""
        run = self.job(request).sudo().report_id.validation_id
        for _round in range(4):
            self.later(2, 7.1)
            step = run.step_ids.filtered(lambda step: step.seat_ids)
            step._follow_up()

    def refuse(self, story, request):
        self.later(1, 18.1)
        self.decide(request).action_refuse(story["contrary"], channel="portal")

    def arbitrate(self, story, request):
        self.later(2, 9.1)
        self.decide(request).action_arbitrate("approve", story["settled"])

    def approve_by_link(self, story, request):
        self.later(1, 7.6)
        run = self.decide(request)._from_channel("link")
        run.action_approve(comment="Parfait pour la cérémonie, merci.")
