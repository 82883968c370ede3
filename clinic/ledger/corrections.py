"""Responsibility moved, money given up, and mistakes reversed (B7, B8, B11, R19, R27)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from clinic.ledger import journal
from clinic.ledger.amounts import positive, refuse_card_number, usd
from clinic.ledger.errors import AlreadyReversed, LedgerError, OverApplied
from clinic.ledger.journal import ACCOUNT_OF, INSURANCE, PATIENT, ZERO, Draft, Item, Line
from clinic.models.ledger import Account, EntryKind, JournalEntry, Posting, Receipt

# Each kind of write-off and the account it ends in; the kind is its reason in reports (B7).
WRITE_OFF_ACCOUNTS = {
    "small_balance": Account.WRITE_OFF,
    "charity": Account.WRITE_OFF,
    "bad_debt": Account.WRITE_OFF,
    "courtesy": Account.WRITE_OFF,
    "administrative": Account.WRITE_OFF,
    "contractual": Account.CONTRACTUAL,
    "denial": Account.DENIAL_WRITE_OFF,
    "timely_filing": Account.DENIAL_WRITE_OFF,
}


def transfer_to_patient(
    session: Session,
    charge_id: int,
    amount: Decimal,
    reason: str,
    key: str,
    *,
    posted_on: date | None = None,
) -> JournalEntry:
    """Move a part of what insurance has open on a charge to the patient; totals do not change (B11, R23).

    `reason` is "PR-1" or our own words. Raises OverApplied above what insurance has open.
    """
    item = _locked(session, charge_id, INSURANCE)
    lines = (
        Line(Account.INSURANCE_RECEIVABLE, -amount, charge_id, item.payer_id, reason=reason),
        Line(Account.PATIENT_RECEIVABLE, amount, charge_id, item.payer_id, reason=reason),
    )
    return _move(session, item, amount, reason, lines, "Moved to the patient", key, posted_on)


def transfer_to_payer(
    session: Session,
    charge_id: int,
    payer_id: int,
    amount: Decimal,
    reason: str,
    key: str,
    *,
    bucket: str = PATIENT,
    posted_on: date | None = None,
) -> JournalEntry:
    """Move a part of an open balance to a payer: from the patient, or (`bucket` insurance) the payer before (B11).

    Raises OverApplied above what is open there.
    """
    item = _locked(session, charge_id, bucket)
    lines = (
        Line(ACCOUNT_OF[bucket], -amount, charge_id, item.payer_id, reason=reason),
        Line(Account.INSURANCE_RECEIVABLE, amount, charge_id, payer_id, reason=reason),
    )
    return _move(session, item, amount, reason, lines, "Moved to the next insurer", key, posted_on)


def write_off(
    session: Session,
    charge_id: int,
    bucket: str,
    amount: Decimal,
    kind: str,
    reason: str,
    key: str,
    *,
    posted_on: date | None = None,
) -> JournalEntry:
    """Give up a part of an open balance; `bucket` is insurance or patient, `kind` of WRITE_OFF_ACCOUNTS (B7).

    Raises OverApplied above what is open, LedgerError without a reason or for an unknown kind.
    """
    item = _locked(session, charge_id, bucket)
    first = journal.found_one(session, key, EntryKind.WRITE_OFF)
    if first is not None:
        return first
    if kind not in WRITE_OFF_ACCOUNTS:
        raise LedgerError(f"Choose a kind of write-off: {', '.join(WRITE_OFF_ACCOUNTS)}; not {kind!r}")
    reason = refuse_card_number(reason)
    if not reason:
        raise LedgerError("Say why it is written off")
    amount = _within(item, amount, "A write-off")
    draft = Draft(
        kind=EntryKind.WRITE_OFF,
        key=key,
        lines=(
            Line(WRITE_OFF_ACCOUNTS[kind], amount, charge_id, item.payer_id, reason=f"WO-{kind}"),
            Line(ACCOUNT_OF[bucket], -amount, charge_id, item.payer_id, reason=f"WO-{kind}"),
        ),
        memo=f"Written off: {reason}",
        patient_id=item.patient_id,
        guarantor_id=item.guarantor_id,
        service_on=item.service_on,
        cause={"kind": kind, "reason": reason, "bucket": bucket},
    )
    return journal.write(session, [draft], event="write_off", posted_on=posted_on)[0]


def reverse_entry(
    session: Session, entry: JournalEntry, reason: str, key: str, *, posted_on: date | None = None
) -> JournalEntry:
    """Post the opposite of an entry, linked to it, on an open day (R27).

    Raises AlreadyReversed for one that was reversed, or is a reversal; OverApplied for a receipt whose money
    was applied or refunded (`reverse_receipt` takes that back), and for a charge that was paid on.
    """
    return _reverse(session, [entry], reason, key, posted_on, "reverse_entry")[0]


def reverse_receipt(
    session: Session, receipt: Receipt, reason: str, key: str, *, posted_on: date | None = None
) -> list[JournalEntry]:
    """Reverse a receipt that bounced or was disputed, with everything it paid, so balances open again (B8).

    Raises OverApplied when a part was refunded: reverse the refund first. AlreadyReversed the second time.
    """
    kinds = (EntryKind.PATIENT_RECEIPT, EntryKind.APPLICATION)
    query = select(JournalEntry).where(JournalEntry.receipt_id == receipt.id, JournalEntry.kind.in_(kinds))
    journal.lock_unapplied(session, [receipt.id])
    entries = _unreversed(session, query)
    if not entries:
        posted = journal.found_group(session, key, EntryKind.REVERSAL)
        if not posted:
            raise AlreadyReversed(f"Receipt {receipt.number} was reversed already")
        return posted
    return _reverse(session, entries, reason, key, posted_on, "reverse_receipt")


def reverse_remittance(
    session: Session, remittance_id: int, reason: str, key: str, *, posted_on: date | None = None
) -> list[JournalEntry]:
    """Un-post everything of a remittance exactly, once (R27). What patients paid meanwhile becomes a credit.

    Raises AlreadyReversed when nothing of it is posted any more.
    """
    query = select(JournalEntry).where(
        JournalEntry.remittance_id == remittance_id, JournalEntry.kind != EntryKind.REVERSAL
    )
    entries = _unreversed(session, query)
    if not entries:
        posted = journal.found_group(session, key, EntryKind.REVERSAL)
        if not posted:
            raise AlreadyReversed("Nothing of this remittance is posted")
        return posted
    return _reverse(session, entries, reason, key, posted_on, "reverse_remittance")


def _locked(session: Session, charge_id: int, bucket: str) -> Item:
    if bucket not in ACCOUNT_OF:
        raise LedgerError(f"A balance stands with insurance or with the patient, not with {bucket!r}")
    return journal.lock_items(session, [charge_id])[charge_id, bucket]


def _within(item: Item, amount: Decimal, what: str) -> Decimal:
    amount = positive(amount, what)
    if amount > item.amount:
        whose = "Insurance has" if item.bucket == INSURANCE else "The patient has"
        raise OverApplied(f"{whose} {usd(item.amount)} open on this charge, not {usd(amount)}")
    return amount


def _move(
    session: Session,
    item: Item,
    amount: Decimal,
    reason: str,
    lines: Sequence[Line],
    words: str,
    key: str,
    posted_on: date | None,
) -> JournalEntry:
    first = journal.found_one(session, key, EntryKind.TRANSFER)
    if first is not None:
        return first
    _within(item, amount, "A transfer")
    reason = refuse_card_number(reason)
    draft = Draft(
        kind=EntryKind.TRANSFER,
        key=key,
        lines=lines,
        memo=f"{words}: {reason}" if reason else words,
        patient_id=item.patient_id,
        guarantor_id=item.guarantor_id,
        service_on=item.service_on,
        cause={"reason": reason},
    )
    return journal.write(session, [draft], event="transfer", posted_on=posted_on)[0]


def _unreversed(session: Session, query: Select[JournalEntry]) -> list[JournalEntry]:
    reversal = aliased(JournalEntry)
    return list(
        session.scalars(
            query.where(~select(reversal.id).where(reversal.reverses_id == JournalEntry.id).exists())
            .options(selectinload(JournalEntry.postings))
            .order_by(JournalEntry.id)
        )
    )


def _reverse(
    session: Session,
    entries: Sequence[JournalEntry],
    reason: str,
    key: str,
    posted_on: date | None,
    event: str,
) -> list[JournalEntry]:
    reason = refuse_card_number(reason)
    if not reason:
        raise LedgerError("Say why it is reversed")
    postings = [posting for entry in entries for posting in entry.postings]
    journal.lock_unapplied(session, {p.receipt_id for p in postings if p.receipt_id is not None})
    items = journal.lock_items(session, {p.charge_id for p in postings if p.charge_id is not None})
    posted = journal.found_group(session, key, EntryKind.REVERSAL)
    if posted:
        return posted
    ids = [entry.id for entry in entries]
    again = session.scalar(select(JournalEntry.reverses_id).where(JournalEntry.reverses_id.in_(ids)).limit(1))
    if again is not None or any(entry.kind is EntryKind.REVERSAL for entry in entries):
        raise AlreadyReversed(
            "This entry was reversed already, or is a reversal itself: post it anew instead"
        )
    for entry in entries:
        _refuse_paid_charge(entry, items)
    _refuse_over_application(session, entries, items)
    drafts = [
        Draft(
            kind=EntryKind.REVERSAL,
            key=key,
            lines=[_opposite(posting) for posting in entry.postings],
            memo=f"Reversal: {reason}",
            patient_id=entry.patient_id,
            guarantor_id=entry.guarantor_id,
            remittance_id=entry.remittance_id,
            claim_payment_id=entry.claim_payment_id,
            receipt_id=entry.receipt_id,
            service_on=entry.service_on,
            reverses_id=entry.id,
            cause={"reason": reason, "reverses": entry.kind.value},
        )
        for entry in entries
    ]
    return journal.write(session, journal.grouped(key, drafts), event=event, posted_on=posted_on)


def _opposite(posting: Posting) -> Line:
    return Line(
        posting.account,
        -posting.amount,
        posting.charge_id,
        posting.payer_id,
        posting.receipt_id,
        posting.reason,
    )


def _refuse_paid_charge(entry: JournalEntry, items: journal.Items) -> None:
    """A charge is taken back only while all of it is still open where it was posted."""
    if entry.kind is not EntryKind.CHARGE:
        return
    for posting in entry.postings:
        bucket = journal.BUCKET_OF.get(posting.account)
        if bucket and posting.charge_id and items[posting.charge_id, bucket].amount < posting.amount:
            raise OverApplied("This charge was paid on or moved: reverse that first")


def _refuse_over_application(session: Session, entries: Sequence[JournalEntry], items: journal.Items) -> None:
    """Reversing an application whose money was taken back already would take it back twice, and reversing that
    taking back may pay what is no longer owed (B4).
    """
    taken: dict[tuple[int, int], Decimal] = {}
    for posting in (posting for entry in entries for posting in entry.postings):
        if posting.account is Account.UNAPPLIED_PATIENT and posting.charge_id and posting.receipt_id:
            pair = (posting.receipt_id, posting.charge_id)
            taken[pair] = taken.get(pair, ZERO) + posting.amount
    if not taken:
        return
    rows = session.execute(
        select(Posting.receipt_id, Posting.charge_id, func.sum(Posting.amount))
        .where(
            Posting.account == Account.UNAPPLIED_PATIENT,
            Posting.charge_id.in_({charge_id for _, charge_id in taken}),
        )
        .group_by(Posting.receipt_id, Posting.charge_id)
    )
    applied = {(row[0], row[1]): row[2] for row in rows}
    for (receipt_id, charge_id), amount in taken.items():
        if amount > applied.get((receipt_id, charge_id), ZERO):
            raise OverApplied("This money was taken back from the charge already")
        if -amount > items[charge_id, PATIENT].amount:
            raise OverApplied(
                f"The patient owes only {usd(items[charge_id, PATIENT].amount)} on this charge now"
            )
