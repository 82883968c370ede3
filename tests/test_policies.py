"""The rules that are one row: usual ones until they are written, and never two people's over one another."""

import pytest
from sqlalchemy import select

from clinic import db, policies
from clinic.models import AuditEvent, WaitPolicy


def test_rules_that_nobody_wrote_are_the_usual_ones_and_stay_unwritten(session):
    assert (policies.read(session, WaitPolicy, hold_minutes=20).hold_minutes, session.get(WaitPolicy, 1)) == (
        20,
        None,
    )


def test_the_second_click_changes_nothing_and_an_old_page_is_refused(session):
    with db.transaction():
        first = policies.write(session, WaitPolicy, 0, active=True, hold_minutes=30)
    assert policies.write(session, WaitPolicy, 0, active=True, hold_minutes=30) is first
    with pytest.raises(policies.PolicyChanged):
        policies.write(session, WaitPolicy, 0, active=True, hold_minutes=45)
    with db.transaction():
        policies.write(session, WaitPolicy, 1, active=True, hold_minutes=60)
    assert (first.hold_minutes, first.version) == (60, 2)
    query = select(AuditEvent).where(AuditEvent.action == "wait_policy.change").order_by(AuditEvent.id)
    told = [event.changes for event in session.scalars(query)]
    assert [each["hold_minutes"] for each in told] == [[None, 30], [30, 60]]
