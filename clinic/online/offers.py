"""What may be booked online: whether at all, which visit types for whom, how soon and how far ahead (A10)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, policies
from clinic.models import OnlinePolicy, OnlineVisitType, RenderingProvider, VisitType
from clinic.scheduling import visit_types

WORDS = ("name_en", "name_es", "question_en", "question_es")


@dataclass(frozen=True)
class Offer:
    """A visit type as the public page shows it, in one language."""

    kind: VisitType
    name: str
    question: str


def policy(session: Session) -> OnlinePolicy:
    """The clinic's rules; a clinic that set up none offers nothing."""
    usual = {"active": False, "notice_hours": 24, "ahead_days": 60, "book_new": False}
    return policies.read(session, OnlinePolicy, **usual)


def earliest(rules: OnlinePolicy) -> datetime:
    """The first instant that may be booked."""
    return clock.now() + timedelta(hours=rules.notice_hours)


def last_day(rules: OnlinePolicy) -> date:
    """The last day that may be booked."""
    return clock.today() + timedelta(days=rules.ahead_days)


def offers(session: Session, language: str, *, says_new: bool | None = None) -> list[Offer]:
    """The visit types that may be booked online, for new patients, for known ones, or (None) for either."""
    query = (
        select(VisitType, OnlineVisitType)
        .outerjoin(OnlineVisitType, OnlineVisitType.visit_type_id == VisitType.id)
        .where(VisitType.online, VisitType.active)
        .order_by(VisitType.position, VisitType.name)
    )
    if says_new is not None:
        query = query.where(VisitType.patient_kind.in_(("any", "new" if says_new else "established")))
    return [_offer(kind, said, language) for kind, said in session.execute(query)]


def find_offer(session: Session, public_id: str, language: str) -> Offer | None:
    """One of the `offers`, by the visit type's public id."""
    return next((each for each in offers(session, language) if each.kind.public_id == public_id), None)


def offer_of(session: Session, kind: VisitType, language: str) -> Offer:
    """The words for a visit type, also for one that is offered no more."""
    return _offer(kind, session.get(OnlineVisitType, kind.id), language)


def words(session: Session) -> dict[int, OnlineVisitType]:
    """What was written for the public page, by the visit type's number."""
    return {row.visit_type_id: row for row in session.scalars(select(OnlineVisitType))}


def providers(session: Session, kind: VisitType | None = None) -> list[RenderingProvider]:
    """Who may be chosen, for one kind of visit or for any: of those who take it, whom it is kept to online."""
    said = words(session)
    kinds = [each.kind for each in offers(session, "en")] if kind is None else [kind]

    def takes(number: int) -> bool:
        return any(
            each.taken_by(number) and (each.id not in said or said[each.id].taken_by(number))
            for each in kinds
        )

    return [each for each in visit_types.takers(session, kind) if takes(each.id)]


def save_policy(session: Session, version: int, **values: Any) -> OnlinePolicy:
    """As `policies.write`."""
    return policies.write(session, OnlinePolicy, version, **values)


def save_words(
    session: Session, kind: VisitType, *, takes: Collection[int] | None = None, **said: str
) -> OnlineVisitType:
    """Write what the public page says of a visit type, and the providers who take it (numbers; none: everybody).

    `takes` None leaves them as they are. The same again changes nothing.
    """
    row = session.get(OnlineVisitType, kind.id, with_for_update=True)
    if row is None:
        row = OnlineVisitType(visit_type_id=kind.id, provider_ids=[], **dict.fromkeys(WORDS, ""))
        session.add(row)
    changes = {name: [getattr(row, name), text] for name, text in said.items() if getattr(row, name) != text}
    for name, text in said.items():
        setattr(row, name, text)
    if takes is not None and sorted(takes) != row.provider_ids:
        changes["provider_ids"] = [str(row.provider_ids), str(sorted(takes))]
        row.provider_ids = sorted(takes)
    session.flush()
    if changes:
        audit.record(session, "online_words.save", subject=f"visit_type:{kind.public_id}", changes=changes)
    return row


def _offer(kind: VisitType, said: OnlineVisitType | None, language: str) -> Offer:
    name = getattr(said, f"name_{language}", "") or getattr(said, "name_en", "") or kind.name
    return Offer(kind, name, getattr(said, f"question_{language}", "") or "")
