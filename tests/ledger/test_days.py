"""Drawers are counted, days close in order and stay closed, the slip lists what goes to the bank (B12)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinic import audit, clock, db, ledger, verify
from clinic.models.ledger import Account
from tests.factories import make_patient, make_payer, make_user
from tests.ledger.house import make_remittance, pay_claim, post_visit


def usd(amount: str) -> Decimal:
    return Decimal(amount)


@pytest.fixture
def clerk(session):
    user = make_user(session)
    with audit.acting_as(audit.Actor(user.id, user.name)):
        yield user


@pytest.fixture
def desk(session, clerk):
    """A drawer with $100.00 change, and $25.00 cash, a check of $40.00 and a card of $30.00 in it."""
    patient = make_patient(session)
    with db.transaction():
        drawer = ledger.open_drawer(session, clerk.id, usd("100.00"))
        receipts = {
            method: ledger.receive(
                session,
                guarantor_id=patient.guarantor_id,
                amount=usd(amount),
                method=method,
                reference=reference,
                drawer=drawer,
                key=method,
            )
            for method, amount, reference in (
                ("cash", "25.00", ""),
                ("check", "40.00", "1182"),
                ("card_terminal", "30.00", "A-774"),
            )
        }
    return drawer, receipts


def paper_check(session, payer):
    """An insurer's paper check of $12.00, number 556677, all of it interest; its remittance."""
    paper = make_remittance(session, payer, "12.00", method="CHK", trace="556677")
    ledger.post_provider_adjustment(
        session,
        remittance_id=paper.id,
        account=Account.INTEREST_INCOME,
        reason="L6",
        amount=usd("-12.00"),
        key="interest",
    )
    return paper


COUNTED = {"cash": usd("125.00"), "check": usd("40.00"), "card_terminal": usd("30.00")}


def test_a_drawer_expects_its_float_and_what_it_took_less_what_it_gave_back(session, desk):
    drawer, receipts = desk
    assert ledger.expected(session, drawer) == COUNTED
    with db.transaction():
        ledger.refund(session, receipts["cash"], usd("5.00"), "cash", "Overpaid", key="back", drawer=drawer)
        ledger.reverse_receipt(session, receipts["check"], "Typed twice", key="typo")
    expected = ledger.expected(session, drawer)
    assert expected == {"cash": usd("120.00"), "check": 0, "card_terminal": usd("30.00")}


def test_a_user_has_one_drawer_a_day(session, desk, clerk):
    drawer, _ = desk
    assert ledger.open_drawer(session, clerk.id, usd("55.00")) is drawer
    assert drawer.float_amount == 100


def test_a_drawer_is_not_closed_while_a_method_is_not_counted(session, desk):
    drawer, _ = desk
    uncounted = {method: amount for method, amount in COUNTED.items() if method != "cash"}
    with pytest.raises(ledger.LedgerError, match=r"Not counted: cash\. Count it, or write 0\."):
        ledger.close_drawer(session, drawer, uncounted, "A reason is no count")
    assert drawer.state == "open"


def test_a_drawer_that_differs_is_closed_only_with_a_reason(session, desk):
    drawer, _ = desk
    short = COUNTED | {"cash": usd("123.50")}
    with pytest.raises(ledger.LedgerError, match=r"differ \(Cash −\$1.50\): count again or say why\.$"):
        ledger.close_drawer(session, drawer, short)
    assert drawer.state == "open"
    with db.transaction():
        differences = ledger.close_drawer(session, drawer, short, "Miscounted change")
    assert differences == {"cash": usd("-1.50"), "check": 0, "card_terminal": 0}
    assert (drawer.counted["cash"], drawer.expected["cash"]) == ("123.50", "125.00")


def test_a_closed_drawer_takes_and_gives_no_more_money(session, desk, clerk):
    drawer, receipts = desk
    with db.transaction():
        ledger.close_drawer(session, drawer, COUNTED)
    patient = make_patient(session)
    with pytest.raises(ledger.DrawerClosed):
        ledger.receive(
            session,
            guarantor_id=patient.guarantor_id,
            amount=usd("1.00"),
            method="cash",
            drawer=drawer,
            key="x",
        )
    with pytest.raises(ledger.DrawerClosed):
        ledger.refund(session, receipts["cash"], usd("1.00"), "cash", "Late", key="y", drawer=drawer)
    with pytest.raises(ledger.DrawerClosed):
        ledger.close_drawer(session, drawer, COUNTED)
    with pytest.raises(ledger.DrawerClosed):
        ledger.open_drawer(session, clerk.id)


