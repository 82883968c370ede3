"""The order of benefits is proposed, and changed from a day on only by confirming it (C9)."""

from datetime import date, timedelta

import pytest

from clinic import clock, patients
from clinic.models import Authorization, Coverage
from clinic.patients import ChangedMeanwhile, FieldRefused, ordering
from clinic.patients.benefits import Answers
from clinic.patients.coverages import coverage_sentences
from tests import factories

WORKS = Answers(because="age", works="self", employees="20to99")


@pytest.fixture
def patient(session):
    return factories.make_patient(session, born_on=date(1958, 5, 1))


@pytest.fixture
def medicare(session, patient):
    payer = factories.make_payer(session, name="Medicare", kind="medicare", filing_indicator="MB")
    return factories.make_coverage(session, patient, payer, position=1)


@pytest.fixture
def group(session, patient, medicare):
    return factories.make_coverage(session, patient, position=2)


def places(session, patient, day):
    return [(each.position, each.payer.kind) for each in patients.coverages_on(session, patient.id, day)]


def test_asking_changes_no_coverage_and_keeps_answers_with_who_and_when(session, patient, medicare, group):
    order = ordering.ask(session, patient, WORKS, clock.today())
    assert [each["before"] for each in order.proposal] == [2, 1]
    assert (medicare.position, group.position) == (1, 2)
    assert order.asked_at
    assert order.applied_at is None
    assert ordering.answers_of(order) == WORKS
    with pytest.raises(FieldRefused):
        ordering.ask(session, patient, Answers(because="age"), clock.today())


def test_the_confirmed_order_holds_from_its_day_and_the_days_before_keep_theirs(
    session, patient, medicare, group
):
    today = clock.today()
    order = ordering.apply(session, patient, ordering.ask(session, patient, WORKS, today), today)
    assert places(session, patient, today - timedelta(days=1)) == [(1, "medicare"), (2, "commercial")]
    assert places(session, patient, today) == [(1, "commercial"), (2, "medicare")]
    second = patients.coverages_on(session, patient.id, today)[1]
    assert (second.msp_type, second.replaces_id) == ("12", medicare.id)
    assert order.applies_from == today
    assert ordering.apply(session, patient, order, today).applies_from == today
    assert session.query(Coverage).count() == 4


def test_from_its_first_day_on_a_coverage_is_changed_itself_and_keeps_its_row(
    session, patient, medicare, group
):
    order = ordering.ask(session, patient, WORKS, clock.today())
    ordering.apply(session, patient, order, factories.SPRING)
    assert session.query(Coverage).count() == 2
    assert (medicare.position, group.position) == (2, 1)


def test_what_hangs_on_the_card_goes_with_it(session, patient, medicare, group):
    today = clock.today()
    row = patients.add_authorization(
        session, group, number="A-1", codes=[], starts_on=today, ends_on=today + timedelta(days=30), visits_allowed=4
    )  # fmt: skip
    old = patients.add_authorization(
        session, group, number="A-0", codes=[], starts_on=today - timedelta(days=90),
        ends_on=today - timedelta(days=2), visits_allowed=4,
    )  # fmt: skip
    ordering.apply(session, patient, ordering.ask(session, patient, WORKS, today), today)
    first = patients.coverages_on(session, patient.id, today)[0]
    assert session.get_one(Authorization, row.id).coverage_id == first.id
    assert session.get_one(Authorization, old.id).coverage_id == group.id


def test_a_coverage_that_was_changed_since_or_has_ended_refuses_the_order(session, patient, medicare, group):
    today = clock.today()
    order = ordering.ask(session, patient, WORKS, today)
    patients.change_coverage(session, group, group.version, copay=None)
    with pytest.raises(ChangedMeanwhile):
        ordering.apply(session, patient, order, today)
    ended = ordering.ask(session, patient, WORKS, today)
    patients.end_coverage(session, group, group.version, today)
    order = ordering.ask(session, patient, WORKS, today)
    with pytest.raises(FieldRefused, match="ends on"):
        ordering.apply(session, patient, order, today + timedelta(days=1))
    with pytest.raises(ChangedMeanwhile):
        ordering.apply(session, patient, ended, today)


def test_gaps_overlaps_and_ends_are_said_in_a_sentence_s09(session, patient):
    today = date(2026, 6, 10)
    payer = factories.make_payer(session, name="Summit")

    def plan(position, begins, ends=None, **more):
        return factories.make_coverage(
            session, patient, payer, position=position, effective_on=begins, terminated_on=ends,
            **({"member_id": f"M{begins}{position}"} | more),
        )  # fmt: skip

    now = plan(1, date(2026, 1, 1), date(2026, 6, 30))
    assert coverage_sentences([now], today) == ["Summit ends on 06/30/2026 and nothing follows."]
    assert coverage_sentences([now], date(2026, 3, 1)) == []
    assert coverage_sentences([now], date(2026, 8, 1)) == ["No plan pays first since 07/01/2026."]
    later = plan(1, date(2026, 7, 15))
    assert coverage_sentences([now, later], today) == ["No plan pays first from 07/01/2026 to 07/14/2026."]
    third = plan(3, date(2026, 1, 1), member_id=now.member_id)
    assert coverage_sentences([now, later, third], today)[1:] == [
        "Summit is tertiary, and nothing is secondary.",
        f"Summit with member {now.member_id} is on file twice for the same days.",
    ]
