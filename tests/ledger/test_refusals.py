"""What the ledger refuses, in a sentence, and that nothing is written then; what a second click does."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic import audit, db, ledger
from clinic.ledger import InsurancePayment, LinePosting
from clinic.models.audit import AuditEvent
from clinic.models.ledger import Account, JournalEntry, OpenItem, Receipt
from tests.factories import make_patient, make_payer, make_user
from tests.ledger.house import make_remittance, pay_claim, post_visit


def usd(amount: str) -> Decimal:
    return Decimal(amount)


@pytest.fixture
def house(session):
    """A self-pay visit of $90.00 and a receipt of $50.00 that is not applied."""
    patient = make_patient(session)
    with db.transaction():
        visit = post_visit(session, patient, None, "90.00")
        receipt = take(session, patient, "50.00")
    return patient, visit.charges[0], receipt


def take(session, patient, amount, key="desk", **changes) -> Receipt:
    values = {"guarantor_id": patient.guarantor_id, "patient_id": patient.id, "method": "cash"} | changes
    return ledger.receive(session, amount=usd(amount), key=key, **values)


def entries(session) -> int:
    return session.scalar(select(func.count()).select_from(JournalEntry))


@pytest.mark.parametrize("amount", ["0.00", "-5.00", "0.205", "NaN", "Infinity"])
def test_a_payment_is_a_positive_number_of_whole_cents(session, house, amount):
    """Ask 33: the server validates the amount."""
    with pytest.raises(ledger.AmountRefused):
        take(session, house[0], amount, key="bad")
    assert entries(session) == 2


@pytest.mark.parametrize(
    "reference",
    ["4242424242424242", "4242 4242 4242 4242", "auth 4242-4242-4242-4242 ok", "378282246310005"],
)
def test_a_card_number_is_never_stored(session, house, reference):
    """H4: thirteen to nineteen digits that pass the Luhn check."""
    with pytest.raises(ledger.CardNumberRefused) as refusal:
        take(session, house[0], "5.00", key="card", reference=reference)
    assert "4242" not in str(refusal.value)
    assert session.scalar(select(func.count()).select_from(Receipt)) == 1


@pytest.mark.parametrize(
    "reference", ["1182", "4242424242424241", "pi_3NxY4242", "R-000123", "12345678901234567890123"]
)
def test_a_check_or_approval_number_is_kept(session, house, reference):
    assert take(session, house[0], "5.00", key="check", reference=f" {reference} ").reference == reference


def test_an_unknown_method_or_purpose_is_refused(session, house):
    with pytest.raises(ledger.LedgerError, match="how it was paid"):
        take(session, house[0], "5.00", key="m", method="gold")
    with pytest.raises(ledger.LedgerError, match="what it is for"):
        take(session, house[0], "5.00", key="p", purpose="tip")


def test_a_receipt_pays_no_more_than_it_has_and_no_more_than_is_owed(session, house):
    patient, charge, receipt = house
    with pytest.raises(ledger.OverApplied, match=r"Only \$50.00 of receipt"):
        ledger.apply_receipt(session, receipt, charge.id, usd("50.01"), key="a")
    big = take(session, patient, "500.00", key="big")
    with pytest.raises(ledger.OverApplied, match=r"owes \$90.00"):
        ledger.apply_receipt(session, big, charge.id, usd("90.01"), key="b")
    assert ledger.patient_balance(session, patient.id).patient == 90


def test_a_refund_never_exceeds_what_is_left_of_the_receipt(session, house):
    """B6."""
    _patient, charge, receipt = house
    with db.transaction():
        ledger.apply_receipt(session, receipt, charge.id, usd("30.00"), key="apply")
        ledger.refund(session, receipt, usd("15.00"), "cash", "Overpaid", key="refund")
    with pytest.raises(ledger.OverApplied, match=r"Only \$5.00"):
        ledger.refund(session, receipt, usd("5.01"), "cash", "Overpaid", key="again")
    with pytest.raises(ledger.LedgerError, match="why"):
        ledger.refund(session, receipt, usd("5.00"), "cash", "  ", key="silent")
    with pytest.raises(ledger.OverApplied, match=r"paid \$30.00 on this charge"):
        ledger.unapply_receipt(session, receipt, charge.id, usd("30.01"), "Mistake", key="free")


def test_a_receipt_that_was_applied_is_not_reversed_alone(session, house):
    """B4: its money would be in two places."""
    patient, charge, receipt = house
    with db.transaction():
        ledger.apply_receipt(session, receipt, charge.id, usd("30.00"), key="apply")
    received = session.scalar(select(JournalEntry).where(JournalEntry.idempotency_key == "desk"))
    with pytest.raises(ledger.OverApplied, match=r"\$30.00 more than is left"), db.transaction():
        ledger.reverse_entry(session, received, "Wrong patient", key="undo")
    assert ledger.patient_balance(session, patient.id).unapplied == 20


def test_an_application_that_was_taken_back_is_not_reversed_as_well(session, house):
    """B4: found by the random months; the receipt would have paid the charge less than nothing."""
    patient, charge, receipt = house
    with db.transaction():
        application = ledger.apply_receipt(session, receipt, charge.id, usd("30.00"), key="apply")
        taken_back = ledger.unapply_receipt(session, receipt, charge.id, usd("30.00"), "Mistake", key="free")
    with pytest.raises(ledger.OverApplied, match="taken back from the charge already"):
        ledger.reverse_entry(session, application, "Mistake", key="undo")
    with db.transaction():
        other = take(session, patient, "90.00", key="other")
        ledger.apply_receipt(session, other, charge.id, usd("90.00"), key="paid in full")
    with pytest.raises(ledger.OverApplied, match=r"owes only \$0.00"):
        ledger.reverse_entry(session, taken_back, "Mistake", key="undo")
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.patient, balance.unapplied) == (0, 50)


def test_a_charge_that_was_paid_on_is_not_reversed(session, house):
    patient, charge, receipt = house
    posted = session.scalar(select(JournalEntry).where(JournalEntry.idempotency_key == "visit"))
    with db.transaction():
        application = ledger.apply_receipt(session, receipt, charge.id, usd("30.00"), key="apply")
    with pytest.raises(ledger.OverApplied, match="reverse that first"):
        ledger.reverse_entry(session, posted, "Wrong code", key="undo")
    with db.transaction():
        ledger.reverse_entry(session, application, "Wrong charge", key="undo-1")
        ledger.reverse_entry(session, posted, "Wrong code", key="undo-2")
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.patient, balance.unapplied) == (0, 50)


def test_an_entry_is_reversed_once_and_a_reversal_never(session, house):
    """R27, trust: one reversal per entry."""
    posted = session.scalar(select(JournalEntry).where(JournalEntry.idempotency_key == "visit"))
    with db.transaction():
        reversal = ledger.reverse_entry(session, posted, "Wrong code", key="undo")
    assert reversal.reverses_id == posted.id
    assert ledger.is_reversed(session, posted)
    assert ledger.reverse_entry(session, posted, "Wrong code", key="undo") is reversal
    for entry in (posted, reversal):
        with pytest.raises(ledger.AlreadyReversed):
            ledger.reverse_entry(session, entry, "Again", key="other")
    with pytest.raises(ledger.LedgerError, match="Say why"):
        ledger.reverse_entry(session, posted, "", key="silent")


def test_transfers_and_write_offs_stay_within_what_is_open(session, house):
    """B7, B11."""
    patient, charge, _ = house
    payer = make_payer(session)
    with pytest.raises(ledger.OverApplied, match=r"Insurance has \$0.00"):
        ledger.transfer_to_patient(session, charge.id, usd("1.00"), "PR-1", key="t")
    with pytest.raises(ledger.OverApplied, match=r"The patient has \$90.00"):
        ledger.write_off(session, charge.id, "patient", usd("90.01"), "charity", "Hardship", key="w")
    with pytest.raises(ledger.LedgerError, match="kind of write-off"):
        ledger.write_off(session, charge.id, "patient", usd("1.00"), "gift", "Hardship", key="w")
    with pytest.raises(ledger.LedgerError, match="not with 'bank'"):
        ledger.write_off(session, charge.id, "bank", usd("1.00"), "charity", "Hardship", key="w")
    with db.transaction():
        ledger.transfer_to_payer(session, charge.id, payer.id, usd("60.00"), "Coverage found", key="found")
        ledger.transfer_to_patient(session, charge.id, usd("10.00"), "PR-3", key="back")
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient, balance.total) == (50, 40, 90)


def test_the_next_insurer_takes_over_what_the_first_left(session):
    """B11, R23: totals do not change, the payer does."""
    patient, first, second = make_patient(session), make_payer(session), make_payer(session)
    with db.transaction():
        visit = post_visit(session, patient, first, "100.00")
        pay_claim(session, visit, first, paid="80.00")
        charge_id = visit.charges[0].id
        ledger.transfer_to_payer(
            session, charge_id, second.id, usd("20.00"), "Secondary", key="next", bucket="insurance"
        )
    item = session.scalar(
        select(OpenItem).where(OpenItem.charge_id == charge_id, OpenItem.bucket == "insurance")
    )
    assert (item.amount, item.payer_id) == (20, second.id)
    assert ledger.total(ledger.explain(session, charge_id, "insurance")) == usd("20.00")
    assert ledger.total(ledger.explain(session, charge_id)) == usd("20.00")


def test_insurance_money_is_refused_on_another_patients_charge_and_on_an_unposted_one(session, house):
    _, charge, _ = house
    stranger, payer = make_patient(session), make_payer(session)
    for charge_id in (charge.id, 999_999):
        payment = InsurancePayment(
            patient_id=stranger.id, payer_id=payer.id, lines=[LinePosting(charge_id, paid=usd("5.00"))]
        )
        with pytest.raises(ledger.ChargeUnknown):
            ledger.post_insurance_payment(session, payment, key="era")


def test_unmatched_money_moves_only_as_the_lines_say_and_only_to_its_accounts(session, house):
    """R10, R5."""
    patient, charge, _ = house
    payer = make_payer(session)
    remittance = make_remittance(session, payer, "0.00")
    payment = InsurancePayment(
        patient_id=patient.id, payer_id=payer.id, lines=[LinePosting(charge.id, paid=usd("5.00"))]
    )
    with pytest.raises(ledger.LedgerError, match="Name the claim payment"):
        ledger.move_unmatched(session, payment, key="moved")
    with pytest.raises(ledger.LedgerError, match="cannot go to revenue"):
        ledger.post_provider_adjustment(
            session,
            remittance_id=remittance.id,
            account=Account.REVENUE,
            reason="L6",
            amount=usd("1.00"),
            key="p",
        )
    with pytest.raises(ledger.AmountRefused):
        ledger.post_provider_adjustment(
            session,
            remittance_id=remittance.id,
            account=Account.SUSPENSE,
            reason="CS",
            amount=usd("0.00"),
            key="p",
        )


def test_every_event_posted_twice_with_one_key_is_posted_once(session):
    """Trust T1: the second click returns the first entry."""
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        visit = post_visit(session, patient, payer, "100.00", "50.00")
    first, second = visit.charges
    remittance = make_remittance(session, payer, "81.00")
    payment = InsurancePayment(
        patient_id=patient.id,
        payer_id=payer.id,
        remittance_id=remittance.id,
        lines=[LinePosting(first.id, paid=usd("80.00"), patient=[("PR-1", usd("20.00"))])],
    )

    def everything() -> list[object]:
        receipt = take(session, patient, "70.00")
        done: list[object] = [receipt]
        done += ledger.post_charges(
            session, visit, payer_id=payer.id, guarantor_id=patient.guarantor_id, key="visit"
        )
        done.append(ledger.post_insurance_payment(session, payment, key="era"))
        done.append(
            ledger.post_provider_adjustment(
                session,
                remittance_id=remittance.id,
                account=Account.INTEREST_INCOME,
                reason="L6",
                amount=usd("-1.00"),
                key="plb",
            )
        )
        done.append(ledger.transfer_to_patient(session, second.id, usd("50.00"), "PR-1", key="transfer"))
        done += ledger.apply_unapplied(session, patient.guarantor_id, key="applied")
        done.append(ledger.unapply_receipt(session, receipt, second.id, usd("30.00"), "Mistake", key="free"))
        done.append(ledger.apply_receipt(session, receipt, second.id, usd("5.00"), key="apply"))
        done.append(ledger.refund(session, receipt, usd("10.00"), "cash", "Asked for", key="refund"))
        done.append(
            ledger.write_off(session, second.id, "patient", usd("5.00"), "small_balance", "Small", key="off")
        )
        done += ledger.reverse_remittance(session, remittance.id, "Reissued", key="unpost")
        return done

    with db.transaction():
        once = everything()
    count, balance = entries(session), ledger.patient_balance(session, patient.id)
    with db.transaction():
        assert everything() == once
    assert entries(session) == count
    assert ledger.patient_balance(session, patient.id) == balance


def test_a_key_of_another_event_is_refused(session, house):
    _patient, charge, receipt = house
    with pytest.raises(ledger.KeyReused):
        ledger.apply_receipt(session, receipt, charge.id, usd("1.00"), key="desk")


def test_a_refused_event_leaves_no_trace(session, house):
    patient, _charge, receipt = house
    before = entries(session)

    def take_and_fail() -> None:
        with db.transaction():
            take(session, patient, "10.00", key="fine")
            ledger.refund(session, receipt, usd("999.00"), "cash", "No", key="too much")

    with pytest.raises(ledger.OverApplied):
        take_and_fail()
    assert entries(session) == before
    assert ledger.patient_balance(session, patient.id).unapplied == 50


def test_each_money_event_is_on_record_with_its_patient(session, house):
    """Trust T4."""
    patient, _, _ = house
    rows = session.execute(select(AuditEvent.action, AuditEvent.patient_ids).order_by(AuditEvent.id)).all()
    assert [(row.action, row.patient_ids) for row in rows] == [
        ("ledger.post_charges", [patient.id]),
        ("ledger.receive", [patient.id]),
    ]


def test_a_line_without_charge_posts_nothing_and_opens_its_balances(session):
    """A $0.00 line of record, such as a quality code, is no entry; signing twice changes nothing."""
    patient = make_patient(session)
    with db.transaction():
        visit = post_visit(session, patient, None, "0.00")
        again = ledger.post_charges(
            session, visit, payer_id=None, guarantor_id=patient.guarantor_id, key="visit"
        )
    assert again == []
    assert entries(session) == 0
    assert ledger.charge_balances(session, [visit.charges[0].id])[visit.charges[0].id].total == 0


def test_the_three_dates_stand_on_the_entry(session):
    """B2: service, post and deposit."""
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        visit = post_visit(session, patient, payer, "100.00", service_on=date(2026, 3, 1))
        payment = InsurancePayment(
            patient_id=patient.id,
            payer_id=payer.id,
            paid_on=date(2026, 3, 20),
            lines=[LinePosting(visit.charges[0].id, paid=usd("100.00"))],
        )
        entry = ledger.post_insurance_payment(session, payment, key="era", posted_on=date(2026, 3, 25))
    assert entry is not None
    assert (entry.service_on, entry.deposited_on, entry.posted_on) == (
        date(2026, 3, 1),
        date(2026, 3, 20),
        date(2026, 3, 25),
    )


def test_every_page_of_a_long_history_is_complete(session):
    """Performance row 9: by keyset, nothing twice, nothing lost."""
    patient = make_patient(session)
    with db.transaction():
        for number in range(7):
            take(session, patient, "1.00", key=f"r{number}")
    seen, after = [], None
    while True:
        page = ledger.entries_page(session, patient.id, after=after, limit=3)
        seen += [row.entry.id for row in page.rows]
        after = page.next_after
        if after is None:
            break
    assert len(seen) == 7
    assert seen == sorted(set(seen), reverse=True)


def test_who_signed_in_stands_on_the_entry(session):
    user = make_user(session)
    patient = make_patient(session)
    with audit_as(user), db.transaction():
        receipt = take(session, patient, "1.00")
    entry = session.scalar(select(JournalEntry).where(JournalEntry.receipt_id == receipt.id))
    assert entry.created_by == receipt.received_by == user.id


def audit_as(user):
    return audit.acting_as(audit.Actor(user.id, user.name))
