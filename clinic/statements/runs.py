"""Statement runs: who gets one, who does not and why, and the frozen batch (T2, T3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, estimates, payments, queue
from clinic.db import ClinicError
from clinic.models import (
    Claim,
    ControlNumber,
    Denial,
    Encounter,
    Guarantor,
    OpenItem,
    Practice,
    Statement,
    StatementBatch,
    StatementExclusion,
    UnappliedItem,
)
from clinic.statements.bills import ZERO, Bill, bills

MINIMUM = Decimal("5.00")
LINK_DAYS = 180


class StatementError(ClinicError):
    """A run that cannot be started; the sentence says why."""


class MadeAlready(StatementError):
    """Nobody is left today because a run made them all: `batch` is that run."""

    def __init__(self, batch: StatementBatch) -> None:
        super().__init__("Today's statements are made already, by another run.")
        self.batch = batch


@dataclass(frozen=True)
class Candidate:
    """One guarantor with a balance: what is owed, and why no statement goes out (empty: one does)."""

    guarantor: Guarantor
    amount: Decimal
    reason: str
    last_on: date | None
    count: int


@dataclass(frozen=True)
class Preview:
    """Who would get a statement today, and who would not."""

    ready: tuple[Candidate, ...]
    left_out: tuple[Candidate, ...]

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.ready), ZERO)


def preview(session: Session) -> Preview:
    """Every guarantor with something to pay, sorted into a statement or a reason (T2), in eight queries."""
    owed = dict(
        session.execute(
            select(OpenItem.guarantor_id, func.sum(OpenItem.amount))
            .where(OpenItem.bucket == "patient", OpenItem.amount != 0)
            .group_by(OpenItem.guarantor_id)
        ).all()
    )
    if not owed:
        return Preview((), ())
    practice = _practice(session)
    people = session.scalars(
        select(Guarantor)
        .where(Guarantor.id.in_(owed))
        .order_by(func.lower(Guarantor.last_name), func.lower(Guarantor.first_name), Guarantor.id)
    ).all()
    sent = {row.guarantor_id: row for row in _sent(session, list(owed))}
    unapplied = dict(
        session.execute(
            select(UnappliedItem.guarantor_id, func.sum(UnappliedItem.amount))
            .where(UnappliedItem.guarantor_id.in_(owed))
            .group_by(UnappliedItem.guarantor_id)
        ).all()
    )
    waiting = _with_denial(session, list(owed))
    above = {each.guarantor_id for each in estimates.overruns.of_guarantors(session, owed) if not each.passed}
    ready, left_out = [], []
    for person in people:
        past = sent.get(person.id)
        amount = owed[person.id] - (unapplied.get(person.id) or ZERO)
        last_on = past.last_on if past else None
        count = past.count if past else 0
        reason = _reason(person, amount, last_on, count, practice, person.id in waiting)
        if not reason and person.id in above:
            reason = "A visit is far above its good-faith estimate: see Good-faith estimates"
        (left_out if reason else ready).append(Candidate(person, amount, reason, last_on, count))
    return Preview(tuple(ready), tuple(left_out))


def start(session: Session, key: str) -> StatementBatch:
    """Freeze a batch of today's preview and have each statement rendered; the same `key` starts one batch.

    Raises MadeAlready when a run of today left nobody, StatementError when nobody is to get one. A batch never changes afterwards: another setting makes
    another batch, and nobody gets a second statement before the days between two have passed (T3).
    """
    existing = session.scalar(select(StatementBatch).where(StatementBatch.key == key))
    if existing is not None:
        return existing
    # Two people who press the button at once make one run: the second waits here and then finds nobody left.
    practice = session.scalars(select(Practice).with_for_update()).one()
    found = preview(session)
    if not found.ready:
        latest = session.scalars(
            select(StatementBatch)
            .where(StatementBatch.statement_on == clock.today())
            .order_by(StatementBatch.id.desc())
            .limit(1)
        ).first()
        if latest is not None:
            raise MadeAlready(latest)
        raise StatementError("Nobody is to get a statement today. The list below says why.")
    today = clock.today()
    batch = StatementBatch(
        statement_on=today,
        statement_count=len(found.ready),
        amount=found.amount,
        key=key,
        created_by=audit.actor().user_id,
        created_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    for one in found.left_out:
        session.add(
            StatementExclusion(
                batch_id=batch.id, guarantor_id=one.guarantor.id, amount=one.amount, reason=one.reason
            )
        )
    made = bills(session, [one.guarantor.id for one in found.ready])
    due_on = today + timedelta(days=practice.statement_due_days)
    numbers = _numbers(session, len(found.ready))
    above = estimates.overruns.of_guarantors(session, made)
    for one, number in zip(found.ready, numbers, strict=True):
        mine = [each for each in above if each.guarantor_id == one.guarantor.id]
        _freeze(session, batch, one, made[one.guarantor.id], number, due_on, mine)
    audit.record(
        session,
        "statement.run",
        category="statement",
        subject=f"statement_batch:{batch.public_id}",
        changes={"statements": [0, len(found.ready)]},
    )
    return batch


def _freeze(
    session: Session,
    batch: StatementBatch,
    one: Candidate,
    bill: Bill,
    number: int,
    due_on: date,
    above: Sequence[estimates.overruns.Overrun],
) -> None:
    previous = session.scalars(
        select(Statement)
        .where(Statement.guarantor_id == one.guarantor.id)
        .order_by(Statement.id.desc())
        .limit(1)
    ).first()
    statement = Statement(
        number=f"S-{number:06d}",
        batch_id=batch.id,
        guarantor_id=one.guarantor.id,
        amount_due=one.amount,
        statement_on=batch.statement_on,
        due_on=due_on,
        details=bill.frozen()
        | {
            "unapplied": str(bill.total - one.amount),
            # Bills far above their good-faith estimate: the paper tells the right to dispute them (F1).
            "above": [
                {
                    "on": each.service_on.isoformat(),
                    "estimate": str(each.estimate.charge),
                    "billed": str(each.billed),
                }
                for each in above
            ],
            "previous": {"on": previous.statement_on.isoformat(), "amount": str(previous.amount_due)}
            if previous
            else None,
        },
    )
    session.add(statement)
    session.flush()
    payments.make_link(session, statement.id, days=LINK_DAYS)
    queue.add(session, "jobs.statements.render", statement.id, key=f"statement-{statement.id}")


def _reason(
    person: Guarantor, amount: Decimal, last_on: date | None, count: int, practice: Practice, denied: bool
) -> str:
    if amount <= 0:
        return "Money on account covers it"
    if amount < MINIMUM:
        return f"Less than ${MINIMUM}"
    if person.statement_hold:
        return f"On hold: {person.statement_hold}"
    if person.bad_address:
        return "The address is wrong: mail came back"
    if denied:
        return "A denied line is being worked"
    if last_on is not None and (clock.today() - last_on).days < practice.statement_min_days:
        return f"Had one on {last_on:%m/%d/%Y}, less than {practice.statement_min_days} days ago"
    if count >= practice.statement_max_count:
        return f"Had {count} {'statement' if count == 1 else 'statements'}: decide on the next step"
    return ""


def _sent(session: Session, guarantor_ids: Sequence[int]) -> Sequence[Row[tuple[int, date, int]]]:
    """Last statement and how many there were since the oldest open balance began."""
    return session.execute(
        select(
            Statement.guarantor_id,
            func.max(Statement.statement_on).label("last_on"),
            func.count().label("count"),
        )
        .where(Statement.guarantor_id.in_(guarantor_ids))
        .group_by(Statement.guarantor_id)
    ).all()


def _with_denial(session: Session, guarantor_ids: Sequence[int]) -> set[int]:
    """Guarantors all of whose open visits have a denial that is worked: a line in it goes neither way (R23)."""
    open_visits = (
        select(OpenItem.guarantor_id, Encounter.id)
        .join(Encounter, Encounter.patient_id == OpenItem.patient_id)
        .join(Claim, Claim.encounter_id == Encounter.id)
        .join(Denial, Denial.claim_id == Claim.id)
        .where(
            OpenItem.guarantor_id.in_(guarantor_ids),
            OpenItem.bucket == "patient",
            OpenItem.amount != 0,
            Denial.state == "open",
            Denial.charge_id == OpenItem.charge_id,
        )
    )
    return {row.guarantor_id for row in session.execute(open_visits)}


def _numbers(session: Session, count: int) -> list[int]:
    """The next statement numbers, drawn under a lock."""
    row = session.get(ControlNumber, ("clinic", "statement"), with_for_update=True)
    if row is None:
        row = ControlNumber(partner="clinic", kind="statement", last=0)
        session.add(row)
        session.flush()
    first = row.last + 1
    row.last += count
    return list(range(first, first + count))


def _practice(session: Session) -> Practice:
    found = session.scalars(select(Practice)).first()
    if found is None:
        raise StatementError(
            "The clinic's own name and address are missing: an administrator must enter them."
        )
    return found
