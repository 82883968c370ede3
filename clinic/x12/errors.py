"""What can be wrong with an X12 file: an error when it cannot be read at all, findings for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


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
        return Finding("error", self.position, self.loop, self.element, self.value, self.message)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with, or worth knowing about, a file that could be read.

    `position` counts segments of the file from 1, so it points at the raw line; `set_position` counts from ST = 1
    within the transaction set, as a 999 does (0 where the finding is not inside one). `code` is the 999 code:
    of IK3 when `element` is empty, of IK4 when it names one.
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
            "code": self.code,
            "transaction_set": self.transaction_set,
        }
