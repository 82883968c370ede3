"""The flow board of today and one patient on it."""

from flask import Response, make_response, request

from clinic.blueprints.flow import day_end, moves, paper, settings
from clinic.blueprints.flow.blueprint import bp
from clinic.blueprints.flow.screen import find, panel, show, show_panel, shown, stamp
from clinic.web import requires

__all__ = ["bp", "day_end", "moves", "paper", "settings"]
MODES = ("room", "leave", "undo")


@bp.get("")
@requires("schedule.view")
def index() -> Response:
    """Today, with the filters of the address; `?visit=` opens a patient beside it."""
    where, chosen = shown(), request.args.get("visit", "")
    return show(where, panel=panel(find(chosen)) if chosen else None)


@bp.get("/board")
@requires("schedule.view")
def poll() -> Response:
    """The board alone when it changed since the stamp `seen`, else 304: it asks every few seconds."""
    where, seen = shown(), request.args.get("seen", "")
    now = stamp(where)
    if seen == now:
        return make_response("", 304)
    return show(where, quiet=seen[-20:] == now[-20:])


@bp.get("/visits/<public_id>")
@requires("schedule.view")
def visit(public_id: str) -> Response:
    """One patient beside the board; `?do=` asks for a room or for a reason."""
    do = request.args.get("do", "")
    return show_panel(shown(), panel(find(public_id), do if do in MODES else ""))
