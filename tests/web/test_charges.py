"""Charge slips on the screen: the list, the slip while it is typed, saving, the signature (issue step 4)."""

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import charges, db, ledger
from clinic.models import AuditEvent, Charge, Claim, CodePair, Encounter, JournalEntry, OpenItem, Procedure
from tests import factories
from tests.charges.visits import arrived, collect_copay, days_ago, slip

Line = charges.Line


@pytest.fixture
def visit(session):
    with db.transaction() as current:
        made = arrived(current)
        current.add(CodePair(column1="99213", column2="20610", indicator="1", effective_on=date(2020, 1, 1)))
        joint = current.scalar(select(Procedure).where(Procedure.code == "20610"))
        joint.description, joint.global_days = "Drain or inject, major joint", "000"
    return made


@pytest.fixture
def encounter(session, visit) -> Encounter:
    with db.transaction() as current:
        return charges.open_slip(current, visit.appointment)


@pytest.fixture
def url(encounter):
    return f"/charge-slips/{encounter.public_id}"


def typed(encounter, *lines, dx=("E11.65", "I10"), **more):
    """What a browser sends: (code, modifiers, pointers, units, fee) by line."""
    data = {"version": str(encounter.version)}
    data |= {f"dx_{letter}": code for letter, code in zip("ABCDEFGHIJKL", dx, strict=False)}
    for number, line in enumerate(lines or (("99213",), ("83036",)), start=1):
        code, mods, pointers, units, fee = (*line, "", "A", "1", "")[:5] if len(line) == 1 else line
        data |= {f"code_{number}": code, f"pointers_{number}": pointers, f"units_{number}": units}
        data |= {f"fee_{number}": fee, f"listed_{number}": ""}
        data |= {f"mod_{number}_{place}": mod for place, mod in enumerate(mods.split(), start=1)}
    return data | more


def codes(session):
    return [charge.code for charge in session.scalars(select(Charge).order_by(Charge.position))]


# ---- The list ----


def test_a_visit_without_a_slip_waits_on_the_list_with_two_identifiers_and_its_days(
    clinician, session, visit
):
    late = factories.make_appointment(
        session, visit.patient, visit.provider, starts_at=days_ago(4), status="checked_out"
    )
    page = clinician.get("/charge-slips")
    rows = page.select("tbody tr")
    assert len(rows) == 2
    assert "4 days" in rows[0].text
    assert visit.patient.mrn in rows[0].text
    assert "04/22/1971" in rows[0].text
    assert late.public_id in rows[0].form["action"]


def test_a_clinician_sees_their_own_visits_first_and_everyones_on_asking(cast, app, session, visit):
    other = factories.make_provider(session, first_name="Samuel", last_name="Okoye")
    browser = cast("outsider")
    browser.sign_in(factories.make_user(session, "clinician", rendering_provider_id=other.id))
    page = browser.get("/charge-slips")
    assert "Nothing waits for Samuel Okoye" in page.select_one(".empty h2").text
    assert len(browser.get("/charge-slips?provider=all").select("tbody tr")) == 1


def test_the_empty_list_says_when_it_will_fill(clinician, session):
    factories.make_practice(session)
    assert "checked in" in clinician.get("/charge-slips").select_one(".empty p").text


def test_opening_a_visit_twice_leads_to_one_slip(clinician, session, visit):
    for _ in range(2):
        clinician.post(f"/charge-slips/visits/{visit.appointment.public_id}", status=303)
    encounter = session.scalars(select(Encounter)).one()
    assert clinician.location.endswith(encounter.public_id)


# ---- The slip while it is typed ----


def test_the_slip_says_who_is_billed_and_has_twelve_diagnosis_rows(clinician, visit, url):
    page = clinician.get(url)
    assert visit.patient.name in page.h1.text
    assert visit.payer.name in page.select_one(".who dl").text
    assert len(page.select(".dx li")) == 12
    assert page.select_one("#lines-1-code")["value"] == ""
    assert "Standard 2026" in page.text


def test_opening_a_slip_is_put_on_record(clinician, session, visit, url):
    clinician.get(url)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "charges.view")).all()[-1]
    assert event.patient_ids == [visit.patient.id]


