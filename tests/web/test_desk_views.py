"""What the schedule shows: a month as counts, a room's visits, views that a person keeps (ux 2)."""

from datetime import date

import pytest
from sqlalchemy import event

from clinic import scheduling
from clinic.models import SavedView, ScheduleBlock
from clinic.scheduling import templates
from tests import factories
from tests.web.desk_scene import DAY, _tuesday_morning, at, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]
MONTH = f"{DAY}?view=month"


def cell(page, day):
    return page.select_one(f".month a[href='/schedule/2026-03-{day:02}']")


@pytest.fixture
def statements(session):
    """The statements of a request, without those of session and audit."""
    seen = []

    def note(conn, cursor, statement, *rest):
        if not any(word in statement for word in ("user_session", "audit_", "SAVEPOINT", "advisory")):
            seen.append(statement)

    event.listen(session.connection().engine, "before_cursor_execute", note)
    yield seen
    event.remove(session.connection().engine, "before_cursor_execute", note)


def test_a_month_counts_what_is_booked_and_what_is_free_on_each_day(front_desk, session, visit, provider):
    templates.add_closure(session, date(2026, 3, 12), "Inventory")
    templates.add_exception(session, provider, date(2026, 3, 13), None, None, "Conference")
    session.add(ScheduleBlock(provider_id=provider.id, starts_at=at(12), ends_at=at(13), label="Lunch"))
    session.flush()
    page = front_desk.get(MONTH)
    assert page.h1.text == "March 2026"
    day = front_desk.get(DAY)
    assert "1 booked" in cell(page, 10).text
    assert f"{len(day.select('.slot'))} free" in cell(page, 10).text
    assert "Closed: Inventory" in cell(page, 12).text
    assert "Not in" in cell(page, 13).text
    assert "free" not in cell(page, 3).text, "a day that has passed offers nothing"
    assert cell(page, 10).find_parent("td")["aria-current"] == "date"


def test_the_months_beside_it_are_one_click_away_and_each_day_opens(front_desk, provider):
    page = front_desk.get(f"/schedule/2026-01-31?view=month&provider={provider.public_id}")
    links = {link.text: link["href"] for link in page.select(".tools a")}
    assert links["Next"] == f"/schedule/2026-02-01?view=month&provider={provider.public_id}"
    assert links["Previous"] == f"/schedule/2025-12-01?view=month&provider={provider.public_id}"
    assert len(page.select(".month td a")) % 7 == 0


def test_a_month_costs_three_queries_whatever_stands_in_it(
    front_desk, session, provider, visit_type, statements
):
    for day in range(2, 28):
        if date(2026, 3, day).weekday() < 5:
            patient = factories.make_patient(session)
            factories.make_appointment(
                session,
                patient,
                provider,
                starts_at=at(9, day=date(2026, 3, day)),
                visit_type_id=visit_type.id,
            )
    front_desk.get(MONTH)
    statements.clear()
    front_desk.get(MONTH)
    assert len([each for each in statements if "FROM" in each and "practice" not in each]) <= 6, statements


def test_booking_from_the_month_shows_the_month_with_one_more(
    front_desk, session, provider, visit_type, chen
):
    form = {
        "patient": chen.public_id,
        "provider": provider.public_id,
        "visit_type": visit_type.public_id,
        "day": "03/11/2026",
        "time": "9:00",
        "shown": "2026-03-10",
        "view": "month",
    }
    fragment = front_desk.post("/schedule/appointments", form, status=200, htmx=True)
    assert "1 booked" in cell(fragment, 11).text


def test_a_room_shows_its_own_visits_and_says_that_the_provider_is_taken_elsewhere(
    front_desk, session, visit, provider, visit_type
):
    room = factories.make_room(session, name="Laser")
    other = factories.make_patient(session, last_name="Ortiz", first_name="Ana")
    there = scheduling.book(session, other, provider, visit_type, at(14), room=room)
    page = front_desk.get(f"{DAY}?room={room.public_id}")
    assert [card["id"] for card in page.select(".appt")] == [f"a-{there.public_id}"]
    assert "In another room" in [block.text for block in page.select(".block")]
    assert "2026-03-10T11:00" not in [slot["data-start"] for slot in page.select(".slot")]
    rows = front_desk.get(f"{DAY}?view=list&room={room.public_id}").select("tbody tr")
    assert len(rows) == 1
    assert page.select_one(".tools [data-key=v]").text == "1 room"


