"""Reading what is known: the latest answer of a coverage, its raw segments, the copay of a visit (asks 26, 27, 30)."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Date, Integer, and_, cast, column, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, joinedload

from clinic import clock, x12
from clinic.eligibility import selection
from clinic.models import (
    Appointment,
    Coverage,
    EligibilityCheck,
    EntryKind,
    JournalEntry,
    Receipt,
    StoredFile,
    VisitType,
)
from clinic.patients import cases, in_force

ZERO = Decimal("0.00")
INJURIES = ("workers_comp", "auto", "liability")


class CopayDue(NamedTuple):
    """What to ask for the visit, and where that comes from.

    `source`: "271", "coverage" (as typed from the card), "visit type" (takes none), "qmb" (nobody may ask), "injury" (its insurer leaves none), or "none". `collected` was
    received for this appointment already; `due` is what is left. `ambiguous` marks a 271 that names several.
    """

    amount: Decimal
    source: str
    collected: Decimal = ZERO
    ambiguous: bool = False

    @property
    def due(self) -> Decimal:
        return max(self.amount - self.collected, ZERO)


def latest(session: Session, coverage_id: int) -> EligibilityCheck | None:
    """The newest check of a coverage, whatever its state."""
    return latest_of(session, [coverage_id]).get(coverage_id)


def latest_answer(session: Session, coverage_id: int) -> EligibilityCheck | None:
    """The newest check that was answered: what a silent payer said the last time."""
    return answers_of(session, [coverage_id]).get(coverage_id)


def latest_on(session: Session, coverage_id: int, day: date) -> EligibilityCheck | None:
    """The check that counts for a visit: the newest about its day, else the newest about its month (E1, E7)."""
    return session.scalars(
        select(EligibilityCheck)
        .where(EligibilityCheck.coverage_id == coverage_id, same_month(day))
        .order_by(*asked_for(day))
        .limit(1)
    ).first()


def answer_on(session: Session, coverage_id: int, day: date) -> EligibilityCheck | None:
    """The answer that is shown for a visit: about its day, else its month, else the newest of all (E1, E7).

    The last resort is what a silent payer said before; its own date of service must be shown with it.
    """
    return answers_on(session, {(coverage_id, day)}).get((coverage_id, day))


def answers_on(
    session: Session, wanted: Collection[tuple[int, date]]
) -> dict[tuple[int, date], EligibilityCheck]:
    """The answers of `answer_on` for coverages and days, in one query."""
    pairs = (
        func.unnest(
            cast([coverage_id for coverage_id, _ in wanted], ARRAY(Integer)),
            cast([day for _, day in wanted], ARRAY(Date)),
        )
        .table_valued(column("coverage_id", Integer), column("day", Date), name="wanted")
        .render_derived()
    )
    query = (
        select(pairs.c.coverage_id, pairs.c.day, EligibilityCheck)
        .join(EligibilityCheck, EligibilityCheck.coverage_id == pairs.c.coverage_id)
        .where(EligibilityCheck.state == "answered")
        .ext(distinct_on(pairs.c.coverage_id, pairs.c.day))
        .order_by(
            pairs.c.coverage_id,
            pairs.c.day,
            *answered_for(pairs.c.day),
        )
    )
    return {(coverage_id, day): check for coverage_id, day, check in session.execute(query)}


def same_month(day: Any, check: Any = EligibilityCheck) -> ColumnElement[bool]:
    """Whether a check is about the month of a day; `day` is a date or an expression, `check` the table or an alias."""
    if isinstance(day, date):
        begins = day.replace(day=1)
        after = (begins + timedelta(days=32)).replace(day=1)
        return and_(check.service_on >= begins, check.service_on < after)
    return func.date_trunc("month", check.service_on) == func.date_trunc("month", day)


def asked_for(day: Any, check: Any = EligibilityCheck) -> tuple[Any, ...]:
    """The order that puts the check of `latest_on` first."""
    return ((check.service_on == day).desc(), check.asked_at.desc(), check.id.desc())


def answered_for(day: Any, check: Any = EligibilityCheck) -> tuple[Any, ...]:
    """The order that puts the answer of `answer_on` first."""
    return (
        (check.service_on == day).desc(),
        same_month(day, check).desc(),
        check.answered_at.desc(),
        check.id.desc(),
    )


def latest_of(session: Session, coverage_ids: Iterable[int]) -> dict[int, EligibilityCheck]:
    """The newest check of each coverage, in one query."""
    query = (
        select(EligibilityCheck)
        .where(EligibilityCheck.coverage_id.in_(list(coverage_ids)))
        .ext(distinct_on(EligibilityCheck.coverage_id))
        .order_by(EligibilityCheck.coverage_id, EligibilityCheck.asked_at.desc(), EligibilityCheck.id.desc())
    )
    return {check.coverage_id: check for check in session.scalars(query)}


def history(session: Session, coverage_id: int, limit: int = 20) -> list[EligibilityCheck]:
    """The checks of a coverage, newest first."""
    query = (
        select(EligibilityCheck)
        .where(EligibilityCheck.coverage_id == coverage_id)
        .order_by(EligibilityCheck.asked_at.desc(), EligibilityCheck.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def coverage_for(session: Session, appointment: Appointment) -> Coverage | None:
    """The plan that answers for a visit, by the rule of `in_force`; None for self-pay."""
    return coverages_for(session, [appointment]).get(appointment.id)


def coverages_for(session: Session, appointments: Sequence[Appointment]) -> dict[int, Coverage]:
    """The coverage of each visit by appointment id, payers loaded, in one query."""
    query = (
        select(Coverage)
        .where(
            Coverage.patient_id.in_([each.patient_id for each in appointments]),
            or_(Coverage.case_id.is_(None), Coverage.case_id.in_([each.case_id for each in appointments])),
        )
        .options(joinedload(Coverage.payer))
    )
    by_patient: dict[int, list[Coverage]] = {}
    for coverage in session.scalars(query):
        by_patient.setdefault(coverage.patient_id, []).append(coverage)
    found = {}
    for each in appointments:
        day = clock.local(each.starts_at).date()
        plan = in_force.plan_on(
            by_patient.get(each.patient_id, []), day, each.case_id, self_pay=each.self_pay
        )
        if plan is not None:
            found[each.id] = plan
    return found


def copay_due(session: Session, appointment: Appointment) -> CopayDue:
    """The copay of a visit: from the 271, else as typed on the coverage, else none (asks 26, 30)."""
    return copays_due(session, [appointment])[appointment.id]


def copays_due(session: Session, appointments: Sequence[Appointment]) -> dict[int, CopayDue]:
    """The copays of many visits by appointment id, in five queries whatever their number."""
    coverages = coverages_for(session, appointments)
    days = {each.id: clock.local(each.starts_at).date() for each in appointments}
    checks = answers_on(session, {(plan.id, days[visit_id]) for visit_id, plan in coverages.items()})
    collected = collected_for(session, [each.id for each in appointments])
    protected = qmb_visits(session, appointments)
    kinds = {
        kind.id: kind
        for kind in session.scalars(
            select(VisitType).where(VisitType.id.in_({each.visit_type_id for each in appointments}))
        )
    }
    due = {}
    for each in appointments:
        coverage = coverages.get(each.id)
        if each.id in protected:
            due[each.id] = CopayDue(ZERO, "qmb", collected.get(each.id, ZERO))
            continue
        amount, source, ambiguous = copay_of(
            kinds[each.visit_type_id],
            coverage,
            checks.get((coverage.id, days[each.id])) if coverage else None,
            days[each.id],
        )
        due[each.id] = CopayDue(amount, source, collected.get(each.id, ZERO), ambiguous)
    return due


def qmb_visits(session: Session, appointments: Sequence[Appointment]) -> set[int]:
    """Of these visits, those of Qualified Medicare Beneficiaries: nothing may be collected for them (R14).

    By the answer for its day about any coverage of the day, or by the plan's name as typed from the card.
    """
    visits = (
        func.unnest(
            cast([each.id for each in appointments], ARRAY(Integer)),
            cast([each.patient_id for each in appointments], ARRAY(Integer)),
            cast([clock.local(each.starts_at).date() for each in appointments], ARRAY(Date)),
        )
        .table_valued(
            column("id", Integer), column("patient_id", Integer), column("day", Date), name="visits"
        )
        .render_derived()
    )
    query = select(visits.c.id).where(protected(visits.c.patient_id, visits.c.day))
    return set(session.scalars(query))


def protected(patient_id: Any, day: Any) -> ColumnElement[bool]:
    """Whether nothing may be collected of a patient on a day, in a statement over visits (R14)."""
    plan, said = aliased(Coverage), aliased(EligibilityCheck)
    answer = (
        select(said.benefits["qmb"].astext)
        .where(said.coverage_id == plan.id, said.state == "answered")
        .order_by(*answered_for(day, said))
        .limit(1)
        .scalar_subquery()
    )
    named = plan.plan_name.regexp_match(r"\mQMB\M", "i")
    return (
        select(plan.id)
        .where(plan.patient_id == patient_id, in_force.covers(plan, day), or_(named, answer == "true"))
        .exists()
    )


def is_protected(coverage: Coverage, answer: EligibilityCheck | None, day: date) -> bool:
    """Whether a coverage makes its patient a Qualified Medicare Beneficiary on a day, as in `qmb_visits` (R14)."""
    named = re.search(r"\bQMB\b", coverage.plan_name, re.IGNORECASE) is not None
    return coverage.covers(day) and (named or (answer is not None and answer.benefits.get("qmb") is True))


def answers_of(session: Session, coverage_ids: Iterable[int]) -> dict[int, EligibilityCheck]:
    """The newest *answered* check of each coverage: a payer that is silent today does not undo yesterday's answer."""
    query = (
        select(EligibilityCheck)
        .where(EligibilityCheck.coverage_id.in_(list(coverage_ids)), EligibilityCheck.state == "answered")
        .ext(distinct_on(EligibilityCheck.coverage_id))
        .order_by(
            EligibilityCheck.coverage_id, EligibilityCheck.answered_at.desc(), EligibilityCheck.id.desc()
        )
    )
    return {check.coverage_id: check for check in session.scalars(query)}