def test_the_fee_the_words_and_a_pointer_come_while_a_line_is_typed_and_nothing_is_kept(
    clinician, session, encounter, url
):
    data = typed(encounter, ("20610", "", "", "2", ""))
    fragment = clinician.post(f"{url}/check", data, status=200, htmx=True)
    assert fragment.select_one("#lines-1-charge")["value"] == "212.00"
    assert fragment.select_one("#lines-1-pointers")["value"] == "A"
    assert "Drain or inject, major joint" in fragment.text
    assert "$424.00" in fragment.select_one("tfoot").text
    assert fragment.select_one("#lines-2-code")["value"] == ""
    assert "Type 2 diabetes mellitus with hyperglycemia" in fragment.select_one(".dx").text
    assert codes(session) == []


def test_a_new_code_brings_its_own_fee_but_a_typed_fee_stays(clinician, encounter, url):
    data = typed(encounter, ("99214", "", "A", "1", "135.00"), listed_1="135.00")
    fragment = clinician.post(f"{url}/check", data, status=200, htmx=True)
    assert fragment.select_one("#lines-1-charge")["value"] == "185.00"
    data = typed(encounter, ("99214", "", "A", "1", "150.00"), listed_1="135.00")
    fragment = clinician.post(f"{url}/check", data, status=200, htmx=True)
    assert fragment.select_one("#lines-1-charge")["value"] == "150.00"
    assert "The schedule says $185.00" in fragment.text


def test_a_line_that_cannot_be_read_has_its_own_sentence_and_no_findings(clinician, encounter, url):
    """K01 would say that the claim comes to nothing, while the units are only mistyped."""
    fragment = clinician.post(
        f"{url}/check", typed(encounter, ("99213", "", "A", "0", "")), status=200, htmx=True
    )
    assert "units from 1 to 999" in fragment.select_one("#line-said-1").text
    counts = fragment.select_one("#slip-counts").text
    assert "to mend" in counts
    assert "Nothing to mend" not in counts
    assert fragment.select(".slip-lines .finding-row, #slip-general") == []


def test_a_finding_stands_under_its_line_with_the_mend_as_a_button_and_is_counted(clinician, encounter, url):
    """L07, L09: a visit beside a procedure needs modifier 25; one click adds it."""
    data = typed(encounter, ("99213", "", "A", "1", ""), ("20610", "RT", "A", "1", ""))
    fragment = clinician.post(f"{url}/check", data, status=200, htmx=True)
    button = fragment.select_one(".finding button[name=put]")
    assert button["value"] == "lines.1.modifiers=25"
    assert "stop" in fragment.select_one("#slip-counts").text
    mended = clinician.post(f"{url}/check", data | {"put": button["value"]}, status=200, htmx=True)
    assert mended.select_one("#lines-1-modifiers")["value"] == "25"
    assert "Stops" not in mended.text


def test_a_heading_code_offers_the_complete_ones_below_it(clinician, encounter, url):
    """D01."""
    fragment = clinician.post(f"{url}/check", typed(encounter, dx=("M25.56",)), status=200, htmx=True)
    values = [button["value"] for button in fragment.select(".dx li:first-child button[name=put]")]
    assert "diagnoses.A=M25.561" in values


def test_words_in_a_diagnosis_row_offer_codes_even_without_javascript(clinician, encounter, url):
    page = clinician.post(f"{url}/check", typed(encounter, dx=("pain right knee",)), status=200)
    values = [button["value"] for button in page.select(".dx li:first-child button[name=put]")]
    assert values[0] == "diagnoses.A=M25.561"
    page = clinician.post(f"{url}/check", typed(encounter, dx=("pain",)) | {"put": values[0]}, status=200)
    assert page.select_one("#diagnosis-A")["value"] == "M25.561"


def test_codes_are_offered_while_a_field_is_typed(clinician, encounter, url):
    found = clinician.post(f"{url}/choices/dx_C", {"dx_C": "hyperglycemia type 2"}, status=200, htmx=True)
    assert found.select_one("[role=option]")["data-code"] == "E11.65"
    found = clinician.post(f"{url}/choices/code_2", {"code_2": "major joint"}, status=200, htmx=True)
    assert [each["data-code"] for each in found.select("[role=option]")] == ["20610"]
    nothing = clinician.post(f"{url}/choices/code_2", {"code_2": "zzzz"}, status=200, htmx=True)
    assert nothing.select("[role=option]") == []


