"""Bill codes and pay links: how a patient without an account finds their bill (T5, trust)."""

import secrets
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, keys
from clinic.models import Patient, PayLink, SignInAttempt, Statement

# No letter or digit that is mistaken for another on paper or on the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
TRIES = 5
TRIES_PER_ADDRESS = 20
LOCK = timedelta(minutes=15)


def make_link(session: Session, statement_id: int, *, days: int) -> PayLink:
    """A typed code of 8 characters and a link token of 128 bits for one statement; older links keep working."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    token = secrets.token_urlsafe(16)
    link = PayLink(
        statement_id=statement_id,
        code_index=keys.blind_index(code, "pay_code"),
        token_index=keys.blind_index(token, "pay_token"),
        code_sealed=keys.seal(f"{code} {token}", f"pay_link:{statement_id}"),
        expires_at=clock.now() + timedelta(days=days),
    )
    session.add(link)
    session.flush()
    return link


def code_of(session: Session, statement_id: int) -> tuple[str, str]:
    """The code as it is printed (`K7MP-4TQ2`) and the link token of a statement."""
    link = session.scalars(
        select(PayLink).where(PayLink.statement_id == statement_id).order_by(PayLink.id.desc()).limit(1)
    ).one()
    return _printed(link)


def find(session: Session, code: str, born_on: date | None, address: str) -> Statement | None:
    """The statement behind a code and a birth date of the household, or None for every failure alike.

    Five wrong tries lock a code for a quarter of an hour, twenty an address. The caller commits in any case,
    because the try itself is what must be kept.
    """
    now = clock.wall_now()
    # Patients who mistype at the clinic's own tablet must not lock its staff out, whose tries are counted apart.
    address = f"pay {address}"
    link = _link(session, code)
    subject = keys.blind_index(_clean(code), "pay_try")
    failures = session.scalar(
        select(func.count()).where(
            SignInAttempt.address == address,
            SignInAttempt.at > now - LOCK,
            SignInAttempt.succeeded.is_(False),
        )
    )
    blocked = (failures or 0) >= TRIES_PER_ADDRESS
    if link is not None:
        gone = link.revoked_at is not None or link.expires_at < clock.now()
        locked = link.locked_until is not None and link.locked_until > now
        blocked = blocked or gone or locked
    good = link is not None and not blocked and born_on in _birth_dates(session, link.statement)
    session.add(SignInAttempt(at=now, address=address, subject=subject, succeeded=good))
    if link is None or not good:
        if link is not None and not blocked:
            link.tries += 1
            if link.tries >= TRIES:
                link.tries, link.locked_until = 0, now + LOCK
        audit.record(session, "pay_link.refused", category="statement", outcome="refused")
        return None
    link.tries = 0
    return link.statement


def knows(session: Session, token: str) -> str | None:
    """The printed code behind a QR link's token while the bill may still be opened; it alone opens nothing."""
    index = keys.blind_index(token.strip(), "pay_token")
    link = session.scalar(select(PayLink).where(PayLink.token_index == index))
    if link is None or link.revoked_at is not None or link.expires_at < clock.now():
        return None
    return _printed(link)[0]


def revoke(session: Session, statement_id: int) -> None:
    """Make every link of a statement worthless at once."""
    for link in session.scalars(select(PayLink).where(PayLink.statement_id == statement_id)):
        link.revoked_at = link.revoked_at or clock.now()
    audit.record(session, "pay_link.revoke", category="statement", subject=f"statement:{statement_id}")


def _printed(link: PayLink) -> tuple[str, str]:
    code, token = keys.unseal(link.code_sealed, f"pay_link:{link.statement_id}").decode().split()
    return f"{code[:4]}-{code[4:]}", token


def _clean(code: str) -> str:
    return "".join(c for c in code.upper() if c.isalnum())


def _link(session: Session, code: str) -> PayLink | None:
    query = select(PayLink).options(joinedload(PayLink.statement)).with_for_update(of=PayLink)
    return session.scalar(query.where(PayLink.code_index == keys.blind_index(_clean(code), "pay_code")))


def _birth_dates(session: Session, statement: Statement) -> set[date]:
    """The guarantor's birth date and those of the household's patients."""
    patients = session.scalars(select(Patient.born_on).where(Patient.guarantor_id == statement.guarantor_id))
    return {statement.guarantor.born_on, *patients}
