"""What the screens of statements show: one page of rows, a guarantor's panel, a batch with its progress."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask import request, url_for
from pypdf import PdfReader, PdfWriter
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from clinic import db, formats, statements
from clinic.models import (
    Guarantor,
    Patient,
    PayLink,
    Statement,
    StatementBatch,
    StatementExclusion,
    User,
    Work,
)
from clinic.patients import circle

PAGE = 50
# As many as are put together within a few seconds.
STACK = 100


@dataclass(frozen=True)
class Page:
    """One page of rows out of `total`."""

    rows: Sequence[Any]
    number: int
    total: int

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * PAGE, self.total)


@dataclass(frozen=True)
class Progress:
    """How far a batch is."""

    made: int
    failed: int
    total: int

    @property
    def running(self) -> bool:
        return self.made + self.failed < self.total

    @property
    def stacks(self) -> list[tuple[int, int]]:
        """First and last place of each stack that is printed in one go."""
        return [(first, min(first + STACK - 1, self.made)) for first in range(1, self.made + 1, STACK)]


def wanted() -> int:
    """`?page=2`."""
    return min(formats.whole(request.args.get("page", "1")) or 1, 99_999)


def cut(rows: Sequence[Any]) -> Page:
    """The asked page of rows that are all known."""
    number = wanted()
    return Page(rows[(number - 1) * PAGE : number * PAGE], number, len(rows))


def with_args(endpoint: str, **changes: Any) -> str:
    """This page's address with some arguments changed; None takes one out."""
    kept = {name: value for name, value in request.args.items() if value}
    values = kept | (request.view_args or {}) | changes
    return url_for(endpoint, **{name: value for name, value in values.items() if value is not None})


def patients_of(guarantor_ids: Iterable[int]) -> list[int]:
    """The patients of some households: whose data a page shows (trust T4)."""
    ids = set(guarantor_ids)
    return list(db.session.scalars(select(Patient.id).where(Patient.guarantor_id.in_(ids or {0}))))


def panel_of(guarantor: Guarantor) -> dict[str, Any]:
    """One household: what it owes and why, and what it was sent."""
    sent = select(Statement).where(Statement.guarantor_id == guarantor.id).order_by(Statement.id.desc())
    household = select(Patient).where(Patient.guarantor_id == guarantor.id).order_by(Patient.born_on)
    return {
        "guarantor": guarantor,
        "mail": circle.mail_to(db.session(), guarantor),
        "bill": statements.bill(db.session(), guarantor.id),
        "sent": db.session.scalars(sent.limit(12)).all(),
        "patients": db.session.scalars(household).all(),
    }


def batches() -> Page:
    """Past runs, newest first, each with who started it and how many were left out."""
    left = (
        select(func.count())
        .where(StatementExclusion.batch_id == StatementBatch.id)
        .correlate(StatementBatch)
        .scalar_subquery()
    )
    query = (
        select(StatementBatch, User.name, left)
        .outerjoin(User, User.id == StatementBatch.created_by)
        .order_by(StatementBatch.id.desc())
    )
    return _cut(query, select(func.count()).select_from(StatementBatch))


def made(batch: StatementBatch) -> Page:
    """A batch's statements in the order of names, each with its pay link and the state of its work."""
    work = (
        select(Work.state)
        .where(Work.job == "jobs.statements.render", Work.subject_id == Statement.id)
        .order_by(Work.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    link = (
        select(func.max(PayLink.id)).where(PayLink.statement_id == Statement.id).correlate(Statement)
    ).scalar_subquery()
    query = (
        select(Statement, PayLink, work)
        .join(Guarantor, Guarantor.id == Statement.guarantor_id)
        .outerjoin(PayLink, PayLink.id == link)
        .where(Statement.batch_id == batch.id)
        .order_by(func.lower(Guarantor.last_name), func.lower(Guarantor.first_name), Statement.id)
        .options(joinedload(Statement.guarantor))
    )
    return _cut(query, select(func.count()).where(Statement.batch_id == batch.id))


def left_out(batch: StatementBatch) -> Page:
    """Whom a batch left out, and why (T3)."""
    query = (
        select(StatementExclusion, Guarantor)
        .join(Guarantor, Guarantor.id == StatementExclusion.guarantor_id)
        .where(StatementExclusion.batch_id == batch.id)
        .order_by(func.lower(Guarantor.last_name), func.lower(Guarantor.first_name), StatementExclusion.id)
    )
    return _cut(query, select(func.count()).where(StatementExclusion.batch_id == batch.id))


def progress(batch: StatementBatch) -> Progress:
    """Rendered, given up, and all."""
    states = select(Statement.state, func.count()).where(Statement.batch_id == batch.id)
    counts = dict(db.session.execute(states.group_by(Statement.state)).all())
    given_up = (
        select(func.count())
        .select_from(Work)
        .join(Statement, Statement.id == Work.subject_id)
        .where(
            Work.job == "jobs.statements.render",
            Work.state == "failed",
            Statement.batch_id == batch.id,
            Statement.state == "waiting",
        )
    )
    return Progress(counts.get("rendered", 0), db.session.scalar(given_up) or 0, sum(counts.values()))


def merged(batch: StatementBatch) -> tuple[bytes, list[int]] | None:
    """The ready statements of a batch in one PDF, a hundred from `?page=`, and whose they are; None for none.

    Each begins on a new sheet: printed on both sides, one household's page must not stand on another's back.
    """
    ready = db.session.scalars(
        select(Statement)
        .join(Guarantor, Guarantor.id == Statement.guarantor_id)
        .where(Statement.batch_id == batch.id, Statement.state == "rendered")
        .order_by(func.lower(Guarantor.last_name), func.lower(Guarantor.first_name), Statement.id)
        .options(joinedload(Statement.file))
        .limit(STACK)
        .offset((wanted() - 1) * STACK)
    ).all()
    if not ready:
        return None
    writer = PdfWriter()
    for statement in ready:
        if statement.file is not None:
            # Page by page: the reading order of the tags, which paper does not need, makes a copy ten times slower.
            for sheet in PdfReader(BytesIO(statement.file.content())).pages:
                writer.add_page(sheet)
            if len(writer.pages) % 2:
                writer.add_blank_page()
    writer.add_metadata({"/Title": f"Statements of {batch.statement_on:%m/%d/%Y}"})
    out = BytesIO()
    writer.write(out)
    return out.getvalue(), [statement.guarantor_id for statement in ready]


def total(candidates: Iterable[statements.Candidate]) -> Decimal:
    return sum((one.amount for one in candidates), Decimal("0.00"))


def _cut(query: Any, count: Any) -> Page:
    number = wanted()
    rows = db.session.execute(query.limit(PAGE).offset((number - 1) * PAGE)).all()
    return Page(rows, number, db.session.scalar(count) or 0)
