"""What a person decides about a remittance: each decision is a resource of its own, and its second click is none."""

from collections.abc import Callable

from flask import Response, flash
from sqlalchemy.orm import Session

from clinic import db, remittances
from clinic.blueprints.remittances import pages
from clinic.blueprints.remittances.blueprint import bp
from clinic.blueprints.remittances.forms import MatchForm, PlainForm, ReasonForm, RefundForm, TraceForm
from clinic.blueprints.remittances.showing import show_sheet
from clinic.formats import usd
from clinic.ledger import LedgerError
from clinic.models import ClaimPayment, Remittance
from clinic.remittances import RemittanceError
from clinic.web import requires, see_other, wants_fragment
from clinic.web.forms import ClinicForm

Work = Callable[[Session], str]


@bp.post("/<public_id>/trace")
@requires("remittance.post")
def trace(public_id: str) -> Response:
    """Fill in the check number that the payer left out; the remittance is posted with it (R2)."""
    remittance, form = pages.load(public_id), TraceForm()

    def work(session: Session) -> str:
        made = remittances.supply_trace(session, remittance, form.trace.data)
        return f"{made.payer_name} {made.trace}: {pages.STATES[made.state][0].lower()}."

    return _decide(remittance, form, "trace_form", "trace", work)


@bp.post("/<public_id>/posting")
@requires("remittance.post_unbalanced")
def posting(public_id: str) -> Response:
    """Post the sound claims of what does not balance, or a conflict that is another payment (R2, R6)."""
    remittance, form = pages.load(public_id), ReasonForm()

    def work(session: Session) -> str:
        remittances.post_anyway(session, remittance, form.reason.data)
        return (
            f"{usd(remittance.amount)} of {remittance.payer_name} is posted, what differs stands in suspense."
        )

    return _decide(remittance, form, "reason_form", "posting", work)


@bp.post("/<public_id>/duplicate")
@requires("remittance.post")
def duplicate(public_id: str) -> Response:
    """Call a conflict the same payment as the first (R2)."""
    remittance, form = pages.load(public_id), ReasonForm()

    def work(session: Session) -> str:
        remittances.set_aside(session, remittance, form.reason.data)
        return "It is set aside as a duplicate."

    return _decide(remittance, form, "reason_form", "duplicate", work)


@bp.post("/<public_id>/reversal")
@requires("ledger.reverse")
def reversal(public_id: str) -> Response:
    """Take the whole posting back (R27)."""
    remittance, form = pages.load(public_id), ReasonForm()

    def work(session: Session) -> str:
        remittances.unpost(session, remittance, form.reason.data, form.key.data)
        return f"The posting of {usd(remittance.amount)} was taken back."

    return _decide(remittance, form, "reason_form", "reversal", work)


@bp.post("/<public_id>/reposting")
@requires("remittance.post")
def reposting(public_id: str) -> Response:
    """Post anew what was taken back by mistake."""
    remittance, form = pages.load(public_id), PlainForm()

    def work(session: Session) -> str:
        remittances.post_again(session, remittance)
        return f"{usd(remittance.amount)} is posted again."

    return _decide(remittance, form, "plain_form", "reposting", work)


@bp.post("/<public_id>/parking")
@requires("remittance.post")
def park_all(public_id: str) -> Response:
    """Leave all unmatched money as unapplied insurance cash."""
    remittance, form = pages.load(public_id), PlainForm()

    def work(session: Session) -> str:
        waiting = [each for each in remittance.claim_payments if each.state == "unmatched"]
        for payment in waiting:
            remittances.park(session, payment)
        return f"{len(waiting)} {'claim is' if len(waiting) == 1 else 'claims are'} parked."

    return _decide(remittance, form, "plain_form", "parking", work)


@bp.post("/<public_id>/claims/<payment_id>/match")
@requires("remittance.post")
def match(public_id: str, payment_id: str) -> Response:
    """Post an unmatched claim on the claim that the biller chose (R10)."""
    remittance, form = pages.load(public_id), MatchForm()
    payment = pages.load_payment(remittance, payment_id)

    def work(session: Session) -> str:
        claim = pages.find_claim(form.claim.data)
        if claim is None:
            raise RemittanceError(f"{form.claim.data} is none of our claims.")
        remittances.match_later(session, payment, claim, form.key.data)
        return f"{usd(payment.amount_paid)} is posted on {claim.control_number}."

    return _decide(remittance, form, "match_form", f"match-{payment_id}", work, form.claim)


