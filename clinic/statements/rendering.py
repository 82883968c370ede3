"""One statement to its PDF, in the guarantor's language (T4)."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, files, payments, printing
from clinic.models import Practice, Statement, StatementBatch
from clinic.patients import circle
from clinic.statements.bills import Bill, thaw


def render(session: Session, statement_id: int, *, base_url: str, watermark: str | None = None) -> None:
    """Render and store the PDF of one statement; one that is rendered stays as it is."""
    statement = session.get(
        Statement, statement_id, options=[joinedload(Statement.guarantor)], with_for_update={"of": Statement}
    )
    if statement is None or statement.state == "rendered":
        return
    pdf = printing.pdf(
        "print/statement.html", **context(session, statement, base_url=base_url), watermark=watermark
    )
    stored = files.store(
        session,
        pdf,
        kind="statement",
        direction="made",
        name=f"{statement.number}.pdf",
        media_type="application/pdf",
    )
    statement.file_id = stored.id
    statement.state = "rendered"
    session.flush()
    finish(session, statement.batch_id)


def finish(session: Session, batch_id: int) -> None:
    """Close the batch when its last statement is rendered."""
    left = session.scalar(
        select(Statement.id).where(Statement.batch_id == batch_id, Statement.state == "waiting").limit(1)
    )
    if left is None:
        batch = session.get(StatementBatch, batch_id, with_for_update=True)
        if batch is not None and batch.state != "done":
            batch.state, batch.done_at = "done", clock.now()


def context(session: Session, statement: Statement, *, base_url: str) -> dict[str, Any]:
    """What the template of a statement needs."""
    practice = session.scalars(select(Practice)).one()
    bill: Bill = thaw(statement.details)
    code, token = payments.code_of(session, statement.id)
    guarantor = statement.guarantor
    previous = statement.details.get("previous")
    return {
        "lang": guarantor.language,
        "clinic_name": practice.name,
        "clinic": letterhead(practice),
        "statement": statement,
        "guarantor": guarantor,
        # A patient may have asked for bills at another address (45 CFR 164.522).
        "mail_to": circle.mail_to(session, guarantor),
        "bill": bill,
        "totals": {
            column: bill.sum_of(column) for column in ("charged", "discount", "plan_paid", "you_paid")
        },
        "above": [
            (date.fromisoformat(each["on"]), Decimal(each["estimate"]), Decimal(each["billed"]))
            for each in statement.details.get("above", ())
        ],
        "previous_amount": Decimal(previous["amount"]) if previous else None,
        "code": code,
        "pay_address": f"{base_url}/pay",
        "pay_link": f"{base_url}/pay/{token}",
    }


def letterhead(practice: Practice) -> dict[str, Any]:
    """The clinic's lines on paper."""
    street = f"{practice.address}, {practice.address2}" if practice.address2 else practice.address
    zip_code = practice.zip if len(practice.zip) == 5 else f"{practice.zip[:5]}-{practice.zip[5:]}"
    return {
        "address": [street, f"{practice.city}, {practice.state} {zip_code}"],
        "phone": practice.phone,
        "email": practice.email,
    }
