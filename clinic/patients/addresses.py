"""An American address as the postal service writes it: capitals, no points, its own short words. Pure text."""

import re
import unicodedata
from dataclasses import dataclass

_SUFFIXES = {
    "ALLEY": "ALY", "AVENUE": "AVE", "AV": "AVE", "BEND": "BND", "BOULEVARD": "BLVD", "BRIDGE": "BRG", "CENTER": "CTR",
    "CIRCLE": "CIR", "COURT": "CT", "COVE": "CV", "CREEK": "CRK", "CRESCENT": "CRES", "CROSSING": "XING", "DRIVE": "DR",
    "EXPRESSWAY": "EXPY", "FREEWAY": "FWY", "GARDENS": "GDNS", "GROVE": "GRV", "HEIGHTS": "HTS", "HIGHWAY": "HWY",
    "HILL": "HL", "HILLS": "HLS", "JUNCTION": "JCT", "LAKE": "LK", "LANDING": "LNDG", "LANE": "LN", "MEADOWS": "MDWS",
    "MOUNTAIN": "MTN", "PARKWAY": "PKWY", "PLACE": "PL", "PLAZA": "PLZ", "POINT": "PT", "RIDGE": "RDG", "ROAD": "RD",
    "SQUARE": "SQ", "STATION": "STA", "STREET": "ST", "STR": "ST", "TERRACE": "TER", "TRAIL": "TRL", "TURNPIKE": "TPKE",
    "VALLEY": "VLY", "VIEW": "VW", "VILLAGE": "VLG",
}  # fmt: skip
_SHORT = frozenset(_SUFFIXES.values()) | {"WAY", "LOOP", "PATH", "PIKE", "ROW", "RUN", "WALK", "PARK"}
_DIRECTIONS = {
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W",
    "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE", "SOUTHWEST": "SW",
}  # fmt: skip
_SHORT_DIRECTIONS = frozenset(_DIRECTIONS.values())
_UNITS = {
    "APARTMENT": "APT", "BUILDING": "BLDG", "DEPARTMENT": "DEPT", "FLOOR": "FL", "ROOM": "RM", "SPACE": "SPC",
    "SUITE": "STE", "TRAILER": "TRLR", "NUMBER": "#", "NO": "#",
}  # fmt: skip
_UNIT_WORDS = frozenset(_UNITS.values()) | {"UNIT", "LOT", "PH", "BSMT"}


@dataclass(frozen=True)
class PostalAddress:
    """The lines as the postal service wants them; `zip` is 97205 or 97205-1234."""

    address: str
    address2: str
    city: str
    state: str
    zip: str


def postal(
    address: str, address2: str = "", city: str = "", state: str = "", zip_code: str = ""
) -> PostalAddress:
    """The same address in the postal service's form; nothing is looked up, so a wrong house number stays wrong.

    >>> postal("418 North Alder Street, Apartment 2b", "", "Portland", "or", "972051234")
    PostalAddress(address='418 N ALDER ST', address2='APT 2B', city='PORTLAND', state='OR', zip='97205-1234')
    """
    words, unit = _parted(_words(address))
    second = " ".join(_unit(_words(address2)))
    if unit and not second:
        second = " ".join(_unit(unit))
    elif unit:
        words += _unit(unit)
    digits = re.sub(r"\D", "", zip_code)
    return PostalAddress(
        " ".join(_street(words)),
        second,
        " ".join(_words(city)),
        state.strip().upper(),
        f"{digits[:5]}-{digits[5:9]}" if len(digits) == 9 else digits,
    )


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.upper())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    plain = plain.replace("#", " # ")
    return re.sub(r"[^A-Z0-9#/ -]", " ", re.sub(r"[.'\u2019]", "", plain)).split()


def _parted(words: list[str]) -> tuple[list[str], list[str]]:
    """Street and unit; a unit is the last word of its kind with something behind it, never the first two words."""
    for at in range(len(words) - 2, 1, -1):
        if words[at] in _UNITS.keys() - {"NO"} | _UNIT_WORDS or words[at] == "#":
            return words[:at], words[at:]
    return words, []


def _unit(words: list[str]) -> list[str]:
    return [_UNITS.get(word, word) if place == 0 else word for place, word in enumerate(words)]


def _street(words: list[str]) -> list[str]:
    if re.fullmatch(r"P ?O ?(BOX|B)", " ".join(words[:-1])):
        return ["PO", "BOX", words[-1]]
    done = list(words)
    # A direction at the end stands behind the suffix; a lone one is the street's own name (North Street).
    end = len(done)
    if end > 3 and done[-1] in _DIRECTIONS.keys() | _SHORT_DIRECTIONS:
        done[-1] = _DIRECTIONS.get(done[-1], done[-1])
        end -= 1
    if end > 2:
        done[end - 1] = _SUFFIXES.get(done[end - 1], done[end - 1])
    if end > 3 and done[1] in _DIRECTIONS and done[2] not in _SHORT:
        done[1] = _DIRECTIONS[done[1]]
    return done
