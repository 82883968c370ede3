from collections.abc import Mapping
from decimal import Decimal

from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.formats import usd
from clinic.web.fields import Money, Version
from clinic.web.forms import ClinicForm

PIECES = {
    "n100": Decimal("100.00"),
    "n50": Decimal("50.00"),
    "n20": Decimal("20.00"),
    "n10": Decimal("10.00"),
    "n5": Decimal("5.00"),
    "n2": Decimal("2.00"),
    "n1": Decimal("1.00"),
    "c50": Decimal("0.50"),
    "c25": Decimal("0.25"),
    "c10": Decimal("0.10"),
    "c5": Decimal("0.05"),
    "c1": Decimal("0.01"),
}


def _piece(amount: Decimal) -> IntegerField:
    return IntegerField(
        usd(amount),
        validators=[Optional(), NumberRange(0, 99_999, "Enter how many there are, 0 or more.")],
    )


class OpenForm(ClinicForm):
    """The change that lies in a drawer when it is opened."""

    float_amount = Money("Change in the drawer", validators=[InputRequired("Enter an amount, or 0.")])


class CountForm(ClinicForm):
    """What lies in a drawer: cash by piece or in one sum, checks, and the terminal's own total."""

    n100, n50, n20, n10, n5, n2, n1, c50, c25, c10, c5, c1 = (_piece(one) for one in PIECES.values())
    cash = Money("Cash in one sum", validators=[Optional()])
    check = Money("Checks", validators=[InputRequired("Enter the sum of the checks, or 0.")])
    card_terminal = Money(
        "Card terminal's total", validators=[InputRequired("Enter the terminal's total, or 0.")]
    )
    reason = StringField("Why it differs", validators=[Optional(), Length(max=200)])
    version = Version(validators=[InputRequired("Open the page again.")])

    @property
    def pieces(self) -> list[IntegerField]:
        return [self[name] for name in PIECES]

    @property
    def pieces_readable(self) -> bool:
        """Whether every piece is empty or a count; an empty field alone is an error to WTForms before it is validated."""
        typed = [one for one in self.pieces if one.raw_data and one.raw_data[0].strip()]
        return all(one.data is not None and one.data >= 0 for one in typed)

    @property
    def cash_counted(self) -> Decimal | None:
        """The cash by piece, else the sum that was typed; None while neither is there."""
        counts = {name: self[name].data for name in PIECES if self[name].data is not None}
        if not counts:
            return self.cash.data
        return sum((PIECES[name] * count for name, count in counts.items()), Decimal("0.00"))

    @property
    def counted(self) -> Mapping[str, Decimal | None]:
        """The count by method, once the form is valid: then the cash is there too."""
        return {
            "cash": self.cash_counted,
            "check": self.check.data,
            "card_terminal": self.card_terminal.data,
        }

    def validate(self, extra_validators: object = None) -> bool:
        valid = super().validate(extra_validators)
        if self.pieces_readable and self.cash_counted is None and not self.cash.errors:
            self.cash.errors = [*self.cash.errors, "Count the cash, or write 0."]
        if not valid:
            return False
        if self.cash.data is not None and self.cash.data != self.cash_counted:
            words = f"The pieces make {usd(self.cash_counted)}. Clear one of the two."
            self.cash.errors = [*self.cash.errors, words]
        return not self.cash.errors


class CloseForm(ClinicForm):
    """Closing a day, as it was shown: `entries` is how many entries stood on it."""

    entries = HiddenField()
