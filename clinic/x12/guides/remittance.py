"""835, 005010X221A1: the remittance."""

from __future__ import annotations

from clinic.x12.guide import Guide, Loop, may, must
from clinic.x12.guides.shared import CAS, MOA, PHONES, SE, ST, address, contact, reference

_NAME = "02R{1,2} 03S:text60 04S:text35 05S:text25 07S:text10 08S 09S:text80"
_ORGANISATION = "02R{2} 03R:text60 08R 09R:text80"

_MIA = (
    "01R:number 02S:amount 03S:number 04S:amount 05S:text50 06S:amount 07S:amount 08S:amount 09S:amount 10S:amount "
    "11S:amount 12S:amount 13S:amount 14S:amount 15S:number 16S:amount 17S:amount 18S:amount 19S:amount 20S:text50 "
    "21S:text50 22S:text50 23S:text50 24S:amount"
)
_TS3 = (
    "01R:text50 02R:text2 03R:day 04R:number 05R:amount 06S:amount 07S:amount 08S:amount 09S:amount 10S:amount "
    "11S:amount 12S:amount 13S:amount 14S:amount 15S:amount 16S:amount 17S:amount 18S:amount 19S:amount 20S:amount "
    "21S:amount 22S:amount 23S:number 24S:amount"
)
_TS2 = (
    "01S:amount 02S:amount 03S:amount 04S:amount 05S:amount 06S:amount 07S:number 08S:amount 09S:amount 10S:number "
    "11S:number 12S:number 13S:number 14S:number 15S:amount 16S:number 17S:amount 18S:amount 19S:amount"
)

_SERVICE = Loop(
    "2110",
    (
        must("SVC", "01R 02R:amount 03R:amount 04S:text48 05S:number 06S 07S:number"),
        may("DTM", "01!{150,151,472} 02R:day", repeat=2),
        may("CAS", CAS, repeat=99),
        reference("1S,APC,BB,E9,G1,G3,LU,RB", repeat=8),
        reference("6R"),
        reference("0B,1A,1B,1C,1D,1G,1H,1J,D3,G2,HPI,SY,TJ", repeat=11),
        reference("0K", repeat=5),
        may("AMT", "01!{B6,KH,T,T2,ZK,ZL,ZM,ZN,ZO} 02R:amount", repeat=9),
        may("QTY", "01!{ZK,ZL,ZM,ZN,ZO} 02R:number", repeat=6),
        may("LQ", "01R{HE,RX} 02R:text30", repeat=99),
    ),
    repeat=999,
)

_CLAIM = Loop(
    "2100",
    (
        must(
            "CLP",
            "01R:text38 02R:text2{1,2,3,4,19,20,21,22,23,25} 03R:amount 04R:amount 05S:amount 06R:text2 07R:text50 08S 09S 11S "
            "12S:number 13S:number",
        ),
        may("CAS", CAS, repeat=99),
        must("NM1", f"01!{{QC}} {_NAME}"),
        may("NM1", f"01!{{IL}} {_NAME}"),
        may("NM1", f"01!{{74}} {_NAME}"),
        may("NM1", f"01!{{82}} {_NAME}"),
        may("NM1", f"01!{{TT}} {_ORGANISATION}"),
        may("NM1", f"01!{{PR}} {_ORGANISATION}"),
        may("NM1", f"01!{{GB}} {_NAME}"),
        may("MIA", _MIA),
        may("MOA", MOA),
        reference("1L,1W,28,6P,9A,9C,BB,CE,EA,F8,G1,G3,IG,SY", repeat=5),
        reference("0B,1A,1B,1C,1D,1G,1H,1J,D3,G2,LU,TJ", repeat=10),
        may("DTM", "01!{232,233} 02R:day", repeat=2),
        may("DTM", "01!{036} 02R:day"),
        may("DTM", "01!{050} 02R:day"),
        may("PER", f"01!{{CX}} 02S:text60 {PHONES}", repeat=2),
        may("AMT", "01!{AU,D8,DY,F5,I,NL,T,T2,ZK,ZL,ZM,ZN,ZO} 02R:amount", repeat=13),
        may("QTY", "01!{CA,CD,LA,LE,NE,NR,OU,PS,VS,ZK,ZL,ZM,ZN,ZO} 02R:number", repeat=14),
    ),
    (_SERVICE,),
)

_HEADERS = Loop("2000", (must("LX", "01R:int"), may("TS3", _TS3), may("TS2", _TS2)), (_CLAIM,))

_PAYER = Loop(
    "1000A",
    (
        must("N1", "01!{PR} 02S:text60 03S{XV} 04S:text80"),
        *address(),
        reference("2U,EO,HI,NF", repeat=4),
        contact("CX"),
        may("PER", f"01!{{BL}} 02S:text60 {PHONES}", repeat=0),
        may("PER", f"01!{{IC}} {PHONES}"),
    ),
    required=True,
    repeat=1,
)

_PAYEE = Loop(
    "1000B",
    (
        must("N1", "01!{PE} 02S:text60 03R{FI,XV,XX} 04R:text80"),
        *address(),
        reference("0B,D3,PQ,TJ", repeat=0),
        may("RDM", "01R{BM,EM,FT,OL} 02S:text60 03S:text256"),
    ),
    required=True,
    repeat=1,
)

_PROVIDER_LEVEL = Loop(
    "PLB",
    (
        must(
            "PLB",
            "01R:text50 02R:day 03R 04R:amount 05S 06S:amount 07S 08S:amount 09S 10S:amount 11S 12S:amount 13S 14S:amount",
        ),
    ),
)

REMITTANCE = Guide(
    "835",
    "005010X221A1",
    "HP",
    Loop(
        "835",
        (
            ST,
            must(
                "BPR",
                "01R{C,D,H,I,P,U,X} 02R:amount 03R{C,D} 04R{ACH,BOP,CHK,FWT,NON} 05S{CCP,CTX} 06S{01,04} 07S 08S 09S 10S 11S "
                "12S{01,04} 13S 14S 15S 16R:day",
            ),
            must("TRN", "01R{1} 02R:text50 03R:text10 04S:text50"),
            may("CUR", "01R{PR} 02R:text3"),
            reference("EV"),
            reference("F2"),
            may("DTM", "01!{405} 02R:day"),
            SE,
        ),
        # Some payers leave LX out: their claims stand right under the set.
        (_PAYER, _PAYEE, _HEADERS, _CLAIM, _PROVIDER_LEVEL),
    ),
)
