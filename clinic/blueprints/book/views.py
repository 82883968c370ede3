"""Book a visit: what, with whom, when; the place is held from then on. Plain forms, two languages (A10)."""

from collections.abc import Callable, Collection, Iterable
from functools import partial

from flask import Response, request, session

from clinic import db, online
from clinic.blueprints.book import asking, own, review, rules, visitor
from clinic.blueprints.book.blueprint import bp
from clinic.models import RenderingProvider
from clinic.web import free_times, patient_page, public, see_other
from clinic.web.fields import Key
from clinic.web.forms import ClinicForm

__all__ = ["asking", "bp", "own", "review", "rules"]


class PlaceForm(ClinicForm):
    """One of the times; `key` makes the second click the first."""

    key = Key()


@bp.app_context_processor
def link_of_booking() -> dict[str, Callable[[], bool]]:
    """Whether the other public pages may lead here: asked only by a page that shows the link."""
    return {"online_open": lambda: online.policy(db.session()).active}


@bp.get("/book")
@public
def start() -> Response:
    """What the visit is for, whether the person was here before, and with whom."""
    return _start()


@bp.get("/book/times")
@public
def times() -> Response:
    """Days and times that are free by the desk's own rules."""
    kept = visitor.kept()
    chosen = {name: request.args.get(name, kept.get(name, "")) for name in visitor.CHOICES}
    visitor.keep(**chosen)
    problems = _problems(chosen)
    if problems:
        sent = any(name in request.args for name in visitor.CHOICES)
        return _start(422 if sent else 200, problems=problems)
    return _times(chosen)


@bp.post("/book/hold")
@public
def hold() -> Response:
    """Keep one time for ten minutes; whoever was faster is named by nobody."""
    kept = visitor.kept()
    chosen = {name: request.form.get(name, "") for name in visitor.CHOICES}
    at, key = request.form.get("at", ""), request.form.get("key", "")
    offer = visitor.offer(chosen["type"])
    if offer is None or _problems(chosen):
        return see_other(".start")
    if not visitor.allowed("hold"):
        return visitor.stop(".start", "hold")
    visitor.keep(**chosen)
    mine = [kept.get("hold", "")]
    try:
        with db.transaction() as current:
            online.let_go(current, mine, but=at, kind=offer.kind)
        with db.transaction() as current:
            held = online.keep(current, offer.kind, at, key=key[:40], mine=mine)
    except online.PlaceGone:
        return _times(chosen, 422, gone=True, day=at[:10])
    visitor.keep(hold=held.public_id, at=at)
    return see_other(".details")


@bp.post("/book/leave")
@public
def leave() -> Response:
    """The visitor goes: his place is free at once, nothing that he typed is kept."""
    kept = visitor.kept()
    with db.transaction() as current:
        online.let_go(current, [kept.get("hold", "")])
    session.pop("book", None)
    patient_page.let_out("book")
    return see_other(".start", left=1)


def _start(status: int = 200, *, problems: Collection[str] = ()) -> Response:
    lang = patient_page.language()
    current = db.session()
    open_now = online.policy(current).active
    return visitor.page(
        "start",
        status,
        here=".start",
        active=open_now,
        offers=online.offers(current, lang) if open_now else [],
        providers=online.providers(current),
        chosen=visitor.kept(),
        problems=problems,
        left="left" in request.args,
    )


def _problems(chosen: dict[str, str]) -> list[str]:
    """Which answers are missing or do not go together, all at once: been, type, kind (for the other sort of
    patient), provider, takes (a provider who does not take this visit), or only closed.
    """
    current, offer = db.session(), visitor.offer(chosen["type"])
    if not online.policy(current).active:
        return ["closed"]
    found = [] if chosen["been"] in ("yes", "no") else ["been"]
    other = {"no": "established", "yes": "new"}.get(chosen["been"])
    if offer is None:
        found.append("type")
    elif offer.kind.patient_kind == other:
        found.append("kind")
    if chosen["provider"] and chosen["provider"] not in _ids(online.providers(current)):
        found.append("provider")
    elif (
        offer and chosen["provider"] and chosen["provider"] not in _ids(online.providers(current, offer.kind))
    ):
        found.append("takes")
    return found


def _ids(providers: Iterable[RenderingProvider]) -> list[str]:
    return [each.public_id for each in providers]


def _times(chosen: dict[str, str], status: int = 200, *, gone: bool = False, day: str = "") -> Response:
    current, lang = db.session(), patient_page.language()
    offer = visitor.offer(chosen["type"])
    times = partial(online.free_times, current, offer.kind, provider=chosen["provider"])  # type: ignore[union-attr]
    from_day, wanted = request.args.get("from", ""), request.args.get("day", "") or day
    shown = free_times.week(times, from_day, wanted, online.last_day(online.policy(current)), lang, stay=gone)
    return visitor.page(
        "times",
        status,
        here=".times",
        offer=offer,
        chosen=chosen,
        provider=next((p for p in online.providers(current) if p.public_id == chosen["provider"]), None),
        **shown,
        gone=gone,
        ended="ended" in request.args,
        late="late" in request.args,
        form=PlaceForm(formdata=None),
    )
