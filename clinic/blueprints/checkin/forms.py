"""What is typed at check-in: who the patient is, and what is paid."""

import re
from decimal import Decimal
from typing import Any

from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from clinic.patients.fields import person_faults
from clinic.web.fields import Key, Money, Phone, Version
from clinic.web.forms import ClinicForm
from clinic.web.references import check_reference

NOT_TODAY = "none"
METHODS = {"card_terminal": "Card", "cash": "Cash", "check": "Check", NOT_TODAY: "Not today"}
CITY_STATE = re.compile(r"\s*[^,]+,\s*[A-Za-z]{2}\s*")


class ConfirmForm(ClinicForm):
    """Demographics as the patient says they are; `version` is the patient's."""

    version = Version()
    phone = Phone("Phone", validators=[Optional()])
    email = StringField("E-mail", validators=[Length(max=120)])
    address = StringField("Address", validators=[InputRequired("Enter the street address."), Length(max=55)])
    address2 = StringField("Apt, unit", validators=[Length(max=55)])
    zip = StringField("ZIP", validators=[InputRequired("Enter the ZIP code.")])
    city_state = StringField("City, state", validators=[InputRequired("Enter the city and state.")])
    emergency_contact = StringField("Emergency contact", validators=[Length(max=120)])
    language = SelectField("Language", choices=[SelectChoice("en", "English"), SelectChoice("es", "Español")])

    def validate_city_state(self, field: StringField) -> None:
        if not CITY_STATE.fullmatch(field.data or ""):
            raise ValidationError("Enter the city and the state as two letters, like Portland, OR.")

    def is_complete(self) -> bool:
        """Whether everything can be kept; each field that cannot says why, all at once."""
        complete = bool(self.validate_on_submit())
        for refused in person_faults(self.values()):
            field = self["city_state" if refused.field in ("city", "state") else refused.field]
            if not field.errors:
                field.errors = [str(refused)]
            complete = False
        return complete

    def values(self) -> dict[str, str]:
        """The fields by the patient's column names."""
        city, _, state = (self.city_state.data or "").rpartition(",")
        names = ("email", "address", "address2", "zip", "emergency_contact", "language")
        found = {name: getattr(self, name).data or "" for name in names}
        return found | {
            "phone": self.phone.data or "",
            "city": city.strip(),
            "state": state.strip().upper(),
        }


class CollectForm(ClinicForm):
    """What is paid today; `version` is the appointment's, `key` makes the second click find the first receipt.

    `seen` counts the visit's receipts that stood on the page.
    """

    key = Key()
    version = Version()
    by = RadioField(
        "Paid by",
        choices=[SelectChoice(value, label) for value, label in METHODS.items()],
        default="card_terminal",
        validators=[InputRequired("Choose how it is paid.")],
    )
    amount = Money("Amount")
    seen = Version()
    reference = StringField("Approval or check number")
    receipt = SelectField("Receipt", choices=[SelectChoice("print", "Print")])
    pass_reason = StringField(
        "Why the check-in goes on", validators=[Length(max=200, message="Keep it under 200 characters.")]
    )

    @property
    def pays(self) -> bool:
        return bool(self.by.data != NOT_TODAY)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        if not self.pays:
            # Whatever stands in the field of a payment that is not made does not matter.
            self.amount.data, self.amount.process_errors = None, []
        return bool(super().validate(*args, **kwargs))

    def validate_amount(self, field: Money) -> None:
        if field.process_errors:
            # It was said already why it cannot be read.
            return
        if self.pays and (field.data is None or field.data <= Decimal(0)):
            raise ValidationError("Enter what was paid, or choose Not today.")

    def validate_reference(self, field: StringField) -> None:
        check_reference(field, self.by.data or "")


class PlainForm(ClinicForm):
    """A button: the CSRF token, and the version of the row it was shown with."""

    version = Version()


class SignForm(ClinicForm):
    """A paper that the patient signed today."""

    paper = SelectField(
        "Paper", choices=[SelectChoice("consent", "Consent"), SelectChoice("privacy", "Privacy notice")]
    )
