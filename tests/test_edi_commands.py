"""`clinic edi`: every command on every public sample and on hostile input, with its exit code and never a traceback."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from clinic import x12
from clinic.cli import main
from tests.x12 import samples

CORPUS = Path(os.environ.get("EDI_CORPUS") or Path(__file__).parents[2] / "shared" / "edi-corpus")
HOSTILE = {
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "pdf": b"%PDF-1.7\n",
    "cut in the header": b"ISA*00*          *00*   ",
    "text": b"Dear Sir, please find the remittance attached.",
    "a header alone": b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260302*1430*^*00501"
    b"*000000001*0*T*:~",
}


def run(*words: object):
    """The result of a command; a traceback is a failure of the test."""
    result = CliRunner().invoke(main, ["edi", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def file(tmp_path):
    def make(content: bytes, name: str = "sample.x12") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


@pytest.fixture
def remittance(file):
    return file(x12.write_835(samples.ENVELOPE, [samples.remittance()]), "check.835")


def unbalanced() -> bytes:
    return x12.write_835(samples.ENVELOPE, [samples.remittance()]).replace(b"*125*80*20*", b"*125*81*20*")


# --- inspect ---------------------------------------------------------------------


def test_inspect_says_who_how_much_and_that_it_balances(remittance):
    said = run("inspect", remittance).output
    assert "Remittance (835)" in said
    assert "From CLINIC01 to PAYER01, 03/02/2026 14:30, interchange 000000042, test data" in said
    assert "Payer: BLUE EXAMPLE" in said
    assert "Trace: EFT7788" in said
    assert "1 claim, 1 line, $125.00 billed, $80.00 paid" in said
    assert "It balances." in said


def test_inspect_names_the_segment_that_does_not_balance(file):
    """R4: segment, what, and by how much."""
    said = run("inspect", file(unbalanced())).output
    assert "It does not balance in 2 places:" in said
    assert re.search(r"error: segment 14, loop 2100, CLP04, .* differs by 1\.00", said)
    assert re.search(r"error: segment 4, .*BPR02, .* differs by -1\.00", said)


def test_inspect_gives_programs_one_object_a_line(remittance, file):
    lines = run("inspect", "--json", remittance, file(b"", "empty")).output.splitlines()
    first, second = map(json.loads, lines)
    assert first["kind"] == "835"
    assert first["path"] == str(remittance)
    assert first["tx"][0]["balanced"] is True
    assert second["kind"] is None
    assert second["findings"][0]["severity"] == "error"


def test_inspect_of_a_path_that_is_not_there_ends_with_2_and_goes_on(remittance, tmp_path):
    result = run("inspect", tmp_path / "nothing", tmp_path, remittance)
    assert result.exit_code == 2
    assert "cannot be opened: No such file" in result.output
    assert "It balances." in result.output


def test_a_file_is_named_from_the_folder_that_run_was_called_from(remittance, monkeypatch):
    monkeypatch.setenv("CLINIC_CALLED_FROM", str(remittance.parent))
    assert "It balances." in run("inspect", remittance.name).output
    result = run("ack", remittance.name, "--out", "answers")
    assert (remittance.parent / "answers" / "check.835.999.x12").exists(), result.output
    script = (Path(__file__).parents[1] / "run").read_text()
    assert script.index("called_from=$PWD") < script.index('cd "$(dirname "$0")"')
    assert 'export CLINIC_CALLED_FROM="$called_from"' in script


# --- validate --------------------------------------------------------------------


def test_validate_is_content_with_a_good_file(remittance):
    result = run("validate", remittance)
    assert result.exit_code == 0
    assert result.output == f"{remittance}: no findings\n"


def test_validate_names_segment_loop_element_value_fault_and_remedy(file):
    content = x12.write_837p(samples.ENVELOPE, [samples.batch()])
    result = run("validate", file(content.replace(b"DTP*472*D8*20260302", b"DTP*472*D8*20260231", 1)))
    assert result.exit_code == 1
    line = result.output.splitlines()[1]
    assert line.startswith("  error: segment 28, loop 2400, DTP03, value '20260231': ")
    assert "is not a date" in line
    assert "CCYYMMDD" in line


def test_validate_with_json_counts_and_lists(file):
    content = x12.write_837p(samples.ENVELOPE, [samples.batch()]).replace(b"*250", b"*25X", 1)
    found = json.loads(run("validate", "--json", file(content)).output)
    assert set(found) == {"path", "errors", "warnings", "findings"}
    assert found["errors"] == sum(each["severity"] == "error" for each in found["findings"])


def test_validate_is_stricter_with_what_we_send(file):
    """x12.md: an NPI that fails its check digit is the sender's to mend; in a file of ours it is an error."""
    content = x12.write_837p(samples.ENVELOPE, [samples.batch()]).replace(b"1234567893", b"1234567890")
    path = file(content)
    assert run("validate", path).exit_code == 0
    assert run("validate", "--ours", path).exit_code == 1


def test_validate_ends_with_2_for_a_path_that_cannot_be_read(tmp_path, remittance):
    assert run("validate", remittance, tmp_path / "nothing").exit_code == 2


# --- explain ---------------------------------------------------------------------


