"""What the desk may type about a visit, and the words it reads when it is wrong."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic import clock, db, formats, scheduling
from clinic.models import Appointment, Patient, PatientCase, Room, VisitType
from clinic.patients import cases
from clinic.scheduling import visit_types
from clinic.scheduling.errors import Caution, SchedulingError
from clinic.scheduling.notes import LONGEST
from clinic.web.fields import ClinicDate, ClinicTime, Version
from clinic.web.forms import ClinicForm


def _one_newline(text: str | None) -> str:
    """As it was typed: a browser sends each new line as two characters, which would count twice."""
    return (text or "").replace("\r\n", "\n").strip()


SELF_PAY = "patient"
"""Who pays, where the patient wants his plan not used (F1)."""


class AskingForm(ClinicForm):
    """A form that may come back with what to know before saving: cautions to accept, a place that is taken."""

    beside = True  # a taken provider can be overbooked, a taken room or device cannot (A4)
    minutes = IntegerField(
        "Minutes",
        validators=[
            Optional(),
            NumberRange(min=5, max=600, message="Enter between 5 and 600 minutes."),
        ],
    )
    accepted = HiddenField()
    asked_of = HiddenField()  # what a caution or a conflict was shown for
    overbook_reason = StringField(
        "Reason for booking beside it", validators=[Length(max=200, message="Keep it under 200 characters.")]
    )
    closed_reason = StringField(
        "Reason for the closed time", validators=[Length(max=200, message="Keep it under 200 characters.")]
    )

    def place_key(self) -> str:
        """What is typed now: what was accepted for one thing is not accepted for another."""
        raise NotImplementedError

    def note_asked(self) -> None:
        """The page that goes out asks about this place."""
        self.asked_of.data = self.place_key()

    def still_asked(self) -> bool:
        """Whether the answer is to what was shown; a form without a question answers for itself."""
        return not self.asked_of.data or self.asked_of.data == self.place_key()

    def taken_warnings(self) -> list[str]:
        """The codes of the cautions that were read for this very place."""
        return [code for code in (self.accepted.data or "").split(",") if code and self.still_asked()]

    def beside_reason(self) -> str:
        """Why this very place is booked beside another visit (A4)."""
        return (self.overbook_reason.data or "") if self.still_asked() else ""

    def why_closed(self) -> str:
        """Why this very place is booked although it is closed (A4, A6)."""
        return (self.closed_reason.data or "") if self.still_asked() else ""

    def ask(self, warnings: Sequence[Caution]) -> None:
        """The page that goes out asks for a yes, and for a reason where the time is closed."""
        said = (
            {code for code in (self.accepted.data or "").split(",") if code} if self.still_asked() else set()
        )
        if any(each.needs_reason and each.code in said for each in warnings) and not self.why_closed():
            self.closed_reason.errors = ["Say why it is booked at a closed time."]
        self.accepted.data = ",".join(each.code for each in warnings)
        self.note_asked()


class PlaceForm(AskingForm):
    """Where a visit stands: day, time, provider, length."""

    day = ClinicDate("Date", validators=[InputRequired("Enter the date.")])
    time = ClinicTime("Time", validators=[InputRequired("Enter the time, like 9:15 or 130p.")])
    fold = SelectField(
        "Which of the two",
        choices=[
            SelectChoice("", "Only one"),
            SelectChoice("0", "The first, before the clocks go back"),
            SelectChoice("1", "The second, after"),
        ],
        default="",
    )
    provider = SelectField("Provider", validators=[InputRequired("Choose a provider.")])

    def fill(self, session: Session) -> None:
        """Give the lists their choices; the rows stay with the form, by what stands in its fields."""
        self.providers = {each.public_id: each for each in visit_types.takers(session, None)}
        self.provider.choices = [SelectChoice(key, each.name) for key, each in self.providers.items()]

    def starts_at(self) -> datetime:
        """The instant that was typed; raises SchedulingError with the sentence for the time field (A8)."""
        return scheduling.instant(
            self.day.data, self.time.data, int(self.fold.data) if self.fold.data else None
        )

    def place_key(self) -> str:
        """The place as it is typed now: what was accepted for one place is not accepted for another."""
        kind = self["visit_type"].data if "visit_type" in self else ""
        return "~".join(
            str(part or "")
            for part in (
                self.day.data,
                self.time.data,
                self.fold.data,
                self.provider.data,
                kind,
                self.minutes.data,
                self["case"].data if "case" in self else "",
            )
        )

    def refuse(self, error: SchedulingError) -> None:
        """Put a refusal under the field it speaks of."""
        self.time.errors = [*self.time.errors, str(error)]


class BookForm(PlaceForm):
    patient = HiddenField(validators=[InputRequired("Choose the patient first.")])
    visit_type = SelectField("Visit type", validators=[InputRequired("Choose the visit type.")])
    room = SelectField("Room", default="")
    case = SelectField("Paid by", default="")
    reason = StringField("Reason", validators=[Length(max=200, message="Keep it under 200 characters.")])

    def fill(self, session: Session) -> None:
        super().fill(session)
        types = session.scalars(
            select(VisitType).where(VisitType.active).order_by(VisitType.position, VisitType.name)
        )
        self.visit_types = {kind.public_id: kind for kind in types}
        self.visit_type.choices = types_of(self.visit_types)
        rooms = session.scalars(select(Room).where(Room.active).order_by(Room.position, Room.name))
        self.rooms = {room.public_id: room for room in rooms}
        self.room.choices = rooms_of(self.rooms)
        self.cases: dict[str, PatientCase] = {}
        self.case.choices = payers_of(self.cases)

    def fill_for(self, patient: Patient) -> None:
        """Give the list of who pays the patient's accident cases that are open."""
        self.patient.data = patient.public_id
        self.cases = open_cases(patient.id)
        self.case.choices = payers_of(self.cases)

    @property
    def self_pay(self) -> bool:
        """Whether the patient wants his plan not used (F1)."""
        return bool(self.case.data == SELF_PAY)


