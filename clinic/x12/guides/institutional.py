"""837I, 005010X223A2: the claim of a hospital or other facility. It is read and checked, not written."""

from __future__ import annotations

from clinic.x12.guide import Loop, Seg, may, must
from clinic.x12.guides.claim_levels import (
    CONTRACT,
    DELAYS,
    FILE_INFORMATION,
    LINE_SECONDARY_IDS,
    REPRICING,
    SECONDARY_IDS,
    attachments,
    claim_set,
    date,
    drug,
    line_payment,
    other_payer,
    provider,
)
from clinic.x12.guides.shared import NPI, address, reference

_NOTES = "ALG,DCP,DGN,DME,MED,NTR,ODT,RHB,RLH,RNH,SET,SFM,SPT,UPI"
_PLACE = f"02R{{2}} 03R:text60 {NPI}"


def _codes(kinds: str, count: int = 1, repeat: int = 1, rest: str = "") -> Seg:
    """HI with up to `count` composites of `kinds`; `rest` is what else stands in each, with `@` for its place."""
    spec = f"01.1!{{{kinds}}} 01.2R:text30 {rest.replace('@', '01')}"
    for place in range(2, count + 1):
        spec += f" {place:02d}.1S{{{kinds}}} {place:02d}.2R:text30 {rest.replace('@', f'{place:02d}')}"
    return may("HI", spec, repeat)


_PRESENT = "@.9S{N,U,W,Y}"
_ON_A_DAY = "@.3R{D8} @.4R:day"
_LINE = Loop(
    "2400",
    (
        must("LX", "01R:int"),
        must(
            "SV2",
            "01R:text48 02.1S{ER,HC,HP,IV,WK} 02.2S:text48 02.3S:modifier 02.4S:modifier 02.5S:modifier 02.6S:modifier "
            "02.7S:text80 03R:amount 04R{DA,UN} 05R:number 07S:amount",
        ),
        attachments(),
        date("472", range_too=True),
        *(reference(code) for code in ["6R", "9B", "9D"]),
        may("AMT", "01!{GT} 02R:amount"),
        may("AMT", "01!{N8} 02R:amount"),
        may("NTE", "01!{TPO} 02R:text80"),
        may("HCP", REPRICING),
    ),
    (
        drug("N4"),
        provider("2420A", "72", LINE_SECONDARY_IDS),
        provider("2420B", "ZZ", LINE_SECONDARY_IDS),
        provider("2420C", "82", LINE_SECONDARY_IDS),
        provider("2420D", "DN", LINE_SECONDARY_IDS),
        line_payment("ER,HC,HP,IV,WK", by_procedure=False),
    ),
    required=True,
    repeat=999,
)

_CLAIM = Loop(
    "2300",
    (
        must(
            "CLM",
            "01R:text38 02R:amount 05.1R:text2 05.2R{A} 05.3R:text1 07R{A,B,C} 08R{N,W,Y} 09R{I,Y} "
            f"20S{{{DELAYS}}}",
        ),
        may("DTP", "01!{096} 02R{TM} 03R:time"),
        must("DTP", "01!{434} 02R{D8,RD8} 03R:when"),
        may("DTP", "01!{435} 02R{D8,DT} 03R:text12"),
        date("050"),
        must("CL1", "01S:text1 02S:text1 03R:text2"),
        attachments(),
        CONTRACT,
        may("AMT", "01!{F3} 02R:amount"),
        *(reference(code) for code in ["4N", "9F", "G1", "F8", "9A", "9C"]),
        reference("LX", repeat=5),
        *(reference(code) for code in ["D9", "LU", "EA", "P4", "G4"]),
        FILE_INFORMATION,
        may("NTE", f"01!{{{_NOTES}}} 02R:text80", repeat=10),
        may("NTE", "01!{ADD} 02R:text80"),
        may("CRC", "01!{ZZ} 02R{N,Y} 03R{AV,NU,S2,ST} 04S 05S"),
        must("HI", f"01.1!{{ABK,BK}} 01.2R:icd {_PRESENT.replace('@', '01')}"),
        may("HI", "01.1!{ABJ,BJ} 01.2R:icd"),
        _codes("APR,PR", count=3),
        _codes("ABN,BN", count=12, rest=_PRESENT),
        _codes("DR"),
        _codes("ABF,BF", count=12, repeat=2, rest=_PRESENT),
        _codes("BBR,BR,CAH", rest=_ON_A_DAY),
        _codes("BBQ,BQ", count=12, repeat=2, rest=_ON_A_DAY),
        _codes("BI", count=12, repeat=2, rest="@.3R{RD8} @.4R:text35"),
        _codes("BH", count=12, repeat=2, rest=_ON_A_DAY),
        _codes("BE", count=12, repeat=2, rest="@.5R:amount"),
        _codes("BG", count=12, repeat=2),
        _codes("TC", count=12, repeat=2),
        may("HCP", REPRICING),
    ),
    (
        provider("2310A", "71", may("PRV", "01R{AT} 02R{PXC} 03R:text50"), SECONDARY_IDS),
        provider("2310B", "72", SECONDARY_IDS),
        provider("2310C", "ZZ", SECONDARY_IDS),
        provider("2310D", "82", SECONDARY_IDS),
        provider("2310E", "77", *address(required=True), SECONDARY_IDS, name=_PLACE),
        provider("2310F", "DN", SECONDARY_IDS),
        other_payer(
            ("2330C", "71"),
            ("2330D", "72"),
            ("2330E", "ZZ"),
            ("2330F", "77"),
            ("2330G", "82"),
            ("2330H", "DN"),
            ("2330I", "85"),
            inpatient=(
                may("MIA", "01R:number 03S:number 04S:amount 05S:text50 06S:amount 07S:amount 15S:number"),
            ),
        ),
        _LINE,
    ),
    repeat=100,
)

INSTITUTIONAL_CLAIM = claim_set("837I", "005010X223A2", _CLAIM)
