"""A series before it is booked, and booked: date by date, all or nothing (A4, A7, A8, ask 41)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import clock, reminders, scheduling
from clinic.models import (
    Appointment,
    AppointmentSeries,
    Authorization,
    ClinicClosure,
    Coverage,
    Device,
    Message,
    Work,
)
from clinic.scheduling import series, templates
from clinic.scheduling.recurrence import Rule, RuleRefused
from clinic.scheduling.series import Draft, SeriesTaken
from tests import factories
from tests.scheduling.november import TUESDAY, _november, kind, patient, provider, taken

__all__ = ["_november", "kind", "patient", "provider"]


@pytest.fixture
def draft(provider, kind, patient):
    def make(**changes) -> Draft:
        rule = {"first_on": TUESDAY, "wall_time": time(9), "weekdays": (1,), "times": 12}
        own = {name: changes.pop(name) for name in tuple(changes) if name in ("provider", "minutes", "key")}
        values = {"provider": provider, "minutes": 45, "key": "k1"} | own
        return Draft(
            patient, kind, values["provider"], values["minutes"], Rule(**(rule | changes)), "", values["key"]
        )

    return make


def states(look) -> str:
    return " ".join(each.state for each in look.plan.dates)


def booked(session) -> list[Appointment]:
    query = select(Appointment).where(Appointment.series_id.is_not(None)).order_by(Appointment.starts_at)
    return list(session.scalars(query))


def test_a_free_series_is_booked_whole_and_each_visit_knows_its_place_a7(session, draft):
    found = series.book(session, draft())
    visits = booked(session)
    assert len(visits) == 12
    assert [each.series_on for each in visits] == [TUESDAY + timedelta(days=7 * n) for n in range(12)]
    assert {clock.local(each.starts_at).time() for each in visits} == {time(9)}
    assert (found.zone, found.wall_time, found.weekdays, found.times) == (
        "America/Los_Angeles",
        time(9),
        [1],
        12,
    )
    third = series.of_visit(session, visits[2])
    assert (third.number, third.total) == (3, 12)


def test_the_second_click_is_the_first_ones_series_a7(session, draft):
    first = series.book(session, draft())
    assert series.book(session, draft()) is first
    assert len(booked(session)) == 12


def test_one_question_about_eligibility_goes_out_for_a_whole_series_e7(session, draft):
    series.book(session, draft())
    asked = session.scalars(select(Work.subject_id).where(Work.job == "jobs.eligibility.at_booking")).all()
    assert asked == [booked(session)[0].id]


def test_a_series_sends_no_message_of_its_own_and_each_visit_is_reminded_in_its_time_a11(session, draft):
    """Twelve bookings are no twelve mails: reminders are written by day, when a visit is near."""
    factories.make_practice(session)
    reminders.seed_rules(session)
    patient = draft().patient
    patient.email, patient.email_consent_at = "bo.chen@example.com", clock.now()
    series.book(session, draft())
    assert session.scalar(select(func.count(Message.id))) == 0
    for day in (24, 26, 28, 29, 30):
        with time_machine.travel(datetime(2026, 11, day, 17, 30, tzinfo=UTC), tick=False):
            reminders.write_due(session, "https://clinic.example.com")
    assert set(session.scalars(select(Message.appointment_id))) == {booked(session)[0].id}


def test_one_event_of_the_audit_trail_tells_every_visit(session, draft):
    series.book(session, draft(times=3))
    events = [each for each in session.info["audit_events"] if each["action"] == "series.book"]
    assert len(events) == 1
    assert set(events[0]["changes"]) == {f"appointment:{each.public_id}" for each in booked(session)}


def test_each_date_that_is_not_free_says_why_and_by_whom_a7(session, draft, provider):
    days = [TUESDAY + timedelta(days=7 * n) for n in range(6)]
    session.add(ClinicClosure(on=days[0], name="Water damage"))
    templates.add_exception(session, provider, days[1], None, None, "Conference")
    templates.add_reserved(
        session,
        provider,
        (1,),
        time(9),
        time(10),
        "New patients",
        [factories.make_visit_type(session)],
        None,
        days[2],
    )
    taken(session, provider, days[3])
    templates.add_exception(session, provider, days[4], time(13), time(17), "Court")
    plan = series.look(session, draft(times=5)).plan
    said = [" ".join(each.problems) for each in plan.dates]
    assert "The clinic is closed on Tuesday 12/01/2026: Water damage." in said[0]
    assert "Helen Adams, MD is away on Tuesday 12/08/2026: Conference." in said[1]
    assert "That time is reserved: New patients." in said[2]
    assert "Helen Adams, MD has OKAFOR, Ada from 9:00 AM to 9:30 AM." in said[3]
    assert "outside the hours" in said[4]
    assert {each.state for each in plan.dates} == {"open"}
    assert plan.seen


def test_the_patients_own_other_visit_is_said_and_avoided_by_what_is_offered(session, draft, patient):
    other = factories.make_provider(session, first_name="Ana", last_name="Ruiz")
    factories.make_appointment(session, patient, other, starts_at=clock.at(TUESDAY, time(9)))
    first = series.look(session, draft(times=2)).plan.dates[0]
    assert first.problems == ["The patient has another visit at 9:00 AM with Ana Ruiz, MD."]
    start = clock.at(TUESDAY, time(9))
    half_past = start + timedelta(minutes=30)
    length = timedelta(minutes=45)
    assert first.options
    assert all(place.starts_at >= half_past or place.starts_at + length <= start for place in first.options)


def test_what_is_offered_is_free_same_day_other_provider_and_next_day_a7(session, draft, provider):
    other = factories.make_provider(session, first_name="Ana", last_name="Ruiz")
    taken(session, provider, TUESDAY)
    first = series.look(session, draft(times=1)).plan.dates[0]
    offered = [
        (clock.local(p.starts_at).strftime("%m/%d %H:%M"), p.provider.id, p.why) for p in first.options
    ]
    assert ("12/01 09:30", provider.id, "same day") in offered
    assert ("12/01 09:00", other.id, "same day") in offered
    assert ("12/02 09:00", provider.id, "next free day") in offered
    for place in first.options:
        again = series.look(session, draft(times=1), {first.wanted.key: place.token})
        assert states(again) == "chosen"


def test_chosen_places_are_booked_and_skipped_dates_are_kept_as_exceptions_a7(session, draft, provider):
    second, third = TUESDAY + timedelta(days=7), TUESDAY + timedelta(days=14)
    session.add(ClinicClosure(on=second, name="Storm"))
    taken(session, provider, third)
    look = series.look(session, draft(times=4))
    place = look.plan.dates[2].options[0]
    choices = {second.isoformat(): "skip", third.isoformat(): place.token}
    found = series.book(session, draft(times=4), choices)
    visits = booked(session)
    assert [each.series_on for each in visits] == [TUESDAY, third, TUESDAY + timedelta(days=21)]
    assert visits[1].starts_at == place.starts_at
    assert found.skipped == [second]


def test_a_soft_conflict_is_booked_by_who_says_so_and_a_taken_place_never_a4(session, draft, provider):
    second = TUESDAY + timedelta(days=7)
    templates.add_exception(session, provider, TUESDAY, time(13), time(17), "Court")
    taken(session, provider, second)
    look = series.look(session, draft(times=2))
    assert [each.can_keep for each in look.plan.dates] == [True, False]
    choices = {TUESDAY.isoformat(): "anyway", second.isoformat(): "anyway"}
    assert states(series.look(session, draft(times=2), choices)) == "anyway open"
    with pytest.raises(SeriesTaken, match="One date is not free"):
        series.book(session, draft(times=2), choices)
    assert booked(session) == []
    assert session.scalar(select(func.count(AppointmentSeries.id))) == 0


def test_a_choice_that_was_taken_meanwhile_leaves_nothing_half_booked_a4(session, draft, provider):
    taken(session, provider, TUESDAY)
    place = series.look(session, draft(times=3)).plan.dates[0].options[0]
    factories.make_appointment(
        session, factories.make_patient(session), place.provider, starts_at=place.starts_at
    )
    with pytest.raises(SeriesTaken):
        series.book(session, draft(times=3), {TUESDAY.isoformat(): place.token})
    assert booked(session) == []


@pytest.mark.parametrize(
    "token", ["20261201T170000Z~nobody", "garbage", "20261399T000000Z~x", "20200101T170000Z~{provider}"]
)
def test_a_made_up_choice_books_nothing(session, draft, provider, token):
    taken(session, provider, TUESDAY)
    choices = {TUESDAY.isoformat(): token.format(provider=provider.public_id)}
    with pytest.raises(SeriesTaken):
        series.book(session, draft(times=1), choices)


def test_two_dates_cannot_choose_the_same_place(session, draft, provider):
    days = [TUESDAY, TUESDAY + timedelta(days=1)]
    for day in days:
        taken(session, provider, day)
    look = series.look(session, draft(times=2, weekdays=(1, 2)))
    place = next(each for each in look.plan.dates[0].options if each.why == "next free day")
    choices = {day.isoformat(): place.token for day in days}
    again = series.look(session, draft(times=2, weekdays=(1, 2)), choices)
    assert states(again) == "chosen open"


def test_a_series_without_a_single_date_is_refused(session, draft):
    with pytest.raises(RuleRefused, match="nothing to book"):
        series.book(session, draft(times=1), {TUESDAY.isoformat(): "skip"})


def test_rooms_and_devices_are_chosen_for_each_visit_or_refused_a5(session, provider, kind, draft):
    kind.room_kind, kind.device_kind = "gym", "treadmill"
    rooms = [factories.make_room(session, kind="gym").id for _ in range(2)]
    session.add(Device(name="Treadmill 1", kind="treadmill"))
    session.flush()
    other = factories.make_provider(session)
    scheduling.book(session, factories.make_patient(session), other, kind, clock.at(TUESDAY, time(9)))
    look = series.look(session, draft(times=2))
    assert look.plan.dates[0].problems == ["Every treadmill is taken then."]
    series.book(session, draft(times=2), {TUESDAY.isoformat(): look.plan.dates[0].options[0].token})
    assert all(each.room_id in rooms and each.device_id for each in booked(session))


def test_a_provider_with_two_lanes_takes_a_second_series_at_the_same_time_a4(session, draft, provider):
    provider.overlap_limit = 2
    series.book(session, draft(times=3))
    other = factories.make_patient(session)
    again = draft(times=3, key="k2")
    series.book(session, Draft(other, again.visit_type, provider, 45, again.rule, "", "k2"))
    assert sorted(each.lane for each in booked(session)) == [0, 0, 0, 1, 1, 1]


# ---- Clocks (A8) ----


def test_a_time_in_the_spring_gap_is_refused_by_its_date_with_other_places_a8(session, draft, provider):
    sunday = date(2027, 3, 14)
    plan = series.look(
        session, draft(first_on=sunday - timedelta(days=7), weekdays=(6,), wall_time=time(2, 30), times=3)
    ).plan
    assert [each.wanted.on for each in plan.open if "does not exist" in each.problems[0]] == [sunday]
    gap = plan.dates[1]
    assert gap.problems == ["02:30 does not exist on 03/14/2027: the clocks go forward."]
    assert not gap.can_keep
    assert gap.options


def test_the_hour_that_comes_twice_asks_which_one_a8(session, provider, draft):
    sunday = date(2027, 11, 7)
    for hours in provider_hours(session, provider):
        hours.starts = time(0)
    session.flush()
    wanted = draft(first_on=sunday, weekdays=(6,), wall_time=time(1, 30), times=2)
    first = series.look(session, wanted).plan.dates[0]
    assert "comes twice on 11/07/2027" in first.problems[0]
    one, two = first.options[:2]
    assert (one.why, two.why) == (
        "the first, before the clocks go back",
        "the second, after the clocks went back",
    )
    assert two.starts_at - one.starts_at == timedelta(hours=1)
    series.book(session, wanted, {sunday.isoformat(): two.token})
    assert [clock.local(each.starts_at).strftime("%H:%M %Z") for each in booked(session)] == [
        "01:30 PST",
        "01:30 PST",
    ]
    assert booked(session)[0].starts_at == two.starts_at


def provider_hours(session, provider):
    from_models = scheduling.templates.ProviderHours
    return session.scalars(select(from_models).where(from_models.provider_id == provider.id)).all()


def test_nine_stays_nine_in_what_is_booked_across_spring_a8(session, draft):
    series.book(session, draft(first_on=date(2027, 3, 9), times=2))
    assert [each.starts_at.astimezone(UTC).hour for each in booked(session)] == [17, 16]


# ---- What the plan pays for (A7) ----


@pytest.fixture
def cover(session, patient):
    made: Coverage = factories.make_coverage(session, patient)
    return made


def authorize(session, coverage, allowed=10, used=2, ends=date(2027, 1, 23)) -> Authorization:
    row = Authorization(
        coverage_id=coverage.id,
        number="A123",
        starts_on=date(2026, 11, 1),
        ends_on=ends,
        visits_allowed=allowed,
        visits_used=used,
    )
    session.add(row)
    session.flush()
    return row


def test_an_authorization_that_runs_out_names_the_visits_that_are_not_covered_a7(session, draft, cover):
    authorize(session, cover, ends=date(2027, 3, 31))
    said = series.look(session, draft()).notices
    assert [(each.tone, each.sentence) for each in said] == [
        (
            "warn",
            "12 visits, authorization A123 has 8 left and ends 03/31/2027: visits 9 to 12 are not covered.",
        )
    ]


def test_an_authorization_that_ends_early_covers_no_day_after_it_a7(session, draft, cover):
    authorize(session, cover, allowed=40)
    assert "visits 9 to 12 are not covered" in series.look(session, draft()).notices[0].sentence


def test_visits_that_are_booked_already_use_the_authorization_first_a7(
    session, draft, cover, patient, provider
):
    authorize(session, cover, ends=date(2027, 3, 31))
    at = clock.at(TUESDAY + timedelta(days=2), time(9))
    factories.make_appointment(session, patient, provider, starts_at=at)
    sentence = series.look(session, draft()).notices[0].sentence
    assert "has 8 left (1 of them for other visits) and ends" in sentence
    assert "visits 8 to 12 are not covered" in sentence


def test_a_series_that_is_covered_whole_says_so_a7(session, draft, cover):
    authorize(session, cover, allowed=40, ends=date(2027, 6, 30))
    said = series.look(session, draft()).notices
    assert [each.tone for each in said] == ["ok"]
    assert said[0].sentence.endswith("all are covered.")


def test_a_coverage_that_ends_before_the_last_visit_is_said_a7(session, draft, cover):
    cover.terminated_on = date(2026, 12, 31)
    session.flush()
    said = series.look(session, draft()).notices
    assert any("ends on 12/31/2026: visits 6 to 12 come after it." in each.sentence for each in said)


def test_a_skipped_date_uses_no_authorization_a7(session, draft, cover):
    authorize(session, cover, ends=date(2027, 3, 31))
    look = series.look(session, draft(times=9), {TUESDAY.isoformat(): "skip"})
    assert look.notices[0].tone == "ok"


# ---- Statements ----


@pytest.mark.parametrize("work", ["look", "book"])
def test_a_year_asks_the_database_as_often_as_a_month(session, draft, provider, cover, count_queries, work):
    authorize(session, cover)
    counts = []
    for n, times in enumerate((4, 52)):
        session.add(ClinicClosure(on=TUESDAY + timedelta(days=7 + n), name="Storm"))
        session.flush()
        choices = {(TUESDAY + timedelta(days=7)).isoformat(): "skip"} if work == "book" else {}
        wanted = draft(times=times, key=f"k{n}", wall_time=time(9 + n))
        with count_queries() as counted:
            (series.book if work == "book" else series.look)(session, wanted, choices)
        counts.append(len(counted))
    assert counts[1] <= counts[0] + 2
    assert max(counts) <= 24


@pytest.mark.parametrize("needed", ["", "gym"])
def test_the_room_that_was_chosen_is_kept_and_a_date_on_which_it_is_taken_is_said_a5(
    session, draft, provider, kind, needed
):
    factories.make_room(session, name="Room 1", kind="gym")
    room = factories.make_room(session, name="Room 2", kind="gym")
    kind.room_kind = needed
    held = taken(session, factories.make_provider(session), TUESDAY)
    held.room_id = room.id
    session.flush()
    wanted = replace(draft(times=3), room=room)
    said = series.look(session, wanted).notices[-1].sentence
    assert said.startswith("Room 2 is not free for visit 1: ")
    rooms = [each.room_id for each in series.visits_of(session, series.book(session, wanted))]
    assert rooms[0] != room.id
    assert rooms[1:] == [room.id] * 2
    assert (rooms[0] is None) == (not needed)
