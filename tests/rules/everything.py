"""A clinic with one of everything, twice, so that every route can be asked for something that is there.

`PLACES` says which object stands behind each id in an address. A new address with an id needs a line there: the
tests of this folder fail until it has one, so no route escapes the matrix and the record of what was seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from clinic import (
    access,
    authorizations,
    clock,
    db,
    eligibility,
    estimates,
    keys,
    ledger,
    messages,
    patients,
    statements,
    tasks,
    waiting,
)
from clinic.blueprints.estimates import paper
from clinic.db import new_public_id
from clinic.models import (
    Appointment,
    Authorization,
    ClinicClosure,
    Coverage,
    HoursException,
    JournalEntry,
    MissedVisitFee,
    OnlineRequest,
    Patient,
    ProviderHours,
    Statement,
    StatementBatch,
    StoredFile,
)
from clinic.patients import cases, circle, consents, ordering
from clinic.patients.benefits import Answers
from clinic.waiting import recalls
from jobs import work
from tests import factories
from tests.patients.test_scans import picture
from tests.payments.house import visit
from tests.remittances import house
from tests.rules import repeated

# What no log, no broker and no sealed column may show. All invented; the phone is of the fictional range.
NAME = "Canaryname"
SSN = "987654329"
PHONE = "5550100186"
EMAIL = "canary.person@example.com"
MEMBER = "CNRY7700123"
CANARIES = (NAME, SSN, PHONE, EMAIL, MEMBER)


@dataclass
class Household:
    """One patient's ids, so that nothing here hangs on an open session."""

    patient_id: int
    public: dict[str, str] = field(default_factory=dict)


# The address up to and with its last id → whose public id it is.
PLACES = {
    "/admin/closures/<>": "closure",
    "/admin/code-lists/<>": "=none",
    "/admin/code-tables/<>": "=none",
    "/admin/fees/<>": "schedule",
    "/admin/hours/<>": "provider",
    "/admin/hours/<>/<>/<>": "hours",
    "/admin/hours/<>/exceptions/<>": "exception",
    "/admin/payers/<>": "payer",
    "/admin/payers/<>/enrolments/<>": "=none",
    "/admin/providers/<>": "provider",
    "/admin/rooms/<>/<>": "room",
    "/admin/users/<>": "user",
    "/admin/visit-types/<>": "visit_type",
    "/authorizations/coverages/<>": "coverage",
    "/authorizations/requests/<>": "authorization_request",
    "/book/<>": "=none",
    "/calendar-feeds/<>": "=none",
    "/calendar/<>": "=none",
    "/charge-slips/<>": "encounter",
    "/charge-slips/visits/<>": "appointment",
    "/charge-slips/<>/choices/<>": "=lines-0-code",
    "/check-in/<>": "appointment",
    "/check-in/receipts/<>": "receipt",
    "/claims/<>": "claim",
    "/day-close/<>": "=day",
    "/day-close/drawers/<>": "drawer",
    "/drawer/<>": "drawer",
    "/edi/<>": "file",
    "/eligibility/coverages/<>": "coverage",
    "/estimates/<>": "estimate",
    "/estimates/good-faith/<>": "good_faith_step",
    "/estimates/patients/<>": "patient",
    "/estimates/visits/<>": "appointment",
    "/flow/day-end/<>": "=day",
    "/flow/visits/<>": "appointment",
    "/messages/<>": "message",
    "/messages/patients/<>": "patient",
    "/messages/visits/<>": "appointment",
    "/offer/<>": "=none",
    "/online-booking/<>": "visit_type",
    "/online-requests/<>": "online_request",
    "/patients/<>": "patient",
    "/patients/<>/authorizations/<>": "authorization",
    "/patients/<>/cases/<>": "case",
    "/patients/<>/consents/<>": "consent",
    "/patients/<>/contacts/<>": "contact",
    "/patients/<>/coverages/<>": "coverage",
    "/patients/<>/merges/<>": "=none",
    "/patients/<>/order-of-benefits/<>": "benefit_order",
    "/patients/<>/other-people/<>": "=none",
    "/patients/<>/pictures/<>": "picture",
    "/pay/<>": "=token",
    "/pay/done/<>": "=none",
    "/payments/entries/<>": "entry",
    "/payments/households/<>": "guarantor",
    "/payments/receipts/<>": "receipt",
    "/rehearsal/instructions/<>": "=none",
    "/rehearsal/payers/<>": "=none",
    "/reminders/rules/<>": "=none",
    "/remittances/<>": "remittance",
    "/remittances/<>/claims/<>": "claim_payment",
    "/remittances/file/<>": "unreadable",
    "/reports/charts/<>": "=money",
    "/schedule/<>": "=day",
    "/schedule/blocks/<>": "=none",
    "/schedule/booking-card/<>": "patient",
    "/schedule/appointments/<>": "appointment",
    "/schedule/missed-visits/<>": "missed_fee",
    "/schedule/missed-visits/patients/<>": "patient",
    "/schedule/series/<>": "series",
    "/schedule/series/<>/changes/<>": "series_change",
    "/schedule/views/<>": "=none",
    "/statements/<>": "statement",
    "/statements/batches/<>": "batch",
    "/statements/guarantors/<>": "guarantor",
    "/tasks/<>": "task",
    "/visit/<>": "=none",
    "/waiting/entries/<>": "wait_entry",
    "/waiting/offers/<>": "wait_offer",
    "/waiting/recalls/<>": "recall",
    "/waiting/unscheduled/<>": "appointment",
}


