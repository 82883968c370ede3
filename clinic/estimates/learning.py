"""What estimates were worth: the patient's part as it came out, beside what was expected (E9, Z6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload, selectinload

from clinic import clock, ledger
from clinic.estimates.arithmetic import ZERO, cents
from clinic.models import (
    Account,
    Charge,
    Encounter,
    EntryKind,
    Estimate,
    EstimateOutcome,
    JournalEntry,
    OpenItem,
    Posting,
)

CLOSE_AMOUNT, CLOSE_SHARE = Decimal("10.00"), Decimal("0.10")
"""An estimate was right within ten dollars or a tenth."""
SETTLES_NOTHING = (EntryKind.APPLICATION, EntryKind.WRITE_OFF, EntryKind.PATIENT_RECEIPT, EntryKind.REFUND)
"""What a patient pays, and what the clinic forgives, changes nothing of what the payer said is the patient's."""
SOURCES = {
    "contract": "Contract",
    "paid": "Earlier payments",
    "medicare": "Share of Medicare",
    "charge": "Charge, nothing known",
    "fee": "Clinic's fee",
}


def learn(session: Session, encounter_ids: Iterable[int], remittance_id: int | None = None) -> int:
    """Record what came of the estimates of these visits; those an insurer still has open wait for its answer (E9).

    Call it after a remittance was posted. A correction that changes the patient's part is recorded as a further row,
    the same result never twice. Returns how many rows were added.
    """
    wanted = sorted(set(encounter_ids))
    estimates = _last_before(session, wanted)
    if not estimates:
        return 0
    actual = _actual(session, list(estimates))
    known = _known(session, [each.id for each in estimates.values()])
    added = 0
    for encounter_id, estimate in estimates.items():
        if encounter_id not in actual or known.get(estimate.id) == actual[encounter_id]:
            continue
        codes = _codes(session, encounter_id)
        session.add(
            EstimateOutcome(
                estimate_id=estimate.id,
                remittance_id=remittance_id,
                expected=estimate.expected,
                actual=actual[encounter_id],
                same_services=codes == sorted((line.code, line.units) for line in estimate.lines),
                recorded_at=clock.now(),
            )
        )
        added += 1
    session.flush()
    return added


def _last_before(session: Session, encounter_ids: list[int]) -> dict[int, Estimate]:
    """The last estimate of each visit that was made for its plan, by encounter."""
    query = (
        select(Encounter.id, Estimate)
        .join(Estimate, Estimate.appointment_id == Encounter.appointment_id)
        .where(Encounter.id.in_(encounter_ids), Estimate.kind == "insured")
        .ext(distinct_on(Encounter.id))
        .order_by(Encounter.id, Estimate.edition.desc())
        .options(selectinload(Estimate.lines))
    )
    return dict(session.execute(query).all())


def _actual(session: Session, encounter_ids: list[int]) -> dict[int, Decimal]:
    """The patient's part by encounter, of those with which every insurer is done."""
    open_ones = (
        select(Charge.encounter_id)
        .join(OpenItem, OpenItem.charge_id == Charge.id)
        .where(
            Charge.encounter_id.in_(encounter_ids),
            OpenItem.bucket == ledger.INSURANCE,
            ledger.IS_OPEN,
        )
    )
    waiting = set(session.scalars(open_ones))
    reversed_kind = select(JournalEntry.id, JournalEntry.kind).subquery()
    query = (
        select(Charge.encounter_id, func.sum(Posting.amount))
        .join(Posting, Posting.charge_id == Charge.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(reversed_kind, reversed_kind.c.id == JournalEntry.reverses_id)
        .where(
            Charge.encounter_id.in_(encounter_ids),
            Posting.account == Account.PATIENT_RECEIVABLE,
            func.coalesce(reversed_kind.c.kind, JournalEntry.kind).not_in(SETTLES_NOTHING),
        )
        .group_by(Charge.encounter_id)
    )
    sums = dict(session.execute(query).all())
    return {each: max(sums.get(each, ZERO), ZERO) for each in encounter_ids if each not in waiting}


def _known(session: Session, estimate_ids: list[int]) -> dict[int, Decimal]:
    query = (
        select(EstimateOutcome.estimate_id, EstimateOutcome.actual)
        .where(EstimateOutcome.estimate_id.in_(estimate_ids))
        .ext(distinct_on(EstimateOutcome.estimate_id))
        .order_by(EstimateOutcome.estimate_id, EstimateOutcome.id.desc())
    )
    return dict(session.execute(query).all())


def _codes(session: Session, encounter_id: int) -> list[tuple[str, int]]:
    rows = session.execute(select(Charge.code, Charge.units).where(Charge.encounter_id == encounter_id))
    return sorted((code, units) for code, units in rows)


@dataclass(frozen=True)
class Accuracy:
    """How close a group of estimates came: `mean_error` is actual less expected, `mean_distance` without its sign."""

    name: str
    count: int
    close: int
    mean_error: Decimal
    mean_distance: Decimal

    @property
    def share(self) -> int:
        """Of a hundred, within ten dollars or a tenth."""
        return round(self.close * 100 / self.count) if self.count else 0


@dataclass(frozen=True)
class Report:
    """All, then by payer and by source, then the ones that were furthest off."""

    whole: Accuracy
    payers: list[Accuracy]
    sources: list[Accuracy]
    furthest: list[EstimateOutcome]


def is_close(expected: Decimal, actual: Decimal) -> bool:
    """Within ten dollars, or within a tenth of what came out."""
    return abs(actual - expected) <= max(CLOSE_AMOUNT, actual * CLOSE_SHARE)


def report(session: Session, since: datetime, furthest: int = 20) -> Report:
    """How the estimates whose outcome was recorded since then came out; of each the newest outcome counts."""
    newest = (
        select(EstimateOutcome)
        .where(EstimateOutcome.recorded_at >= since)
        .ext(distinct_on(EstimateOutcome.estimate_id))
        .order_by(EstimateOutcome.estimate_id, EstimateOutcome.id.desc())
        .options(
            joinedload(EstimateOutcome.estimate).joinedload(Estimate.payer),
            joinedload(EstimateOutcome.estimate).joinedload(Estimate.patient),
            joinedload(EstimateOutcome.estimate).joinedload(Estimate.appointment),
        )
    )
    rows = list(session.scalars(newest))
    by_payer: dict[str, list[EstimateOutcome]] = {}
    by_source: dict[str, list[EstimateOutcome]] = {}
    for row in rows:
        payer = row.estimate.payer
        by_payer.setdefault(payer.name if payer else "No plan", []).append(row)
        by_source.setdefault(SOURCES[row.estimate.source], []).append(row)
    rows.sort(key=lambda row: (-abs(row.actual - row.expected), row.id))
    return Report(
        _accuracy("All", rows),
        [_accuracy(name, found) for name, found in sorted(by_payer.items())],
        [_accuracy(name, found) for name, found in sorted(by_source.items())],
        rows[:furthest],
    )


def _accuracy(name: str, rows: list[EstimateOutcome]) -> Accuracy:
    count = len(rows)
    errors = [row.actual - row.expected for row in rows]
    return Accuracy(
        name,
        count,
        sum(is_close(row.expected, row.actual) for row in rows),
        cents(sum(errors, ZERO) / count) if count else ZERO,
        cents(sum(map(abs, errors), ZERO) / count) if count else ZERO,
    )
