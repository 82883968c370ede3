"""The schedule's page and its fragments: which day, which view, what stands in the panel."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, abort, request, url_for
from sqlalchemy.orm import joinedload

from clinic import clock, db, formats, scheduling
from clinic.models import Appointment
from clinic.scheduling import rows
from clinic.scheduling.layout import MAX_ROWS, Frame
from clinic.scheduling.plan import month_of, week_of
from clinic.web import get_or_404, may, render, viewed

VIEWS = ("day", "week", "month", "list")
# What an answer that draws no schedule reads in its place.
EMPTY = scheduling.Plan([], Frame(480, 40), [], [], None, "")


@dataclass(frozen=True)
class Shown:
    """What the person looks at: kept in each form, so that the answer is drawn in the same way."""

    day: date
    view: str
    providers: tuple[str, ...]
    frame: str = ""
    rooms: tuple[str, ...] = ()

    @property
    def query(self) -> dict[str, Any]:
        """The part of it that stands in an address."""
        query: dict[str, Any] = {}
        if self.view != "day":
            query["view"] = self.view
        if self.providers:
            query["provider"] = list(self.providers)
        if self.rooms:
            query["room"] = list(self.rooms)
        return query

    def url(self, day: date | None = None, **more: Any) -> str:
        """The address of a day in this view."""
        query = {**self.query, **more}
        if query.get("view") == "day":
            query.pop("view")
        return url_for("desk.day", day=(day or self.day).isoformat(), **query)

    @property
    def narrowed(self) -> str:
        """`2 providers, 1 room`: what the page is narrowed to."""
        found = [(len(self.providers) if self.view != "week" else 0, "provider"), (len(self.rooms), "room")]
        return ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for count, name in found if count)

    @property
    def grid(self) -> Frame | None:
        """The rows of the page that a single column is to be put into."""
        opening, rows = (formats.whole(part) for part in self.frame.partition("x")[::2])
        if opening is None or rows is None:
            return None
        return Frame(min(opening, 24 * 60), min(max(rows, 1), MAX_ROWS))

    def has_rows_for(self, found: Appointment) -> bool:
        """Whether the page that is open has a column for a visit of its day, and all the rows that it takes."""
        grid = self.grid
        if self.view != "day" or grid is None:
            return False
        if not found.provider.active or (self.providers and found.provider.public_id not in self.providers):
            return False
        begins, ends = clock.local(found.starts_at), clock.local(found.ends_at)
        last = ends.hour * 60 + ends.minute if ends.date() == begins.date() else 24 * 60
        return grid.whole.start <= begins.hour * 60 + begins.minute and last <= grid.whole.end


def read_day(text: str) -> date:
    """A day of the address; one whose week or neighbours the calendar cannot count is no page."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if not 1850 <= day.year <= 2200:
        abort(404)
    return day


def shown(day: date | None = None) -> Shown:
    """From the query, or from the hidden fields of a form."""
    values = request.values
    view = values.get("view", "day")
    if day is None:
        text = values.get("shown", "")
        day = read_day(text) if text else clock.today()
    return Shown(
        day=day,
        view=view if view in VIEWS else "day",
        providers=tuple(values.getlist("provider_shown") or request.args.getlist("provider")),
        frame=values.get("frame", "")[:12],
        rooms=tuple(values.getlist("room_shown") or request.args.getlist("room")),
    )


def plan_of(where: Shown) -> scheduling.Plan:
    if where.view == "week":
        return scheduling.week(db.session(), where.day, provider_of(where), rooms=where.rooms)
    if where.view == "month":
        return month_of(db.session(), where.day, where.providers, rooms=where.rooms)
    return scheduling.day(db.session(), where.day, where.providers or None, rooms=where.rooms)


def provider_of(where: Shown) -> str:
    """Whose week it is: of the chosen one, else of the first who works."""
    return where.providers[0] if where.providers else _first_provider()


def _first_provider() -> str:
    return next((each.public_id for each in rows.providers(db.session()) if each.active), "")


