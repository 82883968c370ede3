"""The desk changes what a booked visit is for: its type, length, room, reason and who pays (A1, F1)."""

from flask import Response

from clinic import db, scheduling
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.changes import done, keep_notice, lost_to, only_if_allowed
from clinic.blueprints.desk.forms import ChangeForm, values_of
from clinic.blueprints.desk.pages import Shown, find, panel_card, show, show_panel, shown
from clinic.models import Appointment
from clinic.scheduling import (
    AppointmentChanged,
    IllegalMove,
    NeedsConfirmation,
    SchedulingConflict,
    SchedulingError,
)
from clinic.scheduling.changing import cannot_change
from clinic.web import may, requires, stale


def open_form(where: Shown, found: Appointment) -> Response:
    """The form of a change, or why there is none."""
    if not may("schedule.book"):
        return show_panel(where, **panel_card(found))
    data = values_of(found)
    form = ChangeForm(formdata=None, data=data | {"room_was": data["room"], "version": found.version})
    form.fill_for(db.session(), found)
    return _again(where, found, form, 200)


@bp.post("/appointments/<public_id>/visit")
@requires("schedule.book")
def change(public_id: str) -> Response:
    """Change what a visit is for; day, time and provider stay."""
    found = find(public_id)
    where = shown()
    form = ChangeForm()
    form.fill_for(db.session(), found)
    if not form.validate_on_submit():
        return _again(where, found, form, 422)
    only_if_allowed(form)
    try:
        with db.transaction() as session:
            version = found.version
            scheduling.change(
                session,
                found,
                form.version.data or 0,
                visit_type=form.visit_types[form.visit_type.data],
                minutes=form.minutes.data,
                room=form.rooms.get(form.room.data),
                keep_room=form.keeps_room,
                reason=form.reason.data or "",
                case=form.cases.get(form.case.data),
                self_pay=form.self_pay,
                accepted=form.taken_warnings(),
                overbook_reason=form.beside_reason(),
                closed_reason=form.why_closed(),
            )
            anew = found.version != version
            text = f"The visit of {found.patient.name} is {'changed' if anew else 'as it was: nothing to change'}."
            keep_notice(session, where, text)
    except NeedsConfirmation as unsure:
        form.ask(unsure.warnings)
        return _again(where, found, form, 422, warnings=unsure.warnings)
    except SchedulingConflict as conflict:
        form.beside = conflict.resource == "provider"
        form.note_asked()
        card = panel_card(found)["card"]
        return show(where, status=409, mode="change", card=card, form=form, conflict=str(conflict))
    except AppointmentChanged as changed:
        return _faster(where, found, form, changed)
    except IllegalMove as over:
        return lost_to(where, found, over)
    except SchedulingError as error:
        form.refuse(error)
        return _again(where, found, form, 422)
    return done(where, found, text, back=anew)


def _again(where: Shown, found: Appointment, form: ChangeForm, status: int, **more: object) -> Response:
    why = cannot_change(db.session(), found)
    card = panel_card(found)["card"]
    return show_panel(where, status=status, mode="change", card=card, form=form, refused=why, **more)


def _faster(where: Shown, found: Appointment, form: ChangeForm, changed: AppointmentChanged) -> Response:
    """Somebody else was faster: what was typed stays, beside what the visit is now; or why it is changed no more."""
    db.session.refresh(found)
    if cannot_change(db.session(), found):
        return lost_to(where, found, changed)
    form.fill_for(db.session(), found)
    present = values_of(found)
    if form.keeps_room:
        form.room.data = present["room"]
    form.room_was.data = present["room"]
    stale.compare(form, changed, present, found.version)
    return show(where, status=409, mode="change", card=panel_card(found)["card"], form=form)
