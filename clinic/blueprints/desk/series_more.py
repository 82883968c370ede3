"""A series is made longer at the desk: so many visits more, or a later end; listed by date before it is done (A7)."""

from flask import Response

from clinic import db
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.series import find_series, series_page
from clinic.blueprints.desk.series_forms import (
    MoreForm,
    carried,
    choices,
    closed_reason,
    done,
    only_if_allowed,
    words_of_choices,
)
from clinic.models import AppointmentSeries, RenderingProvider
from clinic.scheduling import (
    AppointmentChanged,
    SchedulingError,
    recurrence,
    series,
    series_more,
    series_rule,
)
from clinic.scheduling.recurrence import RuleRefused
from clinic.scheduling.series import Look, ReasonMissing, SeriesTaken
from clinic.scheduling.series_more import More
from clinic.web import render, requires, see_other, viewed
from clinic.web.sessions import tell


@bp.get("/series/<public_id>/more")
@requires("schedule.book")
def more_visits(public_id: str) -> Response:
    """How many visits more, or until when."""
    found = find_series(public_id)
    return _page(found, MoreForm(formdata=None), 200)


@bp.post("/series/<public_id>/more/dates")
@requires("schedule.book")
def more_dates(public_id: str) -> Response:
    """The further dates, before anything is booked."""
    return _listed(find_series(public_id), MoreForm(), 200)


@bp.post("/series/<public_id>/more")
@requires("schedule.book")
def book_more(public_id: str) -> Response:
    """Book them all as chosen, or none; the second click books nothing more."""
    found = find_series(public_id)
    form = MoreForm()
    if not form.validate_on_submit():
        return _page(found, form, 422)
    only_if_allowed()
    if series_more.booked_by(db.session(), found, form.key.data):
        return see_other("desk.show_series", public_id=public_id)
    try:
        with db.transaction() as session:
            change = series_more.extend(session, found, _more(form), choices(), closed_reason())
            tell(session, done(change.visits, found.patient, "booked", "more "))
    except (SeriesTaken, AppointmentChanged) as lost:
        return _listed(find_series(public_id), form, 409, str(lost))
    except ReasonMissing as missing:
        return _listed(find_series(public_id), form, 422, str(missing))
    except RuleRefused as refused:
        return _refused(find_series(public_id), form, refused)
    except SchedulingError as refused:
        return series_page(find_series(public_id), 409, str(refused))
    return see_other("desk.show_series", public_id=public_id)


def _more(form: MoreForm) -> More:
    if (form.times.data is None) == (form.until_on.data is None):
        raise RuleRefused("Say how many visits more, or until which day: one of the two.", "times")
    return More(form.times.data, form.until_on.data, form.key.data or "", form.seen.data or "")


def _listed(found: AppointmentSeries, form: MoreForm, status: int, notice: str = "") -> Response:
    if not form.validate():
        return _page(found, form, 422)
    try:
        look = series_more.look(db.session(), found, _more(form), choices())
    except RuleRefused as refused:
        return _refused(found, form, refused)
    except SchedulingError as refused:
        return series_page(found, 409, str(refused))
    viewed("schedule", *look.plan.seen)
    return _page(found, form, status, look, notice)


def _refused(found: AppointmentSeries, form: MoreForm, refused: RuleRefused) -> Response:
    form[refused.field].errors = [str(refused)]
    return _page(found, form, 422)


def _page(
    found: AppointmentSeries, form: MoreForm, status: int, look: Look | None = None, notice: str = ""
) -> Response:
    session = db.session()
    rule, provider_id = series_rule.rule_of(found, series.changes_of(session, found))
    return render(
        "desk/series_more.html",
        status=status,
        series=found,
        form=form,
        look=look,
        notice=notice,
        seen=series_more.mark(look.plan) if look else "",
        provider=session.get_one(RenderingProvider, provider_id),
        rule_words=recurrence.words(rule),
        last=series_more.last_of(series.visits_of(session, found)),
        hidden=carried("times", "until_on", "key"),
        choice=words_of_choices(moving=False),
    )
