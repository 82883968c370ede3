"""Everything the desk wants to know about one appointment, beside the schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, eligibility
from clinic.authorizations import judging
from clinic.authorizations.judging import Need
from clinic.eligibility.money import VisitMoney, money_of
from clinic.models import (
    Appointment,
    Authorization,
    Coverage,
    EligibilityCheck,
    Statement,
    Task,
)
from clinic.models.scheduling import ENDED
from clinic.scheduling import history, undoing

CLINICS_OWN = ("cancelled_clinic", "rescheduled")


@dataclass(frozen=True)
class Card:
    """One appointment with its plan, its money, the patient's habit of coming, and the next visits.

    `need` is what such a visit wants of its plan; `authorization` serves it, or was the last that did.
    """

    appointment: Appointment
    coverage: Coverage | None
    check: EligibilityCheck | None
    answer: EligibilityCheck | None
    need: Need | None
    authorization: Authorization | None
    money: VisitMoney
    statement_on: date | None
    kept: int
    counted: int
    no_shows: int
    next_visits: Sequence[Appointment]
    to_do: Sequence[Task]
    history: Sequence[history.Happened]
    undo: tuple[bool, bool]  # whether the last move can be taken back, and whether it was this person's

    @property
    def covered(self) -> bool:
        """Whether the coverage brackets the day of the visit (S09)."""
        day = clock.local(self.appointment.starts_at).date()
        return self.coverage is not None and self.coverage.covers(day)

    @property
    def standing(self) -> eligibility.Standing:
        return eligibility.standing(self.check, self.coverage)

    @property
    def left(self) -> list[eligibility.Left]:
        """What is left of the year's deductible and maximum by the answer for the day (ask 27)."""
        return eligibility.left_of_year(self.answer, clock.local(self.appointment.starts_at).date())

    @property
    def authorized(self) -> bool:
        """Whether the authorization serves the visit (K02)."""
        return (
            self.need is not None
            and self.authorization is not None
            and judging.serves(self.authorization, self.need)
        )


def card(session: Session, appointment: Appointment) -> Card:
    """The card of an appointment; what to ask for is the figure of the check-in (A12)."""
    day = clock.local(appointment.starts_at).date()
    coverage = eligibility.coverage_for(session, appointment)
    check = answer = need = authorization = None
    if coverage is not None:
        check = eligibility.latest_on(session, coverage.id, day)
        answer = eligibility.answer_on(session, coverage.id, day)
        need = judging.need_of_visit(appointment, coverage, answer)
        authorization = judging.best(judging.on_file(session, [coverage.id])[coverage.id], need)
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
        answer=answer,
        need=need,
        authorization=authorization,
        money=money_of(session, appointment, coverage),
        statement_on=statement_on,
        kept=sum(status not in ENDED for status in past),
        counted=len(past),
        no_shows=sum(status == "no_show" for status in past),
        next_visits=_next(session, appointment),
        to_do=session.scalars(
            select(Task)
            .where(Task.appointment_id == appointment.id, Task.state == "open")
            .order_by(Task.due_on, Task.id)
        ).all(),
        history=history.history(session, appointment),
        undo=undoing.can_take_back(appointment, history.last_move(session, appointment)),
    )


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


@dataclass(frozen=True)
class Head:
    """The top of a card: what a step of the visit changes."""

    appointment: Appointment
    undo: tuple[bool, bool]


def head(session: Session, appointment: Appointment) -> Head:
    """The top of an appointment's card alone, in one query."""
    return Head(appointment, undoing.can_take_back(appointment, history.last_move(session, appointment)))
