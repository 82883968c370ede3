"""Claims go out through rows of work, whatever dies on the way (design 5)."""

import pytest

from clinic import claims, clearinghouse, db
from clinic.models import Claim, StoredFile, Submission, Work
from jobs import claims as claim_jobs
from jobs import work
from tests import factories


@pytest.fixture
def exchange(config, tmp_path):
    clearinghouse.connect(factories.with_exchange(config, tmp_path))
    return tmp_path / "exchange"


def queued(session):
    factories.make_practice(session)
    factories.make_fees(session)
    claim = factories.make_claim(session)
    claims.submit(session, [claim])
    session.commit()
    return claim.id


def test_building_and_sending_are_work_of_their_own_and_end_with_a_sent_claim(session, exchange):
    claim_id = queued(session)
    assert work.drain() == 2
    session = db.session()
    assert session.get(Claim, claim_id).state == "transmitted"
    assert session.query(Submission).one().state == "sent"
    assert len(list((exchange / "out").iterdir())) == 1


def test_each_job_a_second_time_changes_nothing(session, exchange):
    queued(session)
    work.drain()
    with db.transaction() as session:
        submission = session.query(Submission).one()
        claim_jobs.build(session, submission.id)
        claim_jobs.send(session, submission.id)
    session = db.session()
    assert session.query(StoredFile).count() == 1
    assert len(list((exchange / "out").iterdir())) == 1


def test_a_payer_that_cannot_be_reached_leaves_the_file_built_and_the_work_waiting(session, exchange):
    claim_id = queued(session)
    exchange.mkdir(parents=True)
    (exchange / "out").write_text("a file where the folder should be")
    work.drain()
    session = db.session()
    assert session.query(Submission).one().state == "built"
    assert session.get(Claim, claim_id).state == "queued"
    waiting = session.query(Work).filter_by(job="jobs.claims.send").one()
    assert (waiting.state, waiting.last_error) == ("waiting", "DeliveryError")
    (exchange / "out").unlink()
    with db.transaction() as session:
        session.query(Work).filter_by(job="jobs.claims.send").one().due_at = waiting.created_at
    work.drain()
    assert db.session().get(Claim, claim_id).state == "transmitted"


def test_rescrubbing_frees_what_was_mended(session, exchange):
    factories.make_practice(session)
    factories.make_fees(session)
    patient = factories.make_patient(session)
    coverage = factories.make_coverage(session, patient, member_id="")
    claim = factories.make_claim(session, patient)
    assert claim.state == "scrub_failed"
    coverage.member_id = "MHP1234"
    claim_jobs.rescrub(session, 0)
    assert claim.state == "ready"
