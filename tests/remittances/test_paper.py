"""Paper EOBs go the same way as an 835 (R30)."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic import clock, remittances
from clinic.models import Account, JournalEntry
from clinic.remittances import PaperClaim, PaperLine, PaperRemittance
from tests.ledger.house import account_sums
from tests.remittances import house
from tests.remittances.house import balances, claim_at_payer

D = Decimal


def _paper(claim, amount="114.70", **changes):
    lines = [
        PaperLine(claim.lines[0], paid=D("73.60"), contractual=D("36.40"), copay=D("25.00")),
        PaperLine(claim.lines[1], paid=D("16.10"), contractual=D("18.90")),
    ]
    values = {
        "payer": claim.payer,
        "trace": "CHK 5512",
        "paid_on": clock.today(),
        "amount": D(amount),
        "claims": [PaperClaim(claim, lines, payer_claim_number="P-1")],
    }
    return PaperRemittance(**(values | changes))


def test_a_paper_remittance_posts_like_a_file_and_parks_the_rest(session):
    """R30, R10: 89.70 for the claim, 25.00 of the check for nobody yet."""
    claim = claim_at_payer(session)
    made = remittances.take_in_paper(session, _paper(claim))
    assert (made.state, made.source, made.trace) == ("posted", "paper", "CHK 5512")
    assert balances(session, claim) == (D("0.00"), D("25.00"))
    sums = account_sums(session)
    assert (sums[Account.CASH], sums[Account.UNAPPLIED_INSURANCE]) == (D("114.70"), D("-25.00"))
    assert [each.state for each in made.claim_payments] == ["posted", "parked"]
    assert claim.payer_claim_number == "P-1"
    house.assert_verified(session)


def test_the_same_paper_remittance_again_is_the_first(session):
    """R2: a double click; another content under the same check is refused."""
    claim = claim_at_payer(session)
    first = remittances.take_in_paper(session, _paper(claim))
    before = session.scalar(select(func.count()).select_from(JournalEntry))
    assert remittances.take_in_paper(session, _paper(claim)) is first
    other = [PaperClaim(claim, [PaperLine(claim.lines[0], contractual=D("135.00"))])]
    with pytest.raises(remittances.RemittanceError, match="here already"):
        remittances.take_in_paper(session, _paper(claim, claims=other))
    assert session.scalar(select(func.count()).select_from(JournalEntry)) == before


def test_a_line_that_does_not_balance_is_refused_with_its_cents(session):
    """R4, R30."""
    claim = claim_at_payer(session)
    lines = [PaperLine(claim.lines[0], paid=D("73.60"), contractual=D("36.40"))]
    with pytest.raises(remittances.DoesNotBalance, match=r"99213: \$25.00 of \$135.00"):
        remittances.take_in_paper(session, _paper(claim, claims=[PaperClaim(claim, lines)]))
    with pytest.raises(remittances.DoesNotBalance, match=r"\$9.70 more than the check"):
        remittances.take_in_paper(session, _paper(claim, amount="80.00"))
    assert Account.CASH not in account_sums(session)


def test_a_paper_denial_goes_into_the_queue(session):
    """R24, R30."""
    claim = claim_at_payer(session)
    lines = [PaperLine(claim.lines[0], other=[("CO", "197", D("135.00"))])]
    paper = _paper(claim, amount="0.00", claims=[PaperClaim(claim, lines)], method="NON")
    made = remittances.take_in_paper(session, paper)
    assert made.state == "posted"
    assert claim.state == "denied"
    assert balances(session, claim)[0] == D("170.00")
