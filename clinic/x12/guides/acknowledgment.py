"""999 (005010X231A1), 997 (005010X230) and 277CA (005010X214): what the other side says about our claims."""

from __future__ import annotations

from clinic.x12.guide import Guide, Loop, Seg, may, must
from clinic.x12.guides.shared import SE, ST, reference

_CTX = "01R 02S:text3 03S:int 04S:text6 05S 06S"

_ERROR = Loop(
    "2100",
    (
        must("IK3", "01R:text3 02R:int 03S:text6 04R{1,2,3,4,5,6,7,8,I4,I6,I7,I8,I9}"),
        may("CTX", _CTX, repeat=10),
    ),
    (
        Loop(
            "2110",
            (
                must("IK4", "01R 02S:int 03R:text3 04S:text99"),
                may("CTX", _CTX, repeat=10),
            ),
        ),
    ),
)

ACKNOWLEDGMENT_999 = Guide(
    "999",
    "005010X231A1",
    "FA",
    Loop(
        "999",
        (ST, must("AK1", "01R:text2 02R:int 03S:text12"), SE),
        (
            Loop(
                "2000",
                (
                    must("AK2", "01R:text3 02R:text9 03S:text35"),
                    Seg(
                        "IK5", "01R{A,E,M,R,W,X} 02S 03S 04S 05S 06S", required=True, repeat=1, trailing=True
                    ),
                ),
                (_ERROR,),
            ),
            Loop(
                "AK9",
                (must("AK9", "01R{A,E,M,P,R,W,X} 02R:int 03R:int 04R:int 05S 06S 07S 08S 09S"),),
                required=True,
                repeat=1,
            ),
        ),
    ),
)

# The 997 is the older sister of the 999: the same places under other names, without CTX.
ACKNOWLEDGMENT_997 = Guide(
    "997",
    "005010X230",
    "FA",
    Loop(
        "997",
        (ST, must("AK1", "01R:text2 02R:int 03S:text12"), SE),
        (
            Loop(
                "2000",
                (
                    must("AK2", "01R:text3 02R:text9 03S:text35"),
                    Seg(
                        "AK5", "01R{A,E,M,R,W,X} 02S 03S 04S 05S 06S", required=True, repeat=1, trailing=True
                    ),
                ),
                (
                    Loop(
                        "2100",
                        (must("AK3", "01R:text3 02R:int 03S:text6 04S{1,2,3,4,5,6,7,8}"),),
                        (Loop("2110", (must("AK4", "01R 02S:int 03R:text3 04S:text99"),)),),
                    ),
                ),
            ),
            Loop(
                "AK9",
                (must("AK9", "01R{A,E,M,P,R,W,X} 02R:int 03R:int 04R:int 05S 06S 07S 08S 09S"),),
                required=True,
                repeat=1,
            ),
        ),
    ),
)

_STC = "01R 02R:day 03S{U,WQ} 04S:amount 10S 11S 12S:text264"
# The published examples give a provider's or a line's status no day of its own; some payers send one.
_STC_UNDATED = _STC.replace("02R", "02S")
_QTY = may("QTY", "01R{90,AA,QA,QC} 02R:number", repeat=2)
_AMT = may("AMT", "01R{YU,YY} 02R:amount", repeat=2)
_NAME = "02R{1,2} 03S:text60 04S:text35 05S:text25 07S:text10 08S 09S:text80"


def _level(code: str) -> Seg:
    parent = "" if code == "20" else "02R:int "
    return must("HL", f"01R:int {parent}03!{{{code}}} 04S{{0,1}}")


_LINE = Loop(
    "2220D",
    (
        must("SVC", "01R 02R:amount 04S:text48 07S:number"),
        may("STC", _STC_UNDATED, repeat=0),
        reference("FJ"),
        reference("XZ"),
        may("DTP", "01!{472} 02R{D8,RD8} 03R:when"),
    ),
)

_CLAIM = Loop(
    "2200D",
    (
        must("TRN", "01R{2} 02R:text50"),
        must("STC", _STC, repeat=0),
        reference("1K"),
        reference("D9"),
        reference("BLT"),
        may("DTP", "01!{472} 02R{D8,RD8} 03R:when"),
    ),
    (_LINE,),
)

_PATIENT = Loop(
    "2000D",
    (_level("PT"),),
    (Loop("2100D", (must("NM1", f"01!{{QC}} {_NAME}"),), required=True, repeat=1), _CLAIM),
)

_PROVIDER = Loop(
    "2000C",
    (_level("19"),),
    (
        Loop("2100C", (must("NM1", f"01!{{85}} {_NAME}"),), required=True, repeat=1),
        Loop(
            "2200C",
            (
                must("TRN", "01R{1} 02R:text50"),
                may("STC", _STC_UNDATED, repeat=0),
                reference("0B,1G,G2,LU,SY,TJ,EI", repeat=3),
                _QTY,
                _AMT,
            ),
            repeat=1,
        ),
        _PATIENT,
    ),
)

CLAIM_ACKNOWLEDGMENT_277 = Guide(
    "277CA",
    "005010X214",
    "HN",
    Loop(
        "277",
        (ST, must("BHT", "01R{0085} 02R{08} 03R:text50 04R:day 05R:time 06R{TH}"), SE),
        (
            Loop(
                "2000A",
                (_level("20"),),
                (
                    Loop("2100A", (must("NM1", f"01!{{AY,PR}} {_NAME}"),), required=True, repeat=1),
                    Loop(
                        "2200A",
                        (
                            must("TRN", "01R{1} 02R:text50"),
                            must("DTP", "01!{050} 02R{D8} 03R:when"),
                            must("DTP", "01!{009} 02R{D8} 03R:when"),
                        ),
                        required=True,
                        repeat=1,
                    ),
                    Loop(
                        "2000B",
                        (_level("21"),),
                        (
                            Loop("2100B", (must("NM1", f"01!{{41}} {_NAME}"),), required=True, repeat=1),
                            Loop(
                                "2200B",
                                (must("TRN", "01R{2} 02R:text50"), must("STC", _STC, repeat=0), _QTY, _AMT),
                                required=True,
                                repeat=1,
                            ),
                            _PROVIDER,
                        ),
                        required=True,
                    ),
                ),
                required=True,
            ),
        ),
    ),
)
