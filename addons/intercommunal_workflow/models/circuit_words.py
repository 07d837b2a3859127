"""Circuits in words: what an administrator composed, read back as a paragraph."""

import ast

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, format_datetime

OPERATORS = ("in", "not in", "=", "!=", ">", ">=", "<", "<=", "ilike", "not ilike")
# Longer lists of values are cut: the filter itself shows the rest.
MAX_VALUES = 5


class Untold(Exception):
    """A filter that has no words."""


def capitalise(text):
    """The text with a capital, whatever case the rest has."""
    return text[:1].upper() + text[1:]


class IntercommunalCircuit(models.Model):
    """The paragraph that reads a circuit back."""

    _inherit = "intercommunal.circuit"

    sentence = fields.Text("In words", compute="_compute_sentence")

    @api.depends(
        "subject",
        "domain",
        "service_ids.name",
        "type_ids.name",
        "step_ids.sentence",
        "step_ids.sequence",
        "step_ids.position",
    )
    @api.depends_context("lang", "company")
    def _compute_sentence(self):
        for circuit in self:
            steps = circuit.step_ids.sorted(lambda step: (step.sequence, step.position))
            usual = steps.filtered(lambda step: not step.is_arbitration)
            groups = usual.grouped("sequence").values()
            same_time = self.env._(" and, at the same time, ")
            flow = self.env._("; then, ").join(
                same_time.join(step.sentence or "" for step in group)
                for group in groups
            )
            conditions = circuit._get_condition_words()
            if flow and conditions:
                flow = self.env._(
                    "if %(conditions)s: %(steps)s", conditions=conditions, steps=flow
                )
            sentences = [flow, *usual._get_detail_words()]
            sentences += [step.sentence for step in steps - usual]
            circuit.sentence = (
                " ".join(f"{capitalise(text)}." for text in sentences if text) or False
            )

    def _get_condition_words(self):
        """What the circuit is about, or "" when it is about everything."""
        self.ensure_one()
        or_ = self.env._(" or ")
        conditions = []
        if self.service_ids:
            names = or_.join(self.service_ids.mapped(lambda rec: rec.name or ""))
            conditions.append(self.env._("the service is %(names)s", names=names))
        if self.type_ids:
            names = or_.join(self.type_ids.mapped(lambda rec: rec.name or ""))
            conditions.append(self.env._("the type is %(names)s", names=names))
        if self.domain not in (False, "", "[]"):
            conditions.append(tell_domain(self.env, self.subject_model, self.domain))
        return self.env._(" and ").join(conditions)


