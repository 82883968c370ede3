"""What the desk may type about who waits and who should come again, and the words read when it is wrong."""

from collections.abc import Iterable
from datetime import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, FormField, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from clinic import clock, formats, waiting
from clinic.models import Appointment, RenderingProvider, VisitType, WaitEntry
from clinic.scheduling.templates import WEEKDAYS
from clinic.waiting import recalls
from clinic.waiting.entries import PRIORITIES
from clinic.web.fields import Checks, ClinicDate, ClinicTime, Key, Version
from clinic.web.forms import ClinicForm, PartForm

LENGTH = Length(max=200, message="Keep it under 200 characters.")


def visit_types(session: Session) -> dict[str, VisitType]:
    """The types that are booked, by their public id, in their order."""
    found = session.scalars(
        select(VisitType).where(VisitType.active).order_by(VisitType.position, VisitType.name)
    )
    return {kind.public_id: kind for kind in found}


def providers(session: Session) -> dict[str, RenderingProvider]:
    """Everybody who sees patients, by public id."""
    found = session.scalars(
        select(RenderingProvider)
        .where(RenderingProvider.active)
        .order_by(RenderingProvider.position, RenderingProvider.id)
    )
    return {each.public_id: each for each in found}


def choices(labels: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels]


class WindowFields(PartForm):
    """Days of the week and a span of hours."""

    weekdays = Checks("On", choices=choices((str(n), name[:3]) for n, name in enumerate(WEEKDAYS)))
    opens = ClinicTime("From", validators=[Optional()])
    closes = ClinicTime("Until", validators=[Optional()])

    def validate_closes(self, field: ClinicTime) -> None:
        if self.opens.data and field.data and field.data <= self.opens.data:
            raise ValidationError("That is not after the beginning.")

    @property
    def window(self) -> waiting.Window | None:
        """What was typed; None where nothing was."""
        if not (self.weekdays.data or self.opens.data or self.closes.data):
            return None
        days = tuple(int(day) for day in self.weekdays.data or ())
        return waiting.Window(days, self.opens.data, self.closes.data)


class EntryForm(ClinicForm):
    """What a patient waits for."""

    key = Key()
    version = Version()
    patient = HiddenField()
    visit_type = SelectField("Visit type", validators=[InputRequired("Choose the visit type.")])
    moves = SelectField("An earlier place", default="")
    who = Checks("Providers")
    first_on = ClinicDate("From", validators=[InputRequired("Enter the first day.")])
    last_on = ClinicDate("Until", validators=[Optional()])
    first_window = FormField(WindowFields)
    second_window = FormField(WindowFields)
    notice_hours = IntegerField(
        "Shortest notice, hours",
        default=2,
        validators=[
            InputRequired("Enter the hours, 0 for none."),
            NumberRange(0, 336, "Enter a number from 0 to 336."),
        ],
    )
    priority = RadioField(
        "How urgent",
        choices=choices((str(number), label) for number, label in PRIORITIES.items()),
        default="2",
        validators=[InputRequired("Choose how urgent it is.")],
    )
    expires_on = ClinicDate("Take off after", validators=[Optional()])
    note = StringField("Note", validators=[LENGTH])

    def fill(self, session: Session, coming: Iterable[Appointment]) -> None:
        """Give the lists their choices; `coming` are the visits that an earlier place may move."""
        self.types, self.people = visit_types(session), providers(session)
        self.visits = {visit.public_id: visit for visit in coming}
        self.visit_type.choices = choices(
            (key, f"{kind.name}, {kind.minutes} min") for key, kind in self.types.items()
        )
        self.who.choices = choices((key, each.name) for key, each in self.people.items())
        self.moves.choices = choices(
            [
                ("", "is one more visit"),
                *((key, f"moves the {told(visit)}") for key, visit in self.visits.items()),
            ]
        )

    def validate_last_on(self, field: ClinicDate) -> None:
        if field.data and field.data < max(self.first_on.data or clock.today(), clock.today()):
            raise ValidationError("That is before the first day.")

    def validate_expires_on(self, field: ClinicDate) -> None:
        if field.data and field.data < clock.today():
            raise ValidationError("That day has passed.")

    def wish(self) -> waiting.Wish:
        windows = (self.first_window.form.window, self.second_window.form.window)
        return waiting.Wish(
            self.types[self.visit_type.data],
            self.first_on.data,
            self.last_on.data,
            [self.people[key] for key in self.who.data or ()],
            [window for window in windows if window is not None],
            self.notice_hours.data,
            int(self.priority.data),
            self.expires_on.data,
            self.note.data or "",
            self.visits.get(self.moves.data or ""),
        )

    @staticmethod
    def of(entry: WaitEntry, people: dict[str, RenderingProvider]) -> dict[str, Any]:
        """The form data of an entry."""
        windows = [*map(_window, entry.windows[:2]), {}, {}]
        return {
            "version": entry.version,
            "visit_type": entry.visit_type.public_id,
            "moves": entry.moves.public_id if entry.moves else "",
            "who": [key for key, each in people.items() if each.id in entry.provider_ids],
            "first_on": entry.first_on,
            "last_on": entry.last_on,
            "first_window": windows[0],
            "second_window": windows[1],
            "notice_hours": entry.notice_hours,
            "priority": str(entry.priority),
            "expires_on": entry.expires_on,
            "note": entry.note,
        }