def test_a_search_without_a_hit_says_so_and_what_to_do(clinician, encounter, url):
    on = f"{encounter.service_on:%m/%d/%Y}"
    found = clinician.post(f"{url}/choices/dx_A", {"dx_A": "zzzz  qq"}, status=200, htmx=True)
    said = found.select_one("#choices-dx_A").text
    assert said.startswith(f"No diagnosis matches “zzzz qq” on {on}.")
    assert "Try fewer or other words" in said
    found = clinician.post(f"{url}/choices/code_1", {"code_1": "zzzz"}, status=200, htmx=True)
    assert f"matches “zzzz” on {on}" in found.select_one("#choices-code_1").text
    short = clinician.post(f"{url}/choices/dx_A", {"dx_A": "z"}, status=200, htmx=True)
    assert short.select_one("#choices-dx_A").text == ""
    page = clinician.post(f"{url}/check", typed(encounter, dx=("zzzz",)), status=200)
    assert f"No diagnosis matches “zzzz” on {on}." in page.select_one(".dx li").text


@pytest.mark.parametrize("field", ["dx_M", "code_0", "code_99", "fee_1", "dx"])
def test_no_codes_are_offered_for_a_field_that_takes_none(clinician, url, field):
    clinician.post(f"{url}/choices/{field}", {}, status=404)


def test_a_line_is_taken_off_and_a_blank_one_is_always_ready(clinician, encounter, url):
    fragment = clinician.post(f"{url}/check", typed(encounter) | {"remove": "1"}, status=200, htmx=True)
    assert fragment.select_one("#lines-1-code")["value"] == "83036"
    assert fragment.select_one("#lines-2-code")["value"] == ""


def test_the_last_visit_is_copied_for_a_look(clinician, session, visit, encounter, url):
    page = clinician.post(f"{url}/check", typed(encounter) | {"copy": "1"}, status=200)
    assert "nothing to copy" in page.select_one("#flash").text
    with db.transaction() as current:
        before = factories.make_appointment(
            current, visit.patient, visit.provider, starts_at=days_ago(20), status="closed"
        )
        old = slip(current, before, Line("99214", ("25",)))
        charges.sign_off(current, old, old.version)
    page = clinician.post(f"{url}/check", typed(encounter) | {"copy": "1"}, status=200)
    assert page.select_one("#lines-1-code")["value"] == "99214"
    assert page.select_one("#lines-1-modifiers")["value"] == "25"
    assert codes(session) == ["99214"]


def test_a_patient_without_coverage_gets_no_claim_edits_but_hears_it(clinician, session):
    with db.transaction() as current:
        visit = arrived(current, insured=False)
        encounter = charges.open_slip(current, visit.appointment)
    page = clinician.get(f"/charge-slips/{encounter.public_id}")
    assert "Self-pay: no claim" in page.select_one("#slip-counts").text
    assert "Patient (no coverage)" in page.select_one(".who").text


def test_a_finding_of_the_coverage_links_to_its_field_for_who_may_mend_it(
    clinician, biller, session, visit, encounter, url
):
    """S09."""
    with db.transaction() as current:
        coverage = current.merge(visit.coverage)
        coverage.terminated_on = coverage.effective_on
    page = biller.post(f"{url}/check", typed(encounter), status=200)
    assert f"{coverage.public_id}#terminated_on" in page.select_one("#slip-general a")["href"]
    page = clinician.post(f"{url}/check", typed(encounter), status=200)
    assert page.select("#slip-general a") == []
    assert "Billing mends this" in page.select_one("#slip-general").text


def test_page_and_fragment_agree(clinician, encounter, url):
    page = clinician.post(f"{url}/check", typed(encounter), status=200)
    fragment = clinician.post(f"{url}/check", typed(encounter), status=200, htmx=True)
    token = re.compile(r'name="csrf_token" type="hidden" value="[^"]*"|value="[^"]*" name="csrf_token"')
    assert token.sub("", str(page.select_one("#slip"))) == token.sub("", str(fragment.select_one("#slip")))


# ---- Saving ----


def test_saving_without_javascript_leads_back_to_the_same_slip(clinician, session, encounter, url):
    clinician.post(f"{url}/draft", typed(encounter), status=303)
    assert clinician.location.endswith(url)
    page = clinician.get(url)
    assert page.select_one("#lines-2-charge")["value"] == "35.00"
    assert codes(session) == ["99213", "83036"]


def test_saving_with_htmx_leads_back_to_the_same_slip(clinician, session, encounter, url):
    clinician.post(f"{url}/draft", typed(encounter), status=204, htmx=True)
    assert clinician.response.headers["HX-Redirect"].endswith(url)
    assert codes(session) == ["99213", "83036"]


