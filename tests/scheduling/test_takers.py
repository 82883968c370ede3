"""Who takes which visits: nobody else is offered, and somebody else is booked only after a yes (A5)."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine

from clinic import clock, online, scheduling
from clinic.models import OpenedPlace
from clinic.scheduling import NeedsConfirmation, SchedulingConflict, series
from clinic.scheduling.recurrence import Rule
from clinic.scheduling.series import Draft
from clinic.waiting import offers
from tests import factories

TUESDAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(datetime(2026, 3, 9, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def doctor(session):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def therapist(session):
    return factories.make_provider(session, first_name="Jin", last_name="Park", credential="PT")


@pytest.fixture
def therapy(session, doctor, therapist):
    return factories.make_visit_type(session, name="PT visit", provider_ids=[therapist.id], online=True)


@pytest.fixture
def patient(session):
    return factories.make_patient(session)


def at(hour: int, minute: int = 0) -> datetime:
    return clock.at(TUESDAY, time(hour, minute))


def test_only_who_takes_a_visit_is_found_for_it_also_where_others_are_asked_for_a5(
    session, doctor, therapist, therapy
):
    found = scheduling.find_openings(session, therapy, first=TUESDAY)
    assert {each.provider for each in found} == {therapist}
    assert scheduling.find_openings(session, therapy, first=TUESDAY, providers=[doctor.public_id]) == []
    plain = factories.make_visit_type(session)
    assert {each.provider for each in scheduling.find_openings(session, plain)} == {doctor, therapist}


def test_booking_and_moving_to_who_does_not_take_it_asks_and_names_who_does_a5(
    session, doctor, therapist, therapy, patient
):
    with pytest.raises(NeedsConfirmation, match=r"Helen Adams, MD does not take .* taken by Jin Park, PT"):
        scheduling.book(session, patient, doctor, therapy, at(9))
    visit = scheduling.book(session, patient, therapist, therapy, at(9))
    with pytest.raises(NeedsConfirmation) as asked:
        scheduling.move(session, visit, visit.version, starts_at=at(9), provider=doctor)
    assert [(each.code, each.needs_reason) for each in asked.value.warnings] == [("takes", False)]
    scheduling.move(session, visit, visit.version, starts_at=at(9), provider=doctor, accepted=["takes"])
    assert visit.provider_id == doctor.id


def test_a_series_offers_nobody_who_does_not_take_its_visits_a7(session, doctor, therapist, patient):
    kind = factories.make_visit_type(session, name="Sick visit", provider_ids=[doctor.id])
    third = factories.make_provider(session)
    scheduling.book(session, factories.make_patient(session), doctor, kind, at(9))
    rule = Rule(first_on=TUESDAY, wall_time=time(9), weekdays=(1,), times=2)
    look = series.look(session, Draft(patient, kind, doctor, 30, rule, "", "k1"))
    assert {each.provider for each in look.plan.dates[0].options} == {doctor}
    kind.provider_ids = [doctor.id, third.id]
    look = series.look(session, Draft(patient, kind, doctor, 30, rule, "", "k2"))
    assert {each.provider for each in look.plan.dates[0].options} == {doctor, third}
    assert not any("does not take" in each.sentence for each in look.notices)
    look = series.look(session, Draft(patient, kind, therapist, 30, rule, "", "k3"))
    assert "Jin Park, PT does not take the visit type Sick visit" in look.notices[0].sentence


def test_a_freed_place_is_offered_for_no_visit_that_its_provider_does_not_take_a9(
    session, doctor, therapist, therapy
):
    plain = factories.make_visit_type(session, provider_ids=[doctor.id])
    place = OpenedPlace(provider_id=therapist.id, starts_at=at(9), ends_at=at(9, 30), opened_at=clock.now())
    session.add(place)
    session.flush()
    assert offers._free(session, place, plain, TUESDAY) == []
    assert [each.starts_at for each in offers._free(session, place, therapy, TUESDAY)] == [at(9)]


def test_online_a_visit_is_kept_to_fewer_who_take_it_and_never_given_to_others_a10(
    session, doctor, therapist, therapy
):
    assert online.providers(session, therapy) == [therapist]
    assert online.providers(session) == [therapist]
    online.save_words(session, therapy, takes=[doctor.id])
    assert online.providers(session, therapy) == []
    therapy.provider_ids = [doctor.id, therapist.id]
    assert online.providers(session, therapy) == [doctor]


def test_the_provider_is_kept_free_before_the_visit_too_ask_42(session, doctor, patient):
    kind = factories.make_visit_type(session, minutes=30, buffer_before=15, provider_until=20)
    visit = scheduling.book(session, patient, doctor, kind, at(10))
    assert (visit.busy_from, visit.busy_until) == (at(9, 45), at(10, 20))
    plain = factories.make_visit_type(session, minutes=30)
    with pytest.raises(SchedulingConflict, match="is kept free from 9:45 AM"):
        scheduling.book(session, factories.make_patient(session), doctor, plain, at(9, 30))
    assert scheduling.book(session, factories.make_patient(session), doctor, plain, at(9, 15)).id
    free = [each.starts_at for each in scheduling.find_openings(session, plain, first=TUESDAY, per_day=99)]
    assert at(9, 30) not in free
    assert at(10, 30) in free
