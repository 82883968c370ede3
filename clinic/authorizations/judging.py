"""What one visit wants of its plan, and which authorization serves it: the one judgement of every screen (K02, A7, A12).

A visit is judged by what visits of its kind usually bring, by its plan, its provider and its day; never by the plan
alone, so that a lab draw neither waits for an approval of therapy nor uses it up.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, eligibility
from clinic.models import Appointment, Authorization, Coverage, EligibilityCheck, VisitType

APPROVAL = "authorization"
"""The kind of a number that approves a service; a referral sends a patient here and approves nothing."""


@dataclass(frozen=True)
class Need:
    """What a visit of a kind on a day wants. `why` says in a sentence why it wants an approval; empty where it does not.

    `usual` are the codes that its kind usually brings (none as long as nobody knows), `codes` those of them that the
    plan names, `listed` all that the plan names; `provider_id` None is any.
    """

    day: date
    provider_id: int | None
    usual: frozenset[str]
    codes: frozenset[str]
    listed: frozenset[str]
    why: str

    @property
    def unsure(self) -> bool:
        """The plan wants an approval of some services, and nobody knows yet what visits of this kind bring."""
        return not self.why and not self.usual and bool(self.listed)


@dataclass(frozen=True)
class Judged:
    """One visit with its plan, what it wants, and everything that is on file for the plan."""

    appointment: Appointment
    coverage: Coverage
    need: Need
    on_file: Sequence[Authorization]

    @property
    def authorization(self) -> Authorization | None:
        """The one that serves the visit, else the last that did: ended or used up."""
        return best(self.on_file, self.need)

    @property
    def lacking(self) -> bool:
        """The visit wants an approval, and none on file serves it."""
        return bool(self.need.why) and not any(serves(row, self.need) for row in self.on_file)


def need_of(
    kind: VisitType, day: date, provider_id: int | None, coverage: Coverage, answer: EligibilityCheck | None
) -> Need:
    """What a visit of a kind wants of a plan on a day, by its answer and by the payer's own list (EB11, K02)."""
    said = answer.benefits if answer else {}
    listed = frozenset((*said.get("authorization_codes", []), *coverage.payer.needs_authorization))
    usual = frozenset(kind.usual_codes or ())
    codes = listed & usual
    why = ""
    if codes:
        why = f"{coverage.payer.name} wants one for {', '.join(sorted(codes))}."
    if said.get("authorization", {}).get("in") == "Y":
        why = "The payer's eligibility answer asks for one."
    return Need(day, provider_id, usual, codes, listed, why)


def need_of_visit(visit: Appointment, coverage: Coverage, answer: EligibilityCheck | None) -> Need:
    """What a booked visit wants of its plan; its kind is loaded."""
    day = clock.local(visit.starts_at).date()
    return need_of(visit.visit_type, day, visit.provider_id, coverage, answer)


def fits(row: Authorization, need: Need) -> bool:
    """Whether an authorization is for such a visit on its day, however much of it is left (K02)."""
    return row.ends_on >= need.day and is_for(row, need)


def serves(row: Authorization, need: Need) -> bool:
    """Whether an authorization is for such a visit on its day and not used up (K02)."""
    return row.left > 0 and fits(row, need)


def is_for(row: Authorization, need: Need) -> bool:
    """Whether an authorization that has begun is for the services and the provider of such a visit.

    It holds every code that the plan names for the visit, as the check of a claim asks; where the plan names none, one
    of its usual codes will do, and where nobody knows those, any for a visit that wants one.
    """
    if row.kind != APPROVAL or row.starts_on > need.day:
        return False
    if None not in (row.provider_id, need.provider_id) and row.provider_id != need.provider_id:
        return False
    if not row.codes:
        return True
    if need.codes:
        return need.codes.issubset(row.codes)
    return not need.usual.isdisjoint(row.codes) if need.usual else bool(need.why)


def best(rows: Iterable[Authorization], need: Need) -> Authorization | None:
    """The one that serves a visit and ends first, else the one for such visits that ended last; None where none is."""
    begun = [row for row in rows if is_for(row, need)]
    serving = [row for row in begun if serves(row, need)]
    if serving:
        return min(serving, key=lambda row: (row.ends_on, row.id))
    return max(begun, key=lambda row: (row.ends_on, row.id), default=None)


class Shares:
    """Authorizations of one coverage that visits use up one after the other, the one that ends first before the others.

    A visit takes one visit; of one that counts units it takes one at least, for nobody knows more before it is coded.
    `booked` are the visits of each by id, with those for which nothing was left.
    """

    def __init__(self, rows: Iterable[Authorization]) -> None:
        self.rows = sorted(rows, key=lambda row: (row.ends_on, row.id))
        self.booked = dict.fromkeys((row.id for row in self.rows), 0)

    def take(self, need: Need) -> Authorization | None:
        """The authorization that a visit uses, counted from now on; None where none is left for it."""
        fitting = [row for row in self.rows if fits(row, need)]
        used = next((row for row in fitting if self.room(row)), None)
        if fitting:
            self.booked[(used or fitting[-1]).id] += 1
        return used

    def room(self, row: Authorization) -> bool:
        """Whether one more visit can use it."""
        return self.booked[row.id] < row.left

    def left(self, row: Authorization) -> int:
        """What is left once the booked visits took theirs; units are known only when a visit is coded."""
        return row.left if row.counts == "units" else max(row.left - self.booked[row.id], 0)


def judged(session: Session, visits: Sequence[Appointment]) -> dict[int, Judged]:
    """Each insured visit with what it wants and what is on file, by id; three statements. Their kinds are loaded."""
    coverages = eligibility.coverages_for(session, visits)
    days = {visit.id: clock.local(visit.starts_at).date() for visit in visits}
    answers = eligibility.answers_on(session, {(plan.id, days[number]) for number, plan in coverages.items()})
    rows = on_file(session, {plan.id for plan in coverages.values()})
    found = {}
    for visit in visits:
        plan = coverages.get(visit.id)
        if plan is not None:
            need = need_of_visit(visit, plan, answers.get((plan.id, days[visit.id])))
            found[visit.id] = Judged(visit, plan, need, rows[plan.id])
    return found


def on_file(session: Session, coverage_ids: Iterable[int]) -> dict[int, list[Authorization]]:
    """What is on file for each coverage, the one that ends first before the others, in one statement."""
    found: dict[int, list[Authorization]] = defaultdict(list)
    for row in session.scalars(
        select(Authorization)
        .where(Authorization.coverage_id.in_(list(coverage_ids)))
        .order_by(Authorization.ends_on, Authorization.id)
    ):
        found[row.coverage_id].append(row)
    return found
