"""Everything the desk wants to know about one appointment, beside the schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, ledger
from clinic.models import (
    Appointment,
    Authorization,
    Coverage,
    EligibilityCheck,
    Receipt,
    Statement,
)
from clinic.models.scheduling import ENDED
from clinic.scheduling import history

ZERO = Decimal("0.00")
CLINICS_OWN = ("cancelled_clinic", "rescheduled")


@dataclass(frozen=True)
class Card:
    """One appointment with its plan, its money, the patient's habit of coming, and the next visits."""

    appointment: Appointment
    coverage: Coverage | None
    check: EligibilityCheck | None
    authorization: Authorization | None
    copay: Decimal
    old_balance: Decimal
    collected: Decimal
    statement_on: date | None
    kept: int
    counted: int
    no_shows: int
    next_visits: Sequence[Appointment]
    history: Sequence[history.Happened]
    can_undo: bool

    @property
    def covered(self) -> bool:
        """Whether the coverage brackets the day of the visit (S09)."""
        day = clock.local(self.appointment.starts_at).date()
        return self.coverage is not None and self.coverage.covers(day)

    @property
    def to_ask(self) -> Decimal:
        return max(self.copay + self.old_balance - self.collected, ZERO)


def card(session: Session, appointment: Appointment) -> Card:
    """The card of an appointment; the old balance is what the patient owes less what is held unapplied."""
    day = clock.local(appointment.starts_at).date()
    coverage = _coverage(session, appointment.patient_id, day)
    check = authorization = None
    if coverage is not None:
        check = session.scalars(
            select(EligibilityCheck)
            .where(EligibilityCheck.coverage_id == coverage.id)
            .order_by(EligibilityCheck.asked_at.desc())
        ).first()
        authorization = session.scalars(
            select(Authorization)
            .where(Authorization.coverage_id == coverage.id, Authorization.starts_on <= day)
            .order_by(Authorization.ends_on.desc())
        ).first()
    copay = ZERO
    if appointment.visit_type.takes_copay and coverage is not None and coverage.copay is not None:
        copay = coverage.copay
    collected = session.scalar(
        select(func.coalesce(func.sum(Receipt.amount), ZERO)).where(Receipt.appointment_id == appointment.id)
    )
    balance = ledger.patient_balance(session, appointment.patient_id)
    statement_on = session.scalar(
        select(func.max(Statement.statement_on)).where(
            Statement.guarantor_id == appointment.patient.guarantor_id
        )
    )
    past = session.scalars(
        select(Appointment.status)
        .where(
            Appointment.patient_id == appointment.patient_id,
            Appointment.id != appointment.id,
            Appointment.starts_at < clock.now(),
            Appointment.status.not_in((*CLINICS_OWN, "cancelled_patient")),
        )
        .order_by(Appointment.starts_at.desc())
        .limit(5)
    ).all()
    return Card(
        appointment=appointment,
        coverage=coverage,
        check=check,
        authorization=authorization,
        copay=copay,
        old_balance=max(balance.patient, ZERO),
        collected=collected or ZERO,
        statement_on=statement_on,
        kept=sum(status not in ENDED for status in past),
        counted=len(past),
        no_shows=sum(status == "no_show" for status in past),
        next_visits=_next(session, appointment),
        history=history.history(session, appointment),
        can_undo=_can_undo(session, appointment),
    )


def _coverage(session: Session, patient_id: int, day: date) -> Coverage | None:
    """The primary coverage of a day, else the newest one, so that the card can say that it ended."""
    found = session.scalars(
        select(Coverage)
        .options(joinedload(Coverage.payer))
        .where(Coverage.patient_id == patient_id, Coverage.position == 1)
        .order_by(Coverage.effective_on.desc())
    ).all()
    return next((coverage for coverage in found if coverage.covers(day)), found[0] if found else None)


def _next(session: Session, appointment: Appointment) -> Sequence[Appointment]:
    return session.scalars(
        select(Appointment)
        .options(joinedload(Appointment.visit_type))
        .where(
            Appointment.patient_id == appointment.patient_id,
            Appointment.id != appointment.id,
            Appointment.starts_at > max(clock.now(), appointment.starts_at),
            Appointment.status.not_in(ENDED),
        )
        .order_by(Appointment.starts_at)
        .limit(3)
    ).all()


def _can_undo(session: Session, appointment: Appointment) -> bool:
    last = history.last_move(session, appointment)
    return last is not None and bool(last.from_status)


@dataclass(frozen=True)
class Head:
    """The top of a card: what a step of the visit changes."""

    appointment: Appointment
    can_undo: bool


def head(session: Session, appointment: Appointment) -> Head:
    """The top of an appointment's card alone, in one query."""
    return Head(appointment, _can_undo(session, appointment))
