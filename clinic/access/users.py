"""Staff accounts as an administrator keeps them: every change on record, every session ended that it touches."""

import re

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, db
from clinic.access import sessions
from clinic.access.permissions import ROLES
from clinic.access.sign_in import forgive, hash_password
from clinic.db import new_public_id
from clinic.models import User


class UserRefused(db.ClinicError):
    """The account cannot be like that; the sentence says why."""


def create(
    session: Session,
    *,
    sign_in_name: str,
    name: str,
    role: str,
    password: str,
    rendering_provider_id: int | None = None,
) -> tuple[User, str]:
    """A new account and its second-factor seed (base32), which is shown once.

    Raises UserRefused for a name that is taken or unreadable, WeakPassword for the password.
    """
    sign_in_name = _checked_name(session, sign_in_name)
    if role not in ROLES:
        raise UserRefused("Choose one of the five roles.")
    seed = pyotp.random_base32()
    user = User(
        public_id=new_public_id(),
        sign_in_name=sign_in_name,
        name=name.strip(),
        role=role,
        password_hash=hash_password(password),
        rendering_provider_id=rendering_provider_id,
        created_at=clock.wall_now(),
    )
    user.set_totp_seed(seed)
    session.add(user)
    session.flush()
    audit.record(session, "user.create", subject=f"user:{user.public_id}", changes={"role": [None, role]})
    return user, seed


def change(session: Session, user: User, *, name: str, role: str, active: bool, by: int) -> None:
    """Change name, role or state; a changed role or a closed account ends its sessions at once.

    Raises UserRefused when the last administrator, or oneself, would be locked out.
    """
    if role not in ROLES:
        raise UserRefused("Choose one of the five roles.")
    if user.id == by and (role != user.role or not active):
        raise UserRefused(
            "You cannot change your own role or close your own account. Ask another administrator."
        )
    loses_admin = user.role == "admin" and user.active and (role != "admin" or not active)
    if loses_admin and len(_administrators(session)) == 1:
        raise UserRefused("This is the last administrator. Make another one first.")
    changes = {
        field: [getattr(user, field), value]
        for field, value in (("name", name.strip()), ("role", role), ("active", active))
        if getattr(user, field) != value
    }
    user.name, user.role, user.active = name.strip(), role, active
    if "role" in changes or "active" in changes:
        sessions.revoke_user(session, user.id)
    audit.record(session, "user.change", subject=f"user:{user.public_id}", changes=changes)


def reset_password(session: Session, user: User, password: str) -> None:
    """A new password; every session of the account ends. Raises WeakPassword."""
    user.password_hash = hash_password(password)
    forgive(session, user)
    sessions.revoke_user(session, user.id)
    audit.record(session, "user.reset_password", subject=f"user:{user.public_id}")


def new_second_factor(session: Session, user: User) -> str:
    """A new seed for a lost telephone; the old codes stop working at once."""
    seed = pyotp.random_base32()
    user.set_totp_seed(seed)
    user.totp_last_step = 0
    sessions.revoke_user(session, user.id)
    audit.record(session, "user.new_second_factor", subject=f"user:{user.public_id}")
    return seed


def unlock(session: Session, user: User) -> None:
    """Let an account try again before its quarter of an hour is over."""
    forgive(session, user)
    audit.record(session, "user.unlock", subject=f"user:{user.public_id}")


def _administrators(session: Session) -> list[User]:
    return list(session.scalars(select(User).where(User.role == "admin", User.active)))


def _checked_name(session: Session, sign_in_name: str) -> str:
    clean = sign_in_name.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@-]{2,79}", clean):
        raise UserRefused("A sign-in name has 3 to 80 letters, digits, dots or dashes.")
    if session.scalar(select(User.id).where(User.sign_in_name == clean)):
        raise UserRefused("That sign-in name is taken.")
    return clean
