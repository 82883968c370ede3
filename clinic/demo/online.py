"""The demo's online booking: open, with words in two languages, and requests that wait for the desk."""

import json
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, db, online
from clinic.models import Message, OnlineRequest, Patient, VisitType

# Visit type → names and question: English, Spanish.
WORDS = {
    "Follow-up": ("Follow-up visit", "Consulta de seguimiento", "", ""),
    "Sick visit": ("I am sick or hurt", "Estoy enfermo o me lastimé", "", ""),
    "New patient": (
        "First visit with us",
        "Primera visita",
        "Do you need an interpreter, a ramp or other help at the visit?",
        "¿Necesita intérprete, rampa u otra ayuda en la cita?",
    ),
}
NOBODY = {"insurance": "", "member_id": "", "reason": "", "answer": ""}
NEWCOMER = NOBODY | {
    "first_name": "Ida",
    "last_name": "Quist",
    "born_on": "1991-07-28",
    "phone": "+15550100171",
    "email": "ida.quist@example.com",
    "sex": "F",
    "address": "88 Alder Court",
    "city": "Portland",
    "state": "OR",
    "zip": "97205",
    "insurance": "Evergreen HMO",
    "member_id": "EVG300418281",
    "reason": "First check-up here",
}


def fill(base_url: str) -> None:
    """Open the page; a newcomer, a person who is on file, and one with an old phone number ask for visits."""
    with db.transaction() as session, audit.acting_as(audit.Actor(None, "public")):
        online.save_policy(session, 0, active=True, notice_hours=4, ahead_days=60, book_new=False)
        kinds = {kind.name: kind for kind in session.scalars(select(VisitType))}
        doctors = [each.id for each in online.providers(session) if each.credential != "PT"]
        for name, words in WORDS.items():
            online.save_words(
                session, kinds[name], takes=doctors, **dict(zip(online.WORDS, words, strict=True))
            )
        _ask(session, kinds["New patient"], NEWCOMER, base_url, says_new=True)
        known = session.scalars(
            select(Patient).where(Patient.email != "").order_by(Patient.id).limit(2)
        ).all()
        for number, patient in enumerate(known):
            typed = NOBODY | {
                "first_name": patient.first_name,
                "last_name": patient.last_name,
                "born_on": patient.born_on.isoformat(),
                "phone": patient.phone if number == 0 else "+15550100172",
                "email": patient.email,
                "reason": "Come back in two weeks" if number == 0 else "",
            }
            request = _ask(session, kinds["Follow-up"], typed, base_url, says_new=False)
            if number == 1 and request is not None:
                online.wants_move(session, request)


def _ask(
    session: Session, kind: VisitType, typed: dict[str, str], base_url: str, *, says_new: bool
) -> OnlineRequest | None:
    """One request as a visitor makes it: a time, the form, the code from the message."""
    day = clock.today() + timedelta(days=3)
    free = online.free_times(session, kind, first=day, limit=12)
    if not free:
        return None
    key = f"demo-{typed['email']}"
    held = online.keep(session, kind, free[-1].at, key=key)
    asked = online.Asked(typed, says_new, "email", "en", agreed_sms=False, agreed_email=True)
    request = online.begin(session, held, asked, key=key)
    message = session.scalars(
        select(Message).where(Message.key == f"online-code-{request.public_id}-1")
    ).one()
    code = json.loads(message.body())["subject"].rpartition(" ")[2]
    request, _ = online.check_code(session, request.public_id, code, base_url)
    return request
