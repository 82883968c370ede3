"""Sign-off and the copay of the visit (R23, B1, docs/adr/0002)."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import charges, db, ledger
from clinic.models import Account, AppointmentMove, Encounter, JournalEntry, Posting
from tests import factories
from tests.charges.visits import arrived, collect_copay, slip

Line = charges.Line
ZERO = Decimal("0.00")


@pytest.fixture
def visit(session):
    return arrived(session)


def signed(session, visit, *lines):
    encounter = slip(session, visit.appointment, *lines)
    charges.sign_off(session, encounter, encounter.version)
    return encounter


def balance(session, visit):
    found = ledger.patient_balance(session, visit.patient.id)
    return found.insurance, found.patient, found.unapplied


def remit(session, visit, encounter, key="era", **said):
    """Post what the payer said of the first line as remittances are posted (ADR 2)."""
    charge_id = encounter.charges[0].id
    moved = charges.copays_transferred(session, [charge_id])
    patient = [("PR-3", Decimal(said["copay"]))]
    if charge_id in moved:
        patient.append((charges.COPAY_AT_VISIT, -moved[charge_id]))
    line = ledger.LinePosting(
        charge_id,
        paid=Decimal(said["paid"]),
        contractual=[("CO-45", Decimal(said["contractual"]))],
        patient=patient,
    )
    payment = ledger.InsurancePayment(visit.patient.id, visit.payer.id, [line])
    entry = ledger.post_insurance_payment(session, payment, key=key)
    charges.release_copay_credits(session, [charge_id], key=key)
    return entry


def test_a_signed_slip_stands_with_the_payer(session, visit):
    encounter = signed(session, visit)
    assert balance(session, visit) == (Decimal("170.00"), ZERO, ZERO)
    assert encounter.state == "signed"
    assert encounter.signed_at is not None


def test_a_patient_without_coverage_owes_at_once_and_what_was_collected_is_applied(session):
    visit = arrived(session, insured=False)
    collect_copay(session, visit, "40.00")
    signed(session, visit)
    assert balance(session, visit) == (ZERO, Decimal("130.00"), ZERO)


def test_a_coverage_that_ended_still_bills_the_payer_so_that_the_scrubber_stops_it(session, visit):
    """S09: a date typed wrong may not turn a visit into the patient's bill."""
    visit.coverage.terminated_on = visit.coverage.effective_on
    session.flush()
    signed(session, visit)
    assert balance(session, visit)[0] == Decimal("170.00")


def test_the_story_of_a_copay_of_25_to_zero(session, visit):
    with db.transaction() as session:
        collect_copay(session, visit)
    assert balance(session, visit) == (ZERO, ZERO, Decimal("25.00"))
    with db.transaction() as session:
        encounter = signed(session, visit, Line("99213"))
    charge = encounter.charges[0]
    assert balance(session, visit) == (Decimal("110.00"), ZERO, ZERO)
    assert charges.copay_transferred(session, charge.id) == Decimal("25.00")
    with db.transaction() as session:
        remit(session, visit, encounter, paid="75.00", contractual="35.00", copay="25.00")
    assert balance(session, visit) == (ZERO, ZERO, ZERO)
    assert charges.copay_transferred(session, charge.id) == ZERO


def test_a_copay_that_the_plan_does_not_ask_for_is_free_again(session, visit):
    collect_copay(session, visit)
    encounter = signed(session, visit, Line("99213"))
    remit(session, visit, encounter, paid="80.00", contractual="35.00", copay="20.00")
    assert balance(session, visit) == (ZERO, ZERO, Decimal("5.00"))


def test_a_reversed_remittance_brings_the_expected_copay_back(session, visit):
    collect_copay(session, visit)
    encounter = signed(session, visit, Line("99213"))
    entry = remit(session, visit, encounter, paid="75.00", contractual="35.00", copay="25.00")
    ledger.reverse_entry(session, entry, "wrong payer", "undo")
    assert charges.copay_transferred(session, encounter.charges[0].id) == Decimal("25.00")
    assert balance(session, visit) == (Decimal("110.00"), ZERO, ZERO)


def test_a_copay_on_another_line_than_the_visit_finds_it(session, visit):
    collect_copay(session, visit)
    encounter = signed(session, visit)
    first, second = (charge.id for charge in encounter.charges)
    lines = [
        ledger.LinePosting(
            first, paid=Decimal("135.00"), patient=[(charges.COPAY_AT_VISIT, Decimal("-25.00"))]
        ),
        ledger.LinePosting(second, paid=Decimal("10.00"), patient=[("PR-3", Decimal("25.00"))]),
    ]
    payment = ledger.InsurancePayment(visit.patient.id, visit.payer.id, lines)
    ledger.post_insurance_payment(session, payment, key="era")
    assert charges.release_copay_credits(session, [first, second], key="era") == Decimal("25.00")
    assert balance(session, visit) == (ZERO, ZERO, ZERO)
    assert charges.release_copay_credits(session, [first, second], key="era") == ZERO


