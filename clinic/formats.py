"""How the house writes and reads dates, money and phones (ux 6). Pure text, no web."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal

import phonenumbers

from clinic import clock

MINUS = "\u2212"
NO_PHONE = "Enter a phone number with its area code, or one from abroad with + and its country code."
# What we store of nearly every patient; it is read without asking the numbering plans of all countries.
_AMERICAN = re.compile(r"\+1[2-9]\d{9}", re.ASCII)


def usd(amount: Decimal | None) -> str:
    """`$1,234.50`, with a true minus sign before the dollar sign; "" for None."""
    if amount is None:
        return ""
    sign = MINUS if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"


def usd_bare(amount: Decimal | None) -> str:
    """As in a posting grid: `1,234.50`."""
    return usd(amount).replace("$", "")


def mdy(day: date | datetime | None) -> str:
    """MM/DD/YYYY in the clinic's zone; "" for None."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = clock.local(day).date()
    return f"{day.month:02}/{day.day:02}/{day.year:04}"


def wall(instant: datetime | None) -> str:
    """`10:45 AM` in the clinic's zone."""
    return "" if instant is None else clock.local(instant).strftime("%-I:%M %p")


def phone(number: str) -> str:
    """`(555) 010-0147` for an American number, otherwise its international form."""
    if _AMERICAN.fullmatch(number):
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == 1
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


def ago(moment: date | datetime | None) -> str:
    """`today`, `yesterday`, `9 days ago`, by the clinic's days."""
    if moment is None:
        return "never"
    day = clock.local(moment).date() if isinstance(moment, datetime) else moment
    days = (clock.today() - day).days
    if days < 0:
        return f"in {-days} days" if days < -1 else "tomorrow"
    return ("today", "yesterday")[days] if days < 2 else f"{days} days ago"


def parse_date(text: str, *, birth: bool = False) -> date:
    """A date as the trade types it: `03151980`, `031580`, `3/15/80`, `t`, `t+7`, `t-1`.

    Two-digit years: a birth date is never in the future, any other is the nearest year. Raises ValueError with
    a sentence that says what is expected.
    """
    text = text.strip().lower()
    if match := re.fullmatch(r"t(?:oday)?(?:\s*([+-])\s*(\d{1,4}))?", text):
        days = int(match[2] or 0) * (-1 if match[1] == "-" else 1)
        return clock.today() + timedelta(days=days)
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, day = (int(part) for part in match.groups())
        return _date(year, month, day)
    parts = re.split(r"[/\-. ]+", text)
    if len(parts) == 1 and re.fullmatch(r"\d{6}|\d{8}", text):
        parts = [text[:2], text[2:4], text[4:]]
    if len(parts) != 3 or not all(part.isdecimal() for part in parts) or len(parts[2]) not in (2, 4):
        raise ValueError("Enter a date like 03/15/1980, 031580 or t+7.")
    month, day, year = (int(part) for part in parts)
    if len(parts[2]) == 2:
        year = _century(year, birth=birth)
    return _date(year, month, day)


def _century(two: int, *, birth: bool) -> int:
    this_year = clock.today().year
    if birth:
        return 2000 + two if 2000 + two <= this_year else 1900 + two
    return min((1900 + two, 2000 + two, 2100 + two), key=lambda year: abs(year - this_year))


def _date(year: int, month: int, day: int) -> date:
    if not 1850 <= year <= 2200:
        raise ValueError("The year must lie between 1850 and 2200.")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{month:02}/{day:02}/{year} is not a day of the calendar.") from error


def whole(text: str) -> int | None:
    """A whole number as an address or a form carries it: up to nine plain digits; None for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def parse_money(text: str) -> Decimal:
    """Dollars and cents, `1,234.50` or `$25`; raises ValueError for `1e5`, `-3`, `1.005`, `1,50` and words.

    A comma stands before three digits only: who writes the cents after one would be charged a hundred times as much.
    """
    clean = text.strip().removeprefix("$").removesuffix("$").strip()
    if not re.fullmatch(r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.\d{0,2})?|\.\d{1,2}", clean, re.ASCII):
        raise ValueError("Enter an amount in dollars and cents, like 25.00.")
    return Decimal(clean.replace(",", "")).quantize(Decimal("0.01"))


def parse_time(text: str) -> tuple[int, int]:
    """Hour and minute from `130p`, `0915`, `9:15`, `9:15 am`; an hour from 1 to 6 without a/p is afternoon."""
    match = re.fullmatch(r"(\d{1,2})(?::?(\d{2}))?\s*([ap])?\.?m?\.?", text.strip().lower())
    if not match:
        raise ValueError("Enter a time like 9:15, 0915 or 130p.")
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] == "p" and hour < 12:
        hour += 12
    elif match[3] == "a" and hour == 12:
        hour = 0
    elif not match[3] and 1 <= hour <= 6 and not match[1].startswith("0"):
        hour += 12
    if hour > 23 or minute > 59:
        raise ValueError("Enter a time like 9:15, 0915 or 130p.")
    return hour, minute


def parse_phone(text: str) -> str:
    """E.164 from any punctuation; raises ValueError with a sentence."""
    try:
        parsed = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException as error:
        raise ValueError(NO_PHONE) from error
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(NO_PHONE)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def fold(name: str) -> str:
    """A name as it is searched and sorted: letters and digits only, no accents, small.

    `de la Cruz` → `delacruz`, `O'Brien` → `obrien`, `Álvarez` → `alvarez`: the same order on any PostgreSQL.
    """
    table = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe"})
    plain = unicodedata.normalize("NFKD", name.lower().translate(table))
    return "".join(c for c in plain if c.isalnum())
