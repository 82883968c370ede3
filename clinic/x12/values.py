"""Element text to Python values and back: exact amounts, real dates, nothing guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
dollars_and_cents = re.compile(r"-?[0-9]{1,16}\.[0-9]{2}").fullmatch
_NUMBER = re.compile(r"[-+]?(\d{1,18}\.?\d{0,6}|\.\d{1,6})", re.ASCII)


def cents(text: str) -> Decimal | None:
    """Dollars exact to the cent; None where `amount` has to look closer.

    Not cached: to match and convert costs less than to remember amounts that hardly ever return.
    """
    if dollars_and_cents(text):
        return Decimal(text)
    value = amount(text)
    return value if value is not None and value.as_tuple().exponent == -2 else None


@lru_cache(maxsize=8192)
def amount(text: str) -> Decimal | None:
    """Dollars with two places; more places are kept, so that nothing is rounded unseen. None where it is no number."""
    value = number(text)
    if value is None:
        return None
    cents = value.quantize(_CENT)
    return cents if cents == value else value


@lru_cache(maxsize=8192)
def number(text: str) -> Decimal | None:
    """A plain decimal, or None: Decimal alone would take NaN, 1e9 and 1_000."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def day(text: str) -> date | None:
    """CCYYMMDD, or None."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def days(kind: str, text: str) -> tuple[date | None, date | None]:
    """D8 is one day, RD8 a range; both ends None where the text is no date. A range under D8 is forgiven."""
    if kind == "RD8" or "-" in text:
        start, _, end = text.partition("-")
        return day(start), day(end)
    return day(text[:8] if kind == "DT" else text), None


def wall_clock(on: str, at: str) -> datetime | None:
    """A date (CCYYMMDD) and a time (HHMM or longer) as the sender's wall clock."""
    the_day = day(on)
    digits = at.strip()
    if the_day is None or not (digits.isascii() and digits.isdigit()) or len(digits) < 4:
        return None
    try:
        return datetime.combine(the_day, time(int(digits[:2]), int(digits[2:4]), int(digits[4:6] or 0)))
    except ValueError:
        return None


def write_day(value: date | None) -> str:
    return value.strftime("%Y%m%d") if value else ""


def write_days(start: date | None, end: date | None) -> tuple[str, str]:
    """("D8", "20260301") or ("RD8", "20260301-20260303")."""
    if start and end and end != start:
        return "RD8", f"{start:%Y%m%d}-{end:%Y%m%d}"
    return "D8", write_day(start)


def write_number(value: Decimal | int | None) -> str:
    """Shortest exact form: 125, 12.5, -.5 is written -0.5."""
    if value is None:
        return ""
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
