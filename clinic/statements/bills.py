"""What a household owes, visit by visit, with the reason of every cent (T1, T4, Z4).

A bill knows no language: reasons are kinds with amounts, and the templates put them into words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import (
    Account,
    Charge,
    Claim,
    Encounter,
    JournalEntry,
    OpenItem,
    Patient,
    Payer,
    Posting,
    Procedure,
    RenderingProvider,
)
from clinic.scheduling.missed import FEE_WORDS

ZERO = Decimal("0.00")
AGES = (30, 60, 90, 120)
COPAY, DEDUCTIBLE, COINSURANCE, NOT_COVERED, SELF_PAY, OTHER = (
    "copay",
    "deductible",
    "coinsurance",
    "not_covered",
    "self_pay",
    "other",
)
# In the order in which money from the patient is thought to meet them: the copay was asked for first.
KINDS = (COPAY, DEDUCTIBLE, COINSURANCE, NOT_COVERED, SELF_PAY, OTHER)
KIND_OF_REASON = {
    "PR-1": DEDUCTIBLE,
    "PR-2": COINSURANCE,
    "PR-3": COPAY,
    "copay at visit": COPAY,
    "PR-45": NOT_COVERED,
    "PR-96": NOT_COVERED,
    "PR-204": NOT_COVERED,
}
FEE_SPANISH = {"NOSHOW": "Cargo por faltar a una cita", "LATECX": "Cargo por cancelar tarde"}
AMOUNTS = ("charged", "discount", "plan_paid", "you_paid", "with_plan", "you_owe")
_Words = dict[str, tuple[str, str]]
DISCOUNTS = (Account.CONTRACTUAL, Account.WRITE_OFF, Account.DENIAL_WRITE_OFF)


@dataclass(frozen=True)
class BillLine:
    """One charge: `charged − discount − plan_paid − you_paid − with_plan = you_owe`."""

    words: str
    code: str
    charged: Decimal
    discount: Decimal
    plan_paid: Decimal
    you_paid: Decimal
    with_plan: Decimal
    you_owe: Decimal
    spanish: str = ""  # the clinic's own Spanish words, where it has them


@dataclass(frozen=True)
class BillVisit:
    """One visit of one patient; the reasons' amounts add up to `you_owe`."""

    patient_first_name: str
    service_on: date
    provider: str
    payer: str
    lines: tuple[BillLine, ...]
    reasons: tuple[tuple[str, Decimal], ...]
    copay_paid: Decimal

    @property
    def you_owe(self) -> Decimal:
        return sum((line.you_owe for line in self.lines), ZERO)

    @property
    def with_plan(self) -> Decimal:
        """What is still open with an insurer, and nobody asks the patient for."""
        return sum((line.with_plan for line in self.lines), ZERO)


@dataclass(frozen=True)
class Bill:
    """What one guarantor owes today, for every patient of the household."""

    guarantor_id: int
    on: date
    visits: tuple[BillVisit, ...]
    ages: tuple[Decimal, ...]
    unapplied: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return sum((visit.you_owe for visit in self.visits), ZERO)

    def sum_of(self, column: str) -> Decimal:
        """The sum of one column of the lines: `charged`, `discount`, `plan_paid`, `you_paid`."""
        return sum((getattr(line, column) for visit in self.visits for line in visit.lines), ZERO)

    def frozen(self) -> dict[str, Any]:
        """The bill as plain JSON: amounts as decimal strings, dates as ISO texts."""
        return {
            "on": self.on.isoformat(),
            "total": str(self.total),
            "ages": [str(amount) for amount in self.ages],
            "visits": [_plain(visit) for visit in self.visits],
        }


def thaw(details: dict[str, Any]) -> Bill:
    """The bill of a statement as it was printed."""
    visits = tuple(
        BillVisit(
            patient_first_name=visit["patient_first_name"],
            service_on=date.fromisoformat(visit["service_on"]),
            provider=visit["provider"],
            payer=visit["payer"],
            lines=tuple(
                BillLine(
                    line["words"],
                    line["code"],
                    *(Decimal(line[name]) for name in AMOUNTS),
                    spanish=line.get("spanish", ""),
                )
                for line in visit["lines"]
            ),
            reasons=tuple((kind, Decimal(amount)) for kind, amount in visit["reasons"]),
            copay_paid=Decimal(visit["copay_paid"]),
        )
        for visit in details["visits"]
    )
    ages = tuple(Decimal(amount) for amount in details["ages"])
    return Bill(0, date.fromisoformat(details["on"]), visits, ages)


