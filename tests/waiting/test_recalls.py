"""Who should come again: made by a rule after a visit or by hand, answered by the schedule itself."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic import db, messages, scheduling, waiting
from clinic.models import Message, Patient, Recall
from clinic.waiting import recalls
from tests import factories
from tests.reminders.house import agreed
from tests.waiting.house import MONDAY, NOW, TUESDAY, WAY, at, fresh, run_jobs


@pytest.fixture
def yearly(session, kind):
    return recalls.set_rule(session, kind, 12, factories.make_visit_type(session, name="Physical"))


def due(session, kind, patient: Patient | None = None, on: date = MONDAY) -> Recall:
    patient = patient or agreed(session)
    return recalls.add(session, patient, kind, on, "A1c again", key=f"by-hand-{patient.id}-{on}")


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 3, 9), 12, date(2027, 3, 9)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_a_month_that_is_too_short_ends_on_its_last_day(day, months, later):
    assert recalls.months_after(day, months) == later


def test_a_checked_out_visit_makes_the_recall_of_its_rule_once(session, provider, kind, yearly):
    visit = factories.make_appointment(
        session, provider=provider, starts_at=at(9, day=MONDAY), status="roomed", visit_type_id=kind.id
    )
    with db.transaction():
        scheduling.check_out(session, visit, visit.version)
    run_jobs()
    recalls.after_visit(session, visit.id)
    (made,) = session.scalars(select(Recall)).all()
    assert (made.due_on, made.visit_type_id) == (date(2027, 3, 9), fresh(yearly).visit_type_id)
    assert made.reason == "12 months after Follow-up"


def test_a_visit_of_the_kind_ends_the_recall_for_it(session, provider, kind):
    recall = due(session, kind)
    visit = factories.make_appointment(
        session,
        recall.patient,
        provider,
        starts_at=at(9, day=MONDAY),
        status="checked_out",
        visit_type_id=kind.id,
    )
    recalls.after_visit(session, visit.id)
    assert (recall.state, recall.note) == ("done", "Seen")


def test_a_visit_type_without_a_rule_makes_no_recall(session, provider, kind):
    visit = factories.make_appointment(
        session, provider=provider, starts_at=at(9, day=MONDAY), status="checked_out", visit_type_id=kind.id
    )
    assert recalls.after_visit(session, visit.id) is None


def test_a_rule_is_changed_and_taken_away(session, kind, yearly):
    assert recalls.set_rule(session, kind, 6, kind).months == 6
    assert recalls.set_rule(session, kind, None, kind) is None
    assert recalls.rules(session) == []
    with pytest.raises(waiting.WaitingError, match="1 to 60 months"):
        recalls.set_rule(session, kind, 99, kind)


def test_a_coming_visit_of_the_kind_makes_a_recall_booked_and_its_cancel_makes_it_due_again(
    session, provider, kind
):
    recall = due(session, kind)
    visit = scheduling.book(session, recall.patient, provider, kind, at(10))
    assert [(row.recall, row.state) for row in recalls.listed(session, view="booked")] == [(recall, "booked")]
    assert recalls.listed(session) == []
    scheduling.cancel(session, visit, visit.version, reason="ill")
    assert [(row.recall, row.state) for row in recalls.listed(session)] == [(recall, "due")]


def test_recalls_stand_by_due_day_and_the_late_ones_say_so(session, kind):
    later = due(session, kind, on=TUESDAY)
    late = due(session, kind, on=MONDAY - timedelta(days=40))
    assert [(row.recall, row.late) for row in recalls.listed(session)] == [(late, True), (later, False)]
    assert recalls.listed(session, until=MONDAY)[-1].recall is late


def test_a_message_says_that_a_visit_is_due_and_not_which_and_is_written_once_a_day_a11(session, kind):
    recall = due(session, kind)
    recalls.remind(session, recall, recall.version, WAY)
    recalls.remind(session, recall, 1, WAY)
    (message,) = session.scalars(select(Message).where(Message.kind == "recall")).all()
    assert (recall.state, recall.messages_sent) == ("contacted", 1)
    text = message.body().decode()
    assert "it is time to book your next visit. Call" in text
    assert not any(word in text for word in ("Follow-up", "A1c", "Whitfield"))


def test_who_asked_for_no_messages_gets_none_a11(session, kind):
    recall = due(session, kind)
    for channel, address in (("sms", recall.patient.phone), ("email", recall.patient.email)):
        messages.opt_out(session, channel, address, "STOP")
    with pytest.raises(waiting.WaitingError, match="gets no messages"):
        recalls.remind(session, recall, recall.version, WAY)
    assert (recall.state, session.scalars(select(Message)).all()) == ("due", [])


def test_what_came_of_asking_is_kept_and_the_slower_of_two_is_told(session, kind):
    recall = due(session, kind)
    version = recall.version
    recalls.set_state(session, recall, version, "declined", "Sees somebody else")
    recalls.set_state(session, recall, version, "declined", "Sees somebody else")
    assert [row.recall.note for row in recalls.listed(session, view="declined")] == ["Sees somebody else"]
    with pytest.raises(waiting.EntryChanged):
        recalls.set_state(session, recall, version, "due")
    assert recall.made_at >= NOW
