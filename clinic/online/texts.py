"""What people who book online are written: a code, that the request came, what the desk said; two languages (A11)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import messages, reminders
from clinic.models import Appointment, OnlineRequest, Practice

CODE = {
    "en": ("Your code: {code}", "{clinic}: your code to book a visit is {code}. It works for 10 minutes. "
           "We never call to ask for it."),
    "es": ("Su código: {code}", "{clinic}: su código para reservar una cita es {code}. Sirve 10 minutos. "
           "Nunca le llamamos para pedírselo."),
}  # fmt: skip
RECEIVED = {
    "en": ("We set aside {day} for you", "{clinic}: {day}, {time} is set aside for you. We look at each online booking and "
           "write or call if something is missing. See it, save it to your calendar or cancel it here: {link} Phone {phone}"),
    "es": ("Le guardamos el {day}", "{clinic}: le guardamos el {day}, {time}. Revisamos cada reserva en línea y le escribimos o "
           "llamamos si falta algo. Vea su cita, guárdela en su calendario o cancélela aquí: {link} Teléfono {phone}"),
}  # fmt: skip
BOOKED = {
    "en": ("Your visit on {day} is booked", "{clinic}: your visit on {day}, {time} is booked. Confirm it, ask for another "
           "time or cancel here: {link} Phone {phone}"),
    "es": ("Su cita del {day} está reservada", "{clinic}: su cita del {day}, {time} está reservada. Confírmela, pida otra "
           "hora o cancélela aquí: {link} Teléfono {phone}"),
}  # fmt: skip
DECLINED = {
    "en": ("We could not book {day}", "{clinic}: we could not book your visit on {day}, {time}. Please call {phone} for another "
           "time."),
    "es": ("No pudimos reservar el {day}", "{clinic}: no pudimos reservar su cita del {day}, {time}. Llame al {phone} para "
           "buscar otra hora."),
}  # fmt: skip


def contact(request: OnlineRequest) -> str:
    """The phone or e-mail to which the code went."""
    return request.typed["phone" if request.channel == "sms" else "email"]


def reaches(session: Session, request: OnlineRequest) -> bool:
    """Whether the contact may be written to: not a phone that said STOP (TCPA).

    An e-mail that ended its reminders still gets the answer to what its owner asks for here.
    """
    return request.channel == "email" or not messages.opted_out(session, "sms", contact(request))


def write(
    session: Session,
    request: OnlineRequest,
    words: dict[str, tuple[str, str]],
    *,
    key: str,
    kind: str = "online",
    link: str = "",
    code: str = "",
    appointment: Appointment | None = None,
) -> None:
    """Write one message to the contact that was typed, where `reaches` says so."""
    if not reaches(session, request):
        return
    to = contact(request)
    practice = session.scalars(select(Practice)).one()
    told = reminders.facts(session, practice, request.starts_at, request.language, link) | {"code": code}
    subject, text = (each.format_map(told) for each in words[request.language])
    messages.write(
        session,
        kind,
        channel=request.channel,
        to=to,
        subject=subject,
        text=text,
        language=request.language,
        appointment=appointment,
        key=key,
    )
