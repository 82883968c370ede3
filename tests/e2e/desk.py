"""Steps 2 and 3: the front desk finds, registers, books, moves, checks in and collects."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from clinic.demo import catalog
from tests.e2e.visitor import People, amount

PAYER_NAMES = {payer.edi_id: payer.name for payer in catalog.PAYERS}


@dataclass
class Visitor:
    """A patient of this story and where their screens are."""

    last: str
    first: str
    born: str
    cards: tuple[tuple[str, str], ...]
    phone: str = "(555) 013-4477"
    path: str = ""
    appointment: str = ""
    control_number: str = ""
    claim: str = ""

    @property
    def name(self) -> str:
        return f"{self.last.upper()}, {self.first}"


def finds(page: Page, people: People, visitor: Visitor) -> None:
    """Part of the last name, "last, first", birth date, phone: each finds, with two identifiers beside the name."""
    people.see(page, "patients", "/patients")
    ways = (
        visitor.last[:4].lower(),
        f"{visitor.last}, {visitor.first[:2]}".lower(),
        visitor.born,
        visitor.phone,
    )
    for typed in ways:
        page.goto(f"{people.base}/patients")
        page.locator("#find").fill(typed)
        page.get_by_role("button", name="Search", exact=True).click()
        row = page.locator("table.found tbody tr").filter(has_text=visitor.name)
        expect(row).to_contain_text(visitor.born)
    people.see(page, "patients-found")


def newcomer(last: str, phone: str) -> Visitor:
    """Somebody whose card the practice payer knows and who was never here."""
    for first, family, born_on, cards in catalog.NEWCOMERS:
        if family == last:
            named = tuple((PAYER_NAMES[edi_id], member_id) for edi_id, member_id in cards)
            return Visitor(last, first, f"{born_on:%m/%d/%Y}", named, phone)
    raise AssertionError(f"The demo has no newcomer {last}.")


def registers(page: Page, people: People, visitor: Visitor, like: Visitor | None = None) -> None:
    """A new patient with one or two coverages; first with mistakes, which change nothing.

    With `like`, the screen shows that person, who has the same phone, and asks whether this is another one.
    """
    people.see(page, "patient-new", "/patients/new")
    page.locator("#first_name").fill(visitor.first)
    page.locator("#last_name").fill(visitor.last)
    page.locator("#born_on").fill("13/45/1980")
    page.locator("#sex").get_by_text("Female").click()
    page.locator("#phone").fill(visitor.phone)
    page.locator("#email").fill(f"{visitor.first}@example.com".lower())
    page.locator("#address").fill("18 Larkspur Ln")
    page.locator("#city").fill("Portland")
    page.locator("#state").fill("OR")
    page.locator("#zip").fill("97205")
    covers(page, "primary", *visitor.cards[0], "25")
    member_id = visitor.cards[0][1]
    page.locator("#primary-member_id").fill("MHP*1")
    if len(visitor.cards) > 1:
        page.get_by_text("A second plan pays after the first").click()
        covers(page, "secondary", *visitor.cards[1], "")
    page.get_by_role("button", name="Register").click()
    expect(page.locator("[data-errors]").first).to_be_focused()
    expect(page.locator("#born_on-error")).to_be_visible()
    people.see(page, "patient-new-refused")
    page.locator("#born_on").fill(visitor.born)
    # Spaces and dashes of a card are taken out.
    page.locator("#primary-member_id").fill(f"{member_id[:3]}-{member_id[3:6]} {member_id[6:]}")
    page.get_by_role("button", name="Register").click()
    if like is not None:
        expect(page.locator("#look-alikes")).to_contain_text(like.name)
        people.see(page, "patient-new-like-another")
        page.get_by_label("This is another person").check()
        page.get_by_role("button", name="Register anyway").click()
    expect(page.locator("#member_id")).to_contain_text(member_id)
    visitor.path = page.url.removeprefix(people.base)
    people.see(page, "patient")


def covers(page: Page, which: str, payer: str, member_id: str, copay: str) -> None:
    page.locator(f"#{which}-payer").select_option(label=payer)
    page.locator(f"#{which}-member_id").fill(member_id)
    page.locator(f"#{which}-effective_on").fill("010126")
    page.locator(f"#{which}-copay").fill(copay)


def books_by_form(page: Page, visitor: Visitor, day: str, time: str) -> None:
    """From the patient's page, with everything typed."""
    page.get_by_role("link", name="Book a visit").click()
    page.locator("#panel #day").fill(day)
    page.locator("#panel #time").fill(time)
    page.locator("#panel #reason").fill("Knee pain")
    press_and_accept(page, "Book")
    visitor.appointment = chosen(page, visitor)


def press_and_accept(page: Page, word: str) -> None:
    """Press the panel's button; where the schedule asks to look before saving, look and press again."""
    page.locator("#panel").get_by_role("button", name=word, exact=True).click()
    again = page.locator("#panel").get_by_role("button", name=f"{word} anyway")
    card = page.locator("#panel-head")
    expect(again.or_(card).first).to_be_visible()
    if again.count():
        again.click()
    expect(card).to_be_visible()


def chosen(page: Page, visitor: Visitor) -> str:
    """The id of the appointment that the panel shows, after it was checked to be this patient's."""
    expect(page.locator("#panel-head .panel-name")).to_contain_text(visitor.name)
    link = page.locator("#panel-head").get_by_role("link", name="Check in")
    return (link.get_attribute("href") or "").rsplit("/", 1)[1]


