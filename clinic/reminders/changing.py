"""Changes of the reminder rules: each told in the audit trail, a second click changes nothing."""

from datetime import time

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic import audit, policies
from clinic.db import new_public_id
from clinic.models import ReminderPolicy, ReminderRule, ReminderText


def set_policy(
    session: Session, *, version: int, active: bool, sender_name: str, quiet_from: time, quiet_until: time
) -> ReminderPolicy:
    """As `policies.write`."""
    return policies.write(
        session,
        ReminderPolicy,
        version,
        active=active,
        sender_name=sender_name.strip(),
        quiet_from=quiet_from,
        quiet_until=quiet_until,
    )


def add_rule(session: Session, amount: int, unit: str, channel: str) -> None:
    """One more offset; the same one twice is one."""
    values = {"public_id": new_public_id(), "amount": amount, "unit": unit, "channel": channel}
    made = session.scalar(
        insert(ReminderRule).values(values).on_conflict_do_nothing().returning(ReminderRule.id)
    )
    if made is not None:
        audit.record(session, "reminder.add_rule", changes={"rule": [None, f"{amount} {unit} {channel}"]})


def remove_rule(session: Session, public_id: str) -> None:
    """One offset less; one that is gone stays gone."""
    rule = session.scalar(select(ReminderRule).where(ReminderRule.public_id == public_id).with_for_update())
    if rule is not None:
        audit.record(
            session,
            "reminder.remove_rule",
            changes={"rule": [f"{rule.amount} {rule.unit} {rule.channel}", None]},
        )
        session.delete(rule)


def set_words(session: Session, channel: str, language: str, words: tuple[str, str] | None) -> None:
    """The clinic's own subject and text, or None for ours again."""
    row = session.scalar(
        select(ReminderText)
        .where(ReminderText.channel == channel, ReminderText.language == language)
        .with_for_update()
    )
    if words is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(ReminderText(channel=channel, language=language, subject=words[0].strip(), text=words[1]))
    elif (row.subject, row.text) == words:
        return
    else:
        row.subject, row.text = words[0].strip(), words[1]
    session.flush()
    audit.record(session, "reminder.words", subject=f"reminder_text:{channel}-{language}")
