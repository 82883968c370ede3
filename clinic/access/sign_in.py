"""Password, second factor and lock-outs (trust T6)."""

import secrets
from datetime import datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, db, keys
from clinic.models import SignInAttempt, User

# OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# An unknown name costs the same time as a known one, so it is checked against a hash nobody knows.
_NOBODY = HASHER.hash(secrets.token_hex(16))
TRIES_PER_ACCOUNT = 5
TRIES_PER_ADDRESS = 30
LOCK = timedelta(minutes=15)
SUBJECT_LOCK = 4_207_119  # the seed of the advisory lock on one name
MIN_LENGTH = 12
COMMON = frozenset(
    [
        "password1234",
        "123456789012",
        "qwertyuiop12",
        "letmein12345",
        "clinic123456",
        "passwordpassword",
        "welcome12345",
        "administrator",
        "iloveyou1234",
        "changeme1234",
    ]
)


class SignInRefused(db.ClinicError):
    """Wrong name, password or code; the sentence is the same for all of them."""


class AccountLocked(db.ClinicError):
    """Too many tries; `minutes` until the next one counts."""

    def __init__(self, minutes: int) -> None:
        super().__init__(
            f"Too many tries. Wait {minutes} minutes, or ask your administrator to unlock the account."
        )
        self.minutes = minutes


class WeakPassword(db.ClinicError):
    """The new password is short or on the list of common ones."""


def hash_password(password: str) -> str:
    """Hash a new password; raises WeakPassword with what is expected. No composition rules."""
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"Use at least {MIN_LENGTH} characters; a short sentence is good.")
    if password.lower() in COMMON or len(set(password)) < 5:
        raise WeakPassword("That password is on the lists that attackers try first. Choose another.")
    return HASHER.hash(password)


def check_password(session: Session, sign_in_name: str, password: str, address: str) -> User:
    """The user whose name and password these are.

    Raises SignInRefused, in the same words and time for an unknown name, or AccountLocked. The caller commits
    in either case, because the attempt itself is what must be kept.
    """
    name = sign_in_name.strip().lower()
    subject = keys.blind_index(name, "sign_in")
    now = clock.wall_now()
    window = now - LOCK
    failures = session.scalar(
        select(func.count()).where(
            SignInAttempt.address == address,
            SignInAttempt.at > window,
            SignInAttempt.succeeded.is_(False),
        )
    )
    if (failures or 0) >= TRIES_PER_ADDRESS:
        raise AccountLocked(int(LOCK.total_seconds() // 60))
    # One try of a name at a time, whether or not anybody has it: two at once would both be the fifth.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject.hex(), SUBJECT_LOCK))))
    user = session.scalar(select(User).where(User.sign_in_name == name).with_for_update())
    _refuse_while_locked(session, subject, user)
    try:
        HASHER.verify(user.password_hash if user else _NOBODY, password)
        good = user is not None and user.active
    except (VerificationError, InvalidHashError):
        good = False
    session.add(SignInAttempt(at=now, address=address, subject=subject, succeeded=good))
    if not good or user is None:
        session.flush()
        if user is not None:
            user.locked_until = _locked_until(session, subject) or user.locked_until
        _record_refusal(session, user)
        raise SignInRefused("The name or the password is not right.")
    return user


def forgive(session: Session, user: User) -> None:
    """Let an account try again at once: earlier wrong passwords and codes count no more."""
    user.failed_attempts, user.locked_until = 0, None
    subject = keys.blind_index(user.sign_in_name, "sign_in")
    session.add(SignInAttempt(at=clock.wall_now(), address="", subject=subject, succeeded=True))


def check_code(session: Session, user: User, code: str) -> None:
    """Accept a time-based code once; raises SignInRefused or AccountLocked (a code works only one time)."""
    now = clock.wall_now()
    locked = session.get(User, user.id, with_for_update=True, populate_existing=True)
    if locked is None or not locked.active:
        raise SignInRefused("The code is not right.")
    if locked.locked_until is not None and locked.locked_until > now:
        raise AccountLocked(int((locked.locked_until - now).total_seconds() // 60) + 1)
    seed = locked.totp_seed
    digits = "".join(c for c in code if c.isdigit())
    totp = pyotp.TOTP(seed) if seed else None
    step = int(now.timestamp()) // 30
    for candidate in (step - 1, step, step + 1):
        right = totp is not None and secrets.compare_digest(totp.at(candidate * 30), digits)
        if right and candidate > locked.totp_last_step:
            locked.totp_last_step = candidate
            locked.failed_attempts = 0
            locked.locked_until = None
            audit.record(session, "sign_in.done", subject=f"user:{locked.public_id}")
            return
    locked.failed_attempts += 1
    if locked.failed_attempts >= TRIES_PER_ACCOUNT:
        locked.failed_attempts = 0
        locked.locked_until = now + LOCK
    _record_refusal(session, locked)
    raise SignInRefused("The code is not right, or was used already. Wait for the next one.")


def _refuse_while_locked(session: Session, subject: bytes, user: User | None) -> None:
    """Wrong passwords lock a name that nobody has as they lock an account, or the lock would tell them apart."""
    now = clock.wall_now()
    until = _locked_until(session, subject)
    if user is not None and user.locked_until is not None:
        # Wrong codes lock too, and only the account knows of them.
        until = max(until or user.locked_until, user.locked_until)
    if until is not None and until > now:
        raise AccountLocked(int((until - now).total_seconds() // 60) + 1)


def _locked_until(session: Session, subject: bytes) -> datetime | None:
    """The end of a lock: the last five tries of a name failed within a quarter of an hour, none right between."""
    last = session.execute(
        select(SignInAttempt.at, SignInAttempt.succeeded)
        .where(SignInAttempt.subject == subject)
        .order_by(SignInAttempt.at.desc(), SignInAttempt.id.desc())
        .limit(TRIES_PER_ACCOUNT)
    ).all()
    if len(last) < TRIES_PER_ACCOUNT or any(row.succeeded for row in last):
        return None
    newest, oldest = last[0].at, last[-1].at
    return newest + LOCK if newest - oldest < LOCK else None


def _record_refusal(session: Session, user: User | None) -> None:
    subject = f"user:{user.public_id}" if user else "user:unknown"
    audit.record(session, "sign_in.refused", subject=subject, outcome="refused")
