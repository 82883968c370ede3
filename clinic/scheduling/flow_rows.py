"""The rows behind the flow board: today's visits with all that their cards say, in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date, Row, bindparam, cast, func, select, true
from sqlalchemy.orm import Session, aliased, contains_eager

from clinic import clock, eligibility, ledger
from clinic.models import (
    Appointment,
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
from clinic.patients import in_force

_DAY = bindparam("day", type_=Date)
_KEPT, _SEAT = aliased(Room), aliased(Room)


def today(session: Session) -> Sequence[Row[Any]]:
    """Today's visits in order of time.

    A row holds Appointment (patient, visit type, provider and both rooms loaded), Coverage of the day or None, the
    question `check` and the `answer` that count for today, `collected` and `owed` in dollars or None, `scanned_on` of
    the card, `protected` for a QMB (R14).
    """
    day = clock.today()
    begins, ends = clock.day_bounds(day)
    return session.execute(
        _VISITS, {"begins": begins, "ends": ends, "day": day, "zone": clock.zone().key}
    ).all()


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
            OpenItem.bucket == ledger.PATIENT,
            ledger.IS_OPEN,
        )
        .scalar_subquery()
    )


def _scanned(coverage_id: Any) -> Any:
    return (
        select(cast(func.timezone(bindparam("zone"), func.max(PatientScan.added_at)), Date))
        .where(PatientScan.coverage_id == coverage_id, PatientScan.kind == "card_front")
        .scalar_subquery()
    )


def _visits() -> Any:
    # Inside a lateral each table has a name of its own: what the whole statement reads would be taken for the outer one.
    one = aliased(Coverage)
    plan = (
        select(one.id)
        .where(
            one.patient_id == Appointment.patient_id,
            in_force.may_answer(one, _DAY, Appointment.case_id, Appointment.self_pay),
        )
        .order_by(*in_force.best(one, _DAY))
        .limit(1)
        .lateral("plan")
    )
    asked = select(EligibilityCheck).where(EligibilityCheck.coverage_id == plan.c.id)
    latest = asked.where(eligibility.same_month(_DAY)).order_by(*eligibility.asked_for(_DAY)).limit(1)
    check = aliased(EligibilityCheck, latest.lateral("asked"), name="check")
    answered = asked.where(EligibilityCheck.state == "answered").order_by(*eligibility.answered_for(_DAY))
    answer = aliased(EligibilityCheck, answered.limit(1).lateral("answered"), name="answer")
    return (
        select(
            Appointment,
            Coverage,
            check,
            answer,
            _collected().label("collected"),
            _owed().label("owed"),
            _scanned(plan.c.id).label("scanned_on"),
            eligibility.protected(Appointment.patient_id, _DAY).label("protected"),
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
