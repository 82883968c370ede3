"""270 and 271, 005010X279A1: the eligibility question and its answer."""

from __future__ import annotations

from clinic.x12.guide import Guide, Loop, Seg, closing, may, must
from clinic.x12.guides.shared import PHONES, SE, ST, address

_NAME = "02R{1,2} 03S:text60 04S:text35 05S:text25 07S:text10 08S{24,34,46,FI,II,MI,NI,PI,PP,SV,XV,XX,ZZ} 09S:text80"
_BHT = must("BHT", "01R{0022} 02R{01,11,13} 03S:text50 04R:day 05R:time 06S")
_REF = may("REF", "01R 02R:text50 03S:text80", repeat=9)
_AAA = may("AAA", "01R{Y,N} 03R:text2 04R:text1", repeat=9)
_TRN = may("TRN", "01R{1,2} 02R:text50 03R:text10 04S:text50", repeat=3)
_DTP = "01R:text3 02R{D8,RD8} 03R:when"
_PRV = may("PRV", "01R 02S 03S:text50")
_INS = may("INS", "01R{Y,N} 02R:text2 03S 04S 17S:int")
_HI = may("HI", "01.1R{ABK,BK,ABF,BF} 01.2R")
_MPI = may("MPI", "01R 02R 03R 04S 05S 06S{D8,RD8} 07S")
_DMG = may("DMG", "01S{D8} 02S:day 03S{F,M,U}")


def _level(code: str, more: str = "") -> Seg:
    parent = "" if code == "20" else "02R:int "
    return must("HL", f"01R:int {parent}03!{{{code}}} 04S{{0,1}}{more}")


def _question(loop: str) -> Loop:
    return Loop(
        loop,
        (
            must("EQ", "01S 02S 03S:text3 04S 05S"),
            may("AMT", "01R 02R:amount", repeat=2),
            may("III", "01R 02R", repeat=10),
            may("REF", "01R 02R:text50"),
            may("DTP", _DTP),
        ),
        repeat=99,
    )


def _asked_person(loop: str, code: str, question: str) -> Loop:
    return Loop(
        loop,
        (
            must("NM1", f"01!{{{code}}} {_NAME}"),
            _REF,
            *address(),
            _PRV,
            _DMG,
            _INS,
            _HI,
            may("DTP", _DTP, 2),
        ),
        (_question(question),),
        required=True,
        repeat=1,
    )


ELIGIBILITY_REQUEST = Guide(
    "270",
    "005010X279A1",
    "HS",
    Loop(
        "270",
        (ST, _BHT, SE),
        (
            Loop(
                "2000A",
                (_level("20"),),
                (
                    Loop("2100A", (must("NM1", f"01!{{2B,36,GP,P5,PR}} {_NAME}"),), required=True, repeat=1),
                    Loop(
                        "2000B",
                        (_level("21"),),
                        (
                            Loop(
                                "2100B",
                                (
                                    must("NM1", f"01!{{1P,2B,36,80,FA,GP,P5,PR}} {_NAME}"),
                                    _REF,
                                    *address(),
                                    _PRV,
                                ),
                                required=True,
                                repeat=1,
                            ),
                            Loop(
                                "2000C",
                                (_level("22"), _TRN),
                                (
                                    _asked_person("2100C", "IL", "2110C"),
                                    Loop(
                                        "2000D",
                                        (_level("23"), _TRN),
                                        (_asked_person("2100D", "03", "2110D"),),
                                    ),
                                ),
                                required=True,
                            ),
                        ),
                        required=True,
                    ),
                ),
                required=True,
            ),
        ),
    ),
)

_EB01 = "1,2,3,4,5,6,7,8,A,B,C,CB,D,E,F,G,H,I,J,K,L,M,MC,N,O,P,Q,R,S,T,U,V,W,X,Y"


def _benefit(loop: str, related: str) -> Loop:
    return Loop(
        loop,
        (
            must(
                "EB",
                f"01R{{{_EB01}}} 02S 03S 04S 05S:text50 06S 07S:amount 08S:number 09S 10S:number 11S{{N,U,Y}} 12S{{N,U,W,Y}} "
                "13S 14S",
            ),
            may("HSD", "01S 02S:number 03S 04S:number 05S 06S:number 07S 08S", repeat=9),
            may("REF", "01R 02R:text50 03S:text80", repeat=9),
            may("DTP", _DTP, repeat=20),
            _AAA,
            may("MSG", "01R:text264", repeat=10),
        ),
        (
            Loop(loop.replace("2110", "2115"), (must("III", "01S 02S 03S 04S"),)),
            Loop(
                loop.replace("2110", "LS"),
                (must("LS", "01R"), closing("LE", "01R")),
                (
                    Loop(
                        related,
                        (
                            must("NM1", f"01R {_NAME}"),
                            *address(),
                            may("PER", f"01R{{IC}} 02S:text60 {PHONES}", repeat=3),
                            _PRV,
                        ),
                        repeat=23,
                    ),
                ),
                repeat=1,
            ),
        ),
    )


def _answered_person(loop: str, code: str, benefit: str, related: str) -> Loop:
    return Loop(
        loop,
        (
            must("NM1", f"01!{{{code}}} {_NAME}"),
            _REF,
            *address(),
            _AAA,
            _PRV,
            _DMG,
            _INS,
            _HI,
            may("DTP", _DTP, repeat=9),
            _MPI,
        ),
        (_benefit(benefit, related),),
        required=True,
        repeat=1,
    )


ELIGIBILITY_ANSWER = Guide(
    "271",
    "005010X279A1",
    "HB",
    Loop(
        "271",
        (ST, _BHT, SE),
        (
            Loop(
                "2000A",
                (_level("20"), _AAA),
                (
                    Loop(
                        "2100A",
                        (
                            must("NM1", f"01!{{2B,36,GP,P5,PR}} {_NAME}"),
                            may("PER", f"01R{{IC}} 02S:text60 {PHONES}", repeat=3),
                            _AAA,
                        ),
                        required=True,
                        repeat=1,
                    ),
                    Loop(
                        "2000B",
                        (_level("21"),),
                        (
                            Loop(
                                "2100B",
                                (
                                    must("NM1", f"01!{{1P,2B,36,80,FA,GP,P5,PR}} {_NAME}"),
                                    _REF,
                                    *address(),
                                    _AAA,
                                    _PRV,
                                ),
                                required=True,
                                repeat=1,
                            ),
                            Loop(
                                "2000C",
                                (_level("22"), _TRN),
                                (
                                    _answered_person("2100C", "IL", "2110C", "2120C"),
                                    Loop(
                                        "2000D",
                                        (_level("23"), _TRN),
                                        (_answered_person("2100D", "03", "2110D", "2120D"),),
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
                required=True,
            ),
        ),
    ),
)
