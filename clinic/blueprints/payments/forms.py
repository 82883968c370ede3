"""Money by hand: a mailed check, a refund, a reversal, a paper EOB."""

from datetime import timedelta
from decimal import Decimal

from wtforms import (
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from clinic import clock
from clinic.web.fields import AtLeast, ClinicDate, Key, Money
from clinic.web.forms import ClinicForm, PartForm

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
METHODS = (("check", "Check"), ("cash", "Cash"), ("card_terminal", "Card at desk"))
PAYER_METHODS = (("CHK", "Check"), ("ACH", "EFT"), ("NON", "No money"))
DATED_AHEAD = timedelta(days=31)  # payers date a check or an EFT some days ahead, never a year
GROUPS = ("CO", "PR", "OA", "PI")


def _strip(text: str | None) -> str:
    return (text or "").strip()


class ReceiveForm(ClinicForm):
    """A payment of a household; `how` oldest first, or the amounts typed beside the charges."""

    key = Key()
    amount = Money(
        "Amount",
        validators=[InputRequired("Enter the amount."), AtLeast(CENT, "Enter more than $0.00.")],
    )
    method = SelectField("Paid by", choices=[SelectChoice(*each) for each in METHODS], default="check")
    reference = StringField(
        "Check number or reference",
        filters=[_strip],
        validators=[Length(max=50, message="At most 50 characters.")],
    )
    how = RadioField(
        "Pays",
        choices=[SelectChoice("oldest", "Oldest first"), SelectChoice("chosen", "As typed below")],
        default="oldest",
    )

    def validate_reference(self, field: StringField) -> None:
        if self.method.data == "check" and not field.data:
            raise ValidationError("Enter the number of the check.")


class RefundForm(ClinicForm):
    key = Key()
    amount = Money(
        "Refund",
        validators=[InputRequired("Enter the amount."), AtLeast(CENT, "Enter more than $0.00.")],
    )
    method = SelectField("Paid back by", choices=[SelectChoice(*each) for each in METHODS], default="check")
    reason = StringField(
        "Reason",
        filters=[_strip],
        validators=[InputRequired("Say why."), Length(max=200, message="At most 200 characters.")],
    )


class ReasonForm(ClinicForm):
    key = Key()
    reason = StringField(
        "Reason",
        filters=[_strip],
        validators=[InputRequired("Say why."), Length(max=200, message="At most 200 characters.")],
    )


class TakeOffForm(ReasonForm):
    """Money of a receipt taken off one charge, named by its public id."""

    charge = HiddenField(validators=[InputRequired("Choose a charge.")])
    amount = Money(
        "Amount",
        validators=[InputRequired("Enter the amount."), AtLeast(CENT, "Enter more than $0.00.")],
    )


class PlainForm(ClinicForm):
    key = Key()


class LineForm(PartForm):
    """One line of a paper EOB; an empty amount is zero, an empty contract part is billed − allowed."""

    line = HiddenField()
    payer_number = StringField("Payer's claim number", filters=[_strip], validators=[Length(max=50)])
    allowed = Money("Allowed", validators=[Optional()])
    contractual = Money("Contractual", validators=[Optional()])
    deductible = Money("Deductible", validators=[Optional()])
    coinsurance = Money("Coinsurance", validators=[Optional()])
    copay = Money("Copay", validators=[Optional()])
    reason = StringField("Other reason", filters=[lambda text: _strip(text).upper()])
    other = Money("Other", validators=[Optional()])
    paid = Money("Paid", validators=[Optional()])

    def validate_reason(self, field: StringField) -> None:
        group, dash, code = field.data.partition("-")
        if (self.other.data or field.data) and (group not in GROUPS or not dash or not code):
            raise ValidationError("Write the reason like CO-97 or PR-204.")


class PaperForm(ClinicForm):
    """A paper EOB: its head, and the lines of every claim that was added."""

    key = Key()
    payer = SelectField("Payer", choices=[], validators=[InputRequired("Choose the payer.")])
    method = SelectField("Paid by", choices=[SelectChoice(*each) for each in PAYER_METHODS], default="CHK")
    trace = StringField(
        "Check or EFT number",
        filters=[_strip],
        validators=[InputRequired("Enter the check or EFT number."), Length(max=50)],
    )
    paid_on = ClinicDate("Dated", validators=[InputRequired("Enter the date of the check.")])
    amount = Money("Amount of the check", validators=[InputRequired("Enter the amount of the check.")])
    add = StringField("Claim number", filters=[lambda text: _strip(text).upper()])
    lines = FieldList(FormField(LineForm))

    def validate_paid_on(self, field: ClinicDate) -> None:
        if field.data and field.data > clock.today() + DATED_AHEAD:
            raise ValidationError(f"{field.data:%m/%d/%Y} is too far ahead: look at the year.")
