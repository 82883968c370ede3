"""An authorization is judged by what the visit is, and every screen judges alike (K02, K03, A7, A12, Z13)."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from clinic import clock, queue
from clinic.authorizations import judging, worklists
from clinic.models import Authorization, EligibilityCheck, PatientCase
from clinic.models.scheduling import VisitType
from clinic.scheduling import flow, gate, routing, rows, series_cover
from clinic.scheduling.booking_card import booking_card
from clinic.scheduling.card import card
from jobs import work
from tests import factories

NOW = datetime(2026, 3, 10, 17, 40, tzinfo=UTC)  # 10:40 AM in Portland
TODAY = date(2026, 3, 10)
THERAPY = ["97110", "97140"]


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house(session):
    """A plan that wants approval of therapy alone; a therapist's visits bring therapy, sick visits do not."""
    factories.make_practice(session)
    patient = factories.make_patient(session)
    payer = factories.make_payer(session, name="Evergreen", needs_authorization=[*THERAPY, "97161"])
    return SimpleNamespace(
        session=session,
        patient=patient,
        payer=payer,
        plan=factories.make_coverage(session, patient, payer),
        provider=factories.make_provider(session),
        pt=factories.make_visit_type(session, name="PT visit", usual_codes=THERAPY),
        sick=factories.make_visit_type(session, name="Sick visit", usual_codes=["99213"]),
        unknown=factories.make_visit_type(session, name="Something new"),
    )


def authorize(house, **changes):
    values = {
        "coverage_id": house.plan.id, "number": "A1", "codes": THERAPY, "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 6, 30), "visits_allowed": 12, "visits_used": 9,
    }  # fmt: skip
    return factories._add(house.session, Authorization(**(values | changes)))


def book(house, kind, days=1, **changes):
    at = clock.at(TODAY + timedelta(days=days), time(11))
    return factories.make_appointment(
        house.session, house.patient, house.provider, starts_at=at, visit_type_id=kind.id, **changes
    )


def said(house, kind, count, **changes):
    days = [(number, TODAY + timedelta(days=7 * number)) for number in range(1, count + 1)]
    found = series_cover.notices(house.session, house.patient, kind, days, **changes)
    return [(each.tone, each.sentence) for each in found]


def flag(house, visit):
    begins, ends = clock.day_bounds(clock.local(visit.starts_at).date())
    (row,) = [each for each in rows.visits(house.session, begins, ends, None) if each.id == visit.id]
    return rows.flag_of(row, begins.date())


def on(house, kind, **changes):
    return booking_card(house.session, house.patient, kind, TODAY + timedelta(days=7), **changes)


def test_an_approval_of_therapy_neither_waits_for_nor_counts_other_visits_z13(house):
    row = authorize(house)
    for days in (1, 2, 3, 4):
        book(house, house.sick, days)
    book(house, house.pt, 5)
    sick, therapy = on(house, house.sick), on(house, house.pt)
    assert (sick.need.why, sick.missing, sick.authorizations) == ("", False, [])
    assert [(each.row.id, each.booked, each.free) for each in therapy.authorizations] == [(row.id, 1, 2)]
    assert [each.booked for each in worklists.expiring(house.session)] == [1]
    book(house, house.unknown, 6)
    assert on(house, house.pt).authorizations[0].booked == 1
    assert (on(house, house.unknown).authorizations, on(house, house.unknown).need.unsure) == ([], True)


def test_a_visit_that_wants_an_approval_says_so_before_it_is_booked_and_others_do_not_z13(house):
    assert on(house, house.pt).missing
    assert not on(house, house.sick).missing
    assert (on(house, house.unknown).missing, on(house, house.unknown).need.unsure) == (False, True)


WRONG = {
    "imaging": {"codes": ["70551"]},
    "a part of what the plan names": {"codes": ["97110"]},
    "a referral": {"kind": "referral", "codes": []},
    "used up": {"visits_used": 12},
    "ended": {"ends_on": date(2026, 2, 1)},
    "not begun": {"starts_on": date(2026, 6, 1)},
    "another provider's": {"provider_id": 0},
}
RIGHT = {"its codes": {}, "any code": {"codes": []}, "its provider's": {"provider_id": 1}}


def test_gate_lists_cards_slip_board_series_and_day_judge_one_number_alike_k02_a12(house):
    visit, other = book(house, house.pt, 0), factories.make_provider(house.session)
    for what, changes in (WRONG | RIGHT).items():
        if "provider_id" in changes:
            changes = changes | {"provider_id": (house.provider if what in RIGHT else other).id}
        row = authorize(house, **changes)
        assert set(judged(house, visit).values()) == {what in RIGHT}, (what, judged(house, visit))
        house.session.delete(row)
        house.session.flush()


