"""Files out and in through the database: stored first, sent once, the wall of rehearsal."""

import pytest
from sqlalchemy import select

from clinic import clearinghouse, db, files, x12
from clinic.clearinghouse import SendingRefused
from clinic.models import StoredFile, Work
from tests.sandbox.clinic_files import claim, claims_file, envelope


def stored(session, content):
    return files.store(session, content, kind="837P", direction="out", name="built")


def test_a_file_goes_out_under_a_name_made_of_its_envelope(session, connected):
    folder = connected()
    content = claims_file(42, claim())
    file = stored(session, content)
    name = clearinghouse.send_file(session, file)
    assert name == "837P_PRACTICEPAYER_000000042.x12"
    assert (folder.outbound / name).read_bytes() == content
    assert (file.name, file.state) == (name, "sent")
    assert clearinghouse.send_file(session, file) == name, "a retry finds it"


def test_two_files_with_one_number_cannot_replace_one_another(session, connected):
    """C13: what was sent is frozen."""
    connected()
    clearinghouse.send_file(session, stored(session, claims_file(7, claim())))
    with pytest.raises(SendingRefused):
        clearinghouse.send_file(session, stored(session, claims_file(7, claim("OTHER"))))


def test_a_production_file_never_leaves_a_rehearsal(session, connected):
    """Z1, the hard wall."""
    folder = connected()
    with pytest.raises(SendingRefused, match="test"):
        clearinghouse.send_file(session, stored(session, claims_file(1, claim(), usage="P")))
    assert not folder.outbound.exists()


def test_what_is_written_is_marked_by_where_it_is_written(connected):
    connected()
    assert clearinghouse.usage() == "T"
    connected(rehearsal=False)
    assert clearinghouse.usage() == "P"
    with pytest.raises(SendingRefused):
        clearinghouse.exchange_folder()


def arrive(folder, name, content):
    folder.inbound.mkdir(parents=True, exist_ok=True)
    (folder.inbound / name).write_bytes(content)


def test_what_comes_is_stored_byte_for_byte_and_asked_to_be_taken_in(session, connected):
    folder = connected()
    arrive(folder, "999_1.x12", b"\x00binary\xff")
    arrive(folder, "empty.x12", b"")
    with db.transaction() as current:
        found = clearinghouse.fetch(current)
    assert {file.name: (file.content(), file.state) for file in found} == {
        "999_1.x12": (b"\x00binary\xff", "stored"),
        "empty.x12": (b"", "stored"),
    }
    work = session.scalars(select(Work).where(Work.job == "jobs.edi.take_in")).all()
    assert {row.subject_id for row in work} == {file.id for file in found}
    assert folder.fetch() == [], "put away after the commit"


def test_the_same_bytes_twice_are_kept_and_marked_and_not_taken_in_again(session, connected):
    """R2."""
    folder = connected()
    content = x12.write_ta1(envelope(1), [])
    for name in ("first.x12", "second.x12", "first.x12"):
        arrive(folder, name, content)
        with db.transaction() as current:
            clearinghouse.fetch(current)
    rows = session.scalars(
        select(StoredFile).where(StoredFile.direction == "in").order_by(StoredFile.id)
    ).all()
    assert [(row.name, row.state) for row in rows] == [
        ("first.x12", "stored"),
        ("second.x12", "duplicate"),
        ("first.x12", "duplicate"),
    ]
    assert "first.x12" in rows[1].reason
    assert len(session.scalars(select(Work).where(Work.job == "jobs.edi.take_in")).all()) == 1


def test_a_rolled_back_fetch_leaves_the_file_for_the_next_one(session, connected):
    folder = connected()
    arrive(folder, "835.x12", b"ISA")

    def die(_session):
        raise ZeroDivisionError

    def fetch_and_die():
        with db.transaction() as current:
            clearinghouse.fetch(current)
            db.before_commit(current, die)

    with pytest.raises(ZeroDivisionError):
        fetch_and_die()
    assert session.scalars(select(StoredFile)).all() == []
    with db.transaction() as current:
        assert [file.name for file in clearinghouse.fetch(current)] == ["835.x12"]


def test_a_crash_between_commit_and_putting_away_stores_nothing_twice(session, connected, monkeypatch):
    """The file waits in the taking folder and is recognised by name and bytes."""
    folder = connected()
    arrive(folder, "835.x12", b"ISA")
    with monkeypatch.context() as crash:
        crash.setattr(type(folder), "acknowledge", lambda self, name: None)
        with db.transaction() as current:
            clearinghouse.fetch(current)
    with db.transaction() as current:
        assert clearinghouse.fetch(current) == []
    assert len(session.scalars(select(StoredFile)).all()) == 1
    assert folder.fetch() == []
