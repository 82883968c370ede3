"""Asking a payer to approve services: a row with its trace, the 278 is written and sent by jobs (design 5)."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clearinghouse, clock, formats, log, queue, x12
from clinic.authorizations.errors import NotRequested
from clinic.authorizations.question import request_of
from clinic.clearinghouse import questions
from clinic.eligibility.asking import must_be_askable, next_number
from clinic.eligibility.errors import NotAsked
from clinic.models import (
    Appointment,
    AuthorizationRequest,
    Coverage,
    Practice,
    RenderingProvider,
)

REFERRAL = "SC"
CATEGORIES = {"HS": "Services here", REFERRAL: "Referral to a specialist"}
OPEN = ("waiting", "sent", "pended")
SENDABLE_AGAIN = ("refused", "failed")
MAX_ATTEMPTS = 5
QUESTION = questions.Kind(
    "278",
    "jobs.authorizations.deliver",
    "authorization-deliver",
    "The request cannot be written",
    "Mend the coverage or the request, then send it again.",
)


def ask(
    session: Session,
    coverage: Coverage,
    *,
    key: str,
    codes: Sequence[str],
    diagnoses: Sequence[str],
    visits: int,
    starts_on: date,
    ends_on: date,
    counts: str = "visits",
    category: str = "HS",
    service_type: str = "",
    message: str = "",
    provider: RenderingProvider | None = None,
    appointment: Appointment | None = None,
) -> AuthorizationRequest:
    """Ask the payer of a coverage for an approval; state "waiting" until a job has sent it.

    `visits` is how many visits, or units of each code where `counts` is "units".

    The same `key` again (a second click) is the first request. Raises NotRequested.
    """
    existing = session.scalar(select(AuthorizationRequest).where(AuthorizationRequest.key == key))
    if existing is not None:
        return existing
    try:
        must_be_askable(coverage)
    except NotAsked as error:
        raise NotRequested(str(error)) from error
    asked = {"codes": codes, "diagnoses": diagnoses, "visits": visits}
    for refused in faults(coverage, **asked, starts_on=starts_on, ends_on=ends_on):
        raise refused
    _refuse_twice(session, coverage, category, codes, starts_on, ends_on)
    row = AuthorizationRequest(
        key=key,
        coverage_id=coverage.id,
        appointment_id=appointment.id if appointment else None,
        provider_id=provider.id if provider else None,
        category=category,
        service_type=service_type,
        codes=list(codes),
        diagnoses=list(diagnoses),
        visits=visits,
        counts=counts,
        starts_on=starts_on,
        ends_on=ends_on,
        message=message.strip(),
        trace=f"{next_number(session, 'clinic', 'trace'):09d}",
        asked_by=audit.actor().user_id,
        asked_at=clock.now(),
    )
    session.add(row)
    session.flush()
    record(session, row, "ask", {"codes": [None, " ".join(codes)], counts: [None, visits]})
    _queue_sending(session, row)
    return row


def again(session: Session, row: AuthorizationRequest) -> AuthorizationRequest:
    """Send a request that was refused unreviewed or never left once more, with the coverage as it is now.

    One that is under way or decided is answered as it is: a second click changes nothing.
    """
    session.refresh(row, with_for_update={"of": AuthorizationRequest})
    if row.state not in SENDABLE_AGAIN:
        return row
    try:
        must_be_askable(row.coverage)
    except NotAsked as error:
        raise NotRequested(str(error)) from error
    before = row.state
    row.state, row.reason, row.next_step, row.number = "waiting", "", "", ""
    if before == "failed":
        # What never left names the payer and the member as they were: it is written anew.
        row.question_file_id = None
    row.asked_at, row.asked_by = clock.now(), audit.actor().user_id
    session.flush()
    record(session, row, "again", {"state": [before, "waiting"]})
    _queue_sending(session, row)
    return row


def build(session: Session, request_id: int) -> None:
    """Write the 278 of a waiting request, keep its bytes and ask for the delivery (job).

    A file that was written before and never left is the one that is delivered: its name holds its number.
    """
    row = session.scalars(loaded(request_id)).one()
    if row.state != "waiting":
        return
    partner = row.coverage.payer.edi_id

    def write(practice: Practice) -> bytes:
        return x12.write_278_request(_envelope(session, practice, partner), [request_of(row, practice)])

    questions.write_out(session, row, QUESTION, partner, write)


def deliver(session: Session, request_id: int) -> None:
    """Hand the stored 278 to the transport; safe to repeat after a crash at any point (job).

    A clearinghouse that cannot be reached is a reason with a time and a later attempt, not an error.
    """
    row = session.scalars(loaded(request_id)).one()
    if row.state != "waiting" or row.question_file_id is None:
        return
    try:
        left = questions.delivered(session, row)
    except clearinghouse.DeliveryError as error:
        log.failure("request_not_delivered", error, request_id=row.id)
        _later(session, row)
        return
    if not left:
        return
    row.state, row.sent_at, row.reason, row.next_step = "sent", clock.now(), "", ""
    log.event("request_sent", request_id=row.id, attempt=row.attempts)


def _later(session: Session, row: AuthorizationRequest) -> None:
    row.reason = f"The clearinghouse could not be reached at {formats.wall(clock.now())}."
    if row.attempts >= MAX_ATTEMPTS:
        row.state, row.next_step = "failed", "Send it again later, or call the payer."
        return
    delay = timedelta(minutes=2**row.attempts)
    row.next_step = f"It is sent again by itself at {formats.wall(clock.now() + delay)}."
    queue.add(
        session,
        "jobs.authorizations.send",
        row.id,
        key=f"authorization-send-{row.id}-{row.attempts}",
        due_at=clock.wall_now() + delay,
    )


def loaded(request_id: int) -> Select[AuthorizationRequest]:
    """A request under lock with everything its 278 needs."""
    return (
        select(AuthorizationRequest)
        .where(AuthorizationRequest.id == request_id)
        .options(
            joinedload(AuthorizationRequest.coverage).joinedload(Coverage.patient),
            joinedload(AuthorizationRequest.coverage).joinedload(Coverage.payer),
            joinedload(AuthorizationRequest.provider),
        )
        .with_for_update(of=AuthorizationRequest)
    )


def record(
    session: Session, row: AuthorizationRequest, action: str, changes: dict[str, list[object]]
) -> None:
    """One line of the audit trail about a request."""
    audit.record_row(
        session, f"authorization_request.{action}", row, row.coverage.patient_id, "coverage", changes
    )


def _queue_sending(session: Session, row: AuthorizationRequest) -> None:
    stamp = int(clock.wall_now().timestamp())
    queue.add(
        session,
        "jobs.authorizations.send",
        row.id,
        key=f"authorization-send-{row.id}-{row.attempts}-{stamp}",
    )


def faults(
    coverage: Coverage,
    *,
    codes: Sequence[str],
    diagnoses: Sequence[str],
    visits: int | None,
    starts_on: date | None,
    ends_on: date | None,
) -> list[NotRequested]:
    """Everything that `ask` would refuse in what is asked for; what is missing (None) is left to the form to say."""
    wrong = []
    odd = [code for code in codes if not re.fullmatch(r"[A-Z0-9]{5}", code)]
    if odd:
        wrong.append(NotRequested(f"{odd[0]} is not a procedure code of five characters.", "codes"))
    if not diagnoses:
        sentence = "Enter at least one diagnosis: the payer reviews nothing without a reason."
        wrong.append(NotRequested(sentence, "diagnoses"))
    if visits is not None and not 1 <= visits <= 999:
        wrong.append(NotRequested("Ask for a number between 1 and 999.", "visits"))
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        wrong.append(NotRequested("The last day cannot lie before the first.", "ends_on"))
    if starts_on is not None and not coverage.covers(starts_on):
        sentence = "The coverage does not cover the first day. Choose the coverage of that day."
        wrong.append(NotRequested(sentence, "starts_on"))
    return wrong


def _refuse_twice(
    session: Session, coverage: Coverage, category: str, codes: Sequence[str], starts_on: date, ends_on: date
) -> None:
    """Two windows ask once: what is under way for these days since today would be approved a second time."""
    session.execute(select(Coverage.id).where(Coverage.id == coverage.id).with_for_update())
    under_way = select(AuthorizationRequest).where(
        AuthorizationRequest.coverage_id == coverage.id,
        AuthorizationRequest.category == category,
        AuthorizationRequest.state.in_(OPEN),
        AuthorizationRequest.asked_at >= clock.day_bounds(clock.today())[0],
        AuthorizationRequest.starts_on <= ends_on,
        AuthorizationRequest.ends_on >= starts_on,
    )
    if any(set(row.codes) == set(codes) for row in session.scalars(under_way)):
        raise NotRequested("This was asked for today, and the payer has not answered yet: see Requests.")


def _envelope(session: Session, practice: Practice, partner: str) -> x12.Envelope:
    return x12.Envelope(
        sender_id=practice.edi_sender_id,
        receiver_id=partner,
        control_number=next_number(session, partner, "isa"),
        created_at=clock.local(clock.now()).replace(tzinfo=None),
        usage=clearinghouse.usage(),
    )
