"""What the patterns say of a day, and where a visit finds a place (A6, A8)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from clinic import clock, scheduling
from clinic.models import ClinicClosure, Device, HoursException, ProviderHours, ReservedTime
from clinic.scheduling import NeedsConfirmation, holidays, templates
from tests import factories

TUESDAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _monday():
    """10:40 AM in Portland."""
    with time_machine.travel(datetime(2026, 3, 9, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def provider(session):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return clock.at(day, time(hour, minute))


def add(session, row):
    session.add(row)
    session.flush()
    return row


def reserve(session, provider, kinds, release_days=None, **changes):
    values = {"weekday": 1, "starts": time(9), "ends": time(10), "label": "New patients"} | changes
    return add(
        session,
        ReservedTime(
            provider_id=provider.id,
            visit_type_ids=[kind.id for kind in kinds],
            release_days=release_days,
            effective_on=date(2026, 1, 1),
            **values,
        ),
    )


def starts(found) -> list[str]:
    return [f"{clock.local(each.starts_at):%m/%d %H:%M}" for each in found]


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "01/01 01/19 02/16 05/25 06/19 07/03 09/07 10/12 11/11 11/26 12/25"),
        (2027, "01/01 01/18 02/15 05/31 06/18 07/05 09/06 10/11 11/11 11/25 12/24 12/31"),
        (2028, "01/17 02/21 05/29 06/19 07/04 09/04 10/09 11/10 11/23 12/25"),
    ],
)
def test_the_federal_holidays_fall_on_the_days_they_are_observed_on_a6(year, days):
    """As the Office of Personnel Management lists them; New Year's Day of 2028 is observed in 2027."""
    assert [f"{day:%m/%d}" for day, _ in holidays.federal(year)] == days.split()


def test_a_closed_clinic_is_said_at_booking_before_anything_else_a6(session, provider):
    add(session, ClinicClosure(on=TUESDAY, name="Power cut"))
    kind = factories.make_visit_type(session)
    with pytest.raises(NeedsConfirmation) as asked:
        scheduling.book(session, factories.make_patient(session), provider, kind, at(9))
    assert [each.code for each in asked.value.warnings] == ["closed"]
    assert "closed on Tuesday 03/10/2026: Power cut" in str(asked.value)


def test_a_provider_away_or_with_other_hours_is_said_in_those_words_a6(session, provider):
    kind = factories.make_visit_type(session)
    row = add(session, HoursException(provider_id=provider.id, on=TUESDAY, reason="Conference"))
    with pytest.raises(NeedsConfirmation, match="is away on Tuesday 03/10/2026: Conference"):
        scheduling.book(session, factories.make_patient(session), provider, kind, at(9))
    row.starts, row.ends = time(18), time(20)
    session.flush()
    with pytest.raises(NeedsConfirmation, match="outside the hours of Helen Adams, MD: 6:00 to 8:00 PM"):
        scheduling.book(session, factories.make_patient(session), provider, kind, at(9))
    assert scheduling.book(session, factories.make_patient(session), provider, kind, at(18)).id


def test_reserved_time_takes_its_own_visits_and_asks_for_others_until_it_is_released_a6(session, provider):
    new = factories.make_visit_type(session, name="New patient")
    other = factories.make_visit_type(session)
    row = reserve(session, provider, [new])
    assert scheduling.book(session, factories.make_patient(session), provider, new, at(9)).id
    with pytest.raises(NeedsConfirmation, match="reserved: New patients") as asked:
        scheduling.book(session, factories.make_patient(session), provider, other, at(9, 30))
    assert [each.code for each in asked.value.warnings] == ["reserved"]
    row.release_days = 0
    session.flush()
    with pytest.raises(NeedsConfirmation, match="opens to every visit on 03/10/2026"):
        scheduling.book(session, factories.make_patient(session), provider, other, at(9, 30))
    row.release_days = 1
    session.flush()
    assert scheduling.book(session, factories.make_patient(session), provider, other, at(9, 30)).id


