"""Who is at the payment page: the code of a link, the bill that was opened (T5)."""

from datetime import timedelta

from flask import session
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic import db
from clinic.models import Statement
from clinic.web import patient_page

OPEN_FOR = timedelta(minutes=15)


def let_in(statement: Statement) -> None:
    """Open one household's bill for a quarter of an hour, under a new token."""
    spanish = "es" if statement.guarantor.language == "es" else ""
    patient_page.let_in("pay", statement.public_id, lang=spanish, lasts=OPEN_FOR)
    session.pop("pay_code", None)


def opened() -> Statement | None:
    """The statement whose bill this visitor may see now; activity does not make the time longer."""
    public_id = patient_page.key_of("pay")
    query = select(Statement).where(Statement.public_id == public_id)
    return db.session.scalar(query.options(joinedload(Statement.guarantor))) if public_id else None
