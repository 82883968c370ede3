"""Delimiters, line ends and broken envelopes (R1)."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from clinic.x12 import X12Error, iter_segments, read_835, read_interchanges, validate, write_835
from tests.x12 import samples

GOOD = write_835(samples.ENVELOPE, [samples.remittance()])
TEXT = GOOD.decode()
WANTED = read_835(GOOD)
# Byte for byte the same, whatever the terminator and the line ends are.
LOOKS = {
    "one line": TEXT.replace("\n", ""),
    "CRLF": TEXT.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + TEXT,
    "blank lines and blanks first": "\n\n  " + TEXT,
    "indented": "\n".join("    " + line for line in TEXT.splitlines()),
    "newline terminator": TEXT.replace("~\n", "\n"),
    "CRLF terminator": TEXT.replace("~\n", "\r\n"),
    "terminator of one control character": TEXT.replace("~\n", "\x1d"),
    "other separators": TEXT.replace("*", "|").replace(":", "\\"),
    "trailing bytes": TEXT + "\r\n\x1a\x00\x00",
    "no last terminator": TEXT.rstrip("~\n"),
    "wrapped at 80 columns": "\n".join(
        TEXT.replace("\n", "")[start : start + 80] for start in range(0, len(TEXT), 80)
    ),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_file_says_the_same_in_every_look_that_senders_give_it(look):
    found = read_835(LOOKS[look].encode())
    assert found == WANTED
    assert not found[0].findings


def test_a_header_of_wrong_length_still_reads_and_is_said():
    found = read_835(TEXT.replace("CLINIC01       ", "CLINIC01").encode())
    assert [replace(item, findings=()) for item in found] == list(WANTED)
    (finding,) = found[0].findings
    assert (finding.severity, finding.element, finding.code) == ("warning", "ISA06", "022")
    assert "has 98 characters, not 105" in finding.message
    assert found[0].is_readable


def test_positions_count_segments_of_the_file_from_one():
    assert [segment.position for segment in iter_segments(GOOD)] == list(range(1, TEXT.count("~") + 1))
    assert next(iter_segments(GOOD)).id == "ISA"


def test_several_interchanges_with_different_delimiters_stand_in_one_file():
    other = write_835(
        replace(samples.ENVELOPE, control_number=43), [samples.remittance(trace="SECOND")]
    ).decode()
    third = TEXT.replace("000000042", "000000044").replace("EFT7788", "THIRD").replace("~\n", "\n")
    joined = TEXT + other.replace("~\n", "!").replace("*", "|").replace("^", "%") + third
    found = read_835(joined.encode())
    assert [item.trace for item in found] == ["EFT7788", "SECOND", "THIRD"]
    assert [item.envelope.control_number for item in found] == [42, 43, 44]
    assert not any(item.findings for item in found)


def test_a_stream_is_read_in_pieces_of_any_size():
    class Drip(io.BytesIO):
        def read(self, size=-1):
            return super().read(7)

    assert list(iter_segments(Drip(GOOD * 3))) == list(iter_segments(GOOD * 3))


def test_latin_letters_in_either_coding_are_read():
    name = "MUÑOZ"
    text = TEXT.replace("*DOE*", f"*{name}*")
    assert read_835(text.encode())[0].claims[0].patient.last_name == name
    assert read_835(text.encode("latin-1"))[0].claims[0].patient.last_name == name


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \r\n ", "The file is empty."),
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"%PDF-1.7", "PDF document"),
        (b"\x00\x01\x02\x03", "binary data"),
        (b"Dear clinic, please find", "does not begin with ISA"),
        (b"ISA*00*          *00*", "cut short"),
        (TEXT[:100].encode(), "cut short"),
        (TEXT[:105].encode(), "no segment terminator"),
    ],
)
def test_what_is_no_x12_is_refused_with_a_plain_sentence(data, sentence):
    with pytest.raises(X12Error, match=sentence):
        read_835(data)


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("SE*21*0001", "SE*20*0001", "SE01"),
        ("SE*21*0001", "SE*21*0009", "SE02"),
        ("GE*1*42", "GE*2*42", "GE01"),
        ("GE*1*42", "GE*1*41", "GE02"),
        ("IEA*1*000000042", "IEA*3*000000042", "IEA01"),
        ("IEA*1*000000042", "IEA*1*000000041", "IEA02"),
    ],
)
def test_r1_a_wrong_count_or_control_number_is_an_error_with_its_place(old, new, element):
    assert old in TEXT
    broken = TEXT.replace(old, new).encode()
    errors = [finding for finding in validate(broken) if finding.severity == "error"]
    assert [finding.element for finding in errors] == [element]
    assert errors[0].position == TEXT[: TEXT.index(old)].count("~") + 1
    assert not read_835(broken)[0].is_readable


@pytest.mark.parametrize("end", ["SE*", "GE*", "IEA*"])
def test_r1_a_file_that_is_cut_short_is_never_readable(end):
    cut = TEXT[: TEXT.index(end)].encode()
    found = read_835(cut)
    assert not found[0].is_readable
    assert any("cut short" in finding.message for finding in found[0].findings)


def test_kinds_of_a_file_are_known_from_its_envelope():
    (interchange,) = read_interchanges(GOOD)
    assert interchange.kinds == ("835",)
    assert interchange.sets[0].segments[0].id == "ST"
    assert interchange.sets[0].segments[-1].id == "SE"
