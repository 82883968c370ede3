"""What the schedule shows: providers, rooms and span, for now or kept under a name."""

from typing import Any

from flask import Response, abort
from flask_login import current_user
from sqlalchemy import select
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from clinic import clock, db
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.pages import Shown, read_day, show_panel, shown
from clinic.models import Room, SavedView
from clinic.scheduling import rows, saved
from clinic.scheduling.errors import SchedulingError
from clinic.web import get_or_404, requires, see_other
from clinic.web.fields import Checks
from clinic.web.forms import ClinicForm
from clinic.web.sessions import tell

SPANS = {"day": "Day", "week": "Week", "month": "Month", "list": "List"}


class ViewForm(ClinicForm):
    """A view: its names are those of the schedule's address, so that it opens without being saved."""

    view = SelectField("Span", choices=[SelectChoice(*each) for each in SPANS.items()], default="day")
    provider = Checks("Providers")
    room = Checks("Rooms")
    name = StringField("Name", validators=[InputRequired("Give the view a name.")])
    first = BooleanField("The schedule opens with it")

    def fill(self) -> None:
        """Give the lists their choices."""
        self.provider.choices = [
            SelectChoice(each.public_id, each.name) for each in rows.providers(db.session()) if each.active
        ]
        rooms = db.session.scalars(select(Room).where(Room.active).order_by(Room.position, Room.name))
        self.room.choices = [SelectChoice(each.public_id, each.name) for each in rooms]


class NameForm(ClinicForm):
    name = StringField("Name", validators=[InputRequired("Give the view a name.")])
    first = BooleanField("Opens first")


@bp.get("/<day>/views")
@requires("schedule.view")
def views(day: str) -> Response:
    """What is shown, to be changed; the person's saved views."""
    where = shown(read_day(day))
    return _show(where, _form(where), 200)


@bp.post("/views")
@requires("schedule.view")
def save_view() -> Response:
    """Keep what was chosen under a name, and show it."""
    where = shown()
    form = ViewForm()
    form.fill()
    if not form.validate_on_submit():
        return _show(where, form, 422)
    try:
        with db.transaction() as session:
            before = saved.named(session, current_user.id, form.name.data or "")
            view = saved.save(
                session,
                current_user.id,
                form.name.data or "",
                span=form.view.data,
                providers=form.provider.data or (),
                rooms=form.room.data or (),
                opens_first=form.first.data,
            )
            target = opened(view)
            tell(session, f"View {view.name} is saved{' in place of the earlier one' if before else ''}.")
    except SchedulingError as error:
        form.name.errors = [str(error)]
        return _show(where, form, 422)
    return see_other("desk.day", day=where.day.isoformat(), **target.query)


@bp.post("/views/shown")
@requires("schedule.view")
def choose_view() -> Response:
    """Show what was chosen, without keeping it; a day, a provider or a room that is none is left out."""
    where = shown()
    form = ViewForm()
    form.fill()
    form.validate()
    chosen = Shown(
        where.day,
        "day" if form.view.errors else form.view.data,
        () if form.provider.errors else tuple(form.provider.data or ()),
        rooms=() if form.room.errors else tuple(form.room.data or ()),
    )
    return see_other("desk.day", day=where.day.isoformat(), **chosen.query)


@bp.post("/views/<public_id>")
@requires("schedule.view")
def change_view(public_id: str) -> Response:
    """Rename a view, or open the schedule with it."""
    view = get_or_404(SavedView, public_id, user_id=current_user.id)
    where = shown()
    form = NameForm()
    error = "Give the view a name."
    if form.validate_on_submit():
        try:
            with db.transaction() as session:
                saved.change(session, view, name=form.name.data or "", opens_first=form.first.data)
                tell(session, f"View {view.name} is saved.")
            return see_other("desk.views", day=where.day.isoformat(), **where.query)
        except SchedulingError as refused:
            error = str(refused)
    return _show(where, _form(where), 422, refused=(public_id, error, form.name.data or ""))


@bp.post("/views/<public_id>/deletion")
@requires("schedule.view")
def delete_view(public_id: str) -> Response:
    """Forget a view; what it showed stays as it is."""
    where = shown()
    if not ClinicForm().validate_on_submit():
        abort(400)
    view = db.session.scalar(
        select(SavedView).where(SavedView.public_id == public_id, SavedView.user_id == current_user.id)
    )
    if view is not None:
        with db.transaction() as session:
            tell(session, f"View {view.name} is deleted.")
            session.delete(view)
    return see_other("desk.views", day=where.day.isoformat(), **where.query)


def opened(view: SavedView) -> Shown:
    """Today, as the view shows it."""
    return Shown(clock.today(), view.span, tuple(view.providers), rooms=tuple(view.rooms))


def first_view() -> Shown | None:
    """How the schedule opens for this person, where she chose it."""
    found = saved.first_of(db.session(), current_user.id)
    return opened(found) if found else None


def _form(where: Shown) -> ViewForm:
    form = ViewForm(
        formdata=None,
        data={"view": where.view, "provider": list(where.providers), "room": list(where.rooms)},
    )
    form.fill()
    return form


def _show(where: Shown, form: ViewForm, status: int, **more: Any) -> Response:
    mine = saved.of_user(db.session(), current_user.id)
    return show_panel(
        where,
        status=status,
        mode="views",
        form=form,
        found=[
            (view, Shown(where.day, view.span, tuple(view.providers), rooms=tuple(view.rooms)))
            for view in mine
        ],
        **more,
    )
