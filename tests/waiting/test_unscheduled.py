"""Cancelled and missed visits without another: who stands on the list, who does not, and how one comes off."""

from datetime import timedelta

import pytest

from clinic import waiting
from clinic.waiting.unscheduled import leave, unscheduled, waiting_types
from tests import factories
from tests.waiting.house import MONDAY, at, wait


def lost(session, kind, *, status="no_show", days=-3, patient=None):
    return factories.make_appointment(
        session,
        patient or factories.make_patient(session),
        starts_at=at(9, day=MONDAY + timedelta(days=days)),
        status=status,
        visit_type_id=kind.id,
    )


@pytest.mark.parametrize(
    "status", ["no_show", "cancelled_patient", "cancelled_clinic", "late_cancel", "left_without_being_seen"]
)
def test_whoever_lost_a_visit_and_has_none_after_it_is_listed(session, kind, status):
    visit = lost(session, kind, status=status)
    assert list(unscheduled(session)) == [visit]


def test_a_visit_to_come_that_was_cancelled_is_listed_too(session, kind):
    visit = lost(session, kind, status="cancelled_patient", days=9)
    assert list(unscheduled(session)) == [visit]


@pytest.mark.parametrize(("status", "days"), [("booked", 4), ("checked_out", -1), ("arrived", 0)])
def test_who_comes_or_came_afterwards_is_not_listed(session, kind, status, days):
    visit = lost(session, kind)
    lost(session, kind, status=status, days=days, patient=visit.patient)
    assert list(unscheduled(session)) == []


def test_one_line_for_a_patient_and_nothing_that_is_too_old_or_was_only_moved(session, kind):
    first = lost(session, kind, days=-9)
    last = lost(session, kind, days=-2, patient=first.patient)
    lost(session, kind, days=-91)
    lost(session, kind, status="rescheduled")
    assert list(unscheduled(session)) == [last]
    assert list(unscheduled(session, status="late_cancel")) == []
    assert list(unscheduled(session, provider_id=last.provider_id)) == [last]


def test_a_visit_that_is_left_with_a_reason_stays_off(session, kind):
    visit = lost(session, kind)
    with pytest.raises(waiting.WaitingError, match="Say why"):
        leave(session, visit, "")
    leave(session, visit, "Moved away")
    leave(session, visit, "Moved away")
    assert list(unscheduled(session)) == []


def test_a_visit_that_was_not_lost_cannot_be_left(session, kind):
    with pytest.raises(waiting.WaitingError, match="not cancelled or missed"):
        leave(session, lost(session, kind, status="booked", days=2), "no")


def test_who_waits_already_is_known(session, kind):
    visit = lost(session, kind)
    wait(session, kind, visit.patient)
    assert waiting_types(session, [visit]) == {(visit.patient_id, kind.id)}
