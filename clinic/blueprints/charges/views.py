"""Charge slips: who waits for one, the slip itself, what the scrubber says while it is typed, and the signature."""

from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic import charges, claims, db, formats
from clinic.blueprints.charges import screen
from clinic.blueprints.charges.conflicts import differences, last_change
from clinic.blueprints.charges.forms import MAX_ROWS, SlipForm
from clinic.models import POINTERS, Appointment, Claim, Encounter, RenderingProvider
from clinic.web import get_or_404, render, requires, see_other, viewed, wants_fragment

bp = Blueprint("charges", __name__, url_prefix="/charge-slips")
LOADED = (
    joinedload(Encounter.patient),
    joinedload(Encounter.provider),
    joinedload(Encounter.appointment),
)
# A claim in one of these has not left, or came back unread, so a mended slip mends it too (C2).
UNSENT = (*claims.GROUPS["ready"][1], *claims.GROUPS["blocked"][1], *claims.GROUPS["held"][1])
REJECTED = claims.GROUPS["rejected"][1]


@bp.get("")
@requires("charge.edit")
def index() -> Response:
    """Visits without a signed slip, oldest first; a clinician sees their own until they ask for all."""
    providers = db.session.scalars(
        select(RenderingProvider).where(RenderingProvider.active).order_by(RenderingProvider.position)
    ).all()
    own = next((each for each in providers if each.id == current_user.rendering_provider_id), None)
    asked = request.args.get("provider", own.public_id if own else "all")
    chosen = next((each for each in providers if each.public_id == asked), None)
    visits = charges.unsigned_visits(db.session())
    shown = [visit for visit in visits if chosen is None or visit.appointment.provider_id == chosen.id]
    counts = {
        each.public_id: sum(visit.appointment.provider_id == each.id for visit in visits)
        for each in providers
    }
    viewed("charges", *(visit.appointment.patient_id for visit in shown))
    tabs = [("Everyone", url_for(".index", provider="all"), chosen is None, len(visits))]
    tabs += [
        (each.name, url_for(".index", provider=each.public_id), each is chosen, counts[each.public_id])
        for each in providers
        if counts[each.public_id] or each is chosen
    ]
    return render("charges/index.html", visits=shown, tabs=tabs, chosen=chosen, waiting=len(visits))


@bp.post("/visits/<public_id>", endpoint="open")
@requires("charge.edit")
def open_visit(public_id: str) -> Response:
    """Open the slip of a visit, a new one at the first time."""
    appointment = get_or_404(Appointment, public_id)
    with db.transaction() as session:
        encounter = charges.open_slip(session, appointment)
    return see_other(".show", public_id=encounter.public_id)


@bp.get("/<public_id>")
@requires("charge.edit")
def show(public_id: str) -> Response:
    """The slip as it is kept."""
    encounter = _slip(public_id)
    return _page(encounter, SlipForm.of(charges.content_of(encounter), encounter.version))


@bp.post("/<public_id>/check")
@requires("charge.edit")
def check(public_id: str) -> Response:
    """What is typed, with words, fees and findings, and one step on it; nothing is kept."""
    encounter = _slip(public_id)
    form = _typed(encounter)
    if number := request.form.get("remove", ""):
        form.remove(formats.whole(number) or 0)
    path, _, value = request.form.get("put", "").partition("=")
    if path:
        form.put(path, value)
    if "copy" in request.form:
        copied = charges.copy_last(db.session(), encounter)
        if copied is None:
            flash("This is the patient's first signed visit here: there is nothing to copy.", "info")
        else:
            form = SlipForm.of(copied, form.version)
    if encounter.state == "draft":
        _complete(encounter, form)
    return _page(encounter, form)


@bp.post("/<public_id>/choices/<path>")
@requires("charge.edit")
def choices(public_id: str, path: str) -> Response:
    """Codes for what stands in one field, while it is typed: `dx_A` or `code_3`."""
    encounter = _slip(public_id)
    kind, _, which = path.partition("_")
    if kind == "dx" and which in tuple(POINTERS):
        target = f"diagnoses.{which}"
    elif kind == "code" and 1 <= (formats.whole(which) or 0) <= MAX_ROWS:
        target = f"lines.{which}.code"
    else:
        abort(404)
    text = request.form.get(path, "")[:60]
    found = screen.options(db.session(), encounter, target, text)
    return render(
        "charges/_choices.html",
        "charges/_choices.html",
        field=path,
        path=target,
        options=found,
        nothing="" if found else screen.no_match(encounter, target, text),
        check_url=url_for(".check", public_id=public_id),
    )


@bp.post("/<public_id>/draft")
@requires("charge.edit")
def save(public_id: str) -> Response:
    """Keep a draft, or mend a signed slip where no money moves and have its unsent claims judged again."""
    encounter = _slip(public_id)
    form = _typed(encounter)
    content = form.content()
    if form.faults:
        return _page(encounter, form, 422)
    try:
        with db.transaction() as session:
            if encounter.state == "signed":
                charges.mend_signed(session, encounter, form.version, content.diagnoses, content.lines)
                _rescrub(encounter)
            else:
                charges.save_draft(session, encounter, form.version, content.diagnoses, content.lines)
    except charges.SlipInvalid as refused:
        form.faults = refused.faults
        return _page(encounter, form, 422)
    except charges.SlipChanged:
        if not _same(encounter, form):
            return _conflict(encounter, form)
    flash("Saved." if encounter.state == "draft" else "Mended, and its claim checked again.", "ok")
    return see_other(".show", public_id=public_id)


