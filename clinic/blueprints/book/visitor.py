"""Who is at the booking pages: his choices, the place that is kept for him, his request (A10).

All of it stands in the session's row in the database; the browser holds a random token only.
"""

from typing import Any

from flask import Response, request, session

from clinic import db, online, reminders
from clinic.models import Appointment, OnlineRequest
from clinic.online import Offer
from clinic.web import patient_page, settings

CHOICES = ("type", "been", "provider")


def kept() -> dict[str, Any]:
    """What this visitor has chosen so far."""
    found: dict[str, Any] = session.get("book") or {}
    return found


def keep(**changes: Any) -> None:
    """Remember choices; None forgets one."""
    session["book"] = {name: value for name, value in (kept() | changes).items() if value is not None}


def done(request: OnlineRequest) -> None:
    """From now on this visitor sees his own request, under a new token; what he had chosen is forgotten."""
    session.pop("book", None)
    patient_page.let_in("book", request.public_id)


def held() -> Appointment | None:
    """The place that is kept for him, while it is."""
    return online.live(db.session(), kept().get("hold", ""))


def typing() -> OnlineRequest | None:
    """His request, while it waits for its code."""
    public_id = kept().get("request")
    return online.find(db.session(), public_id) if public_id else None


def handed_in() -> OnlineRequest | None:
    """The request that he handed in, or that a link of a message opened to him."""
    public_id = patient_page.key_of("book")
    return online.find(db.session(), public_id) if public_id else None


def offer(public_id: str | None) -> Offer | None:
    return online.find_offer(db.session(), public_id, patient_page.language()) if public_id else None


def texts_ready() -> bool:
    """Whether a code can go out as a text message."""
    return reminders.text_service(settings()) is not None


def page(name: str, status: int = 200, *, here: str, **context: Any) -> Response:
    return patient_page.page(f"book/{name}.html", status, here=here, lang=patient_page.language(), **context)


def masked(request: OnlineRequest) -> str:
    """`n•••@example.com` or `••• 0147`: what was typed, and no more than is needed to know it again."""
    typed = request.typed
    if request.channel == "sms":
        return f"••• {typed['phone'][-4:]}"
    return patient_page.masked(typed["email"])


def allowed(what: str) -> bool:
    """Whether this network address may try once more; the try itself is counted and kept."""
    with db.transaction() as current:
        return online.allows(current, what, request.remote_addr or "")


def stop(here: str, what: str) -> Response:
    """Too many tries of a kind: how long to wait and the phone number, and nothing about what was tried."""
    return page("stop", 429, here=here, minutes=online.wait_minutes(what))
