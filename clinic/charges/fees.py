"""Fees from effective-dated schedules, and the clinic's own list of procedures."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from clinic.models import Fee, FeeSchedule, Procedure


@dataclass(frozen=True)
class Choice:
    """A code of the clinic's list in its own words."""

    code: str
    description: str


def fee(
    session: Session, code: str, modifiers: Sequence[str], on: date, payer_id: int | None = None
) -> Decimal | None:
    """The fee for one unit on a day, or what a payer's contract allows; None when no schedule has the code.

    A row for one of the modifiers goes before the plain one; of schedules that overlap, the newest.
    """
    query = (
        select(Fee.modifier, Fee.amount)
        .join(FeeSchedule, FeeSchedule.id == Fee.schedule_id)
        .where(Fee.code == code, Fee.modifier.in_(["", *modifiers]), _of(payer_id), _in_force(on))
        .order_by(FeeSchedule.effective_on.desc(), FeeSchedule.id.desc())
    )
    found: dict[str, Decimal] = {}
    for modifier, amount in session.execute(query):
        found.setdefault(modifier, amount)
    return next((found[each] for each in [*modifiers, ""] if each in found), None)


def schedule_on(session: Session, on: date, payer_id: int | None = None) -> FeeSchedule | None:
    """The schedule in force on a day: the clinic's own, or a payer's contract."""
    query = (
        select(FeeSchedule)
        .where(_of(payer_id), _in_force(on))
        .order_by(FeeSchedule.effective_on.desc(), FeeSchedule.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def describe(session: Session, codes: Iterable[str], on: date) -> dict[str, str]:
    """The clinic's own words for each code that stands on its list on a day."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows = session.execute(
        select(Procedure.code, Procedure.description).where(Procedure.code.in_(wanted), _listed(on))
    )
    return {row.code: row.description for row in rows}


def unlisted(session: Session, codes: Iterable[str], on: date) -> list[str]:
    """The codes, in order and each once, that neither the clinic's list nor its fee schedules hold on a day (L01)."""
    wanted = list(dict.fromkeys(codes))
    priced = session.scalars(
        select(Fee.code)
        .join(FeeSchedule, FeeSchedule.id == Fee.schedule_id)
        .where(Fee.code.in_(wanted), _of(None), _in_force(on))
    )
    known = {*describe(session, wanted, on), *priced}
    return [code for code in wanted if code not in known]


def search(session: Session, text: str, on: date, limit: int = 12) -> list[Choice]:
    """Codes of the clinic's list by the beginning of the code or by words in any order, best first."""
    words = [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]
    if not words:
        return []
    query = select(Procedure.code, Procedure.description).where(_listed(on))
    typed = text.strip().upper()
    by_words = and_(*(Procedure.description.icontains(word, autoescape=True) for word in words))
    query = query.where(or_(Procedure.code.startswith(typed, autoescape=True), by_words))
    found = {code: Choice(code, description) for code, description in session.execute(query)}
    return sorted(found.values(), key=lambda each: (not each.code.startswith(typed), each.code))[:limit]


def _of(payer_id: int | None) -> ColumnElement[bool]:
    return FeeSchedule.payer_id.is_(None) if payer_id is None else FeeSchedule.payer_id == payer_id


def _in_force(on: date) -> ColumnElement[bool]:
    return and_(
        FeeSchedule.effective_on <= on, or_(FeeSchedule.ended_on.is_(None), FeeSchedule.ended_on >= on)
    )


def _listed(on: date) -> ColumnElement[bool]:
    return and_(Procedure.effective_on <= on, or_(Procedure.ended_on.is_(None), Procedure.ended_on >= on))
