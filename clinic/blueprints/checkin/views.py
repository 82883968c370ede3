"""The list of who is here and who comes next, and the one screen of a check-in."""

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic import clock, db, eligibility, ledger, scheduling
from clinic.blueprints.checkin import actions, screen
from clinic.blueprints.checkin.blueprint import bp
from clinic.blueprints.checkin.forms import PlainForm
from clinic.models import Appointment
from clinic.models.scheduling import COMING, NO_VISIT
from clinic.web import render, requires, viewed

__all__ = ["actions", "bp"]

TO_DO = ("arrived", *COMING)
DONE = ("checked_in", "roomed", "with_provider", "checked_out", "closed")


@bp.get("")
@requires("visit.check_in")
def index() -> Response:
    """Today's arrivals on top, then who comes next; `?view=done` shows who is checked in."""
    session = db.session()
    start, end = clock.day_bounds(clock.today())
    visits = list(
        session.scalars(
            select(Appointment)
            .where(
                Appointment.starts_at >= start,
                Appointment.starts_at < end,
                Appointment.status.not_in(NO_VISIT),
            )
            .options(
                joinedload(Appointment.patient),
                joinedload(Appointment.provider),
                joinedload(Appointment.visit_type),
            )
            .order_by(Appointment.starts_at, Appointment.id)
        )
    )
    done = request.args.get("view") == "done"
    shown = [each for each in visits if (each.status in DONE) == done]
    if not done:
        shown.sort(key=lambda each: each.status != "arrived")
    viewed("schedule", *(each.patient_id for each in shown))
    return render(
        "checkin/index.html",
        rows=_rows(shown),
        form=PlainForm(),
        done=done,
        views=[
            ("To check in", url_for("checkin.index"), not done, sum(each.status in TO_DO for each in visits)),
            (
                "Checked in",
                url_for("checkin.index", view="done"),
                done,
                sum(each.status in DONE for each in visits),
            ),
        ],
    )


def _rows(shown: list[Appointment]) -> list[dict[str, object]]:
    session = db.session()
    coverages = eligibility.coverages_for(session, shown)
    checks = eligibility.latest_of(session, [coverage.id for coverage in coverages.values()])
    copays = eligibility.copays_due(session, shown)
    balances = ledger.patient_balances(session, [each.patient_id for each in shown])
    rows = []
    for each in shown:
        coverage = coverages.get(each.id)
        check = checks.get(coverage.id) if coverage else None
        rows.append(
            {
                "appointment": each,
                "patient": each.patient,
                "coverage": coverage,
                "standing": screen.standing(check, coverage),
                "copay": copays[each.id],
                "balance": max(balances[each.patient_id].patient, screen.ZERO),
                "status": scheduling.status_word(each.status, each.arrived_at, each.roomed_at),
                "tone": scheduling.TONES.get(scheduling.TINTS.get(each.status, ""), ""),
            }
        )
    return rows


@bp.get("/<public_id>")
@requires("visit.check_in")
def show(public_id: str) -> Response:
    """One visit: confirm, eligibility, missing, collect."""
    appointment = actions.appointment_of(public_id)
    context = screen.show_context(db.session(), appointment)
    viewed("demographics", appointment.patient_id)
    viewed("eligibility", appointment.patient_id)
    return render("checkin/show.html", refused="", **context)
