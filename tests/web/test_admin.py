"""Users, audit trail, payers, fee schedules and verification on their screens."""

import io

import pytest
from sqlalchemy import func, select

from clinic import audit, db, x12
from clinic.models import (
    AuditEvent,
    CodePair,
    Enrolment,
    Fee,
    FeeSchedule,
    ListedCode,
    Payer,
    Procedure,
    User,
    UserSession,
)
from tests import factories

NEW = {
    "sign_in_name": "rosa",
    "name": "Rosa Delgado",
    "role": "front_desk",
    "provider": "",
    "password": "a short sentence",
}


@pytest.mark.parametrize("path", ["/admin/", "/admin/users", "/admin/users/new"])
def test_only_an_administrator_sees_accounts(admin, biller, path):
    admin.get(path)
    assert "may not" in biller.get(path, status=403).text or biller.response.status_code == 403


def test_a_new_account_is_made_and_its_second_factor_shown_once(admin, session):
    page = admin.post("/admin/users/new", NEW, status=200)
    user = session.scalar(select(User).where(User.sign_in_name == "rosa"))
    assert user.totp_seed == page.select_one(".form-page .code").text
    assert page.select_one("img")["src"].startswith("data:image/svg")
    assert user.totp_seed not in admin.get(f"/admin/users/{user.public_id}").text


def test_a_taken_sign_in_name_is_refused_and_changes_nothing(admin, session):
    admin.post("/admin/users/new", NEW, status=200)
    page = admin.post("/admin/users/new", NEW, status=422)
    assert "taken" in page.select_one(".field-error").text
    assert session.scalar(select(func.count()).where(User.sign_in_name == "rosa")) == 1


def test_a_weak_first_password_is_refused(admin, session):
    page = admin.post("/admin/users/new", NEW | {"password": "short"}, status=422)
    assert "12 characters" in page.text
    assert session.scalar(select(User).where(User.sign_in_name == "rosa")) is None


def test_closing_an_account_ends_its_sessions_at_once(admin, biller, session):
    admin.post(f"/admin/users/{biller.user.public_id}", {"name": "Priya", "role": "biller"}, status=303)
    biller.post("/account/theme", {"theme": "dark"}, status=303)
    assert "/sign-in" in biller.location
    assert session.scalar(select(UserSession).where(UserSession.user_id == biller.user.id)) is None


def test_the_last_administrator_cannot_lock_everybody_out(admin, session):
    page = admin.post(f"/admin/users/{admin.user.public_id}", {"name": "Me", "role": "biller"}, status=422)
    assert "your own role" in page.text
    assert session.get(User, admin.user.id).role == "admin"


def test_the_audit_trail_shows_who_changed_what_and_filters_by_patient(manager, session):
    patient = factories.make_patient(session)
    who = audit.Actor(manager.user.id, manager.user.name)
    with audit.acting_as(who), db.transaction() as current:
        audit.record(current, "patient.change", patients=[patient.id], changes={"phone": ["a", "b"]})
    page = manager.get(f"/admin/audit?mrn={patient.mrn}")
    row = page.select_one("#audit-rows tbody tr")
    assert manager.user.name in row.text
    assert patient.name in row.text
    assert "phone" in row.text
    assert not manager.get("/admin/audit?mrn=nobody").select("#audit-rows tbody tr")


def test_the_audit_trail_says_what_is_wrong_with_a_day(manager):
    assert (
        "Enter a date" in manager.get("/admin/audit?on=yesterdayish", status=422).select_one("#on-error").text
    )


def test_looking_at_the_trail_of_one_patient_is_itself_on_record(manager, session):
    patient = factories.make_patient(session)
    manager.get(f"/admin/audit?mrn={patient.mrn}")
    event = session.scalar(select(AuditEvent).where(AuditEvent.action == "audit.view"))
    assert event.patient_ids == [patient.id]


def test_verify_from_the_screen_shows_each_promise(manager):
    fragment = manager.post("/admin/verify", status=200, htmx=True)
    assert {chip.text for chip in fragment.select("td .chip")} == {"Holds"}
    assert "All holds" in manager.post("/admin/verify", status=200).text


def test_verify_is_not_for_the_front_desk(front_desk):
    front_desk.post("/admin/verify", status=403)


PAYER = {
    "name": "Cascade Health", "edi_id": "casc1", "kind": "commercial", "filing_indicator": "CI", "filing_days": "180",
    "corrected_days": "180", "limits_source": "Manual 2026", "authorization_codes": "97110, 97140", "phone": "",
    "active": "y", "accepts_replacement": "y",
}  # fmt: skip


def test_a_payer_is_added_with_its_limits_and_codes(biller, session):
    biller.post("/admin/payers/new", PAYER, status=303)
    payer = session.scalar(select(Payer).where(Payer.edi_id == "CASC1"))
    assert payer.needs_authorization == ["97110", "97140"]
    assert payer.filing_days == 180


