"""What a patient types: the code and the birth date, then the amount."""

from datetime import date
from decimal import Decimal

from wtforms import StringField

from clinic import formats
from clinic.web.fields import Key
from clinic.web.forms import ClinicForm


class FindForm(ClinicForm):
    """The code of a bill and the birth date in three boxes."""

    code = StringField()
    month = StringField()
    day = StringField()
    year = StringField()

    def born_on(self) -> date | None:
        """The date, or None where it cannot be read: the page then answers as for a wrong one."""
        parts = [(box.data or "").strip() for box in (self.month, self.day, self.year)]
        if not all(part.isdigit() and part.isascii() for part in parts) or len(parts[2]) not in (2, 4):
            return None
        try:
            return formats.parse_date("/".join(parts), birth=True)
        except ValueError:
            return None


class CheckoutForm(ClinicForm):
    """All of it or a part; `shown` is what the page said is owed."""

    key = Key()
    how = StringField()
    amount = StringField()
    shown = StringField()

    def asked(self) -> Decimal | None:
        """The amount to pay now, or None where it cannot be read as dollars and cents."""
        text = self.amount.data if self.how.data == "part" else self.shown.data
        return _money(text)

    def shown_amount(self) -> Decimal:
        """What the page said is owed; one that cannot be read is never what is owed."""
        return _money(self.shown.data) or Decimal("0.00")


def _money(text: str | None) -> Decimal | None:
    try:
        return formats.parse_money(text or "")
    except ValueError:
        return None
