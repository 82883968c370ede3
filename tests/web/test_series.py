"""A series at the desk: the list before booking, all or nothing, its page, its changes (A4, A7, A8, ask 41)."""

from datetime import date, time

import pytest
from sqlalchemy import select

from clinic import clock
from clinic.models import Appointment, AppointmentSeries, Authorization, ClinicClosure
from clinic.scheduling import series
from clinic.scheduling.recurrence import Rule
from clinic.scheduling.series import Draft
from tests import factories
from tests.scheduling.november import TUESDAY, WEEK, _november, kind, patient, provider, taken

__all__ = ["_november", "kind", "patient", "provider"]


@pytest.fixture
def found(session, provider, kind, patient):
    """Six Tuesdays at nine."""
    rule = Rule(TUESDAY, time(9), (1,), times=6)
    made = series.book(session, Draft(patient, kind, provider, 45, rule, "", "f" * 32))
    session.commit()
    return made


def typed(provider, kind, patient, changes: dict[str, object]) -> dict[str, object]:
    return {
        "patient": patient.public_id, "provider": provider.public_id, "visit_type": kind.public_id,
        "day": "12/01/2026", "time": "9a", "shown": "2026-12-01", "view": "day", "reason": "Knee",
        "every": "1", "times": "4", "weekdays": "1", "key": "k" * 32,
    } | changes  # fmt: skip


@pytest.fixture
def form(provider, kind, patient):
    return lambda **changes: typed(provider, kind, patient, changes)


def sent(page, action: str) -> dict[str, object]:
    """What the form with this action would send, its checked boxes included."""
    fields: dict[str, object] = {}
    for one in page.select_one(f'form[action="{action}"]').select("input[name]"):
        if one.get("type") not in ("radio", "checkbox") or one.has_attr("checked"):
            fields[one["name"]] = one.get("value", "")
    return fields


def visits(session) -> list[Appointment]:
    session.expire_all()
    query = select(Appointment).where(Appointment.series_id.is_not(None)).order_by(Appointment.starts_at)
    return list(session.scalars(query))


def places(session) -> list[str]:
    return [clock.local(each.starts_at).strftime("%m/%d %H:%M") for each in visits(session)]


# ---- Before and while booking ----


def test_the_booking_form_offers_to_repeat_the_visit(front_desk, patient, provider, kind):
    page = front_desk.get(f"/schedule/2026-12-01/new?patient={patient.public_id}")
    box = page.select_one("details.series-repeat")
    assert box.select_one("summary").text == "Repeat this visit"
    assert box.select_one("button")["formaction"] == "/schedule/series/dates"
    assert len(box.select("input[name=weekdays]")) == 7


@pytest.mark.parametrize("htmx", [True, False])
def test_the_list_says_each_date_and_books_nothing(front_desk, session, form, provider, htmx):
    session.add(ClinicClosure(on=TUESDAY + WEEK, name="Water damage"))
    taken(session, provider, TUESDAY + 2 * WEEK)
    page = front_desk.post("/schedule/series/dates", form(), status=200, htmx=htmx)
    lines = page.select("#panel .series-date")
    assert [line.select_one(".chip").text for line in lines] == ["Free", "Not free", "Not free", "Free"]
    assert "The clinic is closed on Tuesday 12/08/2026: Water damage." in lines[1].text
    assert "Helen Adams, MD has OKAFOR, Ada from 9:00 AM to 9:30 AM." in lines[2].text
    assert "same day" in lines[2].text
    assert "next free day" in lines[1].text
    assert "Every week on Tuesday at 9:00 AM, 4 visits." in page.select_one("#panel").text
    assert visits(session) == []


def test_what_was_chosen_is_booked_and_the_page_of_the_series_follows(front_desk, session, form, provider):
    taken(session, provider, TUESDAY)
    page = front_desk.post("/schedule/series/dates", form(), status=200)
    data = sent(page, "/schedule/series")
    place = page.select_one(".series-date input[type=radio]")
    front_desk.post("/schedule/series", data | {place["name"]: place["value"]}, status=303)
    made = visits(session)
    assert len(made) == 4
    assert clock.local(made[0].starts_at).time() == time(9, 30)
    assert {each.reason for each in made} == {"Knee"}
    page = front_desk.get(front_desk.location)
    assert "4 visits of CHEN, Bo are booked." in page.text
    assert len(page.select("tbody tr")) == 4
    assert "Undo the booking" in page.text


def test_with_htmx_the_page_of_the_series_is_opened_whole(front_desk, session, form):
    front_desk.post("/schedule/series", form(), status=204, htmx=True)
    made = session.scalars(select(AppointmentSeries)).one()
    assert front_desk.response.headers["HX-Redirect"] == f"/schedule/series/{made.public_id}"


def test_the_second_click_books_no_second_series_and_is_not_told_on_a_later_page(front_desk, session, form):
    front_desk.post("/schedule/series", form(), status=303)
    url = front_desk.location
    assert "are booked" in front_desk.get(url).text
    front_desk.post("/schedule/series", form(), status=303)
    assert len(visits(session)) == 4
    assert "are booked" not in front_desk.get(url).text


def test_a_room_that_was_chosen_is_carried_through_the_list_a5(front_desk, session, form):
    room = factories.make_room(session, name="Room 2")
    page = front_desk.post("/schedule/series/dates", form(room=room.public_id), status=200)
    front_desk.post("/schedule/series", sent(page, "/schedule/series"), status=303)
    assert {each.room_id for each in visits(session)} == {room.id}