class IntercommunalCircuitStep(models.Model):
    """The words of one step."""

    _inherit = "intercommunal.circuit.step"

    sentence = fields.Char("In words", compute="_compute_sentence")

    @api.depends(
        "resolver",
        "commune_role",
        "service_role",
        "user_id",
        "group_id",
        "quorum_mode",
        "quorum",
        "amount_min",
        "condition_domain",
        "delay_days",
        "reminder_days",
        "escalation_resolver",
        "escalation_commune_role",
        "escalation_service_role",
        "escalation_user_id",
        "escalation_group_id",
        "vacant_mode",
        "on_refusal",
        "back_step_id",
        "four_eyes",
        "is_arbitration",
    )
    @api.depends_context("lang", "company")
    def _compute_sentence(self):
        for step in self:
            text = step._get_decision_words()
            for condition in reversed(step._get_condition_words()):
                text = f"{condition}, {text}"
            step.sentence = text

    def _get_decision_words(self):
        """Who decides, how many of them, within what time."""
        self.ensure_one()
        if self.is_arbitration:
            text = self.env._(
                "after a refusal, or when the work went back twice, %(who)s settles"
                " the matter",
                who=self._get_who(),
            )
        elif self.quorum_mode == "all" and self.resolver != "user":
            text = self.env._("all %(people)s decide", people=self._get_people())
        elif self.quorum > 1:
            text = self.env._(
                "%(count)s among %(people)s decide",
                count=self.quorum,
                people=self._get_people(),
            )
        else:
            text = self.env._("%(who)s decides", who=self._get_who())
        return self.env._(
            "%(decision)s, %(delay)s", decision=text, delay=self._get_delay_words()
        )

    def _get_delay_words(self):
        if self.delay_days > 1:
            return self.env._("within %(days)s working days", days=self.delay_days)
        if self.delay_days == 1:
            return self.env._("within one working day")
        return self.env._("on the same day")

    def _get_condition_words(self):
        """When the step is asked, as a list; empty when it always is."""
        self.ensure_one()
        conditions = []
        if self.amount_min:
            amount = tell_amount(self.env, self.amount_min, self._currency())
            conditions.append(self.env._("from %(amount)s on", amount=amount))
        if self.condition_domain not in (False, "", "[]"):
            words = tell_domain(self.env, self.subject_model, self.condition_domain)
            conditions.append(self.env._("if %(condition)s", condition=words))
        return conditions

    def _get_detail_words(self):
        """What follows: reminders, lateness, vacancy, refusal, four eyes.

        What is the same at every step is said once; the rest names its step.

        :return: list of sentences
        """
        sentences = []
        for detail in (
            self._tell_reminder,
            self._tell_escalation,
            self._tell_vacancy,
            self._tell_refusal,
            self._tell_four_eyes,
        ):
            told = {step: detail(step) for step in self}
            if len(set(told.values())) == 1:
                sentences += set(told.values())
            else:
                sentences += [
                    self.env._("at “%(step)s”, %(words)s", step=step.name, words=words)
                    for step, words in told.items()
                    if words
                ]
        return [sentence for sentence in sentences if sentence]

    @api.model
    def _tell_reminder(self, step):
        if step.reminder_days > 1:
            return self.env._(
                "a reminder leaves every %(days)s working days", days=step.reminder_days
            )
        if step.reminder_days == 1:
            return self.env._("a reminder leaves every working day")
        return self.env._("no reminder leaves")

    @api.model
    def _tell_escalation(self, step):
        if not step.escalation_resolver:
            return ""
        who = step._get_who("escalation_")
        if step.vacant_mode == "escalation":
            return self.env._(
                "if nobody can decide, or when it is late, %(who)s is asked too",
                who=who,
            )
        return self.env._("when it is late, %(who)s is asked too", who=who)

    @api.model
    def _tell_vacancy(self, step):
        if step.vacant_mode == "escalation":
            return ""
        return self.env._("if nobody can decide, nothing is sent")

    @api.model
    def _tell_refusal(self, step):
        if step.on_refusal == "cancel":
            return self.env._("a refusal is final")
        if step.on_refusal == "back":
            return self.env._(
                "after a refusal, one decides again from “%(step)s” on",
                step=step.back_step_id.name or "",
            )
        if step.circuit_id.subject == "request":
            return self.env._("a refusal gives the request back to the service")
        return self.env._("after a refusal, the work is redone")

    @api.model
    def _tell_four_eyes(self, step):
        if step.four_eyes:
            return self.env._("whoever wrote or approved it before does not decide")
        return self.env._("whoever wrote or approved it before may decide")

    def _currency(self):
        """The currency of the threshold."""
        return (self.circuit_id.company_id or self.env.company).currency_id

    def _get_who(self, prefix=""):
        """One decider of the step, in words.

        :param str prefix: "escalation_" for those who are asked when it is late
        """
        self.ensure_one()
        resolver = self[f"{prefix}resolver"]
        if resolver == "user":
            return self[f"{prefix}user_id"].sudo().name or ""
        if resolver == "group":
            return self.env._(
                "a member of the group “%(group)s”",
                group=self[f"{prefix}group_id"].sudo().name or "",
            )
        return {
            "requester": self.env._("the commune's requester"),
            "referent": self.env._("the commune's referent"),
            "mayor": self.env._("the commune's mayor"),
            "deputy": self.env._("a deputy mayor of the commune"),
            "dgs": self.env._("the commune's head of administration"),
            "manager": self.env._("the manager of the service"),
            "director": self.env._("the director of the service"),
        }.get(self[f"{prefix}{resolver}"] if resolver else "", "")

    def _get_people(self):
        """The deciders of the step as several persons, in words."""
        self.ensure_one()
        if self.resolver == "user":
            return self._get_who()
        if self.resolver == "group":
            return self.env._(
                "the members of the group “%(group)s”",
                group=self.group_id.sudo().name or "",
            )
        return {
            "requester": self.env._("the commune's requesters"),
            "referent": self.env._("the commune's referents"),
            "mayor": self.env._("the commune's mayors"),
            "deputy": self.env._("the deputy mayors of the commune"),
            "dgs": self.env._("the commune's heads of administration"),
            "manager": self.env._("the managers of the service"),
            "director": self.env._("the directors of the service"),
        }.get(self[self.resolver], "")


