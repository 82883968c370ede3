"""A place that came free is offered to one after the other, and held for each until the answer is due (A9)."""

import secrets
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats, keys, queue, reminders, scheduling, tasks
from clinic.models import (
    Appointment,
    AppointmentMove,
    OpenedPlace,
    VisitType,
    WaitEntry,
    WaitOffer,
)
from clinic.models.scheduling import NO_VISIT
from clinic.scheduling import Opening, SchedulingConflict
from clinic.waiting import entries, texts
from clinic.waiting.entries import LIVE
from clinic.waiting.errors import WaitingError
from clinic.waiting.fitting import LEAST_NOTICE, suits
from clinic.waiting.policy import Way, channel_for, language_of, policy, write

STATES = {
    "held": ("Waits for the morning", "info"),
    "open": ("Offered", "warn"),
    "accepted": ("Accepted", "ok"),
    "declined": ("Declined", ""),
    "expired": ("No answer", ""),
    "withdrawn": ("Withdrawn", ""),
}
HELD_FOR = "the wait list"
# An answer that comes in the last minutes before the visit helps nobody.
BEFORE_VISIT = timedelta(minutes=5)


def open_place(session: Session, move_id: int) -> OpenedPlace | None:
    """The place that a change of the schedule freed, kept once; None where it is over or nobody waits (job)."""
    known = session.scalar(select(OpenedPlace).where(OpenedPlace.move_id == move_id))
    move = session.get(AppointmentMove, move_id)
    if known is not None or move is None:
        return known
    visit = session.get_one(Appointment, move.appointment_id)
    place = OpenedPlace(
        provider_id=move.from_provider_id or visit.provider_id,
        starts_at=move.from_starts_at or visit.starts_at,
        ends_at=move.from_ends_at or visit.ends_at,
        move_id=move_id,
        opened_at=clock.now(),
    )
    waits = session.scalar(select(exists().where(WaitEntry.state == "open")))
    if not waits or place.ends_at <= clock.now() + LEAST_NOTICE:
        return None
    session.add(place)
    session.flush()
    return place


def offer_next(session: Session, place_id: int, way: Way) -> WaitOffer | None:
    """Offer a place to whom it suits best: by priority, then who waits longest; one at a time (A9).

    None when an offer is under way, nobody is left or it is too late. Who waits and gets no messages is called by
    the desk: a task says so when nobody else is left.
    """
    place = _lock_place(session, place_id)
    if place.state != "offering":
        return None
    if session.scalar(select(exists().where(WaitOffer.place_id == place_id, WaitOffer.state.in_(LIVE)))):
        return None
    now = clock.now()
    told_at = reminders.send_at(session, now)
    silent: list[tuple[WaitEntry, Opening]] = []
    if policy(session).active:
        entries.settle(session)
        for entry, opening in _fits(session, place, told_at):
            channel = channel_for(session, entry.patient, texts=way.texts)
            if not channel:
                silent.append((entry, opening))
                continue
            offer = _offer(session, place, entry, opening, channel, told_at, way)
            if offer is not None:
                return offer
    accepted = exists().where(WaitOffer.place_id == place_id, WaitOffer.state == "accepted")
    place.state = "filled" if session.scalar(select(accepted)) else "over"
    if silent and place.state == "over":
        _call(session, place, *silent[0])
    return None


def offer_by_hand(session: Session, entry: WaitEntry, opening: Opening, way: Way) -> WaitOffer:
    """Offer a free place to one entry; raises WaitingError with the reason why it cannot be (A9).

    The same place again, while its offer is under way, is the first offer. When it ends, nobody else is asked.
    """
    entry = entries.lock(session, entry)
    live = entries.live_offers(session, [entry]).get(entry.id)
    if live is not None and (live.starts_at, live.provider_id) == (opening.starts_at, opening.provider.id):
        return live
    if live is not None:
        raise WaitingError("A place is offered to this patient right now: withdraw that offer first.")
    if entry.state != "open":
        raise WaitingError("This entry is closed.")
    channel = channel_for(session, entry.patient, texts=way.texts)
    if not channel:
        raise WaitingError("This patient gets no messages: call, and book the place here.")
    told_at = reminders.send_at(session, clock.now())
    if opening.starts_at - told_at < LEAST_NOTICE:
        raise WaitingError("It is too late to offer this by message: call the patient.")
    place = OpenedPlace(
        provider_id=opening.provider.id,
        starts_at=opening.starts_at,
        ends_at=opening.ends_at,
        state="by_hand",
        opened_at=clock.now(),
    )
    session.add(place)
    session.flush()
    offer = _offer(session, place, entry, opening, channel, told_at, way)
    if offer is None:
        raise WaitingError("Somebody took that place a moment ago.")
    return offer


