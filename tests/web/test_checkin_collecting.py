"""Money at check-in: the copay and the old balance, part of it, twice, or nothing."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import clock, db, ledger
from clinic.models import (
    Appointment,
    EligibilityCheck,
    Encounter,
    Message,
    Patient,
    Receipt,
)
from tests import factories
from tests.web.checkin_scene import count, desk, owe, payment, url

__all__ = ["desk"]


def test_a_copay_and_an_old_balance_are_taken_and_the_patient_is_checked_in(desk, front_desk):
    here = desk()
    old = owe(here)
    page = front_desk.get(url(here))
    assert page.select_one("#collect-button").text == "Collect $43.20 and check in"
    front_desk.post(url(here, "/check-in"), payment(page, reference="A12345"), status=303)
    assert here.visit.status == "checked_in"
    assert here.visit.arrived_at is not None
    copay, balance = db.session.scalars(select(Receipt).order_by(Receipt.id)).all()
    assert (copay.amount, copay.purpose, copay.appointment_id) == (
        Decimal("25.00"),
        "copay",
        here.appointment.id,
    )
    assert (balance.amount, balance.purpose) == (Decimal("18.20"), "balance")
    assert copay.drawer_id == balance.drawer_id is not None
    assert copay.reference == "A12345"
    assert ledger.patient_balance(db.session(), here.patient.id).patient == 0
    assert ledger.patient_balance(db.session(), here.patient.id).unapplied == Decimal("25.00")
    assert db.session.get(Encounter, old) is not None
    done = front_desk.get(url(here)).select_one("#collect")
    assert "Checked in" in done.select_one(".chip").text
    assert len(done.select("a[aria-label^='Print receipt']")) == 2
    assert done.select_one("#collect-button") is None


def test_with_htmx_the_browser_is_led_to_the_done_screen(desk, front_desk):
    here = desk()
    page = front_desk.get(url(here))
    front_desk.post(url(here, "/check-in"), payment(page, by="cash"), status=204, htmx=True)
    assert front_desk.response.headers["HX-Redirect"].endswith(url(here))
    assert db.session.scalars(select(Receipt)).one().method == "cash"


def test_the_second_click_takes_nothing_more(desk, front_desk):
    here = desk()
    data = payment(front_desk.get(url(here)), by="cash", receipt="email")
    for _ in range(2):
        front_desk.post(url(here, "/check-in"), data, status=303)
    assert count(Receipt) == 1
    assert count(Message) == 1
    assert here.visit.status == "checked_in"


def test_a_second_tab_cannot_take_the_copay_twice(desk, front_desk):
    here = desk()
    one, two = payment(front_desk.get(url(here)), by="cash"), payment(front_desk.get(url(here)), by="cash")
    front_desk.post(url(here, "/check-in"), one, status=303)
    page = front_desk.post(url(here, "/check-in"), two, status=409)
    assert "$25.00 was taken for this visit" in page.text
    assert count(Receipt) == 1


def test_a_second_tab_cannot_take_part_of_the_copay_again(desk, front_desk):
    here = desk()
    one = payment(front_desk.get(url(here)), by="cash", amount="5.00")
    two = payment(front_desk.get(url(here)), by="cash", amount="5.00")
    front_desk.post(url(here, "/check-in"), one, status=303)
    refused = front_desk.post(url(here, "/check-in"), two, status=409, htmx=True)
    assert "Nothing more was taken" in refused.text
    assert count(Receipt) == 1
    rest = payment(front_desk.get(url(here)), by="cash", amount="20.00")
    front_desk.post(url(here, "/check-in"), rest, status=303)
    assert count(Receipt) == 2


def test_who_changed_the_visit_first_wins(desk, front_desk):
    here = desk()
    data = payment(front_desk.get(url(here)), by="cash")
    with db.transaction() as session:
        session.get_one(Appointment, here.appointment.id).reason = "Moved meanwhile"
    front_desk.post(url(here, "/check-in"), data, status=409)
    assert count(Receipt) == 0
    assert here.visit.status == "booked"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"amount": "-5"}, "amount", "dollars and cents"),
        ({"amount": "1e5"}, "amount", "dollars and cents"),
        ({"amount": "0"}, "amount", "Enter what was paid"),
        ({"amount": ""}, "amount", "Enter what was paid"),
        ({"amount": "25.005"}, "amount", "dollars and cents"),
        ({"amount": "900.00"}, "amount", "Only $25.00 is due today"),
        ({"reference": "4111 1111 1111 1111"}, "reference", "looks like a card number"),
        ({"reference": ""}, "reference", "approval number"),
        ({"reference": "A1 <b>"}, "reference", "letters, digits and hyphens"),
        ({"reference": "A" * 51}, "reference", "Keep it to 50 characters"),
        ({"by": "check", "reference": ""}, "reference", "number of the check"),
        ({"by": "bitcoin"}, "by", "one of those offered"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_the_fields_own_sentence(
    desk, front_desk, changes, field, sentence
):
    here = desk()
    data = payment(front_desk.get(url(here)), reference="A1") | changes
    for htmx in (True, False):
        page = front_desk.post(url(here, "/check-in"), data, status=422, htmx=htmx)
        assert sentence in page.select_one(f"#{field}-error").text
        assert page.select_one("#collect [data-errors]") is not None
    assert count(Receipt) == 0
    assert here.visit.status == "booked"
    assert count(EligibilityCheck) == 0


def test_a_card_number_is_not_shown_again(desk, front_desk):
    here = desk()
    data = payment(front_desk.get(url(here)), reference="4111111111111111")
    page = front_desk.post(url(here, "/check-in"), data, status=422)
    assert "4111111111111111" not in str(page)


def test_a_patient_is_checked_in_without_payment(desk, front_desk):
    here = desk()
    data = payment(front_desk.get(url(here)), amount="nonsense", skip="1")
    front_desk.post(url(here, "/check-in"), data, status=303)
    assert here.visit.status == "checked_in"
    assert count(Receipt) == 0
    page = front_desk.get(url(here))
    assert page.select_one("#collect-button").text == "Collect $25.00"
    front_desk.post(url(here, "/check-in"), payment(page, by="cash"), status=303)
    assert db.session.scalars(select(Receipt)).one().amount == Decimal("25.00")


def test_less_than_the_copay_may_be_paid(desk, front_desk):
    here = desk()
    owe(here)
    data = payment(front_desk.get(url(here)), by="check", reference="1042", amount="20")
    front_desk.post(url(here, "/check-in"), data, status=303)
    receipt = db.session.scalars(select(Receipt)).one()
    assert (receipt.amount, receipt.purpose, receipt.reference) == (Decimal("20.00"), "copay", "1042")
    assert front_desk.get(url(here)).select_one("#collect-button").text == "Collect $23.20"


def test_a_copay_check_that_bounced_is_asked_for_again(desk, front_desk):
    """B6."""
    here = desk()
    front_desk.post(
        url(here, "/check-in"), payment(front_desk.get(url(here)), by="check", reference="1042"), status=303
    )
    assert front_desk.get(url(here)).select_one("#collect-button") is None
    with db.transaction() as session:
        receipt = session.scalars(select(Receipt)).one()
        ledger.reverse_receipt(session, receipt, "The bank returned the check", "bounced")
    part = front_desk.get(url(here)).select_one("#collect")
    assert part.select_one(".chip-danger").text == "Reversed"
    assert part.select_one("#collect-button").text == "Collect $25.00"


def test_a_prepayment_is_shown_and_lowers_what_is_asked(desk, front_desk):
    """Ask 31."""
    here = desk()
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        ledger.receive(
            session,
            guarantor_id=patient.guarantor_id,
            patient_id=patient.id,
            amount=Decimal("10.00"),
            method="cash",
            purpose="prepayment",
            key="early",
        )
    part = front_desk.get(url(here)).select_one("#collect")
    assert "Held, not applied yet" in part.text
    assert "$15.00" in part.select_one(".facts-total").text


def test_without_coverage_the_price_of_the_visit_is_asked_for(desk, front_desk):
    here = desk(visit_type={"self_pay_fee": Decimal("120.00")})
    with db.transaction() as session:
        visit = session.get_one(Appointment, here.appointment.id)
        visit.patient = factories.make_patient(session)
    page = front_desk.get(url(here))
    assert "Self-pay" in page.select_one("#eligibility .chip").text
    assert page.select_one("#collect-button").text == "Collect $120.00 and check in"


def test_the_button_names_the_amount_that_was_typed(desk, front_desk):
    here = desk()
    part = front_desk.get(url(here, "/button?amount=12.5&by=cash"), htmx=True)
    words = [button.text for button in part.select("button")]
    assert words == ["Collect $12.50 and check in", "Check in without payment"]
    assert front_desk.get(url(here, "/button?amount=12.5&by=none"), htmx=True).text.strip() == "Check in"
    # An amount that was cleared is still asked for, and the button does not promise otherwise.
    part = front_desk.get(url(here, "/button?amount=&by=cash"), htmx=True)
    assert part.select_one("#collect-button").text == "Collect and check in"


def test_with_nothing_to_collect_one_button_checks_in(desk, front_desk):
    here = desk(visit_type={"takes_copay": False})
    page = front_desk.get(url(here))
    assert [button.text for button in page.select("#collect button[type=submit]")] == ["Check in"]
    front_desk.post(url(here, "/check-in"), payment(page), status=303)
    assert here.visit.status == "checked_in"


def test_the_amount_follows_the_payers_answer_but_not_over_what_was_typed(desk, front_desk):
    here = desk()
    here.ask()
    before = payment(front_desk.get(url(here)), reference="A1")
    assert (before["amount"], before["asked"]) == ("25.00", "25.00")
    here.payer_turn()
    front_desk.get(url(here, "/eligibility"), htmx=True)
    assert front_desk.response.headers["HX-Trigger"] == "answered"
    after = front_desk.post(url(here, "/amounts"), before, status=200, htmx=True)
    assert after.select_one("#amount")["value"] == "35.00"
    assert after.select_one("#reference")["value"] == "A1"
    assert after.select_one("input[name=key]")["value"] == before["key"]
    typed = front_desk.post(url(here, "/amounts"), before | {"amount": "10"}, status=200, htmx=True)
    assert typed.select_one("#amount")["value"] == "10"
    assert count(Receipt) == 0


def hold(here, amount, visit_id, purpose="copay"):
    """Money of the patient that is held for a visit of hers, or for none."""
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        ledger.receive(
            session,
            guarantor_id=patient.guarantor_id,
            patient_id=patient.id,
            appointment_id=visit_id,
            amount=Decimal(amount),
            method="cash",
            purpose=purpose,
            key=f"held-{amount}-{purpose}",
        )


def other_visit(here, **changes):
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        day = clock.today() - timedelta(days=20)
        return factories.make_appointment(session, patient, starts_at=clock.at(day, time(9)), **changes).id


def test_a_copay_of_a_visit_that_fell_out_is_shown_and_lowers_the_old_balance(desk, front_desk):
    """B4, A12: the clinic does not ask again for money that it holds."""
    here = desk()
    owe(here, "34.79")
    hold(here, "20.00", other_visit(here, status="cancelled_clinic"))
    page = front_desk.get(url(here))
    part = page.select_one("#collect")
    assert "Held, not applied yet" in part.text
    assert "−$20.00" in part.text
    assert part.select_one(".facts-total dd").text == "$39.79"
    assert part.select_one("#amount")["value"] == "39.79"
    assert "$14.79 to ask for" in page.select_one(".todo").text
    front_desk.post(url(here, "/check-in"), payment(page, by="cash"), status=303)
    taken = [(each.amount, each.purpose) for each in db.session.scalars(select(Receipt).order_by(Receipt.id))]
    assert taken[1:] == [(Decimal("25.00"), "copay"), (Decimal("14.79"), "balance")]
    assert front_desk.get(url(here)).select_one("#collect-button") is None


def test_money_that_waits_for_another_visits_insurer_is_shown_and_lowers_nothing(desk, front_desk):
    """B4, R23."""
    here = desk()
    owe(here, "34.79")
    visit_id = other_visit(here, status="closed")
    hold(here, "20.00", visit_id)
    hold(here, "7.00", visit_id, "prepayment")
    part = front_desk.get(url(here)).select_one("#collect")
    assert "Held for another visit" in part.text
    assert "$27.00" in part.text
    assert "Held, not applied yet" not in part.text
    assert part.select_one(".facts-total dd").text == "$59.79"
    for tail in ("", "/ledger"):
        record = front_desk.get(f"/patients/{here.patient.public_id}{tail}")
        assert "$27.00 waits for another visit" in record.text
        assert record.select_one(".facts-total dd").text == "$34.79"


def test_the_copay_of_an_old_visit_pays_what_that_visit_left_to_the_patient(desk, front_desk):
    """R23: what the insurer already left to the patient is paid by that visit's own copay first."""
    here = desk()
    old = owe(here, "34.79")
    visit_id = other_visit(here, status="closed")
    with db.transaction() as session:
        session.get_one(Encounter, old).appointment_id = visit_id
    hold(here, "20.00", visit_id)
    part = front_desk.get(url(here)).select_one("#collect")
    assert part.select_one(".facts-total dd").text == "$39.79"


def test_free_money_above_the_old_balance_lowers_the_copay(desk, front_desk):
    here = desk()
    owe(here, "8.00")
    hold(here, "20.00", None, "prepayment")
    page = front_desk.get(url(here))
    assert page.select_one("#collect .facts-total dd").text == "$13.00"
    front_desk.post(url(here, "/check-in"), payment(page, by="cash"), status=303)
    assert db.session.scalars(select(Receipt).order_by(Receipt.id.desc())).first().purpose == "copay"
