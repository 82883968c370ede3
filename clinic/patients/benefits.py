"""Which plan pays first, from what the patient answers: the rules of C9, each with a name and a sentence. Pure.

The rules are those of 42 CFR 411 for Medicare and of the model regulation on coordination of benefits for the rest. An
injury that a case answers for goes before every plan and stands outside this order (`PatientCase`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

MEDICARE = ("medicare", "medicare_advantage")
ESRD_MONTHS = 30
MEDICARE_AGE = 65
AGED_NOW = (
    "The patient is 65 or over: Medicare is because of age now, also for who had it for a disability before, and an "
    "employer counts from 20 people. Ask again with age as the reason."
)
WORKING_AGED_EMPLOYEES, DISABILITY_EMPLOYEES = 20, 100
# How many work for the employer, as it is asked: the least of each band.
EMPLOYEES = {"under20": 0, "20to99": 20, "100up": 100}
WORKERS = ("self", "spouse", "family")


@dataclass(frozen=True)
class Plan:
    """A coverage as the rules see it. `relationship` is X12's (18 self, 19 child); `holder_*` is the subscriber."""

    key: str
    name: str
    kind: str
    relationship: str
    holder: str
    holder_born_on: date | None
    since: date
    position: int
    tricare: bool = False

    @property
    def is_group(self) -> bool:
        """Whether it may come through somebody's work."""
        return self.kind not in (*MEDICARE, "medicaid") and not self.tricare


@dataclass(frozen=True)
class Answers:
    """What was said. Each field is "" where it was not asked.

    `because` is why there is Medicare: age, disability, kidney. `works` is through whose present work the group plan
    comes: self, spouse, family, no. `employees` is a key of EMPLOYEES. `kidney_since` is the first month of Medicare,
    or of what would have been, because of kidney failure. `parents` is together, apart or joint (custody);
    `court_plan` and `custody_plan` are keys of plans. `former` holds the plans that come from former work.
    `injury` is work, auto, other or no.
    """

    injury: str = "no"
    because: str = ""
    works: str = ""
    employees: str = ""
    kidney_since: date | None = None
    parents: str = ""
    court_plan: str = ""
    custody_plan: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A plan's proposed place: from 1, with the rule that puts it there. `msp_type` is SBR05, "" for none."""

    plan: Plan
    position: int
    rule: str
    why: str
    msp_type: str = ""


@dataclass(frozen=True)
class Proposal:
    """The order that the answers lead to, and what a person must know besides."""

    places: Sequence[Place]
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def changes(self) -> bool:
        return any(place.position != place.plan.position for place in self.places)


def asks(plans: Sequence[Plan]) -> set[str]:
    """Which questions these plans raise: medicare, parents, former."""
    wanted = set()
    groups = [plan for plan in plans if plan.is_group]
    if groups and any(plan.kind in MEDICARE for plan in plans):
        wanted.add("medicare")
    if len([plan for plan in groups if plan.relationship == "19"]) > 1:
        wanted.add("parents")
    if len(groups) > 1:
        wanted.add("former")
    return wanted


def is_aged(born_on: date, on: date) -> bool:
    """Whether Medicare may be because of age on a day: from the month in which one turns 65.

    Who is born on the first of a month has it from the month before.
    """
    year, month = born_on.year + MEDICARE_AGE, born_on.month
    if born_on.day == 1:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return on >= date(year, month, 1)


