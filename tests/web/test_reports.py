"""The manager's screens: every number is the same on the page, on paper and in files (step 11, B2, B5, B10, B12)."""

import base64
import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import func, select

from clinic import clock, db, formats, ledger, printing, reports
from clinic.app import create_app
from clinic.models import AuditEvent, DayClose, Drawer, JournalEntry, OpenItem
from tests import factories
from tests.browser import Browser
from tests.reports.money import answer, make_house, receive, usd, visit

MONEY = re.compile(r"−?\$[\d,]+\.\d\d")


@pytest.fixture
def house(session):
    made = make_house(session)
    answer(session, made, True, False)
    return made


def paper(browser, url):
    """The words of a PDF, spaces made one."""
    browser.get(url)
    assert browser.response.mimetype == "application/pdf"
    pages = PdfReader(io.BytesIO(browser.response.data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def sheet(browser, url):
    browser.get(url)
    return [
        list(row)
        for row in load_workbook(io.BytesIO(browser.response.data)).active.iter_rows(values_only=True)
    ]


def cents(value):
    return Decimal(str(value)).quantize(Decimal("0.01"))


def seen(page, selector):
    return [" ".join(node.get_text(" ").split()) for node in page.select(selector)]


class TestDashboard:
    def test_six_numbers_each_with_its_formula_lead_to_their_rows(self, manager, house):
        page = manager.get("/reports")
        assert seen(page, ".tile-name") == [name for name, _ in reports.FORMULAS.values()]
        assert seen(page, ".tile-value")[0] == formats.usd(
            reports.figure(db.session(), "charges", reports.this_month()).value
        )
        assert seen(page, ".tile-formula") == [formula for _, formula in reports.FORMULAS.values()]
        assert seen(page, ".tile .chip")[-2:] == ["Missed", "Missed"]
        for tile in page.select("a.tile"):
            manager.get(tile["href"])

    def test_the_table_beside_the_chart_has_the_open_items_with_credits_apart(self, manager, house):
        rows = manager.get("/reports").select_one("section[aria-labelledby=ag]").select("tbody tr")
        words = [seen(row, "th, td") for row in rows]
        assert words[0] == ["Insurance", *["100.10"] * 5, "500.50"]
        assert words[1] == ["Patients", *["10.01"] * 5, "50.05"]
        assert words[2] == ["Charges paid over, apart", "", "−5.00"]
        assert words[3][-1] == "−7.00"

    def test_paper_and_workbook_have_the_numbers_of_the_screen(self, manager, house):
        values = seen(manager.get("/reports"), ".tile-value")
        text = paper(manager, "/reports/month.pdf")
        assert [value for value in values if value not in text] == []
        assert set(MONEY.findall(text)) >= {"$500.50", "$50.05", "$550.55", "−$5.00", "−$7.00"}
        row = sheet(manager, "/reports/month.xlsx")[-2]
        figures = reports.figures(db.session(), reports.this_month())
        assert [cents(value) for value in row[1:]] == [cents(one.value) for one in figures]

    def test_the_chart_of_the_page_is_byte_for_byte_the_chart_on_paper(self, manager, house, monkeypatch):
        printed = []
        original = printing.html
        monkeypatch.setattr(
            printing, "html", lambda *a, **k: printed.append(original(*a, **k)) or printed[-1]
        )
        manager.get("/reports/month.pdf")
        inside = [
            base64.b64decode(body)
            for body in re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", printed[0])
        ]
        for name in ("ages", "months"):
            manager.get(f"/reports/charts/{name}.svg")
            assert manager.response.data in inside

    def test_the_charts_on_paper_have_letters_of_a_charts_size(self, manager, house):
        """WeasyPrint reads less CSS than a browser; a misread size covers the page with one letter."""
        manager.get("/reports/month.pdf")
        sizes: dict[str, float] = {}

        def note(text, user, place, font, size):
            if text.strip():
                sizes[text.strip()] = size * abs(user[3] * place[3])

        for page in PdfReader(io.BytesIO(manager.response.data)).pages:
            page.extract_text(visitor_text=note)
        assert "0 to 30" in sizes
        assert 0 < max(sizes.values()) < 24

    @pytest.mark.parametrize("name", ["ages", "months", *(f"spark-{key}" for key in reports.FORMULAS)])
    def test_each_chart_is_drawn_light_and_dark(self, manager, house, name):
        pictures = set()
        for dark in ("", "1"):
            manager.get(f"/reports/charts/{name}.svg?dark={dark}")
            assert manager.response.mimetype == "image/svg+xml"
            pictures.add(manager.response.data)
        assert len(pictures) == 2

    def test_months_turn_back_and_never_into_the_future(self, manager, house):
        page = manager.get("/reports")
        tools = seen(page, ".tools a")
        assert "Next" not in tools
        before = reports.this_month().previous
        page = manager.get(page.select_one(".tools a")["href"])
        assert seen(page, "h1") == [before.name]
        assert "Next" in seen(page, ".tools a")

    def test_denials_by_category_lead_to_their_lines(self, manager, house):
        row = manager.get("/reports").select_one("table.denials tbody tr")
        assert seen(row, "th, td")[:3] == ["Authorization", "1", "$80.00"]
        assert row.select_one("meter")["value"] == "100.0"
        page = manager.get(row.select_one("a")["href"])
        assert seen(page, "tbody tr td")[4:7] == ["Authorization", "CO-197", "$80.00"]

    def test_an_empty_clinic_has_a_dashboard_too(self, manager):
        page = manager.get("/reports")
        assert seen(page, ".tile-value") == ["$0.00", "$0.00", "–", "–", "–", "–"]

    def test_a_dashboard_takes_few_queries_however_many_rows(self, manager, house, count_queries):
        with count_queries() as ran:
            manager.get("/reports")
        assert len(ran) <= 14

    @pytest.mark.parametrize(
        "address", ["/reports", "/reports/kpi/charges", "/reports/charts/ages.svg", "/reports/month.pdf"]
    )
    @pytest.mark.parametrize("month", ["2026-13", "March", "2999-01", "'--"])
    def test_a_month_that_is_none_is_answered_with_a_sentence(self, manager, address, month):
        page = manager.get(f"{address}?month={month}", status=422)
        assert "A month is written like" in page.text or "has not begun" in page.text

    @pytest.mark.parametrize(
        "address", ["/reports/charts/nothing.svg", "/reports/kpi/nothing", "/reports/kpi/charges.doc"]
    )
    def test_a_report_that_does_not_exist_is_not_found(self, manager, address):
        manager.get(address, status=404)


class TestAging:
    def test_the_totals_are_the_open_items_and_the_basis_is_printed(self, manager, house, session):
        page = manager.get("/reports/aging")
        total = session.scalar(select(func.sum(OpenItem.amount)).where(OpenItem.amount > 0))
        assert seen(page, ".ages tr.sum td")[-1] == formats.usd(total) == "$550.55"
        assert reports.BASES["default"] in page.text
        assert f"As of {formats.mdy(clock.today())}" in page.text
        assert reports.BASES["service"] in manager.get("/reports/aging?basis=service").text

    def test_paper_csv_and_workbook_have_the_cents_of_the_screen(self, manager, house):
        page = manager.get("/reports/aging")
        amounts = [amount for amount in seen(page, ".ages td") if amount]
        text = paper(manager, "/reports/aging.pdf")
        assert [amount for amount in amounts if amount not in text] == []
        manager.get("/reports/aging.csv")
        assert manager.response.mimetype == "text/csv"
        lines = list(csv.reader(io.StringIO(manager.response.data.decode("utf-8-sig"))))
        totals = [usd(amount.replace("$", "").replace(",", "")) for amount in seen(page, ".ages tr.sum td")]
        assert [usd(cell) for cell in lines[-1][4:]] == totals
        assert [cents(cell) for cell in sheet(manager, "/reports/aging.xlsx")[-1][4:]] == totals

    def test_a_name_like_a_formula_is_text_in_the_csv(self, manager, house):
        manager.get("/reports/aging.csv")
        assert "'=CMD" in manager.response.data.decode()

    def test_largest_accounts_turn_by_pages(self, manager, house, monkeypatch):
        monkeypatch.setattr("clinic.blueprints.reports.views.PAGE", 1)
        page = manager.get("/reports/aging")
        assert seen(page, ".accounts tbody th") == ["STEWART, Gail"]
        page = manager.get(page.select_one(".pager a[rel=next]")["href"])
        assert seen(page, ".accounts tbody th") == ["=CMD, Eve"]
        manager.get("/reports/aging?page=3", status=404)

    def test_who_was_shown_is_on_record(self, manager, house, session):
        manager.get("/reports/aging")
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        assert event.action == "report.view"
        assert set(event.patient_ids) == {house.patient.id, house.formula_patient.id}

    def test_its_queries_do_not_grow_with_the_accounts(self, manager, house, session, count_queries):
        own = []
        for _ in range(2):
            with count_queries() as ran:
                manager.get("/reports/aging")
            own.append([sql for sql in ran if "open_item" in sql or "unapplied_item" in sql])
            for _ in range(10):
                visit(session, factories.make_patient(session), house.payer, "10.00", 5)
        assert len(own[0]) == len(own[1]) <= 6

    def test_an_unknown_basis_is_refused(self, manager):
        manager.get("/reports/aging?basis=astrology", status=422)


class TestRowsBehindAFigure:
    @pytest.mark.parametrize("key", ["charges", "payments", "days_in_ar", "ar_over_90"])
    def test_the_total_is_the_same_on_screen_paper_csv_and_workbook(self, manager, house, key):
        page = manager.get(f"/reports/kpi/{key}")
        total = seen(page, "tfoot td")[-1]
        plain = usd(total.replace("$", "").replace(",", ""))
        assert total in paper(manager, f"/reports/kpi/{key}.pdf")
        manager.get(f"/reports/kpi/{key}.csv")
        lines = list(csv.reader(io.StringIO(manager.response.data.decode("utf-8-sig"))))
        assert usd(lines[-1][-1]) == plain == sum(usd(line[-1]) for line in lines[3:-1])
        rows = sheet(manager, f"/reports/kpi/{key}.xlsx")
        assert cents(rows[-1][-1]) == plain

    @pytest.mark.parametrize(
        ("key", "words"), [("denial_rate", "1 of 2 lines: 50.0%."), ("clean_claims", "0 of 1 claims: 0.0%.")]
    )
    def test_a_share_is_counted_in_words_and_stands_on_the_tile(self, manager, house, key, words):
        tiles = dict(zip(reports.FORMULAS, seen(manager.get("/reports"), ".tile-value"), strict=True))
        assert words.removesuffix(".").endswith(f": {tiles[key]}")
        page = manager.get(f"/reports/kpi/{key}")
        assert words in page.select_one(".basis").text
        assert words in paper(manager, f"/reports/kpi/{key}.pdf")

    def test_rows_turn_by_pages_under_the_total_of_all(self, manager, house, monkeypatch):
        monkeypatch.setattr("clinic.blueprints.reports.views.PAGE", 2)
        first = manager.get("/reports/kpi/days_in_ar")
        second = manager.get(first.select_one(".pager a[rel=next]")["href"])
        assert seen(first, "tfoot td")[-1] == seen(second, "tfoot td")[-1]
        assert len(first.select("tbody tr")) == len(second.select("tbody tr")) == 2
        manager.get("/reports/kpi/days_in_ar?page=99", status=404)

    def test_who_was_shown_is_on_record(self, manager, house, session):
        manager.get("/reports/kpi/days_in_ar")
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        assert house.formula_patient.id in event.patient_ids


@pytest.mark.parametrize("role", ["front_desk", "clinician", "biller", "admin"])
@pytest.mark.parametrize(
    "address", ["/reports", "/reports/month.pdf", "/reports/aging", "/reports/aging.csv", "/reports/kpi/charges",
                "/reports/kpi/charges.xlsx", "/reports/charts/ages.svg", "/day-close"],
)  # fmt: skip
def test_the_managers_reports_are_the_managers(cast, role, address):
    cast(role).get(address, status=403)


@pytest.fixture
def drawer(session, front_desk, house):
    """The front desk's drawer of today: $100.00 change, $25.00 cash and a check of $40.00."""
    with db.transaction():
        row = ledger.open_drawer(session, front_desk.user.id, usd("100.00"))
        receive(session, house.patient, "25.00", "cash", drawer=row)
        receive(session, house.patient, "40.00", "check", drawer=row, reference="1182")
    return row


RIGHT = {"n100": "1", "n20": "1", "n5": "1", "check": "40", "card_terminal": "0", "version": "1"}


def count_url(drawer):
    return f"/drawer/{drawer.public_id}/count"


class TestDrawer:
    def test_the_page_shows_what_should_lie_in_it(self, front_desk, drawer):
        rows = front_desk.get("/drawer").select(".drawer-table tbody tr")
        assert [seen(row, "td")[0] for row in rows] == ["$125.00", "$40.00", "$0.00"]

    def test_it_closes_on_a_count_by_piece(self, front_desk, drawer):
        front_desk.post(count_url(drawer), RIGHT, status=303)
        assert (drawer.state, drawer.counted["cash"]) == ("closed", "125.00")
        page = front_desk.get("/drawer")
        assert "A closed drawer takes no more money" in page.text
        assert not page.select("#drawer form")

    def test_it_closes_on_one_sum_with_htmx(self, front_desk, drawer):
        front_desk.post(
            count_url(drawer),
            {"cash": "125", "check": "40", "card_terminal": "0", "version": "1"},
            status=204,
            htmx=True,
        )
        assert front_desk.response.headers["HX-Redirect"] == "/drawer"
        assert drawer.state == "closed"

    @pytest.mark.parametrize("htmx", [False, True])
    def test_a_difference_needs_a_reason(self, front_desk, drawer, htmx):
        short = RIGHT | {"n5": "0"}
        page = front_desk.post(count_url(drawer), short, status=422, htmx=htmx)
        assert "differ" in page.select_one("#reason-error").text
        assert seen(page, ".drawer-table .is-danger") == ["−$5.00"]
        assert drawer.state == "open"
        front_desk.post(count_url(drawer), short | {"reason": "Wrong change"}, status=303)
        assert (drawer.state, drawer.difference_reason) == ("closed", "Wrong change")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [({"n100": "-1"}, "n100"), ({"n20": "two"}, "n20"), ({"check": "1e5"}, "check"), ({"check": ""}, "check"),
         ({"cash": "-3"}, "cash"), ({"cash": "99.00"}, "cash"), ({"n100": "", "n20": "", "n5": ""}, "cash"),
         ({"card_terminal": "$"}, "card_terminal")],
    )  # fmt: skip
    def test_bad_input_is_refused_and_changes_nothing(self, front_desk, drawer, wrong, field):
        page = front_desk.post(count_url(drawer), RIGHT | wrong, status=422)
        assert page.select_one(f"#{field}-error")
        assert drawer.state == "open"

    def test_the_second_click_changes_nothing(self, front_desk, drawer, session):
        front_desk.post(count_url(drawer), RIGHT, status=303)
        closed_at, version = drawer.closed_at, drawer.version
        front_desk.post(count_url(drawer), RIGHT, status=303)
        assert (drawer.closed_at, drawer.version) == (closed_at, version)
        closes = select(func.count()).where(AuditEvent.action == "ledger.close_drawer")
        assert session.scalar(closes) == 1

    def test_another_count_after_the_close_is_a_conflict(self, front_desk, drawer):
        front_desk.post(count_url(drawer), RIGHT, status=303)
        front_desk.post(count_url(drawer), RIGHT | {"n5": "0", "reason": "x"}, status=409)
        assert drawer.counted["cash"] == "125.00"

    def test_a_page_that_shows_an_older_drawer_is_refused(self, front_desk, drawer):
        front_desk.post(count_url(drawer), RIGHT | {"version": "7"}, status=409)
        assert drawer.state == "open"

    def test_nobody_counts_anothers_drawer(self, cast, drawer):
        cast("front_desk").post(count_url(drawer), RIGHT, status=404)
        cast("clinician").post(count_url(drawer), RIGHT, status=403)
        cast("front_desk").post(f"/day-close/drawers/{drawer.public_id}/count", RIGHT, status=403)
        assert drawer.state == "open"

    def test_the_manager_counts_for_who_went_home(self, manager, drawer):
        page = manager.get("/day-close")
        link = page.find("a", string=re.compile("Count the drawer of"))
        assert (
            manager.get(link["href"]).select_one("#drawer form")["action"].startswith("/day-close/drawers/")
        )
        manager.post(f"/day-close/drawers/{drawer.public_id}/count", RIGHT, status=303)
        assert drawer.state == "closed"

    def test_the_pieces_are_summed_while_they_are_typed(self, front_desk, drawer):
        page = front_desk.get("/drawer/sum?n100=1&n50=&n20=2&c25=3&c1=", htmx=True)
        assert page.select_one("#cash-sum").text == "$140.75"
        for unreadable in ("n100=x", "n100=-1", ""):
            page = front_desk.get(f"/drawer/sum?{unreadable}", htmx=True)
            assert page.select_one("#cash-sum").text == "–"


class TestOpeningADrawer:
    @pytest.mark.parametrize(("htmx", "status"), [(False, 303), (True, 204)])
    def test_it_opens_with_its_change(self, front_desk, session, htmx, status):
        front_desk.get("/drawer")
        assert session.scalar(select(func.count()).select_from(Drawer)) == 0
        front_desk.post("/drawer", {"float_amount": "80.00"}, status=status, htmx=htmx)
        assert session.scalars(select(Drawer.float_amount)).all() == [usd("80.00")]

    def test_the_second_click_finds_the_first_drawer(self, front_desk, session):
        for _ in range(2):
            front_desk.post("/drawer", {"float_amount": "80.00"}, status=303)
        assert session.scalar(select(func.count()).select_from(Drawer)) == 1

    @pytest.mark.parametrize("amount", ["", "-1", "1e5", "1.005", "ten"])
    def test_bad_input_is_refused_and_changes_nothing(self, front_desk, session, amount):
        page = front_desk.post("/drawer", {"float_amount": amount}, status=422)
        assert page.select_one("#float_amount-error")
        assert session.scalar(select(func.count()).select_from(Drawer)) == 0

    def test_who_takes_no_money_has_no_drawer(self, clinician):
        clinician.post("/drawer", {"float_amount": "1"}, status=403)


@pytest.fixture
def counted(session, drawer, house):
    """Every day before today is closed; today's drawer is $1.50 short."""
    with db.transaction():
        for day in session.scalars(
            select(JournalEntry.posted_on)
            .where(JournalEntry.posted_on < clock.today())
            .distinct()
            .order_by(JournalEntry.posted_on)
        ).all():
            session.add(
                DayClose(
                    closed_on=day, closed_by=drawer.user_id, closed_at=clock.now(), totals={"entries": 0}
                )
            )
        should = ledger.expected(session, drawer)
        ledger.close_drawer(session, drawer, {**should, "cash": should["cash"] - usd("1.50")}, "Wrong change")
    return drawer


def close(browser, status, htmx=False, **changes):
    page = browser.get("/day-close")
    form = page.select_one("#next").find_parent("section").form
    data = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    return browser.post(form["action"], data | changes, status=status, htmx=htmx)


def closes(session):
    return session.scalar(
        select(func.count()).select_from(DayClose).where(DayClose.closed_on == clock.today())
    )


class TestDayClose:
    @pytest.mark.parametrize(("htmx", "status"), [(False, 303), (True, 204)])
    def test_a_counted_day_closes_and_its_slip_prints(self, manager, session, counted, htmx, status):
        close(manager, status, htmx)
        assert closes(session) == 1
        page = manager.get("/day-close")
        text = paper(manager, page.find("a", string="Deposit slip")["href"])
        assert "Deposit $70.50" in text
        assert "Wrong change" in text
        assert {"$125.00", "$123.50", "−$1.50", "$30.50", "$40.00"} <= set(MONEY.findall(text))

    def test_an_open_drawer_holds_the_day_open_and_is_named(self, manager, session, drawer, house):
        today = clock.today().isoformat()
        page = manager.get("/day-close")
        assert page.select_one("#day-close form button").get("disabled") is None
        refused = manager.post(f"/day-close/{today}", {"entries": "0"}, status=422)
        user = session.get_one(type(manager.user), drawer.user_id)
        assert f"count these drawers first: {user.name} ({formats.mdy(clock.today())})" in refused.text
        assert closes(session) == 0

    def test_a_day_out_of_order_is_refused(self, manager, session, counted, house):
        with db.transaction():
            session.query(DayClose).count()
        tomorrow = (clock.today() + timedelta(days=1)).isoformat()
        page = manager.post(f"/day-close/{tomorrow}", {"entries": "0"}, status=422, htmx=True)
        assert "still to come" in page.select_one("[data-errors]").text
        assert closes(session) == 0

    def test_the_second_click_changes_nothing(self, manager, session, counted):
        page = manager.get("/day-close")
        form = page.select_one("#next").find_parent("section").form
        data = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
        for _ in range(2):
            manager.post(form["action"], data, status=303)
        assert closes(session) == 1
        done = select(func.count()).where(AuditEvent.action == "ledger.close_day")
        assert session.scalar(done) == 1

    def test_money_that_came_since_the_page_was_opened_stops_the_close(
        self, manager, session, counted, house
    ):
        page = manager.get("/day-close")
        form = page.select_one("#next").find_parent("section").form
        data = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
        with db.transaction():
            receive(session, house.patient, "9.00", "card_online")
        manager.post(form["action"], data, status=409)
        assert closes(session) == 0

    @pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "1"])
    def test_a_day_that_is_none_is_refused(self, manager, day):
        manager.post(f"/day-close/{day}", {"entries": "0"}, status=422)

    @pytest.mark.parametrize("role", ["front_desk", "clinician", "biller", "admin"])
    def test_only_the_manager_closes_days(self, cast, session, counted, role):
        cast(role).post(f"/day-close/{clock.today().isoformat()}", {"entries": "0"}, status=403)
        assert closes(session) == 0

    def test_an_open_day_has_no_slip(self, manager):
        manager.get(f"/day-close/{clock.today().isoformat()}/deposit.pdf", status=404)


