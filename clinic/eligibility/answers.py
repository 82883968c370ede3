"""What came back: a 271 finds its question by the trace and becomes benefits, or a reason with a next step (E3, E5)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, log, tasks, x12
from clinic.eligibility import selection
from clinic.eligibility.asking import loaded
from clinic.eligibility.waiting import give_up, moment
from clinic.models import EligibilityCheck, StoredFile
from clinic.x12 import codes

DOWN = frozenset({"42", "80"})
"""AAA03 of a payer that cannot answer now: nothing to correct, so it is asked again (E5)."""
FOLLOW_UP = {
    "N": "The payer asks not to send this again.",
    "S": "The payer asks not to send this again.",
    "W": "The payer asks to wait 30 days before asking again.",
    "X": "The payer asks to wait 10 days before asking again.",
    "Y": "The payer keeps the question and will answer it itself.",
}
OUT_OF_RANGE = frozenset({"62", "63"})
"""AAA03 of a payer that does not look so far ahead or back (E1)."""
MAY_NOT_REPEAT = frozenset("NSWXY")


def take_in_answer(session: Session, file: StoredFile) -> list[EligibilityCheck]:
    """Take a stored 271 in: each answer moves the check that its trace names, and the checks are answered.

    What answers no question of ours is kept with its reason; nothing else changes. The same file again finds the
    same checks in the same state.
    """
    try:
        answers = x12.read_271(file.content())
    except x12.X12Error as error:
        file.state, file.reason = "unreadable", str(error)
        return []
    moved: list[EligibilityCheck] = []
    strangers: list[str] = []
    for answer in answers:
        check = _question_of(session, answer)
        if check is None:
            strangers.append(answer.trace or answer.reference or "none")
        elif _take(session, check, answer, file):
            moved.append(check)
    if strangers:
        one = len(strangers) == 1
        file.reason = (
            f"No question of ours has the {'trace' if one else 'traces'} {', '.join(strangers)}; "
            f"the {'answer is' if one else 'answers are'} kept as {'it' if one else 'they'} came."
        )
        if len(strangers) == len(answers):
            file.state = "unmatched"
    return moved


def _question_of(session: Session, answer: x12.EligibilityAnswer) -> EligibilityCheck | None:
    """By any trace of the answer, else by the reference that both files carry (BHT03)."""
    names = [trace[0] for trace in answer.every_trace] + [answer.reference]
    found = session.scalar(
        select(EligibilityCheck.id)
        .where(EligibilityCheck.trace.in_([name for name in names if name]))
        .limit(1)
    )
    return None if found is None else session.scalars(loaded(found)).one()


def _take(session: Session, check: EligibilityCheck, answer: x12.EligibilityAnswer, file: StoredFile) -> bool:
    refused = bool(answer.rejections) and not answer.benefits
    if check.answer_file_id == file.id or (refused and check.state == "answered"):
        # A late refusal of an earlier attempt does not take a good answer away.
        return False
    check.answer_file_id, check.answered_at = file.id, clock.now()
    if refused:
        _refuse(session, check, answer)
    else:
        _accept(check, answer)
        _ask_for_other_cards(session, check)
    audit.record(
        session,
        "eligibility.answer",
        patients=[check.coverage.patient_id],
        subject=f"eligibility:{check.trace}",
        category="eligibility",
        changes={"state": check.state, "active": check.active},
    )
    log.event("answer_taken_in", check_id=check.id, file_id=file.id, state=check.state)
    return True


def _accept(check: EligibilityCheck, answer: x12.EligibilityAnswer) -> None:
    own = own_service_type(check)
    check.state, check.reason, check.next_step = "answered", "", ""
    check.active, check.plan_name = selection.plan_of(answer, own)
    check.benefits = selection.select(answer, own, check.service_on)
    patient = answer.patient
    born_on = check.coverage.patient.born_on
    if patient is not None and patient.birth_date not in (None, born_on):
        check.benefits["notes"].insert(
            0, "The payer knows this member with another birth date: compare the card."
        )
    if check.active is False:
        check.next_step = "Ask for the new insurance card, or agree on self-pay."
    elif check.active is None:
        check.reason = "The payer does not say whether the coverage is active."
        check.next_step = "Read the payer's answer, or call the payer."


def _ask_for_other_cards(session: Session, check: EligibilityCheck) -> None:
    """Another payer that the answer names is a task, once for each coverage and name (E6)."""
    for name in check.benefits.get("other_payers", []):
        advantage = check.coverage.payer.kind == "medicare"
        tasks.add(
            session,
            "other_payer",
            f"{check.coverage.payer.name} names another payer: {name}. Ask for that card"
            + (
                " and bill it instead: a Medicare Advantage plan takes Medicare's place."
                if advantage
                else " and settle which pays first."
            ),
            key=f"other-payer-{check.coverage_id}-{name}"[:200],
            patient_id=check.coverage.patient_id,
            appointment_id=check.appointment_id,
            subject=f"eligibility:{check.trace}",
        )


def _refuse(session: Session, check: EligibilityCheck, answer: x12.EligibilityAnswer) -> None:
    check.active, check.benefits = None, {}
    first = answer.rejections[0]
    words = "; ".join(
        dict.fromkeys(
            f"{codes.describe_rejection(each.code)} (AAA {each.code})" for each in answer.rejections
        )
    )
    if first.code in DOWN and first.follow_up not in MAY_NOT_REPEAT:
        reason = f"{check.coverage.payer.name} could not answer at {moment(clock.now())}: {words}."
        give_up(session, check, reason, "Check-in goes on.")
        return
    check.state, check.reason = "refused", f"{words}."
    if first.code in OUT_OF_RANGE and check.service_on > clock.today():
        check.next_step = "It is asked again by itself in the days before the visit."
        return
    check.next_step = " ".join(
        part for part in (codes.next_step(first.code), FOLLOW_UP.get(first.follow_up, "")) if part
    )


def benefits_for(session: Session, check: EligibilityCheck, service_type: str) -> dict[str, Any]:
    """The benefits of an answer for a visit of another kind than the one it was asked about (E3)."""
    if check.answer_file_id is None or check.benefits.get("service_type") == service_type:
        return check.benefits
    file = session.get_one(StoredFile, check.answer_file_id)
    for answer in x12.read_271(file.content()):
        if check.trace in (*(trace[0] for trace in answer.every_trace), answer.reference):
            return selection.select(answer, service_type, check.service_on)
    return check.benefits


def own_service_type(check: EligibilityCheck) -> str:
    """The visit's own service type: the first that was asked for besides the plan (30)."""
    return next((code for code in check.service_types if code != selection.PLAN), selection.PLAN)
