"""What patients write back: C, R, X and their words in two languages, STOP, and all the rest for a person (A11, TCPA)."""

import json

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic import audit, clock, formats, keys, messages, tasks
from clinic.db import new_public_id
from clinic.messages.consent import people_at
from clinic.models import Appointment, InboundMessage, Message, Practice
from clinic.models.scheduling import COMING
from clinic.reminders import answers
from clinic.reminders.texts import sender, told_time

LONGEST = 1600
# The law's own words for "no more", each alone in a message (47 CFR 64.1200); CANCEL is one of them.
STOP = frozenset(
    ["stop", "stopall", "quit", "end", "revoke", "optout", "unsubscribe", "cancel", "alto", "parar", "baja"]
)
START = frozenset(["start", "unstop", "empezar"])
# The text service itself answers the English words for "no more"; these it does not know.
OURS_TO_ANSWER = frozenset(["alto", "parar", "baja"])
SPANISH = OURS_TO_ANSWER | {
    "empezar",
    "ayuda",
    "si",
    "confirmar",
    "confirmo",
    "cambiar",
    "cambio",
    "reprogramar",
}
HELP = frozenset(["help", "info", "ayuda"])
WORDS: dict[str, frozenset[str]] = {
    "confirm": frozenset(["c", "confirm", "confirmed", "yes", "y", "si", "s", "confirmar", "confirmo", "ok"]),
    "move": frozenset(["r", "reschedule", "move", "change", "cambiar", "cambio", "reprogramar"]),
    "cancel": frozenset(["x"]),
}
ANSWERS: dict[str, tuple[str, str]] = {
    "confirmed": ("Thank you. {when} is confirmed.", "Gracias. Su cita está confirmada: {when}."),
    "asked": (
        "We will call you to find another time. Until then {when} stays yours.",
        "Le llamaremos para buscar otra hora. Hasta entonces conserva su cita: {when}.",
    ),
    "cancelled": (
        "Cancelled: {when}. Call {phone} to book again.",
        "Cancelada: {when}. Para otra cita llame al {phone}.",
    ),
    "late": (
        "{when} is soon, so we do not cancel by text. We will call you, or call {phone}.",
        "Falta poco para su cita ({when}): no se cancela por mensaje. Le llamaremos, o llame al {phone}.",
    ),
    "unclear": (
        "We got your message and will call you. Or call {phone}.",
        "Recibimos su mensaje y le llamaremos. O llame al {phone}.",
    ),
    "help": (
        "{clinic}: call {phone}. Reply STOP for no more texts.",
        "{clinic}: llame al {phone}. Responda STOP para dejar de recibir mensajes.",
    ),
    "stopped": (
        "{clinic}: you get no more texts from us. To get them again, reply START.",
        "{clinic}: no recibirá más mensajes de texto. Para recibirlos otra vez, responda START.",
    ),
    "started": (
        "{clinic}: you get reminders again. Reply STOP to end them.",
        "{clinic}: recibirá recordatorios otra vez. Responda STOP para terminarlos.",
    ),
}


def meaning(text: str) -> str:
    """confirm, move, cancel, stop, start, help or unknown; only a message of that one word counts."""
    word = "".join(letter for letter in formats.fold(text) if letter.isalnum())
    if word in STOP:
        return "stop"
    if word in START:
        return "start"
    if word in HELP:
        return "help"
    return next((name for name, known in WORDS.items() if word in known), "unknown")


def take_reply(session: Session, outside_id: str, sender: str, text: str) -> str:
    """Do what a text message asks for and say what to answer ("" for nothing); `sender` is E.164.

    A message that comes again has the same `outside_id`: it changes nothing and gets the first one's answer.
    """
    said = meaning(text)
    if said == "confirm" and messages.opted_out(session, "sms", sender) and _folded(text) == "yes":
        said = "start"
    row = _keep(session, outside_id, sender, text[:LONGEST], said)
    if row is None:
        first = session.scalars(select(InboundMessage).where(InboundMessage.outside_id == outside_id)).one()
        return str(json.loads(first.body())["answer"])
    with audit.acting_as(audit.Actor(None, "text message")):
        answer = _act(session, row, sender, text, said)
    body = {"from": sender, "text": text[:LONGEST], "answer": answer}
    row.body_sealed = keys.seal(json.dumps(body), f"inbound_message:{row.public_id}")
    session.flush()
    return answer


