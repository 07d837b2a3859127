import json

from odoo import api, fields, models

from .submission import WATCHERS


class IntercommunalMobileSubmission(models.Model):
    """What a message says, in words: who settles it reads no code."""

    _inherit = "intercommunal.mobile.submission"

    words = fields.Text("What it says", compute="_compute_words", groups=WATCHERS)

    @api.depends("user_id", "kind", "received_at")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for submission in self:
            submission.display_name = self.env._(
                "%(kind)s of %(person)s, %(day)s",
                kind=kinds[submission.kind],
                person=submission.user_id.name,
                day=fields.Datetime.context_timestamp(
                    self, submission.received_at
                ).strftime("%d/%m/%Y %H:%M"),
            )

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_words(self):
        for submission in self:
            content = json.loads(submission.content or "{}")
            words = submission._get_words(content) if content else []
            submission.words = "\n".join(filter(None, words))

    def _get_words(self, content):
        """The lines of what a phone sent.

        :param dict content: as `..tools.content` left it
        """
        self.ensure_one()
        words = [content["name"]]
        if self.kind == "report":
            outcomes = self.env["intercommunal.report"]._fields["outcome"]
            labels = dict(outcomes._description_selection(self.env))
            words.append(labels[content["outcome"]])
        if content["reason"]:
            reasons = self.env["intercommunal.reason"]
            reason = reasons.search([("code", "=", content["reason"])], limit=1)
            words.append(reason.name or content["reason"])
        words.append(content["summary"])
        if content["remaining"]:
            words.append(self.env._("Left to do: %(what)s", what=content["remaining"]))
        words += [self._get_line_words(line) for line in content["lines"]]
        words += [
            f"{'☑' if check['done'] else '☐'} {check['label']}"
            for check in content["checks"]
        ]
        if content["signer"]:
            words.append(self.env._("Signed by %(name)s", name=content["signer"]))
        return words

    def _get_line_words(self, line):
        """Who or what, and how much."""
        who = self.env["res.users"].browse(line["agent"] or []).exists()
        what = self.env["product.product"].browse(line["product"] or []).exists()
        hours, minutes = divmod(line["minutes"], 60)
        amount = (
            f"{hours} h {minutes:02}" if line["minutes"] else f"{line['quantity']:g}"
        )
        return f"{who.name or what.display_name or line['name']} : {amount}"
