"""Files that nobody should send, of any size: nothing but one thing, endlessly."""

from __future__ import annotations

from collections.abc import Callable

from clinic.x12 import acknowledge, write_271, write_835, write_837p, write_999
from tests.x12 import samples

PAID = write_835(samples.ENVELOPE, [samples.remittance()]).decode().replace("\n", "")
CLAIMED = write_837p(samples.ENVELOPE, [samples.batch()]).decode().replace("\n", "")
TOLD = write_271(samples.ENVELOPE, [samples.answer()]).decode().replace("\n", "")
_REFUSED = acknowledge(CLAIMED.replace("ABK:J069", "ABK:J06.9").encode(), samples.ENVELOPE).groups
ANSWERED = write_999(samples.ENVELOPE, _REFUSED).decode().replace("\n", "")
_ISA = PAID[: PAID.index("GS*")]
_GS = "GS*HP*A*B*20260101*1200*1*X*005010X221A1~"

Maker = Callable[[int], str]


def _filled(text: str, mark: str, unit: str) -> Maker:
    """`text` with as many `unit` before `mark` as make it the size asked for."""
    start = text.index(mark)
    return lambda size: text[:start] + unit * (size // len(unit)) + text[start:]


def _long(text: str, mark: str, head: str, unit: str, end: str = "~") -> Maker:
    """One segment before `mark`, with `unit` as often as it takes."""
    start = text.index(mark)
    return lambda size: text[:start] + head + unit * (size // len(unit)) + end + text[start:]


FILES: dict[str, Maker] = {
    "empty segments": _filled(PAID, "SE*", "~"),
    "segments of one letter": _filled(PAID, "SE*", "A~"),
    "unknown segments": _filled(PAID, "SE*", "ZZZ*1~"),
    "segments outside any set": lambda size: _ISA + "X~" * (size // 2),
    "one endless segment": _long(PAID, "SE*", "", "A"),
    "endless elements": _long(PAID, "SE*", "NM1", "*A"),
    "endless adjustments": _long(PAID, "LQ*", "CAS*CO", "*45*1*"),
    "endless components": _long(CLAIMED, "HI*", "HI*ABK", ":A"),
    "endless repetitions": _long(CLAIMED, "LX*", "NM1*82*1*A*B****XX*", "^1"),
    "endless repetitions of a benefit": _long(TOLD, "SE*", "EB*1**", "30^"),
    "an endless number": _long(PAID, "SE*", "CLP*1*1*", "9", "*1~"),
    "levels": _filled(CLAIMED, "SE*", "HL*3*1*22*0~"),
    "levels in levels": _filled(CLAIMED, "SE*", "HL*3*1*20*1~HL*4*3*22*1~HL*5*4*23*0~"),
    "claims": _filled(CLAIMED, "SE*", "CLM*1*1***11:B:1~"),
    "lines": _filled(CLAIMED, "SE*", "LX*1~"),
    "other payers": _filled(CLAIMED, "LX*", "SBR*S*18~"),
    "diagnoses": _filled(CLAIMED, "LX*", "HI*BG:1~"),
    "payments": _filled(PAID, "SE*", "CLP*1~"),
    "paid lines": _filled(PAID, "SE*", "SVC*1~"),
    "provider adjustments": _filled(PAID, "SE*", "PLB*1~"),
    "references": _filled(PAID, "SE*", "REF*1L*1~"),
    "payers": _filled(PAID, "SE*", "N1*PR~"),
    "benefits": _filled(TOLD, "SE*", "EB*1~"),
    "headers and trailers of benefits": _filled(TOLD, "SE*", "LS*2120~LE*2120~"),
    "answered sets": _filled(ANSWERED, "SE*", "AK2*837*1~"),
    "answered segments": _filled(ANSWERED, "IK5*", "IK3*CLM*1**8~"),
    "interchanges": lambda size: (_ISA + "IEA*0*000000042~") * (size // 122),
    "interchanges with TA1": lambda size: (_ISA + "TA1*000000001*260101*1200*A*000~IEA*1*000000042~") * (size // 154),
    "whole files": lambda size: PAID * (size // len(PAID)),
    "groups": lambda size: _ISA + (_GS + "GE*0*1~") * (size // 48),
    "sets": lambda size: _ISA + _GS + "ST*835*0001~SE*2*0001~" * (size // 22),
    "sets that never end": lambda size: _ISA + "ST*1~" * (size // 5),
    "words that begin as headers do": _long(PAID, "SE*", "", "ISA*"),
    "data that say ISA": _filled(PAID, "SE*", "A*ISA~"),
    "newlines before a false header": lambda size: PAID.replace("~", "\n") + "\n" * size + "ISAX",
    "blanks between interchanges": lambda size: (PAID + " " * (size // 20)) * 20,
    "blanks before the first": lambda size: " " * size + PAID,
    "NUL after the last": lambda size: PAID + "\x00" * size,
    "carets and blanks": _filled(PAID, "SE*", "~ ^ "),
}  # fmt: skip
