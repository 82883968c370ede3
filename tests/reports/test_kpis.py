"""Key figures: each by its formula, and its rows behind it add up to it (domain 10)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic import clock, db, ledger, reports
from clinic.models import Account, OpenItem, Posting
from clinic.reports import behind, denied
from tests import factories
from tests.reports.money import answer, make_house, receive, usd, visit


@pytest.fixture
def house(session):
    return make_house(session)


def value(session, key):
    return reports.figure(session, key, reports.this_month()).value


def amounts_until_today(session, account):
    return session.scalar(select(func.sum(Posting.amount)).where(Posting.account == account)) or 0


@pytest.mark.parametrize("key", reports.FORMULAS)
def test_one_figure_alone_is_the_figure_among_all(session, house, key):
    answer(session, house, True, False)
    month = reports.this_month()
    together = {one.key: one for one in reports.figures(session, month)}
    assert reports.figure(session, key, month) == together[key]


@pytest.mark.parametrize("key", ["charges", "payments"])
def test_the_rows_of_a_money_figure_add_up_to_it_in_every_month(session, house, key):
    for month in reports.this_month().back(8):
        table = behind.rows(session, key, month)
        assert (
            table.total[-1] == reports.figure(session, key, month).value == sum(row[-1] for row in table.rows)
        )


def test_charges_and_payments_of_all_months_are_the_accounts(session, house):
    """A charge reversed and money paid back count against their month."""
    with db.transaction():
        receipt = receive(session, house.patient, "30.00", "cash")
        ledger.refund(session, receipt, usd("4.00"), "cash", "Paid twice", key="back")
    figure = reports.figure(session, "payments", reports.this_month())
    assert sum(figure.trend) == amounts_until_today(session, Account.CASH) == usd("88.00")
    charges = reports.figure(session, "charges", reports.this_month())
    assert sum(charges.trend) == -amounts_until_today(session, Account.REVENUE) == usd("600.55")


def test_days_in_receivables_divide_open_less_credits_by_the_average_day(session, house):
    """B5: the credits are taken off here, and the tile says so. 538.55 open × 90 ÷ 380.33 charged in 90 days."""
    table = behind.rows(session, "days_in_ar", reports.this_month())
    open_amount = table.total[-1]
    assert open_amount == session.scalar(select(func.sum(OpenItem.amount))) - usd("7.00") == usd("538.55")
    assert value(session, "days_in_ar") == (usd("538.55") * 90 / usd("380.33")).quantize(Decimal("0.1"))
    assert table.basis.endswith(
        f"$538.55 open less credits, $380.33 charged in 90 days: {value(session, 'days_in_ar')}."
    )


def test_later_money_does_not_empty_an_old_month(session):
    """B10: the month before last stays as it was when the payer pays today."""
    patient, payer = factories.make_patient(session), factories.make_payer(session)
    month = reports.this_month().previous
    with db.transaction():
        ago = (clock.today() - month.first).days
        row = visit(session, patient, payer, "90.00", ago)
    before = reports.figure(session, "days_in_ar", month).value
    with db.transaction():
        ledger.write_off(
            session, row.charges[0].id, "insurance", usd("90.00"), "courtesy", "Told so", key="off"
        )
    assert before == reports.figure(session, "days_in_ar", month).value == Decimal("90.0")
    assert behind.rows(session, "days_in_ar", month).total[-1] == usd("90.00")
    assert behind.rows(session, "days_in_ar", reports.this_month()).total[-1] == 0


def test_money_that_an_early_close_dates_tomorrow_counts_in_days_in_ar_and_in_the_aging_alike_b12(
    session, house
):
    """B10: one cut-off; both speak of what is open at this moment."""
    with db.transaction():
        visit(session, house.patient, house.payer, "30.00", -1)
    table = behind.rows(session, "days_in_ar", reports.this_month())
    found = reports.aging(session, "service")
    open_amount = found.total + found.credits + found.unapplied.total
    assert table.total[-1] == open_amount == usd("568.55")
    assert value(session, "days_in_ar") == (open_amount * 90 / usd("410.33")).quantize(Decimal("0.1"))
    assert value(session, "ar_over_90") == found.share_over(90)
    assert behind.rows(session, "days_in_ar", reports.this_month().previous).total[-1] != open_amount


def test_the_share_over_90_days_is_that_of_the_aged_receivables(session, house):
    found = reports.aging(session, "service")
    table = behind.rows(session, "ar_over_90", reports.this_month())
    assert value(session, "ar_over_90") == found.share_over(90) == Decimal("40.0")
    assert table.total[-1] == sum(found.ages[3:]) == usd("220.22")
    assert table.basis.endswith("$220.22 of $550.55: 40.0%. Credits are not taken off.")


def test_the_denial_rate_counts_lines_that_payers_answered(session, house):
    answer(session, house, True, False, False)
    answer(session, house, True)
    table = behind.rows(session, "denial_rate", reports.this_month())
    assert value(session, "denial_rate") == Decimal("50.0")
    assert [row[-1] for row in table.rows] == ["denied", "denied", "accepted", "accepted"]
    assert table.basis.endswith("2 of 4 lines: 50.0%.")


def test_clean_claims_are_those_that_passed_every_edit_untouched(session, house):
    for denied_lines in (True, False, False):
        answer(session, house, denied_lines)
    table = behind.rows(session, "clean_claims", reports.this_month())
    assert value(session, "clean_claims") == Decimal("66.7")
    assert table.basis.endswith("2 of 3 claims: 66.7%.")


def test_nothing_to_count_is_no_zero(session):
    for figure in reports.figures(session, reports.this_month()):
        assert figure.value == (0 if figure.unit == "money" else None)
        assert figure.standing == ""


def test_a_figure_stands_met_near_or_missed_by_its_target(session, house):
    answer(session, house, True, False)
    standings = {one.key: one.standing for one in reports.figures(session, reports.this_month())}
    assert standings["denial_rate"] == standings["ar_over_90"] == "Missed"
    assert standings["charges"] == ""


def test_denials_group_by_category_with_the_month_before_beside_them(session, house):
    answer(session, house, True, True)
    (one,) = reports.by_category(session, reports.this_month())
    assert (one.name, one.lines, one.amount, one.share) == (
        "Authorization",
        2,
        usd("160.00"),
        Decimal("100.0"),
    )
    assert (one.open_amount, one.change, one.most_from) == (usd("160.00"), 2, "Summit Medicare")
    assert denied.table(session, reports.this_month()).total[6] == one.amount
    assert denied.table(session, reports.this_month(), "Coding").total[6] == 0


def test_all_figures_take_five_queries(session, house, count_queries):
    with count_queries() as ran:
        reports.figures(session, reports.this_month())
    assert len(ran) <= 5


@pytest.mark.parametrize(
    "key", ["2026-13", "2026-3", "202603", "March", "0001-01", "2026-03-01", "", "٢٠٢٦-03"]
)
def test_what_is_no_month_is_refused_with_a_sentence(key):
    with pytest.raises(reports.NoSuchMonth, match="written like"):
        reports.month_of(key)


def test_a_month_to_come_is_refused():
    coming = clock.today() + timedelta(days=40)
    with pytest.raises(reports.NoSuchMonth, match=re.escape("has not begun")):
        reports.month_of(f"{coming:%Y-%m}")
