"""What the guides ask for beyond the place of segments: situations and sums, one line each, per implementation.

The notation is `clinic.x12.conditions`. Each line says where, what, what is wrong and what to do. In a file of others
(`inbound`) what the sender alone can mend is a warning, in a file of ours (`outbound`) an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from clinic.x12 import values
from clinic.x12.codes import CARC, PLB_REASONS, RARC, STATUS_CATEGORIES, CodeList
from clinic.x12.conditions import Hit, Quirk, Rule, bars, forgive, holds, looks, needs, sums
from clinic.x12.envelope import Segment
from clinic.x12.errors import Finding, Severity
from clinic.x12.implementations import asks
from clinic.x12.reader import Node
from clinic.x12.sets import OpenSet

_PO_BOX = re.compile(
    r"\bP\.? ?O\.?(?: ?B\.?)? ?BOX\b|\bPOST OFFICE BOX\b|\bLOCK ?BOX\b|^BOX \d", re.IGNORECASE
)
_DIAGNOSES = ("ABK", "BK")
# What is said of a level that names its neighbour as the one above.
BESIDE = "That is the level beside it."
_BOTH_WARN: tuple[Severity, Severity] = ("warning", "warning")


def npi_is_sound(npi: str) -> bool:
    """The Luhn check of an NPI under the prefix 80840."""
    if len(npi) != 10 or not (npi.isascii() and npi.isdigit()):
        return False
    total = 24
    for place, letter in enumerate(reversed(npi)):
        digit = int(letter) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def _no_box(street: str) -> bool:
    return _PO_BOX.search(street) is None


def _pointers(node: Node, separator: str) -> Iterator[Hit]:
    """A line points to diagnoses by their place; there must be one."""
    first = next(
        (s for s in node.segments if s.id == "HI" and s.get(1).partition(separator)[0] in _DIAGNOSES), None
    )
    if first is None:
        return  # That is said already.
    count = sum(1 for text in first.elements[1:] if text)
    for line in node.nodes("2400"):
        for service in line.all("SV1"):
            for place, pointer in enumerate(service.get(7).split(separator), 1):
                if pointer.isascii() and pointer.isdigit() and len(pointer) < 3 and int(pointer) > count:
                    says = f"The line points to diagnosis {pointer}; the claim has {count}."
                    yield Hit(service, f"SV107-{place}", pointer, says)


def _line_numbers(node: Node, separator: str) -> Iterator[Hit]:
    """Lines of a claim count from 1; answers name them by it."""
    for count, line in enumerate(node.nodes("2400"), 1):
        number = line.segments[0].get(1)
        if number.lstrip("0") != str(count):
            yield Hit(line.segments[0], "LX01", number, f"LX01 is {number[:20]!r}, {count} comes next.")


def _patients(node: Node, separator: str) -> Iterator[Hit]:
    """SBR02 says 18 exactly where the claims stand under the subscriber, not under a patient of their own."""
    subscriber = node.first("SBR")
    if subscriber is None:
        return
    code, own, others = subscriber.get(2), node.node("2300"), node.node("2000C")
    if own is not None and not code:
        yield Hit(
            subscriber,
            "SBR02",
            code,
            "The claim is the subscriber's own, but SBR02 does not say 18.",
            asks="SBR02",
        )
    elif code == "18" and own is None and others is not None:
        yield Hit(
            subscriber, "SBR02", code, "SBR02 says that the subscriber is the patient, but a patient follows."
        )


def _npis(node: Node, separator: str) -> Iterator[Hit]:
    """NM109 under XX, N104 under XX."""
    for segment in node.segments:
        place = 8 if segment.id == "NM1" else 3 if segment.id == "N1" else 0
        if place and segment.get(place) == "XX" and segment.get(place + 1):
            number = segment.get(place + 1)
            if not npi_is_sound(number):
                yield Hit(
                    segment,
                    f"{segment.id}{place + 1:02d}",
                    number,
                    f"{number[:40]!r} is not an NPI: {_why(number)}.",
                )


def _why(number: str) -> str:
    return "its check digit is wrong" if len(number) == 10 and number.isdigit() else "it has not ten digits"


def _unlisted(segment: Segment, places: range, codes: dict[str, str], what: str) -> Iterator[Hit]:
    for place in places:
        code = segment.get(place)
        if code and code not in codes:
            yield Hit(
                segment, f"{segment.id}{place:02d}", code, f"{code[:20]!r} is not a {what} on our list."
            )


def _reasons(node: Node, separator: str) -> Iterator[Hit]:
    for segment in node.segments:
        if segment.id == "CAS":
            yield from _unlisted(segment, range(2, min(len(segment.elements), 18), 3), CARC, "reason code")


def _stopped(node: Node, separator: str) -> Iterator[Hit]:
    """A code that the imported list had already ended, or not yet begun, on the day of the payment."""
    payment = node.first("BPR")
    on = values.day(payment.get(16)) if payment else None
    if on is None or not (CARC.periods or RARC.periods):
        return
    for segment in node.everything():
        places: list[tuple[int, CodeList]] = []
        if segment.id == "CAS":
            places = [(place, CARC) for place in range(2, min(len(segment.elements), 18), 3)]
        elif segment.id == "LQ" and segment.get(1) == "HE":
            places = [(2, RARC)]
        elif segment.id == "MOA":
            places = [(place, RARC) for place in range(3, 8)]
        for place, codes in places:
            code = segment.get(place)
            if codes.stopped(code, on):
                says = f"{code[:20]!r} was not in use on {on:%m/%d/%Y}."
                yield Hit(segment, f"{segment.id}{place:02d}", code, says)


def _remarks(node: Node, separator: str) -> Iterator[Hit]:
    for segment in node.segments:
        if segment.id == "LQ" and segment.get(1) == "HE":
            yield from _unlisted(segment, range(2, 3), RARC, "remark code")
        elif segment.id == "MOA":
            yield from _unlisted(segment, range(3, 8), RARC, "remark code")
        elif segment.id == "MIA":
            yield from _unlisted(segment, range(5, 6), RARC, "remark code")
            yield from _unlisted(segment, range(20, 24), RARC, "remark code")


def _provider_reasons(node: Node, separator: str) -> Iterator[Hit]:
    for segment in node.segments:
        for place in range(3, min(len(segment.elements), 14), 2):
            code = segment.get(place).partition(separator)[0]
            if code and code not in PLB_REASONS:
                yield Hit(
                    segment,
                    f"PLB{place:02d}-1",
                    code,
                    f"{code[:20]!r} is not an adjustment reason on our list.",
                )


def _answered(node: Node, separator: str) -> Iterator[Hit]:
    """AK9 counts the sets that the 999 answers."""
    for last in node.nodes("AK9"):
        answers = [end.get(1) for one in node.nodes("2000") for end in one.all("IK5", "AK5")[-1:]]
        taken = sum(code in ("A", "E") for code in answers)
        end = last.segments[0]
        if answers and end.get(4).strip().lstrip("0") != str(taken or ""):
            yield Hit(
                end, "AK904", end.get(4), f"AK904 counts {end.get(4)[:10]!r} accepted sets, {taken} are."
            )


_COMMON = (
    holds("", _npis, "Look the NPI up in NPPES and send that.", code="I12"),
    looks("", "PRV03", r"[0-9A-Z]{9}X", "is not a taxonomy code, which has ten characters and ends with X.", "Look the code up in the NUCC list."),
    needs("", "N402", "N403", "The address has a state but no ZIP code.", "Add the ZIP code."),
)  # fmt: skip

_REASONS = (
    holds("2100 2110 2320 2430", _reasons, "Nothing is refused for it: codes change three times a year. Look it up in the current list.", *_BOTH_WARN, code=""),
    holds("2100 2110 2320", _remarks, "Nothing is refused for it: codes change three times a year. Look it up in the current list.", *_BOTH_WARN, code=""),
)  # fmt: skip


def _known_category(code: str) -> bool:
    return code in STATUS_CATEGORIES


def _no_claim(node: Node, separator: str) -> Iterator[Hit]:
    """A subscriber is the patient of a claim, or has dependents who are."""
    if not node.nodes("2200D", "2000E"):
        yield Hit(node.segments[0], "", "", "The patient has no claim (TRN).", "TRN")


def _unborn(node: Node, separator: str) -> Iterator[Hit]:
    """A subscriber who is the patient is known by birth date."""
    if node.nodes("2200D") and node.first("DMG") is None:
        yield Hit(
            node.segments[0], "", "", "The subscriber is the patient and has no birth date (DMG).", "DMG"
        )


def _nothing_asked(node: Node, separator: str) -> Iterator[Hit]:
    """A request for review names a patient event; an answer that refuses has none."""
    start = next((segment for segment in node.segments if segment.id == "BHT"), None)
    if start is None or not asks(start.get(2)):
        return
    for patient in (person for top in node.children for person in _below(top, "2000C")):
        if not any(True for _ in _below(patient, "2000E")):
            yield Hit(
                patient.segments[0],
                "",
                "",
                "The request is about nothing: it has no patient event (HL*EV).",
                "HL*EV",
            )


def _below(node: Node, loop: str) -> Iterator[Node]:
    for child in node.children:
        if child.loop == loop:
            yield child
        else:
            yield from _below(child, loop)


# Some senders put dental lines under the institutional guide, and the sum still must hold.
_CHARGES = "2400/SV102 + 2400/SV203 + 2400/SV302"
_CLAIMS = (
    *_COMMON,
    *_REASONS,
    sums("2300", f"CLM02 = {_CHARGES}", "The claim's total", "Make the total the sum of its lines.", given="2400"),
    holds("2300", _line_numbers, "Number the lines of each claim 1, 2, 3 and so on.", "error", "error"),
    holds("2000B", _patients, "Say 18 where the subscriber is the patient; else leave SBR02 empty and give the patient a level (HL*23).", code="I9"),
    needs("2300", "CLM05-3=7,8", "REF*F8", "A replacement or void does not say which claim it is about (REF*F8).", "Add the payer's own number of the first claim."),
    bars("2300", "CLM05-3=1", "REF*F8", "A first claim names an earlier one (REF*F8).", "Leave REF*F8 out, or send frequency 7 or 8."),
    looks("2010AA", "N301", _no_box, "is a post office box; a billing provider needs a street.", "Send the street here, and the box as pay-to address."),
    looks("2010AA 2310C 2310E 2420C", "N403", r"\d{9}|[^\d]*", "is not the ZIP code of nine digits that is asked for here.", "Look up the four digits that are missing."),
)  # fmt: skip


_CLAIM_OF_PATIENT = holds(
    "2000D", _no_claim, "Add the claim, or leave the patient out.", "error", "error", code="I7"
)

RULES: dict[str, tuple[Rule, ...]] = {
    "837P": (
        *_CLAIMS,
        holds("2300", _pointers, "Add the diagnosis to the claim, or point to one it has.", "error", "error"),
        needs("2300", "CLM11-1=AA,OA", "DTP*439", "The claim is for an accident and has no date of it (DTP*439).", "Add the date of the accident."),
        needs("2300", "CLM11-2=AA,OA", "DTP*439", "The claim is for an accident and has no date of it (DTP*439).", "Add the date of the accident."),
        needs("2300", "CLM11-1=AA", "CLM11-4", "The claim is for an automobile accident and does not say in which state.", "Add the state of the accident."),
    ),
    "837I": _CLAIMS,
    "837D": _CLAIMS,
    "835": (
        *_COMMON,
        *_REASONS,
        sums("2100", "CLP04 = CLP03 - CAS - 2110/CAS", "What was paid for the claim, billed less adjustments,", "Do not post it as it stands: ask the payer for a corrected remittance (R4)."),
        sums("2110", "SVC03 = SVC02 - CAS", "What was paid for the line, billed less adjustments,", "Do not post it as it stands: ask the payer for a corrected remittance (R4)."),
        sums("2100", "CLP03 = 2110/SVC02", "What was billed for the claim, all its lines together,", "Compare with the claim as it was sent (R4).", given="2110"),
        sums("835", "BPR02 = 2100/CLP04 - PLB/PLB", "The payment, all claims less provider adjustments,", "Do not post it as it stands: compare with the bank, and ask the payer (R4, R5)."),
        looks("835", "BPR02", r"[^-].*", "is below nothing; what is owed to the payer is carried forward in PLB.", "Ask the payer how it wants the money back.", *_BOTH_WARN),
        holds("835", _stopped, "Nothing is refused for it; the published list has the days of each code.", *_BOTH_WARN, code=""),
        holds("PLB", _provider_reasons, "Nothing is refused for it; look it up in the payer's guide.", *_BOTH_WARN, code=""),
    ),
    "270": _COMMON,
    "271": _COMMON,
    "276": (
        *_COMMON,
        _CLAIM_OF_PATIENT,
        holds("2000D", _unborn, "Add the birth date: the payer looks the patient up by it.", code="I6"),
    ),
    "277": (
        *_COMMON,
        _CLAIM_OF_PATIENT,
        looks("2200B 2200C 2200D 2200E 2220D 2220E", "STC01-1", _known_category, "is not a status category on our list.", "Nothing is refused for it; look it up in the current list.", *_BOTH_WARN, code=""),
    ),
    "277CA": _COMMON,
    "278": (
        *_COMMON,
        holds("278", _nothing_asked, "Add the patient event: what is asked for, when and why.", "error", "error", code="I7"),
        needs("2000E 2000F", "HCR01=A1,A2,A6", "HCR02", "It is approved, but without an authorization number.", "Ask the payer for the number: a claim may need it.", *_BOTH_WARN),
    ),
    "999": (holds("999", _answered, "Trust the answer to each set, not the sum.", *_BOTH_WARN, code=""),),
}  # fmt: skip

QUIRKS: dict[str, tuple[Quirk, ...]] = {
    "837P": (
        forgive("2400", "DTP", "A predetermination has no date of service.", version="X291"),
        forgive("2400", "DTP", "A predetermination has no date of service.", version="X298"),
    ),
    "837I": (forgive("2300", "DTP", "A predetermination has no statement dates.", version="X292"),),
    "278": (
        forgive("2000F", "HL02", "The published examples do so, and senders follow them.", saying=BESIDE),
    ),
}


def forgiven(findings: list[Finding], opened: OpenSet) -> list[Finding]:
    """The findings of a set; those that a quirk forgives are notes."""
    quirks = [quirk for quirk in QUIRKS.get(opened.kind, ()) if _applies(quirk, opened)]
    if not quirks:
        return findings
    return [_as_note(one, quirks) for one in findings]


def _applies(quirk: Quirk, opened: OpenSet) -> bool:
    senders = (opened.envelope.sender_id, opened.envelope.group_sender)
    return quirk.version in opened.version and (not quirk.sender or quirk.sender in senders)


def _as_note(one: Finding, quirks: list[Quirk]) -> Finding:
    for quirk in quirks:
        here = one.loop == quirk.loop and quirk.segment in (one.segment, one.element)
        if here and quirk.saying in one.message:
            return replace(
                one,
                severity="note",
                message=f"{one.message} {quirk.reason}",
                code="",
                advice="Nothing to do.",
            )
    return one
