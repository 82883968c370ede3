"""278 request for review and its response, 005010X217: may this be done, and what the payer decides."""

from __future__ import annotations

from clinic.x12.guide import Guide, Loop, Seg, may, must
from clinic.x12.guides.shared import DMG, PHONES, SE, ST, address

_DIAGNOSIS_LISTS = "ABF,ABJ,ABK,APR,BF,BJ,BK,DR,LOI,PR"
_PROVIDERS = "71,72,73,77,1T,AAJ,DD,DK,DN,FA,G3,P3,QB,QV,SJ"
_TRANSPORT = "45,FS,ND,PW,R3"
_OTHER_REVIEWERS = "00,CA,GG,HK,X3"
_NAME = "02R{1,2} 03S:text60 04S:text35 05S:text25 07S:text10"
_ID = "08S{24,34,46,XX} 09S:text80"
# A payer's name under another code is read as the reviewer, and is wrong all the same.
_UMO = must("NM1", f"01!{{X3,PR}} 01R{{X3}} {_NAME} 08R{{24,34,46,PI,XV}} 09R:text80")
_REF = may("REF", "01R 02R:text50 03S:text80", repeat=9)
_PER = may("PER", f"01R{{IC}} 02S:text60 {PHONES}", repeat=3)
_PRV = may("PRV", "01R{AD,AS,AT,OP,OR,OT,PC,PE,RF} 02R{PXC} 03R:text50")
_AAA = may("AAA", "01R{Y,N} 03S:text2 04S{C,N,P,R,S,W,X,Y}", repeat=9)
_TRN = may("TRN", "01R{1,2} 02R:text50 03R:text10 04S:text50", repeat=3)
_MSG = may("MSG", "01R:text264")
_PWK = may("PWK", "01R:text2 02R{AA,BM,EL,EM,FX,VO} 05S{AC} 06S:text80 07S:text80", repeat=10)
_HSD = may("HSD", "01S{DY,FL,HS,MN,VS} 02S:number 03S{DA,MO,WK} 04S:number 05S 06S:number 07S 08S")
_HCR = may("HCR", "01R{A1,A2,A3,A4,A6,C,CT,NA} 02S:text50 03S 04S{N,Y}")
_REVIEW = "01R{AR,HS,IN,SC} 02R{1,2,3,4,5,6,I,N,R,S} 03S:text2 04.1S 04.2S{A,B} 05.1S 06S{03,E,U} 07S 08S 09S{A,I,M,O,Y} 10S"
_SERVICE_CODE = "{place}.1{usage}{{AD,ER,HC,HP,ID,IV,N4,WK,ZZ}} {place}.2{usage}"


def _diagnoses(lists: str) -> str:
    places = [
        f"{place:02d}.1S{{{lists}}} {place:02d}.2S:icd {place:02d}.3S{{D8}} {place:02d}.4S:day"
        for place in range(2, 13)
    ]
    return " ".join([f"01.1R{{{lists}}} 01.2R:icd 01.3S{{D8}} 01.4S:day", *places])


def _level(code: str) -> Seg:
    parent = "" if code == "20" else "02R:int "
    return must("HL", f"01R:int {parent}03!{{{code}}} 04R{{0,1}}")


def _dates(codes: str) -> Seg:
    return may("DTP", f"01!{{{codes}}} 02R{{D8,RD8}} 03R:when", repeat=len(codes.split(",")))


def _refused(answer: bool) -> tuple[Seg, ...]:
    return (_AAA,) if answer else ()


def _requester(answer: bool) -> Loop:
    name = must("NM1", f"01!{{1P,FA}} {_NAME} 08R{{24,34,46,XX}} 09R:text80")
    return Loop("2010B", (name, _REF, *address(), _PER, *_refused(answer), _PRV), required=True, repeat=1)


def _person(loop: str, code: str, answer: bool) -> Loop:
    number = " 08R{II,MI} 09R:text80" if code == "IL" else ""
    name = must("NM1", f"01!{{{code}}} {_NAME}{number}")
    relation = may("INS", "01R{Y,N} 02R:text2 08S 17S:int")
    return Loop(
        loop, (name, _REF, *address(), *_refused(answer), may("DMG", DMG), relation), required=True, repeat=1
    )


def _provider(loop: str, answer: bool) -> Loop:
    name = must("NM1", f"01!{{{_PROVIDERS}}} {_NAME} {_ID}")
    return Loop(loop, (name, _REF, *address(), _PER, *_refused(answer), _PRV))


def _more_information(loop: str) -> Loop:
    """Whom to send what the payer wants to see before it decides."""
    return Loop(loop, (must("NM1", f"01!{{L5}} {_NAME} {_ID}"), *address(), _PER), repeat=1)