def save(browser, name="Mine", status=303, **more):
    form = {"shown": "2026-03-10", "view": "week", "name": name, **more}
    return browser.post("/schedule/views", form, status=status)


def test_a_view_is_saved_opened_renamed_and_deleted(front_desk, session, provider):
    save(front_desk, provider=provider.public_id)
    assert front_desk.location == f"/schedule/2026-03-10?view=week&provider={provider.public_id}"
    page = front_desk.get(f"{DAY}/views")
    link = page.select_one(".desk-view a")
    assert (link.text, link["href"], link["data-key"]) == (
        "Mine",
        f"/schedule/2026-03-10?view=week&provider={provider.public_id}",
        "1",
    )
    assert link.has_attr("data-autofocus"), "its number key would not be heard in a field"
    view = session.query(SavedView).one()
    front_desk.post(f"/schedule/views/{view.public_id}", {"name": "Adams", "first": "y"}, status=303)
    assert front_desk.get(f"{DAY}/views").select_one(".desk-view").text.split() == [
        "Adams1",
        "Opens",
        "first",
    ]
    for _ in range(2):
        front_desk.post(f"/schedule/views/{view.public_id}/deletion", status=303)
    assert session.query(SavedView).count() == 0


def test_the_schedule_opens_with_the_view_that_was_chosen_for_it_and_there_is_one(
    front_desk, session, provider
):
    save(front_desk, "One", first="y")
    save(front_desk, "Two", first="y", view="month")
    assert front_desk.get("/schedule").h1.text == "March 2026"
    assert front_desk.get("/schedule?view=list").h1.text == "Tuesday, March 10, 2026"
    assert [view.name for view in session.query(SavedView).filter_by(opens_first=True)] == ["Two"]
    assert front_desk.get(DAY).h1.text == "Tuesday, March 10, 2026", "an address that names its view keeps it"


def test_saving_twice_keeps_one_view_and_the_later_choice(front_desk, session, provider):
    save(front_desk, first="y")
    save(front_desk, "  mine ", view="list")
    kept = [(view.name, view.span, view.opens_first) for view in session.query(SavedView)]
    assert kept == [("mine", "list", True)]
    said = front_desk.get(front_desk.location).select_one("#flash").text
    assert "View mine is saved in place of the earlier one." in said


@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [
        ("", {}, "Give the view a name."),
        ("x" * 41, {}, "Keep the name under 40 characters."),
        ("Mine", {"provider": "nobody"}, "Choose only among those offered."),
        ("Mine", {"view": "year"}, "Choose one of those offered."),
    ],
)
def test_a_view_without_sense_is_refused_and_nothing_is_kept(
    front_desk, session, provider, name, more, sentence
):
    page = save(front_desk, name, 422, **more)
    assert sentence in page.select_one("#panel").text
    assert session.query(SavedView).count() == 0


def test_a_name_that_another_view_has_is_refused(front_desk, session, provider):
    save(front_desk, "One")
    save(front_desk, "Two")
    two = session.query(SavedView).filter_by(name="Two").one()
    page = front_desk.post(f"/schedule/views/{two.public_id}", {"name": "one"}, status=422)
    assert "You have another view called one." in page.select_one("#panel").text


def test_what_is_chosen_is_shown_without_being_kept(front_desk, session, provider):
    form = {"shown": "2026-03-10", "view": "list", "provider": provider.public_id, "room": "gone"}
    front_desk.post("/schedule/views/shown", form, status=303)
    assert front_desk.location == f"/schedule/2026-03-10?view=list&provider={provider.public_id}"
    assert session.query(SavedView).count() == 0


def test_nobody_reaches_the_view_of_another_and_a_biller_has_none(cast, session, provider):
    save(cast("front_desk"))
    view = session.query(SavedView).one()
    manager = cast("manager")
    manager.post(f"/schedule/views/{view.public_id}", {"name": "Stolen"}, status=404)
    manager.post(f"/schedule/views/{view.public_id}/deletion", status=303)
    assert session.query(SavedView).count() == 1
    cast("admin").post("/schedule/views", {"view": "day", "name": "Mine"}, status=403)


def test_the_panel_of_views_is_a_fragment_for_htmx(front_desk, provider):
    assert front_desk.get(f"{DAY}/views", htmx=True).select_one("#panel h2").text == "Views"