# --------------------------------------------------------------- filters in words


def tell_domain(env, model, domain):
    """A filter in words, in the language of ``env``.

    :param str model: name of the model that the filter is about
    :param str domain: the filter, as the administrator's screen writes it
    :return: a clause like "“Priority” is Urgent"
    """
    try:
        tree = Domain(ast.literal_eval(domain or "[]"))
        return tell_tree(env, model, tree)
    except (Untold, ValueError, SyntaxError, TypeError, KeyError, AttributeError):
        return env._("its filter holds")


def tell_tree(env, model, tree):
    """Words of a part of a filter.

    :raises Untold: this part has none
    """
    children = getattr(tree, "children", None)
    if children is None:
        return tell_condition(env, model, tree)
    parts = [tell_tree(env, model, part) for part in children]
    if tree.OPERATOR == "&":
        return env._(" and ").join(parts)
    return f"({env._(' or ').join(parts)})"


def tell_condition(env, model, condition):
    """Words of one comparison.

    :raises Untold: the comparison has none
    """
    if not hasattr(condition, "field_expr"):
        raise Untold
    label, field = tell_path(env, model, condition.field_expr)
    operator, value = condition.operator, condition.value
    if operator not in OPERATORS:
        raise Untold
    if field.type == "boolean":
        values = value if operator in ("in", "not in") else [value]
        is_yes = (True in values) == (operator in ("in", "="))
        if is_yes:
            return env._("“%(field)s” is ticked", field=label)
        return env._("“%(field)s” is not ticked", field=label)
    values = (
        list(value)
        if isinstance(value, (list, tuple, set)) or operator in ("in", "not in")
        else [value]
    )
    if values == [False] and operator in ("in", "=", "not in", "!="):
        if operator in ("in", "="):
            return env._("“%(field)s” is empty", field=label)
        return env._("“%(field)s” is filled in", field=label)
    told = [tell_value(env, field, item) for item in values]
    words = env._(" or ").join(told[:MAX_VALUES])
    if len(told) > MAX_VALUES:
        words = env._("%(values)s, …", values=words)
    sentences = {
        "in": env._("“%(field)s” is %(value)s", field=label, value=words),
        "not in": env._("“%(field)s” is not %(value)s", field=label, value=words),
        ">": env._("“%(field)s” is above %(value)s", field=label, value=words),
        ">=": env._("“%(field)s” is at least %(value)s", field=label, value=words),
        "<": env._("“%(field)s” is below %(value)s", field=label, value=words),
        "<=": env._("“%(field)s” is at most %(value)s", field=label, value=words),
        "ilike": env._("“%(field)s” contains “%(value)s”", field=label, value=words),
        "not ilike": env._(
            "“%(field)s” does not contain “%(value)s”", field=label, value=words
        ),
    }
    return sentences[{"=": "in", "!=": "not in"}.get(operator, operator)]


def tell_path(env, model, path):
    """Label of a field, and the field at the end of the path."""
    labels = []
    field = None
    for name in path.split("."):
        field = env[model]._fields[name]
        labels.append(field._description_string(env))
        model = field.comodel_name or model
    return " › ".join(labels), field


def tell_amount(env, amount, currency):
    """An amount, without cents where it has none: 1 000 € reads best."""
    text = format_amount(env, amount, currency)
    if not amount % 1:
        text = text.replace(",00", "").replace(".00", "")
    return text


def tell_value(env, field, value):
    """A value as the field shows it."""
    if value is False:
        return env._("nothing")
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, str(value))
    if field.relational:
        if isinstance(value, int):
            return env[field.comodel_name].sudo().browse(value).exists().display_name
        return str(value)
    if field.type in ("date", "datetime"):
        tell = format_date if field.type == "date" else format_datetime
        return tell(env, value)
    if field.type == "monetary":
        return tell_amount(env, value, env.company.currency_id)
    return f"{value:n}" if isinstance(value, float) else str(value)
