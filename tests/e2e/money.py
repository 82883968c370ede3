"""Steps 8 to 12: money by hand, the statement, the patient's payment, the drawer, the day, reports and the trail."""

import io
import re

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.desk import Visitor
from tests.e2e.visitor import People, amount, until

# Milliseconds for a run of some twenty statements by one worker on a busy machine.
MADE_WITHIN = 240_000
COUNTED = ("#cash", "#check", "#card_terminal")
CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")


def takes_a_mailed_check(page: Page, people: People, visitor: Visitor, dollars: str) -> None:
    """A patient's check by post, applied oldest first; a second click of the same form would find the first."""
    people.see(page, "payments", "/payments/")
    page.locator("#who").fill(visitor.last)
    page.get_by_role("button", name="Find household").click()
    page.locator("#found a.target").filter(has_text=visitor.name).click()
    expect(page.locator("#payment")).to_be_visible()
    people.see(page, "payments-household")
    page.locator("#payment #amount").fill("1e5")
    page.get_by_role("button", name="Take in the payment").click()
    expect(page.locator("#amount-error")).to_be_visible()
    page.locator("#payment #amount").fill(dollars)
    page.locator("#payment #method").select_option(label="Check")
    page.locator("#payment #reference").fill("2214")
    page.get_by_role("button", name="Take in the payment").click()
    expect(page.locator("#flash")).to_contain_text(f"${dollars}")
    people.see(page, "payments-receipt")


def makes_statements(page: Page, people: People, visitor: Visitor, owed: str) -> str:
    """Preview, run, progress, paper; the code that stands on this household's statement."""
    people.see(page, "statements", "/statements")
    row = page.locator("#list tbody tr").filter(has_text=visitor.last.upper())
    expect(row).to_contain_text(owed)
    people.see(page, "statements-left-out", "/statements?view=left")
    page.goto(f"{people.base}/statements")
    page.get_by_role("button", name=re.compile(r"^Make \d+ statement")).click()
    expect(page.locator("#progress")).to_contain_text("made")
    expect(page.locator("#progress .chip-ok")).to_be_visible(timeout=MADE_WITHIN)
    people.see(page, "statements-run")
    return reads_the_paper(page, people, visitor, owed)


def reads_the_paper(page: Page, people: People, visitor: Visitor, owed: str) -> str:
    """The PDF says what is owed; the code at its top right opens the payment page."""
    ours = page.locator("#list tbody tr").filter(has_text=visitor.last.upper())
    expect(ours).to_contain_text(owed)
    path = ours.locator("a.target").get_attribute("href") or ""
    paper = page.request.get(people.base + path).body()
    text = "\n".join(each.extract_text() for each in PdfReader(io.BytesIO(paper)).pages)
    assert owed in text, text
    code = CODE.search(text)
    assert code is not None, text
    return code[0]


def pays_the_bill(page: Page, people: People, visitor: Visitor, code: str, owed: str) -> str:
    """Without an account: code and birth date, the bill in plain words, the processor's page, the receipt."""
    month, day, year = (part.lstrip("0") for part in visitor.born.split("/"))
    people.see(page, "pay-find", "/pay")
    people.see(page, "pay-find-spanish", "/pay?lang=es")
    for born in ("1999", year):
        page.goto(f"{people.base}/pay?lang=en")
        page.locator("#code").fill(code)
        page.locator("#m").fill(month)
        page.locator("#d").fill(day)
        page.locator("#y").fill(born)
        page.get_by_role("button", name="Find my bill").click()
        if born != year:
            expect(page.locator(".p-errors")).to_be_visible()
            people.see(page, "pay-find-refused")
    expect(page.locator("h1")).to_contain_text(owed)
    people.see(page, "pay-bill")
    page.locator("#how-part").check()
    page.locator("#amount").fill("100000")
    page.get_by_role("button", name="Continue to pay").click()
    expect(page.locator(".p-errors")).to_be_visible()
    people.see(page, "pay-bill-refused")
    page.locator("#how-all").check()
    page.get_by_role("button", name="Continue to pay").click()
    expect(page.get_by_text("No card is asked for and no money moves")).to_be_visible()
    people.gate.check(page, "processor", ("light",))
    page.locator("#email").fill("victor.hale@example.com")
    page.get_by_role("button", name="Pay with the demo card").click()
    page.wait_for_url("**/pay/done/**")

    def paid() -> bool:
        page.reload()
        return "You paid" in page.locator("h1").inner_text()

    until(paid, "the processor's word about the payment", 20)
    expect(page.locator("h1")).to_contain_text(owed)
    expect(page.locator("main")).to_contain_text("You owe nothing more on this bill.")
    people.see(page, "pay-done")
    return page.locator(".p-big").inner_text()


def reads_the_mail(page: Page, people: People, owed: str) -> None:
    """The receipt came by real SMTP and is kept by the demo's mail server."""

    def came() -> bool:
        page.goto(f"{people.base}/mail")
        return page.locator("#list tbody tr").filter(has_text="victor.hale@example.com").count() > 0

    until(came, "the receipt by mail", 30, 1.0)
    page.locator("#list tbody tr").filter(has_text="victor.hale@example.com").first.locator(
        "a.target"
    ).click()
    expect(page.locator(".mail-text")).to_contain_text(owed)
    people.see(page, "mail")