def parts(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """(argument, converter with its arguments, address up to it with <> for each id)."""
    for found in re.finditer(r"<(?:([^<>:]+):)?(\w+)>", rule.rule):
        if not (found[1] or "").startswith(("any(", "path")):
            yield found[2], found[1] or "", re.sub(r"<[^<>]*>", "<>", rule.rule[: found.end()])


def choice(rule: Rule, argument: str) -> str:
    """The first of the words that an `any(…)` allows."""
    found = re.search(rf"<any\(([^)]*)\):{argument}>", rule.rule)
    return found[1].split(",")[0].strip(" '\"") if found else "app.css"


def address(app: Flask, rule: Rule, values: dict[str, str]) -> str:
    """The rule's path with these values; words for what is a choice."""
    missing = {name: choice(rule, name) for name in rule.arguments - values.keys()}
    with app.test_request_context(base_url="https://localhost"):
        return app.url_map.bind("localhost").build(rule.endpoint, values | missing)


def of(rule: Rule, *homes: Household) -> dict[str, str]:
    """The rule's ids: its first of the first household, its next of the next, the last one's for the rest."""
    found = {}
    for number, (argument, _, place) in enumerate(parts(rule)):
        name = PLACES[place]
        home = homes[min(number, len(homes) - 1)]
        if name.startswith("="):
            found[argument] = home.public.get(name[1:], name[1:])
        else:
            found[argument] = home.public[name]
    return found


def rules(app: Flask) -> list[Rule]:
    """Every address but the static files', in a fixed order."""
    return sorted(
        (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"),
        key=lambda rule: (rule.rule, rule.endpoint),
    )


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def permission(app: Flask, rule: Rule) -> str | None:
    found: str | None = getattr(app.view_functions[rule.endpoint], "permission", None)
    return found


def holder(app: Flask, rule: Rule) -> str:
    """A role that may open the rule; the last by name, so that the answer stays the same."""
    needed = permission(app, rule)
    return max(access.PERMISSIONS[needed]) if needed else "outsider"


def furnish(session: Session) -> tuple[Household, Household]:
    """Two households with a visit, a claim, a payment, a bill and the rest; needs the `environment` fixture.

    The first is the canary. Everything is committed to the test's transaction and the session is let go of.
    """
    factories.make_practice(session)
    factories.make_fees(session)
    one = _household(session, last_name=NAME, email=EMAIL, phone=f"+1{PHONE}", phone_digits=PHONE)
    other = _household(session, last_name="Whitfield")
    with db.transaction() as current:
        statements.start(current, "everything")
    work.drain()
    current = db.session()
    batch = current.query(StatementBatch).one()
    for home in (one, other):
        guarantor = current.get_one(Patient, home.patient_id).guarantor_id
        statement = current.query(Statement).filter_by(guarantor_id=guarantor).one()
        home.public |= {"statement": statement.public_id, "batch": batch.public_id}
    db.session.remove()
    return one, other


def _household(session: Session, **person: Any) -> Household:
    with db.transaction():
        payer = factories.make_payer(session)
        is_canary = person["last_name"] == NAME
        member = {"member_id": MEMBER} if is_canary else {}
        claim = house.claim_at_payer(session, payer=payer, **person)
        patient, coverage = claim.patient, claim.coverage
        for name, value in member.items():
            setattr(coverage, name, value)
        if is_canary:
            patient.ssn_sealed = keys.seal(SSN, f"patient.ssn:{patient.public_id}")
            patient.ssn_index = keys.blind_index(SSN, "ssn")
            patient.guarantor.phone, patient.guarantor.email = f"+1{PHONE}", EMAIL
        user = factories.make_user(session, "front_desk")
        provider = factories.make_provider(session)
        appointment = factories.make_appointment(session, patient, provider)
        encounter = factories.make_encounter(session, patient, provider, appointment_id=appointment.id)
        authorization = factories._add(session, _authorization(coverage.id))
        session.flush()
    visit(session, patient, (("PR-1", "40.00"),))
    with db.transaction() as current:
        drawer = ledger.open_drawer(current, user.id, Decimal("100.00"))
        receipt = ledger.receive(
            current,
            guarantor_id=patient.guarantor_id,
            patient_id=patient.id,
            appointment_id=appointment.id,
            amount=Decimal("10.00"),
            method="check",
            reference="1042",
            purpose="copay",
            key=f"everything-{patient.id}",
        )
        eligibility.ask(current, coverage, clock.today(), appointment=appointment)
        request = authorizations.ask(
            current,
            coverage,
            key=f"everything-{patient.id}",
            codes=[],
            diagnoses=["M54.50"],
            visits=6,
            starts_on=clock.today(),
            ends_on=clock.today(),
        )
        estimate = estimates.save(
            current, appointment, estimates.parse("99213"), without_plan=True, key=f"everything-{patient.id}"
        )
        step = estimates.give(
            current, appointment, estimate, "mail", paper.pdf(current, estimate), f"everything-{patient.id}"
        )
        message = messages.write(
            current,
            "receipt",
            to=patient.email,
            subject=f"Receipt for {patient.last_name}",
            text=f"{patient.last_name} {patient.phone}",
            patient_id=patient.id,
            key=f"everything-{patient.id}",
        )
        task = tasks.add(current, "reply", "Call.", key=f"everything-{patient.id}", patient_id=patient.id)
    with db.transaction():
        strange = house.answer(
            claim,
            house.paid_line(claim, 0, "98.60", ("CO", "45", "36.40"), line_control_number=""),
            house.paid_line(claim, 1, "0.00", ("CO", "16", "35.00"), line_control_number=""),
            control_number=f"9{patient.id}-2",
            payer_control_number="",
        )
        denied = house.answer(
            claim,
            house.paid_line(claim, 0, "98.60", ("CO", "45", "36.40")),
            house.paid_line(claim, 1, "0.00", ("CO", "16", "35.00")),
        )
        remittance = house.pay(session, claim, denied, strange, trace=f"EFT{patient.id}")
        unreadable = house.stored(session, f"NO EDI {patient.id}".encode(), "broken.x12")
        unreadable.state, unreadable.reason = "unreadable", "This is no X12 file."
        session.flush()
    rows = (
        _schedule_rules(session, appointment)
        | _waiting(session, appointment)
        | {
            "appointment": appointment,
            "authorization": authorization,
            "authorization_request": request,
            "claim": claim,
            "claim_payment": remittance.claim_payments[0],
            "coverage": coverage,
            "drawer": drawer,
            "encounter": encounter,
            "file": session.get_one(StoredFile, remittance.file_id),
            "estimate": estimate,
            "good_faith_step": step,
            "entry": session.query(JournalEntry).filter_by(patient_id=patient.id).first(),
            "guarantor": patient.guarantor,
            "message": message,
            "task": task,
            "online_request": _online_request(session, patient, appointment),
            "patient": patient,
            "payer": payer,
            "provider": provider,
            "receipt": receipt,
            "remittance": remittance,
            "schedule": session.query(factories.FeeSchedule).first(),
            "unreadable": unreadable,
            "user": user,
            **_registered(session, patient, coverage),
            **repeated.rows(session, patient, provider),
        }
    )
    return Household(
        patient.id,
        {name: row.public_id for name, row in rows.items()} | {"day": clock.today().isoformat()},
    )


def _registered(session: Session, patient: Patient, coverage: Coverage) -> dict[str, Any]:
    """What registration keeps beside the person, one of each."""
    with db.transaction() as current:
        return {
            "picture": patients.add_scan(current, patient, "card_front", picture(), coverage=coverage),
            "case": cases.open_case(
                current,
                patient,
                coverage.payer,
                kind="other",
                injured_on=clock.today(),
                claim_number="77",
            ),
            "consent": consents.sign(current, patient, "financial"),
            "contact": circle.add_contact(current, patient, kind="spouse", name="A", phone="5550100133"),
            "benefit_order": ordering.ask(current, patient, Answers(), clock.today()),
        }


def _schedule_rules(session: Session, visit: Appointment) -> dict[str, Any]:
    """What the schedule is made by, and what a missed visit came to, one of each."""
    provider_id, day = visit.provider_id, clock.today()
    rows = {
        "closure": ClinicClosure(on=date(2030, 1, 1) + timedelta(days=visit.id), name="Power cut"),
        "exception": HoursException(provider_id=provider_id, on=day + timedelta(days=30)),
        "room": factories.make_room(session),
        "missed_fee": MissedVisitFee(
            appointment_id=visit.id,
            patient_id=visit.patient_id,
            kind="no_show",
            missed_on=day,
            amount=Decimal("25.00"),
            state="not_charged",
            decided_at=clock.now(),
        ),
    }
    session.add_all(rows.values())
    session.flush()
    hours = session.query(ProviderHours).filter_by(provider_id=provider_id, weekday=0).one()
    return rows | {"hours": hours, "visit_type": visit.visit_type}


def _online_request(session: Session, patient: Patient, visit: Appointment) -> OnlineRequest:
    """What somebody typed who is this patient, and waits for the desk."""
    request = OnlineRequest(
        public_id=new_public_id(),
        key=f"everything-{patient.id}",
        state="requested",
        visit_type_id=visit.visit_type_id,
        provider_id=visit.provider_id,
        starts_at=visit.starts_at + timedelta(days=2),
        ends_at=visit.ends_at + timedelta(days=2),
        says_new=False,
        channel="email",
        contact_index=b"",
        made_at=clock.now(),
        verified_at=clock.now(),
    )
    names = ("first_name", "last_name", "phone", "email")
    request.keep_typed(
        {name: getattr(patient, name) for name in names} | {"born_on": patient.born_on.isoformat()}
    )
    session.add(request)
    session.flush()
    return request


def _waiting(session: Session, visit: Appointment) -> dict[str, Any]:
    """The patient waits for a place, one is offered, and a recall is due."""
    patient, now = visit.patient, clock.now()
    patient.sms_consent_at = patient.email_consent_at = now
    soon = clock.today() + timedelta(days=40)
    with db.transaction() as current:
        wish = waiting.Wish(visit.visit_type, soon)
        entry = waiting.add(current, patient, wish, key=f"everything-{patient.id}")
        (opening, *_) = waiting.openings_for(current, entry)
        offer = waiting.offer_by_hand(
            current, entry, opening, waiting.Way("https://clinic.example.com", False)
        )
        recall = recalls.add(
            current, patient, visit.visit_type, clock.today(), "Again", key=f"everything-{patient.id}"
        )
    return {"wait_entry": entry, "wait_offer": offer, "recall": recall}


def _authorization(coverage_id: int) -> Authorization:
    from_today = clock.today()
    return Authorization(
        coverage_id=coverage_id,
        number="AUTH2201",
        codes=["99213"],
        starts_on=from_today - timedelta(days=30),
        ends_on=from_today + timedelta(days=60),
        visits_allowed=6,
    )
