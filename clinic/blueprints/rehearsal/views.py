"""Move the clinic's date, run the practice payer, and tell it what to do (Z1)."""

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import selectinload

from clinic import audit, clearinghouse, clock, db, sandbox
from clinic.blueprints.rehearsal.advancing import advance, run_payer
from clinic.blueprints.rehearsal.forms import MODES, STEPS, AdvanceForm, InstructionForm, ModeForm, RunForm
from clinic.models import Coverage, Payer, StoredFile, Work
from clinic.sandbox import SandboxError
from clinic.sandbox.tables import SandboxClaim, SandboxInstruction, SandboxMember, SandboxPayer
from clinic.web import errors, render, requires, see_other, wants_fragment

bp = Blueprint("rehearsal", __name__, url_prefix="/rehearsal")
SHOWN_FILES, SHOWN_CLAIMS, SHOWN_INSTRUCTIONS, SHOWN_CARDS = 30, 15, 12, 12
CLOSED = (
    "This clinic works for real: its date is today's and its claims go to real payers. "
    "The rehearsal opens where the system is started as a demo or for training."
)


@bp.before_request
def only_in_rehearsal() -> Response | None:
    if clearinghouse.rehearsing():
        return None
    return errors.answer("403", 403, message=CLOSED)


@bp.get("")
@requires("clock.advance")
def index() -> Response:
    """The clinic's date, the payers, the files of both directions."""
    return _board()


@bp.get("/files")
@requires("clock.advance")
def files() -> Response:
    """The part that fills by itself while the payer works; alone it is no page."""
    if not wants_fragment():
        return see_other(".index")
    return make_response(render_template("rehearsal/_exchange.html", oob=False, **_exchange()))


@bp.post("/clock")
@requires("clock.advance")
def move_clock() -> Response:
    """Go forward some days, and let the payer act on the new day."""
    form = AdvanceForm()
    if not form.validate_on_submit():
        return _board(422, advance=form)
    with db.transaction() as session:
        advance(session, form.days.data, form.key.data)
    # The date stands in the frame too, so the whole page is drawn again.
    flash(f"It is {clock.today():%A, %B %-d, %Y} in this clinic now.", "ok")
    return see_other(".index")


@bp.post("/turns")
@requires("clock.advance")
def run() -> Response:
    """One turn of the practice payer."""
    form = RunForm()
    if not form.validate_on_submit():
        return _board(422)
    with db.transaction() as session:
        run_payer(session, form.key.data)
    return _said("The practice payer reads, answers and pays what is due.")


@bp.post("/instructions")
@requires("clock.advance")
def give_instruction() -> Response:
    """Tell the payer what to do with one claim or the next one."""
    form = InstructionForm()
    if not form.validate_on_submit():
        return _board(422, instruction=form)
    try:
        with db.transaction() as session:
            row = sandbox.instruct(
                session,
                form.action.data,
                control_number=form.control_number.data,
                edi_id=form.edi_id.data or "",
                reason_code=form.reason_code.data,
                key=form.key.data,
            )
            audit.record(
                session,
                "practice_payer.instruct",
                subject=f"claim:{row.control_number}" if row.control_number else f"payer:{row.edi_id}",
                changes={"action": [None, row.action], "reason": [None, row.reason_code]},
            )
    except SandboxError as refusal:
        form[refusal.field or "action"].errors = [str(refusal)]
        return _board(422, instruction=form)
    return _said(f"The practice payer was told: {sandbox.ACTIONS[row.action].lower()}.")


@bp.post("/instructions/<key>/withdrawal")
@requires("clock.advance")
def withdraw_instruction(key: str) -> Response:
    """Take an instruction back before it was followed."""
    with db.transaction() as session:
        withdrawn = sandbox.withdraw(session, key)
        if withdrawn:
            audit.record(session, "practice_payer.withdraw", subject="practice payer")
    return _said("The instruction was taken back." if withdrawn else "It was followed or taken back already.")