def _plain(visit: BillVisit) -> dict[str, Any]:
    plain = asdict(visit)
    plain["service_on"] = visit.service_on.isoformat()
    plain["copay_paid"] = str(visit.copay_paid)
    plain["reasons"] = [[kind, str(amount)] for kind, amount in visit.reasons]
    plain["lines"] = [
        {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(line).items()}
        for line in visit.lines
    ]
    return plain


@dataclass
class _Sums:
    """One charge's postings by meaning."""

    charged: Decimal = ZERO
    discount: Decimal = ZERO
    plan_paid: Decimal = ZERO
    you_paid: Decimal = ZERO
    patient: Decimal = ZERO
    insurance: Decimal = ZERO
    kinds: dict[str, Decimal] = field(default_factory=dict)


def bill(session: Session, guarantor_id: int) -> Bill:
    """What one guarantor owes today. Visits with nothing owed are left out."""
    return bills(session, [guarantor_id])[guarantor_id]


def bills(session: Session, guarantor_ids: Iterable[int]) -> dict[int, Bill]:
    """Bills of many guarantors in five queries, however many there are."""
    wanted = sorted(set(guarantor_ids))
    today = clock.today()
    items = session.execute(
        select(
            OpenItem.guarantor_id,
            OpenItem.charge_id,
            OpenItem.amount,
            OpenItem.responsible_on,
            Charge.encounter_id,
        )
        .join(Charge, Charge.id == OpenItem.charge_id)
        .where(OpenItem.bucket == "patient", OpenItem.amount != 0, OpenItem.guarantor_id.in_(wanted or [0]))
    ).all()
    visits = _visits(session, {item.encounter_id for item in items})
    owner = {item.encounter_id: item.guarantor_id for item in items}
    made: dict[int, Bill] = {}
    for guarantor_id in wanted:
        mine = [visit for number, visit in visits if owner[number] == guarantor_id and visit.you_owe]
        ages = [ZERO] * (len(AGES) + 1)
        for item in items:
            if item.guarantor_id == guarantor_id:
                days = (today - item.responsible_on).days
                ages[sum(days > limit for limit in AGES)] += item.amount
        made[guarantor_id] = Bill(guarantor_id, today, tuple(mine), tuple(ages))
    return made


def _visits(session: Session, encounter_ids: set[int]) -> list[tuple[int, BillVisit]]:
    lines = session.execute(
        select(
            Charge.id,
            Charge.encounter_id,
            Charge.code,
            Charge.position,
            Encounter.service_on,
            Patient.first_name.label("patient"),
            RenderingProvider.first_name.label("provider_first"),
            RenderingProvider.last_name.label("provider_last"),
            RenderingProvider.credential,
        )
        .join(Encounter, Encounter.id == Charge.encounter_id)
        .join(Patient, Patient.id == Encounter.patient_id)
        .join(RenderingProvider, RenderingProvider.id == Encounter.provider_id)
        .where(Charge.encounter_id.in_(encounter_ids or {0}))
        .order_by(Encounter.service_on, Charge.encounter_id, Charge.position)
    ).all()
    sums = _sums(session, [line.id for line in lines])
    payers = _payers(session, encounter_ids)
    words = _words(session, {line.code for line in lines})
    grouped: dict[int, list[Row[Any]]] = {}
    for line in lines:
        grouped.setdefault(line.encounter_id, []).append(line)
    return [(number, _visit(rows, sums, payers.get(number, ""), words)) for number, rows in grouped.items()]


