"""The board's page and its parts: which filters, which patient is open, what the panel asks."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_login import current_user
from sqlalchemy.orm import joinedload

from clinic import clock, db, keys, scheduling
from clinic.blueprints.flow.forms import ReasonForm, RoomForm
from clinic.models import Appointment
from clinic.scheduling import flow, gate
from clinic.scheduling.history import last_move
from clinic.web import get_or_404, may, render, viewed, wants_fragment

# Who may take which step: also who may take it back.
NEEDS = {
    "arrived": "visit.check_in",
    "checked_in": "visit.check_in",
    "left_without_being_seen": "visit.check_in",
    "roomed": "visit.flow",
    "checked_out": "visit.flow",
    "with_provider": "visit.see",
}
MISTAKE = "Pressed by mistake"


@dataclass(frozen=True)
class Shown:
    """What the person looks at; it stands in the address and in every form, so that the answer is drawn alike."""

    providers: tuple[str, ...]
    room: str
    everybody: bool

    @property
    def query(self) -> dict[str, Any]:
        query: dict[str, Any] = {}
        if self.providers:
            query["provider"] = list(self.providers)
        if self.room:
            query["room"] = self.room
        if self.everybody:
            query["all"] = 1
        return query

    def url(self, **more: Any) -> str:
        """The board with these filters and more; a value of None takes one off."""
        values = {name: value for name, value in {**self.query, **more}.items() if value}
        return url_for("flow.index", **values)


def shown() -> Shown:
    """From the address, or from the hidden fields of a form."""
    values = request.values
    return Shown(
        providers=tuple(values.getlist("provider"))[:20],
        room=values.get("board_room", "") or request.args.get("room", ""),
        everybody=values.get("all", "") == "1",
    )


def find(public_id: str) -> Appointment:
    """A visit with what the panel names, or 404; a place that is only held is nobody's visit."""
    return get_or_404(
        Appointment,
        public_id,
        joinedload(Appointment.patient, innerjoin=True),
        joinedload(Appointment.provider),
        joinedload(Appointment.visit_type),
        joinedload(Appointment.room),
        joinedload(Appointment.roomed_in),
    )


def seal(where: Shown) -> str:
    """What this person is shown with these filters, as one word that nobody else can write: a poll that brings it
    back has seen these patients already."""
    text = f"{current_user.id} {where.url()} {flow.stamp(db.session())}"
    return keys.mac("flow.board", text.encode()).hex()[:20]


def stamp(where: Shown) -> str:
    """The version of the board: it changes when a visit does, and once a minute with the timers."""
    return f"{clock.now():%H%M}-{seal(where)}"


def board(where: Shown) -> flow.Board:
    own = getattr(current_user, "rendering_provider_id", None)
    return flow.board(
        db.session(), provider_ids=where.providers, room_id=where.room, own=own, everybody=where.everybody
    )


def show(
    where: Shown,
    *,
    status: int = 200,
    panel: dict[str, Any] | None = None,
    quiet: bool = False,
    told: str = "",
) -> Any:
    """The page, or for htmx the board with the panel beside it when there is one to be drawn.

    `quiet` is a poll that only moved the timers: who is shown was recorded when they were.
    """
    seen = stamp(where)
    current = board(where)
    if not quiet:
        viewed("schedule", *current.patient_ids)
    also = ("flow/_panel.html",) if panel is not None else ()
    return render(
        "flow/index.html",
        "flow/_board.html",
        status,
        also=also,
        where=where,
        board=current,
        stamp=seen,
        told=told,
        poll_url=url_for("flow.poll", seen=seen, poll=1, **where.query),
        **panel_of(panel or {}),
    )


def show_panel(where: Shown, panel: dict[str, Any], status: int = 200) -> Any:
    """Only the panel for htmx; without it the whole page with the panel open."""
    if not wants_fragment():
        return show(where, status=status, panel=panel)
    response = render("flow/index.html", "flow/_panel.html", status, where=where, **panel_of(panel))
    response.headers["HX-Retarget"] = "#panel"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


def panel_of(panel: dict[str, Any]) -> dict[str, Any]:
    """Every name that the panel's parts look at."""
    known = {
        "visit": None,
        "mode": "",
        "form": None,
        "places": (),
        "stops": (),
        "happened": (),
        "last": None,
        "notice": "",
        "visit_words": scheduling.status_word,
        "words": scheduling.WORDS,
        "may_undo": may_undo,
    }
    if unknown := set(panel) - set(known):
        raise TypeError(f"the panel does not know {unknown}")
    return known | panel


def panel(found: Appointment, mode: str = "", form: Any = None, notice: str = "") -> dict[str, Any]:
    """One patient beside the board; `mode` is room, leave, undo or nothing."""
    session = db.session()
    viewed("schedule", found.patient_id)
    parts: dict[str, Any] = {"visit": found, "mode": mode, "form": form, "notice": notice}
    parts["last"] = last = last_move(session, found)
    parts["happened"] = scheduling.history(session, found)
    if mode == "room":
        parts["form"] = form = form or RoomForm(formdata=None, data={"version": found.version})
        form.offer(flow.places(session), found.room.public_id if found.room else "")
        parts["places"] = list(form.places.values())
        parts["stops"] = open_stops(found)
    elif mode in ("leave", "undo") and form is None:
        reason = MISTAKE if mode == "undo" else ""
        parts["form"] = ReasonForm(formdata=None, data={"version": found.version, "reason": reason})
    if last is not None and not last.from_status:
        parts["last"] = None
    return parts


def open_stops(found: Appointment) -> list[gate.Stop]:
    """What stands against bringing the patient to a room and was not passed over at the check-in (A12)."""
    if found.status not in flow.WAITING:
        return []
    session = db.session()
    passed = {name for one in gate.passes(session, found) for name in one.missing}
    return [stop for stop in gate.stops(session, found) if stop.name not in passed]


def may_undo(to_status: str) -> bool:
    """Whether the signed-in user may take back a step to this status."""
    return may(NEEDS.get(to_status, "schedule.book"))
