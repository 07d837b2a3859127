from odoo import api, fields, models


class IntercommunalValidation(models.Model):
    """The story of an approval, told so that it can be read at a glance."""

    _inherit = "intercommunal.validation"

    history = fields.Json(compute="_compute_history")
    changes = fields.Json(
        "Since the version before", compute="_compute_changes", help="Of the report."
    )

    # ---------------------------------------------------------------- history

    @api.depends("decision_ids", "clarification_ids.state", "state")
    def _compute_history(self):
        for run in self:
            run.history = run.sudo()._get_history() if run.id else []

    def _get_history(self):
        """What happened, the last first (called as superuser).

        :return: list of dicts ``kind``, ``label``, ``at``, ``person``, ``on_behalf``,
            ``words``, ``step``, ``channel``, ``details`` (sentences), ``pictures``
            (dicts ``photo`` and ``marks``) and ``files`` (dicts ``id`` and ``name``)
        """
        self.ensure_one()
        labels = self._get_decision_labels()
        events = [
            self._get_event(decision, labels)
            for decision in self.decision_ids.sorted("id", reverse=True)
        ]
        asked = {
            "id": 0,
            "kind": "open",
            "label": self.env._("Approval asked"),
            "at": fields.Datetime.to_string(self.opened_at),
            "person": ", ".join(
                self._get_subject()._get_validation_authors().mapped("name")
            ),
            "step": self.circuit_id.name,
        }
        return [*events, asked]

    @api.model
    def _get_decision_labels(self):
        decisions = self.env["intercommunal.decision"]
        return {
            name: dict(decisions._fields[name]._description_selection(self.env))
            for name in ("kind", "channel")
        }

    def _get_event(self, decision, labels):
        details = decision._get_details()
        label = labels["kind"][decision.kind]
        if details.get("closed"):
            label = self.env._("Question closed")
        return {
            "id": decision.id,
            "kind": decision.kind,
            "label": label,
            "at": fields.Datetime.to_string(decision.decided_at),
            "person": decision.user_id.name,
            "user_id": decision.user_id.id,
            "on_behalf": decision.on_behalf_of_id.name or "",
            "words": decision.comment or "",
            "step": decision.validation_step_id.name or "",
            "channel": labels["channel"][decision.channel],
            "details": self._get_event_sentences(details),
            "pictures": self._get_event_pictures(decision, details),
            "files": self._get_event_files(details),
        }

    def _get_event_pictures(self, decision, details):
        """The photos that a decision means, with what it drew on them."""
        if decision.kind == "ask":
            question = self._get_question(details)
            marked = [(question.photo_id, question._get_anchor_marks())]
        else:
            photos = self._get_photos().grouped("uuid")
            marks = details.get("marks") or []
            places = [(details.get("photo"), marks)] + [
                (part.get("photo"), []) for part in details.get("lines", ())
            ]
            marked = [(photos.get(uuid), marks) for uuid, marks in places]
        return [
            {"photo": photo._get_thumbnail(), "marks": marks}
            for photo, marks in marked
            if photo
        ]

    def _get_event_files(self, details):
        """The files of an answer."""
        if "files" not in details:
            return []
        return [
            {"id": file.id, "name": file.name}
            for file in self._get_question(details).attachment_ids
        ]

    def _get_question(self, details):
        return self.clarification_ids.filtered(
            lambda question: question.id == details.get("clarification")
        )

    def _get_event_sentences(self, details):
        """What goes with the words of a decision, as sentences."""
        sentences = []
        for part in details.get("lines", ()):
            sentences.append(self._get_part_sentence(part))
        if details.get("line"):
            line = self._get_line(details["line"])
            sentences.append(
                self.env._("About the line: %(line)s", line=line._get_office_label())
            )
        if details.get("clarification"):
            sentences += self._get_question_sentences(details)
        if details.get("outcome"):
            outcomes = self._get_outcome_labels()
            sentences.append(outcomes.get(details["outcome"], details["outcome"]))
        if details.get("delegate"):
            delegate = self.env["res.users"].browse(details["delegate"])
            sentences.append(
                self.env._(
                    "%(person)s decides in their name until %(date)s.",
                    person=delegate.name,
                    date=fields.Date.to_date(details["until"]).strftime("%d/%m/%Y"),
                )
            )
        return sentences

    def _get_line(self, line_id):
        return self.report_id.line_ids.filtered(lambda line: line.id == line_id)

    @api.model
    def _get_outcome_labels(self):
        return {
            "approve": self.env._("Settled: approved"),
            "rework": self.env._("Settled: to redo"),
            "refuse": self.env._("Settled: refused"),
        }

    def _get_part_sentence(self, part):
        line = self._get_line(part["line"])
        if part["acceptance"] == "refused":
            verdict = self.env._("refused")
        else:
            accepted = line._get_accepted_label(
                part["minutes"], float(part["quantity"])
            )
            verdict = (
                self.env._("%(accepted)s accepted, the rest to redo", accepted=accepted)
                if part["acceptance"] == "reserved"
                else self.env._(
                    "%(accepted)s accepted, the rest refused", accepted=accepted
                )
            )
        return self.env._(
            "%(line)s: %(verdict)s. %(text)s",
            line=line._get_office_label(),
            verdict=verdict,
            text=part["text"],
        )

    def _get_question_sentences(self, details):
        question = self._get_question(details)
        if "asked" not in details:
            # an answer repeats the question, so that it reads alone
            return [self.env._("To the question: %(text)s", text=question.question)]
        sentences = [
            self.env._(
                "Asked of %(person)s, answer expected by %(date)s.",
                person=question.asked_user_id.name,
                date=question.date_due.strftime("%d/%m/%Y"),
            )
        ]
        return [*sentences, *filter(None, [question._get_anchor_label()])]

    # ---------------------------------------------------------------- changes

    @api.depends("report_id")
    def _compute_changes(self):
        for run in self:
            run.changes = run._get_changes() if run.report_id else False

    def _get_changes(self):
        """What differs from the last version that was sent, and why it came back.

        :return: dict ``version``, ``report_id``, ``comment`` and ``rows`` (dicts
            ``label``, ``before``, ``after``), or False for a first version
        """
        self.ensure_one()
        before = self._get_portal_earlier_reports()[:1]
        if not before:
            return False
        report = self.sudo().report_id
        return {
            "version": before.version,
            "report_id": before.id,
            "comment": before._get_return_comment() or "",
            "rows": report._get_differences(before),
        }
