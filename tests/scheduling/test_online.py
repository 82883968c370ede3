"""People who book themselves: the desk's own rules, a held place, a code, and nobody's record touched (A10)."""

from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import clock, messages, online, scheduling
from clinic.models import (
    Appointment,
    ClinicClosure,
    Message,
    OnlineRequest,
    Patient,
    ReservedTime,
    ScheduleBlock,
    Task,
)
from tests import factories
from tests.scheduling import online_house as house
from tests.scheduling.online_house import BASE, NOW, WEDNESDAY, at, place

NINE = at(9)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clinic(session):
    return (session, *house.ready(session))


def starts(session, kind, day):
    return [each.starts_at for each in online.free_times(session, kind, first=day, days=1)]


def held(session):
    return session.scalars(select(Appointment).where(Appointment.status == "held")).all()


def visits(session):
    query = select(func.count()).select_from(Appointment).where(Appointment.status != "held")
    return session.scalar(query)


def words(session, key):
    return session.scalars(select(Message).where(Message.key == key)).one().body().decode()


def test_free_times_are_the_desks_own_within_notice_and_reach_a10(clinic):
    session, provider, kind = clinic
    factories.make_appointment(session, provider=provider, starts_at=at(9))
    session.add(ClinicClosure(on=WEDNESDAY + timedelta(days=1), name="Power cut"))
    session.add(
        ScheduleBlock(provider_id=provider.id, starts_at=at(12), ends_at=at(13), label="Lunch"),
    )
    session.add(
        ReservedTime(
            provider_id=provider.id,
            weekday=WEDNESDAY.weekday(),
            starts=time(14),
            ends=time(15),
            label="New patients",
            effective_on=date(2026, 1, 1),
        )
    )
    session.flush()
    found = starts(session, kind, WEDNESDAY)
    assert at(8) in found
    assert not {at(9), at(12), at(12, 30), at(14)} & set(found)
    assert not starts(session, kind, WEDNESDAY + timedelta(days=1))
    assert min(starts(session, kind, clock.today())) >= NOW + timedelta(hours=2)
    assert starts(session, kind, clock.today() + timedelta(days=30))
    assert not starts(session, kind, clock.today() + timedelta(days=31))


def test_with_any_provider_each_time_is_offered_once(clinic):
    session, _, kind = clinic
    factories.make_provider(session)
    found = starts(session, kind, WEDNESDAY)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "odd",
    [
        "2026-03-11T09:00",
        "2026-13-40T09:00~x",
        "2026-03-11T09:07~{provider}",
        "2026-03-11T09:00~nobody",
        "2026-03-09T11:00~{provider}",
        "2026-03-11T03:00~{provider}",
        "2026-06-11T09:00~{provider}",
        "2027-03-14T02:30~{provider}",
        "' OR 1=1 --",
    ],
)
def test_a_time_that_was_made_up_or_is_not_offered_is_never_held(clinic, odd):
    session, provider, kind = clinic
    with pytest.raises(online.PlaceGone):
        online.keep(session, kind, odd.format(provider=provider.public_id), key="k")
    assert not held(session)


def test_a_visit_type_that_is_not_offered_online_is_never_held(clinic):
    session, provider, _ = clinic
    other = factories.make_visit_type(session, online=False)
    with pytest.raises(online.PlaceGone):
        online.keep(session, other, place(provider, NINE), key="k")


def test_while_somebody_types_nobody_else_gets_the_place_a10(clinic):
    session, provider, kind = clinic
    online.keep(session, kind, place(provider, NINE), key="one")
    assert NINE not in starts(session, kind, WEDNESDAY)
    with pytest.raises(online.PlaceGone):
        online.keep(session, kind, place(provider, NINE), key="two")
    with pytest.raises(scheduling.SchedulingConflict, match="held for an online booking"):
        scheduling.book(session, factories.make_patient(session), provider, kind, NINE)


def test_the_second_click_on_a_time_is_the_first_one(clinic):
    session, provider, kind = clinic
    first = online.keep(session, kind, place(provider, NINE), key="one")
    assert online.keep(session, kind, place(provider, NINE), key="one").id == first.id
    assert len(held(session)) == 1


