"""When a reminder is due: so long before the visit by the clinic's clocks, never in the quiet hours (A8, A11)."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, policies
from clinic.models import ReminderPolicy, ReminderRule

# A reminder that would come later than this before the visit comes on the evening before instead.
USEFUL = timedelta(hours=1)
BEFORE_QUIET = timedelta(hours=1)
USUAL = ((3, "days", "email"), (1, "days", "sms"), (2, "hours", "sms"))


def policy(session: Session) -> ReminderPolicy:
    """The clinic's policy; where none was written, the usual one."""
    usual = {"active": False, "quiet_from": time(20), "quiet_until": time(8), "sender_name": ""}
    return policies.read(session, ReminderPolicy, **usual)


def rules(session: Session) -> list[ReminderRule]:
    """The rules, the earliest reminder first."""
    found = session.scalars(select(ReminderRule)).all()
    return sorted(found, key=lambda rule: (-hours(rule), rule.channel))


def seed_rules(session: Session) -> None:
    """Three days before by mail, one day and two hours before by text message."""
    session.add(ReminderPolicy(id=1))
    for amount, unit, channel in USUAL:
        session.add(ReminderRule(amount=amount, unit=unit, channel=channel))
    session.flush()


def hours(rule: ReminderRule) -> int:
    """How long before the visit, near enough to sort by."""
    return rule.amount * (24 if rule.unit == "days" else 1)


def due_at(starts_at: datetime, amount: int, unit: str, quiet_from: time, quiet_until: time) -> datetime:
    """The instant of a reminder (A8): days keep the wall time of the visit across a clock change, hours are hours.

    One that falls into the quiet hours waits for their end; where that is less than an hour before the visit it
    comes an hour before they begin.
    """
    if unit == "days":
        local = clock.local(starts_at)
        due = _wall(local.date() - timedelta(days=amount), local.time())
    else:
        due = starts_at - timedelta(hours=amount)
    if not is_quiet(due, quiet_from, quiet_until):
        return due
    local = clock.local(due)
    ends_on = local.date() + timedelta(days=local.time() >= quiet_until)
    end = _wall(ends_on, quiet_until)
    if end <= starts_at - USEFUL:
        return end
    begins_on = local.date() - timedelta(days=local.time() < quiet_from)
    return _wall(begins_on, quiet_from) - BEFORE_QUIET


def is_quiet(instant: datetime, quiet_from: time, quiet_until: time) -> bool:
    """Whether no message may go out now; equal times mean no quiet hours."""
    at = clock.local(instant).time().replace(tzinfo=None)
    if quiet_from <= quiet_until:
        return quiet_from <= at < quiet_until
    return at >= quiet_from or at < quiet_until


def send_at(session: Session, now: datetime) -> datetime:
    """When a message may go out: now, or at the end of the quiet hours that hold now (A8, A11)."""
    how = policy(session)
    if not is_quiet(now, how.quiet_from, how.quiet_until):
        return now
    local = clock.local(now)
    ends_on = local.date() + timedelta(days=local.time().replace(tzinfo=None) >= how.quiet_until)
    return _wall(ends_on, how.quiet_until)


def _wall(day: date, at: time) -> datetime:
    """An instant by the wall clock; in the spring gap the hour after it, in the autumn hour the first of both."""
    plain = at.replace(tzinfo=None, fold=0)
    try:
        return clock.at(day, plain, fold=0)
    except clock.LocalTimeError:
        return datetime.combine(day, plain, clock.zone()).astimezone(UTC)
