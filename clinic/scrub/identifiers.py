"""Checks of identifiers that need nothing but the text itself; forms and edits share them."""

import re

NPI_PREFIX = "80840"
"""An NPI's check digit is computed as if it were a card number issued in the US for health care."""

_NPI = re.compile(r"[12][0-9]{9}", re.ASCII)
_LETTER, _MIXED = "[AC-HJKMNP-RT-Y]", "[AC-HJKMNP-RT-Y0-9]"
_MBI = re.compile(f"[1-9]{_LETTER}{_MIXED}[0-9]{_LETTER}{_MIXED}[0-9]{_LETTER}{{2}}[0-9]{{2}}")
_MEMBER_ID = re.compile(r"[A-Z0-9]{2,80}")
_TAXONOMY = re.compile(r"[0-9]{3}[A-Z0-9]{6}X")
_CARD_DECORATION = re.compile(r"[\s\-\u2010-\u2015./]+")


def npi_is_valid(npi: str) -> bool:
    """P01: ten digits, the first a 1 or 2, and the last a Luhn check digit over prefix 80840."""
    return _NPI.fullmatch(npi) is not None and _luhn_holds(NPI_PREFIX + npi)


def mbi_is_valid(mbi: str) -> bool:
    """S03: a Medicare Beneficiary Identifier, eleven characters without dashes, without the letters S L O I B Z."""
    return _MBI.fullmatch(mbi) is not None


def clean_member_id(typed: str) -> str:
    """A member ID as the payer stores it: `1eg4-TE5 MK73` becomes `1EG4TE5MK73`. Other characters stay and fail."""
    return _CARD_DECORATION.sub("", typed).upper()


def member_id_is_valid(member_id: str) -> bool:
    """S01: 2 to 80 characters, capital letters and digits only."""
    return _MEMBER_ID.fullmatch(member_id) is not None


def taxonomy_format_is_valid(code: str) -> bool:
    """P04: ten characters as NUCC writes them, three digits first and an X last; not whether the code exists."""
    return _TAXONOMY.fullmatch(code) is not None


def _luhn_holds(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