def test_insurers_of_injuries_are_payers_too(biller, session):
    for number, (kind, code) in enumerate((("workers_comp", "WC"), ("auto", "AM"), ("liability", "LM"))):
        own = {"name": f"Fund {number}", "edi_id": f"FUND{number}", "kind": kind, "filing_indicator": code}
        biller.post("/admin/payers/new", PAYER | own, status=303)
    assert "Workers' compensation" in biller.get("/admin/payers").text


def test_a_payer_with_a_bad_number_of_days_is_refused(biller, session):
    page = biller.post("/admin/payers/new", PAYER | {"filing_days": "1e5"}, status=422)
    assert page.select_one("#filing_days-error")
    assert session.scalar(select(Payer).where(Payer.name == "Cascade Health")) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("edi_id", "~*BAD"), ("edi_id", "A B"), ("authorization_codes", "97110, !!"), ("filing_days", "-1")],
)
def test_what_no_claim_could_carry_is_refused_at_its_field_of_a_payer(biller, session, field, value):
    page = biller.post("/admin/payers/new", PAYER | {field: value}, status=422)
    assert page.select_one(f"#{field}-error")
    assert session.scalar(select(Payer).where(Payer.name == "Cascade Health")) is None


def test_a_payer_id_that_is_taken_is_refused(biller, session):
    with db.transaction() as current:
        factories.make_payer(current, name="Old one", edi_id="CASC1")
    page = biller.post("/admin/payers/new", PAYER, status=422)
    assert page.select_one("#edi_id-error").text == "Old one has the payer ID CASC1 already."
    assert page.select_one("#name-error") is None
    page = biller.post("/admin/payers/new", PAYER | {"name": "Old one", "edi_id": "CASC2"}, status=422)
    assert page.select_one("#name-error").text == "There is a payer named Old one already."


def test_the_front_desk_cannot_change_payers(front_desk):
    front_desk.post("/admin/payers/new", PAYER, status=403)


def test_an_enrolment_is_kept_with_its_date_and_a_second_click_changes_nothing(biller, session):
    payer = factories.make_payer(session)
    for _ in range(2):
        data = {"state": "asked", "effective_on": "01/15/2026"}
        biller.post(f"/admin/payers/{payer.public_id}/enrolments/837", data, status=303)
    rows = session.scalars(
        select(Enrolment).where(Enrolment.payer_id == payer.id, Enrolment.transaction_kind == "837")
    ).all()
    assert [(row.state, row.effective_on.isoformat()) for row in rows] == [("asked", "2026-01-15")]


def test_a_fee_is_changed_and_the_old_one_stands_in_the_trail(manager, session):
    schedule = factories.make_fees(session, c99213="135.00")
    url = f"/admin/fees/{schedule.public_id}"
    manager.post(f"{url}/fees", {"code": "99213", "modifier": "", "amount": "$140"}, status=303)
    assert "$140.00" in manager.get(url).text
    event = session.scalar(select(AuditEvent).where(AuditEvent.action == "fee.set"))
    assert event.changes == {"99213": ["135.00", "140.00"]}


@pytest.mark.parametrize("amount", ["-5", "1e5", "1.005", "1,50", "much"])
def test_a_fee_that_is_no_amount_is_refused_and_changes_nothing(manager, session, amount):
    schedule = factories.make_fees(session, c99213="135.00")
    data = {"code": "99213", "modifier": "", "amount": amount}
    page = manager.post(f"/admin/fees/{schedule.public_id}/fees", data, status=422)
    assert "dollars and cents" in page.select_one("#amount-error").text
    assert str(session.scalar(select(Fee.amount).where(Fee.code == "99213"))) == "135.00"


def upload(text: str) -> dict:
    return {"file": (io.BytesIO(text.encode()), "fees.csv")}


def test_a_csv_of_fees_is_loaded_whole(manager, session):
    schedule = factories.make_fees(session, c99213="135.00")
    url = f"/admin/fees/{schedule.public_id}"
    manager.post(f"{url}/import", upload("code,modifier,amount\n99213,,150.00\n99215,,240\n"), status=303)
    assert "1 added, 1 changed" in manager.get(url).text


def test_a_csv_with_one_wrong_line_loads_nothing_and_names_the_line(manager, session):
    schedule = factories.make_fees(session, c99213="135.00")
    data = upload("code,modifier,amount\n99213,,150.00\n9921,,240\n")
    page = manager.post(f"/admin/fees/{schedule.public_id}/import", data, status=422)
    assert "Line 3" in page.text
    assert str(session.scalar(select(Fee.amount).where(Fee.code == "99213"))) == "135.00"


def test_the_next_schedule_takes_over_the_day_after_the_old_one_ends(manager, session):
    schedule = factories.make_fees(session, c99213="135.00")
    data = {"name": "Standard 2027", "effective_on": "01/01/2027"}
    manager.post(f"/admin/fees/{schedule.public_id}/copies", data, status=303)
    new = session.scalar(select(FeeSchedule).where(FeeSchedule.name == "Standard 2027"))
    session.refresh(schedule)
    assert schedule.ended_on.isoformat() == "2026-12-31"
    assert new.effective_on.isoformat() == "2027-01-01"
    assert session.scalar(select(Fee.amount).where(Fee.schedule_id == new.id))


