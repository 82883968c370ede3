"""A paper EOB: the head of the check, its claims line by line, totals while it is typed (R30, ux 6)."""

from dataclasses import dataclass
from decimal import Decimal

from flask import Response, flash, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import SelectChoice

from clinic import db, formats, remittances
from clinic.blueprints.payments.blueprint import bp
from clinic.blueprints.payments.forms import LineForm, PaperForm
from clinic.models import Claim, ClaimLine, Payer
from clinic.remittances import PaperClaim, PaperLine, PaperRemittance
from clinic.web import render, requires, see_other, viewed

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Totals:
    """What the typed lines come to, and what is missing."""

    paid: Decimal
    check: Decimal | None
    open_lines: tuple[tuple[str, Decimal], ...]
    lines: int

    @property
    def rest(self) -> Decimal | None:
        return None if self.check is None else self.check - self.paid

    @property
    def holds(self) -> bool:
        return self.lines > 0 and not self.open_lines and self.rest is not None and self.rest >= 0


@bp.get("/paper")
@requires("remittance.post")
def paper() -> Response:
    """The empty form; `?claim=` names a claim to begin with."""
    form = PaperForm()
    if number := request.args.get("claim", ""):
        _add(form, number)
    return _show(form)


@bp.post("/paper/claims")
@requires("remittance.post")
def add_claim() -> Response:
    """The form again with the lines of one more claim; nothing is saved."""
    form = _form()
    form.validate()
    for field in form:
        field.errors = []
    found = _add(form, form.add.data)
    if not found:
        form.add.errors = [f"{form.add.data or 'That'} is none of our claims with lines to answer."]
    else:
        form.add.data, form.add.raw_data = "", None
    return _show(form, 200 if found else 422)


@bp.post("/paper/totals")
@requires("remittance.post")
def totals() -> Response:
    """What the typed lines come to: asked while typing, saves nothing."""
    form = _form()
    form.validate()
    return render("payments/_totals.html", "payments/_totals.html", totals=_totals(form, _lines(form)))


@bp.post("/paper")
@requires("remittance.post")
def post_paper() -> Response:
    """Post it by the same way as an 835; what is left of the check is parked as unapplied."""
    form = _form()
    lines = _lines(form)
    if form.validate_on_submit() and not lines:
        form.add.errors = ["Add the claims that the check pays."]
    if not form.errors:
        _say_what_is_left(form, lines)
    if form.errors:
        return _show(form, 422)
    payer = db.session.scalars(select(Payer).where(Payer.public_id == form.payer.data)).one()
    said = PaperRemittance(
        payer=payer,
        trace=form.trace.data,
        paid_on=form.paid_on.data,
        amount=form.amount.data,
        claims=_claims(form, lines),
        method=form.method.data,
    )
    try:
        with db.transaction() as session:
            made = remittances.take_in_paper(session, said)
    except remittances.RemittanceError as refusal:
        form.amount.errors = [*form.amount.errors, str(refusal)]
        return _show(form, 422)
    flash(f"{formats.usd(made.amount)} of {made.payer_name} is {made.state.replace('_', ' ')}.", "ok")
    return see_other("remittances.show", public_id=made.public_id)


def _form() -> PaperForm:
    form = PaperForm()
    _fill_payers(form)
    return form


def _fill_payers(form: PaperForm) -> None:
    rows = db.session.execute(select(Payer.public_id, Payer.name).order_by(Payer.name))
    form.payer.choices = [
        SelectChoice("", "Choose"),
        *(SelectChoice(row.public_id, row.name) for row in rows),
    ]


def _add(form: PaperForm, number: str) -> bool:
    """Append the lines of a claim that are not there yet."""
    query = select(Claim).where(Claim.control_number == number.strip().upper())
    claim = db.session.scalar(query.options(joinedload(Claim.payer)))
    if claim is None or not claim.lines:
        return False
    _fill_payers(form)
    there = {entry.form.line.data for entry in form.lines}
    for line in claim.lines:
        if line.control_number not in there:
            form.lines.append_entry({"line": line.control_number})
    if not form.payer.data:
        form.payer.data = claim.payer.public_id
    return True


def _lines(form: PaperForm) -> dict[str, ClaimLine]:
    """The claim lines behind the typed ones, by their number."""
    numbers = [entry.form.line.data for entry in form.lines]
    query = (
        select(ClaimLine)
        .where(ClaimLine.control_number.in_(numbers))
        .options(
            joinedload(ClaimLine.charge),
            joinedload(ClaimLine.claim).joinedload(Claim.patient),
            joinedload(ClaimLine.claim).joinedload(Claim.payer),
        )
    )
    return {line.control_number: line for line in db.session.scalars(query)}


def _said(typed: LineForm, line: ClaimLine) -> PaperLine:
    contractual = typed.contractual.data
    if contractual is None:
        allowed = typed.allowed.data
        contractual = line.charge.amount - allowed if allowed is not None else ZERO
    group, _, reason = (typed.reason.data or "").partition("-")
    other = [(group, reason, typed.other.data)] if typed.other.data else []
    return PaperLine(
        line,
        paid=typed.paid.data or ZERO,
        contractual=contractual,
        deductible=typed.deductible.data or ZERO,
        coinsurance=typed.coinsurance.data or ZERO,
        copay=typed.copay.data or ZERO,
        other=other,
    )


def _say_what_is_left(form: PaperForm, lines: dict[str, ClaimLine]) -> None:
    """Report each line that does not hold at the line itself, all of them at once (R4)."""
    for entry in form.lines:
        line = lines.get(entry.form.line.data)
        left = _said(entry.form, line).left if line else ZERO
        if line and left:
            billed = formats.usd(line.charge.amount)
            words = (
                f"{formats.usd(left)} of {billed} is neither paid nor adjusted."
                if left > 0
                else f"{formats.usd(-left)} more than the {billed} that was billed."
            )
            entry.form.paid.errors = [*entry.form.paid.errors, words]
    if any(entry.errors for entry in form.lines):
        form.lines.errors = [entry.errors for entry in form.lines]


def _claims(form: PaperForm, lines: dict[str, ClaimLine]) -> list[PaperClaim]:
    """The typed lines by claim, in the order they were added."""
    grouped: dict[int, tuple[Claim, list[PaperLine], list[str]]] = {}
    for entry in form.lines:
        line = lines.get(entry.form.line.data)
        if line is None:
            continue
        _, said, numbers = grouped.setdefault(line.claim_id, (line.claim, [], []))
        said.append(_said(entry.form, line))
        numbers.append(entry.form.payer_number.data)
    return [
        PaperClaim(claim, said, payer_claim_number=next(filter(None, numbers), ""))
        for claim, said, numbers in grouped.values()
    ]


def _totals(form: PaperForm, lines: dict[str, ClaimLine]) -> Totals:
    said = [line for claim in _claims(form, lines) for line in claim.lines]
    return Totals(
        paid=sum((line.paid for line in said), ZERO),
        check=form.amount.data,
        open_lines=tuple((line.line.charge.code, line.left) for line in said if line.left),
        lines=len(said),
    )


def _show(form: PaperForm, status: int = 200) -> Response:
    _fill_payers(form)
    lines = _lines(form)
    viewed("payment", *{line.claim.patient_id for line in lines.values()})
    return render(
        "payments/paper.html",
        "payments/_paper.html",
        status,
        form=form,
        lines=lines,
        totals=_totals(form, lines),
    )
