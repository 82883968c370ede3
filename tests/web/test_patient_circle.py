"""Contacts, preferences and signatures on screen."""

import pytest
from sqlalchemy import select

from clinic.models import Consent, PatientContact, PatientPreference
from tests import factories
from tests.web.patients_scene import count, patient

__all__ = ["patient"]
CONTACT = {
    "name": "Ruth Whitfield",
    "kind": "spouse",
    "phone": "5550100133",
    "may_know": "y",
    "key": "d" * 22,
}
PREFERENCE = {"channel": "sms", "confidential": "y", "address": "9 Quiet Ln", "city": "Salem", "state": "OR", "zip": "97301"}  # fmt: skip
PAPER = {"kind": "treatment", "method": "paper", "signed_on": "t"}


def url_of(patient, part):
    return f"/patients/{patient.public_id}/{part}"


@pytest.mark.parametrize("htmx", [False, True])
def test_each_is_kept_and_stands_on_the_record(front_desk, session, patient, htmx):
    for part, data in (("contacts", CONTACT), ("preferences", PREFERENCE), ("consents", PAPER)):
        front_desk.get(url_of(patient, part))
        front_desk.post(url_of(patient, part), data, htmx=htmx, status=204 if htmx else 303)
    page = front_desk.get(f"/patients/{patient.public_id}")
    assert "Ruth Whitfield" in page.text
    assert "bills and messages go only here" in page.text
    assert front_desk.get(url_of(patient, "preferences")).select_one("#confidential[checked]")
    contact, consent = (session.scalars(select(kind)).one() for kind in (PatientContact, Consent))
    end = f"{url_of(patient, 'contacts')}/{contact.public_id}/end"
    for _ in range(2):
        front_desk.post(end, htmx=htmx, status=204 if htmx else 303)
    take = f"{url_of(patient, 'consents')}/{consent.public_id}/revocation"
    front_desk.post(take, {"reason": "Asked to"}, htmx=htmx, status=204 if htmx else 303)
    assert contact.ended_on
    assert consent.revoked_reason == "Asked to"
    assert "Taken back" in front_desk.get(url_of(patient, "consents")).select_one(".signatures").text


@pytest.mark.parametrize(
    ("part", "data", "field"),
    [
        ("contacts", CONTACT | {"name": ""}, "name"),
        ("contacts", CONTACT | {"name": "<script>alert</script>"}, "name"),
        ("contacts", CONTACT | {"phone": ""}, "phone"),
        ("preferences", PREFERENCE | {"zip": "1"}, "zip"),
        ("preferences", {"confidential": "y"}, "address"),
        ("consents", PAPER | {"signed_on": "t+1"}, "signed_on"),
        ("consents", PAPER | {"expires_on": "01/01/2020"}, "expires_on"),
        ("consents", PAPER | {"signer": "<b>Ann</b>", "expires_on": "01/01/2020"}, "signer"),
        ("consents", PAPER | {"signed_on": "01/01/1900", "signer": "A1"}, "signed_on"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    front_desk, session, patient, part, data, field
):
    page = front_desk.post(url_of(patient, part), data, status=422)
    assert page.select_one(f"#{field}-error")
    assert count(session, PatientContact) == count(session, Consent) == 0
    assert not session.scalars(select(PatientPreference)).all()


def test_everything_that_is_wrong_with_a_contact_is_said_at_once(front_desk, patient):
    wrong = CONTACT | {"name": "", "phone": "1", "email": "nobody"}
    page = front_desk.post(url_of(patient, "contacts"), wrong, status=422)
    assert {each["id"] for each in page.select(".field-error")} == {
        "name-error",
        "phone-error",
        "email-error",
    }
    assert page.select_one("#email")["value"] == "nobody"


def test_a_clinician_writes_none_of_them(clinician, patient):
    for part, data in (("contacts", CONTACT), ("preferences", PREFERENCE), ("consents", PAPER)):
        clinician.post(url_of(patient, part), data, status=403)


def test_the_second_click_keeps_one(front_desk, session, patient):
    for part, data in (("contacts", CONTACT), ("preferences", PREFERENCE), ("consents", PAPER)):
        for _ in range(2):
            front_desk.post(url_of(patient, part), data, status=303)
    assert count(session, PatientContact) == count(session, Consent) == 1


def test_a_reason_is_needed_and_those_of_another_patient_are_not_found_t5(front_desk, session, patient):
    front_desk.post(url_of(patient, "consents"), PAPER, status=303)
    front_desk.post(url_of(patient, "contacts"), CONTACT, status=303)
    consent, contact = (session.scalars(select(kind)).one() for kind in (Consent, PatientContact))
    take = f"consents/{consent.public_id}/revocation"
    page = front_desk.post(url_of(patient, take), {"reason": ""}, status=422)
    assert "Say why" in page.select_one("[data-errors]").text
    other = factories.make_patient(session)
    front_desk.post(url_of(other, take), {"reason": "x"}, status=404)
    front_desk.post(url_of(other, f"contacts/{contact.public_id}/end"), status=404)
    assert consent.revoked_on is contact.ended_on is None
