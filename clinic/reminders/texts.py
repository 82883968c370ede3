"""The words of a reminder in two languages: clinic, day, time and phone, no word about what the visit is for (A11)."""

import string
from datetime import datetime

from babel.dates import format_date, format_time
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, formats, messages
from clinic.models import Practice, ReminderText, VisitType
from clinic.reminders.rules import policy

CHANNELS = {"sms": "Text message", "email": "E-mail"}
LANGUAGES = {"en": "English", "es": "Español"}
# What a text may name; nothing else of a visit exists here, so nothing else can leave the house.
PLACES = {
    "clinic": "the clinic's name in messages",
    "day": "the day of the visit",
    "time": "its time with the zone",
    "link": "the patient's own link",
    "phone": "the clinic's phone",
}
NEEDED = {"sms": ("day", "time"), "email": ("day", "time", "link")}
LONGEST = {"sms": 480, "email": 4000}
# Spanish words of a text message do without á, í, ó and ú where they can: one of them doubles what it costs.
OURS: dict[tuple[str, str], tuple[str, str]] = {
    ("sms", "en"): (
        "",
        "{clinic}: you have an appointment on {day}, {time}. Reply C to confirm, R for another time, X to cancel."
        " {link} Reply STOP for no more texts.",
    ),
    ("sms", "es"): (
        "",
        "{clinic}: tiene una cita el {day}, {time}. Responda C para confirmar, R para otra hora, X para cancelar."
        " {link} Responda STOP para dejar de recibir mensajes.",
    ),
    ("email", "en"): (
        "Your appointment on {day}",
        "You have an appointment with {clinic} on {day}, {time}.\n\nConfirm it, ask for another time or cancel"
        " it here, without an account:\n{link}\n\nQuestions? Call {phone}.\n\n{clinic}\n\nYou get this because you"
        " agreed to reminders by e-mail. The page behind the link can end them.\n",
    ),
    ("email", "es"): (
        "Su cita del {day}",
        "Tiene una cita en {clinic} el {day}, {time}.\n\nConfírmela, pida otra hora o cancélela aquí, sin"
        " cuenta:\n{link}\n\n¿Preguntas? Llame al {phone}.\n\n{clinic}\n\nRecibe este mensaje porque aceptó"
        " recordatorios por correo. Si ya no los quiere, dígalo en la página del enlace.\n",
    ),
}


def words_of(session: Session, channel: str, language: str) -> tuple[str, str]:
    """Subject and text with their places: the clinic's own words, or ours."""
    row = session.scalar(
        select(ReminderText).where(ReminderText.channel == channel, ReminderText.language == language)
    )
    return (row.subject, row.text) if row else OURS[channel, language]


def filled(words: tuple[str, str], told: dict[str, str]) -> tuple[str, str]:
    """Subject and text as they are sent."""
    subject, text = words
    return subject.format_map(told), text.format_map(told)


def facts(
    session: Session, practice: Practice, starts_at: datetime, language: str, link: str
) -> dict[str, str]:
    """What stands in the places, in the patient's language, with the zone beside the time (A8)."""
    day, at = told_time(starts_at, language)
    return {
        "clinic": sender(session, practice),
        "day": day,
        "time": at,
        "link": link,
        "phone": formats.phone(practice.phone),
    }


def sender(session: Session, practice: Practice) -> str:
    """What the clinic calls itself in messages."""
    return policy(session).sender_name or practice.name


def told_time(starts_at: datetime, language: str) -> tuple[str, str]:
    """`Monday, March 9` and `9:00 AM PDT`, or `lunes 9 de marzo` and `9:00 a. m. PDT`."""
    local = clock.local(starts_at)
    locale = "es_US" if language == "es" else "en_US"
    day = format_date(local.date(), "EEEE d 'de' MMMM" if language == "es" else "EEEE, MMMM d", locale)
    at = format_time(local.time().replace(tzinfo=None), "short", locale=locale)
    # Narrow no-break spaces look right on paper and turn a text message into two.
    return day, f"{at.replace(chr(0x202F), ' ').replace(chr(0xA0), ' ')} {local:%Z}"


def problems(session: Session, channel: str, subject: str, text: str) -> list[str]:
    """What is wrong with the clinic's own words, in sentences; empty when they may be sent."""
    found = []
    try:
        named = {
            name
            for part in (subject, text)
            for _, name, *_ in string.Formatter().parse(part)
            if name is not None
        }
        specs = [
            spec
            for part in (subject, text)
            for *_, spec, conversion in string.Formatter().parse(part)
            if spec or conversion
        ]
    except ValueError:
        return ["A brace is open: write places like {day}."]
    strange = sorted(named - PLACES.keys())
    if strange or specs:
        shown = ", ".join("{" + name + "}" for name in PLACES)
        found.append(f"Only these places can be filled in: {shown}.")
    missing = [name for name in NEEDED[channel] if f"{{{name}}}" not in text]
    if missing:
        found.append("The text must tell " + ", ".join(f"{{{name}}}" for name in missing) + ".")
    if channel == "sms" and "STOP" not in text:
        found.append("The text must say that STOP ends the messages.")
    if len(text) > LONGEST[channel]:
        found.append(f"Keep it to {LONGEST[channel]} characters.")
    if "\n" in subject or "\r" in subject:
        found.append("The subject is one line.")
    said = formats.fold(f"{subject} {text}")
    for name in session.scalars(select(VisitType.name)):
        if formats.fold(name) and formats.fold(name) in said:
            found.append(f"A reminder does not say what the visit is for: take out “{name}”.")
    return found


def parts(words: tuple[str, str], told: dict[str, str]) -> int:
    """How many text messages the words make with these facts."""
    return messages.segments(filled(words, told)[1])
