"""What may stand in the fixed header of an interchange, and what kinds of sets a group may hold."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.x12.envelope import Segment
from clinic.x12.values import wall_clock

# GS01 for each ST01.
FUNCTIONAL_IDS: dict[str, tuple[str, ...]] = {
    "270": ("HS",), "271": ("HB",), "276": ("HR",), "277": ("HN",), "278": ("HI",), "820": ("RA",), "834": ("BE",),
    "835": ("HP",), "837": ("HC",), "997": ("FA",), "999": ("FA",),
}  # fmt: skip

_WIDTHS = (0, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_PARTIES = frozenset({"01", "14", "20", "27", "28", "29", "30", "33", "ZZ"})

# Element, note of a TA1, allowed codes, and what the element is.
_CODED = (
    (1, "010", frozenset({"00", "03"}), "kind of authorization"),
    (3, "012", frozenset({"00", "01"}), "kind of security information"),
    (5, "005", _PARTIES, "kind of sender"),
    (7, "007", _PARTIES, "kind of receiver"),
    (12, "017", frozenset({"00501", "00401", "00402", "00403"}), "version of the envelope"),
    (14, "019", frozenset({"0", "1"}), "wish for a TA1"),
    (15, "020", frozenset({"P", "T", "I"}), "mark of test or production"),
)


def header_faults(isa: Segment) -> Iterator[tuple[str, str, str]]:
    """(element, note of a TA1, sentence) for each fault of an ISA that still could be read."""
    wrong = next((n for n in range(1, 17) if len(isa.get(n)) != _WIDTHS[n]), 0)
    if wrong:
        yield (
            f"ISA{wrong:02d}",
            "022",
            f"The interchange header has {len(isa.raw)} characters, not 105: ISA{wrong:02d} has "
            f"{len(isa.get(wrong))} instead of {_WIDTHS[wrong]}.",
        )
    for number, code, allowed, what in _CODED:
        if isa.get(number) not in allowed:
            yield f"ISA{number:02d}", code, f"{isa.get(number)[:20]!r} is no {what}."
    for number, code, whom in ((6, "006", "sender"), (8, "008", "receiver")):
        if not isa.get(number).strip():
            yield f"ISA{number:02d}", code, f"The interchange names no {whom}."
    if wall_clock("20" + isa.get(9), "0000") is None:
        yield "ISA09", "014", "The interchange's date and time cannot be read."
    elif wall_clock("20" + isa.get(9), isa.get(10)) is None:
        yield "ISA10", "015", "The interchange's date and time cannot be read."
    if not isa.get(13).strip().isdigit():
        yield "ISA13", "018", f"The interchange's control number {isa.get(13)[:20]!r} is not a number."
