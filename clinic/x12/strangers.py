"""What a file is that is no X12: portals hand out error pages, archives and papers under the names of remittances."""

from __future__ import annotations

import re
from itertools import pairwise

# How each begins, and what to say of it; the first that fits. "{}" is what the beginning itself says.
_BEGINNINGS: tuple[tuple[str, str], ...] = (
    (r"PK\x03\x04", "This is a ZIP archive; unpack it first."),
    (r"\x1f\x8b", "This is a gzip archive; unpack it first."),
    (r"7z\xbc\xaf|Rar!|BZh\d|\xfd7zXZ", "This is a packed archive; unpack it first."),
    (r"-----BEGIN PGP|\x85[\x01-\x04]", "This is encrypted (PGP); decrypt it first."),
    (r"%PDF", "This is a PDF document, not X12; ask the payer for the file behind it."),
    (r"\{\\rtf|\xd0\xcf\x11", "This is a document of a word processor or a spreadsheet, not X12."),
    (r"\xff\xd8\xff|\x89PNG|GIF8|II\*\x00|MM\x00\*", "This is a picture, not X12."),
    (r"(?i)<!doctype html|<html|<head|<body", "This is a web page, not X12: the portal's sign-in may have run out. Sign in again, and download the file anew."),
    (r"<", "This is XML or HTML, not X12."),
    (r"\{|\[\s*[\{\[\"]", "This is JSON, not X12: perhaps a portal's message that something failed."),
    (r"UNA.{6}|UN[BZ]\+", "This is EDIFACT, the standard of other trades, not X12."),
    (r"MSH\W", "This is HL7, what clinical systems send each other, not X12."),
    (r"(GS|ST|TA1|IEA|GE|SE)[^A-Za-z0-9\s]", "The file begins with {}: its interchange header (ISA) is missing."),
    (r"(BPR|BHT|CLP|LX|HL)[^A-Za-z0-9\s]", "The file begins with {}: it is the middle of a file, and ISA, GS and ST are missing."),
    (r"isa", "This begins with isa in small letters; segment names are capital letters."),
    (r"\"ISA", "Every line stands in quotation marks: a spreadsheet has saved the file anew."),
    # "ISA" in EBCDIC, read byte by byte, and in Base64.
    (r"\xc9\xe2\xc1", "This is EBCDIC, the coding of mainframes; ask for the file in ASCII."),
    (r"SVNB[A-Za-z0-9+/\r\n]{40}", "This is X12 in Base64; decode it first."),
    (r"(?i)(from|to|subject|received|return-path|content-type|mime-version): ", "This is an e-mail; save what is attached to it, and load that."),
)  # fmt: skip
_KNOWN = tuple((re.compile(start), sentence) for start, sentence in _BEGINNINGS)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1b]")
_HEADER_INSIDE = re.compile(r"ISA([^A-Za-z0-9\s])00\1 {10}\1")


def what_it_is(text: str) -> str:
    """One sentence about a file that does not begin with ISA, from its first letters."""
    for pattern, sentence in _KNOWN:
        found = pattern.match(text)
        if found is not None:
            return sentence.replace("{}", found.group(1) if found.re.groups else "")
    if _HEADER_INSIDE.search(text):
        return "Something stands before the interchange header (ISA): delete all that is above it."
    if _BINARY.search(text[:200]):
        return "This is not X12: it does not begin with ISA but with binary data."
    lines = text[:2_000].splitlines()
    if len(lines) > 1 and all(one.count(",") == other.count(",") > 0 for one, other in pairwise(lines[:3])):
        return "This is a table with commas (CSV), not X12."
    return "This is text, not X12: it does not begin with ISA."
