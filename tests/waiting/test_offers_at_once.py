"""Two hundred who accept one offer at once, and answers that meet the clock and the desk (A9, trust T1, T3)."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, db, scheduling, verify, waiting
from clinic.models import Appointment, AuditEvent, Patient, RenderingProvider, VisitType, WaitEntry, WaitOffer
from clinic.scheduling import SchedulingConflict
from tests import factories
from tests.reminders.house import agreed
from tests.scheduling.test_many_desks import together
from tests.waiting.house import NOW, TUESDAY, WAY, at, ready, wait

MANY = 200


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def engine(committed):
    """Fifty sessions at a time; the others wait for one."""
    made = create_engine(committed.app_url, pool_size=50, max_overflow=0, pool_timeout=120)
    db.SessionFactory.configure(bind=made)
    yield made
    made.dispose()


@pytest.fixture
def offered(engine) -> tuple[str, int, datetime]:
    """One place of tomorrow, offered by hand: the offer's id, its entry, its beginning."""
    with Session(engine, expire_on_commit=False) as setup:
        provider, kind = ready(setup)
        for start, minutes in ((at(8), 120), (at(10, 30), 450)):
            factories.make_appointment(setup, provider=provider, starts_at=start, minutes=minutes)
        entry = wait(setup, kind, agreed(setup), first_on=TUESDAY, last_on=TUESDAY)
        (opening,) = [each for each in waiting.openings_for(setup, entry) if each.starts_at == at(10)]
        offer = waiting.offer_by_hand(setup, entry, opening, WAY)
        setup.commit()
        return offer.public_id, entry.id, offer.starts_at


def everything_holds(engine, entry_id: int, bookings: int) -> None:
    with Session(engine) as after:
        entry = after.get_one(WaitEntry, entry_id)
        booked = after.scalar(
            select(func.count()).where(
                Appointment.patient_id == entry.patient_id, Appointment.status == "booked"
            )
        )
        assert booked == bookings
        assert after.scalar(select(func.count()).where(Appointment.status == "held")) == 0
        assert [result.name for result in verify.checks(after) if not result.ok] == []
        assert audit.verify_chain(after).ok


def answers(engine, public_id: str, words: list[str], extra=()) -> Counter[tuple[str, bool]]:
    said: Counter[tuple[str, bool]] = Counter()
    jobs = [("answer", word) for word in words] + list(extra)
    start = threading.Barrier(min(len(jobs), 40))

    def one(number: int) -> None:
        what, word = jobs[number]
        if number < start.parties:
            start.wait(60)
        try:
            with audit.acting_as(audit.Actor(None, f"client {number}")), db.transaction() as own:
                if what == "answer":
                    outcome = waiting.answer_link(own, public_id, word)
                else:
                    outcome = (what, bool(word(own)))
            said[outcome] += 1
        finally:
            db.session.remove()

    together(len(jobs), one)
    return said


def test_of_two_hundred_accepts_of_one_offer_one_books_and_the_chain_verifies_a9(engine, offered):
    public_id, entry_id, starts_at = offered
    said = answers(engine, public_id, ["accept"] * MANY)
    assert said == {("accepted", True): 1, ("accepted", False): MANY - 1}
    everything_holds(engine, entry_id, 1)
    with Session(engine) as after:
        offer = after.scalars(select(WaitOffer)).one()
        assert after.get_one(Appointment, offer.booked_id).starts_at == starts_at
        done = after.scalar(select(func.count()).where(AuditEvent.action == "wait_offer.accepted"))
        assert done == 1, "one acceptance is on record, and the chain holds"


def test_accepts_declines_and_a_withdrawal_at_once_end_an_offer_once_a9(engine, offered):
    public_id, entry_id, _ = offered

    def withdraw(own: Session) -> bool:
        return waiting.withdraw(own, own.scalars(select(WaitOffer)).one(), "the desk")

    said = answers(engine, public_id, ["accept", "decline", "leave"] * 12, [("withdraw", withdraw)] * 4)
    assert sum(count for (_, did), count in said.items() if did) == 1
    with Session(engine) as after:
        entry = after.get_one(WaitEntry, entry_id)
        offer = after.scalars(select(WaitOffer)).one()
        assert (offer.state == "accepted") == (entry.state == "booked")
    everything_holds(engine, entry_id, 1 if offer.state == "accepted" else 0)


def test_accepts_in_the_last_instant_and_the_clock_that_ends_the_offer_never_do_both_a9(engine, offered):
    public_id, entry_id, _ = offered
    with Session(engine) as own:
        offer_id, expires_at = own.execute(select(WaitOffer.id, WaitOffer.expires_at)).one()
    with time_machine.travel(expires_at - timedelta(milliseconds=150)):
        said = answers(
            engine,
            public_id,
            ["accept"] * 60,
            [("expire", lambda own: waiting.expire(own, offer_id))] * 60,
        )
    with time_machine.travel(expires_at, tick=False), Session(engine) as own:
        waiting.expire(own, offer_id)
        own.commit()
    assert said[("accepted", True)] + said[("expire", True)] <= 1
    everything_holds(engine, entry_id, said[("accepted", True)])


def test_fifty_desks_that_want_the_place_while_it_is_held_are_refused_in_a_sentence_a4_a9(engine, offered):
    public_id, entry_id, starts_at = offered
    with Session(engine) as setup:
        patients = [factories.make_patient(setup).id for _ in range(50)]
        provider_id = setup.scalar(select(WaitOffer.provider_id))
        kind_id = setup.scalar(select(WaitEntry.visit_type_id))
        setup.commit()
    said: Counter[str] = Counter()

    def desk(number: int) -> None:
        with Session(engine) as own, audit.acting_as(audit.Actor(None, f"desk {number}")):
            try:
                scheduling.book(
                    own,
                    own.get_one(Patient, patients[number]),
                    own.get_one(RenderingProvider, provider_id),
                    own.get_one(VisitType, kind_id),
                    starts_at,
                )
                own.commit()
                said["booked"] += 1
            except SchedulingConflict as conflict:
                own.rollback()
                said["held" if "is held for the wait list" in str(conflict) else str(conflict)] += 1

    together(50, desk)
    assert said == {"held": 50}
    assert answers(engine, public_id, ["accept"])[("accepted", True)] == 1
    everything_holds(engine, entry_id, 1)
    assert clock.now() == NOW
