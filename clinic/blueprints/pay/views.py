"""The public payment page: a code and a birth date, the bill in plain words, the hosted checkout (T5, step 10)."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, make_response, request, session, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from clinic import audit, db, log, payments, statements
from clinic.blueprints.pay import visitor
from clinic.blueprints.pay.done import page_of
from clinic.blueprints.pay.forms import CheckoutForm, FindForm
from clinic.models import CardPayment, Patient, Statement
from clinic.web import errors, get_or_404, patient_page, public, see_other, settings, viewed

bp = Blueprint("pay", __name__, url_prefix="/pay")


@bp.get("")
@public
def find() -> Response:
    """Ask for the code and the birth date."""
    form = FindForm(formdata=None, code=session.get("pay_code", ""))
    return _page("pay/find.html", form=form, refused=False, unread="", ended="ended" in request.args)


@bp.post("")
@public
def look() -> Response:
    """Open the bill, or say the one sentence that every failure gets."""
    form = FindForm()
    patient_page.language()
    code, born_on = form.code.data or "", form.born_on()
    if not code.strip() or born_on is None:
        # Nothing was tried: no try is counted, and the sentence says nothing about any bill.
        unread = "code" if not code.strip() else "date"
        return _page("pay/find.html", 422, form=form, refused=False, unread=unread, ended=False)
    with db.transaction() as current:
        statement = payments.find(current, code, born_on, request.remote_addr or "")
    if statement is None:
        return _page("pay/find.html", 422, form=form, refused=True, unread="", ended=False)
    visitor.let_in(statement)
    return see_other(".bill")


@bp.errorhandler(CSRFError)
def forgotten(error: CSRFError) -> Response:
    """The page was open so long that its session ended: what was typed is shown again, to be sent once more."""
    if request.endpoint == "pay.look":
        return _page("pay/find.html", 400, form=FindForm(), refused=False, unread="", ended=False, late=True)
    if request.endpoint == "pay.checkout":
        return see_other(".find", ended=1)
    return errors.too_old()


@bp.get("/<token>")
@public
def open_link(token: str) -> Response:
    """The QR code's address: trades the link for a session, so that it stays in no history and no log."""
    patient_page.language()
    code = payments.knows(db.session(), token)
    if code:
        session["pay_code"] = code
    return see_other(".find")


@bp.get("/bill")
@public
def bill() -> Response:
    """What the household owes now, and why."""
    statement = visitor.opened()
    if statement is None:
        return see_other(".find", ended=1)
    return _bill(statement)


@bp.post("/checkout")
@public
def checkout() -> Response:
    """Check the amount, open the hosted page, and send the browser there."""
    statement = visitor.opened()
    if statement is None:
        return see_other(".find", ended=1)
    form = CheckoutForm()
    amount = form.asked()
    if amount is None:
        return _bill(statement, 422, form=form, reason="range")
    try:
        payment, others = _begin(statement, amount, form)
        if payment.state != "started":
            return see_other(".done", public_id=payment.public_id)
        if _close(others):
            _check_again(payment)
        address = _open(payment)
    except payments.AmountRefused as refusal:
        return _bill(statement, 422, form=form, reason=refusal.reason)
    except payments.ProcessorSilent:
        return _bill(statement, 422, form=form, reason="silent")
    response = make_response("", 303)
    response.headers["Location"] = address
    return response


@bp.get("/done/<public_id>")
@public
def done(public_id: str) -> Response:
    """How a payment stands, by our own row; the processor is asked while its event has not come."""
    with db.transaction():
        payment = get_or_404(CardPayment, public_id)
    if payment.state in ("started", "pending"):
        answer = payments.ask(settings(), payment)
        if answer is not None:
            with db.transaction() as current, audit.acting_as(audit.Actor(None, "card processor")):
                payments.take_answer(current, payment, answer)
    statement = visitor.opened()
    mine = statement is not None and statement.guarantor_id == payment.guarantor_id
    viewed("payment", subject=f"card_payment:{public_id}")
    lang = patient_page.language()
    return _page("pay/done.html", **page_of(db.session(), payment, lang, mine=mine))


