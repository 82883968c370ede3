"""Card payments through the processor's hosted page: it takes the card, we only learn that money came (T5, H4).

Our own row is the idempotency key, the server sets the amount, and only a signed event or the processor's own
answer marks it paid; the page that the browser returns to never does.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import stripe
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic import audit, clock, formats, keys, ledger, log
from clinic.config import Config
from clinic.db import ClinicError, new_public_id
from clinic.models import CardPayment, ProcessorEvent, Statement
from clinic.payments import letters

ZERO = Decimal("0.00")
# The processor takes no smaller amount.
MINIMUM = Decimal("0.50")
TIMEOUT_SECONDS = 20


class AmountRefused(ClinicError):
    """The amount is below the processor's minimum or above what is owed; `reason` is a word for templates.

    `nothing` (nothing is owed), `range` (outside of what may be paid now), `small` (less than a card can pay),
    `changed` (another amount is owed than the page showed).
    """

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class ProcessorSilent(ClinicError):
    """The processor did not answer; nothing was charged."""


class EventRefused(ClinicError):
    """A webhook with a wrong signature, an old time stamp, or about no payment of ours."""


@dataclass(frozen=True)
class Payable:
    """What a household owes now, and how much of it a bank is already sending."""

    due: Decimal
    pending: Decimal

    @property
    def open(self) -> Decimal:
        """What may still be paid."""
        return max(self.due - self.pending, ZERO)


def payable(session: Session, guarantor_id: int) -> Payable:
    """What one guarantor may pay now: a bank payment on its way is not asked for again."""
    pending = session.scalar(
        select(func.sum(CardPayment.amount)).where(
            CardPayment.guarantor_id == guarantor_id, CardPayment.state == "pending"
        )
    )
    return Payable(ledger.guarantor_balance(session, guarantor_id).due, pending or ZERO)


def begin(
    session: Session,
    statement: Statement,
    amount: Decimal,
    *,
    language: str,
    shown: Decimal | None = None,
    key: str,
) -> CardPayment:
    """Write down that somebody wants to pay; the same `key` and amount answer the first row.

    Raises AmountRefused unless the amount lies between $0.50 and what the household owes now, and when `shown`,
    the amount on the page that was sent back, is no longer what is owed.
    """
    # Going back from the hosted page and choosing another amount is another payment, though the form is the same.
    own_key = f"{statement.public_id}:{key}:{amount}"
    existing = session.scalar(select(CardPayment).where(CardPayment.key == own_key))
    if existing is not None:
        return existing
    left = payable(session, statement.guarantor_id).open
    if left <= 0:
        raise AmountRefused("This bill is paid. You owe nothing.", "nothing")
    if shown is not None and shown != left:
        raise AmountRefused(f"What you owe has changed to {formats.usd(left)}.", "changed")
    if left < MINIMUM:
        raise AmountRefused(f"A card can pay {formats.usd(MINIMUM)} or more.", "small")
    if not MINIMUM <= amount <= left:
        raise AmountRefused(f"Enter an amount from {formats.usd(MINIMUM)} to {formats.usd(left)}.", "range")
    public_id = new_public_id()
    payment = CardPayment(
        public_id=public_id,
        key=own_key,
        statement_id=statement.id,
        guarantor_id=statement.guarantor_id,
        amount=amount,
        language=language,
        created_at=clock.now(),
    )
    session.add(payment)
    session.flush()
    audit.record(session, "card_payment.begin", category="payment", subject=f"card_payment:{public_id}")
    return payment


def opened(session: Session, guarantor_id: int) -> list[CardPayment]:
    """Payments of a household whose hosted page may still be open in some browser, oldest first."""
    query = select(CardPayment).where(
        CardPayment.guarantor_id == guarantor_id,
        CardPayment.state == "started",
        CardPayment.checkout_id.is_not(None),
    )
    return list(session.scalars(query.order_by(CardPayment.id)))


def confirmation(payment: CardPayment) -> str:
    """The number that a patient reads to us on the telephone: `4821 7730`, another one for every payment."""
    # Odd and not divisible by 5, so the numbers never meet; they also do not tell how many payments there are.
    digits = f"{payment.id * 48_271_733 % 100_000_000:08d}"
    return f"{digits[:4]} {digits[4:]}"


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


def ask(config: Config, payment: CardPayment) -> dict[str, Any] | None:
    """The processor's own word on a payment, or None when it does not answer; call it outside a transaction."""
    if payment.checkout_id is None:
        return None
    try:
        return dict(_client(config).v1.checkout.sessions.retrieve(payment.checkout_id).to_dict())
    except stripe.StripeError as error:
        log.failure("processor_silent", error)
        return None


