"""The desk's queue of online requests, and the rules of online booking: with htmx, without, refused, twice (A10)."""

import json
from datetime import date

import pytest
from sqlalchemy import func, select

from clinic import messages, online
from clinic.models import AuditEvent, Message, OnlinePolicy, OnlineVisitType, Patient
from tests import factories
from tests.scheduling import online_house as house
from tests.scheduling.online_house import TYPED, at
from tests.web.book_scene import clinic, held, now

__all__ = ["clinic", "now"]
HOME = {name: TYPED[name] for name in ("sex", "address", "city", "state", "zip")}


@pytest.fixture
def asked(clinic):
    return house.hand_in(*clinic, at(9))


@pytest.fixture
def known(clinic):
    return factories.make_patient(
        clinic[0],
        first_name="Nora",
        last_name="Ostrom",
        born_on=date(1984, 3, 15),
        phone="+15550100163",
        phone_digits="5550100163",
    )


def address(request, what=""):
    return f"/online-requests/{request.public_id}{what}"


def version(request):
    return {"version": str(request.version)}


def people(session):
    return session.scalar(select(func.count()).select_from(Patient))


def fresh(session, request):
    session.refresh(request)
    return request


def test_the_queue_and_the_request_show_typed_beside_known_and_record_who_was_seen_t4(
    front_desk, clinic, known, asked
):
    page = front_desk.get("/online-requests")
    assert "OSTROM, Nora" in page.table.text
    assert f"MRN {known.mrn}" in page.table.text
    page = front_desk.get(address(asked))
    assert "Check my knee" in page.text
    assert page.select_one(f'input[name="patient"][value="{known.public_id}"]')
    events = clinic[0].scalars(select(AuditEvent).where(AuditEvent.action == "demographics.view")).all()
    assert known.id in events[-1].patient_ids


RETURNING = dict.fromkeys(("state", "zip", "email", "insurance", "member_id", "reason", "answer"), "") | {
    name: TYPED[name] for name in ("first_name", "last_name", "born_on", "phone")
}


@pytest.fixture
def returning(clinic, monkeypatch):
    """As the form sends it for whoever was here before: no sex, street or city was asked."""
    monkeypatch.setattr(house, "TYPED", RETURNING | {"email": TYPED["email"]})
    return house.hand_in(*clinic, at(11), says_new=False)


def test_a_person_who_was_here_before_is_shown_and_booked_though_no_address_was_asked_a10(
    front_desk, clinic, known, returning
):
    assert "OSTROM, Nora" in front_desk.get("/online-requests").table.text
    page = front_desk.get(address(returning))
    assert "Was here before" in page.table.text
    assert "Address" not in page.table.text
    assert page.select_one("#address")["value"] == ""
    front_desk.post(
        address(returning, "/match"), version(returning) | {"patient": known.public_id}, status=303
    )
    assert fresh(clinic[0], returning).state == "booked"


@pytest.mark.parametrize("htmx", [True, False])
def test_a_person_who_was_here_before_and_is_not_found_is_registered_with_what_the_desk_asks(
    front_desk, clinic, returning, htmx
):
    page = front_desk.post(address(returning, "/registration"), version(returning), status=422, htmx=htmx)
    assert "Enter the street address." in page.select_one("[role=alert]").text
    front_desk.post(
        address(returning, "/registration"),
        version(returning) | HOME,
        status=204 if htmx else 303,
        htmx=htmx,
    )
    assert fresh(clinic[0], returning).patient.city == "Portland"


@pytest.mark.parametrize("what", ["/match", "/registration"])
@pytest.mark.parametrize("htmx", [True, False])
def test_the_list_says_who_was_booked_and_for_when(front_desk, clinic, known, asked, what, htmx):
    data = version(asked) | HOME | {"patient": known.public_id}
    front_desk.post(address(asked, what), data, status=204 if htmx else 303, htmx=htmx)
    booked = fresh(clinic[0], asked).patient
    said = front_desk.get("/online-requests").select_one("#flash").text
    assert f"Booked {booked.name}, MRN {booked.mrn}: 03/11/2026, 9:00 AM." in said


