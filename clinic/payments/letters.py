"""What we mail to somebody who pays online: the amount and the number, no word about a visit (T5, H4)."""

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, formats, keys, ledger, messages
from clinic.models import CardPayment, Practice

RECEIPT = {
    "en": (
        "Your payment to {clinic}",
        "Thank you. We received {amount} on {day}.\n\nConfirmation number: {number}\nReceipt: {receipt}\n"
        "Still to pay: {rest}\n\nQuestions? Call {phone}.\n{clinic}\n",
    ),
    "es": (
        "Su pago a {clinic}",
        "Gracias. Recibimos {amount} el {day}.\n\nNúmero de confirmación: {number}\nRecibo: {receipt}\n"
        "Falta por pagar: {rest}\n\n¿Preguntas? Llame al {phone}.\n{clinic}\n",
    ),
}
FAILED = {
    "en": (
        "Your bank did not send the payment to {clinic}",
        "Your bank did not send us {amount}. Nothing was paid, and you still owe {rest}.\n\n"
        "Confirmation number: {number}\n\nYou can pay another way. Questions? Call {phone}.\n{clinic}\n",
    ),
    "es": (
        "Su banco no envió el pago a {clinic}",
        "Su banco no nos envió {amount}. No se pagó nada y todavía debe {rest}.\n\n"
        "Número de confirmación: {number}\n\nPuede pagar de otra forma. ¿Preguntas? Llame al {phone}.\n{clinic}\n",
    ),
}


def email_of(payment: CardPayment) -> str:
    """The address for the receipt, or ""."""
    if payment.email is None:
        return ""
    return keys.unseal(payment.email, f"card_payment.email:{payment.public_id}").decode()


def send_receipt(session: Session, payment: CardPayment, number: str, receipt: str) -> None:
    """One receipt by mail where an address is known; a second call for the same payment sends nothing more."""
    _mail(session, payment, "card_receipt", RECEIPT, number, receipt)


def tell_failed(session: Session, payment: CardPayment, number: str) -> None:
    """Say at once that a bank refused, as the page promised."""
    _mail(session, payment, "card_failed", FAILED, number, "")


def _mail(
    session: Session,
    payment: CardPayment,
    kind: str,
    words: dict[str, tuple[str, str]],
    number: str,
    receipt: str,
) -> None:
    email = email_of(payment)
    if not email:
        return
    practice = session.scalars(select(Practice)).one()
    language = payment.language if payment.language in words else "en"
    subject, text = words[language]
    facts = {
        "clinic": practice.name,
        "amount": formats.usd(payment.amount),
        "day": format_date(clock.today(), "long", locale="es_US" if language == "es" else "en_US"),
        "number": number,
        "receipt": receipt,
        "rest": formats.usd(ledger.guarantor_balance(session, payment.guarantor_id).due),
        "phone": formats.phone(practice.phone),
    }
    messages.write(
        session,
        kind,
        to=email,
        subject=subject.format(**facts),
        text=text.format(**facts),
        guarantor_id=payment.guarantor_id,
        key=f"{kind}-{payment.public_id}",
    )
