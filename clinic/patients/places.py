"""Which town a ZIP code belongs to: the clinic's own patients teach it, a file may bring the rest, and the three
first digits always name the state."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.models import Patient, ZipPlace

# First and last of the three-digit areas of each state; the postal service's own allotment.
_AREAS = (
    "005-005 NY,006-007 PR,008-008 VI,009-009 PR,010-027 MA,028-029 RI,030-038 NH,039-049 ME,050-054 VT,055-055 MA,056-059 VT,"
    "060-069 CT,070-089 NJ,100-149 NY,150-196 PA,197-199 DE,200-200 DC,201-201 VA,202-205 DC,206-219 MD,220-246 VA,247-268 WV,"
    "270-289 NC,290-299 SC,300-319 GA,320-349 FL,350-369 AL,370-385 TN,386-397 MS,398-399 GA,400-427 KY,430-459 OH,460-479 IN,"
    "480-499 MI,500-528 IA,530-549 WI,550-567 MN,569-569 DC,570-577 SD,580-588 ND,590-599 MT,600-629 IL,630-658 MO,660-679 KS,"
    "680-693 NE,700-714 LA,716-729 AR,730-731 OK,733-733 TX,734-749 OK,750-799 TX,800-816 CO,820-831 WY,832-838 ID,840-847 UT,"
    "850-865 AZ,870-884 NM,885-885 TX,889-898 NV,900-961 CA,967-968 HI,969-969 GU,970-979 OR,980-994 WA,995-999 AK"
)


def _spread(areas: str) -> dict[str, str]:
    states = {}
    for each in areas.split(","):
        span, state = each.split()
        first, last = span.split("-")
        states.update({f"{number:03}": state for number in range(int(first), int(last) + 1)})
    return states


_STATE_OF = _spread(_AREAS)


@dataclass(frozen=True)
class Place:
    """What a ZIP code says; `city` is "" where the clinic has not met it yet."""

    city: str
    state: str


def place(session: Session, zip_code: str) -> Place | None:
    """The town and state of five or nine digits; None for what is no ZIP code of the United States."""
    digits = re.sub(r"\D", "", zip_code)[:5]
    if len(digits) != 5 or digits[:3] not in _STATE_OF:
        return None
    known = session.get(ZipPlace, digits)
    return Place(known.city, known.state) if known else Place("", _STATE_OF[digits[:3]])


def remember(session: Session, zip_code: str, city: str, state: str) -> None:
    """Keep the town of a ZIP code when somebody gives it; a state that does not fit teaches nothing.

    The first one stands until more patients, and two at least, live in another: a slip of the pen is filled in no longer.
    """
    digits = re.sub(r"\D", "", zip_code)[:5]
    if len(digits) != 5 or not city or _STATE_OF.get(digits[:3]) != state:
        return
    session.execute(insert(ZipPlace).values(zip=digits, city=city, state=state).on_conflict_do_nothing())
    session.execute(
        update(ZipPlace)
        .where(
            ZipPlace.zip == digits,
            func.lower(ZipPlace.city) != city.lower(),
            _living_in(digits, city) > 1,
            _living_in(digits, city) > _living_in(digits, ZipPlace.city),
        )
        .values(city=city)
        .execution_options(synchronize_session="fetch")
    )


def _living_in(digits: str, city: Any) -> Any:
    found = select(func.count()).select_from(Patient).where(Patient.zip.startswith(digits))
    return found.where(func.lower(Patient.city) == func.lower(city)).correlate(ZipPlace).scalar_subquery()


def load(session: Session, lines: Iterable[str]) -> int:
    """Take in a file of `zip,city,state` lines with a heading; its word goes before what patients said. Returns rows."""
    rows = {}
    for row in csv.DictReader(lines):
        digits, city, state = ((row.get(name) or "").strip() for name in ("zip", "city", "state"))
        if re.fullmatch(r"\d{5}", digits) and city and state:
            rows[digits] = {"zip": digits, "city": city, "state": state.upper()}
    for row in rows.values():
        statement = insert(ZipPlace).values(row)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["zip"], set_={"city": row["city"], "state": row["state"]}
            )
        )
    return len(rows)