def open_cases(patient_id: int, own: int | None = None) -> dict[str, PatientCase]:
    """A patient's accident cases by public id: those that are open, and the one with the number `own`."""
    return {
        each.public_id: each
        for each in cases.cases_of(db.session(), patient_id)
        if each.id == own or each.closed_on is None or each.closed_on >= clock.today()
    }


def payers_of(found: Mapping[str, PatientCase]) -> list[SelectChoice]:
    """Who may pay for a visit: a plan of the patient, the patient, or the insurer of an accident (C9, F1)."""
    return [
        SelectChoice("", "The patient's plan"),
        SelectChoice(SELF_PAY, "Patient pays, plan not used"),
        *(
            SelectChoice(
                key, f"{cases.KINDS[each.kind]} of {formats.mdy(each.injured_on)}, {each.claim_number}"
            )
            for key, each in found.items()
        ),
    ]


class MoveForm(PlaceForm):
    version = Version()
    reason = StringField("Reason", validators=[Length(max=200, message="Keep it under 200 characters.")])


class ChangeForm(AskingForm):
    """What a visit is for; `room_was` is the room that stood there when the form was opened."""

    version = Version()
    visit_type = SelectField("Visit type", validators=[InputRequired("Choose the visit type.")])
    reason = StringField("Reason", validators=[Length(max=200, message="Keep it under 200 characters.")])
    room = SelectField("Room", default="")
    case = SelectField("Paid by", default="")
    room_was = HiddenField()

    def fill_for(self, session: Session, found: Appointment) -> None:
        """Give the lists their choices; what the visit has stands in them also where it is offered no more."""
        self.visit_types = {
            kind.public_id: kind
            for kind in session.scalars(
                select(VisitType)
                .where(or_(VisitType.active, VisitType.id == found.visit_type_id))
                .order_by(VisitType.position, VisitType.name)
            )
        }
        self.visit_type.choices = types_of(self.visit_types)
        self.rooms = {
            room.public_id: room
            for room in session.scalars(
                select(Room)
                .where(or_(Room.active, Room.id == found.room_id))
                .order_by(Room.position, Room.name)
            )
        }
        self.room.choices = rooms_of(self.rooms)
        self.cases = open_cases(found.patient_id, own=found.case_id)
        self.case.choices = payers_of(self.cases)

    @property
    def self_pay(self) -> bool:
        """Whether the patient wants his plan not used (F1)."""
        return bool(self.case.data == SELF_PAY)

    @property
    def keeps_room(self) -> bool:
        """Whether nobody chose another room."""
        return bool((self.room.data or "") == (self.room_was.data or ""))

    def place_key(self) -> str:
        fields = (self.visit_type, self.minutes, self.room, self.case)
        return "~".join(str(each.data or "") for each in fields)

    def refuse(self, error: SchedulingError) -> None:
        """Put a refusal under the field it speaks of."""
        self.minutes.errors = [*self.minutes.errors, str(error)]


def values_of(found: Appointment) -> dict[str, Any]:
    """A visit as the form of a change shows it."""
    case = db.session.get(PatientCase, found.case_id) if found.case_id else None
    return {
        "visit_type": found.visit_type.public_id,
        "reason": found.reason,
        "room": found.room.public_id if found.room else "",
        "case": SELF_PAY if found.self_pay else case.public_id if case else "",
    }


def types_of(found: Mapping[str, VisitType]) -> list[SelectChoice]:
    """Visit types with their usual length."""
    return [SelectChoice(key, f"{kind.name}, {kind.minutes} min") for key, kind in found.items()]


def rooms_of(found: Mapping[str, Room]) -> list[SelectChoice]:
    """Rooms, and none."""
    return [SelectChoice("", "None yet"), *(SelectChoice(key, room.name) for key, room in found.items())]


class CancelForm(ClinicForm):
    version = Version()
    by = RadioField(
        "Who cancels",
        choices=[SelectChoice("patient", "The patient"), SelectChoice("clinic", "The clinic")],
        default="patient",
        validators=[InputRequired("Say who cancels.")],
    )
    reason = StringField(
        "Reason",
        validators=[
            InputRequired("Say why the visit is cancelled."),
            Length(max=200, message="Keep it under 200 characters."),
        ],
    )


class StepForm(ClinicForm):
    version = Version()


class NoteForm(ClinicForm):
    was = HiddenField(filters=[_one_newline])  # the note that was read
    note = TextAreaField(
        "Note for the staff",
        filters=[_one_newline],
        validators=[Length(max=LONGEST, message=f"Keep it under {LONGEST} characters.")],
    )


def place_of(starts_at: datetime, **more: Any) -> dict[str, Any]:
    """The form data of an instant."""
    local = clock.local(starts_at)
    return {"day": local.date(), "time": local.time().replace(second=0, microsecond=0, tzinfo=None), **more}
