"""A remittance on the screen: one claim paid with a denied line, one payment that nobody knows."""

import pytest
from sqlalchemy import func, select

from clinic.models import JournalEntry
from tests.remittances import house
from tests.remittances.house import answer, claim_at_payer, paid_line


def entries(session):
    return session.scalar(select(func.count()).select_from(JournalEntry))


def words(page):
    return " ".join(page.get_text(" ").split())


def key_of(page, selector):
    return page.select_one(f"{selector} input[name=key]")["value"]


@pytest.fixture
def claim(session):
    return claim_at_payer(session)


@pytest.fixture
def posted(session, claim):
    """One claim paid with a denied line, one that nobody knows."""
    known = answer(
        claim,
        paid_line(claim, 0, "73.60", ("CO", "45", "36.40"), ("PR", "3", "25.00")),
        paid_line(claim, 1, "0.00", ("CO", "97", "35.00")),
    )
    other = claim_at_payer(
        session, ("99213", "135.00"), payer=claim.payer, last_name="Holt", first_name="Martin"
    )
    strange = answer(
        other,
        paid_line(other, 0, "98.60", ("CO", "45", "36.40"), line_control_number=""),
        control_number="88417-2",
        payer_control_number="",
    )
    made = house.pay(session, claim, known, strange)
    made.other = other
    return made


def url(remittance, *parts):
    return "/".join(["/remittances", remittance.public_id, *parts])


def strange(posted):
    return posted.claim_payments[1]
