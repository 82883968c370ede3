"""A provider's weekly hours, days that differ, reserved time, and how many visits at once (A4, A6, A8)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, flash
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, db
from clinic.blueprints.admin.blueprint import bp
from clinic.blueprints.admin.schedule_forms import (
    EndForm,
    ExceptionForm,
    HoursForm,
    LimitForm,
    ReservedForm,
)
from clinic.models import HoursException, ProviderHours, RenderingProvider, ReservedTime, VisitType
from clinic.scheduling import blocked, templates
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.web.forms import ClinicForm

SEEN_AHEAD = timedelta(days=366)


@bp.get("/hours")
@requires("schedule.rules")
def hours() -> Response:
    """Who works when, at a glance."""
    today = clock.today()
    providers = db.session.scalars(
        select(RenderingProvider).order_by(RenderingProvider.active.desc(), RenderingProvider.position)
    ).all()
    week: dict[int, dict[int, list[ProviderHours]]] = {}
    for row in db.session.scalars(select(ProviderHours).order_by(ProviderHours.starts)):
        if row.effective_on <= today and (row.ended_on is None or row.ended_on >= today):
            week.setdefault(row.provider_id, {}).setdefault(row.weekday, []).append(row)
    unfit: dict[int, int] = {}
    for each in templates.conflicts(db.session()):
        number = each.appointment.provider_id
        unfit[number] = unfit.get(number, 0) + 1
    return render(
        "admin/hours.html", providers=providers, week=week, unfit=unfit, weekdays=templates.WEEKDAYS
    )


@bp.get("/hours/<public_id>")
@requires("schedule.rules")
def provider_hours(public_id: str) -> Response:
    return _show(get_or_404(RenderingProvider, public_id), 200)


@bp.post("/hours/<public_id>/pattern")
@requires("schedule.rules")
def add_hours(public_id: str) -> Response:
    """Weekly hours from a day on; hours that overlap are refused, and no visit moves."""
    provider = get_or_404(RenderingProvider, public_id)
    form = HoursForm(prefix="hours-")
    return _change(
        provider,
        "hours",
        form,
        "The hours are saved.",
        lambda session: templates.add_hours(
            session,
            provider,
            form.days(),
            form.starts.data,
            form.ends.data,
            form.effective_on.data,
            form.ended_on.data,
        ),
    )


@bp.post("/hours/<public_id>/exceptions")
@requires("schedule.rules")
def add_exception(public_id: str) -> Response:
    """A day off, or other hours on a day."""
    provider = get_or_404(RenderingProvider, public_id)
    form = ExceptionForm(prefix="day-")
    return _change(
        provider,
        "exception",
        form,
        "The day is saved.",
        lambda session: templates.add_exception(
            session, provider, form.on.data, form.starts.data, form.ends.data, form.reason.data or ""
        ),
    )


@bp.post("/hours/<public_id>/reserved")
@requires("schedule.rules")
def add_reserved(public_id: str) -> Response:
    """Weekly time that is kept free, or kept for some kinds of visits."""
    provider = get_or_404(RenderingProvider, public_id)
    form = _reserved_form(ReservedForm(prefix="reserved-"))
    return _change(
        provider,
        "reserved",
        form,
        "The time is reserved.",
        lambda session: templates.add_reserved(
            session,
            provider,
            form.days(),
            form.starts.data,
            form.ends.data,
            form.label.data or "",
            form.chosen(),
            form.release_days.data,
            form.effective_on.data,
            form.ended_on.data,
        ),
    )


@bp.post("/hours/<public_id>/limit")
@requires("schedule.rules")
def set_limit(public_id: str) -> Response:
    """How many visits the provider may have at once without overbooking (A4)."""
    provider = get_or_404(RenderingProvider, public_id)
    form = LimitForm()

    def write(session: Session) -> None:
        before, after = provider.overlap_limit, form.overlap_limit.data
        if before == after:
            return
        provider.overlap_limit = after or 1
        audit.record(
            session,
            "provider.limit",
            subject=f"rendering_provider:{provider.public_id}",
            changes={"overlap_limit": [before, after]},
        )

    return _change(provider, "limit", form, "The limit is saved. Visits that are booked stay.", write)


@bp.post("/hours/<public_id>/<any('pattern','reserved'):what>/<row_id>/end")
@requires("schedule.rules")
def end_pattern(public_id: str, what: str, row_id: str) -> Response:
    """Hours or reserved time end with a day."""
    provider = get_or_404(RenderingProvider, public_id)
    table = ProviderHours if what == "pattern" else ReservedTime
    found = get_or_404(table, row_id, provider_id=provider.id)
    form = EndForm()
    if not form.validate_on_submit():
        return _show(provider, 422, ends=(row_id, form))
    with db.transaction() as session:
        if isinstance(found, ProviderHours):
            templates.end_hours(session, found, form.last_on.data)
        else:
            templates.end_reserved(session, found, form.last_on.data)
    flash(f"Ended.{_unfit(provider)}", "ok")
    return see_other("admin.provider_hours", public_id=public_id)


@bp.post("/hours/<public_id>/exceptions/<row_id>/removal")
@requires("schedule.rules")
def remove_exception(public_id: str, row_id: str) -> Response:
    """The day is as the pattern says again."""
    provider = get_or_404(RenderingProvider, public_id)
    found = get_or_404(HoursException, row_id, provider_id=provider.id)
    with db.transaction() as session:
        templates.remove_exception(session, found)
    flash(f"The day is as the pattern says.{_unfit(provider)}", "ok")
    return see_other("admin.provider_hours", public_id=public_id)


def _change(
    provider: RenderingProvider,
    name: str,
    form: ClinicForm,
    done: str,
    write: Callable[[Session], object],
) -> Response:
    if not form.validate_on_submit():
        return _show(provider, 422, **{name: form})
    try:
        with db.transaction() as session:
            write(session)
    except templates.TemplateRefused as error:
        form[error.field].errors = [str(error)]
        return _show(provider, 422, **{name: form})
    flash(f"{done}{_unfit(provider)}", "ok")
    return see_other("admin.provider_hours", public_id=provider.public_id)


def _unfit(provider: RenderingProvider) -> str:
    count = len(templates.conflicts(db.session(), provider))
    if not count:
        return ""
    what = "1 booked visit does" if count == 1 else f"{count} booked visits do"
    return f" {what} not fit the pattern; nothing was moved."


def _reserved_form(form: ReservedForm) -> ReservedForm:
    types = select(VisitType).where(VisitType.active).order_by(VisitType.position, VisitType.name)
    form.offer(db.session.scalars(types).all())
    return form


def _show(provider: RenderingProvider, status: int, **forms: Any) -> Response:
    today = clock.today()
    session = db.session()
    unfit = templates.conflicts(session, provider)
    viewed("schedule", *{each.appointment.patient_id for each in unfit})

    def rows(table: type[Any]) -> Any:
        query = select(table).where(
            table.provider_id == provider.id, table.ended_on.is_(None) | (table.ended_on >= today)
        )
        return session.scalars(query.order_by(table.weekday, table.starts, table.effective_on)).all()

    return render(
        "admin/provider_hours.html",
        status=status,
        provider=provider,
        weekdays=templates.WEEKDAYS,
        pattern=rows(ProviderHours),
        reserved_rows=rows(ReservedTime),
        exceptions=session.scalars(
            select(HoursException)
            .where(HoursException.provider_id == provider.id, HoursException.on >= today)
            .order_by(HoursException.on, HoursException.starts)
        ).all(),
        type_names={kind.id: kind.name for kind in session.scalars(select(VisitType))},
        blocks=blocked.of_days(session, today, today + SEEN_AHEAD, provider),
        conflicts=unfit,
        hours=forms.get("hours") or HoursForm(formdata=None, prefix="hours-"),
        exception=forms.get("exception") or ExceptionForm(formdata=None, prefix="day-"),
        reserved=forms.get("reserved") or _reserved_form(ReservedForm(formdata=None, prefix="reserved-")),
        limit=forms.get("limit") or LimitForm(formdata=None, data={"overlap_limit": provider.overlap_limit}),
        ends=forms.get("ends") or ("", None),
        end_form=EndForm(formdata=None),
    )
