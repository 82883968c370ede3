"""What the three 837 guides have in common: billing provider, subscriber, patient and other payer around a claim."""

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

SEQUENCE = "P,S,T,A,B,C,D,E,F,G,H,U"
FILING = "11,12,13,14,15,16,17,AM,BL,CH,CI,DS,FI,HM,LM,MA,MB,MC,OF,TV,VA,WC,ZZ"
MSP = "12,13,14,15,16,41,42,43,47"
RELATIONS = "01,18,19,20,21,39,40,53,G8"
DELAYS = "1,2,3,4,5,6,7,8,9,10,11,15"
NPI_NAME = f"{PERSON_NAME} {NPI}"
PAYER_NAME = "02R{2} 03R:text60 08R{PI,XV} 09R:text80"
PLACE_NAME = f"02R{{2}} 03S:text60 {NPI}"
ONLY_KIND = "02R{1,2}"

SECONDARY_IDS = reference("0B,1G,G2,LU", repeat=4)
# On a line REF04 says which payer the number belongs to.
LINE_SECONDARY_IDS = may("REF", "01!{0B,1G,G2,LU} 02R:text50 04.1S{2U} 04.2S:text50", repeat=20)
PAYER_IDS = may("REF", "01!{G2,LU,0B,1G} 02R:text50", repeat=4)
TAXONOMY = may("PRV", "01R{PE} 02R{PXC} 03R:text50")
CONTRACT = may("CN1", "01R{01,02,03,04,05,06,09} 02S:amount 03S:number 04S:text50 05S:number 06S:text30")
FILE_INFORMATION = may("K3", "01R:text80", repeat=10)
_PAPERS = (
    "03,04,05,06,07,08,09,10,11,13,15,21,A3,A4,AM,AS,B2,B3,B4,BR,BS,BT,CB,CK,CT,D2,DA,DB,DG,DJ,DS,EB,HC,HR,I5,IR,LA,M1,"
    "MT,NN,OB,OC,OD,OE,OX,OZ,P4,P5,P6,PE,PN,PO,PQ,PY,PZ,RB,RR,RT,RX,SG,V5,XP"
)
REPRICING = (
    "01R{00,01,02,03,04,05,06,07,08,09,10,11,12,13,14} 02R:amount 03S:amount 04S:text50 05S:number 06S:text50 07S:amount "
    "08S:text48 09S{ER,HC,HP,IV,WK} 10S:text48 11S{DA,MJ,UN} 12S:number 13S{T1,T2,T3,T4,T5,T6} 14S{1,2,3,4,5} "
    "15S{1,2,3,4,5,6}"
)


def attachments(ways: str = "AA,BM,EL,EM,FT,FX", repeat: int = 10) -> Seg:
    """PWK."""
    return may("PWK", f"01R{{{_PAPERS}}} 02R{{{ways}}} 05S{{AC}} 06S:text80", repeat)


def date(codes: str, repeat: int = 1, range_too: bool = False) -> Seg:
    """A situational DTP with one of `codes`."""
    kinds = "D8,RD8" if range_too else "D8"
    return may("DTP", f"01!{{{codes}}} 02R{{{kinds}}} 03R:when", repeat)


def provider(loop: str, codes: str, *more: Seg, repeat: int = 1, name: str = NPI_NAME) -> Loop:
    """A loop that opens with NM1 of one of `codes`."""
    return Loop(loop, (must("NM1", f"01!{{{codes}}} {name}"), *more), repeat=repeat)


def line_payment(procedures: str, *, by_procedure: bool = True) -> Loop:
    """2430: what another payer did with the line; `procedures` are the kinds of SVD03. A facility's line may have been
    paid by its revenue code alone (`by_procedure` False)."""
    usage = "R" if by_procedure else "S"
    return Loop(
        "2430",
        (
            must(
                "SVD",
                f"01R:text80 02R:amount 03.1{usage}{{{procedures}}} 03.2{usage}:text48 03.3S:modifier 03.4S:modifier 03.5S:modifier "
                "03.6S:modifier 03.7S:text80 04S:text48 05R:number 06S:int",
            ),
            may("CAS", CAS, repeat=5),
            must("DTP", "01!{573} 02R{D8} 03R:when"),
            may("AMT", "01!{EAF} 02R:amount"),
        ),
        repeat=15,
    )


