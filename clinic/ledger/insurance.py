"""Money and words from insurers: claim payments, unmatched cash, provider adjustments (R10 to R22)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.ledger import journal
from clinic.ledger.amounts import positive, refuse_card_number, usd, whole_cents
from clinic.ledger.errors import AmountRefused, ChargeUnknown, LedgerError, OverApplied
from clinic.ledger.journal import INSURANCE, ZERO, Draft, Items, Line
from clinic.models.ledger import Account, EntryKind, JournalEntry, Posting

Adjustments = Sequence[tuple[str, Decimal]]
PROVIDER_ADJUSTMENT_ACCOUNTS = (
    Account.PAYER_ADJUSTMENT,
    Account.INTEREST_INCOME,
    Account.RECOUPMENT_RECEIVABLE,
    Account.SUSPENSE,
)

PAYER_REFUNDS = ("check", "eft")


@dataclass(frozen=True)
class LinePosting:
    """What an insurer did to one charge; each adjustment is (reason such as "CO-45", amount).

    Amounts below zero are legitimate: a reversal carries them (R16). What is denied, or left to the next
    insurer, is not listed: it stays open with insurance.
    """

    charge_id: int
    paid: Decimal = ZERO
    contractual: Adjustments = ()
    patient: Adjustments = ()
    write_off: Adjustments = ()


@dataclass(frozen=True)
class InsurancePayment:
    """One claim payment (one CLP) as it is posted: one balanced entry."""

    patient_id: int
    payer_id: int
    lines: Sequence[LinePosting]
    remittance_id: int | None = None
    claim_payment_id: int | None = None
    paid_on: date | None = None
    memo: str = "Insurance payment"
    cause: Mapping[str, Any] = field(default_factory=dict)

    @property
    def paid(self) -> Decimal:
        return sum((line.paid for line in self.lines), ZERO)


def post_insurance_payment(
    session: Session, payment: InsurancePayment, key: str, *, posted_on: date | None = None
) -> JournalEntry | None:
    """Post one claim payment (R11 to R16): cash, contractual and patient's part up, insurance down.

    Returns None when it moves nothing (a full denial). The same `key` again returns the first entry.
    Raises ChargeUnknown for a charge that is not this patient's or was never posted.
    """
    return post_insurance_payments(session, {key: payment}, posted_on=posted_on)[key]


def post_insurance_payments(
    session: Session, payments: Mapping[str, InsurancePayment], *, posted_on: date | None = None
) -> dict[str, JournalEntry | None]:
    """Post many claim payments by their keys, as sets: the number of statements does not follow their number.

    Returns the entry under each key, None where a payment moves nothing. Faults as in
    `post_insurance_payment`; one fault posts none of them.
    """
    return _post(session, payments, Account.CASH, posted_on, "post_insurance_payments")


def post_unmatched_insurance(
    session: Session,
    *,
    remittance_id: int,
    claim_payment_id: int,
    payer_id: int | None,
    amount: Decimal,
    paid_on: date | None,
    key: str,
    posted_on: date | None = None,
) -> JournalEntry:
    """Hold the cash of a claim payment nobody could match as unapplied insurance money (R10).

    An amount below zero is the reversal of one that was never matched. Raises AmountRefused at zero.
    """
    first = journal.found_one(session, key, EntryKind.INSURANCE_PAYMENT)
    if first is not None:
        return first
    amount = whole_cents(amount)
    if not amount:
        raise AmountRefused("An unmatched payment of $0.00 moves no money")
    draft = Draft(
        kind=EntryKind.INSURANCE_PAYMENT,
        key=key,
        lines=(
            Line(Account.CASH, amount, payer_id=payer_id),
            Line(Account.UNAPPLIED_INSURANCE, -amount, payer_id=payer_id),
        ),
        memo="Insurance payment without a match",
        remittance_id=remittance_id,
        claim_payment_id=claim_payment_id,
        deposited_on=paid_on,
    )
    return journal.write(session, [draft], event="post_unmatched_insurance", posted_on=posted_on)[0]


def move_unmatched(
    session: Session, payment: InsurancePayment, key: str, *, posted_on: date | None = None
) -> JournalEntry | None:
    """Post a claim payment that is matched now; its money comes out of unapplied insurance cash (R10).

    Raises OverApplied unless the lines are paid exactly what is held for this claim payment.
    """
    if payment.claim_payment_id is None:
        raise LedgerError("Name the claim payment whose money is held")
    journal.lock_items(session, [line.charge_id for line in payment.lines])
    first = journal.found_one(session, key, EntryKind.INSURANCE_PAYMENT)
    if first is not None:
        return first
    held = _held(session, payment.claim_payment_id)
    if held != payment.paid:
        raise OverApplied(
            f"{usd(held)} is held for this claim payment, but its lines say {usd(payment.paid)}"
        )
    moved = _post(session, {key: payment}, Account.UNAPPLIED_INSURANCE, posted_on, "move_unmatched")
    return moved[key]


def refund_unmatched(
    session: Session,
    *,
    claim_payment_id: int,
    payer_id: int | None,
    amount: Decimal,
    method: str,
    reason: str,
    key: str,
    posted_on: date | None = None,
) -> JournalEntry:
    """Pay the cash that is held for a claim payment back to the payer (R10, B6).

    The entry names the claim payment and not its remittance: the remittance moved the cash that it said, and the
    refund is money of another day. Raises OverApplied unless the amount is what is held, LedgerError without a
    reason or for a method other than check and eft.
    """
    first = journal.found_one(session, key, EntryKind.REFUND)
    if first is not None:
        return first
    amount = positive(amount, "A refund")
    if method not in PAYER_REFUNDS:
        raise LedgerError(f"Choose how it is paid back: {', '.join(PAYER_REFUNDS)}; not {method!r}")
    reason = refuse_card_number(reason)
    if not reason:
        raise LedgerError("Say why the money is paid back")
    held = _held(session, claim_payment_id)
    if held != amount:
        raise OverApplied(f"{usd(held)} is held for this claim payment, not {usd(amount)}")
    draft = Draft(
        kind=EntryKind.REFUND,
        key=key,
        lines=(
            Line(Account.UNAPPLIED_INSURANCE, amount, payer_id=payer_id, reason="refund"),
            Line(Account.CASH, -amount, payer_id=payer_id, reason="refund"),
        ),
        memo=f"Refund to the payer: {reason}",
        claim_payment_id=claim_payment_id,
        cause={"method": method, "reason": reason},
    )
    return journal.write(session, [draft], event="refund_unmatched", posted_on=posted_on)[0]


def _held(session: Session, claim_payment_id: int) -> Decimal:
    """The unapplied insurance cash of one claim payment."""
    held = session.scalar(
        select(func.coalesce(-func.sum(Posting.amount), ZERO))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            Posting.account == Account.UNAPPLIED_INSURANCE,
            JournalEntry.claim_payment_id == claim_payment_id,
        )
    )
    return held or ZERO


def post_provider_adjustment(
    session: Session,
    *,
    remittance_id: int,
    account: Account,
    reason: str,
    amount: Decimal,
    reference: str = "",
    payer_id: int | None = None,
    paid_on: date | None = None,
    key: str,
    posted_on: date | None = None,
) -> JournalEntry:
    """Post one PLB pair against cash; `amount` as the payer signed it: above zero lowers the payment (R5).

    `account` is one of PROVIDER_ADJUSTMENT_ACCOUNTS, `reason` the PLB code, `reference` its PLB03-2 (R21).
    Raises AmountRefused at zero.
    """
    first = journal.found_one(session, key, EntryKind.PROVIDER_ADJUSTMENT)
    if first is not None:
        return first
    amount = whole_cents(amount)
    if not amount:
        raise AmountRefused("A provider adjustment of $0.00 moves no money")
    if account not in PROVIDER_ADJUSTMENT_ACCOUNTS:
        raise LedgerError(f"A provider adjustment cannot go to {account.value}")
    draft = Draft(
        kind=EntryKind.PROVIDER_ADJUSTMENT,
        key=key,
        lines=(
            Line(account, amount, payer_id=payer_id, reason=f"PLB-{reason}"),
            Line(Account.CASH, -amount, payer_id=payer_id, reason=f"PLB-{reason}"),
        ),
        memo=f"Provider adjustment {reason}" + (f" {reference}" if reference else ""),
        remittance_id=remittance_id,
        deposited_on=paid_on,
        cause={"plb": reason, "reference": reference},
    )
    return journal.write(session, [draft], event="post_provider_adjustment", posted_on=posted_on)[0]


def _post(
    session: Session,
    payments: Mapping[str, InsurancePayment],
    money: Account,
    posted_on: date | None,
    event: str,
) -> dict[str, JournalEntry | None]:
    items = journal.lock_items(
        session, (line.charge_id for payment in payments.values() for line in payment.lines)
    )
    entries: dict[str, JournalEntry | None] = dict.fromkeys(payments)
    entries |= journal.found_all(session, payments, EntryKind.INSURANCE_PAYMENT)
    drafts = [
        draft
        for key, payment in payments.items()
        if entries[key] is None and (draft := _draft(payment, key, items, money)).lines
    ]
    for entry in journal.write(session, drafts, event=event, posted_on=posted_on):
        entries[entry.idempotency_key] = entry
    return entries


def _draft(payment: InsurancePayment, key: str, items: Items, money: Account) -> Draft:
    """One entry for one claim payment; on every charge its postings sum to zero by themselves (B3)."""
    lines: list[Line] = []
    for said in payment.lines:
        item = items[said.charge_id, INSURANCE]
        if item.patient_id != payment.patient_id:
            raise ChargeUnknown(f"Charge {said.charge_id} belongs to another patient than this payment")
        parts = [(money, "", said.paid)]
        parts += [(Account.CONTRACTUAL, reason, amount) for reason, amount in said.contractual]
        parts += [(Account.WRITE_OFF, reason, amount) for reason, amount in said.write_off]
        parts += [(Account.PATIENT_RECEIVABLE, reason, amount) for reason, amount in said.patient]
        lines += [
            Line(account, amount, charge_id=said.charge_id, payer_id=payment.payer_id, reason=reason)
            for account, reason, amount in parts
            if amount
        ]
        moved = sum((amount for _, _, amount in parts), ZERO)
        if moved:
            lines.append(
                Line(
                    Account.INSURANCE_RECEIVABLE, -moved, charge_id=said.charge_id, payer_id=payment.payer_id
                )
            )
    first = min((items[said.charge_id, INSURANCE] for said in payment.lines), key=_service_day, default=None)
    return Draft(
        kind=EntryKind.INSURANCE_PAYMENT,
        key=key,
        lines=lines,
        memo=payment.memo,
        patient_id=payment.patient_id,
        guarantor_id=first.guarantor_id if first else None,
        remittance_id=payment.remittance_id,
        claim_payment_id=payment.claim_payment_id,
        service_on=first.service_on if first else None,
        deposited_on=payment.paid_on,
        cause=payment.cause,
    )


def _service_day(item: journal.Item) -> date:
    return item.service_on
