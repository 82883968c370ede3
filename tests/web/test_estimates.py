"""The estimate of a visit on screen: worked out, saved, prepaid, printed, kept by itself (E8, E9, B4, R14)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import clock, db, estimates
from clinic.models import Appointment, Estimate, Patient, Receipt, VisitType
from clinic.scheduling.booking_card import booking_card
from tests import factories
from tests.estimates.house import answered, contract, left, value, visit
from tests.estimates.test_learning import claim_of_an_estimate, pay
from tests.web.estimates_scene import count, here, save, sent, settled, text, url

__all__ = ["here"]
D = Decimal


def test_the_figures_are_worked_out_without_being_kept(here, front_desk):
    data = sent(front_desk.get(url(here)), "#work form", services="99213, 83036")
    page = front_desk.post(url(here, "/preview"), data, status=200, htmx=True)
    assert [one.text for one in page.select(".est-range dd")] == ["$45.00", "$45.00", "$45.00"]
    assert "Not saved" in page.text
    assert "contract of 01/01/2026" in page.text
    assert count(Estimate) == 0
    assert "Not saved" in front_desk.post(url(here, "/preview"), data, status=200).text


def test_saving_works_with_htmx(here, front_desk):
    data = sent(front_desk.get(url(here)), "#work form", services="99213")
    front_desk.post(url(here), data, status=204, htmx=True)
    assert front_desk.response.headers["HX-Redirect"].endswith(url(here))
    assert count(Estimate) == 1


def test_saving_works_without_javascript_and_shows_the_reasons(here, front_desk):
    save(front_desk, here)
    page = front_desk.get(url(here))
    assert "E-0" in page.select_one("#work").text
    assert page.select_one(".est-likely dd").text == "$45.00"
    assert "Copay, once for the visit" in page.text
    assert "copay $25.00" in page.select_one(".est-lines").text


def test_services_that_cannot_be_read_change_nothing(here, front_desk):
    for typed, says in (("abc", "is no service"), ("", "Enter the services"), ("99999", "has no fee")):
        data = sent(front_desk.get(url(here)), "#work form", services=typed)
        page = front_desk.post(url(here), data, status=422)
        assert says in page.select_one(".field-error").text
        assert page.select_one("input[name=services]")["value"] == typed
    data = sent(front_desk.get(url(here)), "#work form", services="99213", diagnoses="banana")
    assert "is no diagnosis" in front_desk.post(url(here), data, status=422, htmx=True).text
    assert count(Estimate) == 0


def test_a_clinician_makes_no_estimate(here, clinician):
    clinician.post(url(here), {"services": "99213"}, status=403)
    clinician.get(url(here), status=403)
    assert count(Estimate) == 0


def test_the_second_click_saves_no_second_edition(here, front_desk):
    data = sent(front_desk.get(url(here)), "#work form", services="99213")
    for _ in range(2):
        front_desk.post(url(here), data, status=303)
    assert count(Estimate) == 1


def test_a_qmb_is_shown_at_booking_on_the_card_and_on_the_estimate_with_nothing_to_collect_r14(
    session, here, front_desk
):
    with db.transaction() as current:
        answered(current, here.coverage, qmb=True)
    estimate = save(front_desk, here)
    assert (estimate.qmb, estimate.high) == (True, D("0.00"))
    page = front_desk.get(url(here))
    assert "QMB: collect nothing" in page.select_one(".who").text
    assert page.select_one("#prepay form") is None
    assert "Collect nothing" in front_desk.get(url(here, "/card"), htmx=True).text
    notice = front_desk.get(f"/estimates/patients/{here.patient.public_id}/notice", htmx=True)
    assert "Collect nothing" in notice.text
    checkin = front_desk.get(f"/check-in/{here.appointment.public_id}")
    assert "QMB: nothing may be collected" in checkin.select_one("#collect").text
    front_desk.get(f"/estimates/{estimate.public_id}.pdf")
    assert "You pay nothing for this visit" in text(front_desk.response)


def prepayment(browser, made, **changes):
    return sent(browser.get(url(made)), "#prepay form", reference="T004411") | changes


def test_a_prepayment_is_held_for_the_visit_with_htmx(here, front_desk):
    save(front_desk, here)
    data = prepayment(front_desk, here)
    assert data["amount"] == "45.00"
    front_desk.post(url(here, "/payment"), data, status=204, htmx=True)
    receipt = db.session.scalars(select(Receipt)).one()
    assert (receipt.amount, receipt.purpose, receipt.appointment_id) == (
        D("45.00"),
        "prepayment",
        here.appointment.id,
    )
    assert "Everything that the estimate allows is paid" in front_desk.get(url(here)).text


def test_a_prepayment_without_javascript_lowers_what_check_in_asks_for(here, front_desk):
    save(front_desk, here)
    front_desk.post(url(here, "/payment"), prepayment(front_desk, here), status=303)
    page = front_desk.get(f"/check-in/{here.appointment.public_id}")
    assert "Prepaid for this visit" in page.select_one("#collect").text
    assert page.select_one("#collect .facts-total dd").text == "$0.00"


def test_more_than_the_estimate_allows_is_refused_and_nothing_is_taken(here, front_desk):
    save(front_desk, here)
    page = front_desk.post(url(here, "/payment"), prepayment(front_desk, here, amount="45.01"), status=422)
    assert "Only $45.00 may still be taken" in page.text
    bad = prepayment(front_desk, here, reference="4111 1111 1111 1111")
    assert "4111" not in front_desk.post(url(here, "/payment"), bad, status=422, htmx=True).text
    assert count(Receipt) == 0


def test_a_clinician_takes_no_prepayment(here, front_desk, clinician):
    save(front_desk, here)
    clinician.post(url(here, "/payment"), prepayment(front_desk, here), status=403)
    assert count(Receipt) == 0


def test_the_second_click_takes_no_second_prepayment(here, front_desk):
    save(front_desk, here)
    data = prepayment(front_desk, here, amount="20.00")
    for _ in range(2):
        front_desk.post(url(here, "/payment"), data, status=303)
    assert count(Receipt) == 1


def test_a_prepayment_waits_for_its_visit_and_pays_it_when_the_remittance_comes_b4(session, front_desk):
    claim, estimate = claim_of_an_estimate(session)
    with db.transaction() as current:
        visit_of = current.get_one(Appointment, estimate.appointment_id)
        estimates.prepay(
            current, visit_of, estimate, amount=D("25.00"), method="cash", reference="", key="prepaid"
        )
    pay(session, claim, "25.00")
    page = front_desk.get(f"/patients/{claim.patient.public_id}/ledger")
    assert "Receipt" in page.text
    from_ledger = estimates.report(session, clock.now() - timedelta(days=1))
    assert from_ledger.whole.close == 1


def test_the_managers_report_shows_what_came_of_the_estimates_e9(session, manager, front_desk):
    assert "No estimate has come out yet" in manager.get("/estimates/accuracy").text
    for number, share in enumerate(("25.00", "60.00")):
        claim, _ = claim_of_an_estimate(session)
        pay(session, claim, share, trace=f"EFT{number}")
    settled(session, None)
    page = manager.get("/estimates/accuracy")
    total = [cell.text for cell in page.select_one(".accuracy tfoot tr").select("td, th")]
    assert total == ["All", "2", "1", "50%", "+$17.50", "$17.50"]
    assert "/estimates/accuracy" in manager.get("/reports").decode()
    front_desk.get("/estimates/accuracy", status=403)


def test_the_panel_beside_the_schedule_and_check_in_have_the_card(here, front_desk):
    for page in (
        front_desk.get(f"/schedule/appointments/{here.appointment.public_id}"),
        front_desk.get(f"/check-in/{here.appointment.public_id}"),
    ):
        assert page.select_one("#estimate-card")["hx-get"].endswith("/card")
    save(front_desk, here)
    card = front_desk.get(url(here, "/card"), htmx=True)
    assert "$45.00" in card.text
    front_desk.get(url(here, "/card"), status=303)
    assert front_desk.location.endswith(url(here))


@pytest.fixture
def usual(session, app):
    """A visit of a kind that has been billed before, as 99213 with 83036; the payer names 25 or 40 dollars."""
    made = visit(session)
    answered(session, made.coverage, copay=value("25.00", "40.00"))
    contract(session, made.payer, c99213="92.00", c83036="20.00")
    other = factories.make_appointment(session, visit_type_id=made.appointment.visit_type_id)
    lines = (("99213", "135.00"), ("83036", "35.00"))
    factories.make_encounter(session, appointment_id=other.id, lines=lines, state="signed")
    return settled(session, made)


def test_the_card_tells_low_expected_and_high_before_anybody_made_an_estimate_and_printing_keeps_it_e8(
    usual, front_desk, clinician
):
    card = front_desk.get(url(usual, "/card"), htmx=True)
    assert "as usual for 99213, 83036" in card.text
    assert "$45.00" in card.text
    assert "$45.00 to $60.00" in card.text
    assert "The payer names several values for copay" in card.text
    assert [one.text for one in front_desk.get(url(usual)).select(".est-range dd")] == [
        "$45.00", "$45.00", "$60.00",
    ]  # fmt: skip
    assert count(Estimate) == 0
    data = sent(card, "form")
    clinician.post(url(usual, "/kept"), data, status=403)
    assert count(Estimate) == 0
    for _ in range(2):
        front_desk.post(url(usual, "/kept"), data, status=303)
        assert front_desk.location.endswith(".pdf")
    assert count(Estimate) == 1
    assert "made" in front_desk.get(url(usual, "/card"), htmx=True).select_one("dl").text


def test_a_kind_that_was_never_billed_says_plainly_why_there_is_no_estimate_e8(here, front_desk):
    card = front_desk.get(url(here, "/card"), htmx=True)
    assert "visit has been billed yet" in card.text
    assert card.select_one("form") is None
    front_desk.post(url(here, "/kept"), {"key": "k" * 22}, status=303)
    assert count(Estimate) == 0


def test_money_toward_an_estimate_that_nobody_made_keeps_it_and_once_for_two_clicks_b4(usual, front_desk):
    data = prepayment(front_desk, usual, amount="45.00")
    for _ in range(2):
        front_desk.post(url(usual, "/payment"), data, status=303)
    kept = db.session.scalars(select(Estimate)).one()
    assert (kept.expected, kept.high) == (D("45.00"), D("60.00"))
    assert db.session.scalars(select(Receipt)).one().amount == D("45.00")


def test_the_booking_card_tells_what_the_patient_pays_within_six_statements_z13(
    usual, session, front_desk, count_queries
):
    with db.transaction():
        second = factories.make_coverage(session, usual.patient, position=2, copay=None)
        answered(session, second, copay=None, coinsurance=value("0.5"))
    kind = db.session.get_one(VisitType, usual.appointment.visit_type_id)
    patient = db.session.get_one(Patient, usual.patient.id)
    with count_queries() as statements:
        card = booking_card(db.session(), patient, kind, clock.today())
    assert len(statements) <= 6
    assert card.expected.services == "99213, 83036"
    query = f"visit_type={kind.public_id}&day={clock.today():%m/%d/%Y}"
    shown = front_desk.get(f"/schedule/booking-card/{patient.public_id}?{query}", htmx=True)
    assert "as usual for 99213, 83036" in shown.text


def test_the_record_and_the_panel_say_what_is_left_of_the_year_ask_27(here, front_desk):
    with db.transaction() as current:
        family = [left("C", "FAM", "700.00", "1500.00") | {"side": "in"}]
        amounts = [left("C", "IND", "20.00", "500.00"), left("G", "IND", "3000.00", "4000.00")]
        answered(current, here.coverage, amounts=amounts + family)
    for address in (
        f"/patients/{here.patient.public_id}",
        f"/schedule/appointments/{here.appointment.public_id}",
    ):
        page = front_desk.get(address).text
        assert "$20.00 of $500.00" in page
        assert "family $700.00 of $1,500.00" in page
        assert "$3,000.00 of $4,000.00" in page