def test_a_date_without_a_choice_books_nothing_and_keeps_the_others_choice(
    front_desk, session, form, provider
):
    taken(session, provider, TUESDAY)
    taken(session, provider, TUESDAY + WEEK)
    data = form() | {f"choice-{TUESDAY}": "skip"}
    page = front_desk.post("/schedule/series", data, status=422)
    assert "Choose for each date" in page.select_one("[data-errors]").text
    assert page.select_one(f'input[name="choice-{TUESDAY}"][value=skip]').has_attr("checked")
    assert visits(session) == []


def test_a_lost_race_answers_with_the_new_list_and_the_choices_kept_a4(
    front_desk, session, form, provider, monkeypatch
):
    """Somebody takes a date between the look at the list and the lock."""
    taken(session, provider, TUESDAY)
    page = front_desk.post("/schedule/series/dates", form(), status=200)
    place = page.select_one(".series-date input[type=radio]")
    honest = series.hold_all

    def faster(own, *args):
        honest(own, *args)
        factories.make_appointment(
            own, factories.make_patient(own), provider, starts_at=clock.at(TUESDAY + WEEK, time(9))
        )

    monkeypatch.setattr(series, "hold_all", faster)
    data = sent(page, "/schedule/series") | {place["name"]: place["value"]}
    answer = front_desk.post("/schedule/series", data, status=409, htmx=True)
    assert "One date is not free" in answer.text
    assert answer.select_one(f'input[value="{place["value"]}"]').has_attr("checked")
    assert visits(session) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"times": "99"}, "1 to 60 visits"),
        ({"times": "", "until_on": ""}, "one of the two"),
        ({"until_on": "01/05/2027"}, "one of the two"),
        ({"times": "", "until_on": "11/30/2026"}, "before the first day"),
        ({"every": "0"}, "1 to 12 weeks"),
        ({"weekdays": "9"}, "Choose only among those offered"),
        ({"day": "11/02/2026"}, "begins today or later"),
        ({"time": "25:99"}, "Time"),
        ({"provider": "nobody"}, "Choose one of those offered"),
    ],
)
@pytest.mark.parametrize("url", ["/schedule/series/dates", "/schedule/series"])
def test_what_gives_no_series_is_said_at_its_field_and_keeps_what_was_typed(
    front_desk, session, form, changes, sentence, url
):
    page = front_desk.post(url, form(**changes), status=422)
    assert sentence in page.select_one("#panel").text
    assert page.select_one("#reason")["value"] == "Knee"
    assert page.select_one("details.series-repeat").has_attr("open") or "day" in changes or "time" in changes
    assert visits(session) == []


def test_enter_in_the_booking_form_of_a_repeated_visit_shows_the_dates_and_books_no_single_one(
    front_desk, session, form
):
    page = front_desk.post("/schedule/appointments", form(), status=200, htmx=True)
    assert front_desk.response.headers["HX-Retarget"] == "#panel"
    assert len(page.select(".series-date")) == 4
    assert session.scalars(select(Appointment)).all() == []


def test_back_to_the_form_keeps_everything_that_was_typed(front_desk, session, form):
    page = front_desk.post("/schedule/series/form", form(every="2"), status=200)
    assert page.select_one("#every")["value"] == "2"
    assert page.select_one("#times")["value"] == "4"
    assert page.select_one("#weekdays-1").has_attr("checked")
    assert page.select_one("#reason")["value"] == "Knee"
    assert page.select_one("details.series-repeat").has_attr("open")


def test_the_authorization_that_runs_out_is_a_sentence_above_the_list_a7(front_desk, session, form, patient):
    cover = factories.make_coverage(session, patient)
    session.add(
        Authorization(
            coverage_id=cover.id, number="A123", starts_on=date(2026, 11, 1), ends_on=date(2027, 3, 31),
            visits_allowed=10, visits_used=2,
        )
    )  # fmt: skip
    page = front_desk.post("/schedule/series/dates", form(times="12"), status=200)
    # Twelve dates are longer than the panel: the keyboard stands beside the warning, not at the button below them.
    assert page.select_one("#panel form .series-counts").has_attr("data-autofocus")
    assert page.select_one("#panel .note-warn").text == (
        "12 visits, authorization A123 has 8 left and ends 03/31/2027: visits 9 to 12 are not covered."
    )


def test_a_time_that_does_not_exist_and_one_that_comes_twice_are_said_at_their_date_a8(
    front_desk, session, form
):
    spring = form(day="03/14/2027", time="230a", weekdays="6", times="2")
    page = front_desk.post("/schedule/series/dates", spring, status=200)
    assert "02:30 does not exist on 03/14/2027" in page.select(".series-date")[0].text
    autumn = form(day="11/07/2027", time="130a", weekdays="6", times="2")
    line = front_desk.post("/schedule/series/dates", autumn, status=200).select(".series-date")[0]
    assert "comes twice on 11/07/2027" in line.text


@pytest.mark.parametrize("url", ["/schedule/series/dates", "/schedule/series", "/schedule/series/form"])
def test_who_does_not_book_books_no_series(clinician, session, form, url):
    clinician.post(url, form(), status=403)
    assert visits(session) == []
