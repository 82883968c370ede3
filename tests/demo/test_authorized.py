"""The demo shows authorizations that run out and a payer's three kinds of answer."""

from datetime import timedelta

from sqlalchemy import select

from clinic import clock
from clinic.authorizations import worklists
from clinic.demo import authorized
from clinic.models import AuthorizationRequest
from tests import factories


def test_three_numbers_run_out_and_three_requests_wait_for_the_payer_k02(session):
    factories.make_practice(session)
    payer = factories.make_payer(session, needs_authorization=["97110"])
    for place in range(8):
        patient = factories.make_patient(session)
        factories.make_coverage(session, patient, payer)
        factories.make_appointment(session, patient, starts_at=clock.now() + timedelta(days=1 + place))
    authorized.fill(session)
    assert [row.authorization.left for row in worklists.expiring(session)] == [2, 3, 5]
    asked = session.scalars(select(AuthorizationRequest.visits).order_by(AuthorizationRequest.id)).all()
    assert asked == [10, 16, 30]


def test_a_clinic_without_such_patients_gets_none(session):
    authorized.fill(session)
    assert session.scalars(select(AuthorizationRequest)).all() == []
