"""The link whose page a visitor may see, and what he may do by it."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic import db, online, reminders
from clinic.models import Appointment, VisitLink
from clinic.web import patient_page


def opened() -> VisitLink | None:
    """The link whose page this visitor may see now."""
    public_id = patient_page.key_of("visit")
    query = select(VisitLink).where(VisitLink.public_id == public_id)
    visit = joinedload(VisitLink.appointment)
    options = (visit.joinedload(Appointment.provider), visit.joinedload(Appointment.visit_type))
    return db.session.scalar(query.options(*options)) if public_id else None


def may_move(link: VisitLink) -> bool:
    """Whether he may choose another time himself; else the desk is asked to call."""
    open_now = reminders.link_state(link) in ("open", "confirmed")
    return open_now and online.may_choose(db.session(), link.appointment)
