"""What the desk types about a series: how it repeats, what is chosen for each date, where the visits shall stand."""

from typing import Any

from flask import abort, request
from sqlalchemy.orm import Session
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.models import Patient
from clinic.scheduling import recurrence, visit_types
from clinic.scheduling.recurrence import MOST
from clinic.scheduling.series_plan import ANYWAY, SKIP
from clinic.scheduling.templates import WEEKDAYS
from clinic.web import may
from clinic.web.fields import Checks, ClinicDate, ClinicTime, Key
from clinic.web.forms import ClinicForm

CHOICE = "choice-"
DAYS = [SelectChoice(str(n), name[:3]) for n, name in enumerate(WEEKDAYS)]
REASON = Length(max=200, message="Keep it under 200 characters.")


class EndForm(ClinicForm):
    """Where a series, or what is added to it, ends: after so many visits, or on a day."""

    times = IntegerField(
        "Visits",
        validators=[Optional(), NumberRange(min=1, max=MOST, message=f"A series has 1 to {MOST} visits.")],
    )
    until_on = ClinicDate("Or until", validators=[Optional()])
    key = Key()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # One of the two is needed: neither says of itself that it may be left out.
        self.times.flags.optional = self.until_on.flags.optional = False


class RepeatForm(EndForm):
    """The part of the booking form that makes a series of the visit."""

    class Meta(ClinicForm.Meta):
        csrf = False  # it stands inside the booking form, which has its own

    every = IntegerField(
        "Every … weeks",
        default=1,
        validators=[
            InputRequired("Enter 1 for every week."),
            NumberRange(min=1, max=12, message="Enter 1 to 12 weeks."),
        ],
    )
    weekdays = Checks("On", choices=DAYS)


class MoreForm(EndForm):
    """How much longer a series becomes; `seen` is the mark of the dates that were shown."""

    seen = HiddenField()


class SeriesMoveForm(ClinicForm):
    """Where the visits of a scope shall stand."""

    weekdays = Checks("On", choices=DAYS)
    time = ClinicTime("Time", validators=[InputRequired("Enter the time, like 9:15 or 130p.")])
    provider = SelectField("Provider", validators=[InputRequired("Choose a provider.")])
    seen = HiddenField()

    def fill(self, session: Session) -> None:
        """Give the list of providers its choices; the rows stay with the form."""
        self.providers = {each.public_id: each for each in visit_types.takers(session, None)}
        self.provider.choices = [SelectChoice(key, each.name) for key, each in self.providers.items()]


class SeriesCancelForm(ClinicForm):
    by = RadioField(
        "Who cancels",
        choices=[SelectChoice("patient", "The patient"), SelectChoice("clinic", "The clinic")],
        default="patient",
        validators=[InputRequired("Say who cancels.")],
    )
    reason = StringField("Reason", validators=[InputRequired("Say why the visits are cancelled."), REASON])
    seen = HiddenField()


def choices() -> dict[str, str]:
    """What was chosen for each date, by the date's key; a list that fits no form is cut."""
    found = {
        name.removeprefix(CHOICE): value[:80]
        for name, value in request.form.items()
        if name.startswith(CHOICE) and value
    }
    return dict(list(found.items())[: MOST + 1])


def closed_reason() -> str:
    """Why some of the visits stand at a closed time."""
    return " ".join(request.form.get("closed_reason", "").split())[:200]


def only_if_allowed() -> None:
    """A closed time is a permission of its own, as booking beside somebody is (A4)."""
    if closed_reason() and not may("schedule.overbook"):
        abort(403)


def done(count: int, patient: Patient, what: str, more: str = "") -> str:
    """`1 visit of CHEN, Bo is booked.`, `4 visits of CHEN, Bo are booked.`"""
    return f"{recurrence.visits(count, more)} of {patient.name} {'is' if count == 1 else 'are'} {what}."


def carried(*names: str) -> list[tuple[str, str]]:
    """What was typed before, as hidden fields of the next form."""
    return [(name, value) for name in names for value in request.form.getlist(name)]


def words_of_choices(moving: bool) -> dict[str, Any]:
    """The names under which a list's choices are sent, and their words."""
    return {
        "prefix": CHOICE,
        "skip": SKIP,
        "anyway": ANYWAY,
        "skip_words": "Leave this visit where it is" if moving else "Leave this date out",
        "anyway_words": "Move it there anyway" if moving else "Book it then anyway",
        "may_close": may("schedule.overbook"),
        "closed_reason": closed_reason(),
        "closed_verb": "moved to" if moving else "booked",
    }
