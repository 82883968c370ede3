"""What may be typed about a patient, and the words one reads when it is wrong."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from clinic import patients
from clinic.db import new_public_id
from clinic.models import Coverage, Payer, RenderingProvider
from clinic.patients import FieldRefused
from clinic.patients.authorizations import COUNTS, KINDS
from clinic.patients.coverages import EDITABLE
from clinic.web.fields import ClinicDate, Money, Phone, Version
from clinic.web.forms import ClinicForm, PartForm

SHORT = Length(max=80, message="Keep it under 80 characters.")
GUARANTORS = {
    "self": "The patient",
    "spouse": "A spouse",
    "parent": "A parent",
    "child": "A child",
    "other": "Somebody else",
}


def safe_key(key: str | None) -> str | None:
    """A key as the form drew it, for the row's own opaque id; None where somebody made one up."""
    return key if re.fullmatch(r"[\w-]{22}", key or "") else None


def choices(labels: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


class ZipCode(StringField):
    """A ZIP code; nine digits are shown with their hyphen."""

    def _value(self) -> str:
        text = str(self.data or "")
        return f"{text[:5]}-{text[5:]}" if re.fullmatch(r"\d{9}", text) else text


class NameFields:
    """Who somebody is."""

    first_name = StringField("First name", validators=[InputRequired("Enter the first name."), SHORT])
    middle_name = StringField("Middle name", validators=[SHORT])
    last_name = StringField("Last name", validators=[InputRequired("Enter the last name."), SHORT])
    suffix = StringField("Suffix", validators=[Length(max=10, message="Keep it under 10 characters.")])
    born_on = ClinicDate("Birth date", birth=True, validators=[InputRequired("Enter the birth date.")])
    sex = RadioField(
        "Sex, as the insurer has it",
        choices=choices({"F": "Female", "M": "Male", "U": "Unknown"}),
        validators=[InputRequired("Choose one.")],
    )


class AddressFields:
    """Where somebody lives and is reached; required in each form that has it."""

    phone = Phone("Phone")
    email = StringField("E-mail", validators=[SHORT])
    address = StringField("Address", validators=[InputRequired("Enter the street address."), SHORT])
    address2 = StringField("Apartment, suite", validators=[SHORT])
    zip = ZipCode("ZIP code", validators=[InputRequired("Enter the ZIP code."), SHORT])
    city = StringField("City", validators=[InputRequired("Enter the city."), SHORT])
    state = StringField("State", validators=[InputRequired("Enter the state."), SHORT])


class PersonForm(NameFields, AddressFields, ClinicForm):
    """Demographics; `version` is the row's when it is a change."""

    language = SelectField("Language", choices=choices({"en": "English", "es": "Español"}))
    emergency_contact = StringField("Emergency contact", validators=[SHORT])
    ssn = StringField("SSN", validators=[Length(max=20, message="Enter nine digits.")])
    version = Version()

    def person(self) -> dict[str, Any]:
        """The fields as `patients.register` and `patients.change` take them."""
        skipped = {"version", "csrf_token", "key", "accept_duplicates", "at", "day", "household"}
        return {
            field.name: field.data or ("" if field.name != "born_on" else None)
            for field in self
            if field.name not in skipped
            and not isinstance(field, FormField)
            and "guarantor" not in field.name
        }


class GuarantorFields(PartForm):
    """Who pays when it is not the patient; asked for only then."""

    first_name = StringField("First name", validators=[SHORT])
    last_name = StringField("Last name", validators=[SHORT])
    born_on = ClinicDate("Birth date", birth=True)
    phone = Phone("Phone")
    email = StringField("E-mail", validators=[SHORT])
    address = StringField("Address", validators=[SHORT])
    address2 = StringField("Apartment, suite", validators=[SHORT])
    zip = ZipCode("ZIP code", validators=[SHORT])
    city = StringField("City", validators=[SHORT])
    state = StringField("State", validators=[SHORT])


class SubscriberFields:
    """Who holds the policy, where that is not the patient; an empty address is the patient's."""

    subscriber_first_name = StringField("Subscriber's first name", validators=[SHORT])
    subscriber_last_name = StringField("Subscriber's last name", validators=[SHORT])
    subscriber_born_on = ClinicDate("Subscriber's birth date", birth=True)
    subscriber_sex = SelectField(
        "Subscriber's sex",
        choices=choices({"": "Not known", "F": "Female", "M": "Male", "U": "Unknown"}),
        default="",
    )
    subscriber_address = StringField("Subscriber's address", validators=[SHORT])
    subscriber_address2 = StringField("Apartment, suite", validators=[SHORT])
    subscriber_zip = ZipCode("ZIP code", validators=[SHORT])
    subscriber_city = StringField("City", validators=[SHORT])
    subscriber_state = StringField("State", validators=[SHORT])


class CoverageFields(SubscriberFields, PartForm):
    """One coverage; nothing of it is needed as long as no payer is chosen."""

    payer = SelectField("Payer", default="")
    plan_name = StringField("Plan", validators=[SHORT])
    member_id = StringField("Member ID", validators=[SHORT])
    group_number = StringField("Group", validators=[SHORT])
    relationship_code = SelectField(
        "The patient is the subscriber's", choices=choices(patients.RELATIONSHIPS), default="18"
    )
    effective_on = ClinicDate("Effective from")
    terminated_on = ClinicDate("Until")
    copay = Money("Copay")

    def validate_payer(self, field: SelectField) -> None:
        typed = any(
            each.data
            for each in self
            if each.short_name not in ("payer", "relationship_code", "subscriber_sex")
        )
        if typed and not field.data:
            # What was copied from a card must not vanish because its first field was left out.
            raise ValidationError("Choose the payer, or empty the fields of this coverage.")

    def fields(self) -> dict[str, Any]:
        """The fields as `patients.add_coverage` takes them, without the payer."""
        return {field.short_name: field.data for field in self if field.short_name != "payer"}


class RegisterForm(PersonForm):
    """Everything of a new patient on one page. `key` becomes the patient's own opaque id: two clicks, one patient."""

    key = HiddenField(default=new_public_id)
    at = HiddenField()
    day = HiddenField()
    # The public id of a relative whose household this patient joins.
    household = HiddenField()
    accept_duplicates = BooleanField("This is another person")
    guarantor_relationship = SelectField("Who pays the bills", choices=choices(GUARANTORS), default="self")
    guarantor = FormField(GuarantorFields)
    primary = FormField(CoverageFields)
    secondary = FormField(CoverageFields)

    def fill(self, session: Session) -> None:
        listed = payer_choices(session, "No insurance")
        self.primary.form.payer.choices = listed
        self.secondary.form.payer.choices = payer_choices(session, "None")

    def payer_person(self) -> dict[str, Any] | None:
        """The guarantor as `patients.register` takes it; None for the patient himself, or where a household is joined."""
        if self.guarantor_relationship.data == "self" or self.household.data:
            return None
        typed = self.guarantor.data.items()
        return {name: value or ("" if name != "born_on" else None) for name, value in typed}

    def is_complete(self) -> bool:
        """Whether everything can be kept as it was typed; each field that cannot says why, all at once."""
        typed = self.validate_on_submit()
        wrong = [
            (refused, "")
            for refused in patients.faults(
                self.person(), self.payer_person(), self.guarantor_relationship.data or ""
            )
        ]
        for part in ("primary", "secondary"):
            fields = self[part].form
            if fields.payer.data:
                wrong += [
                    (refused, part)
                    for refused in patients.coverage_faults(fields.fields(), self.born_on.data)
                ]
        for refused, part in wrong:
            put(self, refused, part, also=False)
        return typed and not wrong

    @property
    def safe_key(self) -> str | None:
        """The key, unless somebody made one up."""
        return safe_key(self.key.data)


class CoverageForm(SubscriberFields, ClinicForm):
    """One coverage on its own page; `version` is the row's when it is a change."""

    payer = SelectField("Payer", validators=[InputRequired("Choose the payer.")])
    position = SelectField(
        "Pays",
        choices=choices({"1": "First (primary)", "2": "Second (secondary)", "3": "Third (tertiary)"}),
        default="1",
        coerce=int,
    )
    plan_name = StringField("Plan", validators=[SHORT])
    member_id = StringField(
        "Member ID", validators=[InputRequired("Enter the member ID from the card."), SHORT]
    )
    group_number = StringField("Group", validators=[SHORT])
    relationship_code = SelectField(
        "The patient is the subscriber's", choices=choices(patients.RELATIONSHIPS), default="18"
    )
    effective_on = ClinicDate(
        "Effective from", validators=[InputRequired("Enter the day on which the coverage began.")]
    )
    terminated_on = ClinicDate("Until")
    copay = Money("Copay")
    version = Version()

    def fill(self, session: Session) -> None:
        self.payer.choices = payer_choices(session, "Choose")

    def fields(self) -> dict[str, Any]:
        skipped = ("payer", "version", "csrf_token")
        return {field.name: field.data for field in self if field.name not in skipped}


class MergeForm(ClinicForm):
    """The record that goes, the versions of both that were looked at, and why two who are unlike are one."""

    reason = StringField(
        "How you know that this is one person",
        validators=[Length(max=200, message="Keep it under 200 characters.")],
    )
    other = HiddenField()
    version = Version()
    other_version = Version()


class EndForm(ClinicForm):
    on = ClinicDate("Last day", validators=[InputRequired("Enter the last day of the coverage.")])
    version = Version()


class AuthorizationForm(ClinicForm):
    kind = RadioField("What it is", choices=choices(KINDS), default="authorization")
    counts = RadioField("It counts", choices=choices(COUNTS), default="visits")
    provider = SelectField("Provider", default="")
    number = StringField("Number", validators=[InputRequired("Enter the number.")])
    codes = StringField(
        "Procedure codes", validators=[Length(max=200, message="Keep it under 200 characters.")]
    )
    starts_on = ClinicDate("From", validators=[InputRequired("Enter the first day.")])
    ends_on = ClinicDate("To", validators=[InputRequired("Enter the last day.")])
    visits_allowed = IntegerField(
        "How many",
        validators=[
            InputRequired("Enter how many."),
            NumberRange(min=1, max=999, message="Enter a number between 1 and 999."),
        ],
    )
    version = Version()

    def fill(self, session: Session) -> None:
        rows = session.scalars(
            select(RenderingProvider).where(RenderingProvider.active).order_by(RenderingProvider.position)
        ).all()
        self.providers = {row.public_id: row.id for row in rows}
        named = {row.public_id: row.name for row in rows}
        self.provider.choices = [SelectChoice("", "Any"), *choices(named)]

    def fields(self) -> dict[str, Any]:
        return {
            "kind": self.kind.data,
            "counts": self.counts.data,
            "provider_id": self.providers.get(self.provider.data or ""),
            "number": self.number.data,
            "codes": re.split(r"[\s,;]+", self.codes.data or ""),
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
            "visits_allowed": self.visits_allowed.data,
        }


class GuarantorForm(AddressFields, ClinicForm):
    first_name = StringField("First name", validators=[InputRequired("Enter the first name."), SHORT])
    last_name = StringField("Last name", validators=[InputRequired("Enter the last name."), SHORT])
    born_on = ClinicDate("Birth date", birth=True, validators=[InputRequired("Enter the birth date.")])
    version = Version()

    def fields(self) -> dict[str, Any]:
        return {
            field.name: field.data or ("" if field.name != "born_on" else None)
            for field in self
            if field.name not in ("version", "csrf_token")
        }


def payer_choices(session: Session, none: str) -> list[SelectChoice]:
    rows: Iterable[Payer] = session.scalars(select(Payer).where(Payer.active).order_by(Payer.name))
    return [SelectChoice("", none), *(SelectChoice(payer.public_id, payer.name) for payer in rows)]


def coverage_data(coverage: Coverage) -> dict[str, Any]:
    """A coverage as its form shows it."""
    names = [name for name in EDITABLE if name != "payer_id"] + ["version"]
    return {name: getattr(coverage, name) for name in names} | {"payer": coverage.payer.public_id}


def all_right(form: Any, wrong: Iterable[FieldRefused]) -> bool:
    """Whether a form can be kept; each field that cannot says why, all at once."""
    typed: bool = form.validate_on_submit()
    found = list(wrong)
    for refused in found:
        put(form, refused, also=False)
    return typed and not found


def put(form: Any, refused: FieldRefused, part: str = "", *, also: bool = True) -> None:
    """Put the domain's sentence under the field it speaks of; `part` names the form within the form.

    With `also` False a field that has a sentence already keeps that one alone.
    """
    name = refused.field
    if name.startswith("guarantor-"):
        part, name = "guarantor", name.removeprefix("guarantor-")
    target = form[part].form if part else form
    field = target[name] if name in target else next(iter(target))
    if also or not field.errors:
        field.errors = [*field.errors, str(refused)]
