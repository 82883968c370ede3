"""What is done to claims from the list, the panel and the page: each action is a resource of its own."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Response, flash, make_response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import claims, db, ledger
from clinic.blueprints.claims import pages
from clinic.blueprints.claims.blueprint import bp
from clinic.blueprints.claims.forms import (
    AuthorizationForm,
    BillForm,
    FilterForm,
    HoldForm,
    NextForm,
    NoteForm,
    PlainForm,
    VoidForm,
    WriteOffForm,
    authorizations_of,
    fill_choices,
)
from clinic.claims.drafting import LOADED
from clinic.claims.worklist import denial_list
from clinic.db import ClinicError
from clinic.models import Claim, User
from clinic.web import render, requires, see_other, viewed, wants_fragment

MOST = 1000
"""Claims in one press of the button; the rest goes with the next."""


@bp.get("/submission")
@requires("claim.send")
def preview() -> Response:
    """What would be sent: the chosen claims, or all that are ready, by payer, and what stays."""
    session = db.session()
    chosen = _chosen(session, request.args.getlist("claim"))
    viewed("claim", *(claim.patient_id for claim in chosen))
    return render("claims/send.html", form=PlainForm(), **_preview(chosen))


@bp.post("/submission")
@requires("claim.send")
def send() -> Response:
    """Put clean claims in line; blocked ones stay with their reason."""
    form = PlainForm()
    chosen = _chosen(db.session(), request.form.getlist("claim"))
    if not form.validate_on_submit() or not chosen:
        chosen_again = _chosen(db.session(), [])
        return render(
            "claims/send.html",
            status=422,
            form=form,
            refused="Choose at least one claim that is ready.",
            **_preview(chosen_again),
        )
    with db.transaction() as session:
        result = claims.submit(session, chosen)
    flash(_result_words(result), "ok" if result.sent else "warn")
    return see_other("claims.index", tab="sent" if result.sent else "ready")


@bp.post("/<public_id>/check")
@requires("claim.work")
def check(public_id: str) -> Response:
    """Run the edits again after something was mended."""
    claim = pages.load(public_id)

    def run(session: Session) -> str:
        claims.scrub(session, claim)
        blocking = sum(row.severity == "Block" for row in claim.findings)
        return f"{claim.control_number}: " + ("no edit stops it." if not blocking else f"{blocking} to mend.")

    return _do(claim, run, moves=True)


@bp.post("/<public_id>/hold")
@requires("claim.work")
def hold(public_id: str) -> Response:
    claim, form = pages.load(public_id), HoldForm(prefix="hold")

    def run(session: Session) -> str:
        claims.hold(session, claim, form.reason.data, form.until.data)
        return f"{claim.control_number} is held until {form.until.data:%m/%d/%Y}."

    return _do(claim, run, "hold", form, form.until, moves=True)


@bp.post("/<public_id>/release")
@requires("claim.work")
def release(public_id: str) -> Response:
    claim = pages.load(public_id)

    def run(session: Session) -> str:
        claims.release(session, claim)
        return f"{claim.control_number} is released and {claims.STATES[claim.state].label.lower()}."

    return _do(claim, run, moves=True)


@bp.post("/<public_id>/notes")
@requires("claim.work")
def add_note(public_id: str) -> Response:
    claim, form = pages.load(public_id), NoteForm(prefix="note")

    def run(session: Session) -> str:
        claims.note(session, claim, form.text.data or "", form.key.data or "")
        return "The note is kept."

    return _do(claim, run, "note", form, form.text)


@bp.post("/<public_id>/next-step")
@requires("claim.work")
def next_step(public_id: str) -> Response:
    """Who looks after the claim, what they do next, and when."""
    claim, form = pages.load(public_id), NextForm(prefix="next")
    fill_choices(db.session(), claim, {"next": form})

    def run(session: Session) -> str:
        owner = (
            session.scalar(select(User).where(User.public_id == form.owner.data)) if form.owner.data else None
        )
        claims.assign(session, claim, owner)
        claims.set_next_action(session, claim, form.action.data or "", form.on.data)
        return "Saved."

    return _do(claim, run, "next", form, form.action)


@bp.post("/<public_id>/authorization")
@requires("claim.work")
def authorization(public_id: str) -> Response:
    """Choose the authorization that goes out with the claim (K02)."""
    claim, form = pages.load(public_id), AuthorizationForm(prefix="authorization")
    fill_choices(db.session(), claim, {"authorization": form})

    def run(session: Session) -> str:
        rows = {row.public_id: row for row in authorizations_of(session, claim)}
        claims.set_authorization(session, claim, rows.get(form.authorization.data))
        return f"{claim.control_number} is {claims.STATES[claim.state].label.lower()}."

    return _do(claim, run, "authorization", form, form.authorization, moves=True)


@bp.post("/<public_id>/resubmission")
@requires("claim.send")
def resubmission(public_id: str) -> Response:
    """Send a rejected claim again with the frequency it had (C2)."""
    claim = pages.load(public_id)

    def run(session: Session) -> str:
        result = claims.resend(session, claim)
        if result.sent:
            return f"{claim.control_number} goes out again, frequency {claim.frequency}."
        return f"{claim.control_number} is still blocked: mend what is listed, then send it."

    return _do(claim, run, moves=True)


@bp.post("/<public_id>/replacement")
@requires("claim.work")
def replacement(public_id: str) -> Response:
    """Make the replacement of a decided claim, with the payer's number (C4), and open it to be mended and sent."""
    form = PlainForm()
    claim = pages.load(public_id)
    if not form.validate_on_submit():
        return _panel(claim, 422)
    with db.transaction() as session:
        made = claims.replace(session, claim)
        if made.state == "draft":
            claims.scrub(session, made)
    flash(f"{made.control_number} replaces {claim.control_number}. Mend it, then send it.", "ok")
    return see_other("claims.show", public_id=made.public_id)


