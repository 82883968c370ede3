"""Who is due to come again: made after a visit by its type's rule or by hand, worked until a visit is booked."""

import calendar
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, true
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock
from clinic.db import new_public_id
from clinic.models import Appointment, Patient, Recall, RecallRule, VisitType
from clinic.models.scheduling import NO_VISIT
from clinic.scheduling.guards import WAITING
from clinic.waiting import texts
from clinic.waiting.errors import EntryChanged, WaitingError
from clinic.waiting.policy import Way, channel_for, language_of, write

STATES = {
    "due": ("Due", "warn"),
    "contacted": ("Contacted", "info"),
    "booked": ("Booked", "ok"),
    "declined": ("Declined", ""),
    "done": ("Done", ""),
}
OPEN = ("due", "contacted")
BY_HAND = ("due", "contacted", "declined")
LONGEST = 60  # months
SHOWN = 300


@dataclass(frozen=True)
class Due:
    """A recall with the coming visit that answers it, if one is booked."""

    recall: Recall
    visit: Appointment | None

    @property
    def state(self) -> str:
        return "booked" if self.visit is not None and self.recall.state in OPEN else self.recall.state

    @property
    def late(self) -> bool:
        return self.state == "due" and self.recall.due_on < clock.today()


def rules(session: Session) -> list[RecallRule]:
    """After which visit types patients come again, by their order."""
    query = select(RecallRule).options(joinedload(RecallRule.after), joinedload(RecallRule.visit_type))
    return sorted(session.scalars(query), key=lambda rule: (rule.after.position, rule.after.name))


def set_rule(
    session: Session, after: VisitType, months: int | None, visit_type: VisitType
) -> RecallRule | None:
    """Come again `months` after a visit type for another (or the same); None takes the rule away."""
    if months is not None and not 1 <= months <= LONGEST:
        raise WaitingError(f"A patient comes again in 1 to {LONGEST} months.")
    rule = session.scalar(select(RecallRule).where(RecallRule.after_id == after.id).with_for_update())
    before = (rule.months, rule.visit_type_id) if rule else None
    if before == ((months, visit_type.id) if months else None):
        return rule
    if months is None:
        session.delete(rule)
        rule = None
    elif rule is None:
        rule = RecallRule(after_id=after.id, months=months, visit_type_id=visit_type.id)
        session.add(rule)
    else:
        rule.months, rule.visit_type_id = months, visit_type.id
    session.flush()
    audit.record(
        session,
        "recall_rule.change",
        subject=f"visit_type:{after.public_id}",
        changes={"months": [before[0] if before else None, months]},
    )
    return rule


def after_visit(session: Session, appointment_id: int) -> Recall | None:
    """After a visit: what it was recalled for is done, and its type's rule makes the next recall, once (job)."""
    visit = session.get(Appointment, appointment_id, options=[joinedload(Appointment.visit_type)])
    if visit is None or visit.status not in ("checked_out", "closed"):
        return None
    for recall in session.scalars(
        select(Recall)
        .where(
            Recall.patient_id == visit.patient_id,
            Recall.visit_type_id == visit.visit_type_id,
            Recall.state.in_(OPEN),
            Recall.key != _key(visit),
        )
        .with_for_update()
    ):
        _to(session, recall, "done", "Seen")
    rule = session.scalar(select(RecallRule).where(RecallRule.after_id == visit.visit_type_id))
    if rule is None:
        return None
    seen_on = clock.local(visit.starts_at).date()
    return add(
        session,
        session.get_one(Patient, visit.patient_id),
        session.get_one(VisitType, rule.visit_type_id),
        months_after(seen_on, rule.months),
        f"{rule.months} months after {visit.visit_type.name}",
        key=_key(visit),
    )


def add(
    session: Session, patient: Patient, visit_type: VisitType, due_on: date, reason: str, *, key: str
) -> Recall:
    """Write a recall; the same `key` again is the first one."""
    same = session.scalar(select(Recall).where(Recall.key == key))
    if same is not None:
        return same
    recall = Recall(
        public_id=new_public_id(),
        patient_id=patient.id,
        visit_type_id=visit_type.id,
        due_on=due_on,
        reason=reason.strip(),
        key=key,
        made_at=clock.now(),
        made_by=audit.actor().user_id,
    )
    session.add(recall)
    session.flush()
    _record(session, "add", recall, {"due_on": [None, due_on]})
    return recall


