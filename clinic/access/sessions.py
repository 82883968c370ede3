"""Signed-in browsers as rows: token hashed, idle and absolute limits, revocable at once (trust T6)."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import UserSession

# Writing "seen" on each request would cost a write a click; half a minute is exact enough for 15.
TOUCH_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Limits:
    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True)
class Stored:
    """What a valid token opens; `expired` is true when the row was there but too old."""

    id: int | None
    data: dict[str, Any]
    expired: bool = False


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def find(session: Session, token: str, limits: Limits, *, touch: bool) -> Stored:
    """The session behind a token; an expired one is removed. Polling passes `touch=False`."""
    row = session.scalar(select(UserSession).where(UserSession.token_hash == digest(token)))
    if row is None:
        return Stored(None, {})
    now = clock.wall_now()
    if now - row.seen_at > limits.idle or now - row.created_at > limits.absolute:
        session.delete(row)
        return Stored(None, {}, expired=row.user_id is not None)
    if touch and now - row.seen_at > TOUCH_AFTER:
        row.seen_at = now
    return Stored(row.id, json.loads(row.data))


def create(session: Session, data: dict[str, Any], user_id: int | None, address: str) -> str:
    """A new row; returns the token that only the cookie will know."""
    token = secrets.token_urlsafe(32)
    now = clock.wall_now()
    row = UserSession(
        token_hash=digest(token),
        user_id=user_id,
        data=json.dumps(data),
        address=address,
        created_at=now,
        seen_at=now,
    )
    session.add(row)
    return token


def save(session: Session, token: str, data: dict[str, Any], user_id: int | None) -> None:
    """Change a row that still stands; one that was revoked meanwhile is not brought back."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == digest(token))
        .values(data=json.dumps(data), user_id=user_id)
    )


def revoke(session: Session, token: str) -> None:
    session.execute(delete(UserSession).where(UserSession.token_hash == digest(token)))


def revoke_user(session: Session, user_id: int) -> None:
    """End every session of a user: password change, role change, leaving."""
    session.execute(delete(UserSession).where(UserSession.user_id == user_id))
