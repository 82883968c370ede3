"""What a file is, holds and lacks: counts and money of every kind of transaction, and findings instead of a traceback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clinic.x12 import values
from clinic.x12.checks import check_set, fewer
from clinic.x12.drafting import uncollected
from clinic.x12.envelope import Segment, Source
from clinic.x12.errors import Finding, X12Error
from clinic.x12.sets import OpenSet, SetReader

_NOTHING = Decimal(0)


@uncollected
def inspect(source: Source, path: str = "") -> dict[str, Any]:
    """Kind, counts and money of a file, and `findings` as plain values.

    A file that is no X12 has kind None, no segments, and one error finding with its place and reason; nothing is raised.
    Counts are those of the text as it stands: an amount that is no number counts as nothing.
    """
    result: dict[str, Any] = {"path": path, "kind": None, "segments": 0, "isa": 0, "gs": 0, "st": 0}
    findings: list[Finding] = []
    bodies: list[list[Segment]] = []
    kinds: list[str] = []
    components: list[str] = []
    try:
        reader = SetReader(source)
        for opened in reader:
            body = list(opened.body)
            bodies.append(body)
            kinds.append(opened.kind)
            components.append(opened.delimiters.component)
            findings += fewer(_set_findings(opened, body), len(findings))
        findings += reader.findings
        result.update(segments=reader.last_position, isa=reader.counts["ISA"], gs=reader.counts["GS"],
                      st=reader.counts["ST"])  # fmt: skip
        kind = kinds[0] if kinds else "TA1" if reader.acknowledgments else None
        result["kind"] = kind
        if kind in _COUNTS:
            result.update(_COUNTS[kind](bodies))
        if kind is None:
            findings.append(
                Finding("error", 1, "", "", "", "The interchange holds no transaction and no TA1.")
            )
    except X12Error as error:
        findings.append(error.as_finding())
    findings.sort(key=lambda finding: finding.position)
    result["findings"] = [finding.as_dict() for finding in findings]
    return result


def _set_findings(opened: OpenSet, body: list[Segment]) -> list[Finding]:
    opened.body = iter(body)
    return check_set(opened)[1]


def _amount(text: str) -> Decimal:
    return values.number(text) or _NOTHING


def _sum(segments: list[Segment], name: str, place: int) -> Decimal:
    return sum((_amount(segment.get(place)) for segment in segments if segment.id == name), _NOTHING)


def _adjusted(segment: Segment) -> Decimal:
    return sum((_amount(text) for text in segment.elements[3::3]), _NOTHING)


def _acknowledgment_counts(bodies: list[list[Segment]]) -> dict[str, Any]:
    segments = [segment for body in bodies for segment in body]
    ends = ("IK5", "AK5", "AK9")
    return {
        "ack": [[segment.id, segment.get(1)] for segment in segments if segment.id in ends],
        "ik3": sum(segment.id == "IK3" for segment in segments),
        "ik4": sum(segment.id == "IK4" for segment in segments),
    }


def _listed(key: str, name: str, place: int) -> Callable[[list[list[Segment]]], dict[str, Any]]:
    def count(bodies: list[list[Segment]]) -> dict[str, Any]:
        return {key: [segment.get(place) for body in bodies for segment in body if segment.id == name]}

    return count


def _eligibility_counts(bodies: list[list[Segment]]) -> dict[str, Any]:
    segments = [segment for body in bodies for segment in body]
    return {
        "EB": sum(segment.id == "EB" for segment in segments),
        "AAA": [segment.get(3) for segment in segments if segment.id == "AAA"],
    }


_LINE_AMOUNT = {"SV1": 2, "SV2": 3, "SV3": 2}


def _claim_counts(bodies: list[list[Segment]]) -> dict[str, Any]:
    claims: list[tuple[Decimal, list[Decimal]]] = []
    lines = 0
    for segment in (segment for body in bodies for segment in body):
        if segment.id == "CLM":
            claims.append((_amount(segment.get(2)), []))
        elif segment.id in _LINE_AMOUNT:
            lines += 1
            if claims:
                claims[-1][1].append(_amount(segment.get(_LINE_AMOUNT[segment.id])))
    return {
        "claims": len(claims),
        "lines": lines,
        "charge": str(sum((billed for billed, _ in claims), _NOTHING)),
        "claims_where_lines_sum_ne_clm02": sum(billed != sum(parts, _NOTHING) for billed, parts in claims),
    }


def _remittance_counts(bodies: list[list[Segment]]) -> dict[str, Any]:
    return {"tx": [_remittance(body) for body in bodies]}


def _claim_differences(body: list[Segment]) -> list[tuple[Segment, Decimal]]:
    """Each CLP with paid less what billed and adjustments give."""
    found: list[tuple[Segment, Decimal]] = []
    for segment in body:
        if segment.id == "CLP":
            found.append((segment, _amount(segment.get(4)) - _amount(segment.get(3))))
        elif segment.id == "CAS" and found:
            claim, difference = found[-1]
            found[-1] = (claim, difference + _adjusted(segment))
    return found


def _check_difference(body: list[Segment]) -> Decimal:
    paid = _sum(body, "BPR", 2)
    return paid - (_sum(body, "CLP", 4) - _plb(body))


def _plb(body: list[Segment]) -> Decimal:
    return sum(
        (_amount(text) for segment in body if segment.id == "PLB" for text in segment.elements[4::2]),
        _NOTHING,
    )


def _remittance(body: list[Segment]) -> dict[str, Any]:
    payment = next((segment for segment in body if segment.id == "BPR"), Segment("BPR", ("BPR",), 0))
    return {
        "bpr": str(_amount(payment.get(2))),
        "method": payment.get(4),
        "clp": sum(segment.id == "CLP" for segment in body),
        "svc": sum(segment.id == "SVC" for segment in body),
        "charge": str(_sum(body, "CLP", 3)),
        "paid": str(_sum(body, "CLP", 4)),
        "plb": str(_plb(body)),
        "balanced": _check_difference(body) == 0,
        "claims_out_of_balance": sum(difference != 0 for _, difference in _claim_differences(body)),
        "status": dict(Counter(segment.get(2) for segment in body if segment.id == "CLP")),
    }


_COUNTS: dict[str, Callable[[list[list[Segment]]], dict[str, Any]]] = {
    "999": _acknowledgment_counts,
    "997": _acknowledgment_counts,
    "277": _listed("STC", "STC", 1),
    "277CA": _listed("STC", "STC", 1),
    "278": _listed("HCR", "HCR", 1),
    "271": _eligibility_counts,
    "837P": _claim_counts,
    "837I": _claim_counts,
    "837D": _claim_counts,
    "835": _remittance_counts,
}
