"""What the clinic knows of a visit's prices, and what its own visits used up, read in one statement (E8, Z13)."""

import statistics
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy.orm import Session

from clinic.estimates import asked, spent
from clinic.estimates.allowed import Exempt, Listed, Paid, Prices
from clinic.estimates.arithmetic import ZERO, cents
from clinic.estimates.asked import Asked
from clinic.models import (
    ClaimPayment,
    Coverage,
    EligibilityCheck,
    ExemptService,
    Fee,
    FeeSchedule,
    Payer,
    Remittance,
    ServicePayment,
)

LAST_PAID = 12
"""How many of a payer's newest payments of a code are looked at."""
LOOKED_AT = 200
"""How many of a payer's newest payments say what share of Medicare it allows."""
ENOUGH = 5
"""With fewer payments that Medicare's table also prices, a payer has no known share of Medicare."""
FIRST_AS_PRIMARY = ("1", "19")


@dataclass(frozen=True)
class Facts:
    """`usual` is what visits of the kind bring; `waiting` and `posted` are by coverage, as `spent.on` takes them."""

    prices: Prices
    usual: Sequence[Asked]
    waiting: Mapping[int, Sequence[Asked]]
    posted: Mapping[int, Decimal]


def read(
    session: Session,
    on: date,
    plans: Sequence[tuple[Coverage, EligibilityCheck | None]],
    *,
    codes: Collection[str] = (),
    visit_type_id: int | None = None,
) -> Facts:
    """For these codes, and for what visits of a kind usually bring; `plans` are coverages with their answers."""
    answers = [check for _, check in plans if check is not None and check.answered_at is not None]
    of_codes = {"waiting": spent.waiting([each.coverage_id for each in answers], on)} if answers else {}
    if visit_type_id is not None:
        of_codes["slips"] = asked.slips(visit_type_id)
    payer_ids = [coverage.payer_id for coverage, _ in plans]
    wanted = _Wanted(codes, [each.subquery() for each in of_codes.values()])
    parts = {"fees": _fees(wanted, on, payer_ids), "exempt": _exempt(on), **of_codes}
    if plans:
        parts |= {"paid": _paid(wanted, payer_ids), "shares": _shares(on, payer_ids)}
    if answers:
        parts["posted"] = spent.posted(answers, on)
    rows = _together(session, parts)
    waiting = defaultdict(list)
    for row in rows.get("waiting", ()):
        waiting[row["coverage_id"]].append(_asked(row))
    return Facts(
        prices=_prices(on, rows),
        usual=asked.commonest((row["slip"], _asked(row)) for row in rows.get("slips", ())),
        waiting=waiting,
        posted={row["coverage_id"]: _money(row["amount"]) for row in rows.get("posted", ())},
    )


@dataclass(frozen=True)
class _Wanted:
    codes: Collection[str]
    tables: Sequence[Any]

    def holds(self, column: Any) -> ColumnElement[bool]:
        return or_(column.in_(list(self.codes)), *(column.in_(select(each.c.code)) for each in self.tables))


def _together(
    session: Session, parts: Mapping[str, Select[*tuple[Any, ...]]]
) -> dict[str, list[dict[str, Any]]]:
    """The rows of several statements in one: amounts are whole cents, days are written as 2026-11-22."""
    columns = []
    for name, statement in parts.items():
        rows = statement.subquery(name)
        listed = func.coalesce(func.jsonb_agg(func.to_jsonb(rows.table_valued())), func.jsonb_build_array())
        columns.append(select(listed).select_from(rows).scalar_subquery().label(name))
    return dict(session.execute(select(*columns)).one()._mapping)


def _asked(row: Mapping[str, Any]) -> Asked:
    return Asked(row["code"], tuple(row["modifiers"]), row["units"])


def _money(amount: Any) -> Decimal:
    return ZERO if amount is None else Decimal(str(amount)).scaleb(-2)