def _keep(session: Session, outside_id: str, sender: str, text: str, said: str) -> InboundMessage | None:
    """The row of a message that is new; None for one that came before, at the same instant too."""
    public_id = new_public_id()
    values = {
        "public_id": public_id,
        "outside_id": outside_id,
        "from_index": messages.address_index("sms", sender),
        "body_sealed": keys.seal(
            json.dumps({"from": sender, "text": text, "answer": ""}), f"inbound_message:{public_id}"
        ),
        "meaning": said,
        "came_at": clock.now(),
    }
    made = session.scalar(
        insert(InboundMessage)
        .values(values)
        .on_conflict_do_nothing(index_elements=["outside_id"])
        .returning(InboundMessage.id)
    )
    return session.get_one(InboundMessage, made) if made is not None else None


def _act(session: Session, row: InboundMessage, phone: str, text: str, said: str) -> str:
    people = people_at(session, "sms", phone)
    visits = _asked_about(session, phone)
    visit = visits[0] if len(visits) == 1 else None
    patient = visit.patient if visit else people[0] if len(people) == 1 else None
    row.patient_id = patient.id if patient else None
    row.appointment_id = visit.id if visit else None
    known = patient or next(iter(people), None)
    language = known.language if known else "es" if _folded(text) in SPANISH else "en"
    silent = messages.opted_out(session, "sms", phone)
    if said == "stop":
        new = messages.opt_out(session, "sms", phone, "STOP by text message")
        if _folded(text) == "cancel":
            # The law reads it as no more messages; the patient may have meant the visit.
            _task(
                session,
                row,
                "reply",
                "Wrote CANCEL: gets no more texts, as the law asks. Ask whether the visit was meant.",
            )
        return _say(session, "stopped", language, None) if new and _folded(text) in OURS_TO_ANSWER else ""
    if said == "start":
        messages.opt_in(session, "sms", phone)
        if any(not messages.may_send(session, each, "sms") for each in people):
            return _say(session, "started", language, None)
        # What ended here was a STOP; the consent itself is what the patient says at the desk.
        _task(session, row, "reply", "Wrote START, but no consent is on file. Ask, and write it down.")
        return _say(session, "unclear", language, None)
    if said == "help":
        return _say(session, "help", language, None)
    if said in answers.ANSWERS and visit is not None:
        outcome = answers.ANSWERS[said](session, visit, "by text message")
        if outcome != "gone":
            # Who asked for no more texts is heard, and written nothing.
            return "" if silent else _say(session, outcome, language, visit)
    reason = (
        "several visits fit"
        if len(visits) > 1
        else "no visit fits"
        if said in answers.ANSWERS
        else "not understood"
    )
    spoken = " in Spanish" if language == "es" else ""
    _task(session, row, "reply", f"A text message needs an answer ({reason}). Read it and call{spoken}.")
    return "" if silent else _say(session, "unclear", language, visit)


def _asked_about(session: Session, phone: str) -> list[Appointment]:
    """The coming visits that this phone was reminded of at the time they still have."""
    query = (
        select(Appointment)
        .where(
            Appointment.id.in_(
                select(Message.appointment_id).where(
                    Message.to_index == messages.address_index("sms", phone),
                    Message.kind == "reminder",
                    Message.channel == "sms",
                    Message.state.in_(("sent", "delivered")),
                    Message.for_start == Appointment.starts_at,
                )
            ),
            Appointment.status.in_(COMING),
            Appointment.starts_at > clock.now(),
        )
        .order_by(Appointment.starts_at)
        .limit(5)
    )
    return list(session.scalars(query))


def _task(session: Session, row: InboundMessage, kind: str, sentence: str) -> None:
    tasks.add(
        session,
        kind,
        sentence,
        key=f"reply-{row.id}",
        patient_id=row.patient_id,
        appointment_id=row.appointment_id,
        subject=f"inbound_message:{row.public_id}",
    )


def _say(session: Session, what: str, language: str, visit: Appointment | None) -> str:
    practice = session.scalars(select(Practice)).one()
    when = ", ".join(told_time(visit.starts_at, language)) if visit else ""
    return ANSWERS[what][language == "es"].format(
        when=when, phone=formats.phone(practice.phone), clinic=sender(session, practice)
    )


def _folded(text: str) -> str:
    return "".join(letter for letter in formats.fold(text) if letter.isalnum())
