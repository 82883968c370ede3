"""A series at the desk: the list before booking, all or nothing, its page, its changes (A4, A7, A8, ask 41)."""

import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import select

from clinic import clock
from clinic.models import Appointment, AppointmentSeries, Authorization, ClinicClosure
from clinic.scheduling import series
from clinic.scheduling.recurrence import Rule
from clinic.scheduling.series import Draft
from tests import factories

TUESDAY = date(2026, 12, 1)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(datetime(2026, 11, 23, 17, 40, tzinfo=UTC)):
        yield


@pytest.fixture
def provider(session, _november):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def kind(session):
    return factories.make_visit_type(session, name="Therapy", minutes=45)


@pytest.fixture
def patient(session):
    return factories.make_patient(session, last_name="Chen", first_name="Bo")


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


def taken(session, provider, day, hour=9) -> Appointment:
    other = factories.make_patient(session, last_name="Okafor", first_name="Ada")
    return factories.make_appointment(session, other, provider, starts_at=clock.at(day, time(hour)))


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


def test_the_second_click_books_no_second_series(front_desk, session, form):
    for _ in range(2):
        front_desk.post("/schedule/series", form(), status=303)
    assert len(visits(session)) == 4


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


# ---- The page and the changes ----


def test_the_card_of_a_visit_says_its_place_in_the_series(front_desk, session, found):
    third = visits(session)[2]
    panel = front_desk.get(f"/schedule/2026-12-15?appointment={third.public_id}").select_one("#panel")
    assert "Visit 3 of 6" in panel.text
    assert panel.find("a", string="All visits of the series")["href"] == f"/schedule/series/{found.public_id}"


def test_a_visit_by_itself_asks_nothing_about_series(front_desk, session, provider, count_queries):
    alone = taken(session, provider, TUESDAY)
    with count_queries() as counted:
        front_desk.get(f"/schedule/appointments/{alone.public_id}", htmx=True)
    assert not any("appointment_series" in each for each in counted)


def test_the_page_of_a_long_series_asks_as_little_as_that_of_a_short_one(
    front_desk, session, found, provider, kind, count_queries
):
    rule = Rule(TUESDAY, time(14), (1,), times=40)
    other = series.book(session, Draft(factories.make_patient(session), kind, provider, 45, rule, "", "l"))
    session.commit()
    counts = []
    for each in (found.public_id, other.public_id):
        front_desk.get(f"/schedule/series/{each}")
        with count_queries() as counted:
            front_desk.get(f"/schedule/series/{each}")
        counts.append(len(counted))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_a_move_is_listed_first_and_then_done_whole(front_desk, session, found, provider, scope):
    third = visits(session)[2]
    base = f"/schedule/series/{found.public_id}/move"
    page = front_desk.get(f"{base}?visit={third.public_id}&scope={scope}")
    assert page.select_one("#weekdays-1").has_attr("checked")
    assert page.select_one("#time")["value"] == "9:00 AM"
    data = sent(page, f"{base}/dates") | {
        "weekdays": "3", "time": "2p", "provider": provider.public_id,
    }  # fmt: skip
    before = places(session)
    page = front_desk.post(f"{base}/dates", data, status=200)
    count = {"this": 1, "following": 4, "all": 6}[scope]
    assert len(page.select(".series-date")) == count
    assert places(session) == before
    data = sent(page, base)
    for _ in range(2):
        front_desk.post(base, data, status=303)
    assert sum("14:00" in each for each in places(session)) == count
    page = front_desk.get(front_desk.location)
    assert f"Moved: {count} visit" in page.text


def test_a_move_with_a_taken_date_changes_nothing_until_it_is_chosen(front_desk, session, found, provider):
    taken(session, provider, TUESDAY + timedelta(days=2))
    base = f"/schedule/series/{found.public_id}/move"
    data = {"scope": "all", "weekdays": "3", "time": "9a", "provider": provider.public_id}
    page = front_desk.post(f"{base}/dates", data, status=200)
    data = sent(page, base)
    before = places(session)
    refused = front_desk.post(base, data, status=422)
    assert "Choose for each date" in refused.text
    assert places(session) == before
    first = visits(session)[0]
    front_desk.post(base, data | {f"choice-{first.public_id}": "skip"}, status=303)
    assert [each[:5] for each in places(session)][:2] == ["12/01", "12/10"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"time": "noonish"}, "Time"), ({"weekdays": ""}, "weekday"), ({"provider": "x"}, "Choose one")],
)
@pytest.mark.parametrize("end", ["", "/dates"])
def test_a_move_to_nowhere_is_refused_at_its_field(
    front_desk, session, found, provider, changes, sentence, end
):
    data = {"scope": "all", "weekdays": "3", "time": "9a", "provider": provider.public_id, "seen": "x"}
    data = {name: value for name, value in (data | changes).items() if value}
    before = places(session)
    page = front_desk.post(f"/schedule/series/{found.public_id}/move{end}", data, status=422)
    assert sentence in page.text
    assert places(session) == before


