"""One good-faith estimate for the visits of a series that bring the same service, for up to twelve months (F1)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from clinic.estimates import good_faith
from clinic.models import Appointment, Estimate
from clinic.models.scheduling import NO_VISIT

AT_MOST = timedelta(days=365)


def visits_of(session: Session, appointment: Appointment, estimate: Estimate) -> list[Appointment]:
    """The further visits that a self-pay estimate of a visit covers, by day; none outside a series.

    Those of its series, of its kind and with its provider, within twelve months, that are still to come, that no plan
    answers for, and that have no estimate of their own.
    """
    if appointment.series_id is None or estimate.kind != "self_pay":
        return []
    rows = session.scalars(
        select(Appointment)
        .where(
            Appointment.series_id == appointment.series_id,
            Appointment.id != appointment.id,
            Appointment.visit_type_id == appointment.visit_type_id,
            Appointment.provider_id == estimate.provider_id,
            Appointment.status.not_in(NO_VISIT),
            Appointment.starts_at > appointment.starts_at,
            Appointment.starts_at < appointment.starts_at + AT_MOST,
        )
        .options(selectinload(Appointment.visit_type), selectinload(Appointment.provider))
        .order_by(Appointment.starts_at)
    ).all()
    standings = good_faith.standings(session, rows)
    return [each for each in rows if each.id in standings and standings[each.id].estimate is None]
