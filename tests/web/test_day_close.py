"""Drawers are counted, days close in order, and the day sheet adds up on screen and paper (B1, B2, B12)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic import clock, db, formats, ledger
from clinic.models import AuditEvent, DayClose, Drawer, JournalEntry
from tests.reports.money import make_house, receive, usd
from tests.reports.reading import MONEY, cents, paper, seen, sheet


@pytest.fixture
def house(session):
    return make_house(session)


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

    def test_two_sentences_about_one_field_have_one_dot_each(self, front_desk, drawer):
        page = front_desk.post(count_url(drawer), RIGHT | {"n20": "two"}, status=422)
        assert ".." not in " ".join(seen(page, ".field-error"))
        assert "like 30." in " ".join(seen(page, ".field-error"))

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
        assert "(Cash −$5.00): count again or say why." in page.select_one("#reason-error").text
        assert "optional" not in page.select_one("label[for=reason]").text
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

    def test_cash_is_named_with_whatever_else_is_missing(self, front_desk, drawer):
        nothing = {"check": "", "card_terminal": "0", "version": "1", "reason": "In a hurry"}
        page = front_desk.post(count_url(drawer), nothing, status=422)
        assert page.select_one("#cash-error").text == "Count the cash, or write 0."
        assert page.select_one("#check-error")
        assert drawer.state == "open"
        zero = {"cash": "0", "check": "40", "card_terminal": "0", "version": "1", "reason": "Stolen"}
        front_desk.post(count_url(drawer), zero, status=303)
        assert (drawer.state, drawer.counted["cash"]) == ("closed", "0.00")

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

    def test_a_column_of_counts_stands_only_where_something_is_counted(self, front_desk, drawer):
        page = front_desk.get("/reports/day-sheet")
        heads = {
            section.h2.text: [cell.text for cell in section.select("thead th")]
            for section in page.select("section.sheet")
            if section.thead
        }
        assert heads["Received from patients"] == ["Line", "Count", "Amount"]
        assert heads["Charges"] == heads["Adjustments"] == ["Line", "Amount"]

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
