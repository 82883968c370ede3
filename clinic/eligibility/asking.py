"""Asking a payer: the question is a row with its trace, the 270 is written and sent by jobs (E1, E7, design 5)."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats, queue
from clinic.eligibility.errors import NotAsked
from clinic.eligibility.question import SELF
from clinic.eligibility.reading import coverage_for, latest_on
from clinic.eligibility.waiting import UNDER_WAY, is_late
from clinic.models import Appointment, ControlNumber, Coverage, EligibilityCheck

FRESH = timedelta(days=3)
"""How old an answer may be at arrival (E7)."""
PLAN = "30"
BACK = timedelta(days=2 * 365)
AHEAD = timedelta(days=365)
"""How far back and ahead a day may lie that is asked about by hand."""


def ask(
    session: Session,
    coverage: Coverage,
    service_on: date,
    *,
    appointment: Appointment | None = None,
    service_types: Sequence[str] = (),
) -> EligibilityCheck:
    """Ask a payer about one coverage on the date of service, and answer the check, state "waiting" (E1, ask 28).

    While a question for the same coverage and day is under way, that one is answered: a second click asks nothing.
    Without `service_types` the plan (30) and the visit type's own are asked for. Raises NotAsked.
    """
    # One question at a time for a coverage: two clicks at once must not ask twice.
    query = select(Coverage).where(Coverage.id == coverage.id).with_for_update(key_share=True)
    coverage = session.scalars(query.execution_options(populate_existing=True)).one()
    pending = session.scalar(
        select(EligibilityCheck)
        .where(
            EligibilityCheck.coverage_id == coverage.id,
            EligibilityCheck.service_on == service_on,
            EligibilityCheck.state.in_(UNDER_WAY),
        )
        .order_by(EligibilityCheck.id.desc())
        .limit(1)
    )
    if not service_types and appointment is not None:
        service_types = (appointment.visit_type.service_type,)
    if (
        pending is not None
        and not is_late(pending)
        and {PLAN, *service_types} <= {PLAN, *pending.service_types}
    ):
        return pending
    must_be_askable(coverage)
    check = EligibilityCheck(
        coverage_id=coverage.id,
        appointment_id=appointment.id if appointment else None,
        service_on=service_on,
        service_types=list(dict.fromkeys((PLAN, *service_types))),
        trace=f"{next_number(session, 'clinic', 'trace'):09d}",
        asked_by=audit.actor().user_id,
        asked_at=clock.now(),
    )
    session.add(check)
    session.flush()
    audit.record(
        session,
        "eligibility.ask",
        patients=[coverage.patient_id],
        subject=f"eligibility:{check.trace}",
        category="eligibility",
    )
    queue.add(session, "jobs.eligibility.send", check.id, key=f"eligibility-send-{check.id}-0")
    return check


def ask_at_arrival(session: Session, appointment: Appointment) -> EligibilityCheck | None:
    """Ask when the last answer for the visit's primary coverage is older than three days (E7).

    Answers the check that counts: the fresh one, the one under way or the new one; None where there is no coverage,
    or where it cannot be asked: an arrival is never stopped by that.
    """
    coverage = coverage_for(session, appointment)
    if coverage is None:
        return None
    counts = ask_when_stale(session, coverage, appointment)
    ask_others(session, appointment, coverage)
    return counts


def ask_others(session: Session, appointment: Appointment, coverage: Coverage) -> None:
    """Ask the payers that pay after `coverage` too, where their answers are not fresh (E1, E7)."""
    for other in others_on(session, appointment, coverage):
        ask_when_stale(session, other, appointment)


def others_on(session: Session, appointment: Appointment, coverage: Coverage) -> list[Coverage]:
    """The patient's other plans on the day of the visit, in order; the insurer of another case is none of them."""
    found = coverages_on(session, appointment)
    return [each for each in found if each.id != coverage.id and each.case_id is None]


def ask_when_stale(session: Session, coverage: Coverage, appointment: Appointment) -> EligibilityCheck | None:
    """Ask about one coverage of a visit unless its answer is fresh (E7); None where it cannot be asked."""
    service_on = clock.local(appointment.starts_at).date()
    last = latest_on(session, coverage.id, service_on)
    if last is not None and is_settled(last, service_on) and _is_about(last, appointment):
        return last
    try:
        return ask(session, coverage, service_on, appointment=appointment)
    except NotAsked:
        return None


def _is_about(check: EligibilityCheck, appointment: Appointment) -> bool:
    """Whether a question was about this kind of service, or about the plan alone; never about another kind (E1)."""
    kinds = set(check.service_types) - {PLAN}
    return not kinds or appointment.visit_type.service_type in kinds


