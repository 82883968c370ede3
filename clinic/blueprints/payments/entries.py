"""One entry of the journal and its reversal: a wrong transfer, write-off or refund is never changed, but taken back."""

from flask import Response, flash, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from clinic import db, ledger, remittances
from clinic.blueprints.payments.blueprint import bp
from clinic.blueprints.payments.forms import ReasonForm
from clinic.models import EntryKind, JournalEntry, Receipt, Remittance
from clinic.web import get_or_404, render, requires, see_other, viewed

REVERSIBLE = (EntryKind.TRANSFER, EntryKind.WRITE_OFF, EntryKind.REFUND, EntryKind.APPLICATION)


@bp.get("/entries/<public_id>")
@requires("ledger.view")
def entry(public_id: str) -> Response:
    """One entry with its postings, and where it is taken back."""
    return _show(_load(public_id), ReasonForm())


@bp.post("/entries/<public_id>/reversal")
@requires("ledger.reverse")
def reverse_entry(public_id: str) -> Response:
    """Post the opposite, linked, once (R27)."""
    found, form = _load(public_id), ReasonForm()
    if found.kind not in REVERSIBLE:
        raise ledger.LedgerError(
            "This entry is taken back where it was posted: with its receipt or remittance."
        )
    if not form.validate_on_submit():
        return _show(found, form, 422)
    again = _reversal(found)
    if again is None or again.idempotency_key != form.key.data:
        try:
            with db.transaction() as session:
                if found.kind is EntryKind.REFUND and found.claim_payment_id is not None:
                    remittances.reverse_refund(session, found, form.reason.data, form.key.data)
                else:
                    ledger.reverse_entry(session, found, form.reason.data, form.key.data)
        except ledger.LedgerError as refusal:
            form.reason.errors = [*form.reason.errors, str(refusal)]
            return _show(found, form, 422)
        flash("The entry is taken back.", "ok")
    return see_other("payments.entry", public_id=found.public_id)


def _load(public_id: str) -> JournalEntry:
    return get_or_404(JournalEntry, public_id, selectinload(JournalEntry.postings))


def _reversal(found: JournalEntry) -> JournalEntry | None:
    return db.session.scalar(select(JournalEntry).where(JournalEntry.reverses_id == found.id))


def _show(found: JournalEntry, form: ReasonForm, status: int = 200) -> Response:
    session = db.session()
    viewed("payment", *([found.patient_id] if found.patient_id else []), subject=f"journal_entry:{found.id}")
    where = ""
    if found.remittance_id is not None:
        remittance = session.get_one(Remittance, found.remittance_id)
        where = url_for("remittances.show", public_id=remittance.public_id)
    elif found.kind is EntryKind.PATIENT_RECEIPT and found.receipt_id is not None:
        where = url_for("payments.receipt", public_id=session.get_one(Receipt, found.receipt_id).public_id)
    return render(
        "payments/entry.html",
        "payments/_entry.html",
        status,
        entry=found,
        reversal=_reversal(found),
        form=form,
        where=where,
        reversible=found.kind in REVERSIBLE,
    )