def test_the_copay_goes_to_the_line_of_the_visit_first(session, visit):
    collect_copay(session, visit, "150.00")
    encounter = signed(session, visit, Line("83036"), Line("99213"))
    moved = {c.code: charges.copay_transferred(session, c.id) for c in encounter.charges}
    assert moved == {"99213": Decimal("135.00"), "83036": Decimal("15.00")}


def test_a_copay_above_the_whole_visit_stays_unapplied_for_the_rest(session, visit):
    collect_copay(session, visit, "50.00")
    signed(session, visit, Line("83036"))
    assert balance(session, visit) == (ZERO, ZERO, Decimal("15.00"))


def test_money_for_another_visit_or_another_purpose_is_left_alone(session, visit):
    other = factories.make_appointment(
        session, visit.patient, visit.provider, starts_at=visit.appointment.ends_at
    )
    collect_copay(session, type(visit)(**(vars(visit) | {"appointment": other})))
    ledger.receive(
        session,
        guarantor_id=visit.patient.guarantor_id,
        patient_id=visit.patient.id,
        appointment_id=visit.appointment.id,
        amount=Decimal("60.00"),
        method="check",
        purpose="prepayment",
        key="prepaid",
    )
    signed(session, visit)
    assert balance(session, visit) == (Decimal("170.00"), ZERO, Decimal("85.00"))


def test_the_second_signature_changes_nothing(session, visit):
    collect_copay(session, visit)
    encounter = signed(session, visit)
    before = session.scalars(select(JournalEntry.id)).all()
    charges.sign_off(session, encounter, encounter.version - 1)
    assert session.scalars(select(JournalEntry.id)).all() == before


def test_a_slip_that_lacks_something_is_not_signed_and_says_what(session, visit):
    encounter = charges.open_slip(session, visit.appointment)
    with pytest.raises(charges.SlipInvalid) as refused:
        charges.sign_off(session, encounter, encounter.version)
    assert set(refused.value.faults) == {"diagnoses.A", "lines.1.code"}
    charges.save_draft(session, encounter, encounter.version, ["I10"], [Line("99213", pointers="")])
    with pytest.raises(charges.SlipInvalid) as refused:
        charges.sign_off(session, encounter, encounter.version)
    assert set(refused.value.faults) == {"lines.1.pointers"}
    assert session.scalars(select(Posting)).all() == []


def test_a_slip_that_was_changed_meanwhile_is_not_signed(session, visit):
    encounter = slip(session, visit.appointment)
    with pytest.raises(charges.SlipChanged):
        charges.sign_off(session, encounter, encounter.version - 1)


def test_the_visit_is_over_when_its_slip_is_signed(session, visit):
    """A1: the move is kept; a visit that went on already stays where it is."""
    signed(session, visit)
    assert visit.appointment.status == "checked_out"
    moves = session.execute(select(AppointmentMove.from_status, AppointmentMove.to_status)).all()
    assert moves == [("checked_in", "checked_out")]
    later = factories.make_appointment(
        session, visit.patient, visit.provider, starts_at=visit.appointment.ends_at, status="closed"
    )
    encounter = slip(session, later)
    charges.sign_off(session, encounter, encounter.version)
    assert later.status == "closed"


def test_each_charge_of_a_signed_slip_balances_by_itself(session, visit):
    """B3: the postings of a charge sum to zero."""
    collect_copay(session, visit)
    encounter = signed(session, visit)
    for charge in encounter.charges:
        postings = session.scalars(select(Posting).where(Posting.charge_id == charge.id)).all()
        assert sum(posting.amount for posting in postings) == ZERO
        assert -sum(p.amount for p in postings if p.account is Account.REVENUE) == charge.amount


def test_two_signatures_at_the_same_moment_are_one(committed):
    """B3: the slower click waits for the slip's lock and finds it signed."""
    with db.transaction() as session:
        visit = arrived(session)
        collect_copay(session, visit)
        encounter = slip(session, visit.appointment)
        encounter_id, version = encounter.id, encounter.version
    gate = threading.Barrier(2)
    faults: list[BaseException] = []

    def click() -> None:
        try:
            gate.wait(10)
            with db.transaction() as session:
                charges.sign_off(session, session.get_one(Encounter, encounter_id), version)
        except BaseException as fault:
            faults.append(fault)
        finally:
            db.session.remove()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(30)
    assert faults == []
    kinds = [entry.kind.value for entry in db.session.scalars(select(JournalEntry))]
    assert sorted(kinds) == ["application", "charge", "charge", "patient_receipt", "transfer"]
