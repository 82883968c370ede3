"""Files that are no X12, or hardly: each is named for what it is, and a fault that returns is said once with its count."""

from __future__ import annotations

import base64
import gzip

import pytest

from clinic.x12 import X12Error, inspect, read_835, validate, write_835
from clinic.x12.errors import MOST_IN_FILE
from tests.x12 import hostile, samples

PAID = write_835(samples.ENVELOPE, [samples.remittance()])
TEXT = PAID.decode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (PAID[PAID.index(b"GS*") :], "begins with GS: its interchange header"),
        (PAID[PAID.index(b"ST*") :], "begins with ST: its interchange header"),
        (PAID[PAID.index(b"CLP*") :], "the middle of a file"),
        (b"UNA:+.? 'UNB+UNOA:1+A+B+260101:1200+1'", "EDIFACT"),
        (b"UNB+UNOA:1+A+B+260101:1200+1'", "EDIFACT"),
        (b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01", "HL7"),
        (b"\n<!DOCTYPE html><html><title>Session expired</title>", "the portal's sign-in may have run out"),
        (b"<?xml version='1.0'?><error/>", "XML or HTML"),
        (b'[{"error": "expired"}]', "JSON"),
        (b"{\\rtf1 hello}", "word processor"),
        (gzip.compress(PAID), "gzip archive"),
        (b"PK\x03\x04\x14\x00", "ZIP archive"),
        (b"7z\xbc\xaf\x27\x1c", "packed archive"),
        (b"-----BEGIN PGP MESSAGE-----\n", "encrypted"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "picture"),
        (base64.b64encode(PAID), "Base64"),
        (b"From: payer@example.com\r\nSubject: ERA\r\n", "e-mail"),
        (b'"' + PAID, "quotation marks"),
        (b"2026-01-01 download complete\n" + PAID, "delete all that is above it"),
        (b"Claim,Paid,Patient\r\n1,2.00,Z\r\n", "commas"),
        (b"Your remittance is not ready yet.", "This is text"),
    ],
)
def test_what_a_portal_saved_as_a_remittance_is_named_for_what_it_is(data, sentence):
    with pytest.raises(X12Error, match=sentence):
        read_835(data)
    (found,) = inspect(data)["findings"]
    assert sentence in found["message"]
    assert found["value"].isprintable()


def test_an_older_or_newer_version_is_read_and_said_with_a_warning():
    older = PAID.replace(b"*00501*", b"*00401*").replace(b"005010X221A1", b"004010X091A1")
    (said,) = validate(older)
    assert (said.severity, said.element) == ("warning", "ST03")
    assert "004010X091A1, an older version" in said.message
    assert len(read_835(older)[0].claims) == 1
    assert "newer" in validate(PAID.replace(b"005010X221A1", b"006020X322"))[0].message
    assert not validate(PAID.replace(b"005010X221A1", b"005010X221"))


def _with_claims(count: int, name: str = "CLP*") -> str:
    start, end = TEXT.index("CLP*"), TEXT.index("SE*")
    return TEXT[:start] + TEXT[start:end].replace("CLP*", name) * count + TEXT[end:]


def test_a_name_in_small_letters_is_said_once_with_its_count():
    said = [one for one in validate(_with_claims(160, "clp*").encode()) if "'clp'" in one.message]
    assert len(said) == 1
    assert "There are 159 more like it." in said[0].message


def test_a_stray_segment_is_listed_twenty_times_and_then_counted():
    stray = _with_claims(1).replace("SE*", "ZZZ*1~\n" * 50 + "SE*")
    said = [one for one in validate(stray.encode()) if "'ZZZ'" in one.message]
    assert len(said) == 20
    assert "There are 30 more like it." in said[-1].message
    few = _with_claims(1).replace("SE*", "ZZZ*1~\n" * 20 + "SE*")
    assert not [one for one in validate(few.encode()) if "more like it" in one.message]


def test_a_file_of_nothing_but_faults_keeps_an_error_of_each_set_and_lists_no_more_than_anybody_reads():
    """R1: each remittance that cannot be posted says why."""
    data = hostile.FILES["sets"](600_000).encode()
    read = read_835(data)
    assert all(not one.is_readable for one in read)
    assert sum(len(one.findings) for one in read) < MOST_IN_FILE + 4 * len(read)