def test_a_list_that_is_old_is_shown_anew_and_nothing_is_moved(front_desk, session, found, provider):
    data = {"scope": "all", "weekdays": "3", "time": "9a", "provider": provider.public_id, "seen": "old"}
    page = front_desk.post(f"/schedule/series/{found.public_id}/move", data, status=409)
    assert "Somebody changed visits of this series" in page.select_one("[data-errors]").text
    assert places(session)[0] == "12/01 09:00"


def test_a_cancel_names_its_dates_wants_a_reason_and_survives_the_second_click(front_desk, session, found):
    fourth = visits(session)[3]
    url = f"/schedule/series/{found.public_id}/cancellation"
    page = front_desk.get(f"{url}?visit={fourth.public_id}")
    assert [line.b.text for line in page.select(".series-date")] == [
        "Tue 12/22/2026", "Tue 12/29/2026", "Tue 01/05/2027",
    ]  # fmt: skip
    data = sent(page, url)
    page = front_desk.post(url, data | {"reason": ""}, status=422)
    assert "Say why" in page.text
    front_desk.post(url, data | {"reason": "Moved away", "by": "patient"}, status=303)
    again = front_desk.post(url, data | {"reason": "Moved away", "by": "patient"}, status=409)
    assert "nothing to change" in again.text
    assert [each.status for each in visits(session)] == ["booked"] * 3 + ["cancelled_patient"] * 3


def test_a_change_is_taken_back_from_the_page_once(front_desk, session, found):
    url = f"/schedule/series/{found.public_id}"
    data = sent(front_desk.get(f"{url}/cancellation"), f"{url}/cancellation")
    front_desk.post(f"{url}/cancellation", data | {"reason": "Trip", "by": "clinic"}, status=303)
    undo = front_desk.get(url).select_one("form[action$='/undo']")["action"]
    for _ in range(2):
        front_desk.post(undo, status=303)
    assert {each.status for each in visits(session)} == {"booked"}
    page = front_desk.get(url)
    assert "Taken back" in page.text
    assert page.select_one("form[action$='/undo'] button").text == "Undo the booking"


def test_what_cannot_be_taken_back_says_why_and_changes_nothing(front_desk, session, found):
    first = visits(session)[0]
    first_id, version = first.public_id, first.version
    data = {"version": version, "shown": "2026-12-01", "view": "day"}
    front_desk.post(f"/schedule/appointments/{first_id}/confirmation", data, status=303)
    url = f"/schedule/series/{found.public_id}"
    undo = front_desk.get(url).select_one("form[action$='/undo']")["action"]
    page = front_desk.post(undo, status=409)
    assert "12/01/2026 were changed or began since" in page.select_one("[data-errors]").text
    assert {each.status for each in visits(session)} == {"confirmed", "booked"}


def test_the_page_of_a_series_prints_for_the_patient_with_the_zone_of_each_time_a8(
    front_desk, session, found
):
    factories.make_practice(session)
    front_desk.get(f"/schedule/series/{found.public_id}/sheet.pdf")
    assert front_desk.response.mimetype == "application/pdf"
    text = " ".join(PdfReader(io.BytesIO(front_desk.response.data)).pages[0].extract_text().split())
    assert "Tuesday 12/01/2026 9:00 AM PST Helen Adams, MD" in text
    assert text.count("9:00 AM PST") == 6
    assert "Therapy" not in text


def test_nobody_without_the_right_changes_a_series_and_a_biller_may_look(
    clinician, biller, session, found, provider
):
    url = f"/schedule/series/{found.public_id}"
    biller.get(url)
    undo = f"{url}/changes/{series.changes_of(session, found)[0].public_id}/undo"
    for each in (clinician, biller):
        each.get(f"{url}/move", status=403)
        each.get(f"{url}/cancellation", status=403)
        each.post(f"{url}/move", {"scope": "all"}, status=403)
        each.post(f"{url}/cancellation", {"scope": "all", "reason": "x", "by": "clinic"}, status=403)
        each.post(undo, status=403)
    assert "Undo" not in biller.get(url).text
    assert {each.status for each in visits(session)} == {"booked"}


@pytest.mark.parametrize("end", ["", "/move", "/cancellation", "/sheet.pdf"])
def test_a_series_that_is_not_there_is_404(front_desk, end):
    front_desk.get(f"/schedule/series/nothing{end}", status=404)


def test_a_visit_of_another_series_names_no_scope_of_this_one(front_desk, session, found, provider, kind):
    rule = Rule(TUESDAY, time(14), (1,), times=2)
    other = series.book(session, Draft(factories.make_patient(session), kind, provider, 45, rule, "", "o"))
    session.commit()
    visit = series.visits_of(session, other)[0]
    front_desk.get(f"/schedule/series/{found.public_id}/move?visit={visit.public_id}", status=404)
    front_desk.get(f"/schedule/series/{found.public_id}/move?scope=following", status=404)
