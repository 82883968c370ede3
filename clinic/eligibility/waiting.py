"""How long a payer may take, and what is said and done when it takes longer. It never blocks anybody."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic import clearinghouse, clock, formats, queue
from clinic.models import EligibilityCheck

UNDER_WAY = ("waiting", "sent")
MAX_ATTEMPTS = 5
REHEARSAL_WAIT = timedelta(minutes=2)
WAIT = timedelta(minutes=10)


def patience() -> timedelta:
    """How long an answer may take before the screen says that the payer is silent."""
    return REHEARSAL_WAIT if clearinghouse.rehearsing() else WAIT


def is_late(check: EligibilityCheck, now: datetime | None = None) -> bool:
    """Whether a question under way has had no answer for longer than `patience`."""
    since = check.sent_at if check.state == "sent" and check.sent_at else check.asked_at
    return check.state in UNDER_WAY and (now or clock.now()) - since > patience()


def silence(check: EligibilityCheck) -> str:
    """ "The payer has not answered since 10:41 AM", with the day when that is not today."""
    since = check.sent_at or check.asked_at
    if check.state == "waiting":
        return f"The question has been waiting to be sent since {moment(check.asked_at)}."
    return f"The payer has not answered since {moment(since)}."


def moment(instant: datetime) -> str:
    """`10:41 AM`, or `03/09/2026 10:41 AM` on another day than today."""
    today = clock.local(instant).date() == clock.today()
    return formats.wall(instant) if today else f"{formats.mdy(instant)} {formats.wall(instant)}"


def give_up(session: Session, check: EligibilityCheck, reason: str, next_step: str) -> None:
    """Mark a question as failed, say why, and have it sent again by itself later: after 2, 4, 8, 16 minutes."""
    check.state, check.reason = "failed", reason
    if check.attempts >= MAX_ATTEMPTS:
        check.next_step = f"Asked {check.attempts} times. Call the payer, or check again later."
        return
    delay = timedelta(minutes=2 ** max(check.attempts, 1))
    due_at = clock.wall_now() + delay
    check.next_step = f"{next_step} It is asked again by itself at {formats.wall(clock.now() + delay)}."
    queue.add(
        session,
        "jobs.eligibility.try_again",
        check.id,
        key=f"eligibility-again-{check.id}-{check.attempts}",
        due_at=due_at,
    )
