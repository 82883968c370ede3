"""A user's drawer: opened with its change, counted, closed (B12)."""

from decimal import Decimal

from flask import Response, flash, make_response, render_template, request
from flask_login import current_user

from clinic import db, formats, ledger, reports
from clinic.blueprints.reports.blueprint import bp
from clinic.blueprints.reports.forms import CountForm, OpenForm
from clinic.ledger import DrawerClosed, LedgerError
from clinic.models import Drawer
from clinic.reports import DrawerState
from clinic.reports.daysheet import COUNTED, METHODS
from clinic.web import Conflict, get_or_404, render, requires, see_other


@bp.get("/drawer")
@requires("drawer.own")
def drawer() -> Response:
    """The signed-in user's drawer: the oldest that is not counted, or today's."""
    return _own()


@bp.post("/drawer")
@requires("drawer.own")
def open_drawer() -> Response:
    """Open today's drawer with the change that lies in it; the second click finds the first one."""
    form = OpenForm()
    if not form.validate_on_submit():
        return _own(422, opening=form)
    with db.transaction() as session:
        row = ledger.open_drawer(session, current_user.id, form.float_amount.data)
    flash(f"Your drawer is open with {formats.usd(row.float_amount)} change.", "ok")
    return see_other(".drawer")


@bp.get("/drawer/sum")
@requires("drawer.own")
def cash_sum() -> Response:
    """What the counted pieces make, while they are typed."""
    form = CountForm(request.args, meta={"csrf": False})
    counted = form.cash_counted if form.pieces_readable else None
    return make_response(render_template("reports/_sum.html", counted=counted))


@bp.post("/drawer/<public_id>/count")
@requires("drawer.own")
def count_drawer(public_id: str) -> Response:
    """Close the user's own drawer on what was counted."""
    row = get_or_404(Drawer, public_id, user_id=current_user.id)
    return _count(row, "reports.drawer")


@bp.get("/day-close/drawers/<public_id>")
@requires("day.close")
def other_drawer(public_id: str) -> Response:
    """Somebody else's drawer, for the manager: its owner went home without counting."""
    return _page(get_or_404(Drawer, public_id), "reports.day_close")


@bp.post("/day-close/drawers/<public_id>/count")
@requires("day.close")
def count_other_drawer(public_id: str) -> Response:
    """Close another user's drawer on what was counted."""
    return _count(get_or_404(Drawer, public_id), "reports.day_close")


def _own(status: int = 200, opening: OpenForm | None = None) -> Response:
    row = reports.open_drawer_of(db.session(), current_user.id)
    if row is not None:
        return _page(row, "reports.drawer")
    form = opening or OpenForm(formdata=None, float_amount=Decimal("100.00"))
    return render(
        "reports/drawer.html",
        "reports/_open_drawer.html",
        status,
        state=None,
        opening=form,
        day=ledger.open_day(db.session()),
    )


def _count(row: Drawer, back: str) -> Response:
    form = CountForm()
    if not form.validate_on_submit():
        return _page(row, back, 422, form)
    if row.state != "open":
        return _counted_already(row, form, back)
    if row.version != form.version.data:
        raise Conflict("This drawer changed since you opened the page. Count it again.")
    try:
        with db.transaction() as session:
            differences = ledger.close_drawer(session, row, form.counted, form.reason.data or "")
    except DrawerClosed:
        return _counted_already(row, form, back)
    except LedgerError as error:
        form.reason.errors = [*form.reason.errors, str(error)]
        return _page(row, back, 422, form)
    off = sum(differences.values(), Decimal("0.00"))
    words = (
        "Counted and expected agree." if not any(differences.values()) else f"Difference {formats.usd(off)}."
    )
    flash(f"The drawer of {formats.mdy(row.opened_on)} is closed. {words}", "ok")
    return see_other(back)


def _counted_already(row: Drawer, form: CountForm, back: str) -> Response:
    """The second click carries the count that closed the drawer; any other count came too late."""
    if {method: str(amount) for method, amount in form.counted.items()} == row.counted:
        return see_other(back)
    raise Conflict(
        f"This drawer was closed {formats.mdy(row.closed_at)} at {formats.wall(row.closed_at)} on another count."
    )


def _page(row: Drawer, back: str, status: int = 200, form: CountForm | None = None) -> Response:
    (state,) = reports.drawers_of(db.session(), [row])
    is_own = back == "reports.drawer"
    return render(
        "reports/drawer.html",
        "reports/_drawer.html",
        status,
        state=state,
        opening=None,
        day=row.opened_on,
        form=form or CountForm(formdata=None, version=row.version),
        found=_found(state, form),
        methods=[(method, METHODS[method]) for method in COUNTED],
        action=".count_drawer" if is_own else ".count_other_drawer",
        is_own=is_own,
    )


def _found(state: DrawerState, form: CountForm | None) -> dict[str, Decimal | None]:
    """What was counted, by method: in the closed drawer, or in the form that was refused."""
    if state.counted is not None:
        return dict(state.counted)
    if form is None:
        return dict.fromkeys(COUNTED)
    return {
        "cash": form.cash_counted,
        "check": form.check.data,
        "card_terminal": form.card_terminal.data,
    }
