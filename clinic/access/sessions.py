"""Signed-in browsers as rows: token hashed, idle and absolute limits, revocable at once (trust T6)."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from clinic import clock, keys
from clinic.models import User, UserSession

# Writing "seen" on each request would cost a write a click; half a minute is exact enough for 15.
TOUCH_AFTER = timedelta(seconds=30)


_SAVE = (
    update(UserSession)
    .where(UserSession.token_hash == bindparam("digest"))
    .values(data=bindparam("new_data"), user_id=bindparam("new_user"))
)


@dataclass(frozen=True)
class Limits:
    idle: timedelta
    absolute: timedelta


# A module's own statement is put together and compiled once; every request of the house runs this one.
_FIND = (
    select(
        UserSession.id.label("session_id"),
        UserSession.user_id,
        UserSession.data,
        UserSession.created_at,
        UserSession.seen_at,
        User.id,
        User.public_id,
        User.name,
        User.role,
        User.active,
        User.theme,
        User.single_keys,
        User.rendering_provider_id,
    )
    .outerjoin(User, User.id == UserSession.user_id)
    .where(UserSession.token_hash == bindparam("digest"))
)


@dataclass(frozen=True)
class Stored:
    """What a valid token opens; `expired` is true when the row was there but too old, `stale` when it is to be touched.

    `was_user` is whose the expired one was. `user` has the columns of the account that a page needs, read with the session in one statement.
    """

    id: int | None
    data: dict[str, Any]
    expired: bool = False
    stale: bool = False
    user: Any = None
    was_user: int | None = None


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def find(session: Session, token: str, limits: Limits) -> Stored:
    """The session behind a token, with its user; changes nothing, so that it needs no transaction of its own."""
    row = session.connection().execute(_FIND, {"digest": digest(token)}).first()
    if row is None:
        return Stored(None, {})
    now = clock.wall_now()
    if now - row.seen_at > limits.idle or now - row.created_at > limits.absolute:
        return Stored(None, {}, expired=row.user_id is not None, stale=True, was_user=row.user_id)
    user = row if row.id is not None else None
    data = _opened(row.data, digest(token))
    if data is None:
        return Stored(None, {})
    return Stored(row.session_id, data, stale=now - row.seen_at > TOUCH_AFTER, user=user)


def touch(session: Session, token: str, limits: Limits) -> None:
    """Note that a session is in use, or remove it where its time is over."""
    row = session.scalar(select(UserSession).where(UserSession.token_hash == digest(token)))
    if row is None:
        return
    now = clock.wall_now()
    if now - row.seen_at > limits.idle or now - row.created_at > limits.absolute:
        session.delete(row)
    else:
        row.seen_at = now


def create(session: Session, data: dict[str, Any], user_id: int | None, address: str) -> str:
    """A new row; returns the token that only the cookie will know."""
    token = secrets.token_urlsafe(32)
    now = clock.wall_now()
    row = UserSession(
        token_hash=digest(token),
        user_id=user_id,
        data=_sealed(data, digest(token)),
        address=address,
        created_at=now,
        seen_at=now,
    )
    session.add(row)
    return token


def save(session: Session, token: str, data: dict[str, Any], user_id: int | None) -> None:
    """Change a row that still stands; one that was revoked meanwhile is not brought back."""
    session.connection().execute(
        _SAVE, {"digest": digest(token), "new_data": _sealed(data, digest(token)), "new_user": user_id}
    )


def _sealed(data: dict[str, Any], token_hash: bytes) -> str:
    """What a session knows is nobody's to read in the database, and opens in its own row only (trust T7)."""
    return base64.b64encode(keys.seal(json.dumps(data), f"user_session:{token_hash.hex()}")).decode()


def _opened(sealed: str, token_hash: bytes) -> dict[str, Any] | None:
    """The data of a row; None where it was written under another key ring or changed by hand."""
    try:
        plain = keys.unseal(base64.b64decode(sealed, validate=True), f"user_session:{token_hash.hex()}")
    except (keys.KeyRingError, ValueError, IndexError):
        return None
    found: dict[str, Any] = json.loads(plain)
    return found


def revoke(session: Session, token: str) -> None:
    session.execute(delete(UserSession).where(UserSession.token_hash == digest(token)))


def revoke_user(session: Session, user_id: int) -> None:
    """End every session of a user: password change, role change, leaving."""
    session.execute(delete(UserSession).where(UserSession.user_id == user_id))
