"""Calendar files by RFC 5545: instants in UTC, lines folded at 75 octets, texts escaped.

Without METHOD: a published event (RFC 5546) names an organizer, and these are nobody's invitation.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from clinic.models import Appointment, Practice

PRODUCT = "-//Clinic//Calendar//EN"
FOLD_AT = 75


def visit_calendar(
    appointment: Appointment, practice: Practice, language: str, host: str, *, uid: str = ""
) -> bytes:
    """One visit for the patient's own calendar: where and when, no word about what for.

    `uid` is what his calendar knows it by, where that is not the visit's own public id.
    """
    name = f"Cita: {practice.name}" if language == "es" else f"Appointment: {practice.name}"
    street = ", ".join(line for line in (practice.address, practice.address2) if line)
    place = f"{practice.name}, {street}, {practice.city}, {practice.state} {practice.zip[:5]}"
    lines = _event(
        appointment,
        name,
        host,
        stamp=appointment.changed_at or appointment.booked_at,
        place=place,
        uid=uid,
    )
    return _file(lines)


def feed_calendar(visits: Iterable[Appointment], title: str, host: str, stamp: datetime) -> bytes:
    """A provider's visits for a calendar program: the patient's initials, the status, nothing else."""
    lines = [f"X-WR-CALNAME:{escaped(title)}", "REFRESH-INTERVAL;VALUE=DURATION:PT15M"]
    for visit in visits:
        lines += _event(visit, initials(visit), host, stamp=visit.changed_at or visit.booked_at or stamp)
    return _file(lines)


def initials(visit: Appointment) -> str:
    """`D.W.`"""
    return "".join(
        f"{part[:1].upper()}." for part in (visit.patient.first_name, visit.patient.last_name) if part
    )


def escaped(text: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line break escaped, other control characters left out."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r\n", "\n")
    return "".join(letter for letter in text.replace("\n", "\\n") if letter == "\t" or ord(letter) >= 32)


def folded(line: str) -> bytes:
    """One content line as at most 75 octets a piece, never cut inside of a letter."""
    pieces, piece, room = [], b"", FOLD_AT
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > room:
            pieces.append(piece)
            piece, room = b"", FOLD_AT - 1
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"


def _event(
    appointment: Appointment, name: str, host: str, *, stamp: datetime, place: str = "", uid: str = ""
) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid or appointment.public_id}@{host}",
        f"DTSTAMP:{_utc(stamp)}",
        f"DTSTART:{_utc(appointment.starts_at)}",
        f"DTEND:{_utc(appointment.ends_at)}",
        f"SEQUENCE:{appointment.version}",
        f"SUMMARY:{escaped(name)}",
        f"STATUS:{'CONFIRMED' if appointment.status != 'requested' else 'TENTATIVE'}",
        "CLASS:PRIVATE",
    ]
    if place:
        lines.append(f"LOCATION:{escaped(place)}")
    return [*lines, "END:VEVENT"]


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _file(lines: list[str]) -> bytes:
    whole = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        *lines,
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in whole)