def set_state(session: Session, recall: Recall, version: int, state: str, note: str = "") -> Recall:
    """What came of asking: contacted, declined, or due again. A second click changes nothing."""
    if state not in BY_HAND:
        raise WaitingError("Choose what came of it.")
    _lock(session, recall)
    if recall.state == state and recall.note == note.strip():
        return recall
    _same(recall, version)
    if recall.state == "done":
        raise WaitingError("The patient was seen: this recall is done.")
    return _to(session, recall, state, note)


def remind(session: Session, recall: Recall, version: int, way: Way) -> Recall:
    """Write to the patient that a visit is due; raises WaitingError where no message may be written.

    One message a day: a second click is the first message.
    """
    _lock(session, recall)
    today = clock.today()
    if (
        recall.contacted_at is not None
        and recall.messages_sent
        and clock.local(recall.contacted_at).date() == today
    ):
        return recall
    _same(recall, version)
    if recall.state not in OPEN:
        raise WaitingError("This recall is closed: no message was sent.")
    channel = channel_for(session, recall.patient, texts=way.texts)
    if not channel:
        raise WaitingError("This patient gets no messages: call.")
    recall.messages_sent += 1
    words = texts.recall_words(session, channel, language_of(recall.patient))
    write(session, recall.patient, channel, "recall", words, f"recall-{recall.id}-{recall.messages_sent}")
    return _to(session, recall, "contacted", recall.note)


def listed(
    session: Session, *, view: str = "open", visit_type: str = "", until: date | None = None
) -> list[Due]:
    """Recalls by due day with the coming visit of their type, in one query. `view`: open (due and contacted without
    a visit), booked, declined, all.
    """
    visit = (
        select(Appointment.id)
        .where(
            Appointment.patient_id == Recall.patient_id,
            Appointment.visit_type_id == Recall.visit_type_id,
            Appointment.status.not_in(NO_VISIT),
            Appointment.status.in_(WAITING),
            Appointment.starts_at > clock.now(),
        )
        .order_by(Appointment.starts_at)
        .limit(1)
        .correlate(Recall)
        .lateral("coming")
    )
    query = (
        select(Recall, Appointment)
        .select_from(Recall)
        .outerjoin(visit, true())
        .outerjoin(Appointment, Appointment.id == visit.c.id)
        .options(joinedload(Recall.patient), joinedload(Recall.visit_type))
        .order_by(Recall.due_on, Recall.id)
        .limit(SHOWN)
    )
    if view == "open":
        query = query.where(Recall.state.in_(OPEN), visit.c.id.is_(None))
    elif view == "booked":
        query = query.where(Recall.state.in_(OPEN), visit.c.id.is_not(None))
    elif view == "declined":
        query = query.where(Recall.state == "declined")
    if visit_type:
        kind = select(VisitType.id).where(VisitType.public_id == visit_type).scalar_subquery()
        query = query.where(Recall.visit_type_id == kind)
    if until is not None:
        query = query.where(Recall.due_on <= until)
    return [Due(recall, coming) for recall, coming in session.execute(query)]


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    year += day.year
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _key(visit: Appointment) -> str:
    return f"visit-{visit.id}"


def _to(session: Session, recall: Recall, state: str, note: str) -> Recall:
    before, recall.state, recall.note = recall.state, state, note.strip()
    if state == "contacted":
        recall.contacted_at = clock.now()
    session.flush()
    _record(session, "change", recall, {"state": [before, state], "note": [None, recall.note]})
    return recall


def _same(recall: Recall, version: int) -> None:
    if recall.version != version:
        raise EntryChanged("This recall was changed since you opened it. Look at it again.")


def _lock(session: Session, recall: Recall) -> None:
    session.scalars(
        select(Recall)
        .where(Recall.id == recall.id)
        .with_for_update(of=Recall)
        .execution_options(populate_existing=True)
    ).one()


def _record(session: Session, action: str, recall: Recall, changes: dict[str, object]) -> None:
    audit.record_row(session, f"recall.{action}", recall, recall.patient_id, "schedule", changes)
