"""Whoever sees a patient is on record, and sees nothing when the record cannot be kept (trust T4)."""

import io
import zipfile

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from clinic import audit, formats
from clinic.models import AuditEvent, Patient
from tests import factories
from tests.rules import everything
from tests.rules.test_matrix import HTMX, Visitor, as_it_answers

__all__ = ["as_it_answers"]
pytestmark = pytest.mark.usefixtures("plain_paper")
# What stands behind an id and is nobody's data.
NOBODYS = {
    "schedule", "payer", "provider", "user", "drawer", "unreadable", "room", "device", "visit_type",
}  # fmt: skip
# Shows mail as it left, which names a guarantor's address and no patient: on record without one.
WITHOUT_PATIENT = {"mailsink.index"}
# Looks like an object's page, and shows only what was typed.
SAYS_NOTHING = {"checkin.button", "statements.progress"}
QUERIES = {
    "claims.index": ("tab=all",),
    "claims.denials": (),
    "desk.new": ("patient={patient}",),
    "mailsink.index": (),
    "patients.index": ("q=canary",),
    "remittances.index": ("tab=unmatched", "tab=posted", "tab=unreadable"),
    "remittances.show": ("claim={claim_payment}",),
    "reports.day_sheet": ("as=pdf", "as=xlsx"),
    "statements.index": ("view=left", "view=batches", "open={guarantor}"),
}


@pytest.fixture
def clinic(app, session, environment):
    """The two households, and `ask(role, method, url)` with who is on record as seen."""
    return Clinic(app, session, *everything.furnish(session))


class Clinic:
    def __init__(self, app, session, one, other) -> None:
        self.app, self.session, self.one, self.other = app, session, one, other
        self.visitors = {}
        patient = session.get_one(Patient, one.patient_id)
        self.signs = {
            everything.NAME.lower(),
            everything.MEMBER.lower(),
            everything.EMAIL,
            everything.SSN,
            formats.phone(patient.phone).lower(),
        }

    def visitor(self, rule) -> Visitor:
        role = everything.holder(self.app, rule)
        if role not in self.visitors:
            user = None if role == "outsider" else factories.make_user(self.session, role)
            self.visitors[role] = Visitor(self.app, user)
        return self.visitors[role]

    def addresses(self, rule):
        """Its address for the first household, and with each query that shows something else."""
        url = everything.address(self.app, rule, everything.of(rule, self.one))
        yield url
        for query in QUERIES.get(rule.endpoint, ()):
            yield f"{url}?{query.format(**self.one.public)}"

    def ask(self, rule, method, url, **kw):
        """The answer, whether the patient is readable in it, and the patients who are on record for it."""
        last = self.session.scalar(select(func.max(AuditEvent.id))) or 0
        answer = self.visitor(rule).ask(method, url, **kw)
        events = self.session.scalars(
            select(AuditEvent).where(AuditEvent.id > last, AuditEvent.action.endswith(".view"))
        ).all()
        shown = any(sign in readable(answer).lower() for sign in self.signs)
        return answer, shown, events


def readable(answer) -> str:
    """The words of a page, a PDF or a workbook."""
    data = answer.get_data()
    if answer.mimetype == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return "".join(book.read(name).decode(errors="replace") for name in book.namelist())
    return data.decode(errors="replace")


def is_of_a_patient(rule) -> bool:
    names = [everything.PLACES[place] for _, _, place in everything.parts(rule)]
    return any(not name.startswith("=") and name not in NOBODYS for name in names)


def test_whatever_shows_a_patient_is_on_record_be_it_page_part_list_or_refusal(clinic, app):
    """Every body in which the patient can be read, an empty form's answer too, and every page of an object."""
    wrong, seen = [], set()
    for rule in everything.rules(app):
        for method in everything.methods(rule):
            for url in clinic.addresses(rule):
                for headers in ({}, HTMX):
                    data = (
                        {"q": everything.NAME} if rule.endpoint.endswith(("search", "find_patient")) else {}
                    )
                    answer, shown, events = clinic.ask(rule, method, url, headers=headers, data=data)
                    page = method == "GET" and not headers and answer.status_code == 200
                    if not shown and not (
                        page and is_of_a_patient(rule) and rule.endpoint not in SAYS_NOTHING
                    ):
                        continue
                    seen.add(rule.endpoint)
                    known = any(clinic.one.patient_id in event.patient_ids for event in events)
                    if not (known or (events and rule.endpoint in WITHOUT_PATIENT)):
                        wrong.append(f"{method} {url} {headers or ''} ({answer.status_code})")
    assert len(seen) > 25, sorted(seen)
    assert not wrong, "call web.viewed(…, patient.id): " + "; ".join(wrong)


def test_a_page_whose_record_cannot_be_stored_is_refused(clinic, app, monkeypatch):
    """The one fake of the house: the trail says no, and nobody sees anything."""

    def full(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(audit, "record", full)
    refused = set()
    for rule in everything.rules(app):
        if "GET" not in everything.methods(rule):
            continue
        for url in clinic.addresses(rule):
            answer, shown, events = clinic.ask(rule, "GET", url)
            assert not shown, f"{url} shows the patient ({answer.status_code})"
            assert not events
            if answer.status_code == 500:
                refused.add(rule.endpoint)
            elif is_of_a_patient(rule) and rule.endpoint not in SAYS_NOTHING:
                assert answer.status_code == 303, f"{url}: {answer.status_code}"
    assert len(refused) > 20, sorted(refused)


def test_an_event_says_who_from_where_and_what(clinic, app):
    (rule,) = app.url_map.iter_rules("patients.show")
    url = f"/patients/{clinic.one.public['patient']}"
    _, _, events = clinic.ask(rule, "GET", url)
    user = clinic.visitor(rule).user
    assert {event.user_id for event in events} == {user.id}
    assert all(event.session_id and event.address and event.category and event.subject for event in events)
    assert audit.verify_chain(clinic.session).ok
