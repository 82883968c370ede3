"""A clinic that is booked online and a visitor who walks through its pages."""

from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from clinic.models import Appointment, OnlineRequest
from tests.scheduling import online_house as house
from tests.scheduling.online_house import NOW, TYPED, at, place

WEDNESDAY_9 = "2026-03-11T09:00"
BORN = {"month": "3", "day": "15", "year": "1984"}
PERSON = {name: value for name, value in TYPED.items() if name != "born_on"} | BORN


@pytest.fixture
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clinic(session, now):
    """(session, provider, visit type) with online booking open."""
    return (session, *house.ready(session))


def choices(clinic, **changes: str) -> dict[str, str]:
    return {"type": clinic[2].public_id, "been": "no", "provider": ""} | changes


def fields(page, name: str = "") -> dict[str, str]:
    """What the first form (or the one that posts to `name`) sends besides what is typed."""
    form = page.select_one(f'form[action="{name}"]') if name else page.form
    found = {}
    for box in form.select("input"):
        kind = box.get("type")
        if kind not in ("radio", "checkbox") or box.has_attr("checked"):
            found[box["name"]] = box.get("value", "")
    return found


def hold(browser, clinic, start=None, **changes: str) -> None:
    """Choose, and take one time; the place is held from then on."""
    page = browser.get("/book/times", query_string=choices(clinic, **changes))
    wanted = place(clinic[1], start or at(9))
    browser.post("/book/hold", fields(page) | {"at": wanted}, status=303)
    assert browser.location == "/book/details"


def send(browser, status: int = 303, **changes: Any):
    """Fill the form in and send it."""
    typed = fields(browser.get("/book/details"), "/book/details") | PERSON | changes
    return browser.post("/book/details", typed, status=status)


def request_of(session) -> OnlineRequest:
    return session.scalars(
        select(OnlineRequest).order_by(OnlineRequest.id.desc()).execution_options(populate_existing=True)
    ).first()


def book(browser, clinic, start=None, **changes: Any) -> OnlineRequest:
    """All of it, up to the page that says so."""
    hold(browser, clinic, start)
    send(browser, **changes)
    session = clinic[0]
    browser.post("/book/code", {"code": house.code_of(session, request_of(session))}, status=303)
    assert browser.location == "/book/done"
    return request_of(session)


def held(session) -> list[Appointment]:
    return list(session.scalars(select(Appointment).where(Appointment.status == "held")))
