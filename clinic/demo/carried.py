"""What the demo's front desk keeps for herself: two views of the schedule, and a visit on the pinboard."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import Appointment, RenderingProvider, Room
from clinic.scheduling import pins, saved


def fill(session: Session, user_id: int) -> None:
    """After the days ahead are booked."""
    provider = session.scalars(select(RenderingProvider).order_by(RenderingProvider.position)).first()
    room = session.scalars(select(Room).order_by(Room.position)).first()
    if provider is not None:
        saved.save(session, user_id, f"Week of {provider.name}", span="week", providers=[provider.public_id])
    if room is not None:
        saved.save(session, user_id, room.name, span="day", rooms=[room.public_id])
    visit = session.scalars(
        select(Appointment)
        .where(Appointment.status == "booked", Appointment.starts_at > clock.now() + timedelta(days=2))
        .order_by(Appointment.starts_at, Appointment.id)
    ).first()
    if visit is not None:
        pins.pin(session, user_id, visit)
