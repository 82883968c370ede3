"""Entries of the wait list: put on it, changed, taken off, closed by what the schedule already says (A9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from clinic import audit, clock
from clinic.models import Appointment, Patient, RenderingProvider, VisitType, WaitEntry, WaitOffer
from clinic.models.scheduling import NO_VISIT
from clinic.scheduling.guards import WAITING
from clinic.waiting.errors import EntryChanged, WaitingError

PRIORITIES = {1: "Urgent", 2: "Soon", 3: "When it suits"}
STATES = {
    "open": ("Waiting", "info"),
    "booked": ("Booked", "ok"),
    "removed": ("Taken off", ""),
    "expired": ("Expired", ""),
}
LIVE = ("held", "open")
SHOWN = 300


@dataclass(frozen=True)
class Window:
    """Weekdays (0 Monday, none is every day) and a span of wall time; None is open."""

    weekdays: tuple[int, ...] = ()
    opens: time | None = None
    closes: time | None = None

    def plain(self) -> dict[str, Any]:
        return {
            "weekdays": sorted(self.weekdays),
            "from": f"{self.opens:%H:%M}" if self.opens else "",
            "until": f"{self.closes:%H:%M}" if self.closes else "",
        }


@dataclass(frozen=True)
class Wish:
    """What a patient waits for, as it was typed."""

    visit_type: VisitType
    first_on: date
    last_on: date | None = None
    providers: Sequence[RenderingProvider] = ()
    windows: Sequence[Window] = field(default_factory=tuple)
    notice_hours: int = 2
    priority: int = 2
    expires_on: date | None = None
    note: str = ""
    moves: Appointment | None = None

    def columns(self) -> dict[str, Any]:
        return {
            "visit_type_id": self.visit_type.id,
            "provider_ids": sorted(each.id for each in self.providers),
            "first_on": self.first_on,
            "last_on": self.last_on,
            "windows": [window.plain() for window in self.windows],
            "notice_hours": self.notice_hours,
            "priority": self.priority,
            "expires_on": self.expires_on,
            "note": self.note.strip(),
            "moves_id": self.moves.id if self.moves else None,
        }


def add(session: Session, patient: Patient, wish: Wish, key: str) -> WaitEntry:
    """Put a patient on the list; the same `key` again is the first entry.

    Raises WaitingError where the patient waits for that visit type already, or the wish is impossible.
    """
    same = session.scalar(
        select(WaitEntry)
        .where(
            or_(
                WaitEntry.key == key,
                (WaitEntry.patient_id == patient.id)
                & (WaitEntry.visit_type_id == wish.visit_type.id)
                & (WaitEntry.state == "open"),
            )
        )
        .order_by((WaitEntry.key == key).desc(), WaitEntry.id)
        .limit(1)
    )
    if same is not None and same.key == key:
        return same
    if same is not None:
        raise WaitingError(f"This patient waits for a {wish.visit_type.name} already: change that entry.")
    _check(patient, wish)
    entry = WaitEntry(
        patient_id=patient.id,
        key=key,
        added_at=clock.now(),
        added_by=audit.actor().user_id,
        **wish.columns(),
    )
    session.add(entry)
    session.flush()
    record(session, "add", entry, {"state": [None, "open"]})
    return entry


def change(session: Session, entry: WaitEntry, version: int, wish: Wish) -> WaitEntry:
    """Write other wishes; the place in the queue stays. Raises EntryChanged for an old version or a closed entry."""
    lock(session, entry)
    after = wish.columns()
    changed = {
        name: [getattr(entry, name), value] for name, value in after.items() if getattr(entry, name) != value
    }
    if not changed:
        return entry
    if entry.state != "open" or entry.version != version:
        raise EntryChanged("This entry was changed or closed since you opened it. Look at it again.")
    _check(entry.patient, wish)
    for name, value in after.items():
        setattr(entry, name, value)
    session.flush()
    session.expire(entry, ["visit_type", "moves"])
    record(session, "change", entry, changed)
    return entry


def close(
    session: Session, entry: WaitEntry, state: str, reason: str = "", booked: Appointment | None = None
) -> None:
    """Close a locked entry as booked, removed or expired."""
    before, entry.state = entry.state, state
    entry.end_reason, entry.ended_at, entry.ended_by = reason.strip(), clock.now(), audit.actor().user_id
    if booked is not None:
        entry.booked_id = booked.id
    session.flush()
    record(session, "close", entry, {"state": [before, state], "reason": [None, entry.end_reason]})


def settle(session: Session) -> int:
    """Close what the schedule answered: a visit booked since, a visit to be moved that took place, a day gone by."""
    count = 0
    visit = aliased(Appointment)
    rows = session.execute(
        _open()
        .add_columns(visit.id)
        .join(visit, visit.patient_id == WaitEntry.patient_id)
        .where(
            or_(
                (WaitEntry.moves_id == visit.id) & visit.status.not_in((*WAITING, *NO_VISIT)),
                WaitEntry.moves_id.is_(None)
                & (visit.visit_type_id == WaitEntry.visit_type_id)
                & (visit.booked_at > WaitEntry.added_at)
                & visit.status.not_in(NO_VISIT),
            )
        )
        .order_by(WaitEntry.id)
        .with_for_update(of=WaitEntry, skip_locked=True)
    ).all()
    for entry, visit_id in rows:
        if entry.state == "open":
            entry.booked_id = visit_id
            close(session, entry, "booked", "Has a visit by another way")
            count += 1
    today = clock.today()
    over = _open().where(or_(WaitEntry.expires_on < today, WaitEntry.last_on < today))
    for entry in session.scalars(over.with_for_update(of=WaitEntry, skip_locked=True)).all():
        close(session, entry, "expired", "Its last day has passed")
        count += 1
    return count


def listed(
    session: Session,
    *,
    state: str = "open",
    visit_type: str = "",
    provider_id: int | None = None,
    priority: int | None = None,
) -> list[WaitEntry]:
    """The list in the order in which places are offered; what is closed, newest first."""
    query = select(WaitEntry).options(
        joinedload(WaitEntry.patient), joinedload(WaitEntry.visit_type), joinedload(WaitEntry.moves)
    )
    query = query.where(WaitEntry.state == "open" if state == "open" else WaitEntry.state != "open")
    if visit_type:
        query = query.where(
            WaitEntry.visit_type_id
            == select(VisitType.id).where(VisitType.public_id == visit_type).scalar_subquery()
        )
    if provider_id is not None:
        query = query.where(or_(WaitEntry.provider_ids == [], WaitEntry.provider_ids.contains([provider_id])))
    if priority is not None:
        query = query.where(WaitEntry.priority == priority)
    order = RANK if state == "open" else (WaitEntry.ended_at.desc(), WaitEntry.id.desc())
    return list(session.scalars(query.order_by(*order).limit(SHOWN)))


def live_offers(session: Session, entries: Iterable[WaitEntry]) -> dict[int, WaitOffer]:
    """The offer under way of each entry that has one, by the entry's number."""
    found = session.scalars(
        select(WaitOffer)
        .options(joinedload(WaitOffer.provider))
        .where(WaitOffer.entry_id.in_([entry.id for entry in entries] or [0]), WaitOffer.state.in_(LIVE))
    )
    return {offer.entry_id: offer for offer in found}