def owes_nothing(page: Page, people: People, visitor: Visitor) -> None:
    """The story ends at zero: nothing with the insurer, nothing with the patient, nothing held."""
    people.see(page, "patient-ledger", f"{visitor.path}/ledger")
    strip = page.locator(".who").inner_text()
    assert re.findall(r"\$[\d,]+\.\d\d", strip) == ["$0.00", "$0.00", "$0.00"], strip


def opens_a_drawer(page: Page, people: People) -> None:
    """Who has none yet counts the change into it."""
    people.see(page, "drawer-to-open", "/drawer")
    page.locator("#float_amount").fill("100.00")
    page.get_by_role("button", name="Open the drawer").click()
    expect(page.locator(".drawer-table")).to_contain_text("$100.00")


def counts_the_drawer(page: Page, people: People) -> None:
    """The drawer of the oldest day: expected beside counted; a difference without a reason is refused."""
    people.see(page, "drawer", "/drawer")
    expected = page.locator(".drawer-table tbody tr").all()
    sums = [amount(row.locator("td").first.inner_text()) for row in expected]
    for at, field in enumerate(COUNTED):
        page.locator(field).fill(f"{(sums[at] + (100 if at == 0 else 0)) / 100:.2f}")
    page.get_by_role("button", name="Close the drawer").click()
    expect(page.locator("#drawer [data-errors]")).to_be_visible()
    people.see(page, "drawer-refused")
    page.locator("#cash").fill(f"{sums[0] / 100:.2f}")
    page.get_by_role("button", name="Close the drawer").click()
    expect(page.locator("#flash")).to_contain_text("is closed. Counted and expected agree.")
    people.see(page, "drawer-closed")


def closes_the_day(page: Page, people: People) -> None:
    """The first day that waits: open drawers are counted, the day is closed, the deposit slip is paper."""
    people.see(page, "day-close", "/day-close")
    button = page.get_by_role("button", name=re.compile("^Close .* entries"))
    while button.is_disabled():
        # Who went home without counting: the manager counts that drawer.
        page.get_by_role("link", name=re.compile("^Count the drawer of")).first.click()
        expect(page.locator(".drawer-table")).to_be_visible()
        rows = page.locator(".drawer-table tbody tr").all()
        for row, field in zip(rows, COUNTED, strict=True):
            page.locator(field).fill(f"{amount(row.locator('td').first.inner_text()) / 100:.2f}")
        people.see(page, "drawer-of-another")
        page.get_by_role("button", name="Close the drawer").click()
        expect(page.locator("#flash")).to_contain_text("is closed")
    words = re.search(r"Close (\S+):", button.inner_text())
    assert words is not None
    button.click()
    slip = page.get_by_role("link", name=f"Deposit slip of {words[1]}")
    expect(slip).to_be_visible()
    paper = page.request.get(people.base + (slip.get_attribute("href") or ""))
    assert paper.body().startswith(b"%PDF-")


def reads_the_reports(page: Page, people: People, owed: str) -> None:
    """Dashboard, ages, key figures, day sheet: as pages and as files, with the payment of this story in them."""
    people.see(page, "reports", "/reports")
    for path in page.locator(".tools a").all():
        _is_a_file(page, people, path.get_attribute("href") or "")
    for name in [each.get_attribute("href") or "" for each in page.locator(".tiles a").all()]:
        people.see(page, f"reports-{name.split('?')[0].rsplit('/', 1)[1]}", name)
        assert page.locator("h1").inner_text()
    for basis in ("service", "responsible"):
        people.see(page, f"reports-aging-{basis}", f"/reports/aging?basis={basis}")
        for path in page.locator(".tools a").all():
            _is_a_file(page, people, path.get_attribute("href") or "")
    people.see(page, "day-sheet", "/reports/day-sheet")
    expect(page.locator("main")).to_contain_text(owed)
    for path in page.locator(".tools a").all():
        _is_a_file(page, people, path.get_attribute("href") or "")


def _is_a_file(page: Page, people: People, path: str) -> None:
    """Every file that a report offers has the bytes its name promises."""
    starts = {"pdf": b"%PDF-", "xlsx": b"PK", "csv": b""}
    found = re.search(r"\.(pdf|xlsx|csv)(\?|$)|[?&]as=(pdf|xlsx|csv)", path)
    if found is None:
        return
    kind = found[1] or found[3]
    answer = page.request.get(people.base + path)
    assert answer.ok, path
    assert answer.body().startswith(starts[kind]), path
    assert len(answer.body()) > 40, path


def looks_after_everything(page: Page, people: People, mrn: str) -> None:
    """Users, payers, fees, who saw and changed what, and every promise recomputed."""
    for name in ("users", "payers", "fees"):
        people.see(page, f"admin-{name}", f"/admin/{name}")
        page.locator("main table a").first.click()
        expect(page).not_to_have_url(f"{people.base}/admin/{name}")
        people.see(page, f"admin-{name}-one")
    people.see(page, "admin-audit", f"/admin/audit?mrn={mrn}")
    # Everybody who had this patient on a screen stands in the trail.
    for name in ("Rosa Delgado", "Samuel Okoye, DO", "Priya Nair", "Monica Weber"):
        page.locator("#user").select_option(label=name)
        with page.expect_navigation():
            page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator("main tbody tr").first).to_contain_text(name)
    page.goto(f"{people.base}/admin/verify")
    page.get_by_role("button", name="Verify everything now").click()
    expect(page.locator("#verification")).to_contain_text("All holds", timeout=60_000)
    assert page.locator("#verification .chip-danger").count() == 0
    people.see(page, "admin-verify")
