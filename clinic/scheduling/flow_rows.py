"""The rows behind the flow board: today's visits with all that their cards say, in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date, Row, and_, bindparam, cast, func, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager

from clinic import clock
from clinic.models import (
    Appointment,
    Authorization,
    Coverage,
    EligibilityCheck,
    EntryKind,
    JournalEntry,
    OpenItem,
    PatientScan,
    Payer,
    Receipt,
    Room,
)
from clinic.models.scheduling import NO_VISIT

_DAY = bindparam("day", type_=Date)
_KEPT, _SEAT = aliased(Room), aliased(Room)


def today(session: Session) -> Sequence[Row[Any]]:
    """Today's visits in order of time.

    A row holds Appointment (patient, visit type, provider and both rooms loaded), Coverage of the day or None, the
    newest question `check` and the newest `answer` about it, the Authorization that serves best, `collected` and
    `owed` in dollars or None, `scanned_on` of the card, `protected` for a QMB (R14).
    """
    day = clock.today()
    begins, ends = clock.day_bounds(day)
    return session.execute(
        _VISITS, {"begins": begins, "ends": ends, "day": day, "zone": clock.zone().key}
    ).all()


def _covers(coverage: Any) -> Any:
    return and_(
        coverage.effective_on <= _DAY, or_(coverage.terminated_on.is_(None), coverage.terminated_on >= _DAY)
    )


def _collected() -> Any:
    """Copay money received for the visit, reversed receipts left out."""
    entry, reversal = aliased(JournalEntry), aliased(JournalEntry)
    undone = (
        select(entry.id)
        .join(reversal, reversal.reverses_id == entry.id)
        .where(entry.receipt_id == Receipt.id, entry.kind == EntryKind.PATIENT_RECEIPT)
    )
    return (
        select(func.sum(Receipt.amount))
        .where(Receipt.appointment_id == Appointment.id, Receipt.purpose == "copay", ~undone.exists())
        .scalar_subquery()
    )


def _owed() -> Any:
    return (
        select(func.sum(OpenItem.amount))
        .where(
            OpenItem.patient_id == Appointment.patient_id,
            OpenItem.bucket == "patient",
            OpenItem.amount != 0,
        )
        .scalar_subquery()
    )


def _scanned(coverage_id: Any) -> Any:
    return (
        select(cast(func.timezone(bindparam("zone"), func.max(PatientScan.added_at)), Date))
        .where(PatientScan.coverage_id == coverage_id, PatientScan.kind == "card_front")
        .scalar_subquery()
    )


def _protected() -> Any:
    """Whether nothing may be collected, as in `eligibility.qmb_visits` (R14)."""
    any_plan, said = aliased(Coverage), aliased(EligibilityCheck)
    newest = (
        select(said.benefits["qmb"].astext)
        .where(said.coverage_id == any_plan.id, said.state == "answered")
        .order_by(said.answered_at.desc(), said.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    named = any_plan.plan_name.regexp_match(r"\mQMB\M", "i")
    return (
        select(any_plan.id)
        .where(any_plan.patient_id == Appointment.patient_id, _covers(any_plan), or_(named, newest == "true"))
        .exists()
    )


def _visits() -> Any:
    # Inside a lateral each table has a name of its own: what the whole statement reads would be taken for the outer one.
    one, number = aliased(Coverage), aliased(Authorization)
    plan = (
        select(one.id)
        .where(
            one.patient_id == Appointment.patient_id,
            or_(one.position == 1, one.case_id == Appointment.case_id),
        )
        # The coverage of the visit's own case goes before every plan; then the one that covers the day.
        .order_by(one.position, _covers(one).desc(), one.effective_on.desc(), one.id.desc())
        .limit(1)
        .lateral("plan")
    )
    asked = select(EligibilityCheck).where(EligibilityCheck.coverage_id == plan.c.id)
    newest = asked.order_by(EligibilityCheck.asked_at.desc(), EligibilityCheck.id.desc()).limit(1)
    check = aliased(EligibilityCheck, newest.lateral("asked"), name="check")
    answered = asked.where(EligibilityCheck.state == "answered").order_by(
        EligibilityCheck.answered_at.desc(), EligibilityCheck.id.desc()
    )
    answer = aliased(EligibilityCheck, answered.limit(1).lateral("answered"), name="answer")
    serves = and_(number.ends_on >= _DAY, number.visits_used < number.visits_allowed)
    serving = (
        select(number.id)
        .where(number.coverage_id == plan.c.id, number.starts_on <= _DAY)
        .order_by(serves.desc(), number.ends_on.desc())
        .limit(1)
        .lateral("serving")
    )
    return (
        select(
            Appointment,
            Coverage,
            check,
            answer,
            Authorization,
            _collected().label("collected"),
            _owed().label("owed"),
            _scanned(plan.c.id).label("scanned_on"),
            _protected().label("protected"),
        )
        .join(Appointment.patient)
        .join(Appointment.visit_type)
        .join(Appointment.provider)
        .outerjoin(_KEPT, _KEPT.id == Appointment.room_id)
        .outerjoin(_SEAT, _SEAT.id == Appointment.roomed_in_id)
        .outerjoin(plan, true())
        .outerjoin(Coverage, Coverage.id == plan.c.id)
        .outerjoin(Payer, Payer.id == Coverage.payer_id)
        .outerjoin(check, true())
        .outerjoin(answer, true())
        .outerjoin(serving, true())
        .outerjoin(Authorization, Authorization.id == serving.c.id)
        .where(
            Appointment.starts_at >= bindparam("begins"),
            Appointment.starts_at < bindparam("ends"),
            Appointment.status.not_in(NO_VISIT),
        )
        .options(
            contains_eager(Appointment.patient),
            contains_eager(Appointment.visit_type),
            contains_eager(Appointment.provider),
            contains_eager(Appointment.room.of_type(_KEPT)),
            contains_eager(Appointment.roomed_in.of_type(_SEAT)),
            contains_eager(Coverage.payer),
        )
        .order_by(Appointment.starts_at, Appointment.id)
        # After a change the page is drawn from what the database holds now.
        .execution_options(populate_existing=True)
    )


# Put together once: making and compiling it takes longer than running it.
_VISITS = _visits()
