"""The services that a visit is expected to bring, as the desk types them and as past visits of its kind had them."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clinic.estimates.errors import EstimateRefused
from clinic.models import Appointment, Charge, Encounter

ONE = re.compile(
    r"(?P<code>[A-Z0-9]{5})(?P<modifiers>(?:-[A-Z0-9]{2})*)(?:\s*[X*]\s*(?P<units>\d{1,3}))?(?![A-Z0-9-])"
)
TOO_MANY = re.compile(r"(?P<code>[A-Z0-9]{5})(?:-[A-Z0-9]{2})*\s*[X*]\s*(?P<units>\d{4,})(?![A-Z0-9-])")
NO_UNITS = re.compile(
    r"(?P<code>[A-Z0-9]{5})(?:-[A-Z0-9]{2})*\s*[X*]\s*(?P<units>[-+.\d][^\s,;]*|(?=[,;]|$))"
)
MOST = 12
SLIPS = 40
"""How many of the newest slips of a kind of visit say what it usually brings."""


@dataclass(frozen=True)
class Asked:
    """One expected service: `97110-GP` two times."""

    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1

    def __str__(self) -> str:
        return "-".join((self.code, *self.modifiers)) + (f" x {self.units}" if self.units > 1 else "")


def parse(text: str) -> list[Asked]:
    """`99213, 97110-GP x 2, 83036` as services. Raises EstimateRefused with the part that cannot be read."""
    rest, found = text.upper().strip(" ,;\n\t\r"), []
    while rest:
        many = TOO_MANY.match(rest)
        if many is not None:
            raise EstimateRefused(f"{many['units'][:12]} units of {many['code']} are too many: at most 999.")
        none = NO_UNITS.match(rest)
        if none is not None and not none["units"].isdigit():
            raise EstimateRefused(
                f"The units of {none['code']} are a whole number from 1, like {none['code']} x 2."
            )
        match = ONE.match(rest)
        if match is None:
            wrong = re.split(r"[\s,;]+", rest)[0][:20]
            raise EstimateRefused(
                f"“{wrong}” is no service. Write codes like 99213, with modifiers and units like 97110-GP x 2."
            )
        units = int(match["units"] or 1)
        if units < 1:
            raise EstimateRefused(f"{match['code']} needs at least one unit.")
        found.append(Asked(match["code"], tuple(match["modifiers"].split("-")[1:]), units))
        rest = rest[match.end() :].lstrip(" ,;\n\t\r")
    if not found:
        raise EstimateRefused("Enter the services that you expect, like 99213, 83036.")
    if len(found) > MOST:
        raise EstimateRefused(f"An estimate has at most {MOST} services.")
    return found


def words(asked: Iterable[Asked]) -> str:
    """As `parse` reads it."""
    return ", ".join(map(str, asked))


def slips(visit_type_id: int) -> Select[*tuple[Any, ...]]:
    """The services of the newest signed slips of a kind of visit: `slip`, code, modifiers, units, in order."""
    newest = (
        select(Encounter.id)
        .join(Appointment, Appointment.id == Encounter.appointment_id)
        .where(Appointment.visit_type_id == visit_type_id, Encounter.state == "signed")
        .order_by(Encounter.service_on.desc(), Encounter.id.desc())
        .limit(SLIPS)
    )
    return (
        select(Charge.encounter_id.label("slip"), Charge.code, Charge.modifiers, Charge.units)
        .where(Charge.encounter_id.in_(newest))
        .order_by(Charge.encounter_id.desc(), Charge.position)
    )


def commonest(rows: Iterable[tuple[int, Asked]]) -> list[Asked]:
    """The services that most of these slips had; empty for none."""
    found: dict[int, list[Asked]] = {}
    for slip, each in rows:
        found.setdefault(slip, []).append(each)
    counted = Counter(tuple(slip) for slip in found.values())
    return list(counted.most_common(1)[0][0])[:MOST] if counted else []


def usual(session: Session, appointment: Appointment) -> list[Asked]:
    """What visits of this kind usually bring: the commonest slip of the newest ones; empty where none was signed."""
    rows = session.execute(slips(appointment.visit_type_id))
    return commonest((slip, Asked(code, tuple(modifiers), units)) for slip, code, modifiers, units in rows)
