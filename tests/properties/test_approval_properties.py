"""Reports and their approval, through any sequence of acts by anybody."""

from approval_machine import ApprovalMachine
from approval_rules import (
    AdminRules,
    DecisionRules,
    DelegationRules,
    IntruderRules,
    LineRules,
    QuestionRules,
    TeamRules,
    TimeRules,
)
from property_cast import PropertyCase

from odoo.tests import tagged


def done(*verbs):
    """Goals: each of these acts succeeded in some example."""
    return {(f"action_{verb}", "done") for verb in verbs}


def became(*states):
    """Goals: some approval came to each of these states."""
    return {("intercommunal.validation", state) for state in states}


class Decisions(TeamRules, DecisionRules, AdminRules, ApprovalMachine):
    goals = done(
        "approve", "rework", "refuse", "arbitrate", "revoke", "restart", "recall"
    ) | became("approved", "rework", "refused", "cancelled", "open")  # fmt: skip


class Lines(DecisionRules, LineRules, TeamRules, ApprovalMachine):
    goals = done("approve_reserves", "revoke", "contest") | became(
        "approved_reserves", "open"
    )


class Questions(QuestionRules, DecisionRules, TimeRules, ApprovalMachine):
    goals = done("ask_clarification")


class StandIns(DelegationRules, DecisionRules, TimeRules, ApprovalMachine):
    goals = done("delegate", "approve")


class Everything(
    TeamRules,
    DecisionRules,
    LineRules,
    QuestionRules,
    DelegationRules,
    TimeRules,
    AdminRules,
    IntruderRules,
    ApprovalMachine,
):
    goals = done("approve")


@tagged("post_install", "-at_install")
class TestApprovalProperties(PropertyCase):
    def test_whatever_is_decided_the_rules_of_approval_hold(self):
        Decisions.check(self)

    def test_whatever_is_accepted_of_the_lines_adds_up(self):
        Lines.check(self)

    def test_whatever_is_asked_clocks_and_seats_agree(self):
        Questions.check(self)

    def test_whoever_stands_in_one_voice_counts_once(self):
        StandIns.check(self)

    def test_whoever_tries_whatever_only_rights_pass(self):
        Everything.check(self)
