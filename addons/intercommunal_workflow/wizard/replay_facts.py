"""What happened to past cases, and what another circuit would have made of them.

Everything is read set by set beforehand: whatever is asked about one case afterwards
finds its answer in memory.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import median

from odoo import fields
from odoo.tools import groupby

CLOSED = ("approved", "approved_reserves", "rework", "refused")
STOPPING = ("rework", "refuse")
DAY = 24 * 3600


@dataclass(slots=True)
class Vote:
    """A decision of one person at one step."""

    step: int  # id of the circuit's step
    sequence: int
    user: int
    principal: int
    days: float = 0.0
    kind: str = "approve"
    real: bool = False


@dataclass(slots=True)
class Case:
    """A past request or report, and what really happened to it."""

    id: int
    commune: int
    service: int
    amount: float
    day: object
    authors: frozenset
    circuit: int = 0
    state: str = ""
    days: float = 0.0
    steps: frozenset = frozenset()  # ids of the circuit's steps of the real run
    tacit: frozenset = frozenset()  # those that the commune's silence accepted
    votes: list = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What a circuit would have made of a case."""

    case: Case
    circuit: int = 0
    problem: str = ""
    step: int = 0  # where it would have stopped
    votes: list = field(default_factory=list)
    days: float = 0.0

    def has_twice(self):
        """Whether one person decides at two steps."""
        steps = defaultdict(set)
        for vote in self.votes:
            steps[vote.user].add(vote.step)
        return any(len(asked) > 1 for asked in steps.values())

    def is_different(self):
        """Whether others would have decided, or in another order.

        What still waits for a decision is compared with nothing.
        """
        if self.case.state and self.case.state not in CLOSED:
            return False
        return bool(self.problem) or (
            get_stages(self.votes) != get_stages(self.case.votes)
        )


def get_stages(votes):
    """Who decided, stage after stage, whatever the steps are called."""
    stages = defaultdict(set)
    for vote in votes:
        stages[vote.sequence].add((vote.user, vote.principal))
    return [people for _sequence, people in sorted(stages.items())]


class Facts:
    """Past cases of one intercommunality with their real decisions."""

    def __init__(self, subjects, company):
        self.env = subjects.env
        self.subjects = subjects
        self.company = company
        self.kind = subjects._validation_subject_kind
        self.cases = {}
        self._askable = {}
        self._probe = self.env["intercommunal.validation"].new(
            {"company_id": company.id}
        )
        runs = self._load_runs()
        votes, tacit = self._load_votes(list(runs.values()))
        steps = self._load_steps(list(runs.values()))
        for subject in subjects:
            run = runs.get(subject.id)
            self.cases[subject.id] = self._read_case(subject, run)
            if run:
                case = self.cases[subject.id]
                case.votes = votes[run.id]
                case.tacit = frozenset(tacit[run.id])
                case.steps = frozenset(steps[run.id])
        everybody = [vote for case in self.cases.values() for vote in case.votes]
        self.deciders = {vote.user for vote in everybody} | {
            vote.principal for vote in everybody
        }
        self.habits = Counter(vote.principal for vote in everybody)
        self._load_paces(everybody)
        self._load_roles()

    # ------------------------------------------------------------------ loading

    def _load_runs(self):
        """The last run of each case that was not withdrawn."""
        runs = self.env["intercommunal.validation"].search_fetch(
            [
                (f"{self.kind}_id", "in", self.subjects.ids),
                ("state", "!=", "cancelled"),
            ],
            [
                f"{self.kind}_id",
                "circuit_id",
                "state",
                "amount",
                "opened_at",
                "closed_at",
            ],
            order="id",
        )
        return {run[f"{self.kind}_id"].id: run for run in runs}

    def _load_votes(self, runs):
        seats = self.env["intercommunal.validation.seat"].search_fetch(
            [
                ("validation_id", "in", [run.id for run in runs]),
                ("state", "=", "decided"),
            ],
            [
                "validation_id",
                "validation_step_id",
                "user_id",
                "on_behalf_of_id",
                "decision_id",
            ],
            order="decision_id",
        )
        seats.decision_id.fetch(["kind", "decided_at"])
        seats.validation_step_id.fetch(["circuit_step_id", "sequence", "opened_at"])
        votes = defaultdict(list)
        for seat in seats:
            step, decision = seat.validation_step_id, seat.decision_id
            votes[seat.validation_id.id].append(
                Vote(
                    step.circuit_step_id.id,
                    step.sequence,
                    seat.user_id.id,
                    seat.on_behalf_of_id.id or seat.user_id.id,
                    self._count_days(step.opened_at, decision.decided_at),
                    "stop" if decision.kind in STOPPING else "approve",
                    real=True,
                )
            )
        silent = self.env["intercommunal.validation.step"].search_fetch(
            [
                ("validation_id", "in", [run.id for run in runs]),
                ("state", "=", "approved"),
                ("seat_ids", "not any", [("state", "=", "decided")]),
            ],
            ["validation_id", "circuit_step_id"],
        )
        tacit = defaultdict(set)
        for step in silent:
            tacit[step.validation_id.id].add(step.circuit_step_id.id)
        return votes, tacit

    def _load_steps(self, runs):
        rows = self.env["intercommunal.validation.step"]._read_group(
            [("validation_id", "in", [run.id for run in runs])],
            ["validation_id"],
            ["circuit_step_id:array_agg"],
        )
        return defaultdict(list, {run.id: steps for run, steps in rows})

    def _read_case(self, subject, run):
        when = run.opened_at if run else self._get_date(subject)
        case = Case(
            subject.id,
            subject._get_validation_commune().id,
            subject._get_validation_service().id,
            run.amount if run else subject._get_validation_amount(),
            fields.Datetime.context_timestamp(subject, when).date(),
            frozenset(subject._get_validation_authors().ids),
        )
        if run:
            case.circuit = run.circuit_id.id
            case.state = run.state
            case.days = self._count_days(run.opened_at, run.closed_at)
        return case

    def _get_date(self, subject):
        name = "sent_at" if self.kind == "report" else "date_accepted"
        return subject[name] or subject.create_date

    @staticmethod
    def _count_days(start, end):
        if not start or not end:
            return 0.0
        return max((end - start).total_seconds() / DAY, 0.0)

    def _load_paces(self, votes):
        """How long each person took, in days: the median of what they decided."""
        taken = defaultdict(list)
        for vote in votes:
            taken[vote.principal].append(vote.days)
        self.paces = {person: median(days) for person, days in taken.items()}
        self.pace = median(vote.days for vote in votes) if votes else 0.0

    def _load_roles(self):
        roles = self.env["intercommunal.commune.role"].search_fetch(
            [("company_id", "=", self.company.id), ("user_id", "!=", False)],
            ["commune_id", "role", "user_id", "date_from", "date_to"],
            order="date_from, id",
        )
        self.roles = defaultdict(list)
        for role in roles:
            self.roles[role.commune_id.id, role.role].append(
                (role.date_from, role.date_to, role.user_id.id)
            )

    # ------------------------------------------------------------------ answers

    def get_role_users(self, commune, role, day):
        """Ids of the users who held a role of a commune on a day."""
        return [
            user
            for start, end, user in self.roles[commune, role]
            if start <= day and (not end or day <= end)
        ]

    def can_be_asked(self, user):
        """Whether a user has access; who decided then had it then."""
        if user not in self._askable:
            self._askable[user] = user in self.deciders or self._probe._can_be_asked(
                self.env["res.users"].browse(user)
            )
        return self._askable[user]

    def get_pace(self, person):
        """Days that a person takes to decide, as far as the past tells."""
        return self.paces.get(person, self.pace)


class Rule:
    """A step of a circuit, with what it needs in memory."""

    def __init__(self, facts, step, subjects):
        self.facts = facts
        self.record = step
        self.id = step.id
        self.sequence = step.sequence
        self.four_eyes = step.four_eyes
        self.is_arbitration = step.is_arbitration
        self.has_substitutes = step.vacant_mode == "escalation"
        self.amount_min = step.amount_min
        self.takes_all = step.quorum_mode == "all"
        self.quorum = step.quorum
        self.passing = set(subjects._filter_fitting(step.condition_domain).ids)
        self.compare = facts.company.currency_id.compare_amounts
        self._named = {}

    def applies(self, case):
        if self.amount_min and self.compare(case.amount, self.amount_min) < 0:
            return False
        return case.id in self.passing

    def get_candidates(self, case, votes, prefix=""):
        """Ids of those who may decide, as the engine finds them on that day."""
        excluded = set()
        if self.four_eyes:
            excluded |= case.authors
            for vote in votes:
                if vote.sequence < self.sequence:
                    excluded |= {vote.user, vote.principal}
        return [
            user
            for user in self._get_named(case, prefix)
            if user not in excluded and self.facts.can_be_asked(user)
        ]

    def _get_named(self, case, prefix):
        if self.record[f"{prefix}resolver"] == "commune_role":
            role = self.record[f"{prefix}commune_role"]
            return self.facts.get_role_users(case.commune, role, case.day)
        key = (case.service, prefix)
        if key not in self._named:
            service = self.facts.env["intercommunal.service"].browse(case.service)
            users = self.record._get_named_users(service, None, prefix)
            self._named[key] = users.ids
        return self._named[key]

    def get_deciders(self, case, votes):
        """Who is asked, and how many must approve; (None, 0) when too few can.

        The very rules of the engine's `_get_deciders`, on ids.
        """
        users = self.get_candidates(case, votes)
        needed = len(users) if self.takes_all else self.quorum
        if users and len(users) >= needed:
            return users, needed
        if self.has_substitutes:
            others = self.get_candidates(case, votes, "escalation_")
            everybody = list(dict.fromkeys(users + others))
            needed = 1 if self.takes_all else self.quorum
            if len(everybody) >= needed:
                return everybody, needed
        return None, 0


class Replay:
    """The circuits of today, or one on trial among them, over past cases."""

    def __init__(self, facts, circuits):
        self.facts = facts
        self.circuit_by_case = {}
        self.rules = {}
        remaining = facts.subjects
        for circuit in circuits:
            taken = circuit._filter_subjects(remaining)
            remaining -= taken
            steps = circuit.step_ids.sorted("sequence")
            self.rules[circuit.id] = [Rule(facts, step, taken) for step in steps]
            self.circuit_by_case.update(dict.fromkeys(taken.ids, circuit.id))

    def run(self):
        """:return: list of `Outcome`, one a case"""
        return [self._replay(case) for case in self.facts.cases.values()]

    def _replay(self, case):
        outcome = Outcome(case, self.circuit_by_case.get(case.id, 0))
        if not outcome.circuit:
            # a request that no circuit is about is simply accepted
            if self.facts.kind == "report":
                outcome.problem = "no_circuit"
            return outcome
        rules = [rule for rule in self.rules[outcome.circuit] if rule.applies(case)]
        usual = [rule for rule in rules if not rule.is_arbitration]
        if not usual:
            outcome.problem = "no_step"
            return outcome
        # a case is not even sent when a later step is vacant
        vacant = [rule for rule in usual if rule.get_deciders(case, [])[0] is None]
        if vacant:
            outcome.problem, outcome.step = "vacant", vacant[0].id
            return outcome
        for _sequence, group in groupby(usual, key=lambda rule: rule.sequence):
            is_stopped = self._ask(outcome, list(group))
            if outcome.problem:
                # such a case is not even sent: nobody decides on it
                outcome.votes, outcome.days = [], 0.0
                return outcome
            if is_stopped:
                self._arbitrate(outcome, [r for r in rules if r.is_arbitration])
                break
        return outcome

    def _ask(self, outcome, group):
        """Ask the steps of a group together.

        :return: whether somebody sends the case back
        """
        case = outcome.case
        asked = []
        for rule in group:
            users, needed = rule.get_deciders(case, outcome.votes)
            if users is None:
                outcome.problem, outcome.step = "vacant", rule.id
                return False
            real = self._get_real_votes(rule, outcome, users)
            asked.append((rule, users, needed, real))
        is_stopped = any(vote.kind == "stop" for *_rest, real in asked for vote in real)
        delay = 0.0
        for rule, users, needed, real in asked:
            votes = list(real)
            silent = rule.id in case.tacit
            if not is_stopped and not silent:
                votes += self._get_likely_votes(rule, users, needed, real)
            # beyond the quorum nobody has to decide; but what was, was
            outcome.votes += votes
            delay = max([delay, *(vote.days for vote in votes)])
        outcome.days += delay
        return is_stopped

    def _get_real_votes(self, rule, outcome, users):
        """What those who are asked here really decided on this case."""
        case = outcome.case
        if rule.id in case.steps:
            votes = [vote for vote in case.votes if vote.step == rule.id]
            users = [
                *users,
                *rule.get_candidates(case, outcome.votes, "escalation_"),
            ]
        else:
            votes = case.votes
        found = {}
        for vote in votes:
            if vote.principal in users:
                found.setdefault(
                    vote.principal,
                    Vote(
                        rule.id,
                        rule.sequence,
                        vote.user,
                        vote.principal,
                        vote.days,
                        vote.kind,
                        real=True,
                    ),
                )
        return list(found.values())

    def _get_likely_votes(self, rule, users, needed, real):
        """Who would complete the quorum: those who decide most often."""
        known = {vote.principal for vote in real}
        others = sorted(
            (user for user in users if user not in known),
            key=lambda user: (-self.facts.habits[user], user),
        )
        return [
            Vote(rule.id, rule.sequence, user, user, self.facts.get_pace(user))
            for user in others[: max(needed - len(real), 0)]
        ]

    def _arbitrate(self, outcome, rules):
        """Who settles a case that was sent back: where somebody really did, or after
        a refusal for good."""
        case = outcome.case
        for rule in rules[:1]:
            settled = any(vote.step == rule.id for vote in case.votes)
            if not settled and case.state != "refused":
                continue
            users, needed = rule.get_deciders(case, outcome.votes)
            if users is None:
                continue
            real = self._get_real_votes(rule, outcome, users)
            votes = real or self._get_likely_votes(rule, users, min(needed, 1), real)
            outcome.votes += votes
            outcome.days += max((vote.days for vote in votes), default=0.0)
