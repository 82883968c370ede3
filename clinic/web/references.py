"""The approval or check number of a payment at the desk: what may stand in it, and when it is needed."""

import re
from typing import Any

from wtforms.validators import ValidationError

from clinic import ledger
from clinic.db import ClinicError

LONGEST = 50
"""As many characters as a reference holds on the wire (REF02)."""
_NUMBER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 -]*[A-Za-z0-9])?")


def check_reference(field: Any, paid_by: str) -> None:
    """Clean the field, or raise ValidationError with what is wrong; a card number is emptied too (H4)."""
    try:
        field.data = " ".join(ledger.refuse_card_number(field.data or "").split())
    except ClinicError as error:
        # Nor does it stand in the page that is sent back.
        field.data = ""
        raise ValidationError(f"{error}.") from error
    if field.data and not _NUMBER.fullmatch(field.data):
        raise ValidationError("Use letters, digits and hyphens, as the slip or the check has them.")
    if len(field.data) > LONGEST:
        raise ValidationError(f"Keep it to {LONGEST} characters.")
    if paid_by == "card_terminal" and not field.data:
        raise ValidationError("Copy the approval number from the terminal's slip.")
    if paid_by == "check" and not field.data:
        raise ValidationError("Enter the number of the check.")
