"""Whatever was missed, moved or booked over it: every card and every free place keeps 24 by 24 px (WCAG 2.5.8)."""

from datetime import time, timedelta

import pytest

from clinic import clock, db
from tests import factories
from tests.web.desk_running import CHROMIUM, REACH, faults, serving, signed_in, windows

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@pytest.fixture
def crowded(committed, config):
    """A past Wednesday on which visits of every length were missed, some booked over, some not (A2, A4)."""
    with db.transaction() as session:
        factories.make_practice(session)
        provider = factories.make_provider(session)
        factories.make_provider(session, first_name="Samuel", last_name="Okoye", overlap_limit=2)
        kind = factories.make_visit_type(session)
        day = clock.today() - timedelta(days=clock.today().weekday() + 5)

        def visit(hour, minute, minutes, status="booked", who=provider, **more):
            start = clock.at(day, time(hour, minute))
            return factories.make_appointment(
                session,
                None,
                who,
                starts_at=start,
                minutes=minutes,
                visit_type_id=kind.id,
                status=status,
                **more,
            )

        for minutes in (15, 30):
            hour = 8 if minutes == 15 else 10
            visit(hour, 0, minutes, "no_show")
            visit(hour, 15, minutes, "no_show")
            visit(hour, 15, 15)
            visit(hour + 1, 0, minutes, "no_show")
            visit(hour + 1, 0, 30)
        for _ in range(6):
            visit(13, 0, 30, "cancelled_patient")
        visit(13, 15, 15)
        for minute, minutes in ((5, 10), (15, 10), (25, 25), (50, 10)):
            visit(14, minute, minutes)
        second = session.query(type(provider)).filter_by(last_name="Okoye").one()
        visit(9, 0, 30, who=second)
        visit(10, 0, 30, who=second)
        visit(10, 0, 30, who=second, lane=1)
        _, token = signed_in(session)
        who = provider.public_id
    with serving(config) as base, windows() as open_window:
        yield f"{base}/schedule/{day}", who, lambda width: open_window(token, width)


@pytest.mark.parametrize("width", [1280, 1440])
@pytest.mark.parametrize("view", ["day", "week"])
def test_every_card_and_every_free_place_can_be_hit_though_a_visit_was_missed_there(crowded, width, view):
    url, who, open_window = crowded
    page = open_window(width)
    page.goto(url if view == "day" else f"{url}?view=week&provider={who}")
    assert page.locator("#schedule .appt.st-noshow").count() > 8
    assert page.locator("#schedule .slot[class*=lane-]").count() > 3
    assert page.evaluate(REACH) == []
    assert faults(page) == []


def test_a_provider_who_sees_two_at_once_still_shows_a_free_place_beside_the_first_a4(crowded):
    url, _, open_window = crowded
    page = open_window(1440)
    page.goto(url)
    column = page.locator(".cal-col", has=page.get_by_role("heading", name="Samuel Okoye"))
    assert column.locator(".slot[data-start$='T09:00']").count() == 1
    assert column.locator(".slot[data-start$='T10:00']").count() == 0


def test_of_many_visits_that_ended_in_one_place_the_newest_are_drawn_and_the_list_has_all(crowded):
    url, _, open_window = crowded
    page = open_window(1440)
    page.goto(url)
    assert page.locator(".appt.st-noshow[data-start$='T13:00']").count() == 3
    assert "3 more in the list" in page.locator(".cal-head").all_inner_texts()[1]
    page.goto(f"{url}?view=list")
    assert page.get_by_text("Cancelled", exact=True).count() == 6