def _transport(loop: str, answer: bool) -> Loop:
    name = must("NM1", f"01!{{{_TRANSPORT}}} 02R{{2}} 03S:text60")
    return Loop(loop, (name, *address(), *_refused(answer)), repeat=5)


def _event_segments(answer: bool) -> tuple[Seg, ...]:
    """2000E: what is asked for, or decided about, as a whole."""
    asked = "439,484,ABC,431,AAH,435,096"
    conditions = may("CRC", "01R{07,08,09,11,75,76,77} 02R{N,Y} 03R 04S 05S 06S 07S", repeat=7)
    return (
        _level("EV"),
        _TRN,
        *_refused(answer),
        (may if answer else must)("UM", _REVIEW),
        *((_HCR,) if answer else ()),
        may("REF", "01!{BB,NT} 02R:text50", repeat=2),
        _dates(f"{asked},102,036,007" if answer else asked),
        may("HI", _diagnoses(_DIAGNOSIS_LISTS)),
        _HSD,
        *(() if answer else (conditions,)),
        may("CL1", "01S 02S 03S"),
        may(
            "CR1",
            "01S{KG,LB} 02S:number 03R{I,R,T,X} 04S{A,B,C,D,E} 05S{DH,DK} 06S:number 09S:text80 10S:text80",
        ),
        may("CR2"),
        may("CR5"),
        may("CR6"),
        _PWK,
        _MSG,
    )


def _service(answer: bool) -> Loop:
    """2000F: one service of the event."""
    code = _SERVICE_CODE.format(place="01", usage="R")
    optional = _SERVICE_CODE.format(place="02", usage="S")
    return Loop(
        "2000F",
        (
            _level("SS"),
            _TRN,
            *_refused(answer),
            may("UM", _REVIEW),
            *((_HCR,) if answer else ()),
            may("REF", "01!{BB,NT} 02R:text50", repeat=2),
            _dates("472,102,036,007" if answer else "472"),
            *((may("HI", _diagnoses("LOI")),) if answer else ()),
            may("SV1", f"{code} 02S:amount 03S{{F2,MJ,UN}} 04S:number 11S 20S"),
            may("SV2", f"01S:text48 {optional} 03S:amount 04S{{DA,F2,UN}} 05S:number 06S:amount"),
            may("SV3", f"{code} 02S:amount 05S 06S:number"),
            may("TOO", "01R{JP} 02S 03S", repeat=32),
            _HSD,
            _PWK,
            _MSG,
        ),
        (
            _provider("2010FA" if answer else "2010F", answer),
            *((_more_information("2010FB"),) if answer else ()),
        ),
    )


def _event(answer: bool) -> Loop:
    reviewers = Loop(
        "2010EC",
        (
            must("NM1", f"01!{{{_OTHER_REVIEWERS}}} 02R{{2}} 03S:text60"),
            may("REF", "01R 02R:text50", repeat=4),
            may("DTP", "01R 02R{D8} 03R:when"),
        ),
        repeat=3,
    )
    inside = (
        (_more_information("2010EB"), _transport("2010EC", True))
        if answer
        else (_transport("2010EB", False), reviewers)
    )
    return Loop(
        "2000E",
        _event_segments(answer),
        (_provider("2010EA", answer), *inside, _service(answer)),
        required=False,
        repeat=0 if answer else 1,
    )


def _levels(answer: bool) -> Loop:
    """2000A down to the services. An answer may end where it refuses (E5)."""
    contact = (_PER,) if answer else ()
    below = not answer
    patient = Loop(
        "2000C",
        (_level("22"),),
        (
            _person("2010C", "IL", answer),
            Loop("2000D", (_level("23"),), (_person("2010D", "QC", answer), _event(answer)), repeat=1),
            _event(answer),
        ),
        required=below,
        repeat=1,
    )
    requester = Loop("2000B", (_level("21"),), (_requester(answer), patient), required=below, repeat=1)
    return Loop(
        "2000A",
        (_level("20"), *_refused(answer)),
        (
            Loop("2010A", (_UMO, *contact, *_refused(answer)), required=True, repeat=1),
            requester,
        ),
        required=True,
        repeat=1,
    )


def _guide(bht: str, answer: bool) -> Guide:
    root = Loop(
        "278", (ST, must("BHT", f"01R{{0007}} {bht} 03R:text50 04R:day 05R:time"), SE), (_levels(answer),)
    )
    return Guide("278", "005010X217", "HI", root)


AUTHORIZATION_REQUEST = _guide("02R{01,13,36} 06S{RU}", answer=False)
AUTHORIZATION_ANSWER = _guide("02R{11} 06S{18,19,AT,RU}", answer=True)
