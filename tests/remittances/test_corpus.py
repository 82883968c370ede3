"""Every public 835 that lies beside the checkout, into a clinic whose claims are not theirs."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from clinic import remittances
from clinic.models import Posting, Remittance
from tests.remittances import house

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "edi-corpus"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the public sample files are not here")


def _files():
    lines = (CORPUS / "EXPECT.jsonl").read_text().splitlines()
    return [each for each in map(json.loads, lines) if each["kind"] == "835"]


def test_every_public_remittance_ends_with_its_proof_or_its_reason_and_the_books_hold(session):
    """R1 to R6, R10: nothing is posted on a claim of ours, and no cent of a posted one is lost."""
    ended: dict[str, int] = {}
    files = _files()
    for expected in files:
        content = (CORPUS / expected["path"]).read_bytes()
        made = remittances.take_in(session, house.stored(session, content, expected["path"]))
        assert len(made) == expected["st"], expected["path"]
        for remittance, said in zip(made, expected["tx"], strict=True):
            ended[remittance.state] = ended.get(remittance.state, 0) + 1
            _check_end(session, remittance, said)
    assert len(files) == 43
    assert set(ended) <= {"posted", "out_of_balance", "duplicate", "conflict", "unreadable", "needs_review"}
    assert ended["posted"] > 15
    house.assert_verified(session)


def _check_end(session, remittance, said):
    if remittance.state == "posted":
        assert all(each.state in ("unmatched", "information") for each in remittance.claim_payments)
        assert remittance.proofs["check"]["ok"]
    elif remittance.state == "out_of_balance":
        assert remittance.reason.startswith("Segment ")
        assert "off by" in remittance.reason
        assert said["claims_out_of_balance"] or not said["balanced"] or remittance.proofs["failures"]
    elif remittance.state in ("duplicate", "conflict"):
        assert remittance.duplicate_of_id is not None
    else:
        assert "segment" in remittance.reason
    if remittance.state != "posted":
        query = select(func.count()).select_from(Posting)
        held = session.scalar(query.where(Posting.entry.has(remittance_id=remittance.id)))
        assert held == 0, "nothing is posted of what does not hold"


def test_the_public_files_again_change_nothing(session):
    """R2: the second time every set is a duplicate; what cannot be read stands once."""
    kept = set()
    for expected in _files():
        content = (CORPUS / expected["path"]).read_bytes()
        kept |= {r.id for r in remittances.take_in(session, house.stored(session, content, expected["path"]))}
    before = session.scalar(select(func.count()).select_from(Posting))
    for expected in _files():
        content = (CORPUS / expected["path"]).read_bytes()
        for again in remittances.take_in(session, house.stored(session, content, expected["path"])):
            assert again.state == "duplicate" or again.id in kept, (expected["path"], again.state)
            kept.add(again.id)
    assert session.scalar(select(func.count()).select_from(Posting)) == before
    assert session.scalar(select(func.count()).select_from(Remittance)) == len(kept)
