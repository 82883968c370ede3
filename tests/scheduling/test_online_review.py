"""The desk says who asked online; nothing is merged by itself, and nobody learns who has a record (A10)."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import audit, online, patients, scheduling
from clinic.models import Appointment, Message, Task, VisitLink
from clinic.online import RequestChanged
from clinic.scheduling import NeedsConfirmation
from tests import factories
from tests.scheduling import online_house as house
from tests.scheduling.online_house import BASE, NOW, TYPED, at

NINE = at(9)
KNOWN = {
    "first_name": "Nora",
    "last_name": "Ostrom",
    "born_on": date(1984, 3, 15),
    "phone": "+15550100163",
    "phone_digits": "5550100163",
    "email": "old@example.com",
}
HOME = {name: TYPED[name] for name in ("sex", "address", "city", "state", "zip")}
PERSON = {name: TYPED[name] for name in ("first_name", "last_name", "phone", "email")} | HOME
PERSON["born_on"] = date(1984, 3, 15)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clinic(session):
    return (session, *house.ready(session))


@pytest.fixture
def request_(clinic):
    return house.hand_in(*clinic, NINE)


@pytest.fixture
def known(clinic):
    return factories.make_patient(clinic[0], **KNOWN)


def keys(session):
    return [key.split("-")[1] for key in session.scalars(select(Message.key).order_by(Message.id))]


def held(session):
    return session.scalars(select(Appointment).where(Appointment.status == "held")).all()


def test_the_same_person_is_booked_and_his_record_stays_as_it_was(clinic, known, request_):
    session = clinic[0]
    before = (known.email, known.address, known.version)
    (likely,) = online.look_alikes(session, request_)
    assert likely.patient.id == known.id
    done = online.same_person(session, request_, request_.version, known, base_url=BASE)
    visit = done.appointment
    assert (visit.status, visit.patient_id, visit.starts_at) == ("booked", known.id, NINE)
    assert visit.reason == "Check my knee"
    assert (known.email, known.address, known.version) == before
    assert not held(session)
    assert keys(session) == ["code", "received", "booked"]
    assert session.scalars(select(VisitLink.appointment_id)).all() == [visit.id]
    assert session.scalars(select(Task.state)).all() == ["done"]


def test_a_yes_to_messages_counts_only_for_the_contact_that_is_on_file(clinic, known):
    session = clinic[0]
    request = house.hand_in(*clinic, NINE, agreed_sms=True)
    online.same_person(session, request, request.version, known, base_url=BASE)
    assert known.sms_consent_at is not None
    assert known.email_consent_at is None


def test_a_new_person_is_registered_with_what_was_typed(clinic, request_):
    session = clinic[0]
    done = online.register_and_book(session, request_, request_.version, PERSON, base_url=BASE)
    assert (done.patient.last_name, done.patient.born_on) == ("Ostrom", date(1984, 3, 15))
    assert (done.appointment.status, done.patient.email_consent_at is not None) == ("booked", True)


def test_a_person_without_address_is_not_registered_and_nothing_changes(clinic, request_):
    session = clinic[0]
    with pytest.raises(patients.FieldRefused), session.begin_nested():
        online.register_and_book(session, request_, request_.version, PERSON | {"address": ""}, base_url=BASE)
    session.refresh(request_)
    assert request_.state == "requested"
    assert len(held(session)) == 1


def test_what_speaks_against_the_visit_is_asked_about_first(clinic, known, request_):
    session = clinic[0]
    other = factories.make_provider(session)
    factories.make_appointment(session, known, other, starts_at=NINE)
    with pytest.raises(NeedsConfirmation, match="another visit"), session.begin_nested():
        online.same_person(session, request_, request_.version, known, base_url=BASE)
    session.refresh(request_)
    done = online.same_person(
        session, request_, request_.version, known, accepted=["elsewhere"], base_url=BASE
    )
    assert done.state == "booked"


def test_declining_frees_the_place_and_tells_the_person_to_call(clinic, request_):
    session = clinic[0]
    online.decline(session, request_, request_.version, "Wrong visit type")
    assert (request_.state, request_.note) == ("declined", "Wrong visit type")
    assert not held(session)
    assert keys(session)[-1] == "declined"


def test_the_second_click_changes_nothing(clinic, known, request_):
    session, version = clinic[0], request_.version
    clerk = factories.make_user(session, "front_desk")
    with audit.acting_as(audit.Actor(clerk.id, clerk.name)):
        for _ in range(2):
            online.same_person(session, request_, version, known, base_url=BASE)
    assert session.scalar(select(func.count()).select_from(Appointment)) == 1
    assert keys(session).count("booked") == 1


def test_two_desks_do_not_decide_twice(clinic, known, request_):
    session, version = clinic[0], request_.version
    for number in range(2):
        clerk = factories.make_user(session, "front_desk")
        with audit.acting_as(audit.Actor(clerk.id, clerk.name)):
            if number == 0:
                online.decline(session, request_, version, "No")
                continue
            with pytest.raises(RequestChanged, match="was declined"):
                online.same_person(session, request_, version, known, base_url=BASE)
    assert request_.state == "declined"


def test_an_unknown_person_is_booked_at_once_where_the_clinic_wants_it(session):
    clinic = (session, *house.ready(session, book_new=True))
    request = house.hand_in(*clinic, NINE)
    assert (request.state, request.appointment.status) == ("booked", "booked")
    assert request.patient.last_name == "Ostrom"
    assert not session.scalars(select(Task)).all()


def test_nobody_learns_online_who_has_a_record_a10(session):
    """A known person and an unknown one get the same messages, states and answers, whatever the clinic's rule is."""
    for book_new in (False, True):
        with session.begin_nested() as undone:
            clinic = (session, *house.ready(session, book_new=book_new))
            factories.make_patient(session, **KNOWN)
            known = house.hand_in(*clinic, NINE)
            unknown = house.hand_in(
                *clinic,
                at(10),
                typed={
                    "first_name": "Victor",
                    "last_name": "Hale",
                    "born_on": "1979-11-02",
                    "phone": "+15550100177",
                    "email": "victor@example.com",
                },
            )
            told = [online.state_for(session, each) for each in (known, unknown)]
            assert told == ["kept", "kept"]
            wrote = {
                each.public_id: [
                    key.split(f"-{each.public_id}")[0]
                    for key in session.scalars(
                        select(Message.key).where(Message.key.contains(each.public_id))
                    )
                ]
                for each in (known, unknown)
            }
            assert len({tuple(each) for each in wrote.values()}) == 1
            files = {
                online.own_calendar(session, each, "h").split(b"DTSTAMP")[1].split(b"STATUS")[1]
                for each in (known, unknown)
            }
            assert len(files) == 1
            assert [online.withdraw(session, each) for each in (known, unknown)] == ["cancelled"] * 2
            undone.rollback()
        session.expire_all()


