"""Denials are opened once, settled by a decision, and move money only through the ledger (R11, R24)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinic import claims, clock, ledger
from tests import factories


def denied(session, group="CO", reason="197", **changes):
    claim = factories.make_claim(session, **changes)
    claim.state, claim.payer_claim_number = "denied", "26065008812"
    for line in claim.lines:
        claims.open_denial(
            session,
            claim,
            charge_id=line.charge_id,
            group_code=group,
            reason_code=reason,
            amount=line.charge.amount,
            remark_codes=("M62",),
        )
    return claim


def balance(session, claim):
    return ledger.patient_balance(session, claim.patient_id)


def test_a_denial_knows_its_category_and_the_last_day_for_a_corrected_claim_r24(session, clinic):
    payer = factories.make_payer(session, corrected_days=90)
    claim = denied(session, payer=payer)
    denial = claims.open_denials(session, claim)[0]
    assert (denial.category, denial.remark_codes, denial.amount) == (
        "Authorization",
        "M62",
        Decimal("135.00"),
    )
    assert denial.due_on == claim.service_on + timedelta(days=90)
    assert (claim.next_action, claim.next_action_on) == ("Correct", clock.today())


def test_the_same_denied_line_is_opened_once_r24(session, clinic):
    claim = denied(session)
    line = claim.lines[0]
    claims.open_denial(
        session, claim, charge_id=line.charge_id, group_code="CO", reason_code="197", amount=Decimal("135.00")
    )
    assert len(claims.open_denials(session, claim)) == 2


def test_a_write_off_clears_the_denied_lines_in_the_ledger_and_closes_the_claim(session, clinic):
    claim = denied(session)
    assert balance(session, claim).insurance == Decimal("170.00")
    moved = claims.write_off(session, claim, "timely_filing", "Filed too late", "k1")
    assert moved == Decimal("170.00")
    assert balance(session, claim).total == Decimal("0.00")
    assert claim.state == "closed"
    assert claims.open_denials(session, claim) == []


def test_what_the_payer_put_on_the_clinic_is_never_billed_to_the_patient_r11(session, clinic):
    claim = denied(session, "CO", "50")
    with pytest.raises(claims.ClaimError, match="may not be billed"):
        claims.bill_patient(session, claim, "Asked for it", "k1")
    assert balance(session, claim).patient == Decimal("0.00")


def test_what_the_payer_put_on_the_patient_can_be_billed_r14(session, clinic):
    claim = denied(session, "PR", "204")
    claims.bill_patient(session, claim, "Not covered, notice signed", "k1")
    assert balance(session, claim).patient == Decimal("170.00")
    assert balance(session, claim).insurance == Decimal("0.00")
    assert claim.state == "closed"


def test_a_claim_without_open_denials_has_nothing_to_decide(session, clinic):
    claim = factories.make_claim(session)
    with pytest.raises(claims.ClaimError, match="no open denial"):
        claims.write_off(session, claim, "denial", "x", "k")
