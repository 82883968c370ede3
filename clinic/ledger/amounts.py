"""What may be written as an amount or as free text beside one."""

import re
from decimal import Decimal

from clinic.ledger.errors import AmountRefused, CardNumberRefused

CENT = Decimal("0.01")
_DIGIT_RUN = re.compile(r"\d(?:[ -]?\d){12,}")


def usd(amount: Decimal) -> str:
    """As a sentence says it: "$1,234.50", "−$3.00"."""
    sign = "−" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"


def whole_cents(amount: Decimal) -> Decimal:
    """The amount with two places. Raises AmountRefused for a fraction of a cent, infinity or NaN."""
    if not amount.is_finite() or amount != amount.quantize(CENT):
        raise AmountRefused(f"{amount} is not a whole number of cents")
    return amount.quantize(CENT)


def positive(amount: Decimal, what: str) -> Decimal:
    """The amount in whole cents. Raises AmountRefused at zero and below (ask 33)."""
    amount = whole_cents(amount)
    if amount <= 0:
        raise AmountRefused(f"{what} must be above $0.00, not {usd(amount)}")
    return amount


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def refuse_card_number(text: str) -> str:
    """The text stripped. Raises CardNumberRefused when 13 to 19 digits in it pass the Luhn check (H4).

    Spaces and dashes between the digits do not hide a card number.
    """
    for run in _DIGIT_RUN.findall(text):
        digits = re.sub(r"\D", "", run)
        if 13 <= len(digits) <= 19 and _luhn(digits):
            raise CardNumberRefused(
                "This looks like a card number. Write the terminal's approval number instead: "
                "no card number is kept here"
            )
    return text.strip()
