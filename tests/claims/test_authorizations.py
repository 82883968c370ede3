"""A visit is counted on its authorization at the signature, follows it, and comes back with a void (K02)."""

from datetime import timedelta

import pytest

from clinic import charges, claims, clock
from clinic.models import Authorization, Claim
from tests import factories
from tests.charges.visits import arrived, slip


@pytest.fixture
def visit(session):
    return arrived(session)


def authorization(session, visit, number="A-1", allowed=2):
    today = clock.today()
    row = Authorization(
        coverage_id=visit.coverage.id,
        number=number,
        codes=["99213"],
        starts_on=today - timedelta(days=9),
        ends_on=today + timedelta(days=9),
        visits_allowed=allowed,
        visits_used=0,
    )
    session.add(row)
    session.flush()
    visit.payer.needs_authorization = ["99213"]
    return row


def signed(session, visit) -> Claim:
    encounter = slip(session, visit.appointment)
    charges.sign_off(session, encounter, encounter.version)
    charges.sign_off(session, encounter, encounter.version)
    claim = claims.create_for(session, encounter)
    claims.scrub(session, claim)
    return claim


def k02(claim):
    return [finding.message for finding in claim.findings if finding.edit == "K02"]


def test_a_visit_counts_once_when_its_slip_is_signed_and_its_own_claim_passes(session, visit):
    row = authorization(session, visit, allowed=1)
    claim = signed(session, visit)
    assert row.visits_used == 1
    assert claim.authorization_id == row.id
    assert k02(claim) == []


def test_when_two_slips_took_the_last_visit_the_second_claim_is_blocked_with_n_of_m(session, visit):
    row = authorization(session, visit, allowed=1)
    other = factories.make_appointment(
        session,
        visit.patient,
        visit.provider,
        starts_at=visit.appointment.starts_at + timedelta(hours=2),
        status="checked_in",
    )
    drafts = [slip(session, each) for each in (visit.appointment, other)]
    assert [each.authorization_id for each in drafts] == [row.id, row.id]
    for each in drafts:
        charges.sign_off(session, each, each.version)
    assert row.visits_used == 2
    claim = claims.create_for(session, drafts[1])
    claims.scrub(session, claim)
    assert k02(claim) == ["Authorization A-1 has 0 of 1 visits left, the claim bills 1."]


def test_another_authorization_on_the_claim_takes_the_visit_along(session, visit):
    first = authorization(session, visit)
    claim = signed(session, visit)
    second = authorization(session, visit, "A-2")
    for _ in range(2):
        claims.set_authorization(session, claim, second)
    assert (first.visits_used, second.visits_used) == (0, 1)
    claims.set_authorization(session, claim, None)
    assert (first.visits_used, second.visits_used) == (0, 0)


def test_an_authorization_that_came_after_the_signature_counts_when_the_slip_is_mended(session, visit):
    claim = signed(session, visit)
    row = authorization(session, visit)
    encounter = claim.encounter
    content = charges.content_of(encounter)
    for _ in range(2):
        charges.mend_signed(session, encounter, encounter.version, content.diagnoses, content.lines)
    assert (encounter.authorization_id, row.visits_used) == (row.id, 1)


def test_a_void_gives_the_visit_back_once(session, visit):
    row = authorization(session, visit)
    claim = signed(session, visit)
    claim.state, claim.payer_claim_number = "denied", "26065008812"
    for _ in range(2):
        claims.void(session, claim)
    assert row.visits_used == 0