def collected_for(
    session: Session, appointment_ids: Sequence[int], until: int | None = None
) -> dict[int, Decimal]:
    """Copay money received for each appointment, reversed receipts left out.

    With `until`, as it stood after the journal entry of that id.
    """
    reversal = aliased(JournalEntry)
    undone = (
        select(JournalEntry.id)
        .join(reversal, reversal.reverses_id == JournalEntry.id)
        .where(JournalEntry.receipt_id == Receipt.id, JournalEntry.kind == EntryKind.PATIENT_RECEIPT)
    )
    if until is not None:
        undone = undone.where(reversal.id <= until)
    query = (
        select(Receipt.appointment_id, func.sum(Receipt.amount))
        .where(Receipt.appointment_id.in_(appointment_ids), Receipt.purpose == "copay", ~undone.exists())
        .group_by(Receipt.appointment_id)
    )
    if until is not None:
        taken = select(JournalEntry.id).where(
            JournalEntry.receipt_id == Receipt.id,
            JournalEntry.kind == EntryKind.PATIENT_RECEIPT,
            JournalEntry.id <= until,
        )
        query = query.where(taken.exists())
    return {number: amount for number, amount in session.execute(query) if number is not None}


def segments(session: Session, check: EligibilityCheck) -> tuple[str, str]:
    """The raw 270 and 271 of a check, one segment a line; empty where there is none yet.

    Only the sets that carry its trace: a payer's file may hold other patients' answers.
    """
    return segments_of(session, check.trace, check.question_file_id, check.answer_file_id)


