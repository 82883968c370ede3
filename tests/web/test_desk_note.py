"""What the staff note of a visit: written in the panel, read on their papers, never sent to anybody (A1, A11)."""

from sqlalchemy import select

from clinic import clock, printing, scheduling
from clinic.models import AuditEvent
from clinic.reminders.calendar import feed_calendar
from clinic.scheduling import routing
from tests.web.desk_scene import DAY, _tuesday_morning, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]
RAMP = "Needs the ramp\nBring the large print form"


def url(visit) -> str:
    return f"/schedule/appointments/{visit.public_id}/note"


def noting(text: str = RAMP, was: str = "", **changes) -> dict[str, str]:
    return {"note": text, "was": was, "shown": "2026-03-10", "view": "day", "frame": "480x40", **changes}


def test_a_note_is_saved_from_the_panel_and_stands_in_history_and_trail(front_desk, session, visit):
    fragment = front_desk.post(url(visit), noting(), status=200, htmx=True)
    assert fragment.select_one("#panel .panel-note").text == RAMP
    assert "Note changed" in fragment.select_one("#panel .time").text
    assert "is saved" in front_desk.response.headers["HX-Trigger"]
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "appointment.note")).one()
    assert event.changes["note"] == ["", RAMP]
    # The key takes it back, like any other change.
    undo = f"/schedule/appointments/{visit.public_id}/undo"
    back = noting() | {"version": visit.version, "bar": "1", "panel": visit.public_id}
    assert front_desk.post(undo, back, status=200, htmx=True).select_one(".panel-note") is None
    assert visit.note == ""


def test_without_javascript_the_page_with_the_open_visit_follows(front_desk, visit):
    front_desk.post(url(visit), noting(RAMP.replace("\n", "\r\n")), status=303)
    page = front_desk.get(front_desk.location)
    assert page.select_one(".panel-note").text == RAMP
    assert page.select_one("textarea#note").text.strip() == RAMP


def test_a_note_that_is_too_long_is_kept_in_the_form_and_changes_nothing(front_desk, visit):
    form = front_desk.post(url(visit), noting("x" * 501), status=422, htmx=True)
    assert "under 500" in form.select_one("#note-error").text
    assert form.select_one("textarea").text.strip() == "x" * 501
    assert visit.note == ""


def test_of_two_who_write_the_slower_reads_the_other_and_keeps_what_was_typed(cast, visit):
    one, other = cast("front_desk"), cast("manager")
    one.post(url(visit), noting(), status=303)
    # The second click of the first is no quarrel, nor is a step of the visit.
    one.post(url(visit), noting(), status=303)
    form = other.post(url(visit), noting("Needs the lift"), status=409, htmx=True)
    assert "It is now: Needs the ramp" in form.select_one("#note-error").text
    assert form.select_one("textarea").text.strip() == "Needs the lift"
    assert visit.note == RAMP
    other.post(url(visit), noting("Needs the lift", RAMP), status=303)
    assert visit.note == "Needs the lift"


def test_who_may_not_book_writes_no_note(clinician, biller, visit):
    for browser in (clinician, biller):
        browser.post(url(visit), noting(), status=403)
    assert visit.note == ""


def test_the_note_stands_on_the_day_sheet_and_the_slip_and_not_in_the_feed_a11(
    front_desk, session, visit, provider, monkeypatch
):
    scheduling.write_note(session, visit, "", RAMP)
    printed = []
    monkeypatch.setattr(printing, "pdf", lambda name, **values: printed.append((name, values)) or b"%PDF")
    front_desk.get(f"{DAY}/sheet.pdf")
    assert [each.note for each in printed[0][1]["plan"].visits] == [RAMP]
    assert routing.slips(session, [visit])[0].appointment.note == RAMP
    feed = feed_calendar([visit], "Helen Adams, MD", "clinic.example.com", clock.now()).decode()
    assert "BEGIN:VEVENT" in feed
    assert "ramp" not in feed