@pytest.mark.parametrize(
    ("line", "anchor", "sentence"),
    [
        (("99213", "", "A", "-1", ""), "lines-1-units", "units from 1 to 999"),
        (("99213", "", "A", "1", "1e5"), "lines-1-charge", "dollars and cents"),
        (("99213", "", "A", "1", "-3"), "lines-1-charge", "dollars and cents"),
        (("99213", "", "C", "1", ""), "lines-1-pointers", "no diagnosis C"),
        (("99213", "2", "A", "1", ""), "lines-1-modifiers", "two letters or digits"),
        (("992", "", "A", "1", "5"), "lines-1-code", "five characters"),
        (("99999", "", "A", "1", ""), "lines-1-charge", "type the fee"),
    ],
)
@pytest.mark.parametrize("step", ["draft", "signature"])
def test_a_wrong_field_is_refused_with_its_sentence_and_nothing_changes(
    clinician, session, encounter, url, line, anchor, sentence, step
):
    page = clinician.post(f"{url}/{step}", typed(encounter, line), status=422)
    link = page.select_one("#slip-refused a")
    assert sentence in link.text
    assert link["href"] == f"#{anchor}"
    assert page.select_one(f"#{anchor}")["aria-invalid"] == "true"
    session.expire_all()
    assert (codes(session), encounter.state) == ([], "draft")


def test_a_refused_field_comes_as_the_slip_for_htmx(clinician, encounter, url):
    fragment = clinician.post(f"{url}/draft", typed(encounter, dx=("E1165", "knee")), status=422, htmx=True)
    assert "Diagnosis B" in fragment.select_one("#slip #slip-refused").text
    assert fragment.select_one("#diagnosis-B")["value"] == "knee"


@pytest.mark.parametrize("role", ["front_desk", "manager", "admin"])
@pytest.mark.parametrize("step", ["draft", "signature", "check"])
def test_another_role_is_refused_and_changes_nothing(cast, session, encounter, url, role, step):
    cast(role).post(f"{url}/{step}", typed(encounter), status=403)
    assert codes(session) == []


def test_a_stranger_is_sent_to_the_door(outsider, encounter, url):
    outsider.post(f"{url}/signature", typed(encounter), status=303)
    assert "/sign-in" in outsider.location


def test_the_second_click_on_save_is_no_conflict(clinician, session, encounter, url):
    data = typed(encounter)
    clinician.post(f"{url}/draft", data, status=303)
    clinician.post(f"{url}/draft", data, status=303)
    assert codes(session) == ["99213", "83036"]


def test_the_slower_of_two_people_sees_who_was_faster_and_loses_nothing(
    clinician, biller, session, encounter, url
):
    mine, theirs = typed(encounter, ("99214",)), typed(encounter, ("99213",))
    biller.post(f"{url}/draft", theirs, status=303)
    page = clinician.post(f"{url}/draft", mine, status=409)
    note = page.select_one("#slip-conflict").text
    assert biller.user.name in note
    assert "theirs 99213 A 1 x 135.00; yours 99214 A 1 x 185.00" in note
    assert page.select_one("#lines-1-code")["value"] == "99214"
    version = page.select_one("input[name=version]")["value"]
    clinician.post(f"{url}/draft", mine | {"version": version}, status=303)
    assert codes(session) == ["99214"]


# ---- The signature ----


def test_signing_posts_the_charges_and_makes_a_checked_claim(clinician, session, visit, encounter, url):
    clinician.post(f"{url}/signature", typed(encounter), status=303)
    assert clinician.location.endswith("/charge-slips")
    claim = session.scalars(select(Claim)).one()
    assert (claim.state, claim.amount_billed) == ("ready", Decimal("170.00"))
    assert ledger.patient_balance(session, visit.patient.id).insurance == Decimal("170.00")
    owed = session.scalars(select(OpenItem).where(OpenItem.bucket == "insurance")).all()
    assert {item.payer_id for item in owed} == {claim.payer_id}
    assert "Every slip is signed" in clinician.get("/charge-slips").text


def test_signing_with_htmx_leads_to_the_list(clinician, session, encounter, url):
    clinician.post(f"{url}/signature", typed(encounter), status=204, htmx=True)
    assert clinician.response.headers["HX-Redirect"].endswith("/charge-slips")
    assert session.scalars(select(Claim)).one().state == "ready"


