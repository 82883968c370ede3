"""The pinboard: a visit carried to another day keeps its place until it is put down (A4)."""

from datetime import date, timedelta

import pytest

from clinic import scheduling
from clinic.demo import carried
from clinic.models import Appointment, PinnedVisit
from clinic.scheduling import pins
from tests import factories
from tests.web.desk_scene import DAY, _tuesday_morning, at, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]
TOMORROW = "/schedule/2026-03-11"
WEDNESDAY = date(2026, 3, 11)


def pin_url(visit, what="pin"):
    return f"/schedule/appointments/{visit.public_id}/{what}"


def test_a_pinned_visit_is_on_every_day_of_its_person_and_keeps_its_place(cast, session, visit):
    front_desk = cast("front_desk")
    front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=303)
    assert front_desk.location == f"{DAY}?appointment={visit.public_id}"
    for address in (TOMORROW, f"{TOMORROW}?view=week", f"{TOMORROW}?view=month", f"{TOMORROW}?view=list"):
        assert "CHEN, Bo" in front_desk.get(address).select_one("#pins").text
    assert front_desk.get(DAY).select_one(f"#schedule #a-{visit.public_id}")
    assert cast("manager").get(TOMORROW).select_one("#pins.is-empty"), "a pinboard is one person's"


def test_pinning_with_htmx_draws_the_pinboard_alone_and_twice_pins_once(front_desk, session, visit):
    for _ in range(2):
        fragment = front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=200, htmx=True)
    assert [child["id"] for child in fragment.find_all(recursive=False)] == ["pins"]
    assert session.query(PinnedVisit).count() == 1
    assert "on the pinboard" in front_desk.response.headers["HX-Trigger"]


def test_put_down_on_another_day_it_moves_and_is_carried_no_more(front_desk, session, visit, provider):
    front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=303)
    chip = front_desk.get(TOMORROW).select_one("#pins .pin")
    form = {
        "start": "2026-03-11T09:00",
        "provider": provider.public_id,
        "version": chip["data-version"],
        "shown": "2026-03-11",
        "view": "day",
        "frame": "480x36",
    }
    fragment = front_desk.post(chip["data-move-url"], form, status=200, htmx=True)
    assert fragment.select_one(f"#a-{visit.public_id}")["data-start"] == "2026-03-11T09:00"
    assert "is-empty" in fragment.select_one("#pins")["class"]
    session.expire_all()
    assert visit.starts_at == at(9, day=WEDNESDAY)
    assert session.query(PinnedVisit).count() == 0


def test_a_place_that_is_taken_is_refused_and_the_visit_is_carried_on_a4(
    front_desk, session, visit, provider, visit_type
):
    other = factories.make_patient(session, last_name="Ortiz", first_name="Ana")
    scheduling.book(session, other, provider, visit_type, at(9, day=WEDNESDAY))
    front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=303)
    form = {
        "start": "2026-03-11T09:00",
        "provider": provider.public_id,
        "version": visit.version,
        "shown": "2026-03-11",
    }
    page = front_desk.post(pin_url(visit, "time"), form, status=409)
    assert "ORTIZ, Ana" in page.select_one("#panel").text
    session.expire_all()
    assert visit.starts_at == at(11)
    assert page.select_one("#pins .pin")


def test_without_javascript_a_pin_opens_the_form_with_the_day_that_is_looked_at(front_desk, session, visit):
    front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=303)
    link = front_desk.get(TOMORROW).select_one("#pins .pin")["href"]
    page = front_desk.get(link)
    assert page.select_one("#panel input[name=day]")["value"] == "03/11/2026"
    assert page.h1.text == "Wednesday, March 11, 2026"


def test_a_visit_is_taken_off_and_stays_where_it_was(front_desk, session, visit):
    front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=303)
    for _ in range(2):
        fragment = front_desk.post(
            pin_url(visit, "pin/removal"), {"shown": "2026-03-11"}, status=200, htmx=True
        )
    assert "is-empty" in fragment.select_one("#pins")["class"]
    session.expire_all()
    assert visit.starts_at == at(11)


def test_a_visit_that_has_begun_is_not_carried(front_desk, session, visit):
    scheduling.arrive(session, visit, visit.version)
    page = front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=409)
    assert "has begun or ended" in page.select_one("#panel").text
    assert session.query(PinnedVisit).count() == 0


def test_a_visit_that_begins_while_it_is_carried_leaves_the_pinboard(front_desk, session, visit):
    front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=303)
    scheduling.arrive(session, visit, visit.version)
    session.flush()
    assert front_desk.get(DAY).select_one("#pins.is-empty")


def test_a_full_pinboard_says_so(front_desk, session, visit, provider, visit_type, chen):
    for number in range(pins.MOST):
        start = at(9, day=date(2026, 4, 1)) + timedelta(minutes=30 * number)
        other = factories.make_appointment(
            session, chen, provider, starts_at=start, visit_type_id=visit_type.id
        )
        pins.pin(session, front_desk.user.id, other)
    page = front_desk.post(pin_url(visit), {"shown": "2026-03-10"}, status=409)
    assert "holds 12 visits" in page.select_one("#panel").text


def test_the_demo_shows_two_views_and_a_visit_that_is_carried(
    front_desk, session, visit, provider, visit_type, chen
):
    room = factories.make_room(session)
    start = at(9, day=date(2026, 3, 17))
    factories.make_appointment(session, chen, provider, starts_at=start, visit_type_id=visit_type.id)
    carried.fill(session, front_desk.user.id)
    page = front_desk.get(f"{DAY}/views")
    assert {link.text for link in page.select(".desk-view a")} == {"Week of Helen Adams, MD", room.name}
    assert "03/17/2026 9:00 AM" in page.select_one("#pins .pin").text


@pytest.mark.parametrize("role", ["clinician", "biller", "admin"])
def test_who_may_not_book_carries_nothing(cast, session, visit, role):
    cast(role).post(pin_url(visit), {"shown": "2026-03-10"}, status=403)
    cast(role).post(pin_url(visit, "pin/removal"), {"shown": "2026-03-10"}, status=403)
    assert session.query(PinnedVisit).count() == 0
    assert session.get(Appointment, visit.id).status == "booked"