def test_lunch_that_is_reserved_for_nobody_is_kept_free_every_week_a6(session, provider):
    kind = factories.make_visit_type(session)
    reserve(session, provider, [], starts=time(12), ends=time(13), label="Lunch")
    with pytest.raises(NeedsConfirmation, match="kept free: Lunch"):
        scheduling.book(session, factories.make_patient(session), provider, kind, at(12, 30))


def test_hours_that_end_before_others_begin_may_overlap_in_time_of_day_a6(session, provider):
    tuesday = [row for row in session.query(ProviderHours) if row.weekday == 1]
    templates.end_hours(session, tuesday[0], date(2026, 3, 31))
    templates.add_hours(session, provider, [1], time(9), time(15), date(2026, 4, 1))
    kind = factories.make_visit_type(session)
    april = date(2026, 4, 7)
    with pytest.raises(NeedsConfirmation, match="9:00 to 3:00 PM"):
        scheduling.book(session, factories.make_patient(session), provider, kind, at(8, day=april))


# ---- Find the next opening ----


def test_the_next_openings_come_in_order_and_leave_out_what_is_taken_a6(session, provider):
    kind = factories.make_visit_type(session, minutes=60)
    factories.make_appointment(session, provider=provider, starts_at=at(8), minutes=60)
    reserve(session, provider, [], label="Meeting")
    found = scheduling.find_openings(session, kind, first=TUESDAY, limit=3)
    assert starts(found) == ["03/10 10:00", "03/10 11:00", "03/10 12:00"]
    assert found[0].at == f"2026-03-10T10:00~{provider.public_id}"


def test_openings_keep_to_weekdays_times_of_day_and_providers(session, provider):
    other = factories.make_provider(session)
    kind = factories.make_visit_type(session, minutes=60)
    found = scheduling.find_openings(
        session,
        kind,
        providers=[other.public_id],
        weekdays=[3],
        not_before=time(13),
        until=time(15, 30),
        limit=4,
    )
    assert starts(found) == ["03/12 13:00", "03/12 14:00", "03/19 13:00", "03/19 14:00"]
    assert {each.provider.id for each in found} == {other.id}


def test_nothing_in_the_past_or_on_a_closed_day_is_offered_a6(session, provider):
    add(session, ClinicClosure(on=TUESDAY, name="Power cut"))
    add(session, HoursException(provider_id=provider.id, on=date(2026, 3, 11), reason=""))
    kind = factories.make_visit_type(session, minutes=60)
    found = scheduling.find_openings(session, kind, per_day=1, limit=3)
    assert starts(found) == ["03/09 10:45", "03/12 08:00", "03/13 08:00"]


def test_an_opening_needs_a_room_and_a_device_for_the_whole_visit_a5(session, provider):
    other = factories.make_provider(session)
    factories.make_room(session, kind="procedure")
    add(session, Device(name="Ultrasound 1", kind="ultrasound"))
    kind = factories.make_visit_type(
        session, minutes=60, room_kind="procedure", device_kind="ultrasound", provider_until=15
    )
    scheduling.book(session, factories.make_patient(session), other, kind, at(8))
    found = scheduling.find_openings(session, kind, first=TUESDAY, providers=[provider.public_id], limit=1)
    assert starts(found) == ["03/10 09:00"]


def test_what_is_offered_can_be_booked_and_what_reserved_time_keeps_for_others_is_not_offered_a6(
    session, provider
):
    new = factories.make_visit_type(session, name="New patient", buffer_minutes=10)
    other = factories.make_visit_type(session)
    reserve(session, provider, [new], starts=time(8), ends=time(18))
    assert starts(scheduling.find_openings(session, other, first=TUESDAY, limit=1)) == ["03/11 08:00"]
    for each in scheduling.find_openings(session, new, first=TUESDAY, limit=6):
        assert scheduling.book(
            session, factories.make_patient(session), each.provider, new, each.starts_at
        ).id


