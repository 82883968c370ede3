"""Block time from the calendar: one day, one provider or all; visits stay and are listed (A6, ask 42)."""

from datetime import date, time

import pytest
from sqlalchemy import func, select

from clinic import scheduling
from clinic.models import AuditEvent, ScheduleBlock
from clinic.scheduling import NeedsConfirmation, blocked, templates
from tests import factories
from tests.web.desk_scene import DAY, TUESDAY, _tuesday_morning, at, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]

BLOCKS = "/schedule/blocks"


@pytest.fixture
def data(provider):
    return {
        "who": provider.public_id, "day": "03/10/2026", "starts": "11a", "ends": "3p", "label": "Staff meeting",
        "shown": "2026-03-10", "view": "day",
    }  # fmt: skip


def rows(session) -> int:
    return session.scalar(select(func.count()).select_from(ScheduleBlock))


@pytest.mark.parametrize("htmx", [False, True])
def test_time_is_blocked_shown_and_freed_again_and_who_stands_in_it_is_listed_a6(
    front_desk, session, provider, visit, data, htmx
):
    front_desk.post(BLOCKS, data, status=204 if htmx else 303, htmx=htmx)
    row = session.scalars(select(ScheduleBlock)).one()
    assert (row.starts_at, row.ends_at, row.provider_id) == (at(11), at(15), provider.id)
    url = f"{DAY}/blocks?made={row.entry}"
    assert front_desk.response.headers["HX-Redirect" if htmx else "Location"] == url
    page = front_desk.get(url)
    panel = page.select_one("#panel")
    assert "One visit stands in it and stays until somebody moves it" in panel.text
    assert "CHEN, Bo" in panel.select_one(".desk-found").text
    assert "Staff meeting" in page.select_one("#schedule .block").text
    assert [each.appointment.id for each in templates.conflicts(session, provider)] == [visit.id]
    with pytest.raises(NeedsConfirmation, match="kept free: Staff meeting"):
        scheduling.book(session, factories.make_patient(session), provider, visit.visit_type, at(13))
    for _ in range(2):
        front_desk.post(f"{BLOCKS}/{row.entry}/removal", data, status=204 if htmx else 303, htmx=htmx)
    assert rows(session) == 0
    done = select(AuditEvent.action).where(AuditEvent.action.startswith("block.")).order_by(AuditEvent.id)
    assert session.scalars(done).all() == ["block.add", "block.remove"]


def test_half_a_day_of_all_providers_is_one_entry_and_a_second_click_is_the_first_ask_42(
    front_desk, manager, session, provider, data
):
    factories.make_provider(session, first_name="Carla", last_name="Diaz")
    data |= {"who": "all", "starts": "1p", "ends": "", "label": "Half-day closing"}
    for _ in range(2):
        front_desk.post(BLOCKS, data, status=303)
    assert rows(session) == 2
    entry = session.scalars(select(ScheduleBlock.entry).distinct()).one()
    found = blocked.find(session, entry)
    assert (found.whose, found.span) == ("All providers", "from 1:00 PM on")
    assert (
        len(scheduling.find_openings(session, factories.make_visit_type(session), first=TUESDAY, days=1)) == 8
    )
    page = manager.get(f"/admin/hours/{provider.public_id}")
    assert "Half-day closing" in page.text
    manager.post(f"{BLOCKS}/{entry}/removal", data, status=303)
    assert rows(session) == 0


def test_a_free_place_fills_the_form_and_so_does_a_providers_page_a6(front_desk, provider):
    at_nine = f"2026-03-10T09:15~{provider.public_id}"
    link = front_desk.get(f"{DAY}/new?at={at_nine}", htmx=True).select_one("a[href*=blocks]")["href"]
    form = front_desk.get(link, htmx=True).select_one("#panel form")
    assert form.select_one("#starts")["value"] == "9:15 AM"
    assert form.select_one(f"input[value='{provider.public_id}']").has_attr("checked")
    form = front_desk.get(f"{DAY}/blocks?whose={provider.public_id}").select_one("#panel form")
    assert form.select_one(f"input[value='{provider.public_id}']").has_attr("checked")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("who", "", "Choose whose time"),
        ("who", "nobody", "Choose only among"),
        ("label", " ", "Say what it is for"),
        ("label", "x" * 61, "under 60"),
        ("ends", "10a", "not after the beginning"),
        ("day", "03/09/2026", "has passed"),
        ("starts", "25:00", "Enter a time"),
    ],
)
def test_what_cannot_be_blocked_is_said_at_its_field_and_changes_nothing_a6(
    front_desk, session, data, field, value, sentence
):
    panel = front_desk.post(BLOCKS, data | {field: value}, status=422).select_one("#panel")
    assert sentence in panel.select_one(f"#{field}-error").text
    assert field == "label" or panel.select_one("#label")["value"] == "Staff meeting"
    assert rows(session) == 0


def test_an_hour_that_the_clocks_skip_or_repeat_is_refused_a8(session, provider):
    for day, wall in ((date(2027, 3, 14), time(2, 30)), (date(2027, 11, 7), time(1, 30))):
        with pytest.raises(templates.TemplateRefused, match="Choose another time"):
            blocked.block(session, [provider], day, wall, time(12), "Night work")
    whole = blocked.block(session, [provider], date(2027, 11, 7), None, None, "Closed")
    assert (whole.span, (whole.ends_at - whole.starts_at).total_seconds()) == ("all day", 25 * 3600)


def test_who_books_no_visits_blocks_no_time_t5(clinician, biller, session, data):
    for browser in (clinician, biller):
        browser.get(f"{DAY}/blocks", status=403)
        browser.post(BLOCKS, data, status=403)
        browser.post(f"{BLOCKS}/anything/removal", data, status=403)
    assert rows(session) == 0
