"""Demographics confirmed at check-in, what is missing, and the receipt in its first print and its copies."""

import io
from decimal import Decimal

import pypdf
import pytest
from sqlalchemy import select

from clinic import audit, clock, db, ledger
from clinic.models import (
    Charge,
    Coverage,
    Guarantor,
    Message,
    OpenItem,
    Patient,
    Receipt,
    Work,
)
from clinic.patients import circle
from tests.web.checkin_scene import count, desk, owe, payment, url

__all__ = ["desk"]


CONFIRMED = {
    "phone": "555-010-0199",
    "email": "new@example.com",
    "address": "9 Oak St",
    "address2": "Apt 3B",
    "zip": "97206-0001",
    "city_state": "Salem, or",
    "emergency_contact": "Whitfield, Laura (wife)",
    "language": "es",
}


@pytest.mark.parametrize("htmx", [True, False])
def test_all_correct_keeps_what_was_changed_and_confirms_it(desk, front_desk, htmx):
    here = desk()
    data = CONFIRMED | {"version": here.patient.version}
    front_desk.post(url(here, "/confirmation"), data, status=204 if htmx else 303, htmx=htmx)
    patient = db.session.get(Patient, here.patient.id, populate_existing=True)
    assert (patient.city, patient.state, patient.zip, patient.language) == ("Salem", "OR", "972060001", "es")
    assert patient.phone == "+15550100199"
    assert clock.local(patient.confirmed_at).date() == clock.today()
    assert "last confirmed" in front_desk.get(url(here)).select_one("#confirm").text
    assert db.session.get(Guarantor, patient.guarantor_id).city == "Salem"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"zip": "9720"}, "zip"),
        ({"city_state": "Portland"}, "city_state"),
        ({"city_state": "Portland, ZZ"}, "city_state"),
        ({"address": " "}, "address"),
        ({"language": "fr"}, "language"),
    ],
)
def test_demographics_that_cannot_be_are_refused(desk, front_desk, changes, field):
    here = desk()
    data = CONFIRMED | {"version": here.patient.version} | changes
    for htmx in (True, False):
        page = front_desk.post(url(here, "/confirmation"), data, status=422, htmx=htmx)
        assert page.select_one(f"#{field}-error").text
    patient = db.session.get(Patient, here.patient.id, populate_existing=True)
    assert (patient.city, patient.confirmed_at) == ("Portland", None)


def test_two_people_confirm_and_the_second_is_told(desk, front_desk):
    here = desk()
    data = CONFIRMED | {"version": here.patient.version}
    front_desk.post(url(here, "/confirmation"), data, status=303)
    front_desk.post(url(here, "/confirmation"), data, status=409)


def test_what_is_missing_is_listed_and_stops_nothing(desk, front_desk):
    """A12."""
    here = desk()
    items = [item.text for item in front_desk.get(url(here)).select(".todo li")]
    assert any("Consent to treat" in item and "not signed" in item for item in items)
    assert any("Insurance card" in item and "Done" in item for item in items)
    front_desk.post(url(here, "/signatures"), {"paper": "consent"}, status=303)
    front_desk.post(url(here, "/signatures"), {"paper": "consent"}, status=303)
    front_desk.post(url(here, "/signatures"), {"paper": "mortgage"}, status=422)
    assert db.session.get(Patient, here.patient.id, populate_existing=True).consent_on == clock.today()
    signed = [
        each
        for each in audit.events_of_patient(db.session(), here.patient.id)
        if each.action == "consent.sign"
    ]
    assert len(signed) == 1


def text_of(browser, receipt):
    browser.get(f"/check-in/receipts/{receipt.public_id}.pdf")
    assert browser.response.mimetype == "application/pdf"
    return " ".join(pypdf.PdfReader(io.BytesIO(browser.response.data)).pages[0].extract_text().split())


def test_the_receipt_names_both_parts_of_one_payment_and_what_is_left(desk, front_desk):
    here = desk()
    owe(here)
    data = payment(front_desk.get(url(here)), by="check", reference="1042", amount="40.00")
    front_desk.post(url(here, "/check-in"), data, status=303)
    receipts = db.session.scalars(select(Receipt).order_by(Receipt.id)).all()
    text = text_of(front_desk, receipts[1])
    assert "You paid $40.00" in text
    assert "You still owe $3.20" in text
    assert f"{receipts[0].number}, {receipts[1].number}" in text
    assert "Check 1042" in text
    assert "January 16, 2026" in text
    assert "93-1234567" in text


def test_a_receipt_for_the_copay_alone_does_not_hide_the_old_balance(desk, front_desk):
    here = desk()
    owe(here)
    data = payment(front_desk.get(url(here)), by="cash", amount="25.00")
    front_desk.post(url(here, "/check-in"), data, status=303)
    assert "You still owe $18.20" in text_of(front_desk, db.session.scalars(select(Receipt)).one())


def test_a_receipt_bears_the_address_that_bills_go_to(desk, front_desk):
    """45 CFR 164.522(b): the street of somebody who asked for another address stands on no paper."""
    here = desk()
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        home = patient.guarantor.address
        fields = {"address": "9 Quiet Ln", "city": "Salem", "state": "OR", "zip": "97301"}
        circle.prefer(session, patient, 0, confidential=True, **fields)
    front_desk.post(url(here, "/check-in"), payment(front_desk.get(url(here)), by="cash"), status=303)
    text = text_of(front_desk, db.session.scalars(select(Receipt)).first())
    assert "9 Quiet Ln, Salem, OR 97301" in text
    assert home not in text


def test_a_receipt_of_money_paid_ahead_says_for_which_visit_it_is_kept(desk, front_desk):
    here = desk()
    with db.transaction() as session:
        receipt = ledger.receive(
            session,
            guarantor_id=here.patient.guarantor_id,
            patient_id=here.patient.id,
            appointment_id=here.appointment.id,
            amount=Decimal("40.00"),
            method="cash",
            purpose="prepayment",
            key="ahead",
        )
    text = " ".join(text_of(front_desk, receipt).split())
    assert "paid ahead" in text
    assert "Total $40.00 $40.00 $0.00" in text
    assert "Your plan decides what you owe" in text


def test_the_schedule_and_the_check_in_ask_for_one_figure(desk, front_desk):
    """Asks 26 and 30: the 271 says 35.00, the card 25.00; an old balance and a prepayment count on both screens."""
    here = desk()
    here.ask()
    here.payer_turn()
    owe(here)
    with db.transaction() as session:
        ledger.receive(
            session,
            guarantor_id=here.patient.guarantor_id,
            patient_id=here.patient.id,
            amount=Decimal("10.00"),
            method="cash",
            purpose="prepayment",
            key="before",
        )
    at_desk = front_desk.get(url(here)).select_one("#collect input[name=amount]")["value"]
    card = front_desk.get(f"/schedule/appointments/{here.appointment.public_id}")
    facts = {row.dt.text: row.dd.text for row in card.select(".facts div")}
    assert facts["Copay"] == "$35.00"
    assert facts["Ask for today"] == f"${at_desk}" == "$43.20"
    front_desk.get(f"/schedule/{clock.local(here.appointment.starts_at).date()}/sheet.pdf")
    paper = pypdf.PdfReader(io.BytesIO(front_desk.response.data)).pages[0].extract_text()
    assert "copays $35.00" in paper


def test_a_copy_of_a_receipt_says_what_the_first_one_said(desk, front_desk):
    here = desk()
    visit = owe(here)
    data = payment(front_desk.get(url(here)), by="cash", amount="40.00")
    front_desk.post(url(here, "/check-in"), data, status=303)
    copay, balance = db.session.scalars(select(Receipt).order_by(Receipt.id)).all()
    first = text_of(front_desk, copay)
    assert "You still owe $3.20" in first
    owe(here, "90.00")
    with db.transaction() as session:
        charge = session.scalars(select(Charge.id).where(Charge.encounter_id == visit)).one()
        ledger.unapply_receipt(session, session.merge(balance), charge, Decimal("5.00"), "Wrong visit", "off")
        rest = {"guarantor_id": here.patient.guarantor_id, "patient_id": here.patient.id, "method": "cash"}
        ledger.receive_and_apply(session, amount=Decimal("8.20"), key="rest", **rest)
        coverage = session.scalars(select(Coverage).where(Coverage.patient_id == here.patient.id)).one()
        coverage.copay = Decimal("60.00")
    assert text_of(front_desk, copay) == first


def test_a_copy_of_a_receipt_that_was_taken_back_says_so(desk, front_desk):
    here = desk()
    data = payment(front_desk.get(url(here)), by="check", reference="1042")
    front_desk.post(url(here, "/check-in"), data, status=303)
    receipt = db.session.scalars(select(Receipt)).one()
    assert "taken back" not in text_of(front_desk, receipt)
    with db.transaction() as session:
        ledger.reverse_receipt(session, session.merge(receipt), "Returned by the bank", "nsf")
    text = text_of(front_desk, receipt)
    assert "You owe nothing more today." in text
    assert "taken back" in text


def test_the_receipt_speaks_the_patients_language(desk, front_desk):
    here = desk(patient={"language": "es"})
    front_desk.post(url(here, "/check-in"), payment(front_desk.get(url(here)), by="cash"), status=303)
    text = text_of(front_desk, db.session.scalars(select(Receipt)).one())
    assert "Usted pagó $25.00" in text
    assert "Efectivo" in text
    assert "copago" in text


def test_a_receipt_by_mail_says_nothing_about_the_visit(desk, front_desk):
    here = desk()
    front_desk.post(
        url(here, "/check-in"), payment(front_desk.get(url(here)), by="cash", receipt="email"), status=303
    )
    body = db.session.scalars(select(Message)).one().body().decode()
    assert "$25.00" in body
    assert "d.whitfield@example.com" in body
    assert "Adams" not in body
    assert db.session.scalars(select(Work).where(Work.job == "jobs.messages.send")).one()


def test_a_receipt_is_for_who_handles_money(desk, front_desk, clinician):
    here = desk()
    front_desk.post(url(here, "/check-in"), payment(front_desk.get(url(here)), by="cash"), status=303)
    receipt = db.session.scalars(select(Receipt)).one()
    clinician.get(f"/check-in/receipts/{receipt.public_id}.pdf", status=403)
    front_desk.get("/check-in/receipts/nothing.pdf", status=404)
    assert count(OpenItem) == 0


def test_a_confirmation_that_somebody_was_faster_than_comes_back_with_both(desk, front_desk):
    here = desk()
    page = front_desk.get(url(here))
    mine = {field["name"]: field.get("value", "") for field in page.select("#confirm input")} | {
        "language": "en",
        "city_state": "Bend, OR",
    }
    front_desk.post(url(here, "/confirmation"), mine | {"city_state": "Salem, OR"}, status=303)
    for htmx in (False, True):
        page = front_desk.post(url(here, "/confirmation"), mine, status=409, htmx=htmx)
        assert page.select_one("#city_state")["value"] == "Bend, OR"
        assert page.select_one("#city_state-error").text == "On record now: Salem, OR"
        assert "was changed by" in page.select_one("#confirm [data-errors]").text


def test_everything_that_cannot_be_confirmed_is_said_at_once_and_kept(desk, front_desk):
    """Must show 7: a huge name, script and a foreign phone get a clear sentence, and nothing is lost."""
    here = desk()
    typed = {
        "version": "1", "phone": "0044 20 7946 0958", "email": "<script>", "address": "A" * 56, "zip": "1",
        "city_state": "München", "language": "en", "emergency_contact": "<b>Ruth</b>",
    }  # fmt: skip
    page = front_desk.post(url(here, "/confirmation"), typed, status=422)
    wrong = {each["id"].removesuffix("-error") for each in page.select("#confirm .field-error")}
    assert wrong == {"phone", "email", "address", "zip", "city_state"}
    for name in ("phone", "email", "address", "city_state", "emergency_contact"):
        assert page.select_one(f"#confirm #{name}")["value"] == typed[name]
    assert "one from abroad with + and its country code" in page.select_one("#phone-error").text
