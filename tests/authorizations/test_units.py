"""What is counted is visits or units, as it was asked for and as the payer grants it (K02)."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from clinic import authorizations, claims, clock, db, x12
from clinic.models import Authorization, AuthorizationRequest, Coverage, StoredFile
from jobs import work
from tests import factories


def test_units_are_asked_for_as_units_and_kept_as_units_k02(desk):
    here = desk(plan={"needs_authorization": ["97110"]})
    with db.transaction() as session:
        asked = authorizations.ask(
            session,
            session.get_one(Coverage, here.coverage.id),
            key="one",
            codes=["97110"],
            diagnoses=["M54.50"],
            visits=10,
            counts="units",
            starts_on=clock.today(),
            ends_on=clock.today() + timedelta(days=60),
        ).id
    work.drain()
    sent = db.session.get_one(AuthorizationRequest, asked)
    (read,) = x12.read_278(db.session.get_one(StoredFile, sent.question_file_id).content())
    assert [each.delivery.quantity_kind for each in read.event.services] == ["FL"]
    here.payer_turn()
    kept = db.session.scalars(select(Authorization)).one()
    assert (kept.counts, kept.visits_allowed) == ("units", 10)


def test_a_payer_that_grants_units_for_visits_is_kept_by_its_word_k02():
    said = x12.AuthorizationAnswer(
        reference="R1",
        reviewer=None,
        requester=None,
        subscriber=None,
        event=x12.AuthorizationEvent(
            review=x12.Review(category="HS"),
            services=(
                x12.AuthorizationService(
                    form="professional",
                    procedure="97110",
                    delivery=x12.Delivery(quantity_kind="FL", quantity=24),
                ),
            ),
        ),
    )
    assert authorizations.answers._granted(said) == (24, "units")
    (service,) = said.event.services
    visits = replace(service, delivery=replace(service.delivery, quantity_kind="VS", quantity=6))
    both = replace(said, event=replace(said.event, services=(service, visits)))
    assert authorizations.answers._granted(both) == (6, "visits")


def test_a_claim_is_checked_by_units_where_units_are_granted_k02(session):
    factories.make_practice(session)
    payer = factories.make_payer(session, needs_authorization=["99213"])
    claim = factories.make_claim(session, payer=payer)
    row = Authorization(
        coverage_id=claim.coverage_id,
        number="U1",
        codes=["99213"],
        starts_on=claim.service_on,
        ends_on=claim.service_on,
        counts="units",
        visits_allowed=4,
        visits_used=0,
    )
    session.add(row)
    session.flush()
    for charge in claim.encounter.charges:
        charge.units = 5
    claims.set_authorization(session, claim, row)
    claims.scrub(session, claim)
    assert any("units left, the claim bills 5" in each.message for each in claim.findings)
