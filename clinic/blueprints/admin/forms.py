"""What an administrator may type, and the words they read when it is wrong."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic import access
from clinic.models import RenderingProvider
from clinic.web.fields import ClinicDate, Money

KINDS = {
    "commercial": "Commercial",
    "bcbs": "Blue Cross Blue Shield",
    "hmo": "HMO",
    "medicare": "Medicare Part B",
    "medicare_advantage": "Medicare Advantage",
    "medicaid": "Medicaid",
}
INDICATORS = {
    "CI": "CI Commercial",
    "BL": "BL Blue Cross Blue Shield",
    "HM": "HM HMO",
    "12": "12 PPO",
    "MB": "MB Medicare Part B",
    "16": "16 Medicare Advantage HMO",
    "MC": "MC Medicaid",
}
STATES = {
    "asked": "Asked for",
    "active": "Active",
    "ended": "Ended",
    "not_required": "Not required",
}


def choices(labels: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


class UserForm(FlaskForm):
    name = StringField("Name", validators=[InputRequired("Enter the name."), Length(max=80)])
    role = SelectField("Role", choices=choices(access.ROLES))
    active = BooleanField("May sign in")


class NewUserForm(FlaskForm):
    sign_in_name = StringField("Sign-in name", validators=[InputRequired("Enter a sign-in name.")])
    name = StringField("Name", validators=[InputRequired("Enter the name."), Length(max=80)])
    role = SelectField("Role", choices=choices(access.ROLES))
    provider = SelectField("Rendering provider", choices=[])
    password = PasswordField(
        "First password",
        validators=[InputRequired("Enter a first password.")],
        render_kw={"autocomplete": "new-password"},
    )

    def offer(self, providers: Iterable[RenderingProvider]) -> None:
        """The clinicians an account can belong to."""
        self._providers = {row.public_id: row.id for row in providers}
        self.provider.choices = [
            SelectChoice("", "None"),
            *(SelectChoice(row.public_id, row.name) for row in providers),
        ]

    def provider_id(self) -> int | None:
        return self._providers.get(self.provider.data or "")


class PasswordForm(FlaskForm):
    password = PasswordField(
        "New password",
        validators=[InputRequired("Enter the new password.")],
        render_kw={"autocomplete": "new-password"},
    )


class PayerForm(FlaskForm):
    name = StringField("Name", validators=[InputRequired("Enter the payer's name."), Length(max=60)])
    edi_id = StringField("Payer ID", validators=[InputRequired("Enter the payer ID."), Length(2, 15)])
    kind = SelectField("Kind", choices=choices(KINDS))
    filing_indicator = SelectField("Claim filing indicator", choices=choices(INDICATORS))
    filing_days = IntegerField(
        "Days to file a claim", validators=[InputRequired("Enter a number of days."), NumberRange(1, 1500)]
    )
    corrected_days = IntegerField(
        "Days to correct a claim", validators=[InputRequired("Enter a number of days."), NumberRange(1, 1500)]
    )
    limits_source = StringField("Where the limits stand", validators=[Optional(), Length(max=120)])
    authorization_codes = StringField("Codes that need an authorization", validators=[Optional()])
    phone = StringField("Phone", validators=[Optional(), Length(max=30)])
    capitated = BooleanField("Pays by capitation (CO-24 is written off)")
    accepts_replacement = BooleanField("Takes replacement claims")
    active = BooleanField("Active")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        payer = kwargs.get("obj")
        if not self.is_submitted():
            self.authorization_codes.data = " ".join(payer.needs_authorization) if payer else ""
            if payer is None:
                self.active.data = self.accepts_replacement.data = True
                self.filing_days.data = self.corrected_days.data = 365

    def values(self) -> dict[str, object]:
        """The fields of the payer's row."""
        codes = (self.authorization_codes.data or "").upper().replace(",", " ").split()
        plain = (
            "name", "edi_id", "kind", "filing_indicator", "filing_days", "corrected_days", "limits_source",
            "phone", "capitated", "accepts_replacement", "active",
        )  # fmt: skip
        values = {name: getattr(self, name).data for name in plain}
        values["edi_id"] = values["edi_id"].strip().upper()
        return values | {"needs_authorization": codes}


class EnrolmentForm(FlaskForm):
    state = SelectField("State", choices=choices(STATES))
    effective_on = ClinicDate("From", validators=[Optional()])


class FeeForm(FlaskForm):
    code = StringField("Code", validators=[InputRequired("Enter the code.")])
    modifier = StringField("Modifier", validators=[Optional()])
    amount = Money("Fee", validators=[InputRequired("Enter the fee.")])


class CopyForm(FlaskForm):
    name = StringField(
        "Name of the new schedule", validators=[InputRequired("Give it a name."), Length(max=60)]
    )
    effective_on = ClinicDate("In force from", validators=[InputRequired("Enter the first day.")])


class UploadForm(FlaskForm):
    file = FileField("CSV file", validators=[FileRequired("Choose a CSV file.")])