def test_code_pairs_are_loaded_once(manager, session):
    text = "column1,column2,indicator,effective_on\n99214,20610,1,01/01/2026\n"
    for _ in range(2):
        manager.post("/admin/code-tables/pairs", upload(text), status=303)
    assert session.scalar(select(func.count()).select_from(CodePair)) == 1


def test_spanish_words_of_a_procedure_that_is_listed_are_taken_in_later(manager, session):
    for spanish in ("", "Consulta", ""):
        text = f"code,description,spanish,effective_on\n99213,Office visit,{spanish},01/01/2026\n"
        manager.post("/admin/code-tables/procedures", upload(text), status=303)
    assert session.execute(select(Procedure.code, Procedure.spanish)).all() == [("99213", "Consulta")]
    assert "0 rows added, 0 changed, 1 there before" in manager.get("/admin/fees").text


def test_fees_are_not_for_the_biller(biller):
    biller.get("/admin/fees", status=403)


def test_empty_lists_say_what_comes_next(admin, manager):
    assert "No fee schedule yet" in manager.get("/admin/fees").text
    assert "No payers yet" in admin.get("/admin/payers").text


def practice_data(**changes) -> dict:
    return {
        "name": "Riverside", "legal_name": "Riverside PC", "npi": factories.npi(7), "tax_id": "931234567",
        "tax_id_kind": "EI", "taxonomy": "207q00000x", "address": "1 River Rd", "address2": "", "city": "Portland",
        "state": "or", "zip": "97205-0120", "phone": "555 010 0100", "email": "",
    } | changes  # fmt: skip


def test_the_practice_is_saved_and_its_name_stands_in_the_frame(admin, session):
    factories.make_practice(session)
    admin.post("/admin/practice", practice_data(), status=303)
    page = admin.get("/admin/practice")
    assert page.select_one(".bar-name").text == "Riverside"
    assert page.select_one("#zip")["value"] == "972050120"
    assert page.select_one("#taxonomy")["value"] == "207Q00000X"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("npi", "1234567890", "last one does not fit"), ("zip", "97205", "nine digits"), ("zip", "972050000", "nine"),
     ("tax_id", "93-1234567", "no dash"), ("taxonomy", "family", "ten letters"), ("state", "Oregon", "Two letters")],
)  # fmt: skip
def test_a_number_that_payers_would_refuse_is_refused_here(admin, session, field, value, words):
    practice = factories.make_practice(session)
    page = admin.post("/admin/practice", practice_data(**{field: value}), status=422)
    assert words in page.select_one(f"#{field}-error").text
    session.refresh(practice)
    assert practice.legal_name == "Riverside Family Medicine PC"


def test_a_providers_npi_is_mended_where_a_finding_points(biller, session):
    provider = factories.make_provider(session)
    biller.get("/admin/providers")
    data = {
        "first_name": "Helen",
        "last_name": "Adams",
        "credential": "MD",
        "npi": factories.npi(44),
        "taxonomy": "207Q00000X",
    }
    biller.post(f"/admin/providers/{provider.public_id}", data, status=303)
    session.refresh(provider)
    assert provider.npi == factories.npi(44)


def test_the_practice_is_not_for_the_front_desk(front_desk, session):
    factories.make_practice(session)
    front_desk.post("/admin/practice", practice_data(), status=403)


LIST = "code,description,start,stop\n9901,Synthetic reason,01/01/2026,\n"


@pytest.fixture
def our_words():
    yield
    x12.codes.CARC.publish(())


@pytest.mark.parametrize("htmx", [False, True])
def test_a_published_list_is_loaded_twice_and_stands_once(manager, session, our_words, htmx):
    for _ in range(2):
        manager.post("/admin/code-lists/carc", upload(LIST), status=204 if htmx else 303, htmx=htmx)
    assert session.scalar(select(func.count()).select_from(ListedCode)) == 1
    assert x12.codes.describe_carc("9901") == "Synthetic reason"
    assert "Adjustment reasons (CARC): 1 code" in manager.get("/admin/fees").text


def test_a_list_with_one_wrong_line_loads_nothing_and_names_the_line(manager, session):
    page = manager.post("/admin/code-lists/carc", upload(LIST + "?,Synthetic,,\n"), status=422)
    assert "Line 3" in page.text
    assert session.scalar(select(func.count()).select_from(ListedCode)) == 0


def test_there_is_no_list_of_another_name(manager):
    manager.post("/admin/code-lists/nothing", upload(LIST), status=404)
    manager.post("/admin/code-lists/carc", {}, status=422)


def test_code_lists_are_not_for_the_biller(biller, session):
    biller.post("/admin/code-lists/carc", upload(LIST), status=403)
    assert session.scalar(select(func.count()).select_from(ListedCode)) == 0
