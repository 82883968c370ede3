"""The demo shows what a missed visit costs: one fee that is due, and one that the manager waived."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import time_machine
from sqlalchemy import select

from clinic import audit, clock
from clinic.demo import catalog, missing
from clinic.models import Appointment, MissedVisitFee, MissedVisitTerms
from tests import factories


def test_one_owes_the_fee_and_one_was_let_off_a3(session):
    with time_machine.travel(datetime(2026, 11, 23, 20, 40, tzinfo=UTC), tick=False):
        factories.make_practice(session)
        factories.make_provider(session, credential="PT")
        factories.make_visit_type(session, name=missing.KIND, minutes=60, **catalog.VISIT_RULES[missing.KIND])
        for n in range(3):
            patient = factories.make_patient(session)
            session.add(MissedVisitTerms(patient_id=patient.id, agreed_on=clock.today()))
            payer = factories.make_payer(session, kind="commercial" if n < 2 else "medicaid")
            factories.make_coverage(session, patient, payer)
        session.query(MissedVisitTerms).update({"agreed_on": clock.today().replace(month=1)})
        users = {role: factories.make_user(session, role).id for role in ("front_desk", "manager")}
        acting = lambda role: audit.Actor(users[role], role)  # noqa: E731
        missing.fill(session, SimpleNamespace(users=users, dice=random.Random(7), acting=acting))
    fees = session.scalars(select(MissedVisitFee).order_by(MissedVisitFee.missed_on)).all()
    assert [(fee.state, fee.amount) for fee in fees] == [
        ("waived", Decimal("50.00")),
        ("charged", Decimal("50.00")),
    ]
    assert {visit.status for visit in session.scalars(select(Appointment))} == {"no_show"}
    assert all(fee.missed_on.weekday() < 5 for fee in fees)