def offers_of(session: Session, entry: WaitEntry) -> list[WaitOffer]:
    """Everything that was offered to an entry, newest first."""
    query = select(WaitOffer).options(joinedload(WaitOffer.provider)).where(WaitOffer.entry_id == entry.id)
    return list(session.scalars(query.order_by(WaitOffer.id.desc())))


def coming(session: Session, patient: Patient) -> list[Appointment]:
    """A patient's visits that may still be moved, the next one first."""
    query = (
        select(Appointment)
        .options(joinedload(Appointment.visit_type), joinedload(Appointment.provider))
        .where(
            Appointment.patient_id == patient.id,
            Appointment.status.in_(WAITING),
            Appointment.starts_at > clock.now(),
        )
    )
    return list(session.scalars(query.order_by(Appointment.starts_at)))


def lock(session: Session, entry: WaitEntry) -> WaitEntry:
    """Lock the row and read it anew."""
    return session.scalars(
        select(WaitEntry)
        .where(WaitEntry.id == entry.id)
        .with_for_update(of=WaitEntry)
        .execution_options(populate_existing=True)
    ).one()


def candidates(session: Session, provider_id: int, day: date, place_id: int) -> list[WaitEntry]:
    """Who may be offered a place of a provider on a day, in order: priority, then who waits longest (A9).

    Nobody who was offered this place before, nobody to whom another place is offered right now.
    """
    offered = exists().where(
        WaitOffer.entry_id == WaitEntry.id,
        or_(WaitOffer.place_id == place_id, WaitOffer.state.in_(LIVE)),
    )
    query = (
        _open()
        .options(joinedload(WaitEntry.patient), joinedload(WaitEntry.visit_type), joinedload(WaitEntry.moves))
        .where(
            or_(WaitEntry.provider_ids == [], WaitEntry.provider_ids.contains([provider_id])),
            WaitEntry.first_on <= day,
            or_(WaitEntry.last_on.is_(None), WaitEntry.last_on >= day),
            or_(WaitEntry.expires_on.is_(None), WaitEntry.expires_on >= clock.today()),
            ~offered,
        )
        .order_by(*RANK)
        .limit(SHOWN)
    )
    return list(session.scalars(query))


RANK = (WaitEntry.priority, WaitEntry.added_at, WaitEntry.id)


def record(session: Session, action: str, entry: WaitEntry, changes: dict[str, Any]) -> None:
    audit.record_row(session, f"wait_entry.{action}", entry, entry.patient_id, "schedule", changes)


def _open() -> Select[WaitEntry]:
    return select(WaitEntry).where(WaitEntry.state == "open")


def _check(patient: Patient, wish: Wish) -> None:
    if wish.last_on is not None and wish.last_on < max(wish.first_on, clock.today()):
        raise WaitingError("The last day is before the first one.")
    if wish.expires_on is not None and wish.expires_on < clock.today():
        raise WaitingError("The entry would have expired already.")
    if wish.priority not in PRIORITIES:
        raise WaitingError("Choose how urgent it is.")
    if not 0 <= wish.notice_hours <= 336:
        raise WaitingError("The shortest notice is 0 to 336 hours.")
    if wish.moves is not None and wish.moves.patient_id != patient.id:
        raise WaitingError("The visit to be moved is another patient's.")
    for window in wish.windows:
        if window.opens and window.closes and window.closes <= window.opens:
            raise WaitingError("A window of time ends before it begins.")
