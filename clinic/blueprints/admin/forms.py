"""What an administrator may type, and the words they read when it is wrong."""

from collections.abc import Iterable

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from clinic import access, scrub
from clinic.models import RenderingProvider
from clinic.web.fields import ClinicDate, Money, Phone
from clinic.web.forms import ClinicForm

KINDS = {
    "commercial": "Commercial",
    "bcbs": "Blue Cross Blue Shield",
    "hmo": "HMO",
    "medicare": "Medicare Part B",
    "medicare_advantage": "Medicare Advantage",
    "medicaid": "Medicaid",
    "workers_comp": "Workers' compensation",
    "auto": "Automobile insurer",
    "liability": "Liability insurer",
}
INDICATORS = {
    "CI": "CI Commercial",
    "BL": "BL Blue Cross Blue Shield",
    "HM": "HM HMO",
    "12": "12 PPO",
    "MB": "MB Medicare Part B",
    "16": "16 Medicare Advantage HMO",
    "MC": "MC Medicaid",
    "WC": "WC Workers' compensation",
    "AM": "AM Automobile medical",
    "LM": "LM Liability medical",
}
STATES = {
    "asked": "Asked for",
    "active": "Active",
    "ended": "Ended",
    "not_required": "Not required",
}


def choices(labels: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


class UserForm(ClinicForm):
    name = StringField("Name", validators=[InputRequired("Enter the name."), Length(max=80)])
    role = SelectField("Role", choices=choices(access.ROLES))
    active = BooleanField("May sign in")


class NewUserForm(ClinicForm):
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


class PasswordForm(ClinicForm):
    password = PasswordField(
        "New password",
        validators=[InputRequired("Enter the new password.")],
        render_kw={"autocomplete": "new-password"},
    )


DAYS = "Enter between 1 and 1500 days."


class PayerForm(ClinicForm):
    name = StringField("Name", validators=[InputRequired("Enter the payer's name."), Length(max=60)])
    edi_id = StringField(
        "Payer ID",
        validators=[
            InputRequired("Enter the payer ID."),
            Regexp(
                r"^\s*[A-Za-z0-9]{2,15}\s*$",
                message="A payer ID has 2 to 15 letters and digits, as its guide says.",
            ),
        ],
    )
    kind = SelectField("Kind", choices=choices(KINDS))
    filing_indicator = SelectField("Claim filing indicator", choices=choices(INDICATORS))
    filing_days = IntegerField(
        "Days to file a claim",
        validators=[InputRequired("Enter a number of days."), NumberRange(1, 1500, DAYS)],
    )
    corrected_days = IntegerField(
        "Days to correct a claim",
        validators=[InputRequired("Enter a number of days."), NumberRange(1, 1500, DAYS)],
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

    def validate_authorization_codes(self, field: StringField) -> None:
        codes = (field.data or "").replace(",", " ").split()
        wrong = next(
            (code for code in codes if len(code) != 5 or not code.isascii() or not code.isalnum()), ""
        )
        if wrong:
            raise ValidationError(f"A procedure code has five letters or digits, not “{wrong[:20]}”.")

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


class EnrolmentForm(ClinicForm):
    state = SelectField("State", choices=choices(STATES))
    effective_on = ClinicDate("From", validators=[Optional()])


class FeeForm(ClinicForm):
    code = StringField("Code", validators=[InputRequired("Enter the code.")])
    modifier = StringField("Modifier", validators=[Optional()])
    amount = Money("Fee", validators=[InputRequired("Enter the fee.")])


class CopyForm(ClinicForm):
    name = StringField(
        "Name of the new schedule", validators=[InputRequired("Give it a name."), Length(max=60)]
    )
    effective_on = ClinicDate("In force from", validators=[InputRequired("Enter the first day.")])


class UploadForm(ClinicForm):
    file = FileField("CSV file", validators=[FileRequired("Choose a CSV file.")])


def npi_field(form: ClinicForm, field: StringField) -> None:
    """Ten digits whose last one is the check digit (P01)."""
    field.data = "".join((field.data or "").split())
    if not scrub.npi_is_valid(field.data):
        raise ValidationError(
            "An NPI has ten digits, and the last one does not fit the others. Read it again."
        )


def taxonomy_field(form: ClinicForm, field: StringField) -> None:
    """Ten letters and digits, as the NUCC list has them (P04)."""
    field.data = (field.data or "").strip().upper()
    if not scrub.taxonomy_format_is_valid(field.data):
        raise ValidationError("A taxonomy code has ten letters and digits, like 207Q00000X.")


class PracticeForm(ClinicForm):
    name = StringField(
        "Name on screens and bills", validators=[InputRequired("Enter the name."), Length(max=60)]
    )
    legal_name = StringField(
        "Legal name on claims", validators=[InputRequired("Enter the name."), Length(max=60)]
    )
    npi = StringField("Billing NPI", validators=[InputRequired("Enter the NPI."), npi_field])
    tax_id = StringField(
        "Tax ID",
        validators=[InputRequired("Enter the tax ID."), Regexp(r"^\d{9}$", message="Nine digits, no dash.")],
    )
    tax_id_kind = SelectField(
        "Tax ID is", choices=choices({"EI": "an employer number", "SY": "a Social Security number"})
    )
    taxonomy = StringField("Billing taxonomy", validators=[InputRequired("Enter the code."), taxonomy_field])
    address = StringField(
        "Street, no PO box", validators=[InputRequired("Enter the street."), Length(max=55)]
    )
    address2 = StringField("Suite", validators=[Optional(), Length(max=55)])
    city = StringField("City", validators=[InputRequired("Enter the city."), Length(max=30)])
    state = StringField(
        "State", validators=[InputRequired("Two letters."), Regexp("^[A-Za-z]{2}$", message="Two letters.")]
    )
    zip = StringField(
        "ZIP with its last four",
        validators=[
            InputRequired("Enter the ZIP."),
            Regexp(r"^\d{5}-?(?!0000)\d{4}$", message="Claims need all nine digits, like 97205-0120."),
        ],
    )
    phone = Phone("Phone", validators=[InputRequired("Enter the phone.")])
    email = StringField("E-mail", validators=[Optional(), Length(max=80)])

    def values(self) -> dict[str, object]:
        """The fields of the practice's row."""
        found = {name: field.data for name, field in self._fields.items() if name != "csrf_token"}
        found["zip"] = found["zip"].replace("-", "")
        found["state"] = found["state"].upper()
        return {name: value or "" for name, value in found.items()}


class ProviderForm(ClinicForm):
    first_name = StringField("First name", validators=[InputRequired("Enter the name."), Length(max=35)])
    last_name = StringField("Last name", validators=[InputRequired("Enter the name."), Length(max=60)])
    credential = StringField("Credential", validators=[Optional(), Length(max=10)])
    npi = StringField("NPI", validators=[InputRequired("Enter the NPI."), npi_field])
    taxonomy = StringField("Taxonomy", validators=[InputRequired("Enter the code."), taxonomy_field])

    def values(self) -> dict[str, object]:
        """The fields of the provider's row."""
        names = ("first_name", "last_name", "credential", "npi", "taxonomy")
        return {name: (getattr(self, name).data or "").strip() for name in names}
