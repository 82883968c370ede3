"""A stored file is read, named by its kind, and handed on; what nobody can read says why (design 3)."""

import pytest
from sqlalchemy import select

from clinic import clearinghouse, db, files, queue, x12
from clinic.models import StoredFile
from jobs import work
from tests.sandbox.clinic_files import claim, claims_file, envelope, question

# It stands above remittances, and is importable when they are there.
edi = pytest.importorskip("jobs.edi", exc_type=ImportError)


def came(session, content, name="came.x12"):
    return files.store(session, content, kind="unread", direction="in", name=name)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03PNG", "binary"),
        (b"%PDF-1.7 remittance", "PDF"),
        (b"Dear clinic, your money is on its way", "not X12"),
        (b"ISA*00*          *00*", "cut short"),
    ],
)
def test_what_is_no_x12_is_kept_with_the_reason_and_nothing_follows(session, connected, content, reason):
    connected()
    file = came(session, content)
    edi.take_in(session, file.id)
    assert (file.state, file.kind) == ("unreadable", "unknown")
    assert reason in file.reason
    assert file.content() == content


def test_a_kind_that_nobody_takes_in_is_kept_and_says_so(session, connected):
    connected()
    file = came(session, x12.write_270(envelope(1), [question()]))
    edi.take_in(session, file.id)
    assert (file.kind, file.partner, file.state) == ("270", "RIVERSIDE01", "stored")
    assert "Nobody here takes in 270" in file.reason


def test_a_test_file_is_not_taken_in_by_a_clinic_that_works_for_real(session, connected):
    """Z1: the wall stands on the way in too."""
    connected(rehearsal=False)
    file = came(session, x12.write_ta1(envelope(1), [accepted()]))
    edi.take_in(session, file.id)
    assert (file.kind, file.state) == ("TA1", "refused")
    assert "ISA15" in file.reason


def accepted():
    return x12.InterchangeAcknowledgment(control_number=77, sent_at=None, code="A")


def test_an_acknowledgment_of_a_file_that_we_never_sent_is_read_once_and_changes_nothing(session, connected):
    connected()
    file = came(session, x12.write_ta1(envelope(1), [accepted()]))
    edi.take_in(session, file.id)
    assert file.kind == "TA1"
    state = file.state
    assert state != "unread"
    edi.take_in(session, file.id)
    assert file.state == state


def test_every_answer_of_the_practice_payer_has_somebody_who_takes_it_in():
    assert set(edi.TAKERS) == {"835", "TA1", "999", "277CA", "271", "278"}


def test_fetched_by_a_job_and_taken_in_by_the_next(session, connected):
    """The whole way in, through rows of work: a file in the folder ends read, with its reason."""
    folder = connected()
    folder.inbound.mkdir(parents=True)
    (folder.inbound / "odd.x12").write_bytes(b"not an interchange")
    with db.transaction() as current:
        queue.add(current, "jobs.edi.fetch", 0)
    work.drain()
    (row,) = session.scalars(select(StoredFile)).all()
    assert (row.state, row.name) == ("unreadable", "odd.x12")


def test_our_own_claims_file_is_not_mistaken_for_an_answer(session, connected):
    connected()
    file = came(session, claims_file(1, claim()))
    edi.take_in(session, file.id)
    assert (file.kind, file.state) == ("837P", "stored")
    assert clearinghouse.rehearsing()