def test_an_empty_queue_says_what_comes_here(front_desk, clinic):
    assert "No request waits" in front_desk.get("/online-requests").text


def test_the_task_of_a_request_leads_to_it(front_desk, asked):
    assert front_desk.get("/tasks").select_one(f'a[href="{address(asked)}"]')


@pytest.mark.parametrize("htmx", [True, False])
def test_the_same_person_is_booked_with_and_without_htmx(front_desk, clinic, known, asked, htmx):
    data = version(asked) | {"patient": known.public_id}
    front_desk.post(address(asked, "/match"), data, status=204 if htmx else 303, htmx=htmx)
    assert fresh(clinic[0], asked).appointment.patient_id == known.id
    assert not held(clinic[0])


@pytest.mark.parametrize("htmx", [True, False])
def test_a_new_person_is_registered_with_and_without_htmx(front_desk, clinic, asked, htmx):
    front_desk.post(
        address(asked, "/registration"), version(asked) | HOME, status=204 if htmx else 303, htmx=htmx
    )
    assert fresh(clinic[0], asked).patient.address == "9 Birch Ln"


@pytest.mark.parametrize("htmx", [True, False])
def test_a_request_is_declined_with_and_without_htmx(front_desk, clinic, asked, htmx):
    data = version(asked) | {"note": "Not our patient"}
    front_desk.post(address(asked, "/refusal"), data, status=204 if htmx else 303, htmx=htmx)
    assert (fresh(clinic[0], asked).state, held(clinic[0])) == ("declined", [])


@pytest.mark.parametrize("stopped", [False, True])
def test_the_desk_reads_how_and_in_which_language_a_refusal_is_told_or_that_it_must_call_a11(
    front_desk, clinic, stopped
):
    session = clinic[0]
    asked = house.hand_in(*clinic, at(9), channel="sms", language="es")
    if stopped:
        messages.opt_out(session, "sms", TYPED["phone"], "STOP by text message")
    page = front_desk.get(address(asked))
    rows = {row.th.text: row.td.text for row in page.select("table.compared tbody tr")}
    assert rows["Language"] == "Spanish"
    note = page.select_one(".field-note").text
    assert ("call the person" in note) if stopped else ("(555) 010-0163, in Spanish" in note)
    front_desk.post(address(asked, "/refusal"), version(asked) | {"note": "Sent elsewhere"}, status=303)
    flash = front_desk.get("/online-requests").select_one("#flash").text
    assert ("Call the person" if stopped else "was written to") in flash
    told = session.scalars(select(Message).where(Message.key.startswith("online-declined-"))).all()
    assert len(told) == (0 if stopped else 1)
    for message in told:
        body = json.loads(message.body())
        assert body["subject"].startswith("No pudimos reservar el miércoles")
        assert "no pudimos reservar su cita del miércoles 11 de marzo, 9:00" in body["text"]
        assert "Sent elsewhere" not in body["text"]


def test_how_like_a_record_is_stands_in_a_row_of_its_own(front_desk, clinic, known, asked):
    rows = {row.th.text: row for row in front_desk.get(address(asked)).select("table.compared tbody tr")}
    assert rows["How like"].select("td")[1].text.startswith("100")
    assert "100" not in rows["Says"].text


