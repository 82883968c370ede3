"""Forms of the outbox, the reminder rules and the calendar feeds."""

from typing import Any

from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from clinic import reminders
from clinic.web.fields import ClinicTime, Version
from clinic.web.forms import ClinicForm


class AgainForm(ClinicForm):
    """Send once more."""


class ConsentForm(ClinicForm):
    """What the patient says at the desk."""

    channel = SelectField(choices=[SelectChoice(*each) for each in reminders.CHANNELS.items()])
    yes = SelectField(choices=[SelectChoice("1", "agrees"), SelectChoice("0", "does not")])


class PolicyForm(ClinicForm):
    version = Version()
    active = BooleanField("Send reminders")
    sender_name = StringField("Name in messages", [Length(max=60)])
    quiet_from = ClinicTime("Quiet from", [InputRequired("Enter a time, like 8:00 PM.")])
    quiet_until = ClinicTime("Quiet until", [InputRequired("Enter a time, like 8:00 AM.")])


class RuleForm(ClinicForm):
    amount = IntegerField("How long before", [InputRequired("Enter a number."), NumberRange(min=1, max=60)])
    unit = SelectField("Unit", choices=[SelectChoice("days", "days"), SelectChoice("hours", "hours")])
    channel = SelectField("By", choices=[SelectChoice(*each) for each in reminders.CHANNELS.items()])


class TextForm(ClinicForm):
    subject = StringField("Subject", [Length(max=120)])
    text = TextAreaField("Text", [DataRequired("Write the text."), Length(max=4000)])

    def validate_subject(self, field: Any) -> None:
        if "\n" in (field.data or ""):
            raise ValidationError("The subject is one line.")


class FeedForm(ClinicForm):
    provider = SelectField("Provider", choices=[])
    label = StringField("What reads it", [DataRequired("Name the program or phone."), Length(max=60)])


class RevokeForm(ClinicForm):
    """Make a feed worthless."""
