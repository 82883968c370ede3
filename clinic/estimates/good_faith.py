"""Good-faith estimates: who must be given one, by when, and what was given (F1, 45 CFR 149.610)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, files
from clinic.estimates import business_days
from clinic.estimates.errors import EstimateRefused
from clinic.models import Appointment, AppointmentMove, Coverage, Estimate, GoodFaithStep
from clinic.models.scheduling import NO_VISIT
from clinic.patients import in_force
from clinic.patients.coverages import OF_A_CASE

WAYS = {"in_person": "In person", "mail": "By mail", "e_mail": "By e-mail"}
CLOSINGS = {
    "declined": "The patient did not want one",
    "not_given": "The visit took place without one",
    "elsewhere": "It was given outside this list",
}
"""Why nothing is owed any more after a visit whose estimate was late."""
DAY = timedelta(days=1)
KEPT = timedelta(days=30)
"""So long a visit that has passed stays in the list, unless its estimate was given or closed with a reason."""
SOON, LATER = 3, 10
"""From this many business days ahead one is due, and from this many there is more time for it."""
WITHIN = 3
"""Business days after the patient asked, or after a visit was booked long ahead."""
WORDS = {
    "given": "Given",
    "due": "Due",
    "overdue": "Overdue",
    "changed": "Changed since",
    "closed": "Closed",
    "not_needed": "Not due",
}


@dataclass(frozen=True)
class GoodFaith:
    """How a visit stands: `state` is one of WORDS. `due_on` None where nothing obliges; `estimate` is the newest."""

    appointment: Appointment
    state: str
    due_on: date | None
    reason: str
    estimate: Estimate | None = None
    asked: GoodFaithStep | None = None
    given: GoodFaithStep | None = None
    closed: GoodFaithStep | None = None

    @property
    def has_passed(self) -> bool:
        return _day(self.appointment.starts_at) < clock.today()

    @property
    def word(self) -> str:
        return WORDS[self.state]

    @property
    def is_late(self) -> bool:
        return (
            self.state in ("overdue", "changed") and self.due_on is not None and self.due_on < clock.today()
        )

    @property
    def is_open(self) -> bool:
        return self.state in ("due", "overdue", "changed")


def due_by(booked_on: date, service_on: date) -> date | None:
    """When an estimate is due for a visit that was booked on a day; None for one booked too shortly before (F1).

    Ten business days ahead or more: within three of the booking. Three to nine: within one.
    """
    ahead = business_days.between(booked_on, service_on)
    if ahead < SOON:
        return None
    return business_days.after(booked_on, WITHIN if ahead >= LATER else 1)


def due_when_asked(asked_on: date) -> date:
    """Within three business days of the request; a question about the cost is one (F1)."""
    return business_days.after(asked_on, WITHIN)


def standing(session: Session, appointment: Appointment) -> GoodFaith | None:
    """How one visit stands; None where a plan pays and nobody asked."""
    return standings(session, [appointment]).get(appointment.id)


def standings(session: Session, appointments: Sequence[Appointment]) -> dict[int, GoodFaith]:
    """By appointment id, in four queries; visits that a plan pays for and nobody asked about are left out."""
    ids = [each.id for each in appointments]
    covered = _covered(session, appointments)
    newest = _newest(session, ids)
    steps: dict[int, list[GoodFaithStep]] = {}
    query = (
        select(GoodFaithStep)
        .where(GoodFaithStep.appointment_id.in_(ids))
        .options(joinedload(GoodFaithStep.estimate))
        .order_by(GoodFaithStep.id)
    )
    for one in session.scalars(query):
        steps.setdefault(one.appointment_id, []).append(one)
    changes = _changes(session, ids)
    found = {}
    for each in appointments:
        estimate = newest.get(each.id)
        own = estimate if estimate is not None and estimate.kind == "self_pay" else None
        if each.id not in covered or own is not None or each.id in steps:
            booked = _Booked(each, changes.get(each.id, ()))
            found[each.id] = _standing(booked, own, steps.get(each.id, []), each.id in covered)
    return found


@dataclass(frozen=True)
class _Booked:
    """A visit with the changes of what it is for, oldest first."""

    visit: Appointment
    changes: Sequence[AppointmentMove]

    @property
    def since(self) -> datetime:
        """From when on the clock runs: the booking, or the day on which the patient chose not to use the plan (F1)."""
        if not self.visit.self_pay:
            return self.visit.booked_at
        return next(
            (each.at for each in reversed(self.changes) if not each.from_self_pay), self.visit.booked_at
        )

    def is_another(self, estimate: Estimate) -> bool:
        """Whether what is planned, or who does it, is not what the estimate was made for (F1)."""
        later = (each.from_visit_type_id for each in self.changes if each.at > estimate.made_at)
        kind = next(later, self.visit.visit_type_id)
        return kind != self.visit.visit_type_id or estimate.provider_id != self.visit.provider_id


def _changes(session: Session, ids: Sequence[int]) -> dict[int, list[AppointmentMove]]:
    query = (
        select(AppointmentMove)
        .where(AppointmentMove.appointment_id.in_(ids), AppointmentMove.from_visit_type_id.is_not(None))
        .order_by(AppointmentMove.id)
    )
    found: dict[int, list[AppointmentMove]] = {}
    for line in session.scalars(query):
        found.setdefault(line.appointment_id, []).append(line)
    return found


def worklist(session: Session) -> list[GoodFaith]:
    """Visits that must still be given an estimate, the one that is due first on top; passed ones for 30 days (KEPT)."""
    asked = exists().where(GoodFaithStep.appointment_id == Appointment.id)
    estimated = exists().where(Estimate.appointment_id == Appointment.id, Estimate.kind == "self_pay")
    # Only what surely pays is left out here: a day's end depends on the clinic's zone, which `standings` knows.
    paid_for = exists().where(
        Coverage.patient_id == Appointment.patient_id,
        Coverage.position != OF_A_CASE,
        Coverage.effective_on <= Appointment.starts_at - DAY,
        or_(Coverage.terminated_on.is_(None), Coverage.terminated_on >= Appointment.starts_at + DAY),
    )
    query = (
        select(Appointment)
        .where(
            Appointment.starts_at >= clock.now() - KEPT,
            Appointment.status.not_in(NO_VISIT),
            or_(~paid_for, Appointment.self_pay, asked, estimated),
        )
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.provider),
            joinedload(Appointment.visit_type),
        )
    )
    found = [each for each in standings(session, session.scalars(query).all()).values() if each.is_open]
    return sorted(found, key=lambda each: (each.due_on or date.max, each.appointment.starts_at))


def ask(session: Session, appointment: Appointment, key: str) -> GoodFaithStep:
    """The patient asked what the visit will cost: the clock of three business days begins (F1).

    Raises EstimateRefused for a visit that will not take place.
    """
    if appointment.status in NO_VISIT:
        raise EstimateRefused("This visit was cancelled or moved: open the one that will take place.")
    first = session.scalar(select(GoodFaithStep).where(GoodFaithStep.key == key))
    if first is None and _day(appointment.starts_at) < clock.today():
        raise EstimateRefused("This visit has passed: open the one that will take place.")
    return step(session, appointment, GoodFaithStep(kind="asked", key=key))


def close(session: Session, appointment: Appointment, why: str, key: str) -> GoodFaithStep:
    """The visit has passed and its estimate is given no more, for one of CLOSINGS; it leaves the list.

    Raises EstimateRefused without a reason, and where nothing is owed or the visit is still to come.
    """
    if why not in CLOSINGS:
        raise EstimateRefused("Say why none is given any more.", "why")
    session.refresh(appointment, with_for_update={"of": Appointment})
    first = session.scalar(select(GoodFaithStep).where(GoodFaithStep.key == key))
    if first is not None:
        return first
    found = standing(session, appointment)
    if found is None or not found.is_open or not found.has_passed:
        raise EstimateRefused("Only an estimate that is owed for a visit that has passed is closed.", "why")
    return step(session, appointment, GoodFaithStep(kind="closed", key=key, how=why))


def give(
    session: Session,
    appointment: Appointment,
    estimate: Estimate,
    how: str,
    paper: bytes,
    key: str,
    *,
    also: Sequence[Appointment] = (),
) -> GoodFaithStep:
    """The patient was given the newest estimate: the paper is kept as it is. Raises EstimateRefused for another one.

    `also` are the visits of the series that the paper covers: they owe none of their own (`recurring.visits_of`).
    """
    if how not in WAYS:
        raise EstimateRefused("Say how it was given.", "how")
    newest = _newest(session, [appointment.id]).get(appointment.id)
    if newest is None or newest.id != estimate.id or estimate.kind != "self_pay":
        raise EstimateRefused(
            "The estimate was changed meanwhile: open the page again and give the new one.", "how"
        )
    first = session.scalar(select(GoodFaithStep).where(GoodFaithStep.key == key))
    if first is not None:
        return first
    file = files.store(
        session,
        paper,
        kind="good_faith_estimate",
        direction="made",
        name=f"{estimate.number}.pdf",
        media_type="application/pdf",
    )
    for each in also:
        step(session, each, _given(estimate, how, file.id, f"{key}-{each.public_id}"))
    return step(session, appointment, _given(estimate, how, file.id, key))


def _given(estimate: Estimate, how: str, file_id: int, key: str) -> GoodFaithStep:
    return GoodFaithStep(kind="given", key=key, how=how, estimate_id=estimate.id, file_id=file_id)


def step(session: Session, appointment: Appointment, taken: GoodFaithStep) -> GoodFaithStep:
    """Keep a step of a visit with who did it and when; the same key again is the first one."""
    first = session.scalar(select(GoodFaithStep).where(GoodFaithStep.key == taken.key))
    if first is not None:
        return first
    taken.appointment_id, taken.at, taken.user_id = appointment.id, clock.now(), audit.actor().user_id
    session.add(taken)
    session.flush()
    audit.record(
        session,
        f"good_faith.{taken.kind}",
        patients=[appointment.patient_id],
        subject=f"appointment:{appointment.public_id}",
        category="payment",
        changes={"how": [None, taken.how or "asked"]},
    )
    return taken


def _standing(
    booked: _Booked, estimate: Estimate | None, steps: Iterable[GoodFaithStep], covered: bool
) -> GoodFaith:
    appointment, booked_on = booked.visit, _day(booked.since)
    asked = given = closed = None
    for each in steps:
        if each.kind == "asked":
            asked = each
        elif each.kind == "closed":
            closed = each
        elif each.kind == "given":
            given = each
    service_on = _day(appointment.starts_at)
    due_on = None if covered and estimate is None and asked is None else due_by(booked_on, service_on)
    if closed is not None:
        return GoodFaith(appointment, "closed", None, CLOSINGS[closed.how], estimate, asked, given, closed)
    ahead = business_days.between(booked_on, service_on)
    how = "booked" if booked.since == appointment.booked_at else "the plan not used from"
    reason = f"{how} {ahead} business days ahead"
    if asked is not None and (given is None or asked.id > given.id):
        by_request = due_when_asked(_day(asked.at))
        if due_on is None or by_request < due_on or given is not None or covered:
            due_on, reason = by_request, "the patient asked"
        return _open(appointment, due_on, reason, estimate, asked, None)
    if given is not None:
        # A visit of a series may have been told of by the estimate of an earlier one.
        told = estimate or given.estimate
        if told is not None and (told.id != given.estimate_id or booked.is_another(told)):
            if service_on < clock.today():
                return GoodFaith(appointment, "given", due_on, reason, estimate, asked, given)
            # A change of what is planned, or of who does it, is told at least one business day before (F1).
            due_on = business_days.after(service_on, -1)
            return GoodFaith(
                appointment, "changed", due_on, "the estimate was changed", estimate, asked, given
            )
        return GoodFaith(appointment, "given", due_on, reason, estimate, asked, given)
    return _open(appointment, due_on, reason, estimate, asked, None)


def _open(
    appointment: Appointment,
    due_on: date | None,
    reason: str,
    estimate: Estimate | None,
    asked: GoodFaithStep | None,
    given: GoodFaithStep | None,
) -> GoodFaith:
    state = "not_needed" if due_on is None else "overdue" if due_on < clock.today() else "due"
    return GoodFaith(appointment, state, due_on, reason, estimate, asked, given)


def _day(moment: datetime) -> date:
    return clock.local(moment).date()


def _covered(session: Session, appointments: Sequence[Appointment]) -> set[int]:
    """The visits that a plan, or the insurer of their case, answers for on their day."""
    query = select(Coverage).where(Coverage.patient_id.in_({each.patient_id for each in appointments}))
    by_patient: dict[int, list[Coverage]] = {}
    for coverage in session.scalars(query):
        by_patient.setdefault(coverage.patient_id, []).append(coverage)
    found = set()
    for each in appointments:
        day = _day(each.starts_at)
        plan = in_force.plan_on(
            by_patient.get(each.patient_id, ()), day, each.case_id, self_pay=each.self_pay
        )
        if plan is not None and plan.covers(day):
            found.add(each.id)
    return found


def _newest(session: Session, appointment_ids: Sequence[int]) -> dict[int, Estimate]:
    query = (
        select(Estimate)
        .where(Estimate.appointment_id.in_(appointment_ids))
        .ext(distinct_on(Estimate.appointment_id))
        .order_by(Estimate.appointment_id, Estimate.edition.desc())
    )
    return {each.appointment_id: each for each in session.scalars(query)}
