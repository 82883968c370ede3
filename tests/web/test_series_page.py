"""The page of a series at the desk: what it says, and its visits moved, cancelled, taken back and printed (A1, A7, A8)."""

import io
from datetime import time, timedelta

import pytest
from pypdf import PdfReader

from clinic.scheduling import series
from clinic.scheduling.recurrence import Rule
from clinic.scheduling.series import Draft
from tests import factories
from tests.scheduling.november import TUESDAY, _november, kind, patient, provider, taken
from tests.web.test_series import found, places, sent, visits

__all__ = ["_november", "found", "kind", "patient", "provider"]


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


def test_the_page_says_where_the_rule_would_have_a_visit_and_whose_the_rest_is_a7(
    front_desk, session, found, provider
):
    """Two stand by themselves; those before the change stand by the rule of their time."""
    other = factories.make_provider(session, first_name="Ana", last_name="Ruiz")
    rows = visits(session)
    base = f"/schedule/series/{found.public_id}/move"
    page = front_desk.get(f"{base}?visit={rows[0].public_id}&scope=this")
    form = sent(page, f"{base}/dates") | {"time": "2p", "provider": provider.public_id}
    front_desk.post(base, sent(front_desk.post(f"{base}/dates", form, status=200), base), status=303)
    following = {
        "scope": "following", "visit": rows[2].public_id, "weekdays": "2", "time": "10a",
        "provider": other.public_id,
    }  # fmt: skip
    page = front_desk.post(f"{base}/dates", following, status=200)
    assert [line.span.text for line in page.select(".series-date")] == ["3", "4", "5", "6"]
    front_desk.post(base, sent(page, base), status=303)
    page = front_desk.get(front_desk.location)
    assert [row.select("td")[5].text for row in page.select("tbody tr")] == [
        "Instead of Tue 12/01/2026, 9:00 AM", "", "", "", "", "",
    ]  # fmt: skip
    assert "Ana Ruiz, MD" in page.select_one(".who").text
    assert (
        "Ana Ruiz, MD" in front_desk.get(f"/schedule/series/{found.public_id}/more").select_one(".who").text
    )


def test_one_visit_alone_is_offered_its_own_weekday_and_time_a7(front_desk, session, found):
    second = visits(session)[1]
    data = {
        "version": second.version,
        "day": "12/10/2026",
        "time": "3p",
        "provider": second.provider.public_id,
    }
    url = f"/schedule/appointments/{second.public_id}/time"
    front_desk.post(url, data | {"shown": "2026-12-10", "view": "day"}, status=303)
    page = front_desk.get(f"/schedule/series/{found.public_id}/move?visit={second.public_id}&scope=this")
    assert [box["value"] for box in page.select("input[name=weekdays][checked]")] == ["3"]
    assert page.select_one("#time")["value"] == "3:00 PM"


def test_a_change_of_visits_that_somebody_cancelled_meanwhile_is_answered_with_the_series(
    front_desk, session, found, provider
):
    url = f"/schedule/series/{found.public_id}"
    data = sent(front_desk.get(f"{url}/cancellation"), f"{url}/cancellation")
    front_desk.post(f"{url}/cancellation", data | {"reason": "Trip", "by": "clinic"}, status=303)
    move = {"scope": "all", "weekdays": "3", "time": "9a", "provider": provider.public_id, "seen": "old"}
    assert (
        "still to come" in front_desk.post(f"{url}/move", move, status=409).select_one("[data-errors]").text
    )
    other = {"scope": "all", "seen": "old", "reason": "Away", "by": "clinic"}
    page = front_desk.post(f"{url}/cancellation", other, status=409)
    assert "nothing to change" in page.select_one("[data-errors]").text


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
    assert [(line.span.text, line.b.text) for line in page.select(".series-date")] == [
        ("4", "Tue 12/22/2026"), ("5", "Tue 12/29/2026"), ("6", "Tue 01/05/2027"),
    ]  # fmt: skip
    data = sent(page, url)
    page = front_desk.post(url, data | {"reason": ""}, status=422)
    assert "Say why" in page.text
    front_desk.post(url, data | {"reason": "Moved away", "by": "patient"}, status=303)
    front_desk.post(url, data | {"reason": "Moved away", "by": "patient"}, status=303)
    page = front_desk.get(front_desk.location)
    assert page.text.count("3 visits of CHEN, Bo are cancelled.") == 1
    assert "Nothing was changed" not in page.text
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


def test_the_paper_for_a_patient_who_speaks_spanish_is_in_spanish_a8(front_desk, session, found, patient):
    factories.make_practice(session)
    patient.language = "es"
    session.commit()
    front_desk.get(f"/schedule/series/{found.public_id}/sheet.pdf")
    text = " ".join(PdfReader(io.BytesIO(front_desk.response.data)).pages[0].extract_text().split())
    assert "Sus citas" in text
    assert "martes 1 de diciembre de 2026 9:00 a.m. PST Helen Adams, MD" in text.replace("\xa0", " ")
    assert "Tuesday" not in text


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
