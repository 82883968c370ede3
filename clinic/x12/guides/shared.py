"""Segments that several guides have in common."""

from __future__ import annotations

from clinic.x12.guide import Seg, may, must

ST = must("ST", "01R 02R:text9 03S")
SE = Seg("SE", "01R:int 02R:text9", required=False, repeat=1, trailing=True)
N3 = "01R:text55 02S:text55"
N4 = "01R:text30 02S:text2 03S:zip 04S:text3"
PERSON_NAME = "02R{1,2} 03R:text60 04S:text35 05S:text25 07S:text10"
NPI = "08S{XX} 09S:npi"
PHONES = (
    "03S{TE,FX,EM,EX,ED,UR} 04S:text256 05S{TE,FX,EM,EX,ED,UR} 06S:text256 07S{TE,FX,EM,EX,ED,UR} 08S:text256"
)
CAS = (
    "01R{CO,OA,PI,PR,CR} 02R:text5 03R:amount 04S:number 05S:text5 06S:amount 07S:number 08S:text5 09S:amount "
    "10S:number 11S:text5 12S:amount 13S:number 14S:text5 15S:amount 16S:number 17S:text5 18S:amount 19S:number"
)
DMG = "01R{D8} 02R:day 03S{F,M,U}"
MOA = "01S:number 02S:amount 03S:text50 04S:text50 05S:text50 06S:text50 07S:text50 08S:amount 09S:amount"


def address(required: bool = False) -> tuple[Seg, Seg]:
    """N3 and N4."""
    make = must if required else may
    return make("N3", N3), make("N4", N4)


def contact(code: str = "IC", repeat: int = 1) -> Seg:
    """A situational PER."""
    return may("PER", f"01!{{{code}}} 02S:text60 {PHONES}", repeat)


def reference(codes: str, repeat: int = 1, required: bool = False) -> Seg:
    """A REF with one of `codes`."""
    make = must if required else may
    return make("REF", f"01!{{{codes}}} 02R:text50", repeat)