def close(config: Config, payment: CardPayment) -> dict[str, Any] | None:
    """Close a hosted page, so that one bill is not paid in two windows; answers how the payment stands now.

    Call it outside a transaction. A page that was paid meanwhile stays paid: the answer says so.
    """
    if payment.checkout_id is None:
        return None
    try:
        return dict(_client(config).v1.checkout.sessions.expire(payment.checkout_id).to_dict())
    except stripe.InvalidRequestError:
        return ask(config, payment)
    except stripe.StripeError as error:
        log.failure("processor_silent", error)
        return None


def take_answer(session: Session, payment: CardPayment, checkout: dict[str, Any]) -> None:
    """Apply what `ask` or `close` answered, as the event would: for the page one returns to before it has come."""
    kind = "expired" if checkout.get("status") == "expired" else "completed"
    _apply(session, payment.public_id, f"checkout.session.{kind}", checkout)


def take_event(session: Session, body: bytes, signature: str, secret: str) -> bool:
    """Take in one webhook; False when it was taken in before.

    The raw body's signature and its age (300 s) are checked first; the event's id is unique, so that a replay or
    a second delivery changes nothing. Raises EventRefused.
    """
    if not secret:
        # An empty secret would verify what anybody signs with nothing.
        raise EventRefused("No webhook secret is set, so no event can be believed.")
    try:
        event = stripe.Webhook.construct_event(body, signature, secret).to_dict()
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
    """Move a payment by what the processor says; events come in any order and more than once."""
    payment = session.scalar(
        select(CardPayment)
        .where(CardPayment.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if payment is None or payment.checkout_id not in (None, checkout.get("id")):
        raise EventRefused("The event is about no payment of ours.")
    if payment.state == "paid":
        return
    before = payment.state
    paid = checkout.get("payment_status") == "paid"
    if paid and kind.endswith(("completed", "async_payment_succeeded")):
        _settle(session, payment, checkout)
    elif kind.endswith("completed") and checkout.get("status") == "complete" and before == "started":
        payment.state = "pending"
        payment.payment_intent = checkout.get("payment_intent") or ""
        _keep_email(payment, checkout)
    elif kind.endswith("async_payment_failed") and before != "failed":
        payment.state = "failed"
        _keep_email(payment, checkout)
        letters.tell_failed(session, payment, confirmation(payment))
    elif kind.endswith("expired") and before == "started":
        payment.state = "expired"
    if payment.state != before:
        audit.record(
            session,
            "card_payment.move",
            category="payment",
            subject=f"card_payment:{public_id}",
            changes={"state": [before, payment.state]},
        )


def _settle(session: Session, payment: CardPayment, checkout: dict[str, Any]) -> None:
    amount = Decimal(checkout["amount_total"]) / 100
    if amount != payment.amount or checkout.get("currency") != "usd":
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
    _keep_email(payment, checkout)
    letters.send_receipt(session, payment, confirmation(payment), receipt.number)


def _keep_email(payment: CardPayment, checkout: dict[str, Any]) -> None:
    """The address that was typed on the hosted page, sealed with the row."""
    email = (checkout.get("customer_details") or {}).get("email")
    if email:
        payment.email = keys.seal(email, f"card_payment.email:{payment.public_id}")


def _client(config: Config) -> stripe.StripeClient:
    addresses: Any = {"api": config.stripe_api_base} if config.stripe_api_base else {}
    return stripe.StripeClient(
        config.stripe_key,
        base_addresses=addresses,
        max_network_retries=1,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )
