"""Card payments through the processor's hosted page: it takes the card, we only learn that money came (T5, H4).

Our own row is the idempotency key, the server sets the amount, and only a signed event or the processor's own
answer marks it paid; the page that the browser returns to never does.
"""

from decimal import Decimal
from typing import Any

import stripe
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic import audit, clock, formats, keys, ledger, log, messages
from clinic.config import Config
from clinic.db import ClinicError, new_public_id
from clinic.models import CardPayment, Guarantor, Practice, ProcessorEvent, Statement

MINIMUM = Decimal("0.50")
TIMEOUT_SECONDS = 20


class AmountRefused(ClinicError):
    """The amount is below the processor's minimum or above what is owed."""


class ProcessorSilent(ClinicError):
    """The processor did not answer; nothing was charged."""


class EventRefused(ClinicError):
    """A webhook with a wrong signature, an old time stamp, or about no payment of ours."""


def begin(
    session: Session, statement: Statement, amount: Decimal, *, language: str, email: str = "", key: str
) -> CardPayment:
    """Write down that somebody wants to pay; the same `key` answers the first row.

    Raises AmountRefused unless the amount lies between $0.50 and what the household owes now.
    """
    existing = session.scalar(select(CardPayment).where(CardPayment.key == key))
    if existing is not None:
        return existing
    due = ledger.guarantor_balance(session, statement.guarantor_id).due
    if due <= 0:
        raise AmountRefused("This bill is paid. You owe nothing.")
    if not min(MINIMUM, due) <= amount <= due:
        raise AmountRefused(f"Enter an amount from {formats.usd(min(MINIMUM, due))} to {formats.usd(due)}.")
    public_id = new_public_id()
    payment = CardPayment(
        public_id=public_id,
        key=key,
        statement_id=statement.id,
        guarantor_id=statement.guarantor_id,
        amount=amount,
        language=language,
        email=keys.seal(email, f"card_payment.email:{public_id}") if email else None,
        created_at=clock.now(),
    )
    session.add(payment)
    session.flush()
    audit.record(session, "card_payment.begin", category="payment", subject=f"card_payment:{public_id}")
    return payment


def open_page(
    config: Config, payment: CardPayment, *, name: str, done_url: str, back_url: str
) -> tuple[str, str]:
    """The checkout's id and the address of the hosted page; asks the processor, so call it outside a transaction.

    Neither names nor reasons of a visit leave the house: the processor sees "Account balance" and our opaque id.
    Raises ProcessorSilent.
    """
    try:
        made = _client(config).v1.checkout.sessions.create(
            {
                "mode": "payment",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": int(payment.amount * 100),
                            "product_data": {"name": name},
                        },
                    }
                ],
                "success_url": done_url,
                "cancel_url": back_url,
                "client_reference_id": payment.public_id,
                "metadata": {"payment": payment.public_id},
                "locale": "es" if payment.language == "es" else "en",
            },
            {"idempotency_key": payment.public_id},
        )
    except stripe.StripeError as error:
        log.failure("processor_silent", error)
        raise ProcessorSilent(
            "The card service does not answer. Nothing was charged. Try again in a few minutes, or call us."
        ) from error
    return str(made.id), str(made.url)


def refresh(session: Session, config: Config, payment: CardPayment) -> None:
    """Ask the processor how a payment stands: for the page one returns to before the event has come."""
    if payment.state != "started" or payment.checkout_id is None:
        return
    try:
        found = _client(config).v1.checkout.sessions.retrieve(payment.checkout_id)
    except stripe.StripeError as error:
        log.failure("processor_silent", error)
        return
    _apply(session, payment.public_id, "checkout.session.completed", found.to_dict())


