"""The demo shows who waits, one place offered, one offer that nobody answered, and who is due again."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import time_machine
from sqlalchemy import select

from clinic import clock
from clinic.demo import waiting as demo
from clinic.models import Recall, WaitEntry, WaitOffer
from tests import factories
from tests.reminders.house import agreed


def test_six_wait_one_place_is_offered_and_eight_are_due_a9(session, config):
    with time_machine.travel(datetime(2026, 3, 10, 17, 40, tzinfo=UTC), tick=False):
        factories.make_practice(session)
        provider = factories.make_provider(session)
        kind = factories.make_visit_type(session, name="Follow-up")
        for n in range(4):
            start = clock.at(clock.today() + timedelta(days=6 + n), time(15, 30))
            factories.make_appointment(
                session, agreed(session), provider, starts_at=start, visit_type_id=kind.id
            )
        tomorrow = clock.at(clock.today() + timedelta(days=1), time(10))
        factories.make_appointment(
            session, agreed(session), provider, starts_at=tomorrow, visit_type_id=kind.id
        )
        for _ in range(8):
            factories.make_appointment(
                session, agreed(session), provider, starts_at=clock.now() - timedelta(days=30 + _),
                status="checked_out", visit_type_id=kind.id,
            )  # fmt: skip
        demo.fill(replace(config, sms_account="AC", sms_token="t", sms_from="+15550100100"))
    assert len(session.scalars(select(WaitEntry)).all()) == 6
    states = session.scalars(select(WaitOffer.state).order_by(WaitOffer.id)).all()
    assert states == ["expired", "open"]
    assert len(session.scalars(select(Recall)).all()) == 8
