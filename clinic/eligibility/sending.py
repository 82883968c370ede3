"""The 270 goes out: written and stored, then delivered, each step a row of work of its own (design 5, E1)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clearinghouse, clock, log, queue, x12
from clinic.clearinghouse import questions
from clinic.eligibility.asking import loaded, next_number
from clinic.eligibility.question import request_of
from clinic.eligibility.waiting import UNDER_WAY, give_up, is_late, moment, patience, silence
from clinic.models import EligibilityCheck, Practice

QUESTION = questions.Kind(
    "270",
    "jobs.eligibility.deliver",
    "eligibility-deliver",
    "The question cannot be written",
    "Mend the coverage, then check again.",
)


def build(session: Session, check_id: int) -> None:
    """Write the 270 of a waiting check, keep its bytes and ask for the delivery; done once for each attempt (job).

    A file that was written before and never left is the one that is delivered: its name holds its number.
    """
    check = session.scalars(loaded(check_id)).one()
    if check.state != "waiting":
        return
    partner = check.coverage.payer.edi_id

    def write(practice: Practice) -> bytes:
        return x12.write_270(_envelope(session, practice, partner), [request_of(check, practice)])

    questions.write_out(session, check, QUESTION, partner, write)


def deliver(session: Session, check_id: int) -> None:
    """Hand the stored 270 to the transport; safe to repeat after a crash at any point (job).

    A clearinghouse that cannot be reached is a reason with a time and a later attempt, not an error.
    """
    check = session.scalars(loaded(check_id)).one()
    if check.state != "waiting" or check.question_file_id is None:
        return
    try:
        left = questions.delivered(session, check)
    except clearinghouse.DeliveryError as error:
        log.failure("question_not_delivered", error, check_id=check.id)
        reason = f"The clearinghouse could not be reached at {moment(clock.now())}."
        give_up(session, check, reason, "Check-in goes on.")
        return
    if not left:
        return
    check.state, check.sent_at = "sent", clock.now()
    queue.add(
        session,
        "jobs.eligibility.look_for_answer",
        check.id,
        key=f"eligibility-late-{check.id}-{check.attempts}",
        due_at=clock.wall_now() + patience(),
    )
    log.event("question_sent", check_id=check.id, attempt=check.attempts)


def overdue(session: Session, check_id: int | None = None) -> list[EligibilityCheck]:
    """Give up, for now, on questions that had no answer in time, and answer them: all of them, or one (job).

    Each says since when the payer is silent and is sent again by itself with a growing delay.
    """
    query = select(EligibilityCheck).where(EligibilityCheck.state.in_(UNDER_WAY))
    if check_id is not None:
        query = query.where(EligibilityCheck.id == check_id)
    # A question whose file is being delivered or answered right now is not silent.
    waiting = session.scalars(query.order_by(EligibilityCheck.id).with_for_update(skip_locked=True))
    late = [check for check in waiting if is_late(check)]
    for check in late:
        give_up(session, check, silence(check), "Check-in goes on.")
    return late


def try_again(session: Session, check_id: int) -> None:
    """Send a failed question once more, if it is still unanswered (job)."""
    check = session.scalars(loaded(check_id)).one()
    if check.state != "failed":
        return
    check.state, check.reason, check.next_step = "waiting", "", ""
    check.asked_at = clock.now()
    queue.add(
        session,
        "jobs.eligibility.send",
        check.id,
        key=f"eligibility-send-{check.id}-{check.attempts}-again",
    )


def _envelope(session: Session, practice: Practice, partner: str) -> x12.Envelope:
    return x12.Envelope(
        sender_id=practice.edi_sender_id,
        receiver_id=partner,
        # The same row as for claims: ISA13 is unique for a partner whatever the file holds.
        control_number=next_number(session, partner, "isa"),
        created_at=clock.local(clock.now()).replace(tzinfo=None),
        usage=clearinghouse.usage(),
    )