class TestDaySheet:
    def test_screen_paper_and_workbook_have_the_same_cents(self, front_desk, drawer):
        page = front_desk.get("/reports/day-sheet")
        assert seen(page, ".proof .chip")[0] == "Balances"
        amounts = {word for cell in seen(page, ".sheet td.num") for word in MONEY.findall(cell)}
        assert amounts >= {"$32.00", "$40.00", "$125.00"}
        assert amounts <= set(MONEY.findall(paper(front_desk, "/reports/day-sheet?as=pdf")))
        rows = sheet(front_desk, "/reports/day-sheet?as=xlsx")
        totals = {row[0]: cents(row[3]) for row in rows if row[1] == "Total"}
        assert totals["Received from patients"] == usd("72.00")
        assert totals["Accounts"] == 0

    def test_the_audit_code_stands_on_it(self, front_desk, drawer):
        page = front_desk.get("/reports/day-sheet")
        code = re.search(r"Code (\d+-[0-9A-F]{8})", page.text)[1]
        assert code

    def test_a_past_day_is_shown_by_its_date(self, front_desk, house):
        day = clock.today() - timedelta(days=3)
        page = front_desk.get(f"/reports/day-sheet?on={day:%m/%d/%Y}")
        assert "$110.11" in seen(page, ".sheet td.num")

    @pytest.mark.parametrize("day", ["02/30/2026", "soon", "t+5"])
    def test_a_day_that_is_none_or_to_come_is_refused(self, front_desk, day):
        front_desk.get("/reports/day-sheet", query_string={"on": day}, status=422)

    def test_a_clinician_has_no_day_sheet(self, clinician):
        clinician.get("/reports/day-sheet", status=403)


def test_papers_of_a_demo_say_so(session, config, house):
    demo = create_app(replace(config, demo=True), testing=True)
    browser = Browser(demo)
    browser.sign_in(factories.make_user(session, "manager"))
    assert "Demo: invented people" in paper(browser, "/reports/aging.pdf")
