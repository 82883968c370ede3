"""The one place where entries, postings and the cached balances beside them are written (B1 to B4, ADR 1).

Everything goes in as sets: a whole remittance costs a handful of statements, not one a line.
Locks are always taken in one order, receipts before charges and each by id, so that two posters queue
and never deadlock. An idempotency key is looked up *after* the locks, so the slower of two identical
clicks finds the entry of the faster one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, literal_column, select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from clinic import audit, clock
from clinic.ledger.amounts import usd, whole_cents
from clinic.ledger.errors import ChargeUnknown, DayClosed, KeyReused, OverApplied
from clinic.models.ledger import Account, DayClose, EntryKind, JournalEntry, OpenItem, UnappliedItem

ZERO = Decimal("0.00")
INSURANCE, PATIENT = "insurance", "patient"
BUCKET_OF = {Account.INSURANCE_RECEIVABLE: INSURANCE, Account.PATIENT_RECEIVABLE: PATIENT}
# Spelled with a literal, so that the planner may use the partial indexes on open items even in a prepared plan.
IS_OPEN = OpenItem.amount != literal_column("0")
ACCOUNT_OF = {bucket: account for account, bucket in BUCKET_OF.items()}


@dataclass(frozen=True)
class Line:
    """One posting to be: debit above zero, credit below (ADR 1)."""

    account: Account
    amount: Decimal
    charge_id: int | None = None
    payer_id: int | None = None
    receipt_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Draft:
    """One entry to be; `key` is its idempotency key."""

    kind: EntryKind
    key: str
    lines: Sequence[Line]
    memo: str
    patient_id: int | None = None
    guarantor_id: int | None = None
    remittance_id: int | None = None
    claim_payment_id: int | None = None
    receipt_id: int | None = None
    service_on: date | None = None
    deposited_on: date | None = None
    reverses_id: int | None = None
    cause: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """What a charge's cached row says of one bucket, read under lock."""

    id: int
    charge_id: int
    bucket: str
    patient_id: int
    guarantor_id: int
    payer_id: int | None
    amount: Decimal
    service_on: date


Items = dict[tuple[int, str], Item]


def lock_items(session: Session, charge_ids: Iterable[int]) -> Items:
    """Lock both buckets of each charge, by id, and return them by (charge id, bucket).

    Raises ChargeUnknown when one of them was never posted.
    """
    wanted = sorted(set(charge_ids))
    if not wanted:
        return {}
    rows = session.execute(
        select(
            OpenItem.id,
            OpenItem.charge_id,
            OpenItem.bucket,
            OpenItem.patient_id,
            OpenItem.guarantor_id,
            OpenItem.payer_id,
            OpenItem.amount,
            OpenItem.service_on,
        )
        .where(OpenItem.charge_id == func.any(wanted))
        .order_by(OpenItem.id)
        .with_for_update()
    )
    items = {(row.charge_id, row.bucket): Item(*row) for row in rows}
    for charge_id in wanted:
        if (charge_id, INSURANCE) not in items or (charge_id, PATIENT) not in items:
            raise ChargeUnknown(f"Charge {charge_id} is not in the ledger: sign off its visit first")
    return items


def lock_unapplied(session: Session, receipt_ids: Iterable[int]) -> dict[int, Decimal]:
    """Lock the unapplied rests of receipts, by id, and return each rest."""
    rows = session.execute(
        select(UnappliedItem.receipt_id, UnappliedItem.amount)
        .where(UnappliedItem.receipt_id == func.any(sorted(set(receipt_ids))))
        .order_by(UnappliedItem.receipt_id)
        .with_for_update()
    )
    return {row.receipt_id: row.amount for row in rows}


def found_all(session: Session, keys: Iterable[str], kind: EntryKind) -> dict[str, JournalEntry]:
    """The entries that stand under these idempotency keys already.

    Raises KeyReused when one of them stands for another kind of event.
    """
    entries = session.scalars(
        select(JournalEntry).where(JournalEntry.idempotency_key == func.any(list(keys)))
    ).all()
    for entry in entries:
        if entry.kind is not kind:
            raise KeyReused(f"The key {entry.idempotency_key} was used for a {entry.kind.value} already")
    return {entry.idempotency_key: entry for entry in entries}


def found_one(session: Session, key: str, kind: EntryKind) -> JournalEntry | None:
    """The entry under this key, or None. Raises KeyReused when it stands for another kind of event."""
    return found_all(session, [key], kind).get(key)


def found_group(session: Session, key: str, kind: EntryKind) -> list[JournalEntry]:
    """All entries that one event wrote as a group, in their order; empty when it was never posted."""
    first = found_one(session, key, kind)
    if first is None:
        return []
    parts = int(first.cause.get("parts", 1))
    others = found_all(session, (f"{key}:{part}" for part in range(2, parts + 1)), kind)
    return [first, *(others[f"{key}:{part}"] for part in range(2, parts + 1))]