@bp.get("/cancelled")
@public
def cancelled() -> Response:
    """Back from the hosted page without a payment."""
    return _page("pay/cancelled.html", opened=visitor.opened() is not None)


@bp.post("/events")
@public
def webhook() -> Response:
    """The processor's signed events: 200 when taken in or known, 400 when refused, so that it tries again."""
    body, signature = request.get_data(), request.headers.get("Stripe-Signature", "")
    try:
        with audit.acting_as(audit.Actor(None, "card processor")), db.transaction() as current:
            new = payments.take_event(current, body, signature, settings().stripe_webhook_secret)
    except payments.EventRefused as refusal:
        log.failure("event_refused", refusal)
        return make_response({"taken": False}, 400)
    return make_response({"taken": new}, 200)


def _begin(
    statement: Statement, amount: Decimal, form: CheckoutForm
) -> tuple[CardPayment, list[CardPayment]]:
    """Our row for this payment, and the household's other payments whose hosted page may still be open."""

    def begin() -> tuple[CardPayment, list[CardPayment]]:
        with db.transaction() as current:
            payment = payments.begin(
                current,
                statement,
                amount,
                language=patient_page.language(),
                shown=form.shown_amount(),
                key=form.key.data or "",
            )
            others = [each for each in payments.opened(current, statement.guarantor_id) if each != payment]
            return payment, others

    try:
        return begin()
    except IntegrityError:
        # The other half of a double click was faster and wrote the row; now it is there to be found.
        return begin()


def _close(others: list[CardPayment]) -> bool:
    """Close the hosted pages of earlier windows; true when one of them was paid meanwhile."""
    paid = False
    for other in others:
        answer = payments.close(settings(), other)
        if answer is not None:
            with db.transaction() as current:
                payments.take_answer(current, other, answer)
            paid = paid or other.state != "expired"
    return paid


def _check_again(payment: CardPayment) -> None:
    """A payment of another window has come: what this one asks for may be too much now."""
    with db.transaction() as current:
        if payments.payable(current, payment.guarantor_id).open >= payment.amount:
            return
        payment.state = "expired"
    raise payments.AmountRefused("What you owe has changed.", "changed")


def _open(payment: CardPayment) -> str:
    """The address of the hosted page; the processor is asked outside of any transaction."""
    base = settings().base_url
    checkout_id, address = payments.open_page(
        settings(),
        payment,
        name="Saldo de la cuenta" if payment.language == "es" else "Account balance",
        done_url=base + url_for(".done", public_id=payment.public_id),
        back_url=base + url_for(".cancelled"),
    )
    with db.transaction():
        payment.checkout_id = checkout_id
    return address


def _bill(
    statement: Statement, status: int = 200, *, form: CheckoutForm | None = None, reason: str = ""
) -> Response:
    current = db.session()
    found = statements.bill(current, statement.guarantor_id)
    payable = payments.payable(current, statement.guarantor_id)
    household = current.scalars(select(Patient.id).where(Patient.guarantor_id == statement.guarantor_id))
    viewed("statement", *household, subject=f"statement:{statement.number}")
    fresh = CheckoutForm(formdata=None)
    return _page(
        "pay/bill.html",
        status,
        statement=statement,
        bill=found,
        payable=payable,
        held=found.total - payable.due,
        minimum=payments.MINIMUM,
        form=fresh,
        how=form.how.data if form else "all",
        typed=(form.amount.data or "") if form else "",
        reason=reason,
    )


def _page(template: str, status: int = 200, **context: Any) -> Response:
    """A form that was refused goes back to its page in the other language."""
    here = "pay.bill" if request.endpoint == "pay.checkout" else request.endpoint or "pay.find"
    return patient_page.page(template, status, here=here, lang=patient_page.language(), **context)