def faults(
    plans: Sequence[Plan], answers: Answers, *, aged: bool | None = None, today: date | None = None
) -> dict[str, str]:
    """What is still to be asked before an order can be proposed: field to sentence.

    `aged` is what `is_aged` says of the patient, None leaves the age out; without `today` no month lies in the future.
    """
    wanted = asks(plans)
    wrong = {}
    if "medicare" in wanted:
        if answers.because not in ("age", "disability", "kidney"):
            wrong["because"] = "Say why the patient has Medicare."
        if answers.because == "age" and aged is False:
            wrong["because"] = (
                "The patient is under 65: before that Medicare is for a disability or kidney failure."
            )
        if answers.because == "kidney" and answers.kidney_since is None:
            wrong["kidney_since"] = "Enter the first month of Medicare because of kidney failure."
        elif (
            answers.because == "kidney" and today is not None and _month(answers.kidney_since) > _month(today)
        ):
            wrong["kidney_since"] = "The first month of Medicare cannot lie in the future."
        if answers.because in ("age", "disability"):
            if answers.works not in (*WORKERS, "no"):
                wrong["works"] = "Say through whose present work the other plan comes."
            elif answers.works != "no" and answers.employees not in EMPLOYEES:
                wrong["employees"] = "Say how many people work for that employer."
    if "parents" in wanted and answers.parents not in ("together", "apart", "joint"):
        wrong["parents"] = "Say whether the parents live together."
    of_parents = {plan.key for plan in plans if plan.relationship == "19"}
    if (
        "parents" in wanted
        and answers.parents == "apart"
        and not {answers.court_plan, answers.custody_plan} & of_parents
    ):
        wrong["custody_plan"] = "Say which plan is that of the parent with custody."
    return wrong


def _month(day: date | None) -> tuple[int, int]:
    return (day.year, day.month) if day else (0, 0)


def propose(plans: Sequence[Plan], answers: Answers, on: date) -> Proposal:
    """The order of these plans on a day. Two plans that no rule tells apart stay as they are."""
    before_medicare, msp, reason = _before_medicare(plans, answers, on)
    keys = {plan.key: _key(plan, plans, answers, before_medicare) for plan in plans}
    ranked = sorted(plans, key=lambda plan: ([step[0] for step in keys[plan.key]], plan.position))
    places = []
    for position, plan in enumerate(ranked, 1):
        neighbour = (
            ranked[position] if position < len(ranked) else ranked[position - 2] if position > 1 else None
        )
        rule, why = _why(keys[plan.key], keys[neighbour.key] if neighbour else None)
        if plan.is_group and before_medicare and rule in ("Medicare", reason[0]):
            rule, why = reason
        second = plan.kind in MEDICARE and before_medicare and position > 1
        places.append(Place(plan, position, rule, why, msp if second else ""))
    return Proposal(places, _notes(plans, answers, before_medicare))


def _before_medicare(plans: Sequence[Plan], answers: Answers, on: date) -> tuple[bool, str, tuple[str, str]]:
    """Whether the group plan goes before Medicare, with SBR05 and the rule (C9)."""
    if "medicare" not in asks(plans):
        return False, "", ("", "")
    employees = EMPLOYEES.get(answers.employees, 0)
    if answers.because == "kidney" and answers.kidney_since is not None:
        months = (on.year - answers.kidney_since.year) * 12 + on.month - answers.kidney_since.month
        if months < ESRD_MONTHS:
            left = ESRD_MONTHS - months
            return (
                True,
                "13",
                (
                    "Kidney failure, first 30 months",
                    f"The group plan pays first for the first 30 months of kidney failure, {left} more from here, "
                    "whether anybody works or not.",
                ),
            )
        return False, "", ("", "")
    if (
        answers.because == "age"
        and answers.works in ("self", "spouse")
        and employees >= WORKING_AGED_EMPLOYEES
    ):
        return (
            True,
            "12",
            (
                "Working aged",
                "The plan of present work, the patient's or the spouse's, with 20 or more employees pays before Medicare.",
            ),
        )
    if answers.because == "disability" and answers.works in WORKERS and employees >= DISABILITY_EMPLOYEES:
        return (
            True,
            "43",
            (
                "Disability",
                "The plan of a family member's present work with 100 or more employees pays before Medicare.",
            ),
        )
    return False, "", ("", "")


_Step = tuple[float, str, str]


def _key(plan: Plan, plans: Sequence[Plan], answers: Answers, before_medicare: bool) -> list[_Step]:
    """How a plan is ranked, one step a rule: what is compared, the rule's name, and its sentence for this plan."""
    return [
        _program(plan, plans, answers, before_medicare),
        _court(plan, answers),
        _own(plan, answers),
        *_parents(plan, answers),
        (
            float(plan.key in answers.former),
            "Present work first",
            "A plan of former work (retired, laid off, continued) pays after one of present work."
            if plan.key in answers.former
            else "A plan of present work pays before one of former work.",
        ),
        (float(plan.since.toordinal()), "Longer in force", f"In force since {plan.since:%m/%d/%Y}."),
    ]


