"""One visit from the first call to zero, by every role, in a real browser, with every process running (issue steps 1 to 12)."""

import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e import billing, desk, money
from tests.e2e.desk import Visitor
from tests.e2e.running import Demo
from tests.e2e.visitor import Gate, People
from tests.web.running import IN_A_BROWSER

pytestmark = IN_A_BROWSER
LONGEST = 600.0


@dataclass
class Story:
    """Nora has two plans: her rest waits for the second. Victor has one: his claim is denied, mended and paid."""

    nora: Visitor
    victor: Visitor
    code: str = ""
    mrn: str = ""


# What Meridian's plan makes of Victor's visit: 99213 allows 91.80 and costs the copay; 20610 allows 144.16, all deductible.
COPAY = 2500
OWED, BY_CHECK, BY_CARD = "$144.16", "44.16", "$100.00"


def everyone_signs_in_and_a_wrong_door_says_so(people: People, story: Story) -> None:
    page = people.window("nobody")
    page.goto(f"{people.base}/schedule")
    expect(page.get_by_label("Sign-in name")).to_be_visible()
    homes = {"front_desk": "/schedule", "clinician": "/charge-slips", "biller": "/claims", "manager": "/reports", "admin": "/admin"}  # fmt: skip
    for role, home in homes.items():
        expect(people(role)).to_have_url(re.compile(re.escape(people.base + home)))
    people.see(people("admin"), "admin-home", "/admin/")
    people.see(people("front_desk"), "wrong-role", "/admin/")
    expect(people("front_desk").locator("main")).to_contain_text("not")
    people.see(people("front_desk"), "no-such-page", "/nowhere")


def the_desk_registers_two_people(people: People, story: Story) -> None:
    page = people("front_desk")
    desk.registers(page, people, story.nora)
    desk.registers(page, people, story.victor, like=story.nora)
    desk.finds(page, people, story.nora)


def the_desk_books_and_moves(people: People, story: Story) -> None:
    page = people("front_desk")
    first, second = desk.free_places_today(page, people.base, 2)
    page.goto(people.base + story.nora.path)
    # Beyond what the demo has booked, so that the places are free on every day of the year.
    desk.books_by_form(page, story.nora, "t+16", "9:00")
    people.see(page, "schedule-chosen")
    desk.moves_in_every_way(page, story.nora)
    desk.moves_to_today(page, story.nora, first)
    page.goto(people.base + story.victor.path)
    desk.is_refused_a_taken_time(page, people.base, story.victor, first)
    people.see(page, "schedule-taken")
    desk.books_at(page, people.base, story.victor, second)
    for view in ("week", "list"):
        people.see(page, f"schedule-{view}", f"/schedule?view={view}")


def the_desk_checks_both_in(people: People, story: Story) -> None:
    page = people("front_desk")
    people.see(page, "check-in", "/check-in")
    assert desk.checks_in(page, people, story.nora, "004417") == COPAY
    assert desk.checks_in(page, people, story.victor, "004418") == COPAY


def the_clinician_signs_two_slips(people: People, story: Story) -> None:
    page = people("clinician")
    billing.opens_the_slip(page, people, story.nora)
    billing.fills_the_slip(page, "I10", ["99213", "80053"])
    billing.signs(page, people, story.nora, "$183.00")
    billing.opens_the_slip(page, people, story.victor)
    billing.fills_the_slip(page, "M17.11", ["99213", "20610"])
    billing.mends_what_stops_the_claim(page, people)
    billing.signs(page, people, story.victor, "$347.00")


def the_biller_sends_and_the_payer_accepts(people: People, story: Story) -> None:
    page = people("biller")
    for visitor in (story.nora, story.victor):
        billing.finds_the_claim(page, people, visitor)
    billing.tells_the_payer(people("manager"), people, story.victor, "Deny with a reason", "197")
    billing.sends(page, people, [story.nora, story.victor])
    for visitor in (story.nora, story.victor):
        billing.comes_to(page, people, visitor, "Accepted by payer")
    billing.shows_its_answers(page, people)
    people.see(page, "claims-files", "/claims/answers")


