"""Block time beside the schedule: a meeting, an afternoon off, the clinic closed for half a day (A6, ask 42)."""

from contextlib import suppress
from datetime import date, time, timedelta
from typing import Any

from flask import Response, abort, request
from wtforms import StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from clinic import db
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.pages import Shown, days_of, read_day, show_panel, shown
from clinic.models import RenderingProvider
from clinic.scheduling import blocked
from clinic.scheduling.templates import TemplateRefused
from clinic.scheduling.visit_types import takers
from clinic.web import requires, see_other, viewed
from clinic.web.fields import Checks, ClinicDate, ClinicTime
from clinic.web.forms import ClinicForm
from clinic.web.sessions import tell

ALL = "all"


class BlockForm(ClinicForm):
    who = Checks("Whose time", validators=[InputRequired("Choose whose time it is.")])
    day = ClinicDate("Day", validators=[InputRequired("Enter the day.")])
    starts = ClinicTime("From", validators=[Optional()])
    ends = ClinicTime("Until", validators=[Optional()])
    label = StringField(
        "What for",
        validators=[
            InputRequired("Say what it is for."),
            Length(max=60, message="Keep it under 60 characters."),
        ],
    )

    def fill(self) -> None:
        """Give the list its choices."""
        self.people = takers(db.session(), None)
        self.who.choices = [
            SelectChoice(ALL, "All providers"),
            *(SelectChoice(each.public_id, each.name) for each in self.people),
        ]

    @property
    def everybody(self) -> bool:
        return ALL in (self.who.data or ())

    def chosen(self) -> list[RenderingProvider]:
        return [each for each in self.people if self.everybody or each.public_id in (self.who.data or ())]


@bp.get("/<day>/blocks")
@requires("schedule.block")
def blocks(day: str) -> Response:
    """The form, filled from a free place (`at`) or for a provider (`whose`), and what is blocked on the days in view."""
    where = shown(read_day(day))
    form = BlockForm(formdata=None, data=_start(where, request.args.get("at", "")))
    form.fill()
    return _show(where, form, made=blocked.find(db.session(), request.args.get("made", "")))


@bp.post("/blocks")
@requires("schedule.block")
def block() -> Response:
    """Block the time; the visits that stand in it stay, and are listed."""
    where = shown()
    form = BlockForm()
    form.fill()
    if not form.validate_on_submit():
        return _show(where, form, 422)
    try:
        with db.transaction() as session:
            made = blocked.block(
                session,
                form.chosen(),
                form.day.data,
                form.starts.data,
                form.ends.data,
                form.label.data or "",
                everybody=form.everybody,
            )
            tell(session, f"{made.label} is blocked, {made.span}.")
    except TemplateRefused as error:
        form[error.field].errors = [str(error)]
        return _show(where, form, 422)
    return see_other("desk.blocks", day=made.day.isoformat(), made=made.entry, **where.query)


@bp.post("/blocks/<entry>/removal")
@requires("schedule.block")
def unblock(entry: str) -> Response:
    """The time is free again; the second click finds it free."""
    where = shown()
    if not ClinicForm().validate_on_submit():
        abort(400)
    with db.transaction() as session:
        found = blocked.unblock(session, entry)
        tell(
            session,
            f"{found.label} is removed: the time is free again." if found else "That time is free already.",
        )
    day = found.day if found else where.day
    return see_other("desk.blocks", day=day.isoformat(), **where.query)


def _start(where: Shown, at: str) -> dict[str, Any]:
    start, _, provider = at.partition("~")
    day, _, wall = start.partition("T")
    provider = provider.partition("~")[0] or request.args.get("whose", "")
    data: dict[str, Any] = {"day": where.day, "who": [provider] if provider else []}
    if wall:
        # A place that cannot be read is no error: the form asks for the time.
        with suppress(ValueError):
            data |= {"day": date.fromisoformat(day), "starts": time.fromisoformat(wall)}
    return data


def _show(where: Shown, form: BlockForm, status: int = 200, made: blocked.Blocked | None = None) -> Response:
    session = db.session()
    days = days_of(where)
    last = days[-1] + timedelta(days=31) if where.view == "month" else days[-1]
    inside = blocked.standing(session, made) if made else []
    viewed("schedule", *(visit.patient_id for visit in inside))
    found = {"made": made, "inside": inside, "blocks": blocked.of_days(session, days[0], last)}
    return show_panel(where, status=status, mode="blocks", form=form, found=found)
