"""The confidential address goes before every other, on bills and in messages (45 CFR 164.522(b))."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinic import clock, messages, payments, statements
from clinic.messages.consent import address_of, people_at
from clinic.models import MissedVisitTerms, Statement
from clinic.patients import ChangedMeanwhile, FieldRefused, circle, consents
from clinic.statements import rendering
from tests import factories
from tests.payments.house import visit

ELSEWHERE = {
    "confidential": True, "address": "9 Quiet Ln", "city": "Salem", "state": "or", "zip": "97301",
    "phone": "(555) 010-0188", "email": "quiet@example.com",
}  # fmt: skip


@pytest.fixture
def patient(session):
    factories.make_practice(session)
    return factories.make_patient(session)


def test_bills_go_to_the_confidential_address_and_back_when_it_is_taken_away(session, patient):
    row = circle.prefer(session, patient, 0, **ELSEWHERE)
    where = circle.mail_to(session, patient.guarantor)
    assert (where.address, where.state, where.confidential) == ("9 Quiet Ln", "OR", True)
    circle.prefer(session, patient, row.version, channel="mail")
    where = circle.mail_to(session, patient.guarantor)
    assert (where.address, where.confidential) == ("418 N Alder St", False)


def test_the_next_statement_is_addressed_there(session, patient, environment):
    visit(session, patient, (("PR-1", "40.00"),))
    circle.prefer(session, patient, 0, **ELSEWHERE)
    statements.start(session, "everything")
    statement = session.query(Statement).one()
    told = rendering.context(session, statement, base_url="https://clinic.example.com")
    assert told["mail_to"].address == "9 Quiet Ln"
    assert payments.code_of(session, statement.id)[0]


def test_a_dependent_gets_bills_of_his_own_and_the_parent_reads_nothing_new(session, patient):
    child = factories.make_patient(
        session, first_name="Mia", guarantor=patient.guarantor, guarantor_relationship="parent"
    )
    visit(session, child, (("PR-1", "40.00"),))
    circle.prefer(session, child, 0, **ELSEWHERE)
    assert child.guarantor_relationship == "self"
    assert child.guarantor_id != patient.guarantor_id
    assert statements.bill(session, child.guarantor_id).total == Decimal("40.00")
    assert statements.bill(session, patient.guarantor_id).total == Decimal("0.00")


def test_messages_go_to_the_confidential_phone_and_email(session, patient):
    patient.sms_consent_at = clock.now()
    circle.prefer(session, patient, 0, **ELSEWHERE | {"email": ""})
    assert address_of(patient, "sms") == "+15550100188"
    assert address_of(patient, "email") == patient.email
    assert messages.may_send(session, patient, "sms") == ""
    assert people_at(session, "sms", "+15550100188") == [patient]


def test_a_receipt_never_goes_to_the_guarantor_of_somebody_who_asked_for_confidence(session, patient):
    child = factories.make_patient(
        session, guarantor=patient.guarantor, email="", guarantor_relationship="parent"
    )
    assert circle.receipt_email(child) == patient.guarantor.email
    circle.prefer(session, child, 0, confidential=True, phone="5550100177")
    assert circle.receipt_email(child) == ""


def test_an_empty_or_half_address_is_refused_and_a_stale_page_is_a_conflict(session, patient):
    for wrong in ({}, {"address": "9 Quiet Ln"}, {"phone": "12"}):
        with pytest.raises(FieldRefused):
            circle.prefer(session, patient, 0, confidential=True, **wrong)
    circle.prefer(session, patient, 0, **ELSEWHERE)
    circle.prefer(session, patient, 0, **ELSEWHERE)
    with pytest.raises(ChangedMeanwhile):
        circle.prefer(session, patient, 0, channel="sms")


def test_a_signature_is_what_check_in_and_the_missed_visit_fee_read(session, patient):
    today = clock.today()
    consents.sign(session, patient, "treatment", signed_on=today - timedelta(days=3))
    newer = consents.sign(session, patient, "treatment")
    assert consents.sign(session, patient, "treatment") is newer
    assert patient.consent_on == today
    fee = consents.sign(session, patient, "missed_visit_fee", method="paper")
    assert session.get_one(MissedVisitTerms, patient.id).agreed_on == today
    consents.revoke(session, patient, newer, "Wants to read it again")
    consents.revoke(session, patient, fee, "Does not agree")
    assert patient.consent_on == today - timedelta(days=3)
    assert session.get_one(MissedVisitTerms, patient.id).agreed_on is None


def test_refused_expired_and_future_signatures_do_not_count(session, patient):
    today = clock.today()
    consents.sign(session, patient, "privacy_notice", method="refused")
    assert patient.privacy_notice_on is None
    old = consents.sign(
        session,
        patient,
        "treatment",
        signed_on=today - timedelta(days=90),
        expires_on=today - timedelta(days=1),
    )
    assert patient.consent_on is None
    assert consents.state_of(old, today) == ("Expired", "warn")
    for wrong in (
        {"kind": "loan"},
        {"kind": "treatment", "signed_on": today + timedelta(days=1)},
        {"kind": "treatment", "expires_on": today - timedelta(days=1)},
        {"kind": "treatment", "method": "by voice"},
    ):
        with pytest.raises(FieldRefused):
            consents.sign(session, patient, **wrong)
