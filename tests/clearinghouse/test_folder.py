"""A file appears whole or not at all, once, whatever dies in between (design 5)."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from clinic.clearinghouse import FolderTransport, SendingRefused

CHECKOUT = Path(__file__).parents[2]
CONTENT = b"ISA*00*~" * 100


@pytest.fixture
def folder(tmp_path):
    return FolderTransport(tmp_path)


def names(path):
    return sorted(item.name for item in path.iterdir() if item.is_file())


def test_a_sent_file_stands_under_its_final_name_and_no_part_is_left(folder):
    folder.send("837P_X_000000001.x12", CONTENT)
    assert names(folder.outbound) == ["837P_X_000000001.x12"]
    assert (folder.outbound / "837P_X_000000001.x12").read_bytes() == CONTENT


def test_sending_again_changes_nothing(folder):
    folder.send("a.x12", CONTENT)
    before = (folder.outbound / "a.x12").stat().st_ino
    folder.send("a.x12", CONTENT)
    assert (folder.outbound / "a.x12").stat().st_ino == before


def test_a_name_that_holds_other_bytes_is_never_overwritten(folder):
    folder.send("a.x12", CONTENT)
    with pytest.raises(SendingRefused, match="other content"):
        folder.send("a.x12", CONTENT + b"~")
    assert (folder.outbound / "a.x12").read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["../a.x12", ".hidden", "a.part", "b/a.x12", ""])
def test_a_name_that_leads_elsewhere_is_refused(folder, name):
    with pytest.raises(SendingRefused):
        folder.send(name, CONTENT)


@pytest.mark.parametrize("dies_at", ["fsync", "rename"])
def test_killed_between_part_and_rename_the_retry_delivers_once(tmp_path, dies_at):
    """A real kill -9, before the bytes are on the disk or before they have their name."""
    patch = {
        "fsync": "os.fsync = lambda fd: os.kill(os.getpid(), signal.SIGKILL)",
        "rename": "pathlib.Path.rename = lambda self, to: os.kill(os.getpid(), signal.SIGKILL)",
    }[dies_at]
    script = textwrap.dedent(f"""
        import os, pathlib, signal
        from clinic.clearinghouse import FolderTransport
        {patch}
        FolderTransport(pathlib.Path({str(tmp_path)!r})).send("a.x12", b"whole" * 1000)
    """)
    died = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, check=False)
    assert died.returncode == -signal.SIGKILL
    folder = FolderTransport(tmp_path)
    assert names(folder.outbound) == ["a.x12.part"], "the receiver sees no whole file"
    folder.send("a.x12", b"whole" * 1000)
    assert names(folder.outbound) == ["a.x12"]
    assert (folder.outbound / "a.x12").read_bytes() == b"whole" * 1000


def test_what_came_is_handed_over_until_it_is_acknowledged(folder):
    folder.inbound.mkdir(parents=True)
    (folder.inbound / "835_1.x12").write_bytes(CONTENT)
    (folder.inbound / "835_2.x12.part").write_bytes(b"half")
    (folder.inbound / ".lock").write_bytes(b"")
    assert [(item.name, item.again) for item in folder.fetch()] == [("835_1.x12", False)]
    assert [(item.name, item.again, item.content) for item in folder.fetch()] == [
        ("835_1.x12", True, CONTENT)
    ]
    folder.acknowledge("835_1.x12")
    assert folder.fetch() == []
    folder.acknowledge("835_1.x12")


def test_a_second_file_of_the_same_name_waits_for_its_turn_and_both_are_kept(folder):
    folder.inbound.mkdir(parents=True)
    (folder.inbound / "a.x12").write_bytes(b"first")
    folder.fetch()
    (folder.inbound / "a.x12").write_bytes(b"second")
    assert [item.content for item in folder.fetch()] == [b"first"]
    folder.acknowledge("a.x12")
    assert [(item.content, item.again) for item in folder.fetch()] == [(b"second", False)]
    folder.acknowledge("a.x12")
    assert names(folder.inbound / "archive") == ["a.x12", "a.x12.2"]


def test_the_folders_are_the_owners_alone(folder):
    folder.send("a.x12", CONTENT)
    folder.fetch()
    for path in (folder.outbound, folder.inbound / "taking", folder.inbound / "archive"):
        assert os.stat(path).st_mode & 0o077 == 0