def _visit(rows: Sequence[Row[Any]], sums: dict[int, _Sums], payer: str, words: _Words) -> BillVisit:
    lines, kinds = [], dict.fromkeys(KINDS, ZERO)
    copay_paid = ZERO
    for row in rows:
        found = sums.get(row.id, _Sums())
        english, spanish = words.get(row.code, (f"Service {row.code}", f"Servicio {row.code}"))
        lines.append(
            BillLine(
                english,
                row.code,
                found.charged,
                found.discount,
                found.plan_paid,
                found.you_paid,
                found.insurance,
                found.patient,
                spanish,
            )
        )
        asked_copay = found.kinds.get(COPAY, ZERO)
        for kind, amount in _still_owed(found).items():
            kinds[kind] += amount
            if kind == COPAY:
                asked_copay -= amount
        copay_paid += max(asked_copay, ZERO)
    first = rows[0]
    credential = f", {first.credential}" if first.credential else ""
    return BillVisit(
        patient_first_name=first.patient,
        service_on=first.service_on,
        provider=f"{first.provider_first} {first.provider_last}{credential}",
        payer=payer,
        lines=tuple(lines),
        reasons=tuple((kind, amount) for kind, amount in kinds.items() if amount),
        copay_paid=copay_paid,
    )


def _still_owed(found: _Sums) -> dict[str, Decimal]:
    """The kinds that make up a charge's patient balance, after what was paid met them in the order of KINDS."""
    owed = {kind: amount for kind in KINDS if (amount := found.kinds.get(kind, ZERO)) > 0}
    met = sum(owed.values(), ZERO) - found.patient
    for kind in list(owed):
        part = min(owed[kind], max(met, ZERO))
        owed[kind] -= part
        met -= part
    if met < 0 or met > 0:
        owed[OTHER] = owed.get(OTHER, ZERO) - met
    return {kind: amount for kind, amount in owed.items() if amount}


def _sums(session: Session, charge_ids: Sequence[int]) -> dict[int, _Sums]:
    rows = session.execute(
        select(
            Posting.charge_id,
            Posting.account,
            Posting.reason,
            JournalEntry.kind,
            func.sum(Posting.amount).label("amount"),
            func.bool_or(Posting.receipt_id.is_not(None)).label("receipt"),
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.charge_id.in_(charge_ids or [0]))
        .group_by(Posting.charge_id, Posting.account, Posting.reason, JournalEntry.kind)
    )
    sums: dict[int, _Sums] = {}
    for row in rows:
        found = sums.setdefault(row.charge_id, _Sums())
        match row.account:
            case Account.REVENUE:
                found.charged -= row.amount
            case Account.CASH | Account.UNAPPLIED_INSURANCE:
                found.plan_paid += row.amount
            case Account.UNAPPLIED_PATIENT:
                found.you_paid += row.amount
            case Account.INSURANCE_RECEIVABLE:
                found.insurance += row.amount
            case Account.PATIENT_RECEIVABLE:
                found.patient += row.amount
                if not row.receipt:
                    kind = KIND_OF_REASON.get(row.reason, SELF_PAY if row.kind.value == "charge" else OTHER)
                    if row.kind.value != "write_off":
                        found.kinds[kind] = found.kinds.get(kind, ZERO) + row.amount
            case account if account in DISCOUNTS:
                found.discount += row.amount
    return sums


def _payers(session: Session, encounter_ids: set[int]) -> dict[int, str]:
    """The payer that each visit was billed to first."""
    rows = session.execute(
        select(Claim.encounter_id, Payer.name)
        .join(Payer, Payer.id == Claim.payer_id)
        .where(Claim.encounter_id.in_(encounter_ids or {0}), Claim.sequence == "P")
        .order_by(Claim.id)
    )
    return {row[0]: row[1] for row in rows}


def _words(session: Session, codes: set[str]) -> _Words:
    """English and Spanish of each code; "" for Spanish words that the clinic does not have."""
    rows = session.execute(
        select(Procedure.code, Procedure.description, Procedure.spanish)
        .where(Procedure.code.in_(codes or {""}))
        .order_by(Procedure.effective_on)
    )
    fees = {code: (english, FEE_SPANISH.get(code, "")) for code, english in FEE_WORDS.items()}
    return fees | {row.code: (row.description, row.spanish) for row in rows}