@bp.post("/<public_id>/signature")
@requires("charge.sign")
def sign(public_id: str) -> Response:
    """Keep what is typed, sign it, and make and check its claim, all or nothing. A second click finds it signed."""
    encounter = _slip(public_id)
    form = _typed(encounter)
    content = form.content()
    if form.faults:
        return _page(encounter, form, 422)
    try:
        with db.transaction() as session:
            session.refresh(encounter, with_for_update={"of": Encounter})
            first = encounter.state == "draft"
            if first:
                charges.save_draft(session, encounter, form.version, content.diagnoses, content.lines)
                charges.doubt_unlisted(session, encounter, request.form.get("unlisted", "").split())
                charges.sign_off(session, encounter, encounter.version)
                made = claims.create_for(session, encounter)
                if made is not None:
                    claims.scrub(session, made)
    except charges.SlipInvalid as refused:
        form.faults = refused.faults
        return _page(encounter, form, 422)
    except charges.SlipDoubted as asked:
        return _page(encounter, form, 422, doubted=asked.codes)
    except charges.SlipChanged:
        return _conflict(encounter, form)
    if not first and _differs(encounter, form):
        # Not a second click: what this page asked to sign is not what was signed.
        return _conflict(encounter, form)
    return _signed(encounter)


def _differs(encounter: Encounter, form: SlipForm) -> bool:
    """Whether a slip that is signed already holds something else than this page does."""
    _complete(encounter, form)
    kept = SlipForm.of(charges.content_of(encounter), encounter.version)
    return bool(differences(kept, form))


def _signed(encounter: Encounter) -> Response:
    """To the list when all is well, back to the slip when its claim is stopped."""
    claim = db.session.scalar(select(Claim).where(Claim.encounter_id == encounter.id).order_by(Claim.id))
    total = formats.usd(sum(charge.amount for charge in encounter.charges))
    who = encounter.patient.name
    if claim is None:
        flash(f"Signed: {total} for {who} stands with the patient, who has no coverage on file.", "ok")
    elif claim.state == "scrub_failed":
        flash(f"Signed, but claim {claim.control_number} is stopped: mend what is marked below.", "warn")
        return see_other(".show", public_id=encounter.public_id)
    else:
        flash(f"Signed: {total} for {who} is ready to go as claim {claim.control_number}.", "ok")
    return see_other(".index")


def _slip(public_id: str) -> Encounter:
    encounter = get_or_404(Encounter, public_id, *LOADED)
    if not wants_fragment():
        # A fragment only gives back what is typed on a page whose opening is on record.
        viewed("charges", encounter.patient_id, subject=f"encounter:{encounter.id}")
    return encounter


def _typed(encounter: Encounter) -> SlipForm:
    form = SlipForm.typed(request.form)
    if encounter.state == "draft":
        _complete(encounter, form)
    return form


def _complete(encounter: Encounter, form: SlipForm) -> None:
    """Fill in what nobody needs to type: one unit, the first pointer, the schedule's fee."""
    form.fill()
    form.reprice(lambda code, modifiers: charges.fee(db.session(), code, modifiers, encounter.service_on))


def _rescrub(encounter: Encounter) -> None:
    session = db.session()
    found = session.scalars(select(Claim).where(Claim.encounter_id == encounter.id))
    for claim in found.all():
        if claim.state in UNSENT or claim.state in REJECTED:
            claims.scrub(session, claim)


def _same(encounter: Encounter, form: SlipForm) -> bool:
    """Whether what is typed is what is kept: the second click of one save is no conflict."""
    kept = SlipForm.of(charges.content_of(encounter), encounter.version)
    return not differences(kept, form)


def _conflict(encounter: Encounter, form: SlipForm) -> Response:
    """409: who was faster, when, and where theirs differs from yours; yours stays in the fields."""
    kept = SlipForm.of(charges.content_of(encounter), encounter.version)
    who, when = last_change(db.session(), encounter)
    changed = differences(kept, form)
    form.version = encounter.version
    if encounter.state == "signed":
        form = kept
    return _page(encounter, form, 409, conflict=(who, when, changed))


def _page(encounter: Encounter, form: SlipForm, status: int = 200, **context: Any) -> Response:
    """The slip, whole or as the part that htmx swaps. What was refused (422) is summed up on top, with what stops."""
    context.setdefault("conflict", None)
    context.setdefault("doubted", {})
    refused = dict(form.faults) if status == 422 else {}
    view = screen.build(db.session(), encounter, form)
    return render(
        "charges/show.html",
        "charges/_slip.html",
        status,
        also=["charges/_counts.html"],
        slip=view,
        patient=encounter.patient,
        refused=refused,
        claim_state=screen.claim_state(view.claim),
        check_url=url_for(".check", public_id=encounter.public_id),
        save_url=url_for(".save", public_id=encounter.public_id),
        sign_url=url_for(".sign", public_id=encounter.public_id),
        **context,
    )
