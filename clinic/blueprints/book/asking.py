"""The held place, who the visit is for, and the code that shows whose contact it is (A10)."""

from datetime import date, datetime

from flask import Response, request
from flask_wtf.csrf import CSRFError

from clinic import clock, db, online, scheduling
from clinic.blueprints.book import visitor
from clinic.blueprints.book.blueprint import bp
from clinic.blueprints.book.forms import DetailsForm
from clinic.models import OnlineRequest, VisitType
from clinic.reminders.texts import told_time
from clinic.scheduling import Opening
from clinic.web import errors, patient_page, public, see_other, settings


@bp.get("/book/details")
@public
def details() -> Response:
    """The form, while the place is held; without one, the way back to the times."""
    held, kept = visitor.held(), visitor.kept()
    if held is None:
        ended = {"ended": 1} if kept.get("hold") else {}
        return see_other(".times", **ended) if kept.get("type") else see_other(".start")
    form = DetailsForm(
        formdata=None,
        type=kept.get("type"),
        been=kept.get("been"),
        provider=kept.get("provider"),
        at=kept.get("at"),
    )
    typing = visitor.typing()
    if typing is not None and typing.state == "typing":
        _fill(form, typing)
    return _details(form)


@bp.post("/book/details")
@public
def take_details() -> Response:
    """Check everything at once, hold the place anew where it was lost, and send the code."""
    return _take(DetailsForm())


@bp.errorhandler(CSRFError)
def forgotten(error: CSRFError) -> Response:
    """The page was open so long that its session ended: what was typed is shown again, to be sent once more."""
    if request.endpoint == "book.take_details" and visitor.offer(request.form.get("type")):
        return _details(DetailsForm(), 400, late=True)
    if request.endpoint == "book.hold" and visitor.offer(request.form.get("type")):
        visitor.keep(**{name: request.form.get(name, "") for name in visitor.CHOICES})
        return see_other(".times", late=1)
    return errors.too_old()


@bp.get("/book/code")
@public
def code() -> Response:
    found = visitor.typing()
    if found is None:
        return see_other(".done" if patient_page.key_of("book") else ".start")
    return _code(found)


@bp.post("/book/code")
@public
def check_code() -> Response:
    """One answer for a wrong and an old code; one that is used up by wrong tries says so, whatever was typed."""
    found = visitor.typing()
    if found is None:
        return see_other(".done" if patient_page.key_of("book") else ".start")
    if not visitor.allowed("code"):
        return visitor.stop(".code", "code")
    with db.transaction() as current:
        found, outcome = online.check_code(
            current, found.public_id, request.form.get("code", ""), settings().base_url
        )
    if outcome != "done":
        return _code(
            found, 422, wrong=outcome == "wrong", used_up=outcome == "used_up", gone=outcome == "gone"
        )
    visitor.done(found)
    return see_other(".done")


@bp.post("/book/code/again")
@public
def another_code() -> Response:
    found = visitor.typing()
    if found is None:
        return see_other(".start")
    if not visitor.allowed("code"):
        return visitor.stop(".code", "code")
    try:
        with db.transaction() as current:
            found = online.send_again(current, found.public_id)
    except online.TooManyCodes:
        return _code(found, 422, enough=True)
    return _code(found, sent=True) if found.state == "typing" else see_other(".done")


@bp.post("/book/time")
@public
def another_time() -> Response:
    """Another time for a request whose place was given away while the code was on its way."""
    found = visitor.typing()
    if found is None:
        return see_other(".start")
    if not visitor.allowed("hold"):
        return visitor.stop(".code", "hold")
    try:
        with db.transaction() as current:
            found = online.choose_again(
                current,
                found.public_id,
                request.form.get("at", ""),
                key=found.key,
                base_url=settings().base_url,
            )
    except online.PlaceGone:
        return _code(found, 422, gone=True)
    visitor.done(found)
    return see_other(".done")


