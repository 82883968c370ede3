"""The gate at check-in: the few things that a check-in does not pass without a reason (A12).

Everything else that is missing is a line on the list and stops nobody. Whoever holds the permission passes with a
reason, which is kept with what it passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, eligibility
from clinic.authorizations import judging
from clinic.db import ClinicError
from clinic.models import Appointment, CheckInPass

CONFIRMED_DAYS = 183
"""After so many days address and phone are asked for again."""
CARD_DAYS = 365
"""After so many days the insurance card is looked at again."""


class GateClosed(ClinicError):
    """Something stands against this check-in, and no reason was given to go on."""


@dataclass(frozen=True)
class Stop:
    """What stands against a check-in: `name` is kept, `text` is the sentence on the screen."""

    name: str
    text: str


def stops(session: Session, appointment: Appointment) -> list[Stop]:
    """What stands against checking a patient in; empty for self-pay.

    A silent payer stops nobody, unless its own list names a code that visits of this kind have.
    """
    coverage = eligibility.coverage_for(session, appointment)
    if coverage is None:
        return []
    day = clock.local(appointment.starts_at).date()
    answer = eligibility.answer_on(session, coverage.id, day)
    if answer is not None and answer.active is False and eligibility.same_plan_year(answer, day):
        return [Stop("inactive", f"{coverage.payer.name} says that this coverage is not active.")]
    need = judging.need_of_visit(appointment, coverage, answer)
    if not need.why:
        return []
    rows = judging.on_file(session, [coverage.id])[coverage.id]
    if any(judging.serves(row, need) for row in rows):
        return []
    sentence = f"{coverage.payer.name} wants an authorization, and none on file serves today."
    return [Stop("authorization", sentence)]


def go_through(session: Session, appointment: Appointment, found: Sequence[Stop], reason: str) -> None:
    """Keep why a check-in went on although something stood against it; raises GateClosed without a reason.

    The caller has checked the permission.
    """
    if not found:
        return
    if not reason.strip():
        raise GateClosed("Say why the check-in goes on.")
    names = [stop.name for stop in found]
    session.add(
        CheckInPass(
            appointment_id=appointment.id,
            missing=names,
            reason=reason.strip(),
            passed_by=audit.actor().user_id,
            passed_at=clock.now(),
        )
    )
    audit.record(
        session,
        "appointment.gate_passed",
        patients=[appointment.patient_id],
        subject=f"appointment:{appointment.public_id}",
        category="schedule",
        changes={"missing": [None, " ".join(names)]},
    )
    session.flush()


def passes(session: Session, appointment: Appointment) -> Sequence[CheckInPass]:
    """How this visit's gate was passed, if it was."""
    return session.scalars(
        select(CheckInPass).where(CheckInPass.appointment_id == appointment.id).order_by(CheckInPass.id)
    ).all()
