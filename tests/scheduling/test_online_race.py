"""Fifty visitors for one time, and eight who hold, leave, hand in and give up at random: one place each (A4, A10)."""

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from clinic import audit, online
from clinic.db import new_public_id
from clinic.models import Appointment, OnlineRequest, RenderingProvider, VisitType
from tests.scheduling import online_house as house
from tests.scheduling.online_house import BASE, NOW, at, place
from tests.scheduling.test_many_desks import TWICE, together

CLIENTS = 50


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def engine(committed):
    with house.db.transaction() as session:
        house.ready(session)
    house.db.session.remove()
    made = create_engine(committed.app_url, pool_size=CLIENTS, max_overflow=0)
    yield made
    made.dispose()


def scene(session):
    return session.scalars(select(RenderingProvider)).one(), session.scalars(select(VisitType)).one()


def test_fifty_visitors_for_one_time_one_holds_it_and_is_booked_49_are_refused_cleanly(engine):
    heard: Counter[str] = Counter()
    lock = threading.Lock()

    def visitor(number: int) -> None:
        with Session(engine) as session:
            provider, kind = scene(session)
            key = f"visitor{number}"
            try:
                held = online.keep(session, kind, place(provider, at(9)), key=key)
                session.commit()
                asked = house.asked(typed={"email": f"v{number}@example.com"})
                request = online.begin(session, held, asked, key=key)
                session.commit()
                code = house.code_of(session, request)
                _, outcome = online.check_code(session, request.public_id, code, BASE)
                session.commit()
            except online.PlaceGone:
                session.rollback()
                outcome = "gone"
        with lock:
            heard[outcome] += 1

    together(CLIENTS, visitor)
    assert heard == {"done": 1, "gone": CLIENTS - 1}
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 1
        assert session.scalars(select(OnlineRequest.state)).all() == ["requested"]
        assert session.scalar(text(TWICE)) == 0
        assert audit.verify_chain(session).ok


def test_a_double_click_at_the_same_instant_holds_one_place_and_both_answers_agree(engine):
    kept: list[str] = []

    def click(_: int) -> None:
        with Session(engine) as session:
            provider, kind = scene(session)
            held = online.keep(session, kind, place(provider, at(9)), key="one-page")
            session.commit()
            kept.append(held.public_id)

    together(8, click)
    assert len(kept) == 8
    assert len(set(kept)) == 1


def test_eight_visitors_who_change_their_minds_never_share_a_place(engine):
    hours = [at(8 + number // 2, 30 * (number % 2)) for number in range(6)]

    def visitor(number: int) -> None:
        dice = random.Random(number)
        mine = ""
        with Session(engine) as session:
            provider, kind = scene(session)
            for _ in range(12):
                try:
                    if mine and dice.random() < 0.3:
                        online.let_go(session, [mine])
                        mine = ""
                    else:
                        wanted = place(provider, dice.choice(hours))
                        mine = online.keep(session, kind, wanted, key=new_public_id(), mine=[mine]).public_id
                    session.commit()
                except online.PlaceGone:
                    session.rollback()

    together(8, visitor)
    with Session(engine) as session:
        assert session.scalar(text(TWICE)) == 0
        assert session.scalar(select(func.count()).select_from(Appointment)) <= len(hours)


def test_held_places_end_at_their_time(engine):
    with Session(engine) as session:
        provider, kind = scene(session)
        online.keep(session, kind, place(provider, at(9)), key="one")
        session.commit()
    with (
        time_machine.travel(NOW + online.HELD_FOR + timedelta(seconds=1), tick=False),
        Session(engine) as session,
    ):
        provider, kind = scene(session)
        assert online.keep(session, kind, place(provider, at(9)), key="two").starts_at == at(9)