def drug(kinds: str) -> Loop:
    """2410: the drug that was given."""
    return Loop(
        "2410",
        (
            must("LIN", f"02R{{{kinds}}} 03R:text48"),
            must("CTP", "04R:number 05.1R{F2,GR,ME,ML,UN}"),
            reference("VY,XZ"),
        ),
        repeat=1,
    )


def other_payer(*providers: tuple[str, str], inpatient: tuple[Seg, ...] = ()) -> Loop:
    """2320 and 2330; `providers` are (loop, entity codes) of those whom the other payer knows by numbers of its own."""
    return Loop(
        "2320",
        (
            must(
                "SBR",
                f"01R{{{SEQUENCE}}} 02R{{{RELATIONS}}} 03S:text50 04S:text60 05S{{{MSP}}} 09S{{{FILING}}}",
            ),
            may("CAS", CAS, repeat=5),
            may("AMT", "01!{D} 02R:amount"),
            may("AMT", "01!{A8} 02R:amount"),
            may("AMT", "01!{EAF} 02R:amount"),
            must("OI", "03R{N,W,Y} 04S{P} 06R{I,Y}"),
            *inpatient,
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
                    reference("SY", repeat=2),
                ),
                required=True,
                repeat=1,
            ),
            Loop(
                "2330B",
                (
                    must("NM1", f"01!{{PR}} {PAYER_NAME}"),
                    *address(),
                    date("573"),
                    reference("2U,EI,FY,NF", repeat=2),
                    reference("G3"),
                    *(reference(code) for code in ["G1", "9F", "T4", "F8"]),
                ),
                required=True,
                repeat=1,
            ),
            *(
                provider(loop, codes, PAYER_IDS, repeat=2 if "DN" in codes else 1, name=ONLY_KIND)
                for loop, codes in providers
            ),
        ),
        repeat=10,
    )


def claim_set(kind: str, version: str, claim: Loop) -> Guide:
    """A whole 837 around its 2300 loop."""
    return Guide(
        kind,
        version,
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
                _billing(claim),
            ),
        ),
    )


def _billing(claim: Loop) -> Loop:
    return Loop(
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
                    must("NM1", f"01!{{85}} {NPI_NAME}"),
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
                    must("NM1", f"01!{{PE}} {PAYER_NAME}"),
                    *address(required=True),
                    reference("2U,FY,NF"),
                    reference("EI", required=True),
                ),
                repeat=1,
            ),
            _subscriber(claim),
        ),
        required=True,
    )


def _subscriber(claim: Loop) -> Loop:
    return Loop(
        "2000B",
        (
            must("HL", "01R:int 02R:int 03!{22} 04R{0,1}"),
            must("SBR", f"01R{{{SEQUENCE}}} 02S{{18}} 03S:text50 04S:text60 05S{{{MSP}}} 09S{{{FILING}}}"),
            may("PAT", "05S{D8} 06S:day 07S{01} 08S:number 09S{Y}"),
        ),
        (
            Loop(
                "2010BA",
                (
                    must(
                        "NM1",
                        "01!{IL} 02R{1,2} 03R:text60 04S:text35 05S:text25 07S:text10 08S{II,MI} 09S:text80",
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
                    must("NM1", f"01!{{PR}} {PAYER_NAME}"),
                    *address(),
                    reference("2U,EI,FY,NF", repeat=3),
                    reference("G2,LU", repeat=2),
                ),
                required=True,
                repeat=1,
            ),
            claim,
            _patient(claim),
        ),
        required=True,
    )


def _patient(claim: Loop) -> Loop:
    return Loop(
        "2000C",
        (
            must("HL", "01R:int 02R:int 03!{23} 04R{0}"),
            must("PAT", f"01R{{{RELATIONS}}} 05S{{D8}} 06S:day 07S{{01}} 08S:number 09S{{Y}}"),
        ),
        (
            Loop(
                "2010CA",
                (
                    must("NM1", "01!{QC} 02R{1} 03R:text60 04S:text35 05S:text25 07S:text10"),
                    *address(required=True),
                    must("DMG", DMG),
                    reference("Y4"),
                    reference("1W,SY", repeat=2),
                    contact(),
                ),
                required=True,
                repeat=1,
            ),
            claim,
        ),
    )
