"""837P, 005010X222A1: the professional claim."""

from __future__ import annotations

from clinic.x12.guide import Guide, Loop, Seg, may, must
from clinic.x12.guides.shared import (
    CAS,
    DMG,
    MOA,
    NPI,
    PERSON_NAME,
    PHONES,
    SE,
    ST,
    address,
    contact,
    reference,
)

_SEQUENCE = "P,S,T,A,B,C,D,E,F,G,H,U"
_FILING = "11,12,13,14,15,16,17,AM,BL,CH,CI,DS,FI,HM,LM,MA,MB,MC,OF,TV,VA,WC,ZZ"
_MSP = "12,13,14,15,16,41,42,43,47"
_RELATIONS = "01,18,19,20,21,39,40,53,G8"
_NPI_NAME = f"{PERSON_NAME} {NPI}"
_PAYER_NAME = "02R{2} 03R:text60 08R{PI,XV} 09R:text80"


def _date(codes: str, repeat: int = 1, range_too: bool = False) -> Seg:
    kinds = "D8,RD8" if range_too else "D8"
    return may("DTP", f"01!{{{codes}}} 02R{{{kinds}}} 03R:when", repeat)


def _provider(loop: str, codes: str, *more: Seg, repeat: int = 1, name: str = _NPI_NAME) -> Loop:
    return Loop(loop, (must("NM1", f"01!{{{codes}}} {name}"), *more), repeat=repeat)


_SECONDARY_IDS = reference("0B,1G,G2,LU", repeat=20)
_PLACE_NAME = f"02R{{2}} 03S:text60 {NPI}"
_TAXONOMY = may("PRV", "01R{PE} 02R{PXC} 03R:text50")
_DIAGNOSES = "01.1!{ABK,BK} 01.2R:icd " + " ".join(
    f"{n:02d}.1S{{ABF,BF}} {n:02d}.2S:icd" for n in range(2, 13)
)
_CONDITIONS = "01!{07,E1,E2,E3,75,ZZ,70,09} 02R{Y,N} 03R"

_OTHER_NAME = "02R{1,2}"
_OTHER_PAYER = Loop(
    "2320",
    (
        must(
            "SBR",
            f"01R{{{_SEQUENCE}}} 02R{{{_RELATIONS}}} 03S:text50 04S:text60 05S{{{_MSP}}} 09S{{{_FILING}}}",
        ),
        may("CAS", CAS, repeat=5),
        may("AMT", "01!{D} 02R:amount"),
        may("AMT", "01!{A8} 02R:amount"),
        may("AMT", "01!{EAF} 02R:amount"),
        must("OI", "03R{N,W,Y} 04S{P} 06R{I,Y}"),
        may("MOA", MOA),
    ),
    (
        Loop(
            "2330A",
            (
                must(
                    "NM1",
                    "01!{IL} 02R{1,2} 03R:text60 04S:text35 05S:text25 07S:text10 08R{II,MI} 09R:text80",
                ),
                *address(),
                reference("SY"),
            ),
            required=True,
            repeat=1,
        ),
        Loop(
            "2330B",
            (
                must("NM1", f"01!{{PR}} {_PAYER_NAME}"),
                *address(),
                _date("573"),
                reference("2U,EI,FY,NF", repeat=2),
                reference("G1"),
                reference("9F"),
                reference("T4"),
                reference("F8"),
            ),
            required=True,
            repeat=1,
        ),
        _provider("2330C", "DN,P3", _SECONDARY_IDS, repeat=2, name=_OTHER_NAME),
        _provider("2330D", "82", _SECONDARY_IDS, name=_OTHER_NAME),
        _provider("2330E", "77", _SECONDARY_IDS, name=_OTHER_NAME),
        _provider("2330F", "DQ", _SECONDARY_IDS, name=_OTHER_NAME),
        _provider("2330G", "85", _SECONDARY_IDS, name=_OTHER_NAME),
    ),
    repeat=10,
)

