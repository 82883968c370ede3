"""Published code lists: taken in whole or not at all, twice without a change, and used by their days."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from clinic import db
from clinic.charges import code_lists
from clinic.charges.code_lists import REFRESH_SECONDS, Keeper, TableRefused
from clinic.cli import main
from clinic.models import ListedCode
from clinic.x12 import codes

CARC = b"""\xef\xbb\xbfCode,Description,Start Date,Stop Date,Last Modified
9901,"Synthetic reason, in use",01/01/2026,,03/01/2026
9902,Synthetic reason of the past,2010-01-01,12/31/2025,
"""
FILES = {
    "carc": CARC,
    "rarc": b"code\tdescription\tstart\tstop\nN9901\tSynthetic remark\t01/01/2026\t\n",
    "status_categories": b"Code,Description,Start,Stop\nZ9,Synthetic category,01/01/2026,\n",
    "status_codes": b"Code,Description,Start,Stop\n9901,Synthetic status,01/01/2026,\n",
    "places": b"Place of Service Code(s),Place of Service Name,Place of Service Description\n"
    b"28-30,Unassigned,N/A\n98,Synthetic place,Somewhere\n",
    "taxonomies": b"Code,Grouping,Classification,Specialization,Definition,Effective Date,Deactivation Date,"
    b"Last Modified Date,Notes,Display Name\n"
    b"999Z00000X,Synthetic,Tester,,,1/1/2026,,,,Synthetic Tester\n",
}


@pytest.fixture(autouse=True)
def ours_again():
    yield
    for table in codes.PUBLISHED.values():
        table.publish(())


def rows(session) -> list[tuple]:
    found = session.scalars(select(ListedCode).order_by(ListedCode.kind, ListedCode.code))
    return [(row.kind, row.code, row.description, row.effective_on, row.ended_on) for row in found]


def test_every_published_list_has_an_importer():
    assert FILES.keys() == code_lists.KINDS.keys() == codes.PUBLISHED.keys()


@pytest.mark.parametrize("kind", FILES)
def test_a_list_is_taken_in_as_it_is_published_and_twice_changes_nothing(session, kind):
    first = code_lists.load(session, kind, FILES[kind])
    before = rows(session)
    assert first.added == len(before) > 0
    again = code_lists.load(session, kind, FILES[kind])
    assert (again.added, again.changed, again.unchanged) == (0, 0, len(before))
    assert rows(session) == before
    code_lists.publish(session)
    assert codes.PUBLISHED[kind][before[0][1]].startswith("Synthetic")


def test_the_days_of_a_code_are_kept(session):
    code_lists.load(session, "carc", CARC)
    assert rows(session) == [
        ("carc", "9901", "Synthetic reason, in use", date(2026, 1, 1), None),
        ("carc", "9902", "Synthetic reason of the past", date(2010, 1, 1), date(2025, 12, 31)),
    ]
    code_lists.publish(session)
    assert not codes.CARC.stopped("9902", date(2025, 12, 31))
    assert codes.CARC.stopped("9902", date(2026, 1, 1))
    assert codes.CARC.stopped("9901", date(2025, 12, 31))


def test_a_newer_file_changes_what_changed_and_leaves_what_it_does_not_name(session):
    code_lists.load(session, "carc", CARC)
    newer = b"code,description,start,stop\n9901,Synthetic reason in other words,01/01/2026,06/30/2026\n"
    loaded = code_lists.load(session, "carc", newer)
    assert (loaded.added, loaded.changed, loaded.unchanged) == (0, 1, 0)
    assert [row[2:] for row in rows(session)] == [
        ("Synthetic reason in other words", date(2026, 1, 1), date(2026, 6, 30)),
        ("Synthetic reason of the past", date(2010, 1, 1), date(2025, 12, 31)),
    ]


GOOD = b"code,description,start,stop\n9901,Synthetic,01/01/2026,\n"


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("carc", GOOD + b"NOT A CODE,Synthetic,,\n", "Line 3: 'NOT A CODE' does not look like one of"),
        ("rarc", b"code,description\n45,Synthetic\n", "Line 2: '45' does not look like one of"),
        ("taxonomies", b"code,display name\n207Q00000,Synthetic\n", "Line 2: '207Q00000' does not look"),
        ("carc", GOOD + b"9902,,,\n", "Line 3: 9902 needs a description"),
        ("carc", GOOD + b"9902,Synthetic,13/45/2026,\n", "Line 3: "),
        ("carc", GOOD + b"9902,Synthetic,01/01/2026,12/31/2025\n", "Line 3: 9902 ends on 12/31/2025, before it begins"),
        ("carc", GOOD + b"9901,Synthetic again,01/01/2026,\n", "Line 3: 9901 stands in the file twice"),
        ("carc", b"reason,words\n9901,Synthetic\n", "must name the columns code and description"),
        ("carc", b"code,description\n", "has no code"),
        ("carc", b"", "must name the columns"),
        ("carc", b"\xff\xfe\x00code", "is not a text in UTF-8"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_line_and_nothing_is_half_taken_in(session, kind, content, says):
    with pytest.raises(TableRefused) as refused:
        code_lists.load(session, kind, content)
    assert says in str(refused.value)
    assert str(refused.value).endswith("Nothing was loaded.")
    assert session.scalar(select(func.count()).select_from(ListedCode)) == 0


def test_a_process_learns_of_a_list_that_another_took_in(session):
    keeper = Keeper()
    assert not keeper.keep_current(session, now=0.0)
    code_lists.load(session, "carc", CARC)
    assert not keeper.keep_current(session, now=REFRESH_SECONDS - 1)
    assert codes.describe_carc("9901") == "9901"
    assert keeper.keep_current(session, now=REFRESH_SECONDS)
    assert codes.describe_carc("9901") == "Synthetic reason, in use"
    assert not keeper.keep_current(session, now=2 * REFRESH_SECONDS)


@pytest.fixture
def command(committed, monkeypatch, tmp_path):
    """`clinic codes import` on the database of the tests, with what stays in it taken away."""
    monkeypatch.setenv("DATABASE_URL", committed.app_url)
    monkeypatch.setenv("CLINIC_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(db, "connect", lambda url: None)

    def run(kind: str, content: bytes):
        file = tmp_path / "list.csv"
        file.write_bytes(content)
        return CliRunner().invoke(main, ["codes", "import", kind, str(file)])

    return run


def test_the_command_says_what_it_took_in_and_fails_on_a_bad_file(command):
    first = command("carc", CARC)
    assert (first.exit_code, first.output) == (0, "2 codes added, 0 changed, 0 as they were.\n")
    assert command("carc", CARC).output == "0 codes added, 0 changed, 2 as they were.\n"
    bad = command("carc", CARC + b"?,Synthetic,,,\n")
    assert bad.exit_code == 1
    assert "Line 4: '?' does not look like one of the adjustment reasons (carc)" in bad.output
    assert command("nothing", CARC).exit_code == 2
    assert code_lists.counts(db.session())["carc"] == 2
