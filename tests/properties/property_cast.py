"""The cast of the machines, and the circuits that are drawn for them."""

from datetime import timedelta

from freezegun import freeze_time
from hypothesis import strategies as st
from property_machine import SpyOnEngine

from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.intercommunal_billing.tests.common import BillingCase

GROUP = "intercommunal_workflow.group_intercommunal_"
# Whom a step may ask, and how many they are in the cast.
RESOLVERS = {
    "referent": 3,
    "mayor": 1,
    "deputy": 2,
    "dgs": 1,
    "manager": 2,
    "person": 1,
    "group": 2,
}


START = "2031-03-03 09:00:00"  # a Monday


class PropertyCase(SpyOnEngine, BillingCase):
    """Several persons a role, and some who hold two: quorums count persons."""

    start = START

    def setUp(self):
        super().setUp()
        freezer = freeze_time(START)
        self.clock = freezer.start()
        self.addCleanup(freezer.stop)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.referent2 = cls._new_commune_user("referent2", cls.commune, "referent")
        cls.deputy = cls._new_commune_user("deputy", cls.commune, "deputy")
        cls._hold(cls.referent2, "deputy")
        cls.dgs = cls._new_commune_user("dgs", cls.commune, "dgs")
        cls._hold(cls.dgs, "referent")
        cls.manager2 = new_test_user(cls.env, "manager2", GROUP + "service_manager")
        cls.service.manager_ids = [Command.link(cls.manager2.id)]
        cls.jury = cls.env["res.groups"].create(
            {
                "name": "Jury",
                "user_ids": [Command.set([cls.direction.id, cls.manager.id])],
            }
        )
        cls.actors = (
            cls.referent
            | cls.referent2
            | cls.mayor
            | cls.deputy
            | cls.dgs
            | cls.manager
            | cls.manager2
            | cls.leader
            | cls.requester
            | cls.direction
            | cls.agent
            | cls.finance
            | cls.admin
            | cls.stranger
            | cls.nobody
        )
        # none of theirs may ever change anything of the commune's file
        cls.outsiders = cls.stranger | cls.nobody

    @classmethod
    def _hold(cls, user, role):
        cls.env["intercommunal.commune.role"].create(
            {
                "commune_id": cls.commune.id,
                "partner_id": user.partner_id.id,
                "role": role,
                "date_from": fields.Date.today() - timedelta(days=30),
            }
        )


@st.composite
def drawn_steps(draw):
    """One to four steps, in order or in parallel, of every kind an admin composes."""
    count = draw(st.integers(1, 4))
    # now and then nobody can decide: the circuit must stop the sending
    feasible = draw(st.integers(0, 9))
    steps = []
    for _index in range(count):
        who = draw(st.sampled_from(sorted(RESOLVERS)))
        quorum = draw(st.integers(1, 3))
        steps.append(
            {
                "sequence": draw(st.sampled_from((10, 20, 30))),
                "who": who,
                "quorum_mode": draw(st.sampled_from(("number", "number", "all"))),
                "quorum": min(quorum, RESOLVERS[who]) if feasible else quorum,
                "four_eyes": draw(st.booleans()),
                "amount_min": draw(st.sampled_from((0, 0, 0, 50, 1_000_000))),
                "delay_days": draw(st.integers(0, 10)),
                "on_refusal": draw(st.sampled_from(("rework", "cancel", "back"))),
                "reminder_days": draw(st.integers(0, 2)),
                "late": draw(st.sampled_from((None, None, "mayor", "manager"))),
                "vacant_mode": draw(st.sampled_from(("block", "escalation"))),
            }
        )
    if draw(st.booleans()):
        steps.append(
            {"sequence": 40, "who": "person", "quorum": 1, "is_arbitration": True}
        )
    return sorted(steps, key=lambda step: step["sequence"])


def create_circuit(case, subject, steps):
    """The circuit that an admin composes of drawn steps, first of the list."""
    circuit = (
        case.env["intercommunal.circuit"]
        .with_user(case.admin)
        .create({"name": "Drawn", "subject": subject, "sequence": 0})
    )
    made = case.env["intercommunal.circuit.step"]
    for number, step in enumerate(steps, 1):
        earlier = made.filtered(lambda s, step=step: s.sequence < step["sequence"])
        vals = {key: value for key, value in step.items() if key not in ("who", "late")}
        if step.get("late"):
            late = _resolver_vals(case, step["late"])
            vals.update({f"escalation_{name}": value for name, value in late.items()})
        else:
            vals["vacant_mode"] = "block"
        if step.get("on_refusal") == "back":
            if earlier:
                vals["back_step_id"] = earlier[0].id
            else:
                vals["on_refusal"] = "rework"
        made |= made.with_user(case.admin).create(
            {
                "name": f"Step {number}",
                "circuit_id": circuit.id,
                **vals,
                **_resolver_vals(case, step["who"]),
            }
        )
    return circuit


def _resolver_vals(case, who):
    if who == "manager":
        return {"resolver": "service_role", "service_role": "manager"}
    if who == "person":
        return {"resolver": "user", "user_id": case.direction.id}
    if who == "group":
        return {"resolver": "group", "group_id": case.jury.id}
    return {"resolver": "commune_role", "commune_role": who}
