"""Calendar feeds: made and revoked by the provider for himself or by a manager, read by a calendar program."""

from flask import Response, abort, flash, make_response
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import SelectChoice

from clinic import audit, clock, db, reminders
from clinic.blueprints.messages.blueprint import bp
from clinic.blueprints.messages.forms import FeedForm, RevokeForm
from clinic.models import CalendarFeed, RenderingProvider
from clinic.web import get_or_404, public, render, requires, see_other, settings, viewed


@bp.get("/calendar-feeds")
@requires("feed.edit")
def feeds() -> Response:
    """The feeds that one may see: one's own, or everybody's."""
    return _show(_form())


@bp.post("/calendar-feeds")
@requires("feed.edit")
def make_feed() -> Response:
    """A new feed; its address is on the page that answers and nowhere after."""
    form = _form(posted=True)
    if not form.validate_on_submit():
        return _show(form, 422)
    provider = next(each for each in _providers() if each.public_id == form.provider.data)
    with db.transaction() as session:
        _, token = reminders.make_feed(session, provider, form.label.data or "")
    return _show(_form(), address=f"{settings().base_url}/calendar/{token}.ics")


@bp.post("/calendar-feeds/<public_id>/revoke")
@requires("feed.edit")
def revoke_feed(public_id: str) -> Response:
    """Make an address worthless at once."""
    feed = get_or_404(CalendarFeed, public_id)
    if feed.provider_id not in {each.id for each in _providers()}:
        abort(404)
    if not RevokeForm().validate_on_submit():
        return _show(_form(), 422)
    with db.transaction() as session:
        reminders.revoke_feed(session, feed)
    flash("The address is worthless from now on.", "ok")
    return see_other(".feeds")


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> Response:
    """One provider's visits for a calendar program: initials only."""
    with audit.acting_as(audit.Actor(None, "calendar feed", None, audit.actor().address)):
        with db.transaction() as session:
            found = reminders.open_feed(session, token)
        if found is None:
            abort(404)
        feed, visits = found
        body = reminders.feed_calendar(visits, feed.provider.name, settings().host, clock.now())
        viewed("schedule", *{visit.patient_id for visit in visits}, subject=f"calendar_feed:{feed.public_id}")
    response = make_response(body)
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return response


def _providers() -> list[RenderingProvider]:
    """Whose feeds this user may make: a clinician's own, everybody's for the others."""
    query = select(RenderingProvider).where(RenderingProvider.active).order_by(RenderingProvider.position)
    if current_user.role == "clinician":
        query = query.where(RenderingProvider.id == current_user.rendering_provider_id)
    return list(db.session.scalars(query))


def _form(*, posted: bool = False) -> FeedForm:
    form = FeedForm() if posted else FeedForm(formdata=None)
    form.provider.choices = [SelectChoice(each.public_id, each.name) for each in _providers()]
    return form


def _show(form: FeedForm, status: int = 200, address: str = "") -> Response:
    mine = [each.id for each in _providers()]
    found = db.session.scalars(
        select(CalendarFeed)
        .where(CalendarFeed.provider_id.in_(mine))
        .options(joinedload(CalendarFeed.provider))
        .order_by(CalendarFeed.revoked_at.is_not(None), CalendarFeed.id.desc())
    ).all()
    return render(
        "messages/feeds.html",
        status=status,
        form=form,
        revoke=RevokeForm(formdata=None),
        found=found,
        address=address,
    )