@bp.post("/<public_id>/claims/<payment_id>/parking")
@requires("remittance.post")
def park(public_id: str, payment_id: str) -> Response:
    """Leave one claim's money as unapplied insurance cash (R10)."""
    return _one(
        public_id,
        payment_id,
        "parking",
        PlainForm(),
        lambda session, payment, _: remittances.park(session, payment),
    )


@bp.post("/<public_id>/claims/<payment_id>/not-ours")
@requires("remittance.post")
def not_ours(public_id: str, payment_id: str) -> Response:
    """Say that the payment is another business's (R10)."""
    return _one(
        public_id,
        payment_id,
        "not-ours",
        ReasonForm(),
        lambda session, payment, form: remittances.mark_not_ours(session, payment, form.reason.data),
    )


@bp.post("/<public_id>/claims/<payment_id>/refund")
@requires("ledger.refund")
def refund(public_id: str, payment_id: str) -> Response:
    """Pay money that is not ours back to the payer (R10)."""
    remittance, form = pages.load(public_id), RefundForm()
    payment = pages.load_payment(remittance, payment_id)
    if payment.state not in ("not_ours", "refunded"):
        # Its form stands on no page now, so the sentence cannot stand on the form.
        raise RemittanceError("Say first that this money is not ours, and whose it is.")

    def work(session: Session) -> str:
        remittances.refund(session, payment, form.method.data, form.reason.data, form.key.data)
        return f"{usd(payment.amount_paid)} is paid back to {remittance.payer_name}."

    return _decide(remittance, form, "refund_form", f"refund-{payment_id}", work, form.reason)


@bp.post("/<public_id>/claims/<payment_id>/reversal")
@requires("ledger.reverse")
def reverse_claim(public_id: str, payment_id: str) -> Response:
    """Take the posting of one claim back; its cash waits to be matched (R27)."""
    return _one(
        public_id,
        payment_id,
        "reversal",
        ReasonForm(),
        lambda session, payment, form: remittances.unpost_claim(
            session, payment, form.reason.data, form.key.data
        ),
    )


def _one(
    public_id: str,
    payment_id: str,
    what: str,
    form: ClinicForm,
    do: Callable[[Session, ClaimPayment, ClinicForm], None],
) -> Response:
    remittance = pages.load(public_id)
    payment = pages.load_payment(remittance, payment_id)

    def work(session: Session) -> str:
        do(session, payment, form)
        return f"{payment.control_number or 'The rest'}: {pages.CLAIM_STATES[payment.state][0].lower()}."

    name = "reason_form" if isinstance(form, ReasonForm) else "plain_form"
    return _decide(remittance, form, name, f"{what}-{payment_id}", work)


def _decide(
    remittance: Remittance, form: ClinicForm, name: str, what: str, work: Work, field: object = None
) -> Response:
    """Do it in one transaction and show the remittance again; a refusal comes back on its form with 422."""
    if form.validate_on_submit():
        try:
            with db.transaction() as session:
                words = work(session)
        except (RemittanceError, LedgerError) as error:
            if not _say(form, field, str(error)):
                raise
        else:
            flash(words, "ok")
            return _again(remittance)
    return show_sheet(remittance, 422, **{name: form, "refused_for": what})


def _again(remittance: Remittance) -> Response:
    if not wants_fragment():
        return see_other("remittances.show", public_id=remittance.public_id)
    return show_sheet(remittance)


def _say(form: ClinicForm, field: object, sentence: str) -> bool:
    """Put a refusal under the field it belongs to, or on the form's first visible one; False when it has none."""
    hidden = ("HiddenField", "CSRFTokenField", "Key")
    target = field or next((each for each in form if each.type not in hidden), None)
    if target is None:
        return False
    target.errors = [*target.errors, sentence]  # type: ignore[attr-defined]
    return True
