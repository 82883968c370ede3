"""What is typed to ask a payer for an approval."""

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from clinic import authorizations
from clinic.models import Coverage, RenderingProvider
from clinic.patients.authorizations import COUNTS
from clinic.web.fields import ClinicDate, Key
from clinic.web.forms import ClinicForm


class RequestForm(ClinicForm):
    key = Key()
    category = RadioField(
        "For",
        choices=[SelectChoice(value, label) for value, label in authorizations.CATEGORIES.items()],
        default="HS",
        validators=[InputRequired("Choose what it is for.")],
    )
    codes = StringField("Procedure codes", validators=[Length(max=120)])
    diagnoses = StringField("Diagnoses", validators=[InputRequired("Enter a diagnosis."), Length(max=120)])
    counts = RadioField(
        "It counts",
        choices=[SelectChoice(value, label) for value, label in COUNTS.items()],
        default="visits",
        filters=[lambda typed: typed or "visits"],
    )
    visits = IntegerField(
        "How many",
        validators=[
            InputRequired("Enter how many visits or units."),
            NumberRange(min=1, max=999, message="Ask for a number between 1 and 999."),
        ],
    )
    starts_on = ClinicDate("From", validators=[InputRequired("Enter the first day.")])
    ends_on = ClinicDate("To", validators=[InputRequired("Enter the last day.")])
    provider = SelectField("Provider", validate_choice=True)
    message = StringField("Why, for the reviewer", validators=[Length(max=200)])

    def fill(self, session: Session) -> None:
        rows = session.scalars(
            select(RenderingProvider).where(RenderingProvider.active).order_by(RenderingProvider.position)
        ).all()
        self.providers = {row.public_id: row for row in rows}
        self.provider.choices = [
            SelectChoice("", "Any of ours"),
            *(SelectChoice(row.public_id, row.name) for row in rows),
        ]

    def asked(self) -> dict[str, Any]:
        """What is asked for, as `authorizations.ask` and `authorizations.faults` take it."""
        return {
            "codes": self.split(self.codes.data),
            "diagnoses": self.split(self.diagnoses.data),
            "visits": self.visits.data,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
        }

    def is_right(self, coverage: Coverage) -> bool:
        """Whether it can be asked; each field that cannot says why, all at once."""
        typed: bool = self.validate_on_submit()
        wrong = authorizations.faults(coverage, **self.asked())
        for refused in wrong:
            field = self[refused.field]
            if not field.errors:
                field.errors = [str(refused)]
        return typed and not wrong

    @staticmethod
    def split(text: str | None) -> list[str]:
        return [part for part in re.split(r"[\s,;]+", (text or "").upper()) if part]