def segments_of(
    session: Session, trace: str, asked_file_id: int | None, answered_file_id: int | None
) -> tuple[str, str]:
    """The raw segments of a question and its answer: the sets of both files that carry the trace."""
    return _text(session, trace, asked_file_id), _text(session, trace, answered_file_id)


def _text(session: Session, trace: str, file_id: int | None) -> str:
    if file_id is None:
        return ""
    content = session.get_one(StoredFile, file_id).content()
    lines = [
        line
        for interchange in x12.read_interchanges(content)
        for one in interchange.sets
        if any(segment.id in ("TRN", "BHT") and trace in segment.elements for segment in one.segments)
        for line in x12.raw_segments(content, one.position, one.last_position)
    ]
    return "\n".join(line + "~" for line in lines)


def copay_of(
    visit_type: VisitType, coverage: Coverage | None, check: EligibilityCheck | None, day: date
) -> tuple[Decimal, str, bool]:
    """Copay, its source and whether it is ambiguous, of a visit on a day; `check` is the newest answered one.

    That one may have been asked about a visit of another kind: the copay is of this one's service type (E3).
    """
    if not visit_type.takes_copay:
        return ZERO, "visit type", False
    if coverage is None:
        return ZERO, "none", False
    if insures_injuries(coverage):
        return ZERO, "injury", False
    if check is not None and check.active is False and check.service_on.year == day.year:
        return ZERO, "none", False
    if check is not None and same_plan_year(check, day):
        value = selection.copay_inside(check.benefits, visit_type.service_type)
        if value:
            low, high = Decimal(value["low"]), Decimal(value["high"])
            if low == high:
                return low, "271", False
            # Of several amounts the one on the card is the likeliest; without it, ask for the least.
            typed = coverage.copay
            return (typed if typed is not None and low <= typed <= high else low), "271", True
    if coverage.copay is None or coverage.payer.kind == "medicaid":
        # A Medicaid patient pays only the copay that the 271 shows (E8).
        return ZERO, "none", False
    return coverage.copay, "coverage", False


def insures_injuries(coverage: Coverage) -> bool:
    """Whether a coverage is an insurer's of injuries at work or in an accident, which leaves no copay.

    A health plan that pays for a case is none.
    """
    return coverage.payer.kind in INJURIES or cases.pays_for_injuries(coverage.payer)


def same_plan_year(check: EligibilityCheck, day: date) -> bool:
    """Whether an answer speaks of the plan year that a day lies in."""
    ends_on = check.benefits.get("ends_on")
    return check.service_on.year == day.year and not (ends_on and date.fromisoformat(ends_on) < day)
