"""A question goes out as a 270 and comes back as a 271, through folders and the practice payer (E1, E5, E7)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from clinic import clearinghouse, clock, db, eligibility, files, x12
from clinic.models import EligibilityCheck, StoredFile, Work
from clinic.sandbox.tables import SandboxMember
from jobs import work
from tests.eligibility.desk import make_desk


def question(check):
    content = db.session.get(StoredFile, check.question_file_id).content()
    return content, x12.read_270(content)[0]


def test_a_question_comes_back_as_benefits(desk):
    here = desk()
    check = here.ask()
    assert check.state == "waiting"
    here.payer_turn()
    assert (check.state, check.active, check.plan_name) == ("answered", True, "CHOICE 2000")
    assert check.benefits["copay"]["in"]["low"] == "35.00"
    assert check.benefits["copay"]["out"] is None
    assert check.benefits["coinsurance"]["out"]["low"] == "0.4"
    first = check.benefits["amounts"][0]
    assert (first["name"], first["total"]["low"], first["remaining"]["low"], first["met"]) == (
        "Deductible, individual",
        "2000.00",
        "2000.00",
        "0.00",
    )


def test_the_question_names_the_appointments_day_and_both_service_types(desk):
    """E1, ask 28."""
    here = desk(visit_type={"service_type": "PT"})
    check = here.ask()
    work.drain()
    content, sent = question(check)
    assert sent.service_on == clock.local(here.visit.starts_at).date()
    assert sent.service_types == ("30", "PT")
    assert sent.trace == check.trace
    assert sent.envelope.usage == "T"
    assert not [finding for finding in x12.validate(content) if finding.severity == "error"]
    sent_file = next(clearinghouse.exchange_folder().outbound.iterdir())
    assert sent_file.read_bytes() == content


def test_a_child_on_a_parents_policy_is_asked_about_as_a_dependent(desk):
    """E1: loop 2100D."""
    here = desk(
        patient={"first_name": "Mia"},
        coverage={
            "member_id": "MHP 8841-20973",
            "relationship_code": "19",
            "subscriber_first_name": "Laura",
            "subscriber_last_name": "Whitfield",
            "subscriber_born_on": date(1970, 5, 2),
            "subscriber_sex": "F",
        },
    )
    check = here.ask()
    here.payer_turn()
    content, sent = question(check)
    assert (sent.subscriber.first_name, sent.subscriber.member_id) == ("LAURA", "MHP884120973")
    assert (sent.dependent.first_name, sent.relationship) == ("MIA", "19")
    assert check.state == "answered"
    assert not [finding for finding in x12.validate(content) if finding.severity == "error"]


def test_two_clicks_ask_once(desk):
    here = desk()
    assert here.ask().id == here.ask().id
    work.drain()
    assert len(db.session.scalars(select(StoredFile).where(StoredFile.kind == "270")).all()) == 1


def test_every_question_has_its_own_trace_and_every_file_its_own_number(desk):
    """E1: unique control numbers, shared with what else goes to that payer."""
    here = desk()
    first = here.ask()
    here.payer_turn()
    second = here.ask()
    here.payer_turn()
    assert first.trace != second.trace
    numbers = {question(each)[1].envelope.control_number for each in (first, second)}
    assert len(numbers) == 2


def test_a_member_the_payer_does_not_know_is_refused_with_a_next_step(desk):
    """E5."""
    here = desk(enrol=False)
    check = here.ask()
    here.payer_turn()
    assert check.state == "refused"
    assert "AAA 7" in check.reason
    assert "Re-key the member ID" in check.next_step
    assert check.benefits == {}


def test_a_payer_that_is_down_is_asked_again_by_itself(desk):
    """E5: AAA 42 is a matter of waiting, not of correcting."""
    here = desk()
    here.mode("down")
    check = here.ask()
    here.payer_turn()
    assert check.state == "failed"
    assert "could not answer at" in check.reason
    assert "asked again by itself" in check.next_step
    here.mode("answers")
    with time_machine.travel(clock.wall_now() + timedelta(minutes=3)):
        here.payer_turn()
    assert check.state == "answered"
    assert check.attempts == 2


def test_a_silent_payer_is_said_to_be_silent_since_a_time(desk):
    here = desk()
    here.mode("silent")
    check = here.ask()
    here.payer_turn()
    assert check.state == "sent"
    assert not eligibility.is_late(check)
    sent_at = check.sent_at
    with time_machine.travel(clock.wall_now() + timedelta(minutes=2, seconds=5)):
        work.drain()
        assert check.state == "failed"
        assert check.reason == f"The payer has not answered since {eligibility.moment(sent_at)}."


def test_a_silent_payer_is_left_alone_after_five_attempts(desk):
    here = desk()
    here.mode("silent")
    check = here.ask()
    for minutes in range(0, 120, 3):
        with time_machine.travel(clock.wall_now() + timedelta(minutes=minutes)):
            here.payer_turn()
    assert (check.state, check.attempts) == ("failed", 5)
    assert "Call the payer" in check.next_step
    waiting = db.session.scalars(
        select(Work).where(Work.state == "waiting", Work.job.startswith("jobs.elig"))
    ).all()
    assert waiting == []


def test_an_answer_that_comes_late_still_counts(desk):
    here = desk()
    check = here.ask()
    work.drain()
    with time_machine.travel(clock.wall_now() + timedelta(minutes=3)):
        with db.transaction() as current:
            assert [each.id for each in eligibility.overdue(current)] == [check.id]
        assert check.state == "failed"
        here.payer_turn()
        assert (check.state, check.reason) == ("answered", "")


def test_a_folder_that_cannot_be_written_is_a_reason_and_a_later_attempt(desk, tmp_path):
    here = desk()
    (tmp_path / "exchange").write_text("a file where the folder should be")
    check = here.ask()
    work.drain()
    assert check.state == "failed"
    assert "could not be reached" in check.reason
    (tmp_path / "exchange").unlink()
    with time_machine.travel(clock.wall_now() + timedelta(minutes=3)):
        here.payer_turn()
    assert check.state == "answered"


def test_the_file_that_did_not_leave_is_the_one_that_is_sent_later(desk, tmp_path):
    """Its name holds its number: a second file would ask twice (design 5)."""
    here = desk()
    (tmp_path / "exchange").write_text("")
    check = here.ask()
    work.drain()
    (tmp_path / "exchange").unlink()
    with db.transaction() as current:
        eligibility.retry(current, check.row)
    here.payer_turn()
    assert check.state == "answered"
    assert len(db.session.scalars(select(StoredFile).where(StoredFile.kind == "270")).all()) == 1


def test_an_answer_to_nobody_is_kept_with_its_reason(desk):
    here = desk()
    check = here.ask()
    work.drain()
    with db.transaction() as current:
        current.get_one(EligibilityCheck, check.id).trace = "999999999"
    here.payer_turn()
    file = db.session.scalars(select(StoredFile).where(StoredFile.direction == "in")).one()
    assert file.state == "unmatched"
    assert "No question of ours has the trace" in file.reason
    assert check.state == "sent"


def test_the_same_answer_again_changes_nothing(desk):
    here = desk()
    check = here.ask()
    here.payer_turn()
    before = check.answered_at
    file = db.session.get(StoredFile, check.answer_file_id)
    with db.transaction() as current:
        assert eligibility.take_in_answer(current, file) == []
    assert check.answered_at == before


def test_a_late_refusal_does_not_take_a_good_answer_away(desk):
    here = desk()
    check = here.ask()
    here.payer_turn()
    sent = question(check)[1]
    refusal = x12.EligibilityAnswer(
        reference=check.trace,
        payer=sent.payer,
        provider=sent.provider,
        subscriber=sent.subscriber,
        traces=((check.trace, sent.trace_originator),),
        rejections=(x12.Rejection(level="subscriber", code="75", follow_up="C"),),
    )
    take_in(refusal)
    assert check.state == "answered"


def take_in(answer, *more):
    from_payer = x12.Envelope(
        sender_id="PAYER",
        receiver_id="US",
        control_number=7,
        created_at=clock.now().replace(tzinfo=None),
        usage="T",
    )
    with db.transaction() as current:
        file = files.store(
            current, x12.write_271(from_payer, [answer, *more]), kind="271", direction="in", name="x"
        )
        eligibility.take_in_answer(current, file)
    return file


def test_at_arrival_nothing_is_asked_while_the_last_answer_is_fresh(desk):
    """E7: three days."""
    here = desk()
    check = here.ask()
    here.payer_turn()
    with db.transaction() as session:
        assert eligibility.ask_at_arrival(session, here.visit).id == check.id
    with time_machine.travel(clock.wall_now() + timedelta(days=3, minutes=1)), db.transaction() as session:
        assert eligibility.ask_at_arrival(session, here.visit).trace != check.trace


def test_an_arrival_with_a_coverage_that_cannot_be_asked_about_goes_on(desk):
    here = desk(coverage={"relationship_code": "19"})
    with db.transaction() as session:
        assert eligibility.ask_at_arrival(session, here.visit) is None
    with pytest.raises(eligibility.NotAsked, match="somebody else's policy"), db.transaction() as session:
        eligibility.ask(session, here.visit.patient.coverages[0], clock.today())


def test_the_raw_segments_are_those_of_this_question_alone(desk):
    here = desk()
    check = here.ask()
    here.payer_turn()
    asked, answered = eligibility.segments(db.session, check.row)
    assert asked.startswith("ST*270")
    assert f"TRN*1*{check.trace}" in asked
    assert answered.startswith("ST*271")
    assert "EB*B*IND*98***27*35" in answered
    assert "ISA" not in answered


def test_the_copay_comes_from_the_271_then_from_the_card(desk):
    """Asks 26 and 30."""
    here = desk(coverage={"copay": Decimal("25.00")})
    assert eligibility.copay_due(db.session, here.visit)[:2] == (Decimal("25.00"), "coverage")
    here.ask()
    here.payer_turn()
    due = eligibility.copay_due(db.session, here.visit)
    assert (due.amount, due.source, due.due) == (Decimal("35.00"), "271", Decimal("35.00"))


def test_the_copay_is_of_the_visits_own_kind_whichever_kind_was_asked_about_last(desk):
    """E3: the question for a therapy visit does not take the copay of the month's other visits away."""
    here = desk(visit_type={"service_type": "PT"})
    here.ask()
    here.payer_turn()
    assert eligibility.copay_due(db.session, here.visit)[:2] == (Decimal("0.00"), "271")
    here.visit.visit_type.service_type = "98"
    assert eligibility.copay_due(db.session, here.visit)[:2] == (Decimal("35.00"), "271")


def test_a_visit_type_without_copay_asks_for_none(desk):
    """Ask 30: post-operative visits."""
    here = desk(visit_type={"takes_copay": False})
    assert eligibility.copay_due(db.session, here.visit)[:2] == (Decimal("0.00"), "visit type")


def test_a_coverage_that_ended_is_inactive_and_takes_no_copay(desk):
    here = desk()
    ended = here.visit.starts_at.date() - timedelta(days=1)
    db.session.scalars(select(SandboxMember)).one().ended_on = ended
    check = here.ask()
    here.payer_turn()
    assert (check.state, check.active) == ("answered", False)
    assert "self-pay" in check.next_step
    assert eligibility.copay_due(db.session, here.visit).amount == 0


def test_an_answer_about_one_kind_of_visit_is_read_anew_for_another_e3(session, config, tmp_path):
    here = make_desk(session, config, tmp_path)
    check = here.ask()
    here.payer_turn()
    assert check.benefits["copay"]["in"]["low"] == "35.00"
    found = eligibility.benefits_for(db.session(), check.row, "PT")
    assert found["copay"]["in"] is None
    assert found["coinsurance"]["in"]["low"] == "0.2"
    assert eligibility.benefits_for(db.session(), check.row, "98") == check.benefits