def test_sixty_days_of_a_full_clinic_take_six_queries(session, provider, count_queries):
    factories.make_room(session, kind="procedure")
    add(session, Device(name="Ultrasound 1", kind="ultrasound"))
    kind = factories.make_visit_type(session, minutes=30, room_kind="procedure", device_kind="ultrasound")
    for day in range(60):
        start = at(8, day=TUESDAY + timedelta(days=day))
        factories.make_appointment(session, provider=provider, starts_at=start, minutes=590)
    with count_queries() as ran:
        found = scheduling.find_openings(session, kind, first=TUESDAY)
    assert found == []
    assert len(ran) <= 6


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 14), 3), (date(2027, 11, 7), 5)])
def test_a_night_of_the_changing_clocks_has_its_true_hours_a8(session, provider, day, hours):
    """From 0:00 to 4:00 there are three hours in spring and five in autumn; none of them is 2:30 in spring."""
    for row in session.query(ProviderHours):
        session.delete(row)
    session.flush()
    templates.add_hours(session, provider, [6], time(0), time(4), date(2026, 1, 1))
    kind = factories.make_visit_type(session, minutes=30)
    found = scheduling.find_openings(session, kind, first=day, days=1, per_day=20)
    assert len(found) == hours * 2
    assert len({each.starts_at for each in found}) == len(found)
    assert ("03/14 02:30" in starts(found)) is False


def test_a_weekly_nine_stays_nine_over_the_change_of_the_clocks_a8(session, provider):
    kind = factories.make_visit_type(session, minutes=30)
    found = scheduling.find_openings(
        session, kind, first=date(2027, 11, 1), days=14, weekdays=[0], not_before=time(9), per_day=1
    )
    assert starts(found) == ["11/01 09:00", "11/08 09:00"]
    assert found[1].starts_at - found[0].starts_at == timedelta(days=7, hours=1)


# ---- On the schedule ----


def column(session, provider, on=TUESDAY):
    plan = scheduling.day(session, on, [provider.public_id])
    return plan.columns[0]


def test_reserved_time_is_drawn_and_stays_a_button_until_it_is_released_a6(session, provider):
    new = factories.make_visit_type(session, name="New patient")
    row = reserve(session, provider, [new])
    reserve(session, provider, [], starts=time(12), ends=time(13), label="Lunch")
    drawn = column(session, provider)
    assert {label for _, label in drawn.blocks} == {"Reserved: New patients", "Lunch"}
    times = [slot.time for slot in drawn.slots]
    assert "9:00" in times
    assert "12:00" not in times
    row.release_days = 1
    session.flush()
    assert [label for _, label in column(session, provider).blocks] == ["Lunch"]


def test_a_closed_day_and_a_day_away_say_why_and_offer_nothing_a6(session, provider):
    row = add(session, HoursException(provider_id=provider.id, on=TUESDAY, reason="Conference"))
    drawn = column(session, provider)
    assert ([label for _, label in drawn.blocks], drawn.slots) == (["Away: Conference"], [])
    row.starts, row.ends = time(10), time(12)
    session.flush()
    assert [slot.time for slot in column(session, provider).slots] == ["10:00", "10:30", "11:00", "11:30"]
    add(session, ClinicClosure(on=TUESDAY, name="Power cut"))
    drawn = column(session, provider)
    assert ([label for _, label in drawn.blocks], drawn.slots) == (["Closed: Power cut"], [])


@pytest.mark.parametrize("hour", [10, 19])
def test_lunch_is_not_drawn_on_a_closed_day_that_has_one_visit_a6(session, provider, hour):
    reserve(session, provider, [], starts=time(12), ends=time(13), label="Lunch")
    reserve(
        session,
        provider,
        [factories.make_visit_type(session, name="New patient")],
        starts=time(13),
        ends=time(14),
    )
    add(session, ClinicClosure(on=TUESDAY, name="Power cut"))
    factories.make_appointment(session, factories.make_patient(session), provider, starts_at=at(hour))
    assert [label for _, label in column(session, provider).blocks] == ["Closed: Power cut"]
