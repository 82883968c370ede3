"""Steps 4 to 8: the charge slip, the scrubber, the claims out and back, the remittance and the denial."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.desk import Visitor
from tests.e2e.visitor import People, until

# What one worker, one clock and one payer process need on a busy machine.
ROUND_TRIP = 60.0


def opens_the_slip(page: Page, people: People, visitor: Visitor) -> None:
    """From the list of arrived visits without charges."""
    people.see(page, "charge-slips", "/charge-slips?provider=all")
    row = page.locator("table.waiting tbody tr").filter(has_text=visitor.name)
    row.locator(".target").click()
    expect(page.locator("#slip")).to_be_visible()


def fills_the_slip(page: Page, diagnosis: str, codes: list[str]) -> None:
    """Diagnosis and procedures by their codes; fees come from the schedule."""
    page.locator("#diagnosis-A").fill(diagnosis)
    for number, code in enumerate(codes, 1):
        page.locator(f"#lines-{number}-code").fill(code)
        page.locator(f"#lines-{number}-code").press("Tab")
        expect(page.locator(f"#lines-{number}-units")).to_have_value("1")


def mends_what_stops_the_claim(page: Page, people: People) -> None:
    """Two codes that are one for the payer (L09): the finding stands under its line, and its button mends it."""
    expect(page.locator("#slip-counts")).to_contain_text("stop")
    expect(page.locator("tr.finding").first).to_contain_text("L09")
    people.see(page, "charge-slip-finding")
    page.get_by_role("button", name="Add 25").click()
    expect(page.locator("#lines-1-modifiers")).to_have_value("25")
    expect(page.locator("#slip-counts")).not_to_contain_text("stop")
    people.see(page, "charge-slip")


def signs(page: Page, people: People, visitor: Visitor, total: str) -> None:
    page.get_by_role("button", name="Sign and send to billing").click()
    expect(page.locator("#flash")).to_contain_text(f"Signed: {total}")
    expect(page.locator("table.waiting tbody tr").filter(has_text=visitor.name)).to_have_count(0)


def finds_the_claim(page: Page, people: People, visitor: Visitor) -> None:
    """On the billers' home, where it stands ready; its number and page are kept."""
    page.goto(f"{people.base}/claims/?tab=ready")
    page.locator("#list tbody tr").filter(has_text=visitor.name).locator("a.target").click()
    expect(page.locator("#panel .panel-name")).to_contain_text(visitor.name)
    link = page.locator("#panel .sec-head a").first
    visitor.control_number = link.inner_text().removeprefix("Claim ").strip()
    visitor.claim = link.get_attribute("href") or ""
    people.see(page, "claims-ready")


def tells_the_payer(page: Page, people: People, visitor: Visitor, action: str, reason: str) -> None:
    """The trainer's screen: what the practice payer does with this one claim; what the seed told it is taken back."""
    people.see(page, "rehearsal", "/rehearsal")
    while page.get_by_role("button", name="Take back").count():
        page.get_by_role("button", name="Take back").first.click()
        expect(page.locator("#rehearsal .note").first).to_be_visible()
        page.goto(f"{people.base}/rehearsal")
    page.locator("#action").select_option(label=action)
    page.locator("#reason_code").fill(reason)
    page.locator("#control_number").fill(visitor.control_number)
    page.get_by_role("button", name="Tell the payer").click()
    expect(page.locator("#rehearsal")).to_contain_text(visitor.control_number)


def sends(page: Page, people: People, visitors: list[Visitor]) -> None:
    """Chosen on the list, looked at once more, handed to the worker."""
    page.goto(f"{people.base}/claims/?tab=ready")
    for visitor in visitors:
        page.get_by_label(f"Select claim {visitor.control_number}").check()
    page.get_by_role("button", name="Send selected").click()
    expect(page.locator("h1")).to_contain_text("Send claims")
    people.see(page, "claims-send")
    page.get_by_role("button", name=re.compile(r"^Send \d+ claim")).click()
    expect(page.locator("#flash")).not_to_be_empty()


def comes_to(page: Page, people: People, visitor: Visitor, state: str) -> None:
    """Wait until worker, clock and payer have moved the claim there."""

    def there() -> bool:
        page.goto(people.base + visitor.claim)
        return page.locator(".who-name .chip").first.inner_text() == state

    until(there, f"{visitor.name} comes to {state}", ROUND_TRIP, 1.0)


def shows_its_answers(page: Page, people: People) -> None:
    """The acknowledgments stand on the timeline with their raw segments."""
    happened = page.locator("ol.time")

    def both() -> bool:
        # They are files of their own: the later one may be read first.
        page.reload()
        return "999" in happened.inner_text() and "277CA" in happened.inner_text()

    until(both, "the acknowledgment and the payer's answer", ROUND_TRIP, 1.0)
    happened.locator("summary").first.click()
    expect(happened.locator("pre").first).to_contain_text("~")
    people.see(page, "claim")


def moves_the_date(page: Page, people: People) -> str:
    """Two weeks forward; the new date as the banner says it."""
    page.goto(f"{people.base}/rehearsal")
    before = page.locator(".rehearsal").inner_text()
    page.get_by_role("button", name="Forward 14 days", exact=True).click()
    expect(page.locator(".rehearsal")).not_to_have_text(before)
    found = re.search(r"\d\d/\d\d/\d{4}", page.locator(".rehearsal").inner_text())
    assert found is not None
    return found[0]


def reads_the_remittance(page: Page, people: People, visitor: Visitor) -> None:
    """Posted with three proofs that hold, and the line in the grid."""
    people.see(page, "remittances", "/remittances/?tab=posted")
    rows = page.locator("#list tbody tr").filter(has_text=visitor.cards[0][0])
    for path in [row.locator("a.target").get_attribute("href") or "" for row in rows.all()]:
        page.goto(people.base + path)
        if page.locator("table.post").get_by_text(visitor.name).count():
            break
    else:
        raise AssertionError(f"No remittance of {visitor.cards[0][0]} names {visitor.name}.")
    proofs = page.locator(".proofs")
    for name in ("Lines", "Claims", "Check"):
        expect(proofs.locator(".proof").filter(has_text=name).first.locator(".chip")).to_have_text("Balances")
    assert proofs.locator(".chip-danger").count() == 0, proofs.inner_text()
    people.see(page, "remittance")
    page.locator("table.post a.target").filter(has_text=visitor.name).click()
    expect(page.locator("#panel")).to_contain_text(visitor.name)
    people.see(page, "remittance-claim")


def replaces_the_denied_claim(page: Page, people: People, visitor: Visitor) -> None:
    """From the denials: the replacement carries the payer's number and frequency 7, and goes out (C4)."""
    page.goto(f"{people.base}/claims/denials")
    page.locator("#list tbody tr").filter(has_text=visitor.name).locator("a.target").click()
    expect(page.locator("#panel .note-danger").first).to_contain_text("CO-197")
    people.see(page, "denials")
    page.get_by_role("button", name="Correct and resend").click()
    expect(page.locator("#flash")).to_contain_text("replaces")
    expect(page.locator("main")).to_contain_text("frequency 7")
    visitor.claim = page.url.removeprefix(people.base)
    people.see(page, "claim-replacement")
    page.get_by_role("button", name="Send this claim").click()
    page.get_by_role("button", name="Send 1 claim").click()
    expect(page.locator("#flash")).not_to_be_empty()