def grouped(key: str, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts of one event under keys derived from its own, so that `found_group` finds them again."""
    return [
        replace(
            draft,
            key=key if part == 1 else f"{key}:{part}",
            cause={**draft.cause, "parts": len(drafts)} if len(drafts) > 1 else draft.cause,
        )
        for part, draft in enumerate(drafts, start=1)
    ]


def open_day(session: Session) -> date:
    """The day on which money is posted now: today, or the first day after the last closed one (B12)."""
    closed = session.scalar(select(func.max(DayClose.closed_on)))
    today = clock.today()
    return today if closed is None else max(today, closed + timedelta(days=1))


def posting_day(session: Session, posted_on: date | None) -> date:
    """The given day, or the open one. Raises DayClosed for a closed day."""
    if posted_on is None:
        return open_day(session)
    closed = session.scalar(select(func.max(DayClose.closed_on)))
    if closed is not None and posted_on <= closed:
        raise DayClosed(f"{posted_on:%m/%d/%Y} is closed: post on an open day")
    return posted_on


def write(
    session: Session, drafts: Sequence[Draft], *, event: str, posted_on: date | None = None
) -> list[JournalEntry]:
    """Write new entries, move the cached balances with them and put the event on record, all in sets.

    The caller has locked the items and looked up the keys. Raises OverApplied when a receipt would fall
    below zero. The database repeats the balance rule at the end of the transaction (B1).
    """
    if not drafts:
        return []
    drafts = [replace(draft, lines=_checked(draft)) for draft in drafts]
    day = posting_day(session, posted_on)
    entries = _insert(session, drafts, day)
    _move_open_items(session, drafts, day)
    _move_unapplied(session, drafts)
    patients = {draft.patient_id for draft in drafts if draft.patient_id is not None}
    audit.record(
        session,
        f"ledger.{event}",
        patients=sorted(patients),
        subject=f"journal_entry:{entries[0].id}",
        category="money",
        changes={"entries": len(entries), "first": entries[0].id, "last": entries[-1].id},
    )
    return entries


def _must(holds: bool, fault: str) -> None:
    """A fault here is ours, not the user's: stop before anything is written."""
    if not holds:
        raise AssertionError(fault)


def _checked(draft: Draft) -> list[Line]:
    """Its lines without zeros. The trigger repeats what is asserted here (style: two paths)."""
    lines = [replace(line, amount=whole_cents(line.amount)) for line in draft.lines if line.amount != 0]
    _must(len(lines) >= 2, f"{draft.key}: an entry needs two postings")
    _must(sum(line.amount for line in lines) == 0, f"{draft.key}: an entry must balance")
    for line in lines:
        if line.account in BUCKET_OF:
            _must(line.charge_id is not None, f"{draft.key}: a receivable belongs to a charge")
        if line.account is Account.UNAPPLIED_PATIENT:
            _must(line.receipt_id is not None, f"{draft.key}: unapplied money belongs to a receipt")
    return lines


def _insert(session: Session, drafts: Sequence[Draft], day: date) -> list[JournalEntry]:
    now, user_id = clock.now(), audit.actor().user_id
    entries = list(
        session.scalars(
            insert(JournalEntry).returning(JournalEntry, sort_by_parameter_order=True),
            [
                {
                    "kind": draft.kind,
                    "patient_id": draft.patient_id,
                    "guarantor_id": draft.guarantor_id,
                    "remittance_id": draft.remittance_id,
                    "claim_payment_id": draft.claim_payment_id,
                    "receipt_id": draft.receipt_id,
                    "service_on": draft.service_on,
                    "posted_on": day,
                    "deposited_on": draft.deposited_on,
                    "created_at": now,
                    "created_by": user_id,
                    "memo": draft.memo,
                    "cause": dict(draft.cause),
                    "reverses_id": draft.reverses_id,
                    "idempotency_key": draft.key,
                }
                for draft in drafts
            ],
        )
    )
    _insert_postings(session, entries, drafts)
    return entries


# Arrays, for a thousand postings as VALUES would be parsed for longer than they take to write.
_INSERT_POSTINGS = text("""
INSERT INTO posting (entry_id, account, amount, charge_id, payer_id, receipt_id, reason)
SELECT entry_id, account, amount, charge_id, payer_id, receipt_id, reason
  FROM unnest(CAST(:entries AS bigint[]), CAST(:accounts AS text[]), CAST(:amounts AS bigint[]),
              CAST(:charges AS bigint[]), CAST(:payers AS bigint[]), CAST(:receipts AS bigint[]),
              CAST(:reasons AS text[]))
       WITH ORDINALITY AS p(entry_id, account, amount, charge_id, payer_id, receipt_id, reason, place)
 ORDER BY place
""")


def _insert_postings(session: Session, entries: Sequence[JournalEntry], drafts: Sequence[Draft]) -> None:
    lines = [(entry.id, line) for entry, draft in zip(entries, drafts, strict=True) for line in draft.lines]
    session.execute(
        _INSERT_POSTINGS,
        {
            "entries": [entry_id for entry_id, _ in lines],
            "accounts": [line.account.value for _, line in lines],
            "amounts": [int(line.amount * 100) for _, line in lines],
            "charges": [line.charge_id for _, line in lines],
            "payers": [line.payer_id for _, line in lines],
            "receipts": [line.receipt_id for _, line in lines],
            "reasons": [line.reason for _, line in lines],
        },
    )


_MOVE_OPEN_ITEMS = text("""
UPDATE open_item AS o
   SET amount = o.amount + m.delta,
       payer_id = COALESCE(m.payer_id, o.payer_id),
       responsible_on = CASE WHEN m.starts AND o.amount <= 0 AND o.amount + m.delta > 0
                             THEN :day ELSE o.responsible_on END
  FROM unnest(CAST(:charges AS bigint[]), CAST(:buckets AS text[]), CAST(:deltas AS bigint[]),
              CAST(:payers AS bigint[]), CAST(:starts AS boolean[]))
       AS m(charge_id, bucket, delta, payer_id, starts)
 WHERE o.charge_id = m.charge_id AND o.bucket = m.bucket
RETURNING o.id
""")
_MOVE_UNAPPLIED = text("""
UPDATE unapplied_item AS u
   SET amount = u.amount - m.delta
  FROM unnest(CAST(:receipts AS bigint[]), CAST(:deltas AS bigint[])) AS m(receipt_id, delta)
 WHERE u.receipt_id = m.receipt_id
RETURNING u.receipt_id, u.amount
""")


def _move_open_items(session: Session, drafts: Sequence[Draft], day: date) -> None:
    """Add what the entries do to each (charge, bucket) to its cached row.

    A responsibility that opens starts its ageing today (R23); one that a reversal opens again keeps the
    date it had, or a bounced check would make old money young (B10).
    """
    moves: dict[tuple[int, str], list[Any]] = {}
    for draft in drafts:
        for line in draft.lines:
            bucket = BUCKET_OF.get(line.account)
            if bucket is None or line.charge_id is None:
                continue
            move = moves.setdefault((line.charge_id, bucket), [ZERO, None, False])
            move[0] += line.amount
            if line.amount > 0 and line.payer_id is not None:
                move[1] = line.payer_id
            if line.amount > 0 and draft.kind is not EntryKind.REVERSAL:
                move[2] = True
    if not moves:
        return
    touched = session.scalars(
        _MOVE_OPEN_ITEMS,
        {
            "day": day,
            "charges": [charge_id for charge_id, _ in moves],
            "buckets": [bucket for _, bucket in moves],
            "deltas": [int(delta * 100) for delta, _, _ in moves.values()],
            "payers": [payer_id for _, payer_id, _ in moves.values()],
            "starts": [starts for _, _, starts in moves.values()],
        },
    ).all()
    _must(len(touched) == len(moves), "every posted charge has its two open items")
    _expire(session, OpenItem, touched)


def _move_unapplied(session: Session, drafts: Sequence[Draft]) -> None:
    moves: dict[int, Decimal] = {}
    for draft in drafts:
        for line in draft.lines:
            if line.account is Account.UNAPPLIED_PATIENT and line.receipt_id is not None:
                moves[line.receipt_id] = moves.get(line.receipt_id, ZERO) + line.amount
    if not moves:
        return
    rests = session.execute(
        _MOVE_UNAPPLIED,
        {"receipts": list(moves), "deltas": [int(delta * 100) for delta in moves.values()]},
    ).all()
    _must(len(rests) == len(moves), "every receipt has its unapplied item")
    for row in rests:
        if row.amount < 0:
            over = usd(Decimal(-row.amount).scaleb(-2))
            raise OverApplied(
                f"That is {over} more than is left of the receipt: take back what it paid first"
            )
    _expire(session, UnappliedItem, [row.receipt_id for row in rests])


def _expire(session: Session, kind: type[OpenItem] | type[UnappliedItem], ids: Iterable[int]) -> None:
    """Let objects that the caller holds read their new amounts."""
    for row_id in ids:
        loaded = session.identity_map.get(identity_key(kind, row_id))
        if loaded is not None:
            session.expire(loaded)
