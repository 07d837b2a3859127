"""What is wrong in the file of a domain, in words."""

from odoo import api, models


class IntercommunalDomain(models.Model):
    """Each problem names its place and what to write instead."""

    _inherit = "intercommunal.domain"

    @api.model
    def _describe_problem(self, problem):
        """The sentence of a `tools.domain_format.Problem`."""
        sentence = self._get_rules().get(problem.rule) or self.env._(
            "“%(value)s” is not what is expected here"
        )
        text = sentence % {"key": "", "value": "", **problem.values}
        close = problem.values.get("close")
        if close:
            text = self.env._(
                "%(text)s: did you mean “%(close)s”?", text=text, close=close
            )
        if problem.where:
            text = self.env._("%(where)s: %(text)s", where=problem.where, text=text)
        if not problem.line:
            return text
        return self.env._("Line %(line)s: %(text)s", line=problem.line, text=text)

    @api.model
    def _get_rules(self):
        """The sentence of each rule; its names are those of the problem's values."""
        _ = self.env._
        return {
            "too_big": _("The file is larger than %(limit)s kB: it is no domain"),
            "not_text": _("The file is not a text in UTF-8: export it again"),
            "not_json": _(
                "The file is not valid JSON: look at line %(line)s, column %(column)s"
            ),
            "no_comma": _(
                "A comma or a closing bracket is missing after: %(text)s (found at"
                " line %(line)s, column %(column)s)"
            ),
            "no_colon": _("A colon is missing between a key and its value: %(text)s"),
            "no_key": _(
                "A comma is too many at the end, or the next key is not between straight"
                ' quotes ("): %(text)s (found at line %(line)s, column %(column)s)'
            ),
            "no_quotes": _(
                'A value is missing, or is not between straight quotes ("): %(text)s'
                " (line %(line)s, column %(column)s)"
            ),
            "no_end": _(
                'A text is not closed by a straight quote (") on its line: %(text)s'
            ),
            "escape": _(
                "A backslash is written twice (\\\\) in a text: %(text)s",
            ),
            "goes_on": _("The file goes on after its last bracket: %(text)s"),
            "twice_key": _("“%(value)s” is twice in one place: keep one of the two"),
            "no_value": _("“%(value)s” is no JSON value: write a number"),
            "not_domain": _(
                "The file is not a domain: it begins with"
                ' {"format": "intercommunal-domain", "version": 1'
            ),
            "version": _(
                "This version of the format (%(found)s) is not known: update the"
                " addon, or export the file again"
            ),
            "unknown": _("“%(key)s” is not known here"),
            "missing": _("“%(key)s” is missing"),
            "line": _("“%(value)s” is not a text of one line"),
            "text": _("“%(value)s” is not a text"),
            "number": _("“%(value)s” is not a number from zero up"),
            "integer": _("“%(value)s” is not a whole number from zero up"),
            "flag": _("“%(value)s” is neither true nor false"),
            "date": _("“%(value)s” is not a date such as 2026-01-31"),
            "choice": _("“%(value)s” is not one of: %(allowed)s"),
            "choices": _("“%(value)s” is not a list of words"),
            "lines": _("“%(value)s” is not a list of lines"),
            "names": _("“%(value)s” is not a list of names"),
            "options": _('“%(value)s” is not a list of choices: {"key": "Label"}'),
            "filter": _(
                'A condition is a list such as [["priority", "=", "2"]]: %(value)s'
            ),
            "answers": _("“%(value)s” is not a list of answers by question"),
            "answer": _("The type does not ask “%(key)s”"),
            "row": _("“%(value)s” is not a group of keys"),
            "rows": _("“%(value)s” is not a list of rows"),
            "day": _("A day has %(limit)s minutes: split the line by day"),
            "too_many": _("More than %(limit)s rows: split the domain"),
            "twice": _("“%(value)s” is there twice"),
            "reference": _("“%(value)s” is not in “%(section)s”"),
            "back_to": _("“%(value)s” is not an earlier step to go back to"),
            "filter_field": _("The condition reads “%(value)s”, which does not exist"),
            "filter_record": _(
                "The condition on “%(value)s” names a record by its number, which"
                " means nothing elsewhere: use its name or its code"
            ),
            "state": _(
                "No column of the board has the state “%(value)s”: create it first"
            ),
            "delay": _(
                "Finishing within %(value)s hours is shorter than taking up within"
                " %(answer)s: write the same number, or a longer one"
            ),
            "reason": _("No reason has the code “%(value)s”: create it first"),
        }