def test_giving_up_a_request_frees_its_place_and_ends_its_task(clinic, request_):
    session = clinic[0]
    assert online.withdraw(session, request_) == "cancelled"
    assert not held(session)
    assert session.scalars(select(Task.state)).all() == ["done"]
    assert online.withdraw(session, request_) == "cancelled"


def test_a_booked_visit_is_cancelled_by_the_request_and_late_ones_are_the_desks_a2(clinic, known, now):
    session = clinic[0]
    request = house.hand_in(*clinic, NINE)
    later = house.hand_in(
        *clinic, at(9, day=NINE.date() + timedelta(days=5)), typed={"email": "b@example.com"}
    )
    for each in (request, later):
        online.same_person(session, each, each.version, known, base_url=BASE)
    now.shift(timedelta(hours=30))
    assert online.withdraw(session, request) == "late"
    assert online.withdraw(session, later) == "cancelled"
    assert (request.appointment.status, later.appointment.status) == ("booked", "cancelled_patient")


def test_another_time_is_asked_for_once_and_shown_to_the_desk(clinic, request_):
    session = clinic[0]
    assert online.wants_move(session, request_) == "asked"
    assert online.wants_move(session, request_) == "asked"
    assert request_.wants_move
    assert sorted(session.scalars(select(Task.kind))) == ["move", "online"]


@pytest.mark.parametrize("booked", ["before", "after", "never"])
def test_giving_up_after_asking_for_another_time_leaves_the_desk_no_call_to_make_a2(
    clinic, known, request_, booked
):
    session = clinic[0]
    if booked == "before":
        online.same_person(session, request_, request_.version, known, base_url=BASE)
    assert online.wants_move(session, request_) == "asked"
    if booked == "after":
        online.same_person(session, request_, request_.version, known, base_url=BASE)
        assert session.scalars(select(Task.state).where(Task.kind == "move")).one() == "open"
    assert online.withdraw(session, request_) == "cancelled"
    assert session.scalars(select(Task.state)).all() == ["done", "done"]


def test_declining_what_wants_another_time_ends_that_task_too(clinic, request_):
    session = clinic[0]
    online.wants_move(session, request_)
    online.decline(session, request_, request_.version, "Called, takes another day")
    assert session.scalars(select(Task.state)).all() == ["done", "done"]


def test_a_visit_that_the_desk_moved_says_so(clinic, known, request_):
    session = clinic[0]
    done = online.same_person(session, request_, request_.version, known, base_url=BASE)
    assert online.state_for(session, done) == "booked"
    visit = done.appointment
    scheduling.move(session, visit, visit.version, starts_at=at(11))
    assert online.state_for(session, done) == "moved"


def test_a_record_that_was_merged_meanwhile_is_not_booked(clinic, known, request_):
    session = clinic[0]
    known.merged_into_id = factories.make_patient(session).id
    with pytest.raises(RequestChanged, match="was merged"):
        online.same_person(session, request_, request_.version, known, base_url=BASE)
    assert request_.state == "requested"
