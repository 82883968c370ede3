"""What the screens of the wait list say about an entry, and the head that they share."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from flask import Response, abort, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from clinic import db, formats, reminders, waiting
from clinic.blueprints.waiting.forms import ReasonForm, providers
from clinic.models import Patient, RenderingProvider, WaitEntry, WaitOffer
from clinic.waiting import entries, offers, recalls
from clinic.waiting.unscheduled import unscheduled
from clinic.web import get_or_404, may, render, settings, viewed

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def tabs(here: str) -> dict[str, Any]:
    """The head of every list: saved views with their counts, and what the words of a state are."""
    session = db.session()
    waits = session.scalar(select(func.count()).where(WaitEntry.state == "open"))
    items = [
        ("Wait list", "waiting.index", waits),
        ("Recall", "waiting.recall_list", len(recalls.listed(session))),
        ("To book again", "waiting.unscheduled_list", len(unscheduled(session))),
    ]
    found = [(label, url_for(to), to == here, count) for label, to, count in items]
    if may("schedule.rules"):
        found.append(("Rules", url_for("waiting.rules"), here == "waiting.rules", None))
    return {
        "tabs": found,
        "entry_states": entries.STATES,
        "offer_states": offers.STATES,
        "recall_states": recalls.STATES,
        "priorities": entries.PRIORITIES,
    }


def wants(entry: WaitEntry, people: dict[int, RenderingProvider]) -> list[tuple[str, str]]:
    """What an entry asks for, as label and words."""
    names = [people[number].name for number in entry.provider_ids if number in people]
    days = (
        f"{formats.mdy(entry.first_on)} to {formats.mdy(entry.last_on)}"
        if entry.last_on
        else (f"from {formats.mdy(entry.first_on)}")
    )
    return [
        ("Provider", " or ".join(names) or "Anybody"),
        ("Days", days),
        ("Hours", "; ".join(map(hours, entry.windows)) or "Any"),
    ]


def hours(window: dict[str, Any]) -> str:
    """`Tue, Thu 8:00 AM to 12:00 PM`."""
    days = ", ".join(DAYS[day] for day in window["weekdays"]) or "Any day"
    opens, closes = (_clock(window[name]) for name in ("from", "until"))
    if opens and closes:
        return f"{days} {opens} to {closes}"
    return f"{days} from {opens}" if opens else f"{days} until {closes}" if closes else days


def people() -> dict[int, RenderingProvider]:
    """Everybody who sees patients, by number."""
    return {each.id: each for each in providers(db.session()).values()}


def find_entry(public_id: str) -> WaitEntry:
    return get_or_404(
        WaitEntry,
        public_id,
        joinedload(WaitEntry.patient),
        joinedload(WaitEntry.visit_type),
        joinedload(WaitEntry.moves),
        joinedload(WaitEntry.booked),
    )


def find_offer(public_id: str) -> WaitOffer:
    return get_or_404(WaitOffer, public_id, joinedload(WaitOffer.entry).joinedload(WaitEntry.patient))


def entry_page(
    public_id: str, status: int = 200, refused: str = "", form: ReasonForm | None = None
) -> Response:
    """One entry with what suits it now and what was offered; `refused` says why nothing was done."""
    session = db.session()
    entry = find_entry(public_id)
    viewed("schedule", entry.patient_id)
    return render(
        "waiting/show.html",
        "waiting/_show.html",
        status,
        entry=entry,
        wants=wants(entry, people()),
        free=waiting.openings_for(session, entry) if entry.state == "open" else [],
        made=entries.offers_of(session, entry),
        refused=refused,
        form=form,
        live_states=entries.LIVE,
        **tabs(""),
    )


def asked_patient(public_id: str) -> Patient | None:
    """The patient of the address or the form; 404 for a made-up one."""
    if not public_id:
        return None
    found = get_or_404(Patient, public_id)
    if found.merged_into_id is not None:
        abort(404)
    return found


def way() -> waiting.Way:
    """How this clinic's messages leave it."""
    config = settings()
    return waiting.Way(config.base_url, reminders.text_service(config) is not None)


def patients_of(rows: Sequence[Any]) -> set[int]:
    return {row.patient_id for row in rows}


def _clock(text: str) -> str:
    return f"{time.fromisoformat(text):%-I:%M %p}" if text else ""