def test_another_time_lets_the_first_one_go_and_so_does_leaving(clinic):
    session, provider, kind = clinic
    first = online.keep(session, kind, place(provider, NINE), key="one")
    online.let_go(session, [first.public_id], but=place(provider, NINE), kind=kind)
    assert len(held(session)) == 1
    online.let_go(session, [first.public_id], but=place(provider, at(10)), kind=kind)
    second = online.keep(session, kind, place(provider, at(10)), key="two")
    assert [each.starts_at for each in held(session)] == [at(10)]
    online.let_go(session, [second.public_id])
    assert not held(session)


def test_nobody_lets_go_of_another_ones_place_or_of_a_request(clinic):
    session, provider, kind = clinic
    request = house.hand_in(session, provider, kind, NINE)
    booked = factories.make_appointment(session, provider=provider, starts_at=at(11))
    online.let_go(session, [request.hold.public_id, booked.public_id, ""])
    assert len(held(session)) == 1
    assert booked.status == "booked"


def test_after_ten_minutes_the_place_is_free_again(clinic, now):
    session, provider, kind = clinic
    kept = online.keep(session, kind, place(provider, NINE), key="one")
    now.shift(online.HELD_FOR)
    assert online.live(session, kept.public_id) is None
    assert NINE in starts(session, kind, WEDNESDAY)
    assert online.keep(session, kind, place(provider, NINE), key="two").starts_at == NINE


def test_a_request_that_shows_its_contact_holds_its_place_until_the_visit(clinic, now):
    session, provider, kind = clinic
    request = house.hand_in(session, provider, kind, NINE)
    assert request.state == "requested"
    now.shift(timedelta(hours=20))
    assert NINE not in starts(session, kind, WEDNESDAY)
    assert session.scalars(select(Task.kind)).all() == ["online"]
    assert visits(session) == 0
    assert session.scalar(select(func.count()).select_from(Patient)) == 0


def test_what_was_typed_is_sealed_and_no_table_shows_it_t7(clinic):
    session, provider, kind = clinic
    request = house.begin(session, provider, kind, NINE)
    row = session.execute(select(OnlineRequest.__table__).where(OnlineRequest.id == request.id)).one()
    shown = "".join(str(each) for each in row)
    assert "Ostrom" not in shown
    assert "0163" not in shown
    assert request.typed["last_name"] == "Ostrom"


def test_the_code_is_kept_as_a_digest_and_told_only_to_the_contact(clinic):
    session, provider, kind = clinic
    request = house.begin(session, provider, kind, NINE)
    code = house.code_of(session, request)
    assert code.encode() not in request.code_index
    assert "Ostrom" not in words(session, f"online-code-{request.public_id}-1").replace("nora.ostrom", "")


def test_five_wrong_codes_wear_the_code_out_and_a_new_one_ends_the_old(clinic):
    session, provider, kind = clinic
    request = house.begin(session, provider, kind, NINE)
    right = house.code_of(session, request)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for outcome in ("wrong", "wrong", "wrong", "wrong", "used_up"):
        assert online.check_code(session, request.public_id, wrong, BASE)[1] == outcome
    assert online.check_code(session, request.public_id, right, BASE)[1] == "used_up"
    online.send_again(session, request.public_id)
    assert house.code_of(session, request) != right or request.codes_sent == 2
    assert online.check_code(session, request.public_id, house.code_of(session, request), BASE)[1] == "done"


def test_a_code_works_for_ten_minutes(clinic, now):
    session, provider, kind = clinic
    request = house.begin(session, provider, kind, NINE)
    code = house.code_of(session, request)
    now.shift(timedelta(minutes=10, seconds=1))
    assert online.check_code(session, request.public_id, code, BASE)[1] == "wrong"


def test_four_codes_a_request_and_five_an_hour_for_one_contact(clinic):
    session, provider, kind = clinic
    request = house.begin(session, provider, kind, NINE)
    for _ in range(3):
        online.send_again(session, request.public_id)
    with pytest.raises(online.TooManyCodes):
        online.send_again(session, request.public_id)
    house.begin(session, provider, kind, at(10))
    with pytest.raises(online.TooMany), session.begin_nested():
        house.begin(session, provider, kind, at(11))