def show(
    where: Shown,
    *,
    status: int = 200,
    plan: scheduling.Plan | None = None,
    fragment: str = "desk/_schedule.html",
    also: Iterable[str] = ("desk/_panel.html", "desk/_open.html"),
    **panel: Any,
) -> Response:
    """The whole page, or the schedule, its rows for the next request and the panel beside it for htmx.

    A `plan` that is handed in was noted as seen by who read it. `panel` holds `mode` (card, book, move, cancel) and what its part of the panel needs.
    """
    if plan is None:
        plan = plan_of(where)
        viewed("schedule", *plan.patient_ids)
    return render("desk/index.html", fragment, status, also=also, **context(where, plan), **panel_of(panel))


def show_panel(where: Shown, *, status: int = 200, **panel: Any) -> Response:
    """Only the panel for htmx; without it the whole page with the panel open."""
    return show_part(where, "desk/_panel.html", "#panel", status, **panel)


def show_part(where: Shown, fragment: str, target: str, status: int, **panel: Any) -> Response:
    """A part whose fragment needs no schedule, so that none is read for htmx."""
    from_htmx = bool(request.headers.get("HX-Request"))
    plan = EMPTY if from_htmx else plan_of(where)
    viewed("schedule", *plan.patient_ids)
    response = render("desk/index.html", fragment, status, **context(where, plan), **panel_of(panel))
    if from_htmx:
        response.headers["HX-Retarget"] = target
        response.headers["HX-Reswap"] = "outerHTML"
    return response


def panel_of(panel: dict[str, Any]) -> dict[str, Any]:
    """Every name the panel's parts look at, so that StrictUndefined finds a misspelt one and no absent one."""
    known = {
        "mode": "",
        "card": None,
        "form": None,
        "patient": None,
        "found": None,
        "typed": "",
        "notice": "",
        "warnings": (),
        "conflict": "",
        "at": "",
        "refused": None,
    }
    unknown = set(panel) - set(known)
    if unknown:
        raise TypeError(f"the panel does not know {unknown}")
    return known | panel


def days_of(where: Shown) -> list[date]:
    """The days that stand on the page."""
    return week_of(where.day) if where.view == "week" else [where.day]


def context(where: Shown, plan: scheduling.Plan) -> dict[str, Any]:
    before, after = _beside(where)
    return {
        "where": where,
        "plan": plan,
        # A panel that was asked for alone is told the rows of the page it stands beside.
        "frame": where.frame if plan is EMPTY else f"{plan.frame.opening}x{plan.frame.rows}",
        "can_book": may("schedule.book"),
        "previous_url": where.url(before),
        "next_url": where.url(after),
        "today_url": where.url(clock.today()),
        # Addresses of a hundred cards are put together from these; the router is asked once.
        "appointment_base": url_for("desk.appointment", public_id="-")[:-1],
        "visit_word": visit_word,
        "now": clock.now,
        "last": None,
        "waiting": sum(visit.status in ("arrived", "checked_in") for visit in plan.visits),
    }


def _beside(where: Shown) -> tuple[date, date]:
    """The day before and after, or the week, or the first of the months beside this one."""
    if where.view == "month":
        first = where.day.replace(day=1)
        return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    step = timedelta(days=7 if where.view == "week" else 1)
    return where.day - step, where.day + step


def announced(response: Response, text: str) -> Response:
    """An answer that is also said to who hears the page."""
    response.headers["HX-Trigger"] = json.dumps({"announce": {"text": text}})
    return response


def find(public_id: str) -> Appointment:
    """An appointment with what its card names, or 404."""
    return get_or_404(
        Appointment,
        public_id,
        joinedload(Appointment.patient),
        joinedload(Appointment.provider),
        joinedload(Appointment.room),
        joinedload(Appointment.visit_type),
    )


def panel_card(found: Appointment) -> dict[str, Any]:
    """The panel that shows one appointment."""
    viewed("schedule", found.patient_id)
    return {"mode": "card", "card": scheduling.card(db.session(), found)}


def visit_word(found: Appointment) -> tuple[str, str]:
    """The words and the tone of an appointment's chip."""
    tint = scheduling.TINTS.get(found.status, "st-noshow")
    word = scheduling.status_word(found.status, found.arrived_at, found.roomed_at)
    return word, scheduling.TONES.get(tint, "")