def test_a_day_closes_once_its_drawers_are_counted_and_then_for_ever(session, desk):
    drawer, _ = desk
    today = clock.today()
    with pytest.raises(ledger.DayClosed, match="drawer"):
        ledger.close_day(session, today)
    with db.transaction():
        ledger.close_drawer(session, drawer, COUNTED)
        closed = ledger.close_day(session, today, key="close")
    assert closed.totals["accounts"]["cash"] == "95.00"
    assert closed.audit_code
    assert ledger.close_day(session, today) is closed
    assert [result for result in verify.checks(session) if not result.ok] == []


def test_what_is_posted_after_the_close_stands_on_tomorrow(session, desk):
    drawer, _ = desk
    today = clock.today()
    patient = make_patient(session)
    with db.transaction():
        ledger.close_drawer(session, drawer, COUNTED)
        ledger.close_day(session, today)
    with db.transaction():
        late = ledger.receive(
            session, guarantor_id=patient.guarantor_id, amount=usd("9.00"), method="card_online", key="late"
        )
    assert late.received_on == ledger.open_day(session) == today + timedelta(days=1)
    assert ledger.day_totals(session, today).cash == usd("95.00")
    with pytest.raises(ledger.DayClosed, match="is closed"):
        ledger.receive(
            session,
            guarantor_id=patient.guarantor_id,
            amount=usd("9.00"),
            method="cash",
            key="back-dated",
            posted_on=today - timedelta(days=3),
        )


def test_days_close_in_their_order(session, clerk):
    patient = make_patient(session)
    today = clock.today()
    earlier = today - timedelta(days=2)
    with db.transaction():
        post_visit(session, patient, None, "10.00", posted_on=earlier)
    with pytest.raises(ledger.DayClosed, match=f"Close {earlier:%m/%d/%Y} first"):
        ledger.close_day(session, today)
    with pytest.raises(ledger.DayClosed, match="still to come"):
        ledger.close_day(session, today + timedelta(days=1))
    with db.transaction():
        ledger.close_day(session, earlier)
        ledger.close_day(session, today)
    with pytest.raises(ledger.DayClosed, match="was closed with the days up to"):
        ledger.close_day(session, today - timedelta(days=1))


def test_only_a_person_closes_a_day(session):
    with pytest.raises(ledger.LedgerError, match="signed in"):
        ledger.close_day(session, clock.today())


def test_the_deposit_lists_checks_and_sums_cash_cards_and_electronic_payments(session, desk):
    """B12: the slip, with insurers' paper checks; an electronic payment comes by itself."""
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        visit = post_visit(session, patient, payer, "135.00")
        pay_claim(session, visit, payer, paid="80.00")
        paper_check(session, payer)
    slip = ledger.deposit(session, clock.today())
    assert [(line.number, line.amount) for line in slip.checks] == [("1182", 40), ("556677", 12)]
    assert (slip.cash, slip.card_terminal, slip.card_online, slip.electronic) == (25, 30, 0, 80)
    assert (slip.slip, slip.total) == (77, 187)
    totals = ledger.day_totals(session, clock.today())
    assert totals.cash == slip.total
    assert sum(totals.accounts.values()) == 0
    assert [(paid.amount, paid.posted) for paid in totals.remittances] == [(80, 80), (12, 12)]


def test_a_check_posted_and_taken_back_on_its_day_is_not_on_the_slip(session, desk):
    """B12, R27: the bank counts the checks in the bag, and none of them is of $0.00."""
    with db.transaction():
        paper = paper_check(session, make_payer(session))
        ledger.reverse_remittance(session, paper.id, "wrong payer", "back")
    assert [line.number for line in ledger.deposit(session, clock.today()).checks] == ["1182"]


def test_a_check_taken_back_on_a_later_day_corrects_that_days_deposit_and_is_no_check_in_it(session, desk):
    """B12, R27: it went to the bank with the day it came in; a bag holds no negative check."""
    tomorrow = clock.today() + timedelta(days=1)
    with db.transaction():
        paper = paper_check(session, make_payer(session))
        ledger.reverse_remittance(session, paper.id, "wrong payer", "back", posted_on=tomorrow)
    assert [line.number for line in ledger.deposit(session, clock.today()).checks] == ["1182", "556677"]
    later = ledger.deposit(session, tomorrow)
    assert (later.checks, later.slip) == ([], 0)
    assert [(line.number, line.amount) for line in later.corrections] == [("556677", usd("-12.00"))]
    assert later.total == ledger.day_totals(session, tomorrow).cash == usd("-12.00")
