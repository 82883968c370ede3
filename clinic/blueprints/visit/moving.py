"""Another time for the visit of a link: days and times that are free, one of them looked at, then taken (A10, A11)."""

from functools import partial
from typing import Any

from flask import Response, request

from clinic import clock, db, online, reminders
from clinic.blueprints.visit.blueprint import bp
from clinic.blueprints.visit.opened import may_move, opened
from clinic.models import VisitLink
from clinic.reminders.texts import told_time
from clinic.web import free_times, patient_page, public, see_other, viewed


@bp.get("/times")
@public
def times() -> Response:
    """What is free with the same provider; `?at=2026-03-10T09:15` asks whether it shall be that, and changes nothing."""
    link = opened()
    if link is None or not may_move(link):
        return see_other(".show")
    at = request.args.get("at", "")
    if at == f"{clock.local(link.appointment.starts_at):%Y-%m-%dT%H:%M}":
        # The way back to the question that was answered yes.
        return see_other(".show")
    chosen = online.opening_at(db.session(), link.appointment, _place(link, at)) if at else None
    if at and chosen is None:
        return _times(link, 422, gone=True, day=at[:10])
    if chosen is None:
        return _times(link)
    return _page("sure", link, at=at, told=told_time(chosen.starts_at, patient_page.language(link.language)))


@bp.post("/times")
@public
def take() -> Response:
    """Give the visit that time; where somebody was faster the other times are shown and it stays where it was."""
    link = opened()
    if link is None:
        return see_other(".show")
    at = request.form.get("at", "")
    try:
        with db.transaction() as current:
            reminders.follow(
                current, link.public_id, partial(online.move_to, at=_place(link, at), how="by link")
            )
    except online.PlaceGone:
        if not may_move(link):
            return see_other(".show")
        return _times(link, 422, gone=True, day=at[:10])
    return see_other(".show", said="moved")


def _place(link: VisitLink, at: str) -> str:
    """As `Opening.at`: the address names no provider, who is not told to whoever finds the link."""
    return "" if "~" in at else f"{at}~{link.appointment.provider.public_id}"


def _times(link: VisitLink, status: int = 200, *, gone: bool = False, day: str = "") -> Response:
    current = db.session()
    found = partial(online.other_times, current, link.appointment)
    week = free_times.week(
        found,
        request.args.get("from", ""),
        request.args.get("day", "") or day,
        online.last_day(online.policy(current)),
        patient_page.language(link.language),
        stay=gone,
    )
    return _page("times", link, status, gone=gone, **week)


def _page(name: str, link: VisitLink, status: int = 200, **context: Any) -> Response:
    lang = patient_page.language(link.language)
    viewed("schedule", link.appointment.patient_id, subject=f"appointment:{link.appointment.public_id}")
    return patient_page.page(
        f"visit/{name}.html", status, here=".times", lang=lang, now=told_time(link.for_start, lang), **context
    )
