"""The clinic's own claims go out, and the practice payer's files move them (C1, C2): through jobs and a folder."""

from datetime import date

import pytest
from sqlalchemy import select

from clinic import claims, clearinghouse, clock, db, queue, sandbox
from clinic.models import Claim, RehearsalClock, StoredFile
from jobs import work
from tests import factories

# Taking in goes through jobs.edi, which stands above remittances.
pytest.importorskip("clinic.remittances")


@pytest.fixture
def claim_id(session, config, tmp_path):
    """A practice with fees, and a payer that knows its patient, on both sides."""
    clearinghouse.connect(factories.with_exchange(config, tmp_path))
    factories.make_practice(session)
    factories.make_fees(session)
    payer = factories.make_payer(session)
    patient = factories.make_patient(session)
    coverage = factories.make_coverage(session, patient, payer)
    sandbox.add_plan(session, payer.edi_id, "PPO", payer_name=payer.name)
    sandbox.enrol_member(
        session,
        payer.edi_id,
        "PPO",
        coverage.member_id,
        patient.first_name,
        patient.last_name,
        patient.born_on,
        date(2020, 1, 1),
    )
    session.flush()
    yield factories.make_claim(session, patient).id
    clearinghouse.connect(config)
    clock.set_days_ahead(0)


def send(claim_id):
    """Submit, build, send; the payer's turn; its answers fetched and taken in: all by rows of work."""
    with db.transaction() as session:
        claims.submit(session, [session.get_one(Claim, claim_id)])
    work.drain()
    turn()


def turn():
    with db.transaction() as session:
        queue.add(session, "jobs.sandbox.tick", 0)
    work.drain()


def now(claim_id):
    """The claim as it stands: each job ends with a session of its own."""
    return db.session.get_one(Claim, claim_id)


def test_a_sent_claim_is_accepted_by_the_payer_that_answers(claim_id):
    send(claim_id)
    claim = now(claim_id)
    assert claim.state == "accepted_by_payer"
    assert claim.payer_claim_number.startswith(claim.payer.edi_id)
    kinds = db.session.scalars(select(StoredFile.kind).where(StoredFile.direction == "in")).all()
    assert sorted(kinds) == ["277CA", "999", "TA1"]


@pytest.mark.parametrize(
    ("action", "state"), [("reject_999", "rejected_999"), ("reject_277CA", "rejected_277CA")]
)
def test_a_rejection_that_was_asked_for_comes_back_as_one(claim_id, action, state):
    with db.transaction() as session:
        sandbox.instruct(session, action, control_number=now(claim_id).control_number)
    send(claim_id)
    assert now(claim_id).state == state


def test_days_later_the_remittance_arrives_and_is_taken_in(claim_id):
    send(claim_id)
    with db.transaction() as session:
        session.add(RehearsalClock(id=1, days_ahead=20))
    turn()
    file = db.session.scalars(select(StoredFile).where(StoredFile.kind == "835")).one()
    assert file.state == "taken_in"
    assert now(claim_id).adjudicated_at is not None
