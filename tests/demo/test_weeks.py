"""The demo's weekly pattern: noon is kept free on every later day too, and a weekend offers nothing (A6)."""

from datetime import date

import time_machine

from clinic import scheduling
from clinic.demo import seed
from clinic.models import RenderingProvider


@time_machine.travel("2026-03-09T15:00:00Z", tick=False)
def test_noon_is_free_on_no_later_day_and_a_weekend_offers_nothing_a6(session):
    seed.house(session)
    provider = session.query(RenderingProvider).first()

    def offered(day):
        plan = scheduling.day(session, day, [provider.public_id])
        return [slot.time for column in plan.columns for slot in column.slots]

    later = offered(date(2026, 6, 10))
    assert "11:30" in later
    assert not {"12:00", "12:30"} & set(later)
    assert offered(date(2026, 6, 13)) == []