def cents_to_ask(page: Page) -> int:
    return amount(page.locator("#collect .facts-total").inner_text())


def moves_in_every_way(page: Page, visitor: Visitor) -> None:
    """By drag, by keyboard, and by click and form: each time the server answers with the new place."""
    appointment = page.locator(f"#a-{visitor.appointment}")
    column = page.locator(".cal-col").nth(1).locator(".cal-body")
    appointment.drag_to(column, target_position={"x": 60, "y": 24 * 9 + 12})
    expect(page.locator("#panel-head .sec-head")).to_contain_text("10:15")
    expect(page.locator(".cal-col").nth(1).locator(f"#a-{visitor.appointment}")).to_be_visible()
    appointment.focus()
    page.keyboard.press("m")
    expect(page.locator("#live")).to_contain_text("picked up")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    moved = page.locator(".cal-col").nth(2).locator(f"#a-{visitor.appointment}")
    expect(moved).to_be_visible()
    expect(moved).to_be_focused()
    page.locator("#panel-head").get_by_role("link", name="Move").click()
    page.get_by_role("button", name="Pick it up on the schedule").click()
    page.locator(".cal-col").nth(0).locator(".slot").first.click()
    expect(page.locator(".cal-col").nth(0).locator(f"#a-{visitor.appointment}")).to_be_visible()


def free_places_today(page: Page, base: str, count: int) -> list[tuple[str, str]]:
    """Free half hours of today's physicians: time and provider's name."""
    page.goto(f"{base}/schedule")
    places: list[tuple[str, str]] = []
    for column in page.locator(".cal-col").all()[:3]:
        provider = column.locator("h2").inner_text()
        for slot in column.locator(".slot.for-2").all():
            start = slot.get_attribute("data-start") or ""
            places.append((start[11:16], provider))
    assert len(places) >= count, places
    return places[:count]


def moves_to_today(page: Page, visitor: Visitor, place: tuple[str, str]) -> None:
    """Typed into the panel's form: the visit is today from now on."""
    page.locator("#panel-head").get_by_role("link", name="Move").click()
    page.locator("#panel #day").fill("t")
    page.locator("#panel #time").fill(place[0])
    page.locator("#panel #provider").select_option(label=place[1])
    page.locator("#panel #reason").fill("Cannot wait")
    press_and_accept(page, "Move")


def is_refused_a_taken_time(page: Page, base: str, visitor: Visitor, place: tuple[str, str]) -> None:
    """The database refuses the second visit of one provider at one time; nothing is booked."""
    page.goto(base + visitor.path)
    page.get_by_role("link", name="Book a visit").click()
    page.locator("#panel #day").fill("t")
    page.locator("#panel #time").fill(place[0])
    page.locator("#panel #provider").select_option(label=place[1])
    page.locator("#panel").get_by_role("button", name="Book", exact=True).click()
    anyway = page.locator("#panel").get_by_role("button", name="Book anyway")
    taken = page.locator("#panel").get_by_text("That time is taken.")
    expect(anyway.or_(taken).first).to_be_visible()
    if anyway.count():
        anyway.click()
    expect(taken).to_be_visible()


def checks_in(page: Page, people: People, visitor: Visitor, reference: str) -> int:
    """Confirm, read what the payer answers by itself, collect by card at the desk; the cents collected."""
    page.goto(f"{people.base}/check-in/{visitor.appointment}")
    page.get_by_role("button", name="All correct").click()
    expect(page.locator("#confirm")).to_contain_text("last confirmed")
    # The question goes out by itself and the worker, the files and the payer bring the answer.
    expect(page.locator("#eligibility")).to_contain_text("Active", timeout=120_000)
    expect(page.locator("#eligibility table.benefits")).to_contain_text("Copay a visit")
    page.locator("#eligibility summary").filter(has_text="Payer's answer (271)").click()
    expect(page.locator("#eligibility pre").first).to_contain_text("EB*1")
    expect(page.locator("#collect")).to_contain_text("as the payer answered")
    people.see(page, "check-in-visit")
    cents = cents_to_ask(page)
    # A card number has no place here, and is refused before it is kept.
    page.locator("#reference").fill("4242424242424242")
    page.locator("#collect-button").click()
    expect(page.locator("#reference-error")).to_be_visible()
    people.see(page, "check-in-refused")
    page.locator("#reference").fill(reference)
    page.locator("#collect-button").click()
    expect(page.locator("#collect")).to_contain_text("Checked in")
    people.see(page, "check-in-done")
    receipt = page.get_by_role("link", name="Print receipt").get_attribute("href") or ""
    paper = page.request.get(people.base + receipt)
    assert paper.ok
    assert paper.body().startswith(b"%PDF-")
    return cents


def books_at(page: Page, base: str, visitor: Visitor, place: tuple[str, str]) -> None:
    """Today at this free place, from the patient's page."""
    page.goto(base + visitor.path)
    page.get_by_role("link", name="Book a visit").click()
    page.locator("#panel #day").fill("t")
    page.locator("#panel #time").fill(place[0])
    page.locator("#panel #provider").select_option(label=place[1])
    page.locator("#panel #reason").fill("Knee pain")
    press_and_accept(page, "Book")
    visitor.appointment = chosen(page, visitor)