def send(session: Session, offer_id: int, way: Way) -> None:
    """Send an offer that waited for the end of the quiet hours; withdrawn where the patient said stop meanwhile."""
    offer = _lock(session, offer_id)
    if offer.state != "held" or offer.send_at > clock.now():
        return
    if channel_for(session, offer.entry.patient, texts=way.texts) != offer.channel:
        end(session, offer, "withdrawn", "the patient's consent")
        return
    _send(session, offer, way)


def expire(session: Session, offer_id: int) -> bool:
    """End an offer whose time is over, and have the next one asked; False when it was answered in time."""
    offer = _lock(session, offer_id)
    if offer.state not in LIVE or offer.expires_at > clock.now():
        return False
    end(session, offer, "expired", "the clock")
    return True


def overdue(session: Session) -> list[int]:
    """Offers whose time is over and that nobody ended yet."""
    query = select(WaitOffer.id).where(WaitOffer.state.in_(LIVE), WaitOffer.expires_at <= clock.now())
    return list(session.scalars(query.order_by(WaitOffer.id)))


def withdraw(session: Session, offer: WaitOffer, by: str) -> bool:
    """Take an offer back; its place goes to the next one. False when it had ended already."""
    offer = _lock(session, offer.id)
    if offer.state not in LIVE:
        return False
    end(session, offer, "withdrawn", by)
    return True


def end(session: Session, offer: WaitOffer, state: str, by: str) -> None:
    """End a locked offer: the held place goes, and what is left of it is offered to the next one."""
    before, offer.state = offer.state, state
    offer.ended_at, offer.ended_by = clock.now(), by
    session.execute(delete(Appointment).where(Appointment.id == offer.hold_id, Appointment.status == "held"))
    session.flush()
    record(session, state, offer, {"state": [before, state]})
    queue.add(session, "jobs.waiting.offer_next", offer.place_id)


def lock_by_public_id(session: Session, public_id: str) -> WaitOffer | None:
    """The offer locked and read anew; those who come at the same time wait here."""
    number = session.scalar(select(WaitOffer.id).where(WaitOffer.public_id == public_id))
    return _lock(session, number) if number else None


def record(session: Session, action: str, offer: WaitOffer, changes: dict[str, object]) -> None:
    audit.record_row(session, f"wait_offer.{action}", offer, offer.entry.patient_id, "schedule", changes)


def _fits(session: Session, place: OpenedPlace, told_at: datetime) -> Iterator[tuple[WaitEntry, Opening]]:
    """Everybody whom the place suits, in order, each with the first opening in it that does."""
    day = clock.local(place.starts_at).date()
    found = entries.candidates(session, place.provider_id, day, place.id)
    free: dict[int, list[Opening]] = {}
    busy = _visits_of(session, {entry.patient_id for entry in found}, day)
    for entry in found:
        if entry.visit_type_id not in free:
            free[entry.visit_type_id] = _free(session, place, entry.visit_type, day)
        for opening in free[entry.visit_type_id]:
            clash = any(
                begins < opening.ends_at and ends > opening.starts_at and number != entry.moves_id
                for number, begins, ends in busy.get(entry.patient_id, ())
            )
            if not clash and suits(entry, place.provider_id, opening.starts_at, opening.ends_at, told_at):
                yield entry, opening
                break


def _free(session: Session, place: OpenedPlace, kind: VisitType, day: date) -> list[Opening]:
    """Where in the place a visit of a type fits now; it may reach beyond the place where that is free too."""
    begins = clock.local(place.starts_at).time().replace(tzinfo=None)
    if not kind.active:
        return []
    found = scheduling.find_openings(
        session,
        kind,
        first=day,
        days=1,
        providers=[place.provider.public_id],
        not_before=begins if clock.local(place.starts_at).date() == day else time(),
        per_day=16,
    )
    return [each for each in found if place.starts_at <= each.starts_at < place.ends_at]


