"""Money by hand: what is unapplied and how old, a household's payment, and the pages of receipts and paper EOBs."""

from decimal import Decimal

from flask import Response, flash, request
from sqlalchemy.orm import Session

from clinic import db, formats, ledger, patients
from clinic.blueprints.payments import entries, pages, paper, receipts
from clinic.blueprints.payments.blueprint import bp
from clinic.blueprints.payments.forms import ReceiveForm
from clinic.models import Guarantor, Receipt
from clinic.web import get_or_404, may, render, requires, see_other, viewed

__all__ = ["bp", "entries", "paper", "receipts"]

ZERO = Decimal("0.00")


@bp.get("/")
@requires("ledger.view")
def index() -> Response:
    """What belongs to nobody's charge yet, with its age; the newest receipts (B4, ask 34)."""
    return _index([], "")


@bp.post("/search")
@requires("ledger.view")
def search() -> Response:
    """Whose payment it is: patients by name, birth date, phone, MRN or claim number."""
    typed = request.form.get("who", "")
    return _index(patients.search(db.session(), typed, limit=20), typed)


@bp.get("/households/<public_id>")
@requires("payment.collect")
def household(public_id: str) -> Response:
    """What a household owes and has unapplied, and the form for its payment."""
    return _household(get_or_404(Guarantor, public_id), ReceiveForm())


@bp.post("/households/<public_id>")
@requires("payment.collect")
def receive(public_id: str) -> Response:
    """Take in a payment and apply it, oldest first or as typed; a surplus stays unapplied."""
    guarantor, form = get_or_404(Guarantor, public_id), ReceiveForm()
    chosen, faults = _chosen(form)
    if not form.validate_on_submit() or faults:
        return _household(guarantor, form, 422, faults)
    try:
        with db.transaction() as session:
            receipt = _take(session, guarantor, form, chosen)
    except ledger.LedgerError as refusal:
        field = form.reference if isinstance(refusal, ledger.CardNumberRefused) else form.amount
        field.errors = [*field.errors, str(refusal)]
        return _household(guarantor, form, 422)
    left = pages.open_receipt(receipt).rest
    flash(
        f"{formats.usd(receipt.amount)} is taken in as {receipt.number}, {formats.usd(left)} of it unapplied.",
        "ok",
    )
    return see_other("payments.receipt", public_id=receipt.public_id)


def _take(session: Session, guarantor: Guarantor, form: ReceiveForm, chosen: dict[str, Decimal]) -> Receipt:
    said = {
        "guarantor_id": guarantor.id,
        "amount": form.amount.data,
        "method": form.method.data,
        "reference": form.reference.data,
        "drawer": pages.drawer_for(session, form.method.data),
        "key": form.key.data,
    }
    if form.how.data == "oldest":
        return ledger.receive_and_apply(session, **said)
    receipt = ledger.receive(session, purpose="balance", **said)
    for public_id, amount in chosen.items():
        charge = pages.charge_or_404(public_id)
        ledger.apply_receipt(session, receipt, charge.id, amount, f"{form.key.data}:{charge.id}")
    return receipt


def _chosen(form: ReceiveForm) -> tuple[dict[str, Decimal], dict[str, str]]:
    """The amounts typed beside the charges, by public id, and what is wrong with them."""
    chosen: dict[str, Decimal] = {}
    faults: dict[str, str] = {}
    if form.how.data != "chosen":
        return chosen, faults
    for name, text in request.form.items():
        public_id = name.removeprefix("pay-")
        if public_id == name or not text.strip():
            continue
        try:
            amount = formats.parse_money(text)
        except ValueError as error:
            faults[public_id] = str(error)
        else:
            if amount:
                chosen[public_id] = amount
    whole = sum(chosen.values(), ZERO)
    if form.amount.data is not None and whole > form.amount.data:
        faults[next(iter(chosen))] = f"{formats.usd(whole)} is more than the payment."
    return chosen, faults


def _household(
    guarantor: Guarantor, form: ReceiveForm, status: int = 200, faults: dict[str, str] | None = None
) -> Response:
    session = db.session()
    members = pages.patients_of(guarantor)
    viewed("payment", *(patient.id for patient in members))
    return render(
        "payments/household.html",
        "payments/_household.html",
        status,
        guarantor=guarantor,
        members=members,
        balance=ledger.guarantor_balance(session, guarantor.id),
        owed=pages.owed(guarantor),
        unapplied=[each for each in pages.unapplied() if each.guarantor.id == guarantor.id],
        form=form,
        faults=faults or {},
        typed=request.form if status == 422 else {},
    )


def _index(found: list[patients.Found], typed: str) -> Response:
    unapplied = pages.unapplied()
    held = pages.insurance_cash() if may("remittance.view") else []
    shown = [each.receipt.patient_id for each in unapplied if each.receipt.patient_id]
    viewed("payment", *shown, *(each.patient.id for each in found))
    return render(
        "payments/index.html",
        "payments/_found.html",
        unapplied=unapplied,
        unapplied_sum=sum((each.amount for each in unapplied), ZERO),
        held=held,
        held_sum=sum((each.amount_paid for each in held), ZERO),
        recent=pages.recent(),
        found=found,
        typed=typed,
        methods=pages.METHOD_WORDS,
    )
