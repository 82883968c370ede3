"""What is typed about an estimate: the expected services, a payment toward it, how it was given."""

import re

from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from clinic import estimates
from clinic.web.fields import Key, Money
from clinic.web.forms import ClinicForm
from clinic.web.references import check_reference

METHODS = {"card_terminal": "Card", "cash": "Cash", "check": "Check"}
DIAGNOSIS = re.compile(r"[A-Z]\d[A-Z0-9](?:\.?[A-Z0-9]{1,4})?")


class EstimateForm(ClinicForm):
    """The expected services as `99213, 97110-GP x 2`; `asked` holds them once they are read."""

    key = Key()
    services = StringField("Expected services", validators=[Length(max=300)])
    diagnoses = StringField("Diagnoses", validators=[Length(max=120)])
    without_plan = BooleanField("The patient does not use a plan")
    elsewhere = StringField("Care that others give and bill apart", validators=[Length(max=600)])

    def validate_services(self, field: StringField) -> None:
        try:
            self.asked = estimates.parse(field.data or "")
        except estimates.EstimateRefused as error:
            raise ValidationError(str(error)) from error

    def validate_diagnoses(self, field: StringField) -> None:
        wrong = [code for code in self.codes if not DIAGNOSIS.fullmatch(code)]
        if wrong:
            raise ValidationError(f"“{wrong[0]}” is no diagnosis. Write codes like E11.9, I10.")
        if len(self.codes) > 12:
            raise ValidationError("At most twelve diagnoses.")

    @property
    def codes(self) -> list[str]:
        return [code for code in re.split(r"[\s,;]+", (self.diagnoses.data or "").upper()) if code]


class PrepayForm(ClinicForm):
    """Money toward the estimate that stands on the page."""

    key = Key()
    estimate = HiddenField()
    amount = Money("Amount", validators=[InputRequired("Enter what was paid.")])
    by = RadioField(
        "Paid by",
        choices=[SelectChoice(value, label) for value, label in METHODS.items()],
        default="card_terminal",
        validators=[InputRequired("Choose how it is paid.")],
    )
    reference = StringField("Approval or check number")

    def validate_reference(self, field: StringField) -> None:
        check_reference(field, self.by.data or "")


class GiveForm(ClinicForm):
    """How the good-faith estimate that stands on the page was given."""

    key = Key()
    estimate = HiddenField()
    how = RadioField(
        "Given",
        choices=[SelectChoice(value, label) for value, label in estimates.WAYS.items()],
        default="in_person",
        validators=[InputRequired("Choose how it was given.")],
    )


class CloseForm(ClinicForm):
    """Why an estimate that was owed is given no more: the visit has passed."""

    key = Key()
    why = RadioField(
        "Why",
        choices=[SelectChoice(value, label) for value, label in estimates.CLOSINGS.items()],
        validators=[InputRequired("Say why none is given any more.")],
    )


class AskForm(ClinicForm):
    """The patient asks what the visit will cost."""

    key = Key()


class KeepForm(ClinicForm):
    """The estimate that nobody saved yet is printed for the patient, and kept."""

    key = Key()


class BilledForm(ClinicForm):
    """Why a bill goes to the patient although it is far above its good-faith estimate."""

    key = Key()
    why = StringField(
        "Why the bill goes as it is",
        validators=[InputRequired("Say why the bill goes as it is."), Length(max=300)],
    )
