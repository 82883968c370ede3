"""What the page after the payment says: only our own row decides, and a stranger with the address learns little."""

from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, format_time
from sqlalchemy.orm import Session

from clinic import clock, payments
from clinic.models import CardPayment, Guarantor, Receipt
from clinic.web import patient_page

BANK_DAYS = 4


def page_of(session: Session, payment: CardPayment, lang: str, *, mine: bool) -> dict[str, Any]:
    """What `pay/done.html` needs; the first name and what is left are for the household's own session (`mine`)."""
    locale = "es_US" if lang == "es" else "en_US"
    at = clock.local(payment.paid_at or payment.created_at)
    receipt = session.get(Receipt, payment.receipt_id) if payment.receipt_id else None
    payable = payments.payable(session, payment.guarantor_id)
    arrives = bank_day(clock.today())
    return {
        "payment": payment,
        "state": payment.state,
        "number": payments.confirmation(payment),
        "receipt_number": receipt.number if receipt else "",
        "when": f"{format_date(at.date(), 'long', locale)}, {format_time(at, 'short', locale=locale)}",
        "bill_on": payment.statement.statement_on,
        "arrives": format_date(arrives, "EEEE d 'de' MMMM" if lang == "es" else "EEEE, MMMM d", locale),
        "email": patient_page.masked(payments.email_of(payment)),
        "mine": mine,
        "first_name": session.get_one(Guarantor, payment.guarantor_id).first_name if mine else "",
        "left": payable.open if mine else None,
    }


def bank_day(day: date, days: int = BANK_DAYS) -> date:
    """The fourth working day from here; banks' holidays may make it one later."""
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day
