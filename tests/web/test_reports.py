"""The manager's screens: every number is the same on the page, on paper and in files (step 11, B2, B5, B10, B12)."""

import base64
import csv
import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from clinic import clock, db, formats, printing, reports
from clinic.app import create_app
from clinic.models import AuditEvent, OpenItem
from tests import factories
from tests.browser import Browser
from tests.reports.money import answer, make_house, usd, visit
from tests.reports.reading import MONEY, cents, paper, seen, sheet


@pytest.fixture
def house(session):
    made = make_house(session)
    answer(session, made, True, False)
    return made


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
        assert page.select_one("h1").text == "This cannot be shown"

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


def test_papers_of_a_demo_say_so(session, config, house):
    demo = create_app(replace(config, demo=True), testing=True)
    browser = Browser(demo)
    browser.sign_in(factories.make_user(session, "manager"))
    assert "Demo: invented people" in paper(browser, "/reports/aging.pdf")
