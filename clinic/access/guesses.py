"""Links that are guessed: wrong tries are counted by address, apart from those of staff who sign in (trust)."""

from datetime import timedelta
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, keys
from clinic.models import OnlineRequest, SignInAttempt, VisitLink, WaitOffer

TRIES_PER_ADDRESS = 20
LOCK = timedelta(minutes=15)
Linked = TypeVar("Linked", VisitLink, WaitOffer, OnlineRequest)


def find_by_token(
    session: Session, kind: type[Linked], token: str, address: str, *, page: str
) -> Linked | None:
    """The row behind the token of a public link, ended or not; None for an unknown one.

    None too for an address that tried so many wrong links of that `page` ("visit") in a quarter of an hour that none
    opens. The caller commits in any case, because the wrong try itself must be kept.
    """
    who = f"{page} {address}"
    if _guessed_too_often(session, who):
        return None
    index = keys.blind_index(token, kind.__tablename__)
    found = session.scalar(select(kind).where(kind.token_index == index))
    if found is None:
        session.add(SignInAttempt(at=clock.wall_now(), address=who, subject=index, succeeded=False))
        audit.record(session, f"{page}_link.refused", category="schedule", outcome="refused")
    return found


def _guessed_too_often(session: Session, who: str) -> bool:
    failures = session.scalar(
        select(func.count()).where(
            SignInAttempt.address == who,
            SignInAttempt.at > clock.wall_now() - LOCK,
            SignInAttempt.succeeded.is_(False),
        )
    )
    return (failures or 0) >= TRIES_PER_ADDRESS
