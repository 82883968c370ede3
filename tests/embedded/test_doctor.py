"""`clinic doctor` says what is missing and the line that mends it."""

import socket
from pathlib import Path

from click.testing import CliRunner

from clinic import cli, doctor


def named(name, **settings):
    return next(one for one in doctor.check(**settings) if one.name == name)


def test_a_port_somebody_listens_on_is_named_with_another_to_try():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = named("port", port=port)
        assert not found.ok
        assert str(port) in found.message
        assert f"--port {port + 1}" in found.how_to_mend
    assert named("port", port=port).ok


def test_missing_pdf_libraries_are_named_but_do_not_stop_the_clinic(monkeypatch):
    monkeypatch.setitem(doctor.LIBRARIES, "pango", ("libno-such-pango.so.9",))
    found = named("pango")
    assert (found.ok, found.required) == (False, False)
    assert "pango" in found.message
    assert "install" in found.how_to_mend
    assert doctor.main() == 1


def test_a_checkout_without_its_fonts_is_told(tmp_path):
    assert not named("fonts", fonts=tmp_path).ok
    (tmp_path / "inter.woff2").write_bytes(b"")
    assert named("fonts", fonts=tmp_path).ok


def test_a_machine_without_redis_is_told_and_one_with_an_outside_redis_is_not():
    assert [
        named("redis", redis=found).ok for found in (None, Path("/usr/bin/valkey-server"), "redis://10.0.0.2")
    ] == [
        False,
        True,
        True,
    ]
    assert "REDIS_URL" in named("redis").how_to_mend


def test_disk_encryption_is_asked_for_until_the_answer_is_yes():
    assert [named("disk encryption", disk_encrypted=answer).ok for answer in (None, False, True)] == [
        False,
        False,
        True,
    ]


def test_the_command_names_what_it_found_and_finds_the_redis_that_the_demo_starts():
    said = CliRunner().invoke(cli.main, ["doctor"])
    assert said.exit_code == 0, said.output
    assert "redis-server found" in said.output
    assert "disk encryption" in said.output
    assert "MISSING" not in said.output


def test_what_is_said_of_the_disk_is_recorded_with_its_day_and_read_again(tmp_path):
    def run(*more):
        return CliRunner().invoke(cli.main, ["doctor", "--folder", str(tmp_path / "new"), *more]).output

    assert "Nobody has said yet" in run()
    assert "./run doctor --disk-encrypted yes" in run()
    run("--disk-encrypted", "no")
    assert "The disk is not encrypted, by your word on 20" in run()
    run("--disk-encrypted", "yes")
    assert "ok      disk encryption: The disk is encrypted, by your word on 20" in run()
    (tmp_path / "new" / doctor.DISK_ANSWER).write_text("{")
    assert "Nobody has said yet" in run()