def test_explain_says_each_segment_in_words_with_its_loop_indented(remittance):
    said = run("explain", remittance).output
    assert "     14  CLP           Claim 1042-1: Processed as primary. Billed $125.00, paid $80.00" in said
    assert "Service line (2110)" in said
    assert "$25.00 for CO-45" in said
    assert len([line for line in said.splitlines() if line[:7].strip().isdigit()]) == 25


def test_explain_puts_a_finding_under_its_segment(file):
    content = x12.write_837p(samples.ENVELOPE, [samples.batch()])
    said = run("explain", file(content.replace(b"DTP*472*D8*20260302", b"DTP*472*D8*20260231", 1))).output
    lines = said.splitlines()
    at = next(n for n, line in enumerate(lines) if "20260231" in line)
    assert "^ error:" in lines[at + 1]
    assert (
        "^"
        not in run("explain", "--no-check", file(content.replace(b"*D8*20260302", b"*D8*20260231"))).output
    )


def test_explain_shows_an_unknown_segment_as_it_stands(file):
    content = x12.write_835(samples.ENVELOPE, [samples.remittance()]).replace(
        b"LX*1~", b"LX*1~QQQ*ALPHA**BETA~"
    )
    line = next(line for line in run("explain", file(content)).output.splitlines() if "QQQ" in line)
    assert line.split() == ["14", "QQQ", "ALPHA,", "BETA"]


def test_explain_sends_the_terminal_no_control_characters(file):
    content = x12.write_835(samples.ENVELOPE, [samples.remittance()]).replace(
        b"BLUE EXAMPLE", b"BLUE\x1b[31mX"
    )
    assert "\x1b" not in run("explain", file(content)).output


# --- ack -------------------------------------------------------------------------


def test_ack_answers_from_the_receiver_to_the_sender(file):
    """C2: a TA1 and a 999 that our own reader understands."""
    said = run(
        "ack", file(x12.write_837p(samples.ENVELOPE, [samples.batch()])), "--control-number", 77
    ).output
    first, second = said[: said.index("ISA", 3)], said[said.index("ISA", 3) :]
    assert x12.read_ta1(first)[0].code == "A"
    found = x12.read_999(second)[0]
    assert (found.code, found.group_control_number) == ("A", "42")
    assert found.envelope.sender_id == "PAYER01"
    numbers = [x12.summarize(each).envelope.control_number for each in (first, second)]
    assert numbers == [77, 78]


def test_ack_rejects_what_has_errors_and_writes_to_a_folder(file, tmp_path):
    content = x12.write_837p(samples.ENVELOPE, [samples.batch()])
    path = file(content.replace(b"DTP*472*D8*20260302", b"DTP*472*D8*20260231", 1))
    result = run("ack", path, "--out", tmp_path / "answers")
    names = [Path(line).name for line in result.output.splitlines()]
    assert names == ["sample.x12.TA1.x12", "sample.x12.999.x12"]
    found = x12.read_999((tmp_path / "answers" / names[1]).read_bytes())[0]
    assert found.code == "R"
    assert found.sets[0].errors[0].segment == "DTP"


def test_ack_has_nobody_to_answer_where_there_is_no_header(file):
    result = run("ack", file(b"hello"))
    assert result.exit_code == 1
    assert "nobody to answer" in result.output


# --- any input -------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("command", ["inspect", "validate", "explain", "ack"])
def test_hostile_input_ends_in_words(file, command, name):
    result = run(command, file(HOSTILE[name]))
    assert result.exit_code in (0, 1)
    assert result.output.strip()


def corpus() -> list[str]:
    lines = (CORPUS / "EXPECT.jsonl").read_text().splitlines() if CORPUS.is_dir() else []
    return [json.loads(line)["path"] for line in lines]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the public sample files are not on this machine")
def test_every_public_sample_goes_through_every_command():
    """229 files of every kind: none ends in a traceback, and exit codes say what the findings say."""
    paths = corpus()
    assert len(paths) == 229
    for name in paths:
        path = CORPUS / name
        found = json.loads(run("validate", "--json", path).output)
        assert run("validate", path).exit_code == (1 if found["errors"] else 0), name
        explained = run("explain", path)
        assert explained.exit_code == 0, name
        shown = [line for line in explained.output.splitlines() if line[:7].strip().isdigit()]
        assert len(shown) == json.loads(run("inspect", "--json", path).output)["segments"], name
        assert run("ack", path).exit_code == 0, name
        assert run("inspect", path).exit_code == 0, name


@pytest.mark.parametrize("command", ["inspect", "validate", "explain", "ack"])
def test_a_dash_is_what_comes_through_a_pipe(remittance, command):
    piped = CliRunner().invoke(main, ["edi", command, "-"], input=remittance.read_bytes())
    named = run(command, remittance)
    assert (piped.exit_code, piped.exception) == (named.exit_code, None) or piped.exit_code == 0
    strip = re.compile(r"^.*?:|\d{6}\*\d{4}|\d{8}\*\d{4}", re.M)
    assert strip.sub("", piped.output) == strip.sub("", named.output)


@pytest.mark.parametrize("command", ["inspect", "validate", "explain", "ack"])
def test_a_folder_is_named_as_one(tmp_path, command):
    result = run(command, tmp_path)
    assert result.exit_code == 2
    assert "this is a folder; name the files in it" in result.output
    assert "not X12" not in result.output