class ReasonForm(ClinicForm):
    """Why something is taken off a list."""

    version = Version()
    reason = StringField(
        "Reason",
        filters=[lambda typed: typed and typed.strip()],
        validators=[DataRequired("Say why."), LENGTH],
    )


class PlaceForm(ClinicForm):
    """One free place: `2026-03-10T10:00~provider`."""

    at = HiddenField(validators=[InputRequired("Choose a place.")])


class PlainForm(ClinicForm):
    """A button alone."""


class RecallForm(ClinicForm):
    key = Key()
    patient = HiddenField()
    visit_type = SelectField("Visit type", validators=[InputRequired("Choose the visit type.")])
    due_on = ClinicDate("Due", validators=[InputRequired("Enter the day, like t+180.")])
    reason = StringField("Reason", validators=[LENGTH])

    def fill(self, session: Session) -> None:
        self.types = visit_types(session)
        self.visit_type.choices = choices((key, kind.name) for key, kind in self.types.items())


class OutcomeForm(ClinicForm):
    version = Version()
    state = SelectField(
        "What came of it",
        choices=choices((state, recalls.STATES[state][0]) for state in ("contacted", "declined", "due")),
        validators=[InputRequired("Choose what came of it.")],
    )
    note = StringField("Note", validators=[LENGTH])


class VersionForm(ClinicForm):
    version = Version()


class PolicyForm(ClinicForm):
    version = Version()
    active = BooleanField("Offer a place that comes free by itself")
    hold_minutes = IntegerField(
        "Hold a place for, minutes",
        validators=[
            InputRequired("Enter the minutes."),
            NumberRange(5, 240, "Enter a number from 5 to 240."),
        ],
    )


class RuleForm(ClinicForm):
    after = SelectField("After a", validators=[InputRequired("Choose the visit type.")])
    months = IntegerField(
        "come again in, months", validators=[Optional(), NumberRange(1, 60, "Enter a number from 1 to 60.")]
    )
    visit_type = SelectField("for a", validators=[InputRequired("Choose the visit type.")])

    def fill(self, session: Session) -> None:
        self.types = visit_types(session)
        named = [(key, kind.name) for key, kind in self.types.items()]
        self.after.choices = choices(named)
        self.visit_type.choices = choices(named)


def told(visit: Appointment) -> str:
    """`Follow-up of Tue 03/10/2026, 10:30 AM`."""
    local = clock.local(visit.starts_at)
    return (
        f"{visit.visit_type.name} of {local:%a} {formats.mdy(local.date())}, {formats.wall(visit.starts_at)}"
    )


def _window(kept: dict[str, Any]) -> dict[str, Any]:
    times = {
        name: time.fromisoformat(kept[field]) if kept[field] else None
        for name, field in (("opens", "from"), ("closes", "until"))
    }
    return {"weekdays": [str(day) for day in kept["weekdays"]], **times}
