"""The words of offers and recalls in two languages: when and until when, no word about what for (A11)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import formats, reminders
from clinic.models import Practice
from clinic.reminders.texts import told_time

OFFER: dict[tuple[str, str], tuple[str, str]] = {
    ("sms", "en"): (
        "",
        "{clinic}: a place is free on {day}, {time}. Take it or leave it by {until}: {link}"
        " Reply STOP for no more texts.",
    ),
    ("sms", "es"): (
        "",
        "{clinic}: hay una hora libre el {day}, {time}. Es suya si la acepta hasta {until}: {link}"
        " Responda STOP para dejar de recibir mensajes.",
    ),
    ("email", "en"): (
        "A place is free on {day}",
        "You asked {clinic} to tell you when a place comes free. One is free on {day}, {time}.\n\nIt is kept for"
        " you until {until}. Take it or leave it here, without an account:\n{link}\n\nWithout an answer it goes to"
        " somebody else, and you stay on the list. Questions? Call {phone}.\n\n{clinic}\n",
    ),
    ("email", "es"): (
        "Hay una hora libre el {day}",
        "Pidió a {clinic} que le avisara de una hora libre. Hay una el {day}, {time}.\n\nLa guardamos para usted"
        " hasta {until}. Acéptela o recházela aquí, sin cuenta:\n{link}\n\nSi no responde será para otra"
        " persona, y usted seguirá en la lista. ¿Preguntas? Llame al {phone}.\n\n{clinic}\n",
    ),
}
RECALL: dict[tuple[str, str], tuple[str, str]] = {
    ("sms", "en"): (
        "",
        "{clinic}: it is time to book your next visit. Call {phone}. Reply STOP for no more texts.",
    ),
    ("sms", "es"): (
        "",
        "{clinic}: es hora de reservar su siguiente cita. Llame al {phone}. Responda STOP para dejar de recibir mensajes.",
    ),
    ("email", "en"): (
        "It is time to book your next visit",
        "It is time to book your next visit with {clinic}. Call {phone}.\n\n{clinic}\n",
    ),
    ("email", "es"): (
        "Es hora de reservar su próxima cita",
        "Es hora de reservar su próxima cita en {clinic}. Llame al {phone}.\n\n{clinic}\n",
    ),
}


def offer_words(
    session: Session, channel: str, language: str, starts_at: datetime, expires_at: datetime, link: str
) -> tuple[str, str]:
    """Subject and text of an offer, times with their zone (A8)."""
    day, at = told_time(starts_at, language)
    last_day, until = told_time(expires_at, language)
    on = "el " if language == "es" else ""
    told = _clinic(session) | {
        "day": day,
        "time": at,
        "until": f"{on}{last_day}, {until}",
        "link": link,
    }
    return reminders.filled(OFFER[channel, language], told)


def recall_words(session: Session, channel: str, language: str) -> tuple[str, str]:
    """Subject and text of a recall."""
    return reminders.filled(RECALL[channel, language], _clinic(session))


def _clinic(session: Session) -> dict[str, str]:
    practice = session.scalars(select(Practice)).one()
    return {
        "clinic": reminders.sender(session, practice),
        "phone": formats.phone(practice.phone),
    }
