"""A series is moved or cancelled at the desk: this, the following or all; listed by date before it is done (A7)."""

from collections.abc import Callable
from typing import Any

from flask import Response, abort, request

from clinic import clock, db
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.series import find_series, series_page
from clinic.blueprints.desk.series_forms import (
    SeriesCancelForm,
    SeriesMoveForm,
    carried,
    choices,
    closed_reason,
    done,
    only_if_allowed,
    words_of_choices,
)
from clinic.models import Appointment, AppointmentSeries
from clinic.scheduling import (
    AppointmentChanged,
    SchedulingError,
    recurrence,
    series,
    series_changes,
    series_rule,
)
from clinic.scheduling.recurrence import RuleRefused
from clinic.scheduling.series import Look, ReasonMissing, SeriesTaken
from clinic.scheduling.series_changes import SCOPES, Target
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.web.sessions import tell


class Reach:
    """Which visits a change reaches: from the address, or from the hidden fields of its form."""

    def __init__(self, public_id: str) -> None:
        self.series: AppointmentSeries = find_series(public_id)
        visit = request.values.get("visit", "")
        self.chosen = get_or_404(Appointment, visit, series_id=self.series.id) if visit else None
        self.scope = request.values.get("scope", "following" if self.chosen else "all")
        if self.scope not in SCOPES or (self.scope != "all" and self.chosen is None):
            abort(404)
        self.all = series.visits_of(db.session(), self.series)

    def visits(self) -> list[Appointment]:
        """Raises SchedulingError when none is still to come."""
        return series_changes.coming(self.all, self.scope, self.chosen)

    def page(self, template: str, status: int, **more: Any) -> Response:
        scopes = [(key, words) for key, words in SCOPES.items() if key == "all" or self.chosen]
        return render(
            template,
            status=status,
            series=self.series,
            scope=self.scope,
            scopes=scopes,
            chosen=self.chosen,
            numbers=series.numbered(self.all),
            **more,
        )


@bp.get("/series/<public_id>/move")
@requires("schedule.book")
def move_series(public_id: str) -> Response:
    """Where the visits shall stand: first the form, with the rule as it is, or one visit as it stands."""
    reach = Reach(public_id)
    rule, provider_id = series_rule.rule_of(reach.series, series.changes_of(db.session(), reach.series))
    weekdays, wall = rule.weekdays, rule.wall_time
    if reach.scope == "this" and reach.chosen is not None:
        local, provider_id = clock.local(reach.chosen.starts_at), reach.chosen.provider_id
        weekdays, wall = (local.weekday(),), local.time()
    form = SeriesMoveForm(formdata=None, data={"weekdays": [str(each) for each in weekdays], "time": wall})
    form.fill(db.session())
    form.provider.data = next((key for key, each in form.providers.items() if each.id == provider_id), None)
    try:
        visits = reach.visits()
    except SchedulingError as refused:
        return series_page(reach.series, 409, str(refused))
    return _move_page(reach, form, visits, 200)


@bp.post("/series/<public_id>/move/dates")
@requires("schedule.book")
def series_move_dates(public_id: str) -> Response:
    """Where each visit would go, before anything is changed."""
    reach, form, visits = _asked(public_id)
    if not visits:
        return series_page(reach.series, 409, "None of these visits is still to come.")
    return _listed(reach, form, visits, 200)


@bp.post("/series/<public_id>/move")
@requires("schedule.book")
def put_series(public_id: str) -> Response:
    """Move them all as chosen, or none."""
    reach, form, visits = _asked(public_id)
    seen = form.seen.data or ""
    if series_changes.made_by(db.session(), reach.series, "move", seen):
        return see_other("desk.show_series", public_id=public_id)
    if not visits:
        return series_page(reach.series, 409, "None of these visits is still to come.")
    if not form.validate():
        return _listed(reach, form, visits, 422)
    only_if_allowed()
    try:
        target = _target(form)
        look = series_changes.look(db.session(), reach.series, reach.scope, visits, target, choices())
        if look.plan.open:
            return _listed(reach, form, visits, 422, "Choose for each date that is not free.")
        with db.transaction() as session:
            change = series_changes.move(
                session, reach.series, reach.scope, reach.chosen, target, seen, choices(), closed_reason()
            )
            patient = reach.series.patient
            tell(
                session, done(change.visits, patient, "moved") if change else "They all stand there already."
            )
    except ReasonMissing as missing:
        return _listed(reach, form, visits, 422, str(missing))
    except (SeriesTaken, AppointmentChanged) as lost:
        text = str(lost)
        return _anew(public_id, lambda reach, visits: _listed(reach, form, visits, 409, text))
    except RuleRefused as refused:
        form.weekdays.errors = [str(refused)]
        return _move_page(reach, form, visits, 422)
    except SchedulingError as refused:
        return series_page(find_series(public_id), 409, str(refused))
    return see_other("desk.show_series", public_id=public_id)