def _visits_of(
    session: Session, patient_ids: set[int], day: date
) -> dict[int, list[tuple[int, datetime, datetime]]]:
    begins, ends = clock.day_bounds(day)
    rows = session.execute(
        select(Appointment.patient_id, Appointment.id, Appointment.starts_at, Appointment.ends_at).where(
            Appointment.patient_id.in_(patient_ids or {0}),
            Appointment.status.not_in(NO_VISIT),
            Appointment.starts_at < ends,
            Appointment.ends_at > begins,
        )
    )
    found: dict[int, list[tuple[int, datetime, datetime]]] = {}
    for patient_id, number, starts_at, ends_at in rows:
        found.setdefault(patient_id, []).append((number, starts_at, ends_at))
    return found


def _offer(
    session: Session,
    place: OpenedPlace,
    entry: WaitEntry,
    opening: Opening,
    channel: str,
    told_at: datetime,
    way: Way,
) -> WaitOffer | None:
    """Hold the place and write to the patient; None when the place or the entry was taken meanwhile."""
    if entries.lock(session, entry).state != "open":
        return None
    now = clock.now()
    until = min(told_at + timedelta(minutes=policy(session).hold_minutes), opening.starts_at - BEFORE_VISIT)
    try:
        held = scheduling.hold(
            session, opening.provider, entry.visit_type, opening.starts_at, lasts=until - now, why=HELD_FOR
        )
    except SchedulingConflict:
        return None
    offer = WaitOffer(
        entry_id=entry.id,
        place_id=place.id,
        provider_id=opening.provider.id,
        starts_at=opening.starts_at,
        ends_at=opening.ends_at,
        hold_id=held.id,
        channel=channel,
        language=language_of(entry.patient),
        state="held",
        offered_at=now,
        send_at=told_at,
        expires_at=until,
    )
    session.add(offer)
    session.flush()
    record(
        session,
        "make",
        offer,
        {"place": [None, _where(offer)], "until": [None, until], "channel": [None, channel]},
    )
    if told_at <= now:
        _send(session, offer, way)
    else:
        queue.add(session, "jobs.waiting.send", offer.id, due_at=wall(told_at))
    queue.add(session, "jobs.waiting.expire", offer.id, due_at=wall(until))
    return offer


def _send(session: Session, offer: WaitOffer, way: Way) -> None:
    """Make the link, of which only the digest stays here, and write the message."""
    token = secrets.token_urlsafe(16)
    offer.token_index = keys.blind_index(token, "wait_offer")
    offer.state = "open"
    patient = offer.entry.patient
    link = f"{way.base_url}/offer/{token}"
    words = texts.offer_words(session, offer.channel, offer.language, offer.starts_at, offer.expires_at, link)
    write(session, patient, offer.channel, "offer", words, f"offer-{offer.id}")
    session.flush()


def _call(session: Session, place: OpenedPlace, entry: WaitEntry, opening: Opening) -> None:
    """Nobody can be written to: the desk is asked to call the first one."""
    local = clock.local(opening.starts_at)
    tasks.add(
        session,
        "wait_list",
        f"{local:%A} {formats.mdy(local.date())}, {formats.wall(opening.starts_at)} with "
        f"{place.provider.name} suits this patient of the wait list, who gets no messages. Call.",
        key=f"wait-list-{place.id}",
        patient_id=entry.patient_id,
        subject=f"wait_entry:{entry.public_id}",
    )


def _where(offer: WaitOffer) -> str:
    local = clock.local(offer.starts_at)
    return f"{formats.mdy(local.date())} {local:%H:%M} provider {offer.provider_id}"


def wall(instant: datetime) -> datetime:
    """The machine's own instant for work that is due at one of the clinic's (a rehearsal lives ahead)."""
    return instant - timedelta(days=clock.days_ahead())


def _lock(session: Session, offer_id: int) -> WaitOffer:
    return session.scalars(
        select(WaitOffer)
        .where(WaitOffer.id == offer_id)
        .options(joinedload(WaitOffer.entry).joinedload(WaitEntry.patient), joinedload(WaitOffer.provider))
        .with_for_update(of=WaitOffer)
        .execution_options(populate_existing=True)
    ).one()


def _lock_place(session: Session, place_id: int) -> OpenedPlace:
    return session.scalars(
        select(OpenedPlace)
        .where(OpenedPlace.id == place_id)
        .with_for_update(of=OpenedPlace)
        .execution_options(populate_existing=True)
    ).one()
