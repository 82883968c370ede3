"""What can be wrong with an X12 file: an error when it cannot be read at all, findings for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from clinic.x12.drafting import draft_class

Severity = Literal["error", "warning", "note"]
# What the file is to us: somebody's ("in"), or ours before it leaves ("out").
Direction = Literal["in", "out"]

# What to do about each code of a 999: of IK4 where an element is named, of IK3 where a segment is.
_ELEMENT_ADVICE = {
    "1": "Give {place} a value.",
    "2": "Give {place} a value; what else the segment says asks for it.",
    "3": "Send no more elements than the segment has.",
    "4": "Send the whole value.",
    "5": "Shorten the value.",
    "6": "Send the value in its plain form, without other characters.",
    "7": "Send a code that the guide lists for {place}.",
    "8": "Send a real date as CCYYMMDD.",
    "9": "Send a real time as HHMM.",
    "12": "Send the element once.",
    "I9": "Give {place} a value; what else the claim says asks for it.",
    "I10": "Leave {place} empty.",
    "I12": "Look the value up and send it as issued.",
    "I13": "Leave {place} empty; what else the claim says rules it out.",
}
_SEGMENT_ADVICE = {
    "1": "Nothing is lost: the segment is kept as it stands. Ask the sender what it is for.",
    "2": "Move the segment to the loop it belongs to, or leave it out.",
    "3": "Add the segment.",
    "4": "Leave the surplus loops out, or send them in a claim of their own.",
    "5": "Leave the surplus segments out.",
    "6": "Leave the segment out.",
    "7": "Put the segment before the loops that follow it.",
    "8": "Mend the elements named.",
    "I6": "Add the segment; what else the claim says asks for it.",
    "I7": "Add the loop.",
    "I9": "Leave the segment out.",
}
_LEVEL_ADVICE = {
    "HL01": "Number the levels 1, 2, 3 in the order in which they stand.",
    "HL02": "Name the HL01 of the level above.",
    "HL04": "Send 1 where levels stand below, 0 where none does; or ask whether levels were lost on the way.",
}
_ANY_ADVICE = "Compare the segment with the sender's own record, and ask for a corrected file."


def _place(position: int, loop: str, element: str) -> str:
    parts = []
    if position:
        parts.append(f"segment {position}")
    if loop:
        parts.append(f"loop {loop}")
    if element:
        parts.append(element)
    return ", ".join(parts)


class X12Error(Exception):
    """The input cannot be read as X12 (empty, binary, truncated header, something else entirely).

    `position` is the number of the segment in the file, counted from 1 (0: before the first one); `loop`, `element`
    (such as "ISA16") and `value` are empty where they are not known; `message` is one plain sentence.
    """

    def __init__(self, position: int, loop: str, element: str, value: str, message: str) -> None:
        self.position = position
        self.loop = loop
        self.element = element
        self.value = value
        self.message = message
        super().__init__(str(self))

    def __str__(self) -> str:
        place = _place(self.position, self.loop, self.element)
        return f"{place}: {self.message}" if place else self.message

    def as_finding(self) -> Finding:
        """The same fault as a finding, for callers that list faults and never stop."""
        return Finding(
            "error", self.position, self.loop, self.element, self.value, self.message, segment=self.element[:3],
            advice="Load the X12 file itself; where there is none, ask the sender for the whole file.",
        )  # fmt: skip


# More findings than anybody reads: beyond that each set of a file keeps its first error only.
MOST_IN_FILE = 50_000


@dataclass(slots=True)
class Room:
    """How many findings of one file may still be listed; its sets share it."""

    left: int = MOST_IN_FILE


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with, or worth knowing about, a file that could be read.

    `position` counts segments of the file from 1, so it points at the raw line; `set_position` counts from ST = 1
    within the transaction set, as a 999 does (0 where the finding is not inside one). `code` is the 999 code:
    of IK3 when `element` is empty, of IK4 when it names one. `advice` is what to do, one sentence; where whoever found
    it has none of its own, it is what the code asks for. `trigger` is what asks for something that is missing or wrong:
    segment, its place in the set, loop and element.
    """

    severity: Severity
    position: int
    loop: str
    element: str
    value: str
    message: str
    code: str = ""
    segment: str = ""
    transaction_set: str = ""
    set_position: int = 0
    advice: str = ""
    trigger: tuple[str, int, str, str] | None = None

    def __post_init__(self) -> None:
        if not self.advice:
            object.__setattr__(self, "advice", _advice(self.code, self.element))

    def __str__(self) -> str:
        place = _place(self.position, self.loop, self.element or self.segment)
        return f"{place}: {self.message}" if place else self.message

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "severity": self.severity,
            "position": self.position,
            "loop": self.loop,
            "segment": self.segment,
            "element": self.element,
            "value": self.value,
            "message": self.message,
            "advice": self.advice,
            "code": self.code,
            "transaction_set": self.transaction_set,
        }


@lru_cache(maxsize=4096)
def _advice(code: str, element: str) -> str:
    """What a code asks for, of an element where one is named."""
    table = _ELEMENT_ADVICE if element else _SEGMENT_ADVICE
    sentence = table.get(code, _ANY_ADVICE)
    if code == "7":
        sentence = _LEVEL_ADVICE.get(element, sentence)
    return sentence.replace("{place}", element)


_Draft = draft_class(Finding)


def finding(
    severity: Severity,
    position: int,
    loop: str,
    element: str,
    value: str,
    message: str,
    code: str,
    segment: str,
    transaction_set: str,
    set_position: int,
    advice: str = "",
) -> Finding:
    """A `Finding` in a set, at a third of the cost: a broken file has tens of thousands."""
    draft = _Draft()
    draft.severity = severity
    draft.position = position
    draft.loop = loop
    draft.element = element
    draft.value = value
    draft.message = message
    draft.code = code
    draft.segment = segment
    draft.transaction_set = transaction_set
    draft.set_position = set_position
    draft.advice = advice or _advice(code, element)
    draft.trigger = None
    draft.__class__ = Finding
    made: Finding = draft
    return made