def _program(plan: Plan, plans: Sequence[Plan], answers: Answers, before_medicare: bool) -> _Step:
    if plan.kind == "medicaid":
        return (5, "Medicaid last", "Medicaid pays after every other plan.")
    if plan.tricare:
        return (4, "TRICARE", "TRICARE pays after every plan but Medicaid.")
    if plan.kind in MEDICARE:
        return (2, "Medicare", _medicare_words(answers, before_medicare))
    if not any(each.kind in MEDICARE for each in plans):
        return (1, "Plans before programs", "A plan pays before Medicaid and TRICARE.")
    if before_medicare and (answers.because == "kidney" or plan.key not in answers.former):
        return (1, "Medicare", "This plan pays before Medicare.")
    return (3, "Medicare", "Medicare pays first; this plan supplements it.")


def _medicare_words(answers: Answers, before_medicare: bool) -> str:
    if before_medicare:
        return "Medicare pays second, after the group plan."
    if answers.because == "kidney":
        return "The 30 months are over, so Medicare pays first."
    if answers.works in WORKERS:
        least = WORKING_AGED_EMPLOYEES if answers.because == "age" else DISABILITY_EMPLOYEES
        return f"The employer has fewer than {least} employees, so Medicare pays first."
    return "No plan comes from present work, so Medicare pays first."


def _court(plan: Plan, answers: Answers) -> _Step:
    chosen = bool(answers.court_plan) and plan.key == answers.court_plan and plan.relationship == "19"
    words = (
        "A court order makes this parent's plan pay first."
        if chosen
        else "A court order names the other plan."
    )
    return (0 if chosen else 1, "Court order", words)


def _own(plan: Plan, answers: Answers) -> _Step:
    if plan.relationship == "18":
        return (0, "Own plan first", "A plan of one's own pays before one as a dependent.")
    return (1, "Own plan first", "A plan as a dependent pays after one's own.")


def _parents(plan: Plan, answers: Answers) -> list[_Step]:
    """Two parents' plans: custody where they live apart, else the birthday in the year, never the year (C9)."""
    if plan.relationship != "19" or not answers.parents:
        return [(0, "", ""), (0, "", "")]
    if answers.parents == "apart":
        chosen = plan.key == answers.custody_plan
        words = "the parent with custody" if chosen else "the parent without custody"
        return [(0 if chosen else 1, "Custody", f"This is the plan of {words}."), (0, "", "")]
    born = plan.holder_born_on
    if born is None:
        return [(0, "", ""), (9999, "Birthday rule", "The holder's birthday is not known.")]
    sentence = f"{plan.holder} has a birthday on {born:%m/%d}; the earlier one in the year pays first."
    return [(0, "", ""), (born.month * 100 + born.day, "Birthday rule", sentence)]


def _why(mine: Sequence[_Step], other: Sequence[_Step] | None) -> tuple[str, str]:
    """The first rule that tells a plan from its neighbour."""
    if other is None:
        return "Only plan", "There is no other plan in force."
    for one, two in zip(mine, other, strict=True):
        if one[0] != two[0]:
            return one[1] or two[1], one[2] or two[2]
    return "As it is", "No rule tells these two plans apart: ask the payers."


def _notes(plans: Sequence[Plan], answers: Answers, before_medicare: bool) -> list[str]:
    notes = []
    words: Mapping[str, str] = {
        "work": "workers' compensation",
        "auto": "the automobile insurance",
        "other": "the liability insurance",
    }
    if answers.injury in words:
        notes.append(
            f"For the injury {words[answers.injury]} pays before every plan: open a case and book its visits on it."
        )
    kinds = {plan.kind for plan in plans}
    if {"medicare", "medicare_advantage"} <= kinds:
        advantage = next(plan.name for plan in plans if plan.kind == "medicare_advantage")
        notes.append(
            f"{advantage} stands in the place of Medicare: end the Medicare coverage, it pays nothing."
        )
    if len(plans) > 3:
        notes.append("A claim takes three payers: end what is not in force any more.")
    if before_medicare and len([plan for plan in plans if plan.is_group]) > 1:
        notes.append(
            "More than one plan is beside Medicare: check that the first one is that of the work named."
        )
    return notes
