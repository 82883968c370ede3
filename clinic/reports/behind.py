"""The rows behind each key figure: their total, count or share is the figure (domain 10)."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import formats
from clinic.models import (
    Account,
    Claim,
    ClaimPayment,
    EntryKind,
    Guarantor,
    JournalEntry,
    OpenItem,
    Patient,
    Posting,
    Receipt,
    Remittance,
    ServicePayment,
)
from clinic.reports.aging import ZERO
from clinic.reports.kpis import (
    FORMULAS,
    OVER,
    RECEIVABLE,
    answered,
    days_in_ar,
    items_moved,
    percent,
    scrubbed,
)
from clinic.reports.months import Month
from clinic.reports.tables import About, Cell, Column, Table

WHO = (Column("Patient"), Column("MRN"))


def rows(session: Session, key: str, month: Month) -> Table:
    """The rows behind one figure of one month; `key` is one of FORMULAS."""
    name, formula = FORMULAS[key]
    title, basis = f"{name}, {month.name}", f"{name}: {formula}."
    match key:
        case "charges":
            return _money(session, month, title, basis, Account.REVENUE, -1)
        case "payments":
            return _money(session, month, title, basis, Account.CASH, 1)
        case "days_in_ar":
            return _open(session, month, title, basis)
        case "ar_over_90":
            return _old(session, month, title, basis)
        case "clean_claims":
            return _claims(session, month, title, basis)
    return _lines(session, month, title, basis)


def _money(session: Session, month: Month, title: str, basis: str, account: Account, sign: int) -> Table:
    query = (
        select(JournalEntry, Patient, func.sum(Posting.amount))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Patient, Patient.id == JournalEntry.patient_id)
        .where(
            Posting.account == account,
            JournalEntry.posted_on >= month.first,
            JournalEntry.posted_on <= month.last_day,
        )
        .group_by(JournalEntry.id, Patient.id)
        .order_by(JournalEntry.posted_on, JournalEntry.id)
    )
    found = session.execute(query).all()
    columns = [Column("Posted", "date"), *WHO, Column("What"), Column("Amount", "money")]
    lines: list[list[Cell]] = [
        [entry.posted_on, *_who(patient), _what(entry), amount * sign] for entry, patient, amount in found
    ]
    total = sum((amount * sign for _, _, amount in found), ZERO)
    about = [_about(patient) for _, patient, _ in found]
    return Table(title, basis, columns, lines, ["Total", None, None, None, total], about)


def _what(entry: JournalEntry) -> str:
    return "Reversal" if entry.kind is EntryKind.REVERSAL else entry.memo


def _open(session: Session, month: Month, title: str, basis: str) -> Table:
    """Every open balance and every credit at the month's end; their sum stands over the fraction."""
    found = [*_items(session, month), *_unapplied(session, month)]
    open_amount = sum((line[-1] for line, _ in found), ZERO)
    end = month.last_day
    charged = session.scalar(
        select(-func.sum(Posting.amount))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            Posting.account == Account.REVENUE,
            JournalEntry.posted_on > end - timedelta(days=90),
            JournalEntry.posted_on <= month.last_posted,
        )
    )
    value = days_in_ar(open_amount, charged or ZERO)
    words = (
        f" As of {formats.mdy(end)}: {formats.usd(open_amount)} open less credits, {formats.usd(charged or ZERO)} "
        f"charged in 90 days: {'–' if value is None else value}."
    )
    return _amounts(title, basis + words, found, open_amount)


def _old(session: Session, month: Month, title: str, basis: str) -> Table:
    limit = month.last_day - timedelta(days=OVER)
    debits = [(line, about) for line, about in _items(session, month) if line[-1] > 0]
    old = [(line, about) for line, about in debits if line[0] < limit]
    open_amount = sum((line[-1] for line, _ in debits), ZERO)
    amount = sum((line[-1] for line, _ in old), ZERO)
    share = percent(amount, open_amount)
    words = (
        f" As of {formats.mdy(month.last_day)}: {formats.usd(amount)} of {formats.usd(open_amount)}: "
        f"{'–' if share is None else f'{share}%'}. Credits are not taken off."
    )
    return _amounts(title, basis + words, old, amount)


def _amounts(title: str, basis: str, found: list[tuple[list[Cell], About]], total: Decimal) -> Table:
    columns = [Column("Date", "date"), *WHO, Column("Open with"), Column("Amount", "money")]
    return Table(
        title,
        basis,
        columns,
        [line for line, _ in found],
        ["Total", None, None, None, total],
        [about for _, about in found],
    )


