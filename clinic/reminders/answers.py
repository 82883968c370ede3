"""What a patient may say about a visit by text message or link, and what it changes (A1, A2, A11)."""

from contextlib import AbstractContextManager
from datetime import timedelta

from sqlalchemy.orm import Session

from clinic import audit, clock, messages, scheduling, tasks
from clinic.messages.consent import address_of
from clinic.models import Appointment
from clinic.models.scheduling import COMING


def confirm(session: Session, appointment: Appointment, how: str) -> str:
    """The patient will come: "confirmed", or "gone" when the visit is no longer to come."""
    if not _still(session, appointment):
        return "gone"
    if appointment.status == "requested":
        return "gone"
    scheduling.confirm(session, appointment, appointment.version)
    return "confirmed"


def ask_move(session: Session, appointment: Appointment, how: str) -> str:
    """The patient wants another time: the visit stays as it is, and the desk is asked to call."""
    if not _still(session, appointment):
        return "gone"
    tasks.add(
        session,
        "move",
        f"Wants another time for the visit ({how}). Call and move it.",
        key=tasks.wish_of(appointment, "move"),
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
        subject=f"appointment:{appointment.public_id}",
    )
    return "asked"


def cancel(session: Session, appointment: Appointment, how: str) -> str:
    """ "cancelled" in time; inside the visit type's hours "late": the visit stays and the desk decides (A2)."""
    if not _still(session, appointment):
        return "gone"
    notice = timedelta(hours=appointment.visit_type.late_cancel_hours)
    if appointment.starts_at - clock.now() < notice:
        tasks.add(
            session,
            "late_cancel",
            f"Wants to cancel the visit inside the notice period ({how}). Call and decide.",
            key=tasks.wish_of(appointment, "late-cancel"),
            patient_id=appointment.patient_id,
            appointment_id=appointment.id,
            subject=f"appointment:{appointment.public_id}",
        )
        return "late"
    scheduling.cancel(session, appointment, appointment.version, reason=f"Cancelled by the patient {how}")
    # Nobody needs to call about another time for a visit that is given up.
    tasks.end(session, f"Cancelled by the patient {how}", tasks.wish_of(appointment, "move"))
    return "cancelled"


def refuse_mail(session: Session, appointment: Appointment) -> None:
    """No more reminders to this e-mail address."""
    address = address_of(appointment.patient, "email")
    if address:
        with _by_link():
            messages.opt_out(session, "email", address, "by link")


def allow_mail(session: Session, appointment: Appointment) -> None:
    """The address takes that back."""
    address = address_of(appointment.patient, "email")
    if address:
        with _by_link():
            messages.opt_in(session, "email", address)


def mail_state(session: Session, appointment: Appointment) -> str:
    """Whether reminders go to the patient's e-mail: "on", "off" where the address ended them, "" without consent."""
    address = address_of(appointment.patient, "email")
    if not address or messages.agreed(appointment.patient, "email") is None:
        return ""
    return "off" if messages.opted_out(session, "email", address) else "on"


def _by_link() -> AbstractContextManager[None]:
    return audit.acting_as(audit.Actor(None, "patient by link", None, audit.actor().address))


def _still(session: Session, appointment: Appointment) -> bool:
    session.refresh(appointment, with_for_update=True)
    return appointment.status in COMING and appointment.starts_at > clock.now()


ANSWERS = {"confirm": confirm, "move": ask_move, "cancel": cancel}