def test_a_phone_that_said_stop_is_not_written_to_tcpa(clinic):
    session, provider, kind = clinic
    messages.opt_out(session, "sms", house.TYPED["phone"], "STOP by text message")
    house.begin(session, provider, kind, NINE, channel="sms")
    assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_the_right_code_late_finds_its_place_again_or_says_that_it_is_gone(clinic, now):
    session, provider, kind = clinic
    request = house.begin(session, provider, kind, NINE)
    code = house.code_of(session, request)
    now.shift(timedelta(minutes=9, seconds=59))
    now.shift(timedelta(seconds=1))
    scheduling.book(session, factories.make_patient(session), provider, kind, NINE)
    request, outcome = online.check_code(session, request.public_id, code, BASE)
    assert (outcome, request.state) == ("gone", "typing")
    done = online.choose_again(session, request.public_id, place(provider, at(10)), key="k", base_url=BASE)
    assert (done.state, done.starts_at) == ("requested", at(10))


def test_another_time_needs_the_code_first(clinic):
    session, provider, kind = clinic
    request = house.begin(session, provider, kind, NINE)
    with pytest.raises(online.PlaceGone):
        online.choose_again(session, request.public_id, place(provider, at(10)), key="k", base_url=BASE)


def test_sending_the_form_twice_is_one_request_and_one_code(clinic):
    session, provider, kind = clinic
    kept = online.keep(session, kind, place(provider, NINE), key="one")
    first = online.begin(session, kept, house.asked(), key="form")
    second = online.begin(session, kept, house.asked(typed={"first_name": "Norah"}), key="form")
    assert (first.id, second.codes_sent) == (second.id, 1)
    assert second.typed["first_name"] == "Norah"
    third = online.begin(session, kept, house.asked(typed={"email": "other@example.com"}), key="form")
    assert third.codes_sent == 2


def test_what_nobody_confirmed_is_forgotten_after_a_day(clinic, now):
    session, provider, kind = clinic
    house.begin(session, provider, kind, NINE)
    house.hand_in(session, provider, kind, at(10), typed={"email": "b@example.com"})
    now.shift(timedelta(hours=25))
    assert online.clear_old(session) == 1
    assert session.scalars(select(OnlineRequest.state)).all() == ["requested"]
    now.shift(timedelta(hours=48))
    assert online.clear_old(session) == 1
    assert session.scalars(select(OnlineRequest.state)).all() == ["lapsed"]


def test_messages_say_nothing_of_what_for_and_whose_a11(clinic):
    session, provider, kind = clinic
    request = house.hand_in(session, provider, kind, NINE)
    text = words(session, f"online-received-{request.public_id}")
    assert "Wednesday, March 11" in text
    for word in ('Ostrom"', "knee", "Follow-up", "Adams"):
        assert word not in text


def test_only_who_takes_a_visit_online_is_offered_and_held_for_it(clinic):
    session, provider, kind = clinic
    other = factories.make_provider(session)
    online.save_words(session, kind, takes=[other.id])
    assert online.providers(session, kind) == [other]
    assert not online.free_times(session, kind, provider=provider.public_id)
    assert {each.provider.id for each in online.free_times(session, kind)} == {other.id}
    with pytest.raises(online.PlaceGone, match="does not take"):
        online.keep(session, kind, place(provider, NINE), key="k")
    online.save_words(session, kind, takes=[])
    assert online.keep(session, kind, place(provider, NINE), key="k")


def test_a_code_that_nobody_gets_asks_nobody_to_do_anything_and_a_lost_answer_asks_the_desk(clinic):
    session, provider, kind = clinic
    request = house.hand_in(session, provider, kind, NINE)
    for message in session.scalars(select(Message)):
        messages.give_up(session, message.id)
    found = session.execute(select(Task.kind, Task.role).order_by(Task.kind)).all()
    assert found == [("online", "front_desk"), ("undeliverable", "front_desk")]
    assert request.state == "requested"
