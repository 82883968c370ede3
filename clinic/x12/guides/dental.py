"""837D, 005010X224A2: the dental claim. It is read and checked, not written."""

from __future__ import annotations

from clinic.x12.guide import Loop, may, must
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
    line_payment,
    other_payer,
    provider,
)
from clinic.x12.guides.shared import address, contact, reference

_OF_REFERRER = may("PRV", "01R{RF,PE} 02R{PXC} 03R:text50")
_OF_ASSISTANT = may("PRV", "01R{AS,PE} 02R{PXC} 03R:text50")
_SURFACES = " ".join(f"03.{place}S{{B,D,F,I,L,M,O}}" for place in range(1, 6))
_LINE = Loop(
    "2400",
    (
        must("LX", "01R:int"),
        must(
            "SV3",
            "01R 01.1R{AD} 01.2R:text48 01.3S:modifier 01.4S:modifier 01.5S:modifier 01.6S:modifier 01.7S:text80 "
            "02R:amount 03S:pos 04.1S:text2 04.2S:text2 04.3S:text2 04.4S:text2 04.5S:text2 05S{I,R} 06R:number "
            "11.1S{1,2,3,4} 11.2S{1,2,3,4} 11.3S{1,2,3,4} 11.4S{1,2,3,4}",
        ),
        may("TOO", f"01R{{JP}} 02S:text30 {_SURFACES}", repeat=32),
        date("472", range_too=True),
        date("139,441", repeat=2),
        date("452"),
        date("446"),
        date("196"),
        date("198"),
        CONTRACT,
        may("REF", "01!{G3} 02R:text50 04.1S{2U} 04.2S:text50", repeat=5),
        may("REF", "01!{G1} 02R:text50 04.1S{2U} 04.2S:text50", repeat=5),
        *(reference(code) for code in ["6R", "9B", "9D"]),
        may("REF", "01!{9F} 02R:text50 04.1S{2U} 04.2S:text50", repeat=5),
        may("AMT", "01!{T} 02R:amount"),
        FILE_INFORMATION,
        may("HCP", REPRICING),
    ),
    (
        provider("2420A", "82", TAXONOMY, LINE_SECONDARY_IDS),
        provider("2420B", "DD", _OF_ASSISTANT, LINE_SECONDARY_IDS),
        provider("2420C", "DQ", LINE_SECONDARY_IDS),
        provider("2420D", "77", *address(required=True), LINE_SECONDARY_IDS, name=PLACE_NAME),
        line_payment("AD,ER,HC"),
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
            "11.1S{AA,EM,OA} 11.2S{AA,EM,OA} 11.4S:text2 11.5S:text3 12S{01,02,03,05} 19S{PB} "
            f"20S{{{DELAYS}}}",
        ),
        date("439"),
        date("452"),
        date("472", range_too=True),
        date("050"),
        may("DN1", "01S:number 02S:number 03S{N,Y} 04S:text80"),
        may("DN2", "01R:text50 02R{E,M} 06S{JP}", repeat=35),
        attachments(),
        CONTRACT,
        may("AMT", "01!{F5} 02R:amount"),
        *(reference(code) for code in ["G3", "4N", "F8", "9F", "G1", "9A", "9C", "D9"]),
        FILE_INFORMATION,
        may("NTE", "01R{ADD} 02R:text80", repeat=5),
        may(
            "HI",
            "01.1!{ABK,BK,TQ} 01.2R:text30 "
            + " ".join(f"{n:02d}.1S{{ABF,BF,TQ}} {n:02d}.2S:text30" for n in (2, 3, 4)),
        ),
        may("HCP", REPRICING),
    ),
    (
        provider("2310A", "DN,P3", _OF_REFERRER, SECONDARY_IDS, repeat=2),
        provider("2310B", "82", TAXONOMY, SECONDARY_IDS),
        provider("2310C", "77", *address(required=True), SECONDARY_IDS, contact(), name=PLACE_NAME),
        provider("2310D", "DD", _OF_ASSISTANT, SECONDARY_IDS),
        provider("2310E", "DQ", SECONDARY_IDS),
        other_payer(
            ("2330C", "DN,P3"),
            ("2330D", "82"),
            ("2330E", "DQ"),
            ("2330F", "85"),
            ("2330G", "77"),
            ("2330H", "DD"),
        ),
        _LINE,
    ),
    repeat=100,
)

DENTAL_CLAIM = claim_set("837D", "005010X224A2", _CLAIM)
