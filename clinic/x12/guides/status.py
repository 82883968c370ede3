"""276 and 277, 005010X212: where our claims stand at the payer, asked and answered."""

from __future__ import annotations

from clinic.x12.guide import Guide, Loop, Seg, may, must
from clinic.x12.guides.shared import PHONES, SE, ST, reference

_LEVEL_STATUS = "01R 01.1R 01.2R 02R:day 10S 11S"
_CLAIM_STATUS = "01R 01.1R 01.2R 02R:day 04S:amount 05S:amount 06S:day 08S:day 09S:text50 10S 11S"
_NAME = "03{usage}:text60 04S:text35 05S:text25 07S:text10"
_PAYER = must("NM1", "01!{PR} 02R{2} 03R:text60 08R{PI,XV} 09R:text80")
_RECEIVER = must("NM1", f"01!{{41}} 02R{{1,2}} {_NAME.format(usage='S')} 08R{{46}} 09R:text80")
_PROVIDER = must("NM1", f"01!{{1P}} 02R{{1,2}} {_NAME.format(usage='S')} 08R{{FI,SV,XX}} 09R:text80")
_SUBSCRIBER = must("NM1", f"01!{{IL}} 02R{{1,2}} {_NAME.format(usage='R')} 08R{{24,II,MI}} 09R:text80")
_DEPENDENT = must("NM1", f"01!{{QC}} 02R{{1}} {_NAME.format(usage='R')}")
_BIRTH = "01R{D8} 02R:day 03S{F,M}"
_SERVICE = "01R 01.1R{AD,ER,HC,HP,IV,N4,NU,WK} 01.2R 02R:amount 04S:text48 07R:number"


def _level(code: str) -> Seg:
    parent = "" if code == "20" else "02R:int "
    children = "" if code == "23" else " 04R{0,1}"
    return must("HL", f"01R:int {parent}03!{{{code}}}{children}")


def _served(required: bool) -> Seg:
    return (must if required else may)("DTP", "01!{472} 02R{D8,RD8} 03R:when")


def _question(level: str) -> Loop:
    """2200D or 2200E of a 276: the claim that is asked about."""
    return Loop(
        f"2200{level}",
        (
            must("TRN", "01R{1} 02R:text50"),
            reference("1K"),
            reference("BLT"),
            reference("LU"),
            reference("6P"),
            reference("EJ"),
            reference("XZ"),
            reference("D9"),
            may("AMT", "01!{T3} 02R:amount"),
            _served(False),
        ),
        (Loop(f"2210{level}", (must("SVC", _SERVICE), reference("FJ"), _served(True))),),
        required=level == "E",
    )


def _report(level: str) -> Loop:
    """2200D or 2200E of a 277: the claim with its statuses."""
    return Loop(
        f"2200{level}",
        (
            must("TRN", "01R{2} 02R:text50"),
            must("STC", _CLAIM_STATUS, repeat=0),
            reference("1K"),
            reference("BLT"),
            reference("EJ"),
            reference("XZ"),
            reference("VV"),
            reference("D9"),
            _served(False),
        ),
        (
            Loop(
                f"2220{level}",
                (
                    must("SVC", f"{_SERVICE} 03R:amount"),
                    must("STC", _LEVEL_STATUS, repeat=0),
                    reference("FJ"),
                    _served(True),
                ),
            ),
        ),
        required=level == "E",
    )


def _level_report(loop: str, trace: str) -> tuple[Loop, ...]:
    """Statuses above the claims: a receiver or provider that the payer could not serve."""
    return (
        Loop(
            loop,
            (must("TRN", f"01R{{{trace}}} 02R:text50"), must("STC", _LEVEL_STATUS, repeat=0)),
            repeat=1,
        ),
    )


def _patients(asked: bool) -> Loop:
    claim = _question if asked else _report
    born = (may("DMG", _BIRTH),) if asked else ()
    child_born = (must("DMG", _BIRTH),) if asked else ()
    return Loop(
        "2000D",
        (_level("22"), *born),
        (
            Loop("2100D", (_SUBSCRIBER,), required=True, repeat=1),
            claim("D"),
            Loop(
                "2000E",
                (_level("23"), *child_born),
                (Loop("2100E", (_DEPENDENT,), required=True, repeat=1), claim("E")),
            ),
        ),
        required=asked,
    )


def _levels(asked: bool) -> Loop:
    """2000A down to the dependents; an answer may end at any level above the patients."""
    contact = () if asked else (may("PER", f"01R{{IC}} 02S:text60 {PHONES}"),)
    return Loop(
        "2000A",
        (_level("20"),),
        (
            Loop("2100A", (_PAYER, *contact), required=True, repeat=1),
            Loop(
                "2000B",
                (_level("21"),),
                (
                    Loop("2100B", (_RECEIVER,), required=True, repeat=1),
                    *(() if asked else _level_report("2200B", "2")),
                    Loop(
                        "2000C",
                        (_level("19"),),
                        (
                            Loop("2100C", (_PROVIDER,), required=True, repeat=2),
                            *(() if asked else _level_report("2200C", "1")),
                            _patients(asked),
                        ),
                        required=asked,
                    ),
                ),
                required=True,
            ),
        ),
        required=True,
    )


STATUS_REQUEST = Guide(
    "276",
    "005010X212",
    "HR",
    Loop("276", (ST, must("BHT", "01R{0010} 02R{13} 03R:text50 04R:day 05R:time"), SE), (_levels(True),)),
)

STATUS_ANSWER = Guide(
    "277",
    "005010X212",
    "HN",
    Loop(
        "277",
        (ST, must("BHT", "01R{0010} 02R{08} 03R:text50 04R:day 05R:time 06R{DG}"), SE),
        (_levels(False),),
    ),
)
