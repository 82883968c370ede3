"""Find the next free time beside the schedule: what fits the visit, as buttons that open the booking form."""

from datetime import date
from typing import Any

from flask import Response, request
from sqlalchemy import select
from wtforms import IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from clinic import db, scheduling
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.pages import read_day, show_panel, shown
from clinic.models import Patient, VisitType
from clinic.scheduling.places import LONGEST, SHORTEST
from clinic.scheduling.templates import WEEKDAYS
from clinic.scheduling.visit_types import takers
from clinic.web import get_or_404, requires, viewed
from clinic.web.fields import Checks, ClinicDate, ClinicTime
from clinic.web.forms import ClinicForm


class OpeningsForm(ClinicForm):
    class Meta(ClinicForm.Meta):
        csrf = False  # it changes nothing and stands in an address

    visit_type = SelectField("Visit type", validators=[InputRequired("Choose the visit type.")])
    minutes = IntegerField(
        "Minutes",
        validators=[Optional(), NumberRange(SHORTEST, LONGEST, f"Enter {SHORTEST} to {LONGEST} minutes.")],
    )
    first = ClinicDate("From", validators=[Optional()])
    who = Checks("Providers")
    weekdays = Checks("On", choices=[SelectChoice(str(n), name[:3]) for n, name in enumerate(WEEKDAYS)])
    not_before = ClinicTime("Not before", validators=[Optional()])
    until = ClinicTime("Done by", validators=[Optional()])

    def fill(self) -> None:
        """Give the lists their choices."""
        types = db.session.scalars(
            select(VisitType).where(VisitType.active).order_by(VisitType.position, VisitType.name)
        )
        self.types = {kind.public_id: kind for kind in types}
        self.visit_type.choices = [
            SelectChoice(key, f"{kind.name}, {kind.minutes} min") for key, kind in self.types.items()
        ]
        self.people = takers(db.session(), None)
        self.who.choices = [SelectChoice(each.public_id, each.name) for each in self.people]

    def validate_who(self, field: Checks) -> None:
        """Chosen are some who take the visit, or nobody; who takes it is named where none of them does."""
        kind = self.types.get(self.visit_type.data)
        who = [each for each in self.people if kind is not None and kind.taken_by(each.id)]
        if kind is not None and field.data and not any(each.public_id in field.data for each in who):
            names = "; ".join(each.name for each in who)
            raise ValidationError(
                f"{kind.name} is taken by {names}." if who else f"Nobody takes {kind.name}."
            )

    def validate_until(self, field: ClinicTime) -> None:
        if self.not_before.data and field.data and field.data <= self.not_before.data:
            raise ValidationError("That is not after the beginning.")


@bp.get("/<day>/openings")
@requires("schedule.book")
def openings(day: str) -> Response:
    """The next free times for a visit; `patient` (a public id) goes along into the booking form."""
    where = shown(read_day(day))
    patient = get_or_404(Patient, request.args["patient"]) if request.args.get("patient") else None
    if patient is not None:
        viewed("demographics", patient.id)
    asked = "visit_type" in request.args
    form = OpeningsForm(formdata=request.args if asked else None, data=_start(where.day))
    form.fill()
    found: Any = None
    status = 200
    if asked:
        if form.validate():
            found = scheduling.find_openings(
                db.session(),
                form.types[form.visit_type.data],
                first=form.first.data,
                providers=form.who.data or (),
                weekdays=[int(each) for each in form.weekdays.data or ()],
                not_before=form.not_before.data,
                until=form.until.data,
                minutes=form.minutes.data,
            )
        else:
            status = 422
    return show_panel(where, status=status, mode="openings", form=form, patient=patient, found=found)


def _start(day: date) -> dict[str, Any]:
    return {"first": day}