def test_the_second_click_on_sign_has_no_effect(clinician, session, visit, encounter, url):
    collect(visit)
    data = typed(encounter)
    clinician.post(f"{url}/signature", data, status=303)
    entries = session.scalars(select(JournalEntry.id)).all()
    clinician.post(f"{url}/signature", data, status=303)
    assert session.scalars(select(JournalEntry.id)).all() == entries
    assert len(session.scalars(select(Claim)).all()) == 1


def test_a_second_tab_that_signs_something_else_reads_what_was_signed(clinician, session, encounter, url):
    first = typed(encounter, ("99213", "", "A", "1", "135.00"))
    other = typed(encounter, ("99214", "", "A", "1", "135.00"))
    clinician.post(f"{url}/signature", first, status=303)
    entries = session.scalars(select(JournalEntry.id)).all()
    page = clinician.post(f"{url}/signature", other, status=409)
    assert "It is signed" in page.select_one("#slip-conflict").text
    assert page.select_one("#lines-1-code")["value"] == "99213"
    assert session.scalars(select(JournalEntry.id)).all() == entries


def collect(visit, amount="25.00"):
    with db.transaction() as current:
        collect_copay(current, visit, amount)


def test_a_copay_of_25_is_met_at_signature(clinician, session, visit, encounter, url):
    """R23, docs/adr/0002: what was collected at check-in is applied, and the patient owes nothing."""
    collect(visit)
    assert "$25.00 collected at check-in" in clinician.get(url).text
    clinician.post(f"{url}/signature", typed(encounter), status=303)
    balance = ledger.patient_balance(session, visit.patient.id)
    assert (balance.insurance, balance.patient, balance.unapplied) == (
        Decimal("145.00"),
        Decimal("0.00"),
        Decimal("0.00"),
    )


def test_a_claim_that_is_stopped_leads_back_to_the_slip_and_can_be_mended_there(
    clinician, biller, session, encounter, url
):
    """L07: the pair is stopped; the modifier is added on the signed slip; no money moves."""
    data = typed(encounter, ("99213", "", "A", "1", ""), ("20610", "RT", "A", "1", ""))
    clinician.post(f"{url}/signature", data, status=303)
    assert clinician.location.endswith(url)
    claim = session.scalars(select(Claim)).one()
    assert claim.state == "scrub_failed"
    page = biller.get(url)
    assert page.select_one("#lines-1-charge").has_attr("readonly")
    assert page.select_one(".finding button[name=put]")["value"] == "lines.1.modifiers=25"
    entries = session.scalars(select(JournalEntry.id)).all()
    lines = (("99213", "25", "A", "1", "135.00"), ("20610", "RT", "A", "1", "212.00"))
    session.refresh(encounter)
    biller.post(f"{url}/draft", typed(encounter, *lines), status=303)
    session.refresh(claim)
    assert claim.state == "ready"
    assert session.scalars(select(JournalEntry.id)).all() == entries
    session.refresh(encounter)
    lines = (("99214", "25", "A", "1", "135.00"), ("20610", "RT", "A", "1", "212.00"))
    page = biller.post(f"{url}/draft", typed(encounter, *lines), status=422)
    assert "reverse the charge" in page.select_one("#slip-refused").text


def test_an_empty_slip_is_not_signed_and_says_what_is_missing(clinician, session, encounter, url):
    page = clinician.post(f"{url}/signature", {"version": str(encounter.version)}, status=422)
    text = page.select_one("#slip-refused").text
    assert "at least one diagnosis" in text
    assert "at least one service" in text
    assert session.scalars(select(Claim)).all() == []


def test_a_slip_that_somebody_signed_meanwhile_shows_what_was_signed(
    clinician, biller, session, encounter, url
):
    stale = typed(encounter, ("99214",))
    clinician.post(f"{url}/signature", typed(encounter, ("99213",)), status=303)
    page = biller.post(f"{url}/draft", stale, status=409)
    assert "It is signed" in page.select_one("#slip-conflict").text
    assert page.select_one("#lines-1-code")["value"] == "99213"


def test_a_visit_without_coverage_is_signed_without_a_claim(clinician, session):
    with db.transaction() as current:
        visit = arrived(current, insured=False)
        encounter = charges.open_slip(current, visit.appointment)
    collect(visit, "40.00")
    clinician.post(f"/charge-slips/{encounter.public_id}/signature", typed(encounter), status=303)
    assert session.scalars(select(Claim)).all() == []
    assert ledger.patient_balance(session, visit.patient.id).patient == Decimal("130.00")