def _anew(public_id: str, answer: Callable[[Reach, list[Appointment]], Response]) -> Response:
    """The answer with the visits as they are by now, or the page of the series where none of them is left."""
    db.session.expire_all()
    reach = Reach(public_id)
    try:
        return answer(reach, reach.visits())
    except SchedulingError as refused:
        return series_page(reach.series, 409, str(refused))


def _asked(public_id: str) -> tuple[Reach, SeriesMoveForm, list[Appointment]]:
    reach = Reach(public_id)
    form = SeriesMoveForm()
    form.fill(db.session())
    try:
        return reach, form, reach.visits()
    except SchedulingError:
        return reach, form, []


def _target(form: SeriesMoveForm) -> Target:
    if not form.weekdays.data:
        raise RuleRefused("Choose at least one weekday.", "weekdays")
    return Target(
        form.time.data, tuple(int(each) for each in form.weekdays.data), form.providers[form.provider.data]
    )


def _listed(
    reach: Reach, form: SeriesMoveForm, visits: list[Appointment], status: int, notice: str = ""
) -> Response:
    if not form.validate():
        return _move_page(reach, form, visits, 422)
    try:
        look = series_changes.look(db.session(), reach.series, reach.scope, visits, _target(form), choices())
    except RuleRefused as refused:
        form.weekdays.errors = [str(refused)]
        return _move_page(reach, form, visits, 422)
    viewed("schedule", *look.plan.seen)
    return _move_page(reach, form, visits, status, look, notice)


def _move_page(
    reach: Reach,
    form: SeriesMoveForm,
    visits: list[Appointment],
    status: int,
    look: Look | None = None,
    notice: str = "",
) -> Response:
    return reach.page(
        "desk/series_move.html",
        status,
        form=form,
        visits=visits,
        look=look,
        notice=notice,
        seen=series_changes.mark(visits),
        hidden=carried("weekdays", "time", "provider"),
        choice=words_of_choices(moving=True),
        weekday_words=recurrence.weekday_words,
    )


@bp.get("/series/<public_id>/cancellation")
@requires("schedule.book")
def cancel_series_form(public_id: str) -> Response:
    """Which visits would be cancelled, by date, and the reason."""
    reach = Reach(public_id)
    try:
        return _cancel_page(reach, SeriesCancelForm(formdata=None), reach.visits(), 200)
    except SchedulingError as refused:
        return series_page(reach.series, 409, str(refused))


@bp.post("/series/<public_id>/cancellation")
@requires("schedule.book")
def cancel_series(public_id: str) -> Response:
    """Cancel them, each by the rules of a single visit (A2, A3)."""
    reach = Reach(public_id)
    form = SeriesCancelForm()
    seen = form.seen.data or ""
    if series_changes.made_by(db.session(), reach.series, "cancel", seen):
        return see_other("desk.show_series", public_id=public_id)
    try:
        visits = reach.visits()
        if not form.validate_on_submit():
            return _cancel_page(reach, form, visits, 422)
        with db.transaction() as session:
            change = series_changes.cancel(
                session,
                reach.series,
                reach.scope,
                reach.chosen,
                seen,
                reason=form.reason.data,
                by=form.by.data,
            )
            tell(session, done(change.visits, reach.series.patient, "cancelled"))
    except AppointmentChanged as lost:
        text = str(lost)
        return _anew(public_id, lambda reach, visits: _cancel_page(reach, form, visits, 409, text))
    except SchedulingError as refused:
        return series_page(find_series(public_id), 409, str(refused))
    return see_other("desk.show_series", public_id=public_id)


def _cancel_page(
    reach: Reach, form: SeriesCancelForm, visits: list[Appointment], status: int, notice: str = ""
) -> Response:
    return reach.page(
        "desk/series_cancel.html",
        status,
        form=form,
        visits=visits,
        notice=notice,
        seen=series_changes.mark(visits),
    )
