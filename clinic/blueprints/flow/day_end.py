"""The end of the day: who is still here, who never came, who left without a charge; then the day is closed."""

from datetime import date

from flask import Response, flash

from clinic import clock, db, formats
from clinic.blueprints.flow.blueprint import bp
from clinic.blueprints.flow.forms import CloseForm
from clinic.scheduling import day_end
from clinic.web import render, requires, see_other, viewed


class DayUnreadable(db.ClinicError):
    """A day in the address that is none."""


def _day(text: str) -> date:
    try:
        return formats.parse_date(text)
    except ValueError as error:
        raise DayUnreadable(str(error)) from error


@bp.get("/day-end")
@requires("visit.check_in")
def end() -> Response:
    """Today's."""
    return _page(clock.today())


@bp.get("/day-end/<day>")
@requires("visit.check_in")
def end_of(day: str) -> Response:
    """An earlier day's, that was left open."""
    return _page(_day(day))


@bp.post("/day-end/<day>/closing")
@requires("visit.check_in")
def close(day: str) -> Response:
    """Close the visits of a day; the second click finds them closed."""
    on, form = _day(day), CloseForm()
    if not form.validate_on_submit():
        return _page(on, 422, "Open the page again.")
    try:
        with db.transaction() as session:
            count = day_end.close(session, on)
    except day_end.DayNotOver as refused:
        return _page(on, 422, str(refused))
    visits = "visit is" if count == 1 else "visits are"
    flash(f"{formats.mdy(on)}: {count} {visits} closed." if count else f"{formats.mdy(on)} is closed.", "ok")
    return see_other(".end_of", day=on.isoformat())


def _page(day: date, status: int = 200, refused: str = "") -> Response:
    found = day_end.day_end(db.session(), day)
    viewed("schedule", *found.patient_ids)
    return render(
        "flow/end.html", "flow/_end.html", status, end=found, refused=refused, form=CloseForm(formdata=None)
    )
