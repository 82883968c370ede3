"""One receipt: what it paid, and its corrections: applied, taken off a charge, refunded, reversed (B4, B6, B8)."""

from collections.abc import Callable

from flask import Response, flash
from sqlalchemy.orm import Session

from clinic import db, ledger
from clinic.blueprints.payments import pages
from clinic.blueprints.payments.blueprint import bp
from clinic.blueprints.payments.forms import PlainForm, ReasonForm, RefundForm, TakeOffForm
from clinic.formats import usd
from clinic.models import Receipt
from clinic.web import get_or_404, render, requires, see_other, viewed, wants_fragment
from clinic.web.forms import ClinicForm


@bp.get("/receipts/<public_id>")
@requires("ledger.view")
def receipt(public_id: str) -> Response:
    """One receipt with everything that happened to it."""
    return _show(get_or_404(Receipt, public_id))


@bp.post("/receipts/<public_id>/application")
@requires("ledger.post_payment")
def apply(public_id: str) -> Response:
    """Apply what is left to what the household owes, the oldest first."""
    found, form = get_or_404(Receipt, public_id), PlainForm()

    def work(session: Session) -> str:
        entries = ledger.apply_unapplied(session, found.guarantor_id, key=form.key.data)
        return "Applied to what is owed." if entries else "Nothing is owed that this money may pay now."

    return _decide(found, form, "plain_form", work)


@bp.post("/receipts/<public_id>/removal")
@requires("ledger.post_payment")
def take_off(public_id: str) -> Response:
    """Take money off a charge that it was applied to; it is unapplied again."""
    found, form = get_or_404(Receipt, public_id), TakeOffForm()

    def work(session: Session) -> str:
        charge = pages.charge_or_404(form.charge.data)
        ledger.unapply_receipt(session, found, charge.id, form.amount.data, form.reason.data, form.key.data)
        return f"{usd(form.amount.data)} is unapplied again."

    return _decide(found, form, "take_off_form", work)


@bp.post("/receipts/<public_id>/refund")
@requires("ledger.refund")
def refund(public_id: str) -> Response:
    """Pay a credit back, never more than it (B6)."""
    found, form = get_or_404(Receipt, public_id), RefundForm()

    def work(session: Session) -> str:
        ledger.refund(
            session,
            found,
            form.amount.data,
            form.method.data,
            form.reason.data,
            form.key.data,
            drawer=pages.drawer_of_refund(form.method.data),
        )
        return f"{usd(form.amount.data)} of {found.number} is paid back."

    return _decide(found, form, "refund_form", work)


@bp.post("/receipts/<public_id>/reversal")
@requires("ledger.reverse")
def reverse(public_id: str) -> Response:
    """Take a receipt back with all that it paid: a returned check, a wrong posting (B8)."""
    found, form = get_or_404(Receipt, public_id), ReasonForm()

    def work(session: Session) -> str:
        ledger.reverse_receipt(session, found, form.reason.data, form.key.data)
        return f"{found.number} is reversed; what it paid is open again."

    return _decide(found, form, "reason_form", work)


def _decide(found: Receipt, form: ClinicForm, name: str, work: Callable[[Session], str]) -> Response:
    """Do it in one transaction; a refusal of the ledger comes back on the form with 422."""
    if form.validate_on_submit():
        try:
            with db.transaction() as session:
                words = work(session)
        except ledger.LedgerError as refusal:
            shown = (
                form["amount"] if "amount" in form else form["reason"] if "reason" in form else form["key"]
            )
            shown.errors = [*shown.errors, str(refusal)]
        else:
            flash(words, "ok")
            if not wants_fragment():
                return see_other("payments.receipt", public_id=found.public_id)
            return _show(found)
    return _show(found, 422, **{name: form})


def _show(found: Receipt, status: int = 200, **refused: ClinicForm) -> Response:
    opened = pages.open_receipt(found)
    viewed("payment", *opened.patient_ids, subject=f"receipt:{found.number}")
    forms: dict[str, ClinicForm] = {
        "plain_form": PlainForm(formdata=None),
        "take_off_form": TakeOffForm(formdata=None),
        "refund_form": RefundForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
    }
    forms["refund_form"].amount.data = opened.rest
    forms |= refused
    for name, form in forms.items():
        for field in form:
            # Several forms of one page have a reason and a key: each gets an id of its own.
            field.id = field.label.field_id = f"{name}-{field.name}"
    return render(
        "payments/receipt.html",
        "payments/_receipt.html",
        status,
        also=("payments/_flash.html",),
        opened=opened,
        methods=pages.METHOD_WORDS,
        **forms,
    )
