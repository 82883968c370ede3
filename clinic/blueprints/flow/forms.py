"""What is typed on the flow board: a room, a reason, minutes."""

from wtforms import IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from clinic.scheduling.flow import Place
from clinic.web.fields import Version
from clinic.web.forms import ClinicForm

LONGEST = Length(max=200, message="Keep it under 200 characters.")
NO_ROOM = "none"


class StepForm(ClinicForm):
    version = Version()


class RoomForm(ClinicForm):
    """Which room, and why the visit goes on where something stands against it (A12)."""

    version = Version()
    room = RadioField("Room", validate_choice=True)
    pass_reason = StringField("Why the visit goes on", validators=[LONGEST])

    def offer(self, places: list[Place], own: str = "") -> None:
        """The rooms as they are; the one that is kept for the visit first chosen, else the first that is free."""
        self.places = {place.public_id: place for place in places}
        self.room.choices = [SelectChoice(place.public_id, place.name) for place in places]
        self.room.choices.append(SelectChoice(NO_ROOM, "No room"))
        if self.room.data is None:
            free = [place.public_id for place in places if place.free]
            unkept = [place.public_id for place in places if place.free and not place.kept]
            self.room.data = own if own in free else next(iter(unkept or free), NO_ROOM)


class ReasonForm(ClinicForm):
    """Why the last step is taken back, or why the patient left."""

    version = Version()
    reason = StringField("Reason", validators=[DataRequired("Say why."), LONGEST])


class CloseForm(ClinicForm):
    pass


def _minutes(label: str) -> IntegerField:
    between = NumberRange(1, 240, message="Enter 1 to 240 minutes.")
    return IntegerField(label, validators=[InputRequired("Enter the minutes."), between])


class AlertsForm(ClinicForm):
    """The minutes after which each station of the board raises its voice."""

    version = Version()
    late = _minutes("Late: after the time of the visit")
    wait = _minutes("Waiting: since the arrival")
    room = _minutes("In a room: until the provider comes")
    over = _minutes("With provider: beyond the booked length")
