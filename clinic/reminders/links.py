"""Links by which a patient answers for one visit without an account: hashed, ending, for that visit at that time."""

import secrets
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import access, audit, clock, keys
from clinic.models import Appointment, VisitLink
from clinic.models.scheduling import COMING
from clinic.reminders import answers

# After these a link changes nothing more; a confirmed visit may still be given up by the same link.
LAST_WORDS = ("move", "cancel", "ask_cancel")


def make_link(session: Session, appointment: Appointment, language: str) -> str:
    """A token of 128 bits for one visit at its present time; only its digest is kept."""
    token = secrets.token_urlsafe(16)
    session.add(
        VisitLink(
            token_index=keys.blind_index(token, "visit_link"),
            appointment_id=appointment.id,
            for_start=appointment.starts_at,
            language=language,
            expires_at=appointment.starts_at,
        )
    )
    session.flush()
    return token


def find_link(session: Session, token: str, address: str) -> VisitLink | None:
    """As `access.find_by_token`; the caller commits in any case."""
    return access.find_by_token(session, VisitLink, token, address, page="visit")


def link_state(link: VisitLink) -> str:
    """`open`, `confirmed`, `late` (the time has come), `moved`, `gone`, or the last word, while it still holds.

    What became of the visit afterwards goes before what was said: nobody is told that a cancelled visit is still his.
    """
    appointment = link.appointment
    if link.for_start != appointment.starts_at:
        return "moved"
    if link.answer in LAST_WORDS and appointment.status == "cancelled_patient":
        return "cancel"
    if link.expires_at <= clock.now():
        return "late"
    if appointment.status not in COMING:
        return "gone"
    if link.answer == "cancel":
        # The desk planned it again: the link has said its last word and opens nothing more.
        return "moved"
    if link.answer in LAST_WORDS:
        return link.answer
    return "confirmed" if appointment.status == "confirmed" else "open"


def follow(session: Session, public_id: str, move: Callable[[Session, Appointment], object]) -> VisitLink:
    """Let `move(session, visit)` give the visit another time by its link, which is for that time from then on.

    So are the visit's other links for the time it had: no newer message tells the patient another one. A link that was
    used up, is too old or whose visit has moved calls nothing; what `move` raises changes nothing.
    """
    # All of them in one order, so that two browsers with two links do not wait for each other.
    own = select(VisitLink.appointment_id).where(VisitLink.public_id == public_id).scalar_subquery()
    links = session.scalars(
        select(VisitLink)
        .where(VisitLink.appointment_id == own)
        .order_by(VisitLink.id)
        .options(joinedload(VisitLink.appointment))
        .with_for_update(of=VisitLink)
        .execution_options(populate_existing=True)
    ).all()
    link = next(each for each in links if each.public_id == public_id)
    if link_state(link) in ("open", "confirmed"):
        was = link.for_start
        move(session, link.appointment)
        for each in links:
            if each.for_start == was and each.answer not in ("cancel", "ask_cancel"):
                each.for_start = each.expires_at = link.appointment.starts_at
                each.answer, each.answered_at = "", clock.now()
        session.flush()
    return link


def answer_link(session: Session, public_id: str, word: str) -> tuple[VisitLink, str]:
    """Take a patient's answer by link, once: "confirm", "move" or "cancel". The state afterwards says how it is.

    A link that was used up, is too old or whose visit has moved changes nothing.
    """
    link = _locked(session, public_id)
    state = link_state(link)
    if state not in ("open", "confirmed"):
        return link, state
    with audit.acting_as(audit.Actor(None, "patient by link", None, audit.actor().address)):
        outcome = answers.ANSWERS[word](session, link.appointment, "by link")
    if outcome == "gone":
        return link, "gone"
    link.answer = {"late": "ask_cancel"}.get(outcome, word)
    link.answered_at = clock.now()
    session.flush()
    return link, link_state(link)


def _locked(session: Session, public_id: str) -> VisitLink:
    return session.scalars(
        select(VisitLink)
        .where(VisitLink.public_id == public_id)
        .options(joinedload(VisitLink.appointment))
        .with_for_update(of=VisitLink)
        .execution_options(populate_existing=True)
    ).one()
