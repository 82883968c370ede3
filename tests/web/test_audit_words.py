"""The audit trail tells in plain words what was done; code and address are its detail (T4)."""

import pytest

from clinic import clock
from clinic.models import AuditEvent, RehearsalClock
from clinic.web import audit_words
from tests import factories
from tests.rules import everything

# Pages of the house itself, on which nobody's chart, visit or money stands.
OF_NOBODY = (
    "/account", "/admin", "/calendar-feeds", "/day-close", "/drawer", "/flow/alerts", "/healthz", "/online-booking",
    "/rehearsal", "/reminders", "/reports/charts", "/schedule/go", "/schedule/views", "/sign-", "/waiting/rules",
)  # fmt: skip

# Pages that one sentence tells together.
BY_PARENT = ("/book/", "/offer/", "/pay/", "/reports/kpi/", "/visit/")


def test_every_page_that_may_show_a_patient_has_words_of_its_own_and_every_form_those_of_its_page(app):
    missing = []
    for rule in everything.rules(app):
        address = rule.rule.rstrip("/")
        if not address or (address.startswith(OF_NOBODY) and address not in audit_words.PAGES):
            continue
        for method in everything.methods(rule):
            if not audit_words.looked(f"{method} {rule.rule}"):
                missing.append(f"{method} {rule.rule}")
            elif method == "GET" and not address.startswith(BY_PARENT) and address not in audit_words.PAGES:
                missing.append(f"{method} {rule.rule} has only its parent's words")
    assert not missing, "name them in audit_words.PAGES: " + "; ".join(missing)


def test_no_words_stand_for_an_address_that_is_gone(app):
    standing = {rule.rule.rstrip("/") for rule in everything.rules(app)}
    assert [
        address for address in audit_words.PAGES if not any(each.startswith(address) for each in standing)
    ] == []


@pytest.mark.parametrize(
    ("action", "subject", "told"),
    [
        ("demographics.view", "GET /patients/<public_id>", "Opened the chart"),
        ("demographics.view", "POST /patients/search", "Searched the patients, and sent its form"),
        ("statement.view", "statement:S-1", "Printed a statement"),
        ("coverage.add", "coverage:1", "Coverage: added"),
        ("appointment.no_show", "appointment:1", "Appointment: no show"),
        ("sign_in.done", "", "Signed in"),
        ("ledger.view", "", "Looked at ledger"),
    ],
)
def test_an_event_is_told_in_words(action, subject, told):
    assert audit_words.words(AuditEvent(action=action, subject=subject)) == told


def test_a_job_is_the_system_and_its_name_a_detail():
    event = AuditEvent(action="eligibility.ask", actor="jobs.eligibility.night", subject="eligibility:7")
    assert audit_words.who(event) == "The system"
    assert audit_words.detail(event) == "eligibility.ask · jobs.eligibility.night · eligibility:7"
    event = AuditEvent(
        action="report.view", actor="Monica Weber", user_id=1, subject="GET /r/<any(a, b):key>"
    )
    assert (audit_words.who(event), audit_words.detail(event)) == (
        "Monica Weber",
        "report.view · GET /r/<key>",
    )


def test_the_trail_says_what_was_opened_and_keeps_the_address_as_detail(admin, front_desk, session):
    patient = factories.make_patient(session)
    front_desk.get(f"/patients/{patient.public_id}")
    page = admin.get("/admin/audit?action=demographics")
    did = page.select_one("#audit-rows td.did")
    assert did.contents[0].strip() == "Opened the chart"
    assert "GET /patients/<public_id>" in did.select_one(".sub").text


def test_a_trail_read_while_the_clinic_is_ahead_says_that_its_time_is_the_true_one(admin, session):
    assert not admin.get("/admin/audit").select("#true-time")
    session.add(RehearsalClock(id=1, days_ahead=14))
    session.flush()
    page = admin.get("/admin/audit")
    said = page.select_one("#true-time").text
    assert "14 days ahead" in said
    assert f"{clock.local(clock.wall_now()):%m/%d/%Y}" in said
