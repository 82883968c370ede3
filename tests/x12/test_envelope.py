"""Delimiters, line ends and broken envelopes (R1)."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from clinic.x12 import (
    X12Error,
    acknowledge,
    inspect,
    iter_segments,
    read_271,
    read_835,
    read_interchanges,
    read_ta1,
    validate,
    write_271,
    write_835,
)
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


ONE_LINE = TEXT.replace("\n", "")
# What the public samples do not hold and payers send: each reads as the plain file does.
ODDITIES = {
    "tab as separator": TEXT.replace("*", "\t"),
    "tab as separator, indented": "\n".join("  " + line for line in TEXT.replace("*", "\t").splitlines()),
    **{f"terminator 0x{code:02X}": TEXT.replace("~\n", chr(code)) for code in (0x1C, 0x1D, 0x1E, 0x1F, 0x0B, 0x85)},
    "all separators control characters": ONE_LINE.replace("*", "\x1d").replace(":", "\x1f").replace("^", "\x1e").replace("~", "\x1c"),
    "quotation mark as separator": TEXT.replace("*", '"'),
    "NUL bytes between segments": TEXT.replace("~\n", "~\x00\x00"),
    "padded with NUL to a block": TEXT + "\x00" * 4096,
    "padded with blanks to a block": TEXT + " " * 4096,
    "form feed and vertical tab around it": "\x0b\x0c" + TEXT + "\x0c",
    "carriage returns alone": TEXT.replace("~\n", "~\r"),
    "carriage return as terminator": TEXT.replace("~\n", "\r"),
    "empty segments": TEXT.replace("~\n", "~~~\n"),
    "blank after ISA16": ONE_LINE.replace(":~GS", ": ~GS", 1),
}  # fmt: skip
CODINGS = {
    "UTF-8 with its mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16 without its mark": TEXT.encode("utf-16-le"),
    "UTF-16, high byte first, without its mark": TEXT.encode("utf-16-be"),
}


@pytest.mark.parametrize("look", ODDITIES)
def test_a_file_in_a_look_that_no_sample_has_says_the_same(look):
    found = read_835(ODDITIES[look].encode("latin-1"))
    assert [replace(item, findings=()) for item in found] == list(WANTED)
    assert found[0].is_readable
    assert not [finding for finding in found[0].findings if finding.severity == "error"]


@pytest.mark.parametrize("coding", CODINGS)
def test_a_file_in_another_coding_says_the_same(coding):
    found = read_835(CODINGS[coding])
    assert found == WANTED
    assert not found[0].findings


def test_a_lost_component_separator_is_assumed_and_said():
    for text in (ONE_LINE.replace(":~GS", "~GS", 1), TEXT.replace(":~\nGS", "~\nGS", 1)):
        found = read_835(text.encode())
        assert found[0].claims[0].lines[0].procedure == "99213"
        assert [finding.element for finding in found[0].findings] == ["ISA16"]


@pytest.mark.parametrize("length", range(1, 106))
def test_a_header_cut_anywhere_is_refused_with_its_place_and_reason(length):
    with pytest.raises(X12Error) as refused:
        read_835(TEXT[:length].encode())
    assert refused.value.message.endswith(".")
    assert inspect(TEXT[:length].encode())["findings"][0]["severity"] == "error"
    if length > 3:
        assert refused.value.position == 1
        assert refused.value.element.startswith("ISA")


def test_a_header_alone_and_a_group_without_sets_are_errors():
    (end, empty) = (TEXT.index("GS*"), TEXT.index("ST*"))
    alone = validate(TEXT[:end].encode())
    assert [(f.severity, f.segment) for f in alone] == [("error", "ISA")]
    text = TEXT[:empty] + "GE*0*42~\nIEA*1*000000042~\n"
    assert [(f.severity, f.message) for f in validate(text.encode())] == [
        ("error", "The group holds no transaction set.")
    ]
    nothing = TEXT[:end] + "IEA*0*000000042~\n"
    assert [f.message for f in validate(nothing.encode())] == ["The interchange holds no group and no TA1."]


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        ("SE*", "SE is missing"),
        ("GE*", "GE is missing"),
        ("IEA*", "IEA is missing"),
    ],
)
def test_a_missing_trailer_before_the_next_interchange_is_said_and_nothing_is_lost(cut, words):
    second = TEXT.replace("000000042", "000000043").replace("EFT7788", "SECOND")
    found = read_835((TEXT[: TEXT.index(cut)] + second).encode())
    assert [item.trace for item in found] == ["EFT7788", "SECOND"]
    assert any(words in finding.message for finding in found[0].findings)


def test_an_interchange_inside_a_set_is_read_and_said():
    """A sender who joins files by hand: what follows the inner one stands outside any set."""
    inner = TEXT.replace("000000042", "000000043").replace("EFT7788", "SECOND")
    text = TEXT.replace("LX*1~\n", inner + "LX*1~\n")
    found = read_835(text.encode())
    assert [item.trace for item in found] == ["EFT7788", "SECOND"]
    assert not any(item.is_readable for item in found)
    messages = " ".join(finding.message for finding in validate(text.encode()))
    assert "SE is missing" in messages
    assert "stands outside any transaction set" in messages


def test_what_follows_a_broken_second_header_is_said_and_what_came_before_stays():
    text = TEXT + "ISA*00*cut"
    found = inspect(text.encode())
    assert (found["kind"], found["st"]) == ("835", 1)
    assert [one["message"] for one in found["findings"]] == [
        "The interchange header is cut short: it has 2 of 16 elements. The file is not read from here on."
    ]
    (item,) = read_835(text.encode())
    assert item.claims == WANTED[0].claims
    assert not item.is_readable


def test_prose_after_the_end_is_a_warning_and_refuses_nothing():
    (item,) = read_835(TEXT.encode() + b"END OF TRANSMISSION\r\n")
    assert item.is_readable
    assert ["stands outside" in finding.message for finding in item.findings] == [True]


def test_names_of_segments_in_small_letters_are_said():
    small = TEXT.replace("CLP*", "clp*")
    assert any("in small letters" in finding.message for finding in validate(small.encode()))
    outside = "~\n".join([*TEXT.split("~\n")[:2], *TEXT.lower().split("~\n")[2:]])
    assert not read_835(outside.encode())
    assert any("'st' stands outside" in finding.message for finding in validate(outside.encode()))
    with pytest.raises(X12Error, match="capital letters"):
        read_835(TEXT.lower().encode())


def test_version_4010_has_no_repetition_and_its_letter_u_is_data():
    old = TEXT.replace("*^*00501*", "*U*00401*").replace("ROWE", "UNU")
    found = read_835(old.encode())
    assert found[0].envelope.delimiters.repetition == ""
    assert found[0].is_readable
    assert found[0].claims == WANTED[0].claims


def test_a_repetition_separator_may_be_a_control_character():
    answer = write_271(samples.ENVELOPE, [samples.answer()]).decode().replace("^", "\x1e")
    assert read_271(answer.encode())[0].envelope.delimiters.repetition == "\x1e"


def test_mainframe_coding_is_refused_in_words():
    with pytest.raises(X12Error, match="EBCDIC"):
        read_835(ONE_LINE.encode("cp037"))


def test_a_lost_terminator_is_refused_before_it_fills_the_memory():
    class Endless(io.RawIOBase):
        left = 300

        def read(self, size=-1):
            self.left -= 1
            return TEXT.encode()[:200] if self.left == 299 else b"A" * size if self.left > 0 else b""

    with pytest.raises(X12Error, match="the terminator is lost"):
        read_835(Endless())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "element", "note"),
    [
        ("ISA*00*", "ISA*07*", "ISA01", "010"),
        ("*00*          *ZZ", "*07*          *ZZ", "ISA03", "012"),
        ("*ZZ*CLINIC01", "*QQ*CLINIC01", "ISA05", "005"),
        ("*CLINIC01       *", "*               *", "ISA06", "006"),
        ("*ZZ*PAYER01", "*QQ*PAYER01", "ISA07", "007"),
        ("*PAYER01        *", "*               *", "ISA08", "008"),
        ("*260302*1430*^", "*261302*1430*^", "ISA09", "014"),
        ("*260302*1430*^", "*260302*2530*^", "ISA10", "015"),
        ("*00501*", "*00999*", "ISA12", "017"),
        ("^*00501*000000042", "^*00501*00000004A", "ISA13", "018"),
        ("*0*T*:", "*9*T*:", "ISA14", "019"),
        ("*0*T*:", "*0*Q*:", "ISA15", "020"),
        ("*CLINIC01       *", "*CLINIC01*", "ISA06", "022"),
    ],
)
def test_a_fault_of_the_header_is_a_warning_and_the_note_of_a_ta1(old, new, element, note):
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    found = [(f.severity, f.element, f.code) for f in validate(text.encode()) if f.segment == "ISA"]
    assert found == [("warning", element, note)]
    answer = acknowledge(text.encode(), samples.ENVELOPE)
    if element != "ISA13":
        assert (answer.ta1.code, answer.ta1.note) == ("E", note)
        assert answer.text_999


def test_the_same_interchange_twice_in_a_file_is_said():
    findings = validate((TEXT + TEXT).encode())
    assert [(f.element, f.severity, f.code) for f in findings] == [("ISA13", "warning", "025")]


def test_every_interchange_is_answered_by_itself():
    """A broken one is rejected, and the sound ones beside it are taken in (C2)."""
    broken = TEXT.replace("IEA*1*000000042", "IEA*1*000000077").encode()
    sound = (
        TEXT.replace("000000042", "000000043")
        .replace("*42*X*", "*43*X*")
        .replace("GE*1*42", "GE*1*43")
        .encode()
    )
    answer = acknowledge(broken + sound, samples.ENVELOPE)
    assert [(one.control_number, one.code, one.note) for one in answer.interchanges] == [
        (42, "R", "001"),
        (43, "A", "000"),
    ]
    assert [group.group_control_number for group in answer.groups] == ["43"]
    assert not answer.accepted
    assert len(read_ta1(answer.ta1_text)) == 2


def test_a_transaction_without_a_guide_here_says_that_only_its_envelope_was_checked():
    enrolment = TEXT.replace("ST*835", "ST*834").replace("GS*HP", "GS*BE").encode()
    (note,) = validate(enrolment)
    assert (note.severity, note.element, note.value) == ("note", "ST01", "834")
    assert "only its envelope was checked" in note.message