@bp.post("/<public_id>/void")
@requires("claim.work")
def void(public_id: str) -> Response:
    """Make the void of a claim that should never have been billed (frequency 8, C4), and open it to be sent."""
    claim, form = pages.load(public_id), VoidForm(prefix="void")
    if not form.validate_on_submit():
        return _panel(claim, 422, {"void": form})
    with db.transaction() as session:
        made = claims.void(session, claim, form.reason.data or "")
        if made.state == "draft":
            claims.scrub(session, made)
    flash(
        f"{made.control_number} voids {claim.control_number}. Send it; the payer answers with a reversal.",
        "ok",
    )
    return see_other("claims.show", public_id=made.public_id)


@bp.post("/<public_id>/write-off")
@requires("ledger.write_off")
def write_off(public_id: str) -> Response:
    claim, form = pages.load(public_id), WriteOffForm(prefix="write_off")

    def run(session: Session) -> str:
        amount = claims.write_off(
            session,
            claim,
            form.kind.data,
            form.reason.data or "",
            _key(claim, form),
            patient_share_too=form.patient_share.data,
        )
        return f"{ledger.usd(amount)} of {claim.control_number} is written off."

    return _do(claim, run, "write_off", form, form.reason, moves=True)


@bp.post("/<public_id>/patient-bill")
@requires("claim.work")
def patient_bill(public_id: str) -> Response:
    """Bill the patient for what the payer put on the patient (PR), with a reason."""
    claim, form = pages.load(public_id), BillForm(prefix="bill")

    def run(session: Session) -> str:
        amount = claims.bill_patient(session, claim, form.reason.data or "", _key(claim, form))
        return f"{ledger.usd(amount)} of {claim.control_number} is the patient's now."

    # A refusal is no fault of the reason that was typed, so it is not put at its field.
    return _do(claim, run, "bill", form, moves=True)


@bp.get("/denials/next")
@requires("claim.view")
def work_next() -> Response:
    """The denial that is due first among those that the filters leave."""
    session = db.session()
    page = denial_list(session, pages.filters_of(FilterForm.of_request(session)), "due", descending=False)
    values = {name: value for name, value in request.args.items() if name not in ("open", "page", "sort")}
    if page.rows:
        values["open"] = page.rows[0].claim.public_id
    return see_other("claims.denials", sort="due", **values)


def _key(claim: Claim, form: Any) -> str:
    return f"claim-{claim.id}-{form.key.data}"


def _do(
    claim: Claim,
    run: Callable[[Session], str],
    name: str = "",
    form: Any = None,
    field: Any = None,
    *,
    moves: bool = False,
) -> Response:
    """Validate, act in one transaction, answer: the panel again, or the list when the claim changed its tab."""
    form = form if form is not None else PlainForm()
    if not form.validate_on_submit():
        return _panel(claim, 422, {name: form} if name else None)
    try:
        with db.transaction() as session:
            said = run(session)
    except ClinicError as error:
        if field is None:
            raise
        field.errors = [str(error)]
        return _panel(pages.load(claim.public_id), 422, {name: form})
    if moves:
        flash(said, "ok")
        return _back(claim)
    if not wants_fragment():
        flash(said, "ok")
        return see_other("claims.show", public_id=claim.public_id)
    response = _panel(pages.load(claim.public_id))
    response.headers["HX-Trigger"] = json.dumps({"announce": {"text": said}})
    return response


def _panel(claim: Claim, status: int = 200, given: dict[str, Any] | None = None) -> Response:
    return render(
        "claims/show.html",
        "claims/_panel.html",
        status,
        panel=pages.panel_of(claim, given),
        place="",
        opened=claim,
    )


def _back(claim: Claim) -> Response:
    """To the list that the panel stood beside, read afresh; without htmx to the claim's own page."""
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    if not wants_fragment() or not here.path.startswith("/claims/"):
        return see_other("claims.show", public_id=claim.public_id)
    url = here.path + (f"?{here.query}" if here.query else "")
    response = make_response("", 204)
    response.headers["HX-Redirect"] = url
    return response


def _chosen(session: Session, public_ids: list[str]) -> list[Claim]:
    """The claims named, or every ready one when none is."""
    query = select(Claim).options(*LOADED).order_by(Claim.id).limit(MOST)
    query = (
        query.where(Claim.public_id.in_(public_ids)) if public_ids else query.where(Claim.state == "ready")
    )
    return list(session.scalars(query))


def _preview(chosen: list[Claim]) -> dict[str, Any]:
    going = [claim for claim in chosen if claim.state in ("ready", "draft")]
    by_payer: dict[str, list[Claim]] = {}
    for claim in sorted(going, key=lambda claim: claim.payer.name):
        by_payer.setdefault(claim.payer.name, []).append(claim)
    return {
        "going": going,
        "by_payer": [
            (name, len(rows), sum(row.amount_billed for row in rows)) for name, rows in by_payer.items()
        ],
        "staying": [(claim, claims.STATES[claim.state].label) for claim in chosen if claim not in going],
        "amount": sum(claim.amount_billed for claim in going),
        "back": url_for("claims.index"),
    }


def _result_words(result: claims.SendResult) -> str:
    sent = f"{len(result.sent)} claims in line" if len(result.sent) != 1 else "1 claim in line"
    text = f"{sent}, {ledger.usd(result.amount)}."
    if result.left:
        reasons = ", ".join(
            f"{left.claim.control_number} ({left.reason.lower()})" for left in result.left[:5]
        )
        more = f" and {len(result.left) - 5} more" if len(result.left) > 5 else ""
        text += f" {len(result.left)} stayed: {reasons}{more}."
    return text
