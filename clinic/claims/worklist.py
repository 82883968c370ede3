"""The billers' lists: claims by where they stand, denials by what is at risk, each in a constant number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock
from clinic.claims.denials import words_of
from clinic.claims.states import GROUPS, STATES
from clinic.models import Claim, ClaimEvent, ClaimFinding, Denial, Encounter, Patient, Payer, User

PAGE = 50
DUE_SOON = timedelta(days=7)
NO_ANSWER = timedelta(days=30)


@dataclass(frozen=True)
class Filters:
    """What narrows a list. `owner_id` 0 means nobody; `silent` only claims sent and unanswered for 30 days (C12)."""

    payer_id: int | None = None
    provider_id: int | None = None
    service_from: date | None = None
    service_to: date | None = None
    over: Decimal | None = None
    owner_id: int | None = None
    silent: bool = False
    due_soon: bool = False


@dataclass(frozen=True)
class Row:
    """One line of a list: the claim, why it is here, and for denials the code and the money at risk."""

    claim: Claim
    owner: str
    why: str
    code: str = ""
    amount: Decimal = Decimal("0.00")
    due_on: date | None = None

    @property
    def days_left(self) -> int:
        """Days until the payer takes no more: below zero it is over."""
        return ((self.due_on or self.claim.filing_due_on) - clock.today()).days


@dataclass(frozen=True)
class Page:
    """One page of a list, with the count and sum of all that the filters leave."""

    rows: Sequence[Row]
    total: int
    amount: Decimal
    due_soon: int
    page: int

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.page * PAGE, self.total)


SORTS: dict[str, tuple[Any, ...]] = {
    "patient": (Patient.name_key, Patient.first_key),
    "claim": (Claim.control_number,),
    "payer": (Payer.name,),
    "amount": (Claim.amount_billed,),
    "due": (Claim.filing_due_on,),
    "visit": (Claim.service_on,),
}


def group_counts(session: Session) -> dict[str, int]:
    """How many claims stand in each tab of the list."""
    by_state = dict.fromkeys(STATES, 0)
    for state, count in session.execute(select(Claim.state, func.count()).group_by(Claim.state)):
        by_state[state] = count
    return {key: sum(by_state[state] for state in states) for key, (_, states) in GROUPS.items()}


def worklist(
    session: Session,
    group: str,
    filters: Filters,
    sort: str = "due",
    *,
    descending: bool = False,
    page: int = 1,
) -> Page:
    """One tab of the claims, filtered and sorted; three queries and one for the reasons."""
    query = _narrowed(select(Claim.id), filters).where(Claim.state.in_(GROUPS[group][1]))
    soon = func.count().filter(Claim.filing_due_on <= clock.today() + DUE_SOON)
    ids = query.subquery()
    total, amount, due_soon = session.execute(
        select(func.count(), func.coalesce(func.sum(Claim.amount_billed), 0), soon).join(
            ids, ids.c.id == Claim.id
        )
    ).one()
    claims = list(
        session.scalars(
            select(Claim)
            .join(ids, ids.c.id == Claim.id)
            .join(Patient, Patient.id == Claim.patient_id)
            .join(Payer, Payer.id == Claim.payer_id)
            .options(joinedload(Claim.patient), joinedload(Claim.payer))
            .order_by(*_order(SORTS.get(sort, SORTS["due"]), descending), Claim.id)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        )
    )
    reasons = _reasons(session, group, claims)
    owners = owner_names(session)
    rows = [
        Row(
            claim,
            owners.get(claim.owner_id or 0, ""),
            reasons.get(claim.id, STATES[claim.state].label),
            amount=claim.amount_billed,
        )
        for claim in claims
    ]
    return Page(rows, total, _cents(amount), due_soon, page)


def denial_list(
    session: Session, filters: Filters, sort: str = "amount", *, descending: bool = True, page: int = 1
) -> Page:
    """Claims with open denials: the largest reason of each, what is at risk, and the nearest deadline (R24)."""
    open_ones = (
        select(
            Denial.claim_id,
            func.sum(Denial.amount).label("amount"),
            func.min(Denial.due_on).label("due_on"),
        )
        .where(Denial.state == "open")
        .group_by(Denial.claim_id)
        .subquery()
    )
    query = _narrowed(select(Claim.id), filters, amount=open_ones.c.amount, due_on=open_ones.c.due_on)
    ids = query.join(open_ones, open_ones.c.claim_id == Claim.id).subquery()
    soon = func.count().filter(open_ones.c.due_on <= clock.today() + DUE_SOON)
    total, amount, due_soon = session.execute(
        select(func.count(), func.coalesce(func.sum(open_ones.c.amount), 0), soon).join(
            ids, ids.c.id == open_ones.c.claim_id
        )
    ).one()
    sorts = SORTS | {"amount": (open_ones.c.amount,), "due": (open_ones.c.due_on,)}
    found = session.execute(
        select(Claim, open_ones.c.amount, open_ones.c.due_on)
        .join(ids, ids.c.id == Claim.id)
        .join(open_ones, open_ones.c.claim_id == Claim.id)
        .join(Patient, Patient.id == Claim.patient_id)
        .join(Payer, Payer.id == Claim.payer_id)
        .options(joinedload(Claim.patient), joinedload(Claim.payer))
        .order_by(*_order(sorts.get(sort, sorts["amount"]), descending), Claim.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    largest = _largest_denials(session, [row[0].id for row in found])
    owners = owner_names(session)
    rows = [
        Row(
            claim,
            owners.get(claim.owner_id or 0, ""),
            words_of(largest[claim.id]),
            code=f"{largest[claim.id].group_code}-{largest[claim.id].reason_code}",
            amount=_cents(at_risk),
            due_on=due_on,
        )
        for claim, at_risk, due_on in found
    ]
    return Page(rows, total, _cents(amount), due_soon, page)


def denial_counts(session: Session, user_id: int) -> dict[str, int]:
    """Claims with open denials: all, mine, due in a week."""
    nearest = func.min(Denial.due_on).label("due_on")
    per_claim = (
        select(Claim.owner_id, nearest)
        .join(Denial, Denial.claim_id == Claim.id)
        .where(Denial.state == "open")
        .group_by(Claim.id)
        .subquery()
    )
    row = session.execute(
        select(
            func.count(),
            func.count().filter(per_claim.c.owner_id == user_id),
            func.count().filter(per_claim.c.due_on <= clock.today() + DUE_SOON),
        ).select_from(per_claim)
    ).one()
    return {"all": row[0], "mine": row[1], "due_soon": row[2]}


def silent_count(session: Session) -> int:
    """Claims sent and not decided for 30 days (C12)."""
    return session.scalar(_narrowed(select(func.count(Claim.id)), Filters(silent=True))) or 0


def owner_names(session: Session) -> dict[int, str]:
    """First names by user id, for the owner's column."""
    return {user_id: name.split()[0] for user_id, name in session.execute(select(User.id, User.name))}