def _take(form: DetailsForm) -> Response:
    lang, kept = patient_page.language(), visitor.kept()
    earlier = visitor.handed_in()
    if earlier is not None and earlier.key == (form.key.data or ""):
        # The back button, after all was done: the same form is the same request.
        return see_other(".done")
    offer = visitor.offer(form.type.data)
    if offer is None:
        return see_other(".start")
    if form.website.data:
        return _details(form, 422, trapped=True)
    if not visitor.allowed("form"):
        return visitor.stop(".start", "form")
    channel = form.channel(texts_ready=visitor.texts_ready())
    typed, wrong = form.read(lang, channel)
    if wrong:
        return _details(form, 422, wrong=wrong)
    asked = online.Asked(
        typed, form.says_new, channel, lang, bool(form.texts.data), bool(form.mails.data and typed["email"])
    )
    key, at, mine = (form.key.data or "")[:40], form.at.data or "", [kept.get("hold", "")]
    try:
        with db.transaction() as current:
            online.let_go(current, mine, but=at, kind=offer.kind)
        with db.transaction() as current:
            held = online.keep(current, offer.kind, at, key=key, mine=mine)
            found = online.begin(current, held, asked, key=key)
    except online.PlaceGone:
        return _details(form, 422, gone=True)
    except online.TooMany:
        return visitor.stop(".start", "form")
    if found.state != "typing":
        visitor.done(found)
        return see_other(".done")
    visitor.keep(
        type=form.type.data,
        been=form.been.data,
        provider=form.provider.data or "",
        at=form.at.data,
        hold=held.public_id,
        request=found.public_id,
    )
    return see_other(".code")


def _fill(form: DetailsForm, typing: OnlineRequest) -> None:
    """Back from the page of the code: what was typed stands there again, under the same key."""
    typed = typing.typed
    form.key.data = typing.key
    for name, text in typed.items():
        if name in form:
            form[name].data = text
    form.year.data, form.month.data, form.day.data = typed["born_on"].split("-")
    form.code_by.data = typing.channel
    form.texts.data, form.mails.data = typing.agreed_sms, typing.agreed_email


def _details(
    form: DetailsForm,
    status: int = 200,
    *,
    wrong: dict[str, str] | None = None,
    gone: bool = False,
    late: bool = False,
    trapped: bool = False,
) -> Response:
    current, lang = db.session(), patient_page.language()
    offer = visitor.offer(form.type.data)
    held = visitor.held()
    at = form.at.data or ""
    # A hold that ended meanwhile is taken anew when the form is right: the time that was chosen stays in view.
    start = held.starts_at if held else _instant(at)
    near = _near(offer.kind, form.provider.data or "", at) if gone and offer else []
    provider = next((p for p in online.providers(current) if at.endswith(f"~{p.public_id}")), None)
    return visitor.page(
        "details",
        status,
        here=".details",
        form=form,
        offer=offer,
        wrong=wrong or {},
        gone=gone,
        late=late,
        trapped=trapped,
        near=[(each.at, *told_time(each.starts_at, lang), each.provider.name) for each in near],
        told=told_time(start, lang) if start and not gone else None,
        until=told_time(held.held_until, lang)[1] if held and held.held_until else "",
        provider=provider,
        texts_ready=visitor.texts_ready(),
    )


def _code(
    found: OnlineRequest,
    status: int = 200,
    *,
    wrong: bool = False,
    used_up: bool = False,
    gone: bool = False,
    enough: bool = False,
    sent: bool = False,
) -> Response:
    lang = patient_page.language()
    day = told_time(found.starts_at, lang)
    kept = visitor.kept().get("provider", "")
    near = _near(found.visit_type, kept, clock.local(found.starts_at).date().isoformat()) if gone else []
    return visitor.page(
        "code",
        status,
        here=".code",
        masked=visitor.masked(found),
        channel=found.channel,
        told=day,
        wrong=wrong or used_up,
        used_up=used_up,
        gone=gone,
        enough=enough,
        sent=sent,
        near=[(each.at, *told_time(each.starts_at, lang), each.provider.name) for each in near],
    )


def _instant(at: str) -> datetime | None:
    """When a place (as `Opening.at`) begins; None for what is none."""
    try:
        wall = datetime.fromisoformat(at[:16])
        return scheduling.instant(wall.date(), wall.time())
    except (ValueError, scheduling.SchedulingError):
        return None


def _near(kind: VisitType, provider: str, at: str) -> list[Opening]:
    try:
        day = date.fromisoformat(at[:10])
    except ValueError:
        day = clock.today()
    return online.near_times(db.session(), kind, provider=provider, day=day)