def _items(session: Session, month: Month) -> list[tuple[list, About]]:
    """Each charge's balance in each bucket at the month's end, from the journal: oldest first."""
    amount = func.sum(Posting.amount)
    query = (
        select(OpenItem, Patient, amount)
        .join(Posting, items_moved())
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Patient, Patient.id == OpenItem.patient_id)
        .where(Posting.account.in_(RECEIVABLE), JournalEntry.posted_on <= month.last_posted)
        .group_by(OpenItem.id, Patient.id)
        .having(amount != 0)
        .order_by(OpenItem.service_on, OpenItem.id)
    )
    return [
        ([item.service_on, *_who(patient), item.bucket.capitalize(), rest], _about(patient))
        for item, patient, rest in session.execute(query)
    ]


def _unapplied(session: Session, month: Month) -> list[tuple[list, About]]:
    """Money received and not used yet at the month's end, below zero."""
    amount = func.sum(Posting.amount)
    query = (
        select(Receipt, Guarantor, Patient, amount)
        .join(Posting, Posting.receipt_id == Receipt.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Guarantor, Guarantor.id == Receipt.guarantor_id)
        .outerjoin(Patient, Patient.id == Receipt.patient_id)
        .where(Posting.account == Account.UNAPPLIED_PATIENT, JournalEntry.posted_on <= month.last_posted)
        .group_by(Receipt.id, Guarantor.id, Patient.id)
        .having(amount != 0)
        .order_by(Receipt.id)
    )
    return [
        (
            [
                receipt.received_on,
                *(_who(patient) if patient else (guarantor.name, "")),
                f"Unapplied, {receipt.number}",
                rest,
            ],
            _about(patient),
        )
        for receipt, guarantor, patient, rest in session.execute(query)
    ]


def _claims(session: Session, month: Month, title: str, basis: str) -> Table:
    query = (
        select(Claim)
        .where(*scrubbed(month, month))
        .options(joinedload(Claim.patient), joinedload(Claim.payer))
        .order_by(Claim.clean_first_time, Claim.id)
    )
    found = session.scalars(query).all()
    columns = [
        Column("Claim"), *WHO, Column("Payer"), Column("Service", "date"), Column("Billed", "money"),
        Column("First scrub"),
    ]  # fmt: skip
    lines: list[list[Cell]] = [
        [
            claim.control_number, *_who(claim.patient), claim.payer.name, claim.service_on, claim.amount_billed,
            "clean" if claim.clean_first_time else "touched",
        ]
        for claim in found
    ]  # fmt: skip
    clean = sum(bool(claim.clean_first_time) for claim in found)
    words = _share_words(clean, len(found), "claims")
    about = [_about(claim.patient, claim) for claim in found]
    return Table(title, basis + words, columns, lines, about=about)


def _lines(session: Session, month: Month, title: str, basis: str) -> Table:
    query = (
        select(ServicePayment, ClaimPayment, Remittance, Patient, Claim)
        .join(ClaimPayment, ClaimPayment.id == ServicePayment.claim_payment_id)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .join(Claim, Claim.id == ClaimPayment.claim_id)
        .join(Patient, Patient.id == Claim.patient_id)
        .where(*answered(month, month))
        .order_by(ServicePayment.denied.desc(), Remittance.id, ServicePayment.id)
    )
    found = session.execute(query).all()
    columns = [
        Column("Claim"), *WHO, Column("Payer"), Column("Code"), Column("Billed", "money"),
        Column("Paid", "money"), Column("Answer"),
    ]  # fmt: skip
    lines: list[list[Cell]] = [
        [
            paid.control_number, *_who(patient), remittance.payer_name, line.code, line.amount_billed,
            line.amount_paid, "denied" if line.denied else "accepted",
        ]
        for line, paid, remittance, patient, _ in found
    ]  # fmt: skip
    words = _share_words(sum(line.denied for line, *_ in found), len(found), "lines")
    about = [_about(patient, claim) for *_, patient, claim in found]
    return Table(title, basis + words, columns, lines, about=about)


def _share_words(part: int, whole: int, noun: str) -> str:
    share = percent(part, whole)
    return f" {part} of {whole} {noun}: {'–' if share is None else f'{share}%'}."


def _who(patient: Patient | None) -> tuple[str, str]:
    return (patient.name, patient.mrn) if patient else ("", "")


def _about(patient: Patient | None, claim: Claim | None = None) -> About:
    if patient is None:
        return About()
    return About(patient.id, patient.public_id, claim.public_id if claim else "")
