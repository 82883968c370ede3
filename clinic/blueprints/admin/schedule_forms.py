"""What a manager may type about the schedule's rules, and the words read when it is wrong."""

from collections.abc import Iterable, Sequence

from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic import clock
from clinic.models import RenderingProvider, VisitType
from clinic.scheduling.templates import WEEKDAYS
from clinic.web.fields import Checks, ClinicDate, ClinicTime, Money, Version
from clinic.web.forms import ClinicForm

PATIENT_KINDS = {"any": "All patients", "new": "New patients", "established": "Established patients"}
COLORS = {"": "Grey", "info": "Blue", "ok": "Green", "warn": "Amber", "danger": "Red"}
SERVICE_TYPES = {
    "98": "98 Office visit",
    "30": "30 Health plan",
    "5": "5 Laboratory",
    "PT": "PT Physical therapy",
    "MH": "MH Mental health",
    "UC": "UC Urgent care",
    "33": "33 Chiropractic",
}
TEXT = Length(max=60, message="Keep it under 60 characters.")


def pick(labels: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


def whole(label: str, low: int, high: int, needed: bool = True) -> IntegerField:
    """A whole number between two bounds."""
    first = InputRequired("Enter a number.") if needed else Optional()
    return IntegerField(
        label, validators=[first, NumberRange(low, high, f"Enter a number from {low} to {high}.")]
    )


class VisitTypeForm(ClinicForm):
    name = StringField("Name", validators=[InputRequired("Give it a name."), TEXT])
    minutes = whole("Minutes", 5, 600)
    provider_from = whole("Provider from minute", 0, 599)
    provider_until = whole("Provider until minute", 1, 600, needed=False)
    buffer_before = whole("Minutes kept free before it", 0, 120)
    buffer_minutes = whole("Minutes kept free after it", 0, 120)
    provider_ids = Checks("Who takes it", coerce=int)
    room_kind = SelectField("Room")
    device_kind = SelectField("Device")
    patient_kind = SelectField("For", choices=pick(PATIENT_KINDS))
    online = BooleanField("Patients may book it online")
    color = SelectField("Color", choices=pick(COLORS))
    service_type = SelectField("Service type asked of payers", choices=pick(SERVICE_TYPES))
    takes_copay = BooleanField("Takes a copay")
    self_pay_fee = Money("Price without insurance", validators=[Optional()])
    late_cancel_hours = whole("A cancel is late within hours", 0, 336)
    no_show_fee = Money("No-show fee", validators=[Optional()])
    late_cancel_fee = Money("Late-cancel fee", validators=[Optional()])
    fee_grace = whole("Missed visits without a fee, in twelve months", 0, 20)
    version = Version()

    def offer(
        self,
        rooms: Iterable[str],
        devices: Iterable[str],
        people: Iterable[RenderingProvider],
        row: VisitType | None,
    ) -> None:
        """The kinds of rooms and devices there are, who works here, and what it has though that is gone."""
        own = row.provider_ids if row else []
        self.provider_ids.choices = [
            SelectChoice(each.id, each.name if each.active else f"{each.name}, no longer here")
            for each in people
            if each.active or each.id in own
        ]
        for field, kinds, own in (
            (self.room_kind, rooms, row.room_kind if row else ""),
            (self.device_kind, devices, row.device_kind if row else ""),
        ):
            names = sorted({*kinds, own} - {""})
            field.choices = [SelectChoice("", "None"), *(SelectChoice(name, name) for name in names)]

    def values(self) -> dict[str, object]:
        """The columns of the visit type."""
        values = {
            name: field.data.strip() if isinstance(field, StringField) and name == "name" else field.data
            for name, field in self._fields.items()
            if name not in ("csrf_token", "version")
        }
        return values | {"provider_ids": sorted(self.provider_ids.data or [])}


class HoursForm(ClinicForm):
    weekdays = Checks(
        "On",
        choices=[SelectChoice(str(n), name[:3]) for n, name in enumerate(WEEKDAYS)],
        validators=[InputRequired("Choose one day or more.")],
    )
    starts = ClinicTime("From", validators=[InputRequired("Enter the time, like 8a.")])
    ends = ClinicTime("To", validators=[InputRequired("Enter the time, like 5p.")])
    effective_on = ClinicDate(
        "First day", validators=[InputRequired("Enter the first day.")], default=clock.today
    )
    ended_on = ClinicDate("Last day", validators=[Optional()])

    def days(self) -> list[int]:
        return [int(each) for each in self.weekdays.data or ()]


class ReservedForm(HoursForm):
    label = StringField("What for", validators=[InputRequired("Say what it is for."), TEXT])
    visit_types = Checks("Reserved for")
    release_days = whole("Open to all, days before", 0, 365, needed=False)

    def offer(self, types: Sequence[VisitType]) -> None:
        self._types = {kind.public_id: kind for kind in types}
        self.visit_types.choices = [SelectChoice(kind.public_id, kind.name) for kind in types]

    def chosen(self) -> list[VisitType]:
        return [self._types[key] for key in self.visit_types.data or ()]


class ExceptionForm(ClinicForm):
    on = ClinicDate("Day", validators=[InputRequired("Enter the day.")])
    starts = ClinicTime("From", validators=[Optional()])
    ends = ClinicTime("To", validators=[Optional()])
    reason = StringField("Reason", validators=[TEXT])


class EndForm(ClinicForm):
    last_on = ClinicDate("Last day", validators=[InputRequired("Enter the last day.")], default=clock.today)


class LimitForm(ClinicForm):
    overlap_limit = whole("Visits at once", 1, 6)


class ClosureForm(ClinicForm):
    first = ClinicDate("Day", validators=[InputRequired("Enter the day.")])
    last = ClinicDate("To", validators=[Optional()])
    name = StringField("Name", validators=[InputRequired("Say why the clinic is closed."), TEXT])


class RenameForm(ClinicForm):
    name = StringField("Name", validators=[InputRequired("Say why the clinic is closed."), TEXT])


class YearForm(ClinicForm):
    year = whole("Year", 2000, 2100)


class PlaceForm(ClinicForm):
    name = StringField("Name", validators=[InputRequired("Give it a name."), TEXT])
    kind = StringField(
        "Kind", validators=[InputRequired("Say what kind it is, like exam or ultrasound."), TEXT]
    )
    active = BooleanField("In use")

    def values(self) -> dict[str, object]:
        return {
            "name": (self.name.data or "").strip(),
            "kind": (self.kind.data or "").strip().lower(),
            "active": self.active.data,
        }
