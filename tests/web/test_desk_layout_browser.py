"""Whatever was missed, moved or booked over it: every card and every free place keeps 24 by 24 px (WCAG 2.5.8)."""

from datetime import time, timedelta

import pytest
from playwright.sync_api import expect

from clinic import clock, db
from tests import factories
from tests.web.running import IN_A_BROWSER, arrived, faults, serving, signed_in

pytestmark = IN_A_BROWSER
# What is covered of each card and free place: the smaller side of the largest part that a press reaches.
REACH = """() => [...document.querySelectorAll("#schedule .appt, #schedule .slot")].map((each) => {
  each.scrollIntoView({ block: "center", inline: "center" });
  const box = each.getBoundingClientRect();
  const hit = (x, y) => { const at = document.elementFromPoint(x, y); return at === each || each.contains(at); };
  let best = 0;
  for (let top = box.top; top + 23.5 <= box.bottom; top += 4)
    for (let left = box.left; left + 23.5 <= box.right && best < 24; left += 4) {
      let free = true;
      for (const dx of [0.5, 12, 23]) for (const dy of [0.5, 12, 23]) free &&= hit(left + dx, top + dy);
      if (free) best = 24;
    }
  return [each.getAttribute("aria-label"), Math.round(box.width), Math.round(box.height), best];
}).filter((each) => each[3] < 24)"""


@pytest.fixture(scope="module")
def crowded(lasting, config):
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
        last = factories.make_provider(session, last_name="Park")
        patient = factories.make_patient(session, last_name="Lindqvist", first_name="Maria")
        statuses = ("checked_in", "checked_out", "with_provider", "booked")
        for n, status in enumerate(statuses):
            at = clock.at(day, time(8 + 2 * n))
            for after, minutes in ((0, 30), (30, 45), (75, 15)):
                factories.make_appointment(
                    session, patient, last, starts_at=at + timedelta(minutes=after), minutes=minutes,
                    visit_type_id=kind.id, status=status, reason="Medication review",
                )  # fmt: skip
        missed = visit(9, 45, 15, "cancelled_clinic", last)
        _, token = signed_in(session)
        who, opened = provider.public_id, missed.public_id
    with serving(config) as base:
        yield f"{base}/schedule/{day}", who, token, opened


@pytest.mark.parametrize("width", [1280, 1440])
@pytest.mark.parametrize("view", ["day", "week"])
def test_every_card_and_every_free_place_can_be_hit_though_a_visit_was_missed_there(
    crowded, open_window, width, view
):
    url, who, token, _ = crowded
    page = open_window(token, width)
    page.goto(url if view == "day" else f"{url}?view=week&provider={who}")
    arrived(page)
    assert page.locator("#schedule .appt.st-noshow").count() > 8
    assert page.locator("#schedule .slot[class*=lane-]").count() > 3
    assert page.evaluate(REACH) == []
    assert faults(page) == []


def test_a_provider_who_sees_two_at_once_still_shows_a_free_place_beside_the_first_a4(crowded, open_window):
    url, _, token, _ = crowded
    page = open_window(token)
    page.goto(url)
    column = page.locator(".cal-col", has=page.get_by_role("heading", name="Samuel Okoye"))
    expect(column.locator(".slot[data-start$='T09:00']")).to_have_count(1)
    expect(column.locator(".slot[data-start$='T10:00']")).to_have_count(0)


def test_of_many_visits_that_ended_in_one_place_the_newest_are_drawn_and_the_list_has_all(
    crowded, open_window
):
    url, _, token, _ = crowded
    page = open_window(token)
    page.goto(url)
    expect(page.locator(".appt.st-noshow[data-start$='T13:00']")).to_have_count(3)
    expect(page.locator(".cal-head").nth(1)).to_contain_text("3 more in the list")
    page.goto(f"{url}?view=list")
    expect(page.get_by_text("Cancelled", exact=True)).to_have_count(6)


# What a card does not show whole: a line that hangs out of it, or a status that is cut.
CUT = """() => [...document.querySelectorAll("#schedule .appt")].flatMap((card) => {
  const box = card.getBoundingClientRect();
  return [...card.children].filter((part) => part.getClientRects().length).filter((part) => {
    const line = part.getBoundingClientRect();
    const cut = part.matches(".appt-status") && part.scrollWidth > part.clientWidth;
    return line.bottom > box.bottom + 0.5 || line.top < box.top - 0.5 || cut;
  }).map((part) => `${card.getAttribute("aria-label")}: ${part.textContent}`);
})"""


def test_beside_an_open_panel_no_card_loses_a_line_or_its_status_and_the_tools_keep_one_row(
    crowded, open_window
):
    url, _, token, opened = crowded
    page = open_window(token, 1280)
    page.goto(f"{url}?appointment={opened}")
    arrived(page)
    column = page.locator(".cal-col", has=page.get_by_role("heading", name="Park"))
    assert 200 < column.bounding_box()["width"] < 300
    expect(column.locator(".appt.st-noshow.appt-line .appt-status")).to_be_visible()
    shown = page.evaluate(CUT)
    assert [each for each in shown if "Lindqvist".upper() in each] == []
    assert [each for each in shown if "Cancelled by clinic" in each] == []
    assert page.locator(".desk-tools").bounding_box()["height"] <= 50
    expect(
        page.locator(".desk-tools").get_by_role("link", name="New appointment", exact=True)
    ).to_be_visible()