def take_event(session: Session, body: bytes, signature: str, secret: str) -> bool:
    """Take in one webhook; False when it was taken in before.

    The raw body's signature and its age (300 s) are checked first; the event's id is unique, so that a replay or
    a second delivery changes nothing. Raises EventRefused.
    """
    try:
        event = stripe.Webhook.construct_event(body, signature, secret).to_dict()  # type: ignore[no-untyped-call]
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise EventRefused("The event is not signed by the card processor, or is too old.") from error
    try:
        with session.begin_nested():
            session.add(ProcessorEvent(event_id=event["id"], kind=event["type"], received_at=clock.now()))
    except IntegrityError:
        return False
    thing = event["data"]["object"]
    public_id = (thing.get("metadata") or {}).get("payment", "")
    if event["type"].startswith("checkout.session.") and public_id:
        _apply(session, public_id, event["type"], thing)
    return True


def _apply(session: Session, public_id: str, kind: str, checkout: dict[str, Any]) -> None:
    payment = session.scalar(
        select(CardPayment)
        .where(CardPayment.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if payment is None:
        raise EventRefused("The event is about no payment of ours.")
    if payment.state == "paid":
        return
    paid = checkout.get("payment_status") == "paid"
    if kind.endswith(("completed", "async_payment_succeeded")) and paid:
        _settle(session, payment, checkout)
    elif kind.endswith("completed") and checkout.get("status") == "complete":
        payment.state = "pending"
        payment.payment_intent = checkout.get("payment_intent") or ""
    elif kind.endswith("async_payment_failed"):
        payment.state = "failed"
    elif kind.endswith("expired") and payment.state == "started":
        payment.state = "expired"


def _settle(session: Session, payment: CardPayment, checkout: dict[str, Any]) -> None:
    amount = Decimal(checkout["amount_total"]) / 100
    if amount != payment.amount:
        raise EventRefused("The processor took another amount than we asked for.")
    receipt = ledger.receive_and_apply(
        session,
        guarantor_id=payment.guarantor_id,
        amount=amount,
        method="card_online",
        reference=checkout.get("payment_intent") or "",
        key=f"card-{payment.public_id}",
    )
    payment.state = "paid"
    payment.paid_at = clock.now()
    payment.receipt_id = receipt.id
    payment.payment_intent = checkout.get("payment_intent") or ""
    email = (checkout.get("customer_details") or {}).get("email") or _email(payment)
    if email:
        _mail_receipt(session, payment, email, receipt.number)


def _email(payment: CardPayment) -> str:
    if payment.email is None:
        return ""
    return keys.unseal(payment.email, f"card_payment.email:{payment.public_id}").decode()


WORDS = {
    "en": (
        "Your payment to {clinic}",
        "Thank you. We received {amount} on {day}.\n\nConfirmation number: {number}\nStill owed: {rest}\n\n"
        "Questions? Call {phone}.\n{clinic}\n",
    ),
    "es": (
        "Su pago a {clinic}",
        "Gracias. Recibimos {amount} el {day}.\n\nNúmero de confirmación: {number}\nSaldo pendiente: {rest}\n\n"
        "¿Preguntas? Llame al {phone}.\n{clinic}\n",
    ),
}


def _mail_receipt(session: Session, payment: CardPayment, email: str, number: str) -> None:
    """A receipt without any word about the visit."""
    practice = session.scalars(select(Practice)).one()
    guarantor = session.get_one(Guarantor, payment.guarantor_id)
    due = ledger.guarantor_balance(session, guarantor.id).due
    subject, text = WORDS.get(payment.language, WORDS["en"])
    facts = {
        "clinic": practice.name,
        "amount": formats.usd(payment.amount),
        "day": formats.mdy(clock.today()),
        "number": number,
        "rest": formats.usd(due),
        "phone": formats.phone(practice.phone),
    }
    messages.write(
        session,
        "card_receipt",
        to=email,
        subject=subject.format(**facts),
        text=text.format(**facts),
        guarantor_id=guarantor.id,
        key=f"card-{payment.public_id}",
    )


def _client(config: Config) -> stripe.StripeClient:
    addresses: Any = {"api": config.stripe_api_base} if config.stripe_api_base else {}
    return stripe.StripeClient(
        config.stripe_key,
        base_addresses=addresses,
        max_network_retries=1,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )
