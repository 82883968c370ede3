"""Check-in: confirm, ask the payer, see what is missing, collect, print (A12, E1 to E7, B4, asks 26 to 31)."""

import io
from datetime import date, time, timedelta
from decimal import Decimal

import pypdf
import pytest
from sqlalchemy import event, func, select

from clinic import audit, clock, db, ledger
from clinic.models import (
    Appointment,
    Charge,
    Coverage,
    EligibilityCheck,
    Encounter,
    Guarantor,
    Message,
    OpenItem,
    Patient,
    Receipt,
    Work,
)
from tests import factories
from tests.eligibility.desk import make_desk


@pytest.fixture
def desk(session, config, tmp_path, app):
    return lambda **changes: make_desk(session, config, tmp_path, **changes)


def url(here, tail=""):
    return f"/check-in/{here.appointment.public_id}{tail}"


def payment(page, **changes):
    """The form of the screen as a browser would send it, with what the person changed."""
    form = page.select_one("#collect form")
    data = {
        field["name"]: field.get("value", "") for field in form.select("input[type=hidden], input[type=text]")
    }
    data |= {"by": form.select_one("input[name=by][checked]")["value"], "receipt": "print"}
    return data | changes


def owe(here, amount="18.20", day=date(2026, 1, 16)):
    """An old visit whose patient part is still open."""
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        visit = factories.make_encounter(
            session, patient, lines=(("99213", amount),), service_on=day, state="signed"
        )
        ledger.post_charges(
            session, visit, payer_id=None, guarantor_id=patient.guarantor_id, key=f"old-{visit.id}"
        )
    return visit.id


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_the_list_shows_arrivals_first_then_who_comes_next(desk, front_desk):
    here = desk(appointment={"status": "arrived", "arrived_at": clock.now(), "starts_at": at(14)})
    with db.transaction() as session:
        factories.make_appointment(
            session, factories.make_patient(session, last_name="Early"), starts_at=at(8)
        )
    page = front_desk.get("/check-in")
    names = [link.text for link in page.select("table a.target")]
    assert names == ["WHITFIELD, Daniel", "EARLY, Daniel"]
    row = page.select_one("tbody tr").text
    assert here.patient.mrn in row
    assert "04/22/1971" in row
    assert "Arrived 0 min" in row
    assert "$25.00" in row


def at(hour):
    return clock.at(clock.today(), time(hour))


def test_an_empty_list_says_when_it_will_change(desk, front_desk):
    desk(appointment={"status": "no_show"})
    assert "Nobody left to check in" in front_desk.get("/check-in").h2.text
    assert "Nobody is checked in yet" in front_desk.get("/check-in?view=done").h2.text


def test_the_number_of_queries_does_not_grow_with_the_list(desk, front_desk):
    desk()
    few = queries(lambda: front_desk.get("/check-in"))
    with db.transaction() as session:
        for hour in range(8, 18):
            patient = factories.make_patient(session)
            factories.make_coverage(session, patient)
            factories.make_appointment(session, patient, starts_at=at(hour))
    assert queries(lambda: front_desk.get("/check-in")) <= few


def queries(call):
    seen = []
    bind = db.session.connection()

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    call()
    event.remove(bind, "before_cursor_execute", note)
    return len(seen)


def test_arrived_notes_the_time_and_asks_the_payer(desk, front_desk):
    here = desk()
    front_desk.post(url(here, "/arrival"), {"version": here.visit.version}, status=303)
    assert here.visit.status == "arrived"
    assert db.session.scalars(select(EligibilityCheck)).one().state == "waiting"
    front_desk.post(url(here, "/arrival"), {"version": 1}, status=303)
    assert count(EligibilityCheck) == 1


def test_an_arrival_on_the_schedule_asks_the_payer_too(desk, front_desk):
    """E7: wherever the desk says that somebody is there; a fresh answer is not asked for again."""
    here = desk()
    step = f"/schedule/appointments/{here.appointment.public_id}"
    front_desk.post(f"{step}/arrival", {"version": here.visit.version}, status=303)
    assert here.visit.status == "arrived"
    assert db.session.scalars(select(Work.job).where(Work.job == "jobs.eligibility.send")).all() != []
    here.payer_turn()
    front_desk.post(f"{step}/undo", {"version": here.visit.version}, status=303)
    front_desk.post(f"{step}/arrival", {"version": here.visit.version}, status=303)
    assert here.visit.status == "arrived"
    assert count(EligibilityCheck) == 1


def test_the_screen_shows_what_the_payer_answered(desk, front_desk):
    here = desk()
    here.ask()
    here.payer_turn()
    page = front_desk.get(url(here))
    part = page.select_one("#eligibility")
    assert part.select_one(".chip").text == "Active"
    assert "CHOICE 2000" in part.text
    rows = [
        [cell.text.strip() for cell in row.select("th, td")] for row in part.select("table.benefits tbody tr")
    ]
    assert rows[0] == ["Copay a visit", "$35.00", "not stated"]
    assert rows[1] == ["Coinsurance patient's share", "0%", "40%"]
    year = [
        [cell.text.strip() for cell in row.select("th, td")]
        for row in part.select("table.benefits4 tbody tr")
    ]
    assert ["Deductible, individual", "$2,000.00", "$0.00", "$2,000.00", "0%"] in year
    assert part.select("details.raw pre")[0].text.startswith("ST*271")
    assert "hx-get" not in part.attrs
    assert "as the payer answered" in page.select_one("#collect").text
    assert page.select_one("#collect-button").text == "Collect $35.00 and check in"


def test_while_the_payer_is_asked_the_part_asks_for_itself_without_keeping_the_session_alive(
    desk, front_desk
):
    here = desk()
    here.ask()
    part = front_desk.get(url(here, "/eligibility"), htmx=True).select_one("#eligibility")
    assert part["hx-get"] == url(here, "/eligibility")
    assert part["hx-trigger"].startswith("load delay")
    assert "X-Clinic-Poll" in part["hx-headers"]
    assert part.select_one(".chip").text == "Asking"
    here.payer_turn()
    part = front_desk.get(url(here, "/eligibility"), htmx=True).select_one("#eligibility")
    assert "hx-get" not in part.attrs
    assert part.select_one(".chip").text == "Active"


def test_check_again_asks_with_and_without_javascript(desk, front_desk):
    here = desk()
    part = front_desk.post(url(here, "/eligibility"), status=200, htmx=True).select_one("#eligibility")
    assert part.select_one(".chip").text == "Asking"
    front_desk.post(url(here, "/eligibility"), status=303)
    assert count(EligibilityCheck) == 1
    here.payer_turn()
    front_desk.post(url(here, "/eligibility"), status=303)
    assert count(EligibilityCheck) == 2


def test_a_coverage_that_cannot_be_asked_about_says_what_is_missing(desk, front_desk):
    here = desk(coverage={"relationship_code": "19"})
    part = front_desk.post(url(here, "/eligibility"), status=422, htmx=True)
    assert "somebody else's policy" in part.select_one(".note").text
    page = front_desk.post(url(here, "/eligibility"), status=422)
    assert "Open the coverage" in page.select_one("#eligibility").text
    assert count(EligibilityCheck) == 0


def test_who_may_not_check_in_may_not_see_the_screen(desk, clinician, biller, outsider):
    here = desk()
    for browser in (clinician, biller):
        browser.get("/check-in", status=403)
        browser.get(url(here), status=403)
        browser.post(url(here, "/check-in"), status=403)
        browser.post(url(here, "/confirmation"), status=403)
        browser.post(url(here, "/signatures"), status=403)
        browser.post(url(here, "/arrival"), status=403)
        browser.post(url(here, "/amounts"), status=403)
        browser.get(url(here, "/eligibility"), status=403)
    clinician.post(url(here, "/eligibility"), status=403)
    outsider.get(url(here), status=303)
    assert here.visit.status == "booked"


def test_looking_at_the_screen_stands_in_the_trail(desk, front_desk):
    here = desk()
    front_desk.get(url(here))
    actions = {each.action for each in audit.events_of_patient(db.session(), here.patient.id)}
    assert {"demographics.view", "eligibility.view"} <= actions


@pytest.mark.parametrize("mode", ["silent", "down"])
def test_a_payer_that_does_not_answer_never_blocks_the_check_in(desk, front_desk, mode):
    here = desk()
    here.mode(mode)
    here.ask()
    here.payer_turn()
    if mode == "silent":
        with db.transaction() as session:
            check = session.scalars(select(EligibilityCheck)).one()
            check.sent_at = check.asked_at = clock.now() - timedelta(minutes=5)
    page = front_desk.get(url(here))
    part = page.select_one("#eligibility")
    assert part.select_one(".chip").text == "No answer"
    assert "chip-warn" in part.select_one(".chip")["class"]
    note = part.select_one(".note-warn").text
    words = {"silent": "The payer has not answered since", "down": "could not answer at"}[mode]
    assert words in note
    assert " AM" in note or " PM" in note
    assert part.select_one("form button").text == "Check again"
    front_desk.post(url(here, "/check-in"), payment(page, reference="A12345"), status=303)
    assert here.visit.status == "checked_in"
    assert db.session.scalars(select(Receipt)).one().amount == Decimal("25.00")


def test_check_again_sends_a_failed_question_once_more(desk, front_desk):
    here = desk()
    here.mode("down")
    here.ask()
    here.payer_turn()
    here.mode("answers")
    front_desk.post(url(here, "/eligibility"), status=303)
    here.payer_turn()
    check = db.session.scalars(select(EligibilityCheck)).one()
    assert (check.state, check.attempts) == ("answered", 2)


def test_yesterdays_answer_stays_in_view_while_today_the_payer_is_silent(desk, front_desk):
    here = desk()
    here.ask()
    here.payer_turn()
    here.mode("down")
    here.ask()
    here.payer_turn()
    part = front_desk.get(url(here)).select_one("#eligibility")
    assert part.select_one(".chip").text == "No answer"
    assert "$35.00" in part.select_one("table.benefits").text


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
    assert "Prepaid, not used yet" in part.text
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
    button = front_desk.get(url(here, "/button?amount=12.5&by=cash"), htmx=True)
    assert button.text.strip() == "Collect $12.50 and check in"
    assert front_desk.get(url(here, "/button?amount=12.5&by=none"), htmx=True).text.strip() == "Check in"


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
        if each.action == "patient.sign"
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