def coverages_on(session: Session, appointment: Appointment) -> list[Coverage]:
    """Every coverage of the patient on the day of the visit, in order: each payer has its own answer (E1).

    None where the patient wants his plans not used for the visit: no payer is told of it (F1).
    """
    if appointment.self_pay:
        return []
    day = clock.local(appointment.starts_at).date()
    query = select(Coverage).where(Coverage.patient_id == appointment.patient_id).order_by(Coverage.position)
    return [one for one in session.scalars(query.options(joinedload(Coverage.payer))) if one.covers(day)]


def is_settled(check: EligibilityCheck, service_on: date) -> bool:
    """Whether a visit needs no new question: a fresh answer in the visit's month, or one that was tried today."""
    if check.state == "answered":
        same_month = (check.service_on.year, check.service_on.month) == (service_on.year, service_on.month)
        return same_month and check.answered_at is not None and clock.now() - check.answered_at <= FRESH
    return clock.local(check.asked_at).date() == clock.today()


def retry(session: Session, check: EligibilityCheck) -> EligibilityCheck:
    """Send an unanswered, refused or failed question again under its trace, in a new file; never waits.

    A check that was answered is asked anew instead, as a question of its own. The second click changes nothing.
    """
    session.refresh(check, with_for_update={"of": EligibilityCheck})
    if check.state == "answered":
        return ask(session, check.coverage, check.service_on, service_types=check.service_types)
    if check.state == "waiting" or (check.state == "sent" and not is_late(check)):
        return check
    must_be_askable(check.coverage)
    check.state, check.reason, check.next_step = "waiting", "", ""
    check.asked_at, check.asked_by = clock.now(), audit.actor().user_id
    audit.record(
        session,
        "eligibility.retry",
        patients=[check.coverage.patient_id],
        subject=f"eligibility:{check.trace}",
        category="eligibility",
        changes={"attempt": check.attempts + 1},
    )
    # By the clock too: a question that never left the queue is asked for again with the same count of attempts.
    key = f"eligibility-send-{check.id}-{check.attempts}-{int(clock.wall_now().timestamp())}"
    queue.add(session, "jobs.eligibility.send", check.id, key=key)
    session.flush()
    return check


def next_number(session: Session, partner: str, kind: str) -> int:
    """The next of a kind of number with a partner; the row's lock makes two writers wait for each other."""
    query = (
        insert(ControlNumber)
        .values(partner=partner, kind=kind, last=1)
        .on_conflict_do_update(index_elements=["partner", "kind"], set_={"last": ControlNumber.last + 1})
        .returning(ControlNumber.last)
    )
    return int(session.execute(query).scalar_one())


def loaded(check_id: int) -> Select[EligibilityCheck]:
    """A check under lock with everything its question needs."""
    return (
        select(EligibilityCheck)
        .where(EligibilityCheck.id == check_id)
        .options(
            joinedload(EligibilityCheck.coverage).joinedload(Coverage.patient),
            joinedload(EligibilityCheck.coverage).joinedload(Coverage.payer),
        )
        .with_for_update(of=EligibilityCheck)
    )


def must_be_a_day_to_ask(coverage: Coverage, day: date) -> None:
    """Raise NotAsked for a day that a question by hand cannot mean: before the coverage, long ago or far ahead (E1)."""
    today = clock.today()
    if day < coverage.effective_on:
        raise NotAsked(f"The coverage begins {formats.mdy(coverage.effective_on)}: enter a later date.")
    if day < today - BACK:
        raise NotAsked("Enter a date within the last two years: payers do not answer for older ones.")
    if day > today + AHEAD:
        raise NotAsked("Enter a date within the coming year: payers do not answer further ahead.")


def must_be_askable(coverage: Coverage) -> None:
    """Raise NotAsked where the coverage lacks what every question to a payer needs."""
    if not coverage.payer.active:
        raise NotAsked(f"{coverage.payer.name} is not used any more: choose the payer on the coverage.")
    if coverage.case_id is not None:
        raise NotAsked(f"{coverage.payer.name} answers for an injury: call the adjuster of the case.")
    if not coverage.member_id.strip():
        raise NotAsked("The coverage has no member ID: copy it from the card.")
    if coverage.relationship_code != SELF and not (
        coverage.subscriber_last_name and coverage.subscriber_born_on
    ):
        raise NotAsked("The coverage is somebody else's policy: enter the subscriber's name and birth date.")