@bp.post("/payers/<edi_id>/mode")
@requires("clock.advance")
def set_mode(edi_id: str) -> Response:
    """Let a payer answer, be down, or say nothing."""
    payer = db.session.get(SandboxPayer, edi_id)
    if payer is None:
        abort(404)
    form = ModeForm()
    if not form.validate_on_submit():
        return _board(422, mode_error=form.mode.errors[0])
    with db.transaction() as session:
        before = payer.mode
        sandbox.set_mode(session, edi_id, form.mode.data)
        audit.record(
            session,
            "practice_payer.mode",
            subject=f"payer:{edi_id}",
            changes={"mode": [before, form.mode.data]},
        )
    return _said(f"{payer.name} {_BEHAVES[form.mode.data]}.")


_BEHAVES = {"answers": "answers again", "down": "says that it is down", "silent": "says nothing from now on"}


def _said(sentence: str) -> Response:
    """After a change: the board again for htmx, with the sentence read aloud; else the page."""
    if not wants_fragment():
        flash(sentence, "ok")
        return see_other(".index")
    response = _board(said=sentence)
    response.headers["HX-Trigger"] = json.dumps({"announce": {"text": sentence}})
    return response


def _board(status: int = 200, **changes: Any) -> Response:
    session = db.session
    # Each form is drawn fresh, with a key of its own, but for the one that was refused.
    instruction = changes.pop("instruction", None) or InstructionForm(formdata=None)
    payers = session.scalars(select(SandboxPayer).order_by(SandboxPayer.name)).all()
    instruction.edi_id.choices = {"": "Any payer"} | {payer.edi_id: payer.name for payer in payers}
    context = {
        "advance": AdvanceForm(formdata=None),
        "turn": RunForm(formdata=None),
        "said": None,
        "mode_error": None,
        **changes,
        "instruction": instruction,
        "days_ahead": clock.days_ahead(),
        "payers": payers,
        "instructions": session.scalars(
            select(SandboxInstruction).order_by(SandboxInstruction.id.desc()).limit(SHOWN_INSTRUCTIONS)
        ).all(),
        "cards": session.scalars(_cards()).all(),
        "actions": sandbox.ACTIONS,
        "steps": STEPS,
        "modes": MODES,
        **_exchange(),
    }
    return render("rehearsal/index.html", "rehearsal/_board.html", status, **context)


def _cards() -> Select[tuple[SandboxMember]]:
    """Members whom the payers know and nobody has registered here yet: who a trainee may register."""
    here = exists().where(
        Coverage.member_id == SandboxMember.member_id,
        Coverage.payer_id == Payer.id,
        Payer.edi_id == SandboxMember.edi_id,
    )
    return (
        select(SandboxMember)
        .where(~here)
        .options(selectinload(SandboxMember.plan))
        .order_by(SandboxMember.id)
        .limit(SHOWN_CARDS)
    )


def _exchange() -> dict[str, Any]:
    """What went and came, and what the payer will pay next."""
    session = db.session
    waiting = select(SandboxClaim).where(SandboxClaim.state == "accepted")
    busy = select(Work.id).where(
        Work.state.in_(("waiting", "running")),
        Work.job.in_(("jobs.sandbox.tick", "jobs.sandbox.deliver", "jobs.edi.take_in")),
    )
    return {
        "files": session.scalars(
            select(StoredFile)
            .where(StoredFile.direction.in_(("in", "out")))
            .order_by(StoredFile.id.desc())
            .limit(SHOWN_FILES)
        ).all(),
        "claims": session.scalars(
            waiting.order_by(SandboxClaim.pay_on, SandboxClaim.id).limit(SHOWN_CLAIMS)
        ).all(),
        "claim_count": session.scalar(select(func.count()).select_from(waiting.subquery())),
        "busy": session.scalar(busy.limit(1)) is not None,
    }
