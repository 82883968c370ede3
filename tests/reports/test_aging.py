"""Aged receivables: the open items' cents by age, credits apart (B5, B10)."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from clinic import reports
from clinic.models import OpenItem, UnappliedItem
from clinic.reports.aging import patient_ids, table
from tests import factories
from tests.reports.money import make_house, usd, visit


@pytest.fixture
def house(session):
    return make_house(session)


def test_each_age_holds_its_items_and_credits_stand_apart(session, house):
    found = reports.aging(session)
    assert found.insurance.amounts == (usd("100.10"),) * 5
    assert found.patient.amounts == (usd("10.01"),) * 5
    assert found.insurance.credits == usd("-5.00")
    assert found.unapplied.amounts == (usd("-7.00"), 0, 0, 0, 0)
    assert found.share_over(90) == Decimal("40.0")


@pytest.mark.parametrize("basis", reports.BASES)
def test_the_totals_are_the_sum_of_the_open_items_on_every_basis(session, house, basis):
    """B10: same engine, same cents; only the age differs."""
    found = reports.aging(session, basis)
    assert found.total + found.credits == session.scalar(select(func.sum(OpenItem.amount)))
    assert sum(found.ages) == found.total == sum(one.total for one in found.largest)
    assert -found.unapplied.total == session.scalar(select(func.sum(UnappliedItem.amount)))


@pytest.mark.parametrize(
    ("days", "place"), [(30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (120, 3), (121, 4)]
)
def test_an_item_changes_its_age_on_the_day_after_each_limit(session, days, place):
    visit(session, factories.make_patient(session), factories.make_payer(session), "12.34", days)
    assert [bool(amount) for amount in reports.aging(session).insurance.amounts].index(True) == place


def test_a_patients_share_is_as_old_as_the_day_it_became_theirs(session):
    """B10: patients age by responsibility unless the date of service is asked for."""
    visit(session, factories.make_patient(session), None, "12.34", 100)
    session.execute(OpenItem.__table__.update().values(responsible_on=reports.this_month().last_day))
    session.expire_all()
    assert reports.aging(session).patient.amounts[0] == usd("12.34")
    assert reports.aging(session, "service").patient.amounts[3] == usd("12.34")


def test_accounts_come_largest_first_in_pages(session, house):
    first, second = reports.aging(session, largest=1), reports.aging(session, largest=1, after=1)
    assert first.count == second.count == 2
    assert (first.largest[0].total, second.largest[0].total) == (usd("500.50"), usd("50.05"))
    assert [one.largest[0].payer for one in (first, second)] == ["Summit Medicare", "Patient"]


def test_an_empty_clinic_has_zeros(session):
    found = reports.aging(session)
    assert (found.total, found.unapplied.total, found.count, found.share_over(90)) == (0, 0, 0, 0)


def test_three_queries_serve_however_many_accounts(session, house, count_queries):
    with count_queries() as ran:
        reports.aging(session)
    assert len(ran) <= 3


def test_csv_and_xlsx_hold_the_cents_of_the_screen_and_no_formula(session, house):
    """Trust T8: a name that begins like a formula stays a name."""
    found = reports.aging(session)
    text = b"".join(reports.to_csv(table(session))).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[1] == [reports.BASES["default"]]
    assert lines[2][-2:] == ["over 120 days", "Total"]
    assert Decimal(lines[-1][-1]) == found.total == sum(Decimal(line[-1]) for line in lines[3:-1])
    names = [line[0] for line in lines[3:-1]]
    assert "'=CMD, Eve" in names
    sheet = load_workbook(io.BytesIO(reports.to_xlsx(table(session)))).active
    rows = list(sheet.iter_rows(min_row=5, values_only=True))
    assert [Decimal(str(value)).quantize(usd("0.01")) for value in rows[-1][4:]] == [*found.ages, found.total]
    assert rows[1][0] == "=CMD, Eve"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert isinstance(rows[0][1], date)


def test_everybody_in_the_table_is_on_the_record_of_who_was_shown(session, house):
    assert set(patient_ids(session)) == {house.patient.id, house.formula_patient.id}
