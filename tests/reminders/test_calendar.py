"""Calendar files against a strict reading of RFC 5545: lines, folding, escapes, instants, what must stand and what not."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import clock, db, reminders
from clinic.reminders import calendar
from tests import factories
from tests.reminders.house import agreed, visit

NAME = re.compile(r"[A-Z0-9-]+(?:;[A-Z0-9-]+=(?:[^\";:,\x00-\x1f]*|\"[^\"\x00-\x1f]*\"))*\Z")
INSTANT = re.compile(r"\d{8}T\d{6}Z\Z")
NEEDED = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY")


def read(body: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The calendar's own properties and its events; every fault of form fails here."""
    assert body.endswith(b"\r\n")
    lines = body[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in lines), "a line is at most 75 octets"
    assert not any(b"\r" in line or b"\n" in line for line in lines), "no bare line break"
    whole = []
    for line in lines:
        assert line.decode(), "each piece is whole UTF-8 and not empty"
        if line[:1] in (b" ", b"\t"):
            whole[-1] += line[1:].decode()
        else:
            whole.append(line.decode())
    assert whole[0] == "BEGIN:VCALENDAR"
    assert whole[-1] == "END:VCALENDAR"
    properties, events, place = {}, [], None
    for line in whole[1:-1]:
        name, colon, value = line.partition(":")
        assert colon
        assert NAME.match(name), name
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value)
        if line == "BEGIN:VEVENT":
            assert place is None
            place = {}
        elif line == "END:VEVENT":
            assert all(each in place for each in NEEDED)
            assert all(INSTANT.match(place[each]) for each in ("DTSTAMP", "DTSTART", "DTEND"))
            assert place["DTSTART"] < place["DTEND"]
            events.append(place)
            place = None
        else:
            where = properties if place is None else place
            assert name not in where, f"{name} stands twice"
            where[name] = value
    assert place is None
    assert properties["VERSION"] == "2.0"
    assert properties["PRODID"]
    assert len({event["UID"] for event in events}) == len(events)
    return properties, events


def plain(value: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), "commas and semicolons are escaped"
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


@given(st.text(max_size=200))
def test_any_text_comes_back_out_of_its_escapes_and_folds(text):
    body = calendar.folded(f"SUMMARY:{calendar.escaped(text)}")
    pieces = body[:-2].split(b"\r\n")
    assert all(len(piece) <= 75 and piece.decode() for piece in pieces)
    line = pieces[0].decode() + "".join(piece[1:].decode() for piece in pieces[1:])
    expected = text.replace("\r\n", "\n")
    expected = "".join(letter for letter in expected if letter in "\t\n" or ord(letter) >= 32)
    assert plain(line.removeprefix("SUMMARY:")) == expected


@pytest.mark.parametrize("change", [date(2027, 3, 14), date(2027, 11, 7)])
def test_the_patients_file_has_the_true_instant_across_a_clock_change_a8(session, change):
    practice = factories.make_practice(session)
    for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
        made = visit(session, clock.at(day, time(9)))
        _, (event,) = read(reminders.visit_calendar(made, practice, "en", "clinic.example.com"))
        start = datetime.strptime(event["DTSTART"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        assert clock.local(start).time() == time(9)
        assert start == made.starts_at


@pytest.mark.parametrize(("language", "name"), [("en", "Appointment: "), ("es", "Cita: ")])
def test_the_patients_file_says_where_and_nothing_of_what_for_h4(session, language, name):
    practice = factories.make_practice(session)
    made = visit(session, clock.at(date(2027, 6, 9), time(9)))
    body = reminders.visit_calendar(made, practice, language, "clinic.example.com")
    _, (event,) = read(body)
    assert plain(event["SUMMARY"]) == name + practice.name
    assert practice.address in plain(event["LOCATION"])
    for word in (made.provider.last_name, made.visit_type.name, made.reason, made.patient.last_name):
        assert word not in body.decode().replace("\r\n ", "")


def test_a_feed_has_initials_only_and_no_visit_that_was_cancelled(session):
    factories.make_practice(session)
    provider = factories.make_provider(session)
    start = clock.at(clock.today() + timedelta(days=1), time(9))
    patient = agreed(session, first_name="Álvaro", last_name="de la Cruz, Jr; x")
    shown = visit(session, start, patient, provider=provider)
    visit(session, start, provider=provider, status="cancelled_patient")
    visit(session, start)
    with db.transaction() as current:
        feed, token = reminders.make_feed(current, provider, "my phone")
        opened = reminders.open_feed(current, token)
    assert opened is not None
    body = reminders.feed_calendar(opened[1], provider.name, "clinic.example.com", clock.now())
    properties, (event,) = read(body)
    assert plain(properties["X-WR-CALNAME"]) == provider.name
    assert (plain(event["SUMMARY"]), event["UID"]) == ("Á.D.", f"{shown.public_id}@clinic.example.com")
    assert b"Cruz" not in body
    with db.transaction() as current:
        reminders.revoke_feed(current, feed)
        assert reminders.open_feed(current, token) is None
    assert token.encode() not in feed.token_index


def test_a_thousand_visits_make_one_readable_file(session):
    provider = factories.make_provider(session)
    made = visit(session, clock.at(date(2027, 6, 9), time(9)), provider=provider)
    visits = []
    for number in range(1000):
        copy = type(made)(
            public_id=f"v{number}", starts_at=made.starts_at, ends_at=made.ends_at, status="booked",
            booked_at=made.booked_at, version=1, patient=made.patient,
        )  # fmt: skip
        session.expunge(copy) if copy in session else None
        visits.append(copy)
    _, events = read(reminders.feed_calendar(visits, "x", "h", clock.now()))
    session.rollback()
    assert len(events) == 1000
