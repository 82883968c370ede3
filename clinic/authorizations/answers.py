"""What came back: a 278 finds its request by the trace and becomes a decision, and an approval a number on file."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, log, patients, tasks, x12
from clinic.authorizations.question import QUANTITY
from clinic.authorizations.requests import loaded, record
from clinic.models import AuthorizationRequest, StoredFile
from clinic.x12 import codes

FINAL = ("approved", "changed", "denied")
WORDS = {
    "waiting": ("Waiting to be sent", "info"),
    "sent": ("Sent", "info"),
    "pended": ("Pended", "warn"),
    "approved": ("Approved", "ok"),
    "changed": ("Approved in part", "ok"),
    "denied": ("Denied", "danger"),
    "refused": ("Not reviewed", "warn"),
    "failed": ("Not sent", "danger"),
    "not_needed": ("None needed", "ok"),
}
"""The word and the tone of each state of a request."""


def take_in_answer(session: Session, file: StoredFile) -> list[AuthorizationRequest]:
    """Take a stored 278 in: each answer decides the request that its trace names; answers the requests that moved.

    What answers no request of ours is kept with its reason. The same file again changes nothing.
    """
    try:
        read = x12.read_278(file.content())
    except x12.X12Error as error:
        file.state, file.reason = "unreadable", str(error)
        return []
    moved, strangers = [], 0
    for answer in read:
        row = _request_of(session, answer) if isinstance(answer, x12.AuthorizationAnswer) else None
        if row is None or not isinstance(answer, x12.AuthorizationAnswer):
            strangers += 1
        elif _take(session, row, answer, file):
            moved.append(row)
    if strangers:
        file.reason = (
            f"{strangers} of {len(read)} answers are to no request of ours; they are kept as they came."
        )
        if strangers == len(read):
            file.state = "unmatched"
    return moved


def _request_of(session: Session, answer: x12.AuthorizationAnswer) -> AuthorizationRequest | None:
    """By any trace of the event or its services, else by the reference that both files carry (BHT03)."""
    names = [answer.reference]
    if answer.event is not None:
        names += [trace.number for trace in answer.event.traces]
        names += [trace.number for service in answer.event.services for trace in service.traces]
    found = session.scalar(
        select(AuthorizationRequest.id)
        .where(AuthorizationRequest.trace.in_([name for name in names if name]))
        .limit(1)
    )
    return None if found is None else session.scalars(loaded(found)).one()


def _take(
    session: Session, row: AuthorizationRequest, answer: x12.AuthorizationAnswer, file: StoredFile
) -> bool:
    decision = answer.decision
    weaker = decision is None or decision.pended
    if row.answer_file_id == file.id or (row.state in FINAL and weaker):
        # What the payer said on its way does not take its decision away.
        return False
    before = row.state
    row.answer_file_id, row.answered_at = file.id, clock.now()
    row.reason, row.next_step = "", ""
    if decision is None:
        _refuse(row, answer)
    else:
        _decide(session, row, answer, decision)
    session.flush()
    record(session, row, "answer", {"state": [before, row.state]})
    if row.state in ("denied", "refused", "changed"):
        tasks.add(
            session,
            "authorization",
            f"{WORDS[row.state][0]}: {row.next_step}",
            key=f"authorization-{row.id}-{row.state}-{row.attempts}",
            patient_id=row.coverage.patient_id,
            appointment_id=row.appointment_id,
            subject=f"authorization_request:{row.public_id}",
        )
    log.event("decision_taken_in", request_id=row.id, file_id=file.id, state=row.state)
    return True


def _decide(
    session: Session,
    row: AuthorizationRequest,
    answer: x12.AuthorizationAnswer,
    decision: x12.Decision,
) -> None:
    row.number = decision.number
    said = " ".join(answer.event.messages) if answer.event else ""
    row.reason = " ".join(
        part for part in (said, *(_reason(code, said) for code in decision.reasons)) if part
    )
    if decision.approved:
        row.state = "changed" if decision.changed else "approved"
        _keep(session, row, answer, decision)
    elif decision.pended:
        row.state = "pended"
        row.next_step = (
            "Call the payer." if decision.action == "CT" else "The payer decides later and answers by itself."
        )
    elif decision.denied:
        row.state = "denied"
        row.next_step = (
            "Tell the provider and the patient: a peer review or an appeal is the provider's choice."
        )
    elif decision.action == "NA":
        row.state, row.next_step = "not_needed", "The payer wants none for this: the claim goes without."
    else:
        row.state = "refused"
        row.reason = row.reason or f"{codes.describe_decision(decision.action)}."
        row.next_step = "Read the payer's answer, or call the payer."


def _reason(code: str, said: str) -> str:
    """A reason in words; the list of them is X12's, so one without words is explained by the payer's own, or by a call."""
    words = codes.describe_decision_reason(code)
    if words != code:
        return f"{words}."
    return f"(Reason {code} of the payer.)" if said else f"Only reason {code}, and no words: ask the payer."


def _keep(
    session: Session,
    row: AuthorizationRequest,
    answer: x12.AuthorizationAnswer,
    decision: x12.Decision,
) -> None:
    """The approval as an authorization on file, with what the payer granted and not what was asked for."""
    granted, counts = _granted(answer) or (row.visits, row.counts)
    starts_on = decision.effective_from or row.starts_on
    ends_on = decision.effective_to or decision.expires_on or row.ends_on
    if (granted, counts) != (row.visits, row.counts) or (starts_on, ends_on) != (row.starts_on, row.ends_on):
        of = (
            f"of {row.visits} {counts}" if counts == row.counts else f"{counts} for {row.visits} {row.counts}"
        )
        row.next_step = f"{granted} {of} are granted: plan the visits by that."
    try:
        kept = patients.add_authorization(
            session,
            row.coverage,
            number=decision.number,
            codes=row.codes,
            starts_on=starts_on,
            ends_on=max(ends_on, starts_on),
            visits_allowed=min(granted, 999),
            counts=counts,
            kind="referral" if row.category == "SC" else "authorization",
            provider_id=row.provider_id,
        )
    except patients.FieldRefused:
        row.next_step = "The payer gave no number that can be kept: call for it and enter it."
        return
    row.authorization_id = kept.id


def _granted(answer: x12.AuthorizationAnswer) -> tuple[int, str] | None:
    """How much the payer grants, and whether that is visits or units: the least that a service says, else the event."""
    if answer.event is None:
        return None
    of_services = [each.delivery for each in answer.event.services if each.delivery]
    said = of_services or ([answer.event.delivery] if answer.event.delivery else [])
    for counts, kinds in (("visits", (QUANTITY["visits"], "")), ("units", (QUANTITY["units"],))):
        many = [
            int(each.quantity) for each in said if each.quantity is not None and each.quantity_kind in kinds
        ]
        if many:
            return min(many), counts
    return None


def _refuse(row: AuthorizationRequest, answer: x12.AuthorizationAnswer) -> None:
    """The payer reviewed nothing (AAA): it is no denial, and it can be mended."""
    found = list(answer.rejections)
    if answer.event is not None:
        found += answer.event.rejections
        found += [each for service in answer.event.services for each in service.rejections]
    row.state = "refused"
    row.reason = "; ".join(
        dict.fromkeys(f"{codes.describe_rejection(each.code)} (AAA {each.code})" for each in found)
    )
    row.reason = f"{row.reason}." if row.reason else "The payer says neither yes nor no."
    row.next_step = codes.next_step(found[0].code) if found else "Read the payer's answer, or call the payer."