def _prices(on: date, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Prices:
    own: dict[tuple[str, str], Listed] = {}
    medicare: dict[tuple[str, str], Listed] = {}
    contracts: dict[int, dict[tuple[str, str], Listed]] = defaultdict(dict)
    for row in rows["fees"]:
        line = Listed(_money(row["amount"]), date.fromisoformat(row["effective_on"]))
        place = (row["code"], row["modifier"])
        owner = row["payer_id"]
        (own if owner is None else contracts[owner]).setdefault(place, line)
        if row["kind"] == "medicare":
            medicare.setdefault(place, line)
    paid: dict[tuple[int, str], Paid] = {}
    for row in rows.get("paid", ()):
        newest = date.fromisoformat(row["paid_on"]) if row["paid_on"] else None
        known = paid.setdefault((row["payer_id"], row["code"]), Paid([], newest))
        known.amounts.append(cents(_per_unit(row)))
    shares: dict[int, list[Decimal]] = defaultdict(list)
    for row in rows.get("shares", ()):
        shares[row["payer_id"]].append(_per_unit(row) / _money(row["fee"]))
    return Prices(
        on=on,
        own=own,
        medicare=medicare,
        contracts=contracts,
        paid=paid,
        shares={payer: statistics.median(some) for payer, some in shares.items() if len(some) >= ENOUGH},
        exempt=[Exempt(row["kind"], row["value"], row["why"]) for row in rows["exempt"]],
    )


def _per_unit(row: Mapping[str, Any]) -> Decimal:
    return _money(row["amount_allowed"]) / (Decimal(str(row["units"] or 0)) or 1)


def _in_force(on: date) -> Any:
    return and_(
        FeeSchedule.effective_on <= on, or_(FeeSchedule.ended_on.is_(None), FeeSchedule.ended_on >= on)
    )


def _fees(wanted: _Wanted, on: date, payer_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """The clinic's fees, the payers' contracts and Medicare's table, the newest schedule first."""
    return (
        select(FeeSchedule.payer_id, Payer.kind, FeeSchedule.effective_on, Fee.code, Fee.modifier, Fee.amount)
        .join(FeeSchedule, FeeSchedule.id == Fee.schedule_id)
        .outerjoin(Payer, Payer.id == FeeSchedule.payer_id)
        .where(
            wanted.holds(Fee.code),
            _in_force(on),
            or_(
                FeeSchedule.payer_id.is_(None), FeeSchedule.payer_id.in_(payer_ids), Payer.kind == "medicare"
            ),
        )
        .order_by(FeeSchedule.effective_on.desc(), FeeSchedule.id.desc())
    )


def _paid_lines(payer_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """The lines that a payer paid as the first one and did not take back."""
    return (
        select(
            ServicePayment.id,
            Remittance.payer_id,
            ServicePayment.code,
            ServicePayment.amount_allowed,
            ServicePayment.units,
            Remittance.paid_on,
        )
        .join(ClaimPayment, ClaimPayment.id == ServicePayment.claim_payment_id)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .where(
            Remittance.payer_id.in_(payer_ids),
            Remittance.state == "posted",
            ClaimPayment.state == "posted",
            ClaimPayment.status_code.in_(FIRST_AS_PRIMARY),
            ServicePayment.denied.is_(False),
            ServicePayment.amount_allowed > 0,
        )
    )


def _paid(wanted: _Wanted, payer_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    place = func.row_number().over(
        partition_by=(Remittance.payer_id, ServicePayment.code),
        order_by=(Remittance.paid_on.desc().nulls_last(), ServicePayment.id.desc()),
    )
    lines = (
        _paid_lines(payer_ids)
        .where(wanted.holds(ServicePayment.code))
        .add_columns(place.label("place"))
        .subquery()
    )
    return select(lines).where(lines.c.place <= LAST_PAID).order_by(lines.c.place)


def _shares(on: date, payer_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """What the payers allow of Medicare's fee: their newest payments that Medicare's table prices."""
    newest = [
        _paid_lines([each]).order_by(ServicePayment.id.desc()).limit(LOOKED_AT).subquery()
        for each in payer_ids
    ]
    found = [
        select(each.c.payer_id, each.c.amount_allowed, each.c.units, Fee.amount.label("fee"))
        .join(Fee, and_(Fee.code == each.c.code, Fee.modifier == ""))
        .join(FeeSchedule, FeeSchedule.id == Fee.schedule_id)
        .join(Payer, Payer.id == FeeSchedule.payer_id)
        .where(Payer.kind == "medicare", _in_force(on), Fee.amount > 0)
        for each in newest
    ]
    return found[0] if len(found) == 1 else select(union_all(*found).subquery())


def _exempt(on: date) -> Select[*tuple[Any, ...]]:
    return (
        select(ExemptService.kind, ExemptService.value, ExemptService.why)
        .where(
            ExemptService.effective_on <= on,
            or_(ExemptService.ended_on.is_(None), ExemptService.ended_on >= on),
        )
        .order_by(ExemptService.id)
    )
