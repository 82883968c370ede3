"""The money day sheet adds up, and the slip is what lies in the bag (B1, B12)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import audit, clock, db, ledger, reports
from clinic.models import Account, Receipt
from clinic.reports.daysheet import table
from tests.factories import make_patient, make_payer, make_user
from tests.ledger.house import pay_claim
from tests.reports.money import receive, usd, visit


@pytest.fixture
def clerk(session):
    user = make_user(session, name="Rosa Delgado")
    with audit.acting_as(audit.Actor(user.id, user.name)):
        yield user


@pytest.fixture
def day(session, clerk):
    """A visit of $135.00 answered with $80.00 and $20.00 off, $25.00 cash, a check of $40.00, $5.00 cash back."""
    patient, payer = make_patient(session), make_payer(session, name="Summit Medicare")
    with db.transaction():
        drawer = ledger.open_drawer(session, clerk.id, usd("100.00"))
        row = visit(session, patient, payer, "135.00", 0)
        pay_claim(session, row, payer, paid="80.00", contractual="20.00", patient="35.00")
        cash = receive(session, patient, "25.00", "cash", drawer=drawer)
        receive(session, patient, "40.00", "check", drawer=drawer, reference="1182")
        ledger.refund(session, cash, usd("5.00"), "cash", "Overpaid", key="back", drawer=drawer)
    return drawer


def section(sheet, name):
    return next(one for one in sheet.sections if one.name == name)


def test_the_sheet_says_what_was_charged_received_adjusted_and_its_accounts_sum_to_zero(session, day):
    sheet = reports.day_sheet(session, clock.today())
    received = section(sheet, "Received from patients")
    assert [(line.name, line.count, line.amount) for line in received.lines] == [
        ("Cash", 1, usd("25.00")),
        ("Check", 1, usd("40.00")),
        ("Refunds", None, usd("-5.00")),
    ]
    assert section(sheet, "Charges").total == usd("135.00")
    assert section(sheet, "Remittances").total == usd("80.00")
    assert section(sheet, "Adjustments").total == usd("20.00")
    assert received.total + section(sheet, "Remittances").total == sheet.totals.cash
    assert sheet.proof == 0
    assert len(sheet.accounts.lines) == len([amount for amount in sheet.totals.accounts.values() if amount])
    assert {Account.CASH, Account.REVENUE} <= set(sheet.totals.accounts)


def test_a_check_that_came_back_later_stands_on_the_day_it_came_back(session, day, clerk):
    """B8: the sections still add up to the day's cash."""
    with db.transaction():
        ledger.close_drawer(session, day, ledger.expected(session, day))
        ledger.close_day(session, clock.today())
        bounced = session.scalars(select(Receipt).where(Receipt.method == "check")).one()
        ledger.reverse_receipt(session, bounced, "Not enough money", "nsf")
    tomorrow = clock.today() + timedelta(days=1)
    sheet = reports.day_sheet(session, tomorrow)
    (line,) = section(sheet, "Received from patients").lines
    assert (line.name, line.amount) == ("Returned payments of earlier days", usd("-40.00"))
    assert sheet.proof == 0


def test_a_closed_day_keeps_the_audit_code_of_its_close(session, day, clerk):
    with db.transaction():
        ledger.close_drawer(session, day, ledger.expected(session, day))
        closed = ledger.close_day(session, clock.today())
    sheet = reports.day_sheet(session, clock.today())
    assert (sheet.closed_by, sheet.audit_code) == ("Rosa Delgado", closed.audit_code)


def test_the_workbook_has_a_line_for_each_line_of_the_sheet(session, day):
    sheet = reports.day_sheet(session, clock.today())
    rows = table(sheet).rows
    totals = {row[0]: row[3] for row in rows if row[1] == "Total"}
    assert totals == {one.name: one.total for one in (*sheet.sections, sheet.accounts)}
    assert ["Drawer of Rosa Delgado", "Cash, expected", None, usd("120.00")] in rows


def test_days_wait_in_their_order_with_the_drawers_that_hold_them(session, day, clerk):
    with db.transaction():
        visit(session, make_patient(session), None, "10.00", 3)
    old, today = reports.waiting_days(session)
    assert (old.day, old.entries, old.uncounted) == (clock.today() - timedelta(days=3), 1, [])
    assert (today.entries, today.cash) == (5, usd("140.00"))
    assert [one.user for one in today.uncounted] == ["Rosa Delgado"]
    with db.transaction():
        ledger.close_day(session, old.day)
    assert [one.day for one in reports.waiting_days(session)] == [clock.today()]


def test_the_slip_holds_the_cash_that_was_counted(session, day, clerk):
    """B12: a drawer that is $1.50 short sends $1.50 less to the bank, and says why."""
    should = ledger.expected(session, day)
    with db.transaction():
        ledger.close_drawer(session, day, {**should, "cash": should["cash"] - usd("1.50")}, "Wrong change")
        closed = ledger.close_day(session, clock.today())
    slip = reports.slip(session, closed)
    assert (slip.deposit.cash, slip.over_short, slip.cash) == (usd("20.00"), usd("-1.50"), usd("18.50"))
    assert slip.total == usd("58.50")
    assert slip.deposit.electronic == Decimal("80.00")


def test_a_drawer_left_open_yesterday_comes_before_todays(session, clerk):
    with db.transaction():
        drawer = ledger.open_drawer(session, clerk.id)
        drawer.opened_on = clock.today() - timedelta(days=1)
        session.flush()
        today = ledger.open_drawer(session, clerk.id)
    assert reports.open_drawer_of(session, clerk.id) is drawer
    with db.transaction():
        ledger.close_drawer(session, drawer, ledger.expected(session, drawer))
    assert reports.open_drawer_of(session, clerk.id) is today
