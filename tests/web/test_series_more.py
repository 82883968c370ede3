"""A series is made longer at the desk: listed first, then booked whole, with and without choices (A4, A7)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.models import AuditEvent, ClinicClosure
from tests.scheduling.november import TUESDAY, WEEK, _november, kind, patient, provider
from tests.web.test_series import found, sent, visits

__all__ = ["_november", "found", "kind", "patient", "provider"]


def url(found, end: str = "") -> str:
    return f"/schedule/series/{found.public_id}/more{end}"


def test_the_page_of_a_series_leads_to_more_visits_and_they_are_listed_before_they_are_booked(
    front_desk, session, found
):
    page = front_desk.get(f"/schedule/series/{found.public_id}")
    form = front_desk.get(page.find("a", string="More visits")["href"])
    data = sent(form, url(found, "/dates")) | {"times": "2"}
    page = front_desk.post(url(found, "/dates"), data, status=200)
    assert [line.select_one("b").text for line in page.select(".series-date")] == [
        "Tue 01/12/2027",
        "Tue 01/19/2027",
    ]
    assert len(visits(session)) == 6
    data = sent(page, url(found))
    for _ in range(2):
        front_desk.post(url(found), data, status=303)
    assert len(visits(session)) == 8
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == "series.extend")).one()
    assert len(told.changes) == 2
    page = front_desk.get(front_desk.location)
    assert "2 more visits of CHEN, Bo are booked." in page.text
    undo = page.find("button", string="Undo this change").find_parent("form")["action"]
    front_desk.post(undo, status=303)
    assert sum(each.status == "booked" for each in visits(session)) == 6


def test_a_holiday_waits_for_a_choice_and_keeping_it_for_a_reason(front_desk, session, found):
    session.add(ClinicClosure(on=TUESDAY + 6 * WEEK, name="Water damage"))
    data = {"times": "1", "key": "m" * 32}
    page = front_desk.post(url(found), data, status=409)
    assert "Water damage" in page.select_one(".series-date").text
    chosen = data | {f"choice-{TUESDAY + 6 * WEEK}": "anyway"}
    page = front_desk.post(url(found), chosen, status=422)
    assert "Say why visits are booked at a closed time." in page.text
    assert page.select_one(".series-date input[value=anyway]").has_attr("checked")
    assert len(visits(session)) == 6
    front_desk.post(url(found), chosen | {"closed_reason": "Cannot wait"}, status=303)
    assert visits(session)[-1].closed_reason == "Cannot wait"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "one of the two"),
        ({"times": "90"}, "1 to 60"),
        ({"until_on": "12/20/2026"}, "The last visit is on 01/05/2027"),
        ({"times": "2", "until_on": "03/01/2027"}, "one of the two"),
    ],
)
def test_what_adds_nothing_is_said_at_its_field_and_kept(front_desk, session, found, typed, sentence):
    for end in ("/dates", ""):
        page = front_desk.post(url(found, end), typed | {"key": "m" * 32}, status=422)
        assert sentence in page.select_one(".field-error").text
        assert all(page.select_one(f"input[name={name}]")["value"] == value for name, value in typed.items())
    assert len(visits(session)) == 6


def test_who_does_not_book_adds_no_visit(clinician, biller, session, found):
    for browser in (clinician, biller):
        browser.get(url(found), status=403)
        browser.post(url(found), {"times": "1", "key": "m" * 32}, status=403)
    assert len(visits(session)) == 6
    assert visits(session)[-1].starts_at - visits(session)[0].starts_at == timedelta(days=35)


def test_dates_that_are_others_by_now_are_shown_before_they_are_booked(front_desk, session, found):
    """Another desk made the series longer while the list was open."""
    page = front_desk.post(url(found, "/dates"), {"times": "2", "key": "m" * 32}, status=200)
    mine = sent(page, url(found))
    front_desk.post(url(found), {"times": "1", "key": "o" * 32}, status=303)
    page = front_desk.post(url(found), mine, status=409)
    assert "Somebody changed this series" in page.select_one("[data-errors]").text
    assert [line.b.text for line in page.select(".series-date")] == ["Tue 01/19/2027", "Tue 01/26/2027"]
    assert len(visits(session)) == 7
    front_desk.post(url(found), sent(page, url(found)), status=303)
    assert len(visits(session)) == 9
