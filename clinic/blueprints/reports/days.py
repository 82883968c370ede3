"""The money day sheet, the close of days in their order, and their deposit slips (B12)."""

from datetime import date

from flask import Response, abort, flash, request
from sqlalchemy import select

from clinic import clock, db, formats, ledger, reports
from clinic.blueprints.reports import files
from clinic.blueprints.reports.blueprint import bp
from clinic.blueprints.reports.forms import CloseForm
from clinic.db import ClinicError
from clinic.models import DayClose, User
from clinic.reports import WaitingDay
from clinic.reports.daysheet import COUNTED, METHODS, table
from clinic.web import Conflict, render, requires, see_other

SHOWN_CLOSES = 30


class DayUnreadable(ClinicError):
    """A day in the address that is none, or that is still to come."""


def day_asked(text: str) -> date:
    """A day as typed or as an ISO date; raises DayUnreadable with a sentence (422)."""
    try:
        return formats.parse_date(text)
    except ValueError as error:
        raise DayUnreadable(str(error)) from error


@bp.get("/reports/day-sheet")
@requires("report.day_sheet")
def day_sheet() -> Response:
    """Everything posted on a day, with the proof that its accounts sum to zero."""
    session = db.session()
    last = ledger.open_day(session)
    text = request.args.get("on", "")
    day = day_asked(text) if text else clock.today()
    if day > last:
        raise DayUnreadable(f"{formats.mdy(day)} is still to come.")
    sheet = reports.day_sheet(session, day)
    match request.args.get("as", ""):
        case "pdf":
            return files.pdf("print/daysheet.html", f"day-sheet-{day}", sheet=sheet, methods=_methods())
        case "xlsx":
            return files.xlsx(table(sheet), f"day-sheet-{day}")
    return render("reports/day_sheet.html", sheet=sheet, last=last, methods=_methods())


@bp.get("/day-close")
@requires("day.close")
def day_close() -> Response:
    """The days that wait, oldest first, and those that are closed."""
    return _page()


@bp.post("/day-close/<day>")
@requires("day.close")
def close_day(day: str) -> Response:
    """Close the oldest open day; the second click finds it closed."""
    on, form = day_asked(day), CloseForm()
    session = db.session()
    if not form.validate_on_submit():
        return _page(422, "Open the page again.")
    if session.get(DayClose, on) is None:
        waiting = next((one for one in reports.waiting_days(session) if one.day == on), None)
        names = _uncounted(on)
        if names:
            return _page(422, f"Not closed: count these drawers first: {names}.")
        if waiting is not None and str(waiting.entries) != form.entries.data:
            raise Conflict("Money was posted on this day since you opened the page. Look at its sheet again.")
    try:
        with db.transaction() as session:
            ledger.close_day(session, on)
    except ledger.LedgerError as error:
        return _page(422, f"Not closed: {error}.")
    flash(f"{formats.mdy(on)} is closed. Its deposit slip is ready.", "ok")
    return see_other(".day_close")


@bp.get("/day-close/<day>/deposit.pdf")
@requires("day.close")
def deposit(day: str) -> Response:
    """The deposit slip of a closed day, as often as it is needed."""
    closed = db.session.get(DayClose, day_asked(day))
    if closed is None:
        abort(404)
    slip = reports.slip(db.session(), closed)
    return files.pdf("print/deposit.html", f"deposit-{closed.closed_on}", slip=slip)


def _uncounted(day: date) -> str:
    """Who has a drawer of this day or an earlier one that is not counted."""
    return ", ".join(
        f"{one.user} ({formats.mdy(waiting.day)})"
        for waiting in reports.waiting_days(db.session())
        if waiting.day <= day
        for one in waiting.uncounted
    )


def _page(status: int = 200, refused: str = "") -> Response:
    session = db.session()
    closes = session.execute(
        select(DayClose, User.name)
        .join(User, User.id == DayClose.closed_by)
        .order_by(DayClose.closed_on.desc())
        .limit(SHOWN_CLOSES)
    ).all()
    waiting = reports.waiting_days(session)
    return render(
        "reports/day_close.html",
        "reports/_day_close.html",
        status,
        waiting=waiting,
        first=waiting[0] if waiting else None,
        form=CloseForm(formdata=None),
        closes=closes,
        refused=refused,
        methods=_methods(),
        why_not=_why_not(waiting),
    )


def _why_not(waiting: list[WaitingDay]) -> str:
    """Why the first day cannot be closed yet; empty when it can."""
    if not waiting:
        return ""
    if waiting[0].day > clock.today():
        return "This day is still to come."
    names = ", ".join(one.user for one in waiting[0].uncounted)
    return f"Count first: {names}." if names else ""


def _methods() -> list[tuple[str, str]]:
    return [(method, METHODS[method]) for method in COUNTED]
