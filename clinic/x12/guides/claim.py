"""837P, 005010X222A1: the professional claim."""

from __future__ import annotations

from clinic.x12.guide import Loop, Seg, may, must
from clinic.x12.guides.claim_levels import (
    CONTRACT,
    DELAYS,
    FILE_INFORMATION,
    LINE_SECONDARY_IDS,
    PLACE_NAME,
    REPRICING,
    SECONDARY_IDS,
    TAXONOMY,
    attachments,
    claim_set,
    date,
    drug,
    line_payment,
    other_payer,
    provider,
)
from clinic.x12.guides.shared import NPI, address, contact, reference

_POINTERS = "{1,2,3,4,5,6,7,8,9,10,11,12}"
_DIAGNOSES = "01.1!{ABK,BK} 01.2R:icd " + " ".join(
    f"{n:02d}.1S{{ABF,BF}} {n:02d}.2S:icd" for n in range(2, 13)
)
_CONDITION_CODES = "01.1!{BG} 01.2R:text30 " + " ".join(
    f"{n:02d}.1S{{BG}} {n:02d}.2S:text30" for n in range(2, 13)
)
_RIDE = "01S{LB} 02S:number 04R{A,B,C,D,E} 05R{DH} 06R:number 09S:text80 10S:text80"
_RIDE_CODES = "{01,04,05,06,07,08,09,12}"
_OTHERS_REFERENCE = "02R:text50 04.1S{2U} 04.2S:text50"


def _conditions(categories: str, codes: str, most: int, repeat: int = 1, answers: str = "Y,N") -> Seg:
    more = " ".join(f"{place:02d}S{codes}" for place in range(4, 3 + most))
    return may("CRC", f"01!{{{categories}}} 02R{{{answers}}} 03R{codes} {more}", repeat)


_LINE = Loop(
    "2400",
    (
        must("LX", "01R:int"),
        must(
            "SV1",
            "01.1R{ER,HC,IV,WK} 01.2R:text48 01.3S:modifier 01.4S:modifier 01.5S:modifier 01.6S:modifier 01.7S:text80 "
            f"02R:amount 03R{{MJ,UN}} 04R:number 05S:pos 07.1R{_POINTERS} 07.2S{_POINTERS} 07.3S{_POINTERS} 07.4S{_POINTERS} "
            "09S{Y} 11S{Y} 12S{Y} 15S{0}",
        ),
        may("SV5", "01.1R{HC} 01.2R:text48 02R{DA} 03R:number 04R:amount 05R:amount 06R{1,4,6}"),
        attachments("AA,BM,EL,EM,FT,FX,AB,AD,AF,AG,NS", repeat=11),
        may("CR1", _RIDE),
        may("CR3", "01R{I,R,S} 02R{MO} 03R:number"),
        _conditions("07", _RIDE_CODES, 5, repeat=3),
        _conditions("70", "{65}", 1),
        _conditions("09", "{38,ZV}", 2),
        must("DTP", "01!{472} 02R{D8,RD8} 03R:when"),
        *(date(code) for code in ["471", "607", "463", "461", "304"]),
        date("738,739", repeat=2),
        *(date(code) for code in ["011", "455", "454"]),
        may("QTY", "01!{PT} 02R:number"),
        may("QTY", "01!{FL} 02R:number"),
        may("MEA", "01R{OG,TR} 02R{HT,R1,R2,R3,R4} 03R:number", repeat=5),
        CONTRACT,
        reference("9B"),
        reference("9D"),
        may("REF", f"01!{{G1}} {_OTHERS_REFERENCE}", repeat=5),
        *(reference(code) for code in ["6R", "EW", "X4", "F4", "BT"]),
        may("REF", f"01!{{9F}} {_OTHERS_REFERENCE}", repeat=5),
        may("AMT", "01!{T} 02R:amount"),
        may("AMT", "01!{F4} 02R:amount"),
        FILE_INFORMATION,
        may("NTE", "01!{ADD,DCP} 02R:text80"),
        may("NTE", "01!{TPO} 02R:text80"),
        may("PS1", "01R:text50 02R:amount"),
        may("HCP", REPRICING),
    ),
    (
        drug("EN,EO,HI,N4,ON,UK,UP"),
        provider("2420A", "82", TAXONOMY, LINE_SECONDARY_IDS),
        provider("2420B", "QB", LINE_SECONDARY_IDS, name=f"02R{{1,2}} {NPI}"),
        provider("2420C", "77", *address(required=True), LINE_SECONDARY_IDS, name=PLACE_NAME),
        provider("2420D", "DQ", LINE_SECONDARY_IDS),
        provider("2420E", "DK", *address(), LINE_SECONDARY_IDS, contact()),
        provider("2420F", "DN,P3", LINE_SECONDARY_IDS, repeat=2),
        provider("2420G", "PW", *address(required=True), name="02R{2}"),
        provider("2420H", "45", *address(required=True), name="02R{2} 03S:text60"),
        line_payment("ER,HC,IV,WK"),
        Loop(
            "2440",
            (
                must("LQ", "01R{AS,UT} 02R:text30"),
                must("FRM", "01R:text20 02S{N,W,Y} 03S:text50 04S:day 05S:number", repeat=99),
            ),
        ),
    ),
    required=True,
    repeat=50,
)


