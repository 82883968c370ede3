"""Authorizations on screen: what is missing, what runs out, asking a payer, reading what it said (K02, E1, E5, Z13)."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from clinic import clock, db, eligibility, ledger, patients, scheduling
from clinic.models import (
    Appointment,
    Authorization,
    AuthorizationRequest,
    Coverage,
    EligibilityCheck,
    Patient,
    RenderingProvider,
    Task,
    VisitType,
    Work,
)
from clinic.scheduling.booking_card import booking_card
from jobs import work
from tests import factories
from tests.eligibility.desk import make_desk

THERAPY = {"plan": {"needs_authorization": ["97110"]}}
TYPED = {
    "category": "HS",
    "codes": "97110",
    "diagnoses": "m54.50",
    "visits": "12",
    "starts_on": "t",
    "ends_on": "t+60",
    "provider": "",
    "message": "",
}


@pytest.fixture
def desk(session, config, tmp_path, app):
    return lambda **changes: make_desk(session, config, tmp_path, **changes)


def form_url(here):
    return f"/authorizations/coverages/{here.coverage.public_id}/request"


def keyed(browser, here, **changes):
    key = browser.get(form_url(here)).select_one("input[name=key]")["value"]
    return TYPED | {"key": key} | changes


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def statements(call):
    seen = []
    bind = db.session.connection()

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(bind, "before_cursor_execute", note)
    return seen


def authorize(here, **changes):
    values = {
        "coverage_id": here.coverage.id,
        "number": "AUTH9001",
        "codes": [],
        "starts_on": clock.today() - timedelta(days=30),
        "ends_on": clock.today() + timedelta(days=12),
        "visits_allowed": 12,
        "visits_used": 8,
    }
    with db.transaction() as session:
        return factories._add(session, Authorization(**(values | changes))).public_id


def test_asking_goes_to_the_payer_and_its_answer_stands_on_the_requests_page(desk, front_desk):
    here = desk(**THERAPY)
    front_desk.post(form_url(here), keyed(front_desk, here), status=303)
    made = db.session.scalars(select(AuthorizationRequest)).one().public_id
    here.payer_turn()
    page = front_desk.get(f"/authorizations/requests/{made}")
    assert page.select_one(".who .chip").text == "Approved"
    assert "12 of 12 visits left" in page.text
    assert "HCR*A1" in page.text
    assert "UM*HS*I" in page.text


def test_the_form_that_cannot_be_read_is_refused_with_its_words_and_asks_nothing(desk, front_desk):
    here = desk(**THERAPY)
    page = front_desk.post(form_url(here), keyed(front_desk, here, visits="0", diagnoses=""), status=422)
    assert page.select_one("input[name=codes]")["value"] == "97110"
    assert "Enter a diagnosis" in page.text
    page = front_desk.post(form_url(here), keyed(front_desk, here, codes="97"), status=422)
    assert "97 is not a procedure code" in page.text
    wrong = {"codes": "97", "diagnoses": "", "visits": "", "ends_on": "t-200"}
    page = front_desk.post(form_url(here), keyed(front_desk, here, **wrong), status=422)
    assert all(page.select_one(f"#{name}-error") for name in wrong), "everything is said at once"
    assert count(AuthorizationRequest) == 0


def test_the_second_click_asks_once(desk, front_desk):
    here = desk(**THERAPY)
    data = keyed(front_desk, here)
    front_desk.post(form_url(here), data, status=303)
    front_desk.post(form_url(here), data, status=303)
    assert count(AuthorizationRequest) == 1


def test_a_clinician_may_not_ask_nor_look(desk, clinician):
    here = desk(**THERAPY)
    clinician.post(form_url(here), TYPED | {"key": "x"}, status=403)
    clinician.get("/authorizations", status=403)
    assert count(AuthorizationRequest) == 0


def test_a_request_that_was_not_reviewed_is_sent_again_once(desk, front_desk):
    here = desk(**THERAPY, enrol=False)
    front_desk.post(form_url(here), keyed(front_desk, here), status=303)
    made = db.session.scalars(select(AuthorizationRequest)).one().public_id
    here.payer_turn()
    url = f"/authorizations/requests/{made}"
    assert "Send again" in front_desk.get(url).text
    front_desk.post(f"{url}/sending", {}, status=303)
    front_desk.post(f"{url}/sending", {}, status=303)
    row = db.session.scalars(select(AuthorizationRequest)).one()
    assert row.state == "waiting"
    sends = select(func.count()).select_from(Work)
    assert db.session.scalar(sends.where(Work.job == "jobs.authorizations.send", Work.state != "done")) == 1


def test_a_coming_visit_without_the_authorization_that_the_answer_asks_for_is_on_the_list(desk, front_desk):
    here = desk(appointment={"starts_at": tomorrow()})
    answered(here, {"authorization": {"in": "Y", "out": ""}})
    page = front_desk.get("/authorizations")
    assert [link.text for link in page.select("table a.target")] == ["WHITFIELD, Daniel"]
    authorize(here)
    assert "No coming visit lacks" in front_desk.get("/authorizations").text
    page = front_desk.get("/authorizations?view=expiring")
    assert "4 of 12 visits" in page.text
    assert page.select_one("tbody td:nth-of-type(2)").text == "12"


def tomorrow():
    return clock.at(clock.today() + timedelta(days=1), time(10))


def answered(here, benefits, days=1, **changes):
    with db.transaction() as session:
        values = {
            "coverage_id": here.coverage.id,
            "service_on": clock.today(),
            "service_types": ["30", "98"],
            "trace": f"T{count(EligibilityCheck)}",
            "state": "answered",
            "active": True,
            "benefits": benefits,
            "asked_at": clock.now() - timedelta(days=days),
            "answered_at": clock.now() - timedelta(days=days),
        }
        session.add(EligibilityCheck(**(values | changes)))


def test_the_lists_take_the_same_number_of_statements_however_long_they_are(desk, front_desk):
    here = desk(appointment={"starts_at": tomorrow()})
    answered(here, {"authorization": {"in": "Y", "out": ""}})
    few = len(statements(lambda: front_desk.get("/authorizations")))
    with db.transaction() as session:
        for place in range(8):
            patient = factories.make_patient(session)
            coverage = factories.make_coverage(session, patient, session.merge(here.payer))
            factories.make_appointment(session, patient, starts_at=tomorrow() + timedelta(days=place))
            session.add(
                EligibilityCheck(
                    coverage_id=coverage.id, service_on=clock.today(), service_types=["30"],
                    trace=f"N{place}", state="answered", active=True, asked_at=clock.now(),
                    answered_at=clock.now(), benefits={"authorization": {"in": "Y", "out": ""}},
                )
            )  # fmt: skip
    assert len(front_desk.get("/authorizations").select("tbody tr")) == 9
    assert len(statements(lambda: front_desk.get("/authorizations"))) <= few


# --- the booking card (Z13)


def the_card(here, day=None):
    session = db.session()
    kind = session.get_one(VisitType, here.visit.visit_type_id)
    patient = session.get_one(Patient, here.patient.id)
    found = []
    seen = statements(
        lambda: found.append(booking_card(session, patient, kind, day or clock.today() + timedelta(days=7)))
    )
    return found[0], seen


def test_the_booking_card_takes_at_most_six_statements_z13(desk):
    here = desk()
    authorize(here)
    answered(here, {"copay": {"in": {"low": "35.00", "high": "35.00"}}}, days=9)
    card, seen = the_card(here)
    assert len(seen) <= 6
    assert (card.copay.amount, card.copay.source, card.fresh) == (Decimal("35.00"), "271", False)


def test_the_card_counts_visits_left_without_those_that_are_booked_already_z13(desk):
    here = desk(appointment={"starts_at": tomorrow()})
    authorize(here)
    card, _ = the_card(here)
    assert [(each.row.left, each.booked, each.free) for each in card.authorizations] == [(4, 1, 3)]
    card, _ = the_card(here, clock.today() + timedelta(days=40))
    assert card.authorizations == []


def test_the_card_and_the_check_in_name_the_same_copay_and_old_balance_z13(desk):
    here = desk()
    answered(here, {"copay": {"in": {"low": "35.00", "high": "35.00"}}})
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        old = factories.make_encounter(session, patient, lines=(("99213", "18.20"),), state="signed")
        ledger.post_charges(session, old, payer_id=None, guarantor_id=patient.guarantor_id, key="old")
    card, _ = the_card(here, clock.today())
    assert card.copay.amount == eligibility.copay_due(db.session(), here.visit).amount
    assert (
        card.old_balance == ledger.patient_balance(db.session(), here.patient.id).patient == Decimal("18.20")
    )


def test_a_protected_patient_pays_nothing_on_the_card_either_r14(desk):
    here = desk()
    answered(here, {"qmb": True, "copay": {"in": {"low": "35.00", "high": "35.00"}}})
    card, _ = the_card(here, clock.today())
    assert (card.copay.source, card.copay.amount) == ("qmb", 0)
    assert eligibility.copay_due(db.session(), here.visit).source == "qmb"


def test_the_card_shows_the_plan_in_force_and_not_a_primary_that_begins_later_z13(desk):
    """S09, A12: the check-in names the same plan and copay."""
    here = desk(coverage={"effective_on": clock.today() + timedelta(days=60)})
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        third = factories.make_coverage(session, patient, position=3, copay=Decimal("11.00"))
        number = third.id
    card, _ = the_card(here, clock.today())
    assert (card.coverage.id, card.covered, card.copay.amount) == (number, True, Decimal("11.00"))
    assert eligibility.coverage_for(db.session(), here.visit).id == number
    later, _ = the_card(here, clock.today() + timedelta(days=61))
    assert later.coverage.id == here.coverage.id


def test_the_card_counts_missed_visits_z13(desk, front_desk):
    here = desk()
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        for days, status in ((40, "no_show"), (30, "closed"), (20, "no_show"), (10, "cancelled_patient")):
            moment = clock.at(clock.today() - timedelta(days=days), time(9))
            factories.make_appointment(session, patient, starts_at=moment, status=status)
    card, _ = the_card(here)
    assert card.no_shows == 2
    kind = db.session.get_one(VisitType, here.visit.visit_type_id).public_id
    page = front_desk.get(
        f"/schedule/booking-card/{here.patient.public_id}?visit_type={kind}&day=t%2B7", htmx=True
    )
    assert "2 no-shows" in page.text
    assert "Never asked" in page.text


def test_the_card_says_that_the_plan_wants_an_authorization_and_none_is_on_file_z13(desk, front_desk):
    here = desk()
    answered(here, {"authorization": {"in": "Y", "out": ""}})
    kind = db.session.get_one(VisitType, here.visit.visit_type_id).public_id
    url = f"/schedule/booking-card/{here.patient.public_id}?visit_type={kind}&day=t%2B7"
    assert "Required, none on file" in front_desk.get(url).text
    authorize(here, visits_used=2)
    # Before its hour, today's visit is one that is booked already.
    left = 10 - (here.visit.starts_at > clock.now())
    assert f"{left} of 12 visits left" in front_desk.get(url).text


# --- asking ahead (E1, E5 to E7)


def test_booking_has_every_coverage_of_the_day_asked_about_e1(desk):
    here = desk()
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        factories.make_coverage(session, patient, position=2, member_id="SECOND900")
        kind = session.get_one(VisitType, here.visit.visit_type_id)
        provider = session.get_one(RenderingProvider, here.visit.provider_id)
        codes = ("outside_hours", "no_hours", "closed")
        booked = scheduling.book(session, patient, provider, kind, tomorrow(), accepted=codes).id
    work.drain()
    checks = db.session.scalars(select(EligibilityCheck)).all()
    assert {(check.appointment_id, check.service_on) for check in checks} == {
        (booked, clock.today() + timedelta(days=1))
    }
    assert len({check.coverage_id for check in checks}) == 2


def test_the_night_asks_only_about_what_is_stale_e7(desk):
    here = desk(appointment={"starts_at": tomorrow()})
    day = clock.today() + timedelta(days=1)
    answered(here, {}, days=1, service_on=day)
    night()
    assert count(EligibilityCheck) == 1
    with db.transaction() as session:
        session.scalars(select(EligibilityCheck)).one().answered_at = clock.now() - timedelta(days=4)
    night()
    assert count(EligibilityCheck) == 2
    night()
    assert count(EligibilityCheck) == 2


def night():
    with db.transaction() as session:
        eligibility.ask_coming(session)
    work.drain()


def test_another_payer_that_the_answer_names_becomes_one_task_e6(desk):
    here = desk()
    check = here.ask()
    here.payer_turn()
    with db.transaction() as session:
        row = session.get_one(EligibilityCheck, check.id)
        row.benefits = row.benefits | {"other_payers": ["SUNRISE ADVANTAGE"]}
        eligibility.answers._ask_for_other_cards(session, row)
        eligibility.answers._ask_for_other_cards(session, row)
    task = db.session.scalars(select(Task)).one()
    assert (task.kind, task.patient_id) == ("other_payer", here.patient.id)
    assert "SUNRISE ADVANTAGE" in task.sentence


def test_the_history_of_a_coverage_shows_each_question_with_age_and_segments_e7(desk, front_desk):
    here = desk()
    here.ask()
    here.payer_turn()
    page = front_desk.get(f"/eligibility/coverages/{here.coverage.public_id}")
    assert page.select_one("tbody .chip").text == "Active"
    assert "EB*1" in page.text
    assert "EQ*30" in page.text


def test_asking_by_hand_asks_for_the_day_and_service_that_were_typed_once_e1(desk, front_desk, clinician):
    here = desk()
    url = f"/eligibility/coverages/{here.coverage.public_id}"
    typed = {"service_on": "t+5", "service_type": "PT"}
    front_desk.post(url, typed, status=303)
    front_desk.post(url, typed, status=303)
    check = db.session.scalars(select(EligibilityCheck)).one()
    assert (check.service_on, check.service_types) == (clock.today() + timedelta(days=5), ["30", "PT"])
    page = front_desk.post(url, {"service_on": "never", "service_type": "PT"}, status=422)
    assert "Not asked." in page.text
    clinician.post(url, typed, status=403)
    assert count(EligibilityCheck) == 1


def test_a_coverage_that_cannot_be_asked_about_says_what_is_missing(desk, front_desk):
    here = desk(coverage={"member_id": " "})
    url = f"/eligibility/coverages/{here.coverage.public_id}"
    page = front_desk.post(url, {"service_on": "t", "service_type": "98"}, status=422)
    assert "no member ID" in page.text
    assert count(EligibilityCheck) == 0
    assert count(Coverage) == count(Appointment) == 1


def test_a_referral_that_counts_units_is_entered_by_hand_with_its_provider_k02(desk, front_desk):
    here = desk()
    with db.transaction() as session:
        provider = session.get_one(RenderingProvider, here.visit.provider_id)
        chosen, number = provider.public_id, provider.id
    base = f"/patients/{here.patient.public_id}"
    typed = {
        "kind": "referral",
        "counts": "units",
        "provider": chosen,
        "number": "REF9001",
        "codes": "97110",
        "starts_on": "t",
        "ends_on": "t+30",
        "visits_allowed": "24",
    }
    front_desk.post(f"{base}/coverages/{here.coverage.public_id}/authorizations/new", typed, status=303)
    row = db.session.scalars(select(Authorization)).one()
    assert (row.kind, row.counts, row.provider_id, row.left) == ("referral", "units", number, 24)
    page = front_desk.get(f"{base}/authorizations/{row.public_id}")
    assert page.select_one("select[name=provider] option[selected]")["value"] == chosen
    assert page.select_one("input[name=kind][checked]")["value"] == "referral"


def test_units_of_the_codes_are_counted_and_given_back_k02(desk):
    here = desk()
    authorize(here, codes=["97110"], counts="units", visits_allowed=24, visits_used=0)
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        visit = factories.make_encounter(
            session, patient, lines=(("97110", "40.00"), ("99213", "90.00")), state="signed"
        )
        visit.charges[0].units = 3
        session.flush()
        number = session.scalar(select(Authorization.id))
        patients.count_visit(session, number, 1, visit.charges)
        assert session.get_one(Authorization, number).visits_used == 3
        patients.count_visit(session, number, -1, visit.charges)
        assert session.get_one(Authorization, number).visits_used == 0