def two_weeks_later_one_is_paid_and_one_denied(people: People, story: Story) -> None:
    page = people("biller")
    billing.moves_the_date(people("manager"), people)
    billing.comes_to(page, people, story.nora, "Secondary to send")
    billing.comes_to(page, people, story.victor, "Denied")
    billing.reads_the_remittance(page, people, story.nora)
    people.see(page, "claims-secondary", "/claims/?tab=secondary")
    expect(page.locator("#list")).to_contain_text(story.nora.name)


def the_denied_claim_is_replaced_and_paid(people: People, story: Story) -> None:
    page = people("biller")
    billing.replaces_the_denied_claim(page, people, story.victor)
    billing.comes_to(page, people, story.victor, "Accepted by payer")
    billing.moves_the_date(people("manager"), people)
    billing.comes_to(page, people, story.victor, "Paid")


def a_check_comes_and_a_statement_goes(people: People, story: Story) -> None:
    page = people("biller")
    money.takes_a_mailed_check(page, people, story.victor, BY_CHECK)
    story.code = money.makes_statements(page, people, story.victor, BY_CARD)


def the_patient_pays_the_rest(people: People, story: Story) -> None:
    page = people.window("patient")
    money.pays_the_bill(page, people, story.victor, story.code, BY_CARD)
    money.reads_the_mail(people("biller"), people, BY_CARD)
    money.owes_nothing(people("biller"), people, story.victor)


def the_manager_closes_a_day_and_reads_the_reports(people: People, story: Story) -> None:
    money.counts_the_drawer(people("front_desk"), people)
    money.opens_a_drawer(people("manager"), people)
    money.reads_the_reports(people("manager"), people, BY_CARD)
    money.closes_the_day(people("manager"), people)


def the_administrator_verifies_everything(people: People, story: Story) -> None:
    page = people("biller")
    page.goto(people.base + story.victor.path)
    story.mrn = page.locator(".who dd").nth(1).inner_text()
    money.looks_after_everything(people("admin"), people, story.mrn)


STEPS: tuple[Callable[[People, Story], None], ...] = (
    everyone_signs_in_and_a_wrong_door_says_so,
    the_desk_registers_two_people,
    the_desk_books_and_moves,
    the_desk_checks_both_in,
    the_clinician_signs_two_slips,
    the_biller_sends_and_the_payer_accepts,
    two_weeks_later_one_is_paid_and_one_denied,
    the_denied_claim_is_replaced_and_paid,
    a_check_comes_and_a_statement_goes,
    the_patient_pays_the_rest,
    the_manager_closes_a_day_and_reads_the_reports,
    the_administrator_verifies_everything,
)


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A demo clinic of its own, with every process; nothing of it is left afterwards."""
    # Not pytest's own folder: as root, PostgreSQL runs under another account, which may not enter that one.
    with tempfile.TemporaryDirectory(prefix="clinic-visit-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        running = Demo(folder)
        try:
            running.until_ready()
            yield running
        finally:
            left = running.stop()
        assert left == []
        assert "Traceback" not in running.said, running.said


@pytest.mark.long
def test_a_visit_goes_from_the_first_call_to_zero_with_every_role_at_its_screen(demo, chromium, capsys):
    begun, laps, gate = time.monotonic(), {}, Gate()
    story = Story(desk.newcomer("Ostrom", "(555) 013-4477"), desk.newcomer("Hale", "(555) 013-4477"))
    people = People(chromium, demo.base, gate)
    for step in STEPS:
        since = time.monotonic()
        step(people, story)
        laps[step.__name__] = round(time.monotonic() - since, 1)
    people.leave()
    took = time.monotonic() - begun
    with capsys.disabled():
        print(json.dumps({"seconds": round(took, 1), "axe_seconds": round(gate.seconds, 1), "laps": laps, "axe": gate.counts}))  # noqa: T201  # fmt: skip
    assert gate.faults == []
    assert people.problems == []
    assert took < LONGEST