_LINE = Loop(
    "2400",
    (
        must("LX", "01R:int"),
        must(
            "SV1",
            "01.1R{ER,HC,IV,WK} 01.2R:text48 01.3S:modifier 01.4S:modifier 01.5S:modifier 01.6S:modifier 02R:amount 03R{MJ,UN} "
            "04R:number 05S:pos 07.1R{1,2,3,4,5,6,7,8,9,10,11,12} 07.2S{1,2,3,4,5,6,7,8,9,10,11,12} "
            "07.3S{1,2,3,4,5,6,7,8,9,10,11,12} 07.4S{1,2,3,4,5,6,7,8,9,10,11,12} 09S{Y} 11S{Y} 12S{Y} 15S{0}",
        ),
        may("SV5", "01.1R{HC} 01.2R 02R{DA} 03R:number 04R:amount 05R:amount 06R{1,4,6}"),
        may("PWK", "01R 02R", repeat=11),
        may("CR1"),
        may("CR3"),
        may("CRC", _CONDITIONS, repeat=5),
        must("DTP", "01!{472} 02R{D8,RD8} 03R:when"),
        _date("471"),
        _date("607"),
        _date("463"),
        _date("461"),
        _date("304"),
        _date("738,739", repeat=2),
        _date("011"),
        _date("455"),
        _date("454"),
        may("QTY", "01!{PT,FL} 02R:number", repeat=2),
        may("MEA", "01R 02R 03R:number", repeat=5),
        may("CN1"),
        reference("9B"),
        reference("9D"),
        reference("G1", repeat=5),
        reference("6R"),
        reference("EW"),
        reference("X4"),
        reference("F4"),
        reference("BT"),
        reference("9F", repeat=5),
        may("AMT", "01!{T} 02R:amount"),
        may("AMT", "01!{F4} 02R:amount"),
        may("K3", "01R:text80", repeat=10),
        may("NTE", "01R{ADD,DCP,TPO} 02R:text80", repeat=2),
        may("PS1", "01R:text50 02R:amount"),
        may("HCP"),
    ),
    (
        Loop(
            "2410",
            (
                must("LIN", "02R{EN,EO,HI,N4,ON,UK,UP} 03R:text48"),
                must("CTP", "04R:number 05.1R{F2,GR,ME,ML,UN}"),
                reference("VY,XZ"),
            ),
            repeat=1,
        ),
        _provider("2420A", "82", _TAXONOMY, _SECONDARY_IDS),
        _provider("2420B", "QB", _SECONDARY_IDS, name=f"02R{{1,2}} {NPI}"),
        _provider("2420C", "77", *address(required=True), _SECONDARY_IDS, name=_PLACE_NAME),
        _provider("2420D", "DQ", _SECONDARY_IDS),
        _provider("2420E", "DK", *address(), _SECONDARY_IDS, contact()),
        _provider("2420F", "DN,P3", _SECONDARY_IDS, repeat=2),
        _provider("2420G", "PW", *address(required=True), name="02R{2}"),
        _provider("2420H", "45", *address(required=True), name="02R{2} 03S:text60"),
        Loop(
            "2430",
            (
                must("SVD", "01R:text80 02R:amount 03.1R{ER,HC,IV,WK} 03.2R:text48 05R:number 06S:int"),
                may("CAS", CAS, repeat=5),
                must("DTP", "01!{573} 02R{D8} 03R:when"),
                may("AMT", "01!{EAF} 02R:amount"),
            ),
            repeat=15,
        ),
        Loop("2440", (must("LQ", "01R{AS,UT} 02R:text30"), must("FRM", "01R:text20", repeat=99))),
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
            "20S{1,2,3,4,5,6,7,8,9,10,11,15}",
        ),
        *(_date(code) for code in ["431", "454", "304", "453", "439", "484", "455", "471"]),
        _date("314,360,361", range_too=True),
        *(_date(code) for code in ["297", "296", "435", "096"]),
        _date("090,091", repeat=2),
        _date("444"),
        _date("050"),
        may("PWK", "01R 02R", repeat=10),
        may("CN1"),
        may("AMT", "01!{F5} 02R:amount"),
        *(
            reference(code)
            for code in ["4N", "F5", "EW", "9F", "G1", "F8", "X4", "9A", "9C", "LX", "D9", "EA", "P4", "1J"]
        ),
        may("K3", "01R:text80", repeat=10),
        may("NTE", "01R{ADD,CER,DCP,DGN,TPO} 02R:text80"),
        may("CR1"),
        may("CR2"),
        may("CRC", _CONDITIONS, repeat=8),
        must("HI", _DIAGNOSES),
        may("HI", "01.1!{BP} 01.2R"),
        may("HI", "01.1!{BG} 01.2R", repeat=2),
        may("HCP"),
    ),
    (
        _provider("2310A", "DN,P3", _SECONDARY_IDS, repeat=2),
        _provider("2310B", "82", _TAXONOMY, _SECONDARY_IDS),
        _provider("2310C", "77", *address(required=True), _SECONDARY_IDS, contact(), name=_PLACE_NAME),
        _provider("2310D", "DQ", _SECONDARY_IDS),
        _provider("2310E", "PW", *address(required=True), name="02R{2}"),
        _provider("2310F", "45", *address(required=True), name="02R{2} 03S:text60"),
        _OTHER_PAYER,
        _LINE,
    ),
    repeat=100,
)

_PATIENT = Loop(
    "2000C",
    (
        must("HL", "01R:int 02R:int 03!{23} 04R{0}"),
        must("PAT", f"01R{{{_RELATIONS}}} 05S{{D8}} 06S:day 07S{{01}} 08S:number 09S{{Y}}"),
    ),
    (
        Loop(
            "2010CA",
            (
                must("NM1", "01!{QC} 02R{1} 03R:text60 04S:text35 05S:text25 07S:text10"),
                *address(required=True),
                must("DMG", DMG),
                reference("Y4"),
                reference("1W,SY"),
                contact(),
            ),
            required=True,
            repeat=1,
        ),
        _CLAIM,
    ),
)

_SUBSCRIBER = Loop(
    "2000B",
    (
        must("HL", "01R:int 02R:int 03!{22} 04R{0,1}"),
        must("SBR", f"01R{{{_SEQUENCE}}} 02S{{18}} 03S:text50 04S:text60 05S{{{_MSP}}} 09S{{{_FILING}}}"),
        may("PAT", "05S{D8} 06S:day 07S{01} 08S:number 09S{Y}"),
    ),
    (
        Loop(
            "2010BA",
            (
                must(
                    "NM1",
                    "01!{IL} 02R{1,2} 03R:text60 04S:text35 05S:text25 07S:text10 08R{II,MI} 09R:text80",
                ),
                *address(),
                may("DMG", DMG),
                reference("SY"),
                reference("Y4"),
                contact(),
            ),
            required=True,
            repeat=1,
        ),
        Loop(
            "2010BB",
            (
                must("NM1", f"01!{{PR}} {_PAYER_NAME}"),
                *address(),
                reference("2U,EI,FY,NF", repeat=3),
                reference("G2,LU", repeat=2),
            ),
            required=True,
            repeat=1,
        ),
        _CLAIM,
        _PATIENT,
    ),
    required=True,
)

_BILLING = Loop(
    "2000A",
    (
        must("HL", "01R:int 03!{20} 04R{1}"),
        may("PRV", "01R{BI} 02R{PXC} 03R:text50"),
        may("CUR", "01R{85} 02R:text3"),
    ),
    (
        Loop(
            "2010AA",
            (
                must("NM1", f"01!{{85}} {_NPI_NAME}"),
                *address(required=True),
                reference("EI,SY", required=True),
                reference("0B,1G", repeat=2),
                contact(repeat=2),
            ),
            required=True,
            repeat=1,
        ),
        Loop("2010AB", (must("NM1", "01!{87} 02R{1,2}"), *address(required=True)), repeat=1),
        Loop(
            "2010AC",
            (
                must("NM1", f"01!{{PE}} {_PAYER_NAME}"),
                *address(required=True),
                reference("2U,FY,NF"),
                reference("EI", required=True),
            ),
            repeat=1,
        ),
        _SUBSCRIBER,
    ),
    required=True,
)

PROFESSIONAL_CLAIM = Guide(
    "837P",
    "005010X222A1",
    "HC",
    Loop(
        "837",
        (ST, must("BHT", "01R{0019} 02R{00,18} 03R:text50 04R:day 05R:time 06R{CH,RP,31}"), SE),
        (
            Loop(
                "1000A",
                (
                    must("NM1", "01!{41} 02R{1,2} 03R:text60 04S:text35 05S:text25 08R{46} 09R:text80"),
                    must("PER", f"01R{{IC}} 02S:text60 {PHONES}", repeat=2),
                ),
                required=True,
                repeat=1,
            ),
            Loop(
                "1000B",
                (must("NM1", "01!{40} 02R{2} 03R:text60 08R{46} 09R:text80"),),
                required=True,
                repeat=1,
            ),
            _BILLING,
        ),
    ),
)