def judged(house, visit):
    """Whether the visit is served, as each place says it."""
    session = house.session
    board = [each.text for each in flow.board(session).find(visit.public_id).missing]
    alerts = routing.slips(session, [visit])[0].alerts
    notices = series_cover.notices(
        session, house.patient, house.pt, [(1, TODAY)], [visit.id], provider_id=house.provider.id
    )
    return {
        "judgement": not judging.judged(session, [visit])[visit.id].lacking,
        "gate": not gate.stops(session, visit),
        "list": not worklists.missing(session),
        "card": card(session, visit).authorized,
        "board": "Authorization" not in board,
        "slip": not any("wants an authorization" in each for each in alerts),
        "day": not flag(house, visit).danger,
        "series": [each.tone for each in notices] == ["ok"],
    }


def test_a_day_shows_no_visit_red_for_a_number_that_it_does_not_need_k02(house):
    authorize(house, ends_on=date(2026, 3, 1))
    authorize(house, number="A2", codes=[], kind="referral", ends_on=date(2026, 3, 5))
    assert flag(house, book(house, house.sick)) is None
    red = flag(house, book(house, house.pt, 2))
    assert (red.text, red.danger) == ("Authorization ended 03/01", True)
    authorize(house, number="A3", counts="units", visits_allowed=24, visits_used=4)
    assert flag(house, book(house, house.pt, 3)).text == "20 of 24 units left"


def test_the_answer_of_the_payer_is_judged_as_its_list_is_k02(house):
    house.payer.needs_authorization = []
    check = EligibilityCheck(
        coverage_id=house.plan.id, service_on=TODAY, trace="T1", state="answered", active=True,
        asked_at=NOW, answered_at=NOW, benefits={"authorization": {}, "authorization_codes": ["97110"]},
    )  # fmt: skip
    factories._add(house.session, check)
    sick, therapy = book(house, house.sick), book(house, house.pt, 2)
    assert [each.appointment.id for each in worklists.missing(house.session)] == [therapy.id]
    assert (flag(house, therapy).text, flag(house, sick).text) == ("No authorization", "Eligible")
    assert [tone for tone, _ in said(house, house.pt, 6)] == ["danger"]
    assert said(house, house.sick, 6) == []


def test_a_series_is_told_what_is_wanted_and_how_far_it_lasts_by_its_own_kind_a7(house):
    assert said(house, house.sick, 3) == []
    assert said(house, house.pt, 6) == [
        (
            "danger",
            "6 visits, and the plan wants an authorization: none is on file. Evergreen wants one for 97110, 97140.",
        )
    ]
    assert [tone for tone, _ in said(house, house.unknown, 6)] == ["warn"]
    authorize(house)
    for days in (1, 2):
        book(house, house.sick, days)
    assert said(house, house.sick, 3) == []
    (tone, sentence) = said(house, house.pt, 6)[0]
    assert (tone, "has 3 left and ends" in sentence) == ("warn", True)
    assert sentence.endswith("visits 4 to 6 are not covered.")


def test_a_series_of_an_accident_is_judged_by_its_own_insurer_a7_c9(house):
    session = house.session
    case = factories._add(
        session,
        PatientCase(
            patient_id=house.patient.id, kind="work", injured_on=date(2026, 1, 5), claim_number="W1", created_at=NOW
        ),
    )  # fmt: skip
    insurer = factories.make_payer(session, name="State Fund", needs_authorization=[])
    own = factories.make_coverage(
        session, house.patient, insurer, position=0, case_id=case.id, effective_on=date(2026, 1, 5)
    )
    assert said(house, house.pt, 3, case_id=case.id) == []
    authorize(house, coverage_id=own.id, visits_used=0)
    assert [tone for tone, _ in said(house, house.pt, 3, case_id=case.id)] == ["ok"]
    assert [tone for tone, _ in said(house, house.pt, 3)] == ["danger"]


def test_two_left_and_five_booked_lists_the_three_that_have_none_k02(house):
    authorize(house, visits_used=10)
    visits = [book(house, house.pt, days) for days in (1, 2, 3, 4, 5)]
    book(house, house.sick, 6)
    assert [each.appointment.id for each in worklists.missing(house.session)] == [
        each.id for each in visits[2:]
    ]
    assert on(house, house.pt).missing


def test_booked_visits_are_not_taken_off_units_k02(house):
    authorize(house, counts="units", visits_allowed=24, visits_used=4)
    book(house, house.pt)
    (row,) = on(house, house.pt).authorizations
    assert (row.booked, row.free) == (1, 20)


def test_the_night_learns_what_visits_of_a_kind_bring_k02(house):
    session = house.session
    for days, code in ((9, "97161"), (16, "97161"), (23, "97110")):
        visit = book(house, house.unknown, -days, status="closed")
        factories.make_encounter(
            session, house.patient, house.provider, lines=((code, "60.00"),), state="signed",
            service_on=TODAY - timedelta(days=days), appointment_id=visit.id,
        )  # fmt: skip
    number, sick = house.unknown.id, house.sick.id
    queue.add(session, "jobs.authorizations.learn", 0, key="learn")
    session.commit()
    work.drain()
    assert session.get_one(VisitType, number, populate_existing=True).usual_codes == ["97161"]
    assert session.get_one(VisitType, sick, populate_existing=True).usual_codes == ["99213"]