@pytest.mark.parametrize(
    ("what", "data", "sentence"),
    [
        ("/registration", HOME | {"address": ""}, "Enter the street address."),
        ("/registration", HOME | {"zip": "1"}, "Enter 5 or 9 digits"),
        ("/registration", HOME | {"sex": ""}, "Choose F, M or U."),
        ("/refusal", {"note": " "}, "Say why"),
        ("/refusal", {"note": "x" * 201}, "Keep it to 200 characters"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_bad_input_is_refused_with_a_sentence_and_changes_nothing(
    front_desk, clinic, asked, what, data, sentence, htmx
):
    page = front_desk.post(address(asked, what), version(asked) | data, status=422, htmx=htmx)
    assert sentence in page.select_one("[role=alert]").text
    if "city" in data:
        assert page.select_one("#city")["value"] == "Portland"
    assert (fresh(clinic[0], asked).state, people(clinic[0])) == ("requested", 0)


def test_a_patient_who_is_not_there_is_404(front_desk, clinic, asked):
    front_desk.post(address(asked, "/match"), version(asked) | {"patient": "nobody"}, status=404)
    assert fresh(clinic[0], asked).state == "requested"


def test_what_speaks_against_it_is_shown_and_the_same_button_then_books(front_desk, clinic, known, asked):
    session = clinic[0]
    factories.make_appointment(session, known, factories.make_provider(session), starts_at=at(9))
    data = version(asked) | {"patient": known.public_id}
    page = front_desk.post(address(asked, "/match"), data, status=422)
    assert "another visit" in page.select_one("[role=alert]").text
    form = page.select_one(f'form[action="{address(asked, "/match")}"]')
    again = {box["name"]: box["value"] for box in form.select("input")}
    front_desk.post(address(asked, "/match"), again, status=303)
    assert fresh(session, asked).state == "booked"


@pytest.mark.parametrize("what", ["/match", "/registration", "/refusal"])
@pytest.mark.parametrize("role", ["clinician", "biller", "admin", "outsider"])
def test_the_wrong_role_decides_nothing(cast, clinic, known, asked, what, role):
    data = version(asked) | HOME | {"patient": known.public_id, "note": "No"}
    cast(role).post(address(asked, what), data, status=303 if role == "outsider" else 403)
    assert fresh(clinic[0], asked).state == "requested"


def test_the_second_click_changes_nothing_and_another_desk_is_told(front_desk, manager, clinic, known, asked):
    session, data = clinic[0], version(asked) | {"patient": known.public_id}
    for _ in range(2):
        front_desk.post(address(asked, "/match"), data, status=303)
    done = fresh(session, asked)
    assert online.waiting(session) == []
    before = done.version
    page = manager.post(address(asked, "/refusal"), data | {"note": "No"}, status=409)
    assert "was booked" in page.text
    assert fresh(session, asked).version == before


def test_a_decided_request_offers_no_more_buttons(front_desk, clinic, asked):
    online.decline(clinic[0], asked, asked.version, "No")
    page = front_desk.get(address(asked))
    assert "It was declined." in page.text
    assert not page.select("#request form")


POLICY = {"active": "y", "notice_hours": "12", "ahead_days": "45", "version": "1"}


def rules(session):
    return session.scalars(select(OnlinePolicy).execution_options(populate_existing=True)).one()


@pytest.mark.parametrize("htmx", [True, False])
def test_the_rules_are_saved_with_and_without_htmx(manager, clinic, htmx):
    manager.post("/online-booking", POLICY, status=204 if htmx else 303, htmx=htmx)
    row = rules(clinic[0])
    assert (row.active, row.notice_hours, row.ahead_days, row.book_new) == (True, 12, 45, False)
    assert clinic[0].scalars(select(AuditEvent).where(AuditEvent.action == "online_policy.change")).one()


def test_the_first_rules_of_a_clinic_are_made(manager, session):
    factories.make_practice(session)
    manager.post("/online-booking", POLICY | {"version": ""}, status=303)
    assert rules(session).active


@pytest.mark.parametrize(
    "changes", [{"notice_hours": "-1"}, {"ahead_days": "500"}, {"ahead_days": "soon"}, {"version": "7"}]
)
def test_rules_that_cannot_be_are_refused_and_nothing_changes(manager, clinic, changes):
    page = manager.post("/online-booking", POLICY | changes, status=422)
    assert page.select_one("[data-errors]")
    assert rules(clinic[0]).notice_hours == 2


@pytest.mark.parametrize("role", ["front_desk", "clinician", "biller"])
def test_the_wrong_role_changes_no_rule(cast, clinic, role):
    cast(role).post("/online-booking", POLICY, status=403)
    cast(role).post(f"/online-booking/{clinic[2].public_id}", {}, status=403)
    assert rules(clinic[0]).notice_hours == 2


def test_saving_the_rules_twice_is_saving_them_once(manager, clinic):
    for _ in range(2):
        manager.post("/online-booking", POLICY, status=303)
    assert rules(clinic[0]).version == 2


def words(kind, **said):
    return {f"{kind.public_id}-{name}": text for name, text in said.items()}


@pytest.mark.parametrize("htmx", [True, False])
def test_the_words_of_a_visit_type_are_saved_and_shown_to_the_public(manager, browser, clinic, htmx):
    kind = clinic[2]
    said = words(kind, name_en="Visit", name_es="Consulta", question_en="Parking?", question_es="")
    for _ in range(2):
        manager.post(f"/online-booking/{kind.public_id}", said, status=204 if htmx else 303, htmx=htmx)
    assert "Visit" in browser.get("/book").text
    assert "Consulta" in browser.get("/book?lang=es").text
    row = clinic[0].scalars(select(OnlineVisitType)).one()
    assert (row.question_en, row.provider_ids) == ("Parking?", [])
    assert (
        len(clinic[0].scalars(select(AuditEvent).where(AuditEvent.action == "online_words.save")).all()) == 1
    )


def test_who_takes_a_visit_online_is_ticked_and_a_made_up_provider_refused(manager, clinic):
    _, provider, kind = clinic
    form = manager.get("/online-booking").select_one(f'form[action="/online-booking/{kind.public_id}"]')
    (box,) = form.select("input[type=checkbox]")
    manager.post(f"/online-booking/{kind.public_id}", {box["name"]: "999999"}, status=422)
    manager.post(f"/online-booking/{kind.public_id}", {box["name"]: box["value"]}, status=303)
    assert clinic[0].scalars(select(OnlineVisitType)).one().provider_ids == [provider.id]


def test_words_that_are_too_long_are_refused_and_kept_in_view(manager, clinic):
    kind = clinic[2]
    page = manager.post(f"/online-booking/{kind.public_id}", words(kind, name_en="x" * 81), status=422)
    assert "x" * 81 in str(page)
    assert not clinic[0].scalars(select(OnlineVisitType)).all()


@pytest.mark.parametrize("htmx", [True, False])
def test_a_record_that_is_no_likely_match_takes_a_second_yes_that_names_what_differs_a10(
    front_desk, clinic, asked, htmx
):
    """The same phone alone is 45 of 100: a housemate."""
    other = factories.make_patient(
        clinic[0],
        first_name="Abel",
        last_name="Quist",
        born_on=date(1950, 7, 2),
        phone="+15550100163",
        phone_digits="5550100163",
        email="abel@example.com",
    )
    data = version(asked) | {"patient": other.public_id}
    page = front_desk.post(address(asked, "/match"), data, status=422, htmx=htmx)
    said = page.select_one("[role=alert]").text
    assert "last name (typed Ostrom, on file Quist)" in said
    assert "birth date (typed 03/15/1984, on file 07/02/1950)" in said
    assert fresh(clinic[0], asked).state == "requested"
    form = page.find("form", action=address(asked, "/match"))
    again = {
        each["name"]: each["value"] for each in form.select("input[name]") if each["name"] != "csrf_token"
    }
    assert again["accepted"] == "unlike"
    front_desk.post(address(asked, "/match"), again, status=204 if htmx else 303, htmx=htmx)
    assert fresh(clinic[0], asked).appointment.patient_id == other.id
