"""Every cent explained: the reasons behind a balance, whose sum is the balance (Z4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from clinic.ledger.journal import ACCOUNT_OF, BUCKET_OF, PATIENT, ZERO
from clinic.models.charges import Charge
from clinic.models.ledger import Account, EntryKind, JournalEntry, Posting, Receipt
from clinic.models.payers import Payer

# Our own short words for what a patient is asked to pay (R14); other reasons show their code.
PATIENT_REASONS = {
    "PR-1": "deductible",
    "PR-2": "coinsurance",
    "PR-3": "copay",
    "PR-45": "charge above what the plan allows",
    "PR-96": "not covered by the plan",
    "PR-204": "not covered by the plan",
}
METHOD_WORDS = {
    "cash": "cash",
    "check": "check",
    "card_terminal": "card",
    "card_online": "card, online",
}


@dataclass(frozen=True)
class Reason:
    """One part of a balance: above zero it is owed, below zero it lowered what is owed."""

    amount: Decimal
    words: str
    entry: JournalEntry


def explain(session: Session, charge_id: int, bucket: str | None = None) -> list[Reason]:
    """The reasons behind one charge's balance, oldest first; their sum is the balance (Z4).

    `bucket` insurance or patient explains that part, None the whole. What was reversed is left out, with its
    reversal.
    """
    return explain_many(session, [charge_id], bucket).get(charge_id, [])


def explain_many(
    session: Session, charge_ids: Iterable[int], bucket: str | None = None
) -> dict[int, list[Reason]]:
    """`explain` for many charges, in four queries: a statement's lines."""
    wanted = sorted(set(charge_ids))
    postings = list(
        session.scalars(
            select(Posting)
            .where(Posting.charge_id == func.any(wanted))
            .options(joinedload(Posting.entry))
            .order_by(Posting.charge_id, Posting.entry_id, Posting.id)
        )
    )
    undone = {posting.entry.reverses_id for posting in postings if posting.entry.reverses_id is not None}
    postings = [
        posting
        for posting in postings
        if posting.entry.reverses_id is None and posting.entry_id not in undone
    ]
    words = _Words(session, postings)
    reasons: dict[int, list[Reason]] = {}
    for (charge_id, _), group in groupby(postings, key=lambda posting: (posting.charge_id, posting.entry_id)):
        if charge_id is not None:
            reasons.setdefault(charge_id, []).extend(_reasons(list(group), bucket, words))
    return reasons


def _reasons(postings: Sequence[Posting], bucket: str | None, words: "_Words") -> list[Reason]:
    """What one entry did to one charge.

    The patient's part is told by its own postings. For the others the opposite side tells more ("paid",
    "contract"), and because an entry sums to zero on each charge both say the same amount.
    """
    if bucket == PATIENT:
        return [
            Reason(posting.amount, words.of_patient(posting), posting.entry)
            for posting in postings
            if posting.account is Account.PATIENT_RECEIVABLE
        ]
    explained = {ACCOUNT_OF[bucket]} if bucket else set(BUCKET_OF)
    if not any(posting.account in explained for posting in postings):
        return []
    others = [posting for posting in postings if posting.account not in explained]
    if not others:  # from one payer to the next: nothing changed in sum
        return []
    return [Reason(-posting.amount, words.of_other(posting), posting.entry) for posting in others]


class _Words:
    """Plain words for a posting; reads the payers, receipts and codes it needs once."""

    def __init__(self, session: Session, postings: Sequence[Posting]) -> None:
        payers = {posting.payer_id for posting in postings if posting.payer_id is not None}
        receipts = {posting.receipt_id for posting in postings if posting.receipt_id is not None}
        charges = {posting.charge_id for posting in postings if posting.charge_id is not None}
        self.payers = dict(_pairs(session, Payer.id, Payer.name, payers))
        self.codes = dict(_pairs(session, Charge.id, Charge.code, charges))
        self.receipts = {
            row.id: f"{row.number} ({METHOD_WORDS.get(row.method, row.method)})"
            for row in session.execute(
                select(Receipt.id, Receipt.number, Receipt.method).where(Receipt.id.in_(receipts))
            )
        }

    def of_patient(self, posting: Posting) -> str:
        code = self._code(posting)
        if posting.entry.kind is EntryKind.CHARGE:
            return f"Charged for {code}"
        if posting.receipt_id is not None:
            return self._receipt(posting)
        if posting.entry.kind is EntryKind.WRITE_OFF:
            return f"Written off on {code}"
        if posting.reason in PATIENT_REASONS:
            return f"{PATIENT_REASONS[posting.reason].capitalize()} on {code}"
        if posting.amount < 0:
            return f"Moved to {self._payer(posting)} on {code}"
        return f"Your part of {code}" + (f" ({posting.reason})" if posting.reason else "")

    def of_other(self, posting: Posting) -> str:
        code = self._code(posting)
        reason = f" ({posting.reason})" if posting.reason else ""
        match posting.account:
            case Account.REVENUE:
                return f"Charged for {code}"
            case Account.CASH | Account.UNAPPLIED_INSURANCE:
                verb = "Paid" if posting.amount > 0 else "Taken back"
                return f"{verb} by {self._payer(posting)} on {code}"
            case Account.UNAPPLIED_PATIENT:
                return self._receipt(posting)
            case Account.CONTRACTUAL:
                return f"Lowered by the contract with {self._payer(posting)} on {code}{reason}"
            case Account.PATIENT_RECEIVABLE:
                return f"Moved to the patient on {code}{reason}"
            case Account.INSURANCE_RECEIVABLE:
                return f"Moved to {self._payer(posting)} on {code}"
            case Account.WRITE_OFF | Account.DENIAL_WRITE_OFF:
                return f"Written off on {code}{reason}"
            case _:
                return f"{posting.account.value.replace('_', ' ').capitalize()} on {code}{reason}"

    def _code(self, posting: Posting) -> str:
        code = self.codes.get(posting.charge_id or 0, "a charge")
        day = posting.entry.service_on
        return f"{code} ({day:%m/%d/%Y})" if day else code

    def _payer(self, posting: Posting) -> str:
        return self.payers.get(posting.payer_id or 0, "insurance")

    def _receipt(self, posting: Posting) -> str:
        taken_back = (posting.amount > 0) is (posting.account is Account.PATIENT_RECEIVABLE)
        verb = "Taken back from" if taken_back else "Paid with"
        return f"{verb} receipt {self.receipts.get(posting.receipt_id or 0, '')}".rstrip()


def _pairs(
    session: Session, key: InstrumentedAttribute[int], value: InstrumentedAttribute[str], ids: set[int]
) -> Sequence[tuple[int, str]]:
    return [(row[0], row[1]) for row in session.execute(select(key, value).where(key.in_(ids)))]


def total(reasons: Iterable[Reason]) -> Decimal:
    """The balance that the reasons explain."""
    return sum((reason.amount for reason in reasons), ZERO)