_CLAIM = Loop(
    "2300",
    (
        must(
            "CLM",
            "01R:text38 02R:amount 05.1R:pos 05.2R{B} 05.3R{1,7,8} 06R{N,Y} 07R{A,B,C} 08R{N,W,Y} 09R{I,Y} 10S{P} "
            "11.1S{AA,EM,OA} 11.2S{AA,EM,OA} 11.4S:text2 11.5S:text3 12S{02,03,05,09} "
            f"20S{{{DELAYS}}}",
        ),
        *(date(code) for code in ["431", "454", "304", "453", "439", "484", "455", "471"]),
        date("314,360,361", range_too=True),
        *(date(code) for code in ["297", "296", "435", "096"]),
        date("090,091", repeat=2),
        date("444"),
        date("050"),
        attachments(),
        CONTRACT,
        may("AMT", "01!{F5} 02R:amount"),
        *(
            reference(code)
            for code in [
                "4N",
                "F5",
                "EW",
                "9F",
                "G1",
                "F8",
                "X4",
                "9A",
                "9C",
                "LX",
                "D9",
                "EA",
                "P4",
                "1J",
            ]
        ),
        FILE_INFORMATION,
        may("NTE", "01R{ADD,CER,DCP,DGN,TPO} 02R:text80"),
        may("CR1", _RIDE),
        may("CR2", "08R{A,C,D,E,F,G,M} 10S:text80 11S:text80"),
        _conditions("07", _RIDE_CODES, 5, repeat=3),
        _conditions("E1,E2,E3", "{L1,L2,L3,L4,L5}", 5, repeat=3),
        _conditions("75", "{IH}", 1, answers="Y"),
        _conditions("ZZ", "{AV,NU,S2,ST}", 3),
        must("HI", _DIAGNOSES),
        may("HI", "01.1!{BP} 01.2R:text30 02.1S{BO} 02.2S:text30"),
        may("HI", _CONDITION_CODES, repeat=2),
        may("HCP", REPRICING),
    ),
    (
        provider("2310A", "DN,P3", SECONDARY_IDS, repeat=2),
        provider("2310B", "82", TAXONOMY, SECONDARY_IDS),
        provider("2310C", "77", *address(required=True), SECONDARY_IDS, contact(), name=PLACE_NAME),
        provider("2310D", "DQ", SECONDARY_IDS),
        provider("2310E", "PW", *address(required=True), name="02R{2}"),
        provider("2310F", "45", *address(required=True), name="02R{2} 03S:text60"),
        other_payer(("2330C", "DN,P3"), ("2330D", "82"), ("2330E", "77"), ("2330F", "DQ"), ("2330G", "85")),
        _LINE,
    ),
    repeat=100,
)

PROFESSIONAL_CLAIM = claim_set("837P", "005010X222A1", _CLAIM)