def _narrowed(
    query: Select[Any],
    filters: Filters,
    *,
    amount: ColumnElement[Any] | None = None,
    due_on: ColumnElement[Any] | None = None,
) -> Select[Any]:
    at_stake: Any = Claim.amount_billed if amount is None else amount
    deadline: Any = Claim.filing_due_on if due_on is None else due_on
    if filters.payer_id is not None:
        query = query.where(Claim.payer_id == filters.payer_id)
    if filters.provider_id is not None:
        query = query.join(Encounter, Encounter.id == Claim.encounter_id).where(
            Encounter.provider_id == filters.provider_id
        )
    if filters.service_from is not None:
        query = query.where(Claim.service_on >= filters.service_from)
    if filters.service_to is not None:
        query = query.where(Claim.service_on <= filters.service_to)
    if filters.over is not None:
        # A sum of Cents keeps its type, so an amount in dollars may be compared with it.
        query = query.where(at_stake > filters.over)
    if filters.owner_id is not None:
        owner = Claim.owner_id
        query = query.where(owner.is_(None) if filters.owner_id == 0 else owner == filters.owner_id)
    if filters.silent:
        before = clock.now() - NO_ANSWER
        query = query.where(Claim.state.in_(GROUPS["sent"][1]), Claim.first_sent_at <= before)
    if filters.due_soon:
        query = query.where(deadline <= clock.today() + DUE_SOON)
    return query


def _order(columns: Sequence[Any], descending: bool) -> list[Any]:
    return [column.desc() if descending else column.asc() for column in columns]


def _reasons(session: Session, group: str, claims: Sequence[Claim]) -> dict[int, str]:
    """Why each claim of a page is where it is: the first finding, the hold, or the last word from outside."""
    ids = [claim.id for claim in claims]
    if group == "held":
        return {
            claim.id: f"{claim.hold_reason}, until {claim.held_until:%m/%d/%Y}"
            if claim.held_until
            else claim.hold_reason
            for claim in claims
        }
    if group in ("ready", "blocked"):
        worst = case((ClaimFinding.severity == "Block", 0), (ClaimFinding.severity == "Warn", 1), else_=2)
        findings: dict[int, list[ClaimFinding]] = defaultdict(list)
        query = select(ClaimFinding).where(ClaimFinding.claim_id.in_(ids), ClaimFinding.severity != "Info")
        for finding in session.scalars(query.order_by(worst, ClaimFinding.id)):
            findings[finding.claim_id].append(finding)
        nothing = "Nothing stops it" if group == "ready" else ""
        return {
            claim_id: _findings_words(findings[claim_id]) if claim_id in findings else nothing
            for claim_id in ids
        }
    last = (
        select(func.max(ClaimEvent.id))
        .where(ClaimEvent.claim_id.in_(ids), ClaimEvent.to_state != ClaimEvent.from_state)
        .group_by(ClaimEvent.claim_id)
    )
    events = session.scalars(select(ClaimEvent).where(ClaimEvent.id.in_(last)))
    return {event.claim_id: f"{STATES[event.to_state].label}. {event.text}" for event in events}


def _findings_words(rows: Sequence[ClaimFinding]) -> str:
    more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    return f"{rows[0].edit} {rows[0].message}{more}"


def _largest_denials(session: Session, claim_ids: Sequence[int]) -> dict[int, Denial]:
    query = (
        select(Denial)
        .where(Denial.claim_id.in_(claim_ids), Denial.state == "open")
        .order_by(Denial.claim_id, Denial.amount, Denial.id.desc())
    )
    return {denial.claim_id: denial for denial in session.scalars(query)}


def _cents(value: Any) -> Decimal:
    """A sum as the database gives it: dollars where it kept its type, zero where there was nothing."""
    return value if isinstance(value, Decimal) and value.as_tuple().exponent == -2 else Decimal(value or 0)
