"""Two tabs, one record: the slower one keeps what was typed, sees what is on record and decides."""

from datetime import date

from clinic.models import PatientPreference
from clinic.patients import cases
from tests import factories
from tests.web.patients_scene import patient, payer

__all__ = ["patient", "payer"]


def typed_of(page, **changes):
    """The form as it came."""
    typed = {}
    for field in page.select("main form [name]"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            typed[field["name"]] = chosen["value"]
        elif field.get("type") not in ("radio", "checkbox") or field.has_attr("checked"):
            typed.setdefault(field["name"], field.get("value", ""))
    return typed | changes


def differing(page):
    return {each["id"].removesuffix("-error"): each.text for each in page.select(".field-error")}


def test_the_slower_of_two_tabs_keeps_what_was_typed_and_saves_by_decision(front_desk, session, patient):
    url = f"/patients/{patient.public_id}/edit"
    mine = typed_of(front_desk.get(url), city="Bend")
    front_desk.post(url, mine | {"city": "Salem", "phone": "(555) 010-0199"}, status=303)
    page = front_desk.post(url, mine, status=409)
    assert page.select_one("#city")["value"] == "Bend"
    assert differing(page) == {"city": "On record now: Salem", "phone": "On record now: (555) 010-0199"}
    assert f"was changed by {front_desk.user.name} at" in page.select_one("[data-errors]").text
    session.refresh(patient)
    assert patient.city == "Salem"
    front_desk.post(url, typed_of(page), status=303)
    session.refresh(patient)
    assert patient.city == "Bend"


def test_a_coverage_says_the_present_values_beside_those_that_differ(front_desk, session, patient, payer):
    coverage = factories.make_coverage(session, patient, payer)
    url = f"/patients/{patient.public_id}/coverages/{coverage.public_id}"
    mine = typed_of(front_desk.get(url), group_number="MINE1")
    front_desk.post(url, mine | {"group_number": "THEIRS2", "copay": "35.00"}, status=303)
    page = front_desk.post(url, mine, status=409)
    assert page.select_one("#group_number")["value"] == "MINE1"
    assert differing(page)["group_number"] == "On record now: THEIRS2"
    assert differing(page)["copay"] == "On record now: 35.00"
    front_desk.post(url, mine | {"version": page.select_one("[name=version]")["value"]}, status=303)
    session.refresh(coverage)
    assert coverage.group_number == "MINE1"


def test_preferences_that_somebody_changed_meanwhile_come_back_as_typed(front_desk, session, patient):
    url = f"/patients/{patient.public_id}/preferences"
    front_desk.post(url, typed_of(front_desk.get(url), interpreter="Spanish"), status=303)
    mine = typed_of(front_desk.get(url), interpreter="Vietnamese")
    front_desk.post(url, mine | {"interpreter": "Russian"}, status=303)
    page = front_desk.post(url, mine, status=409)
    assert page.select_one("#interpreter")["value"] == "Vietnamese"
    assert differing(page) == {"interpreter": "On record now: Russian"}
    session.expire_all()
    assert session.get(PatientPreference, patient.id).interpreter == "Russian"


def test_the_guarantors_form_comes_back_too(front_desk, session):
    child = factories.make_patient(session, guarantor_relationship="parent")
    url = f"/patients/{child.public_id}/guarantor"
    mine = typed_of(front_desk.get(url), city="Bend")
    front_desk.post(url, mine | {"city": "Salem"}, status=303)
    assert differing(front_desk.post(url, mine, status=409)) == {"city": "On record now: Salem"}


def test_the_end_of_a_coverage_that_was_changed_meanwhile_comes_back(front_desk, session, patient, payer):
    coverage = factories.make_coverage(session, patient, payer)
    url = f"/patients/{patient.public_id}/coverages/{coverage.public_id}"
    stale = front_desk.get(url).select_one("form[action$='/end'] [name=version]")["value"]
    front_desk.post(url, typed_of(front_desk.get(url), group_number="THEIRS2"), status=303)
    page = front_desk.post(f"{url}/end", {"on": "12/31/2099", "version": stale}, status=409)
    assert page.select_one("#on")["value"] == "12/31/2099"
    assert f"was changed by {front_desk.user.name} at" in page.select_one("[data-errors]").text
    session.refresh(coverage)
    assert coverage.terminated_on is None
    again = page.select_one("form[action$='/end'] [name=version]")["value"]
    front_desk.post(f"{url}/end", {"on": "12/31/2099", "version": again}, status=303)


def test_a_case_that_was_changed_meanwhile_comes_back_as_typed(front_desk, session, patient, payer):
    case = cases.open_case(
        session, patient, payer, kind="auto", injured_on=date(2026, 3, 2), state="OR", claim_number="A-1"
    )
    session.commit()
    url = f"/patients/{patient.public_id}/cases/{case.public_id}"
    mine = typed_of(front_desk.get(url), adjuster="Mine")
    front_desk.post(url, mine | {"adjuster": "Theirs", "claim_number": "A-2"}, status=303)
    page = front_desk.post(url, mine, status=409)
    assert page.select_one("#adjuster")["value"] == "Mine"
    assert differing(page) == {"adjuster": "On record now: Theirs", "claim_number": "On record now: A-2"}
    front_desk.post(url, mine | {"version": page.select_one("[name=version]")["value"]}, status=303)
    session.refresh(case)
    assert (case.adjuster, case.claim_number) == ("Mine", "A-1")


def test_an_order_proposed_before_a_coverage_changed_is_proposed_anew(front_desk, session, patient, payer):
    coverage = factories.make_coverage(session, patient, payer)
    url = f"/patients/{patient.public_id}/order-of-benefits"
    front_desk.post(url, typed_of(front_desk.get(url)), status=303)
    proposal = front_desk.location
    edit = f"/patients/{patient.public_id}/coverages/{coverage.public_id}"
    front_desk.post(edit, typed_of(front_desk.get(edit), group_number="THEIRS2"), status=303)
    page = front_desk.post(proposal, {"on": "12/01/2026"}, status=409)
    assert f"was changed by {front_desk.user.name} at" in page.select_one("[data-errors]").text
    assert page.select_one("#on")["value"] == "12/01/2026"
    assert page.select_one("main form[method=post]")["action"] != proposal
    front_desk.post(page.select_one("main form[method=post]")["action"], {"on": "12/01/2026"}, status=303)
