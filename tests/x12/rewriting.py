"""The segments of a file in one form, to compare what was read with what is written from it.

Numbers lose zeros that say nothing (150.00, 1.00) and times their full minute's seconds, letters their case, ranges of
one day become that day, and empty elements at the end go: our writer writes the shortest form of each.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from clinic.x12 import read_interchanges

CORPUS = Path(os.environ.get("EDI_CORPUS") or Path(__file__).parents[3] / "shared" / "edi-corpus")
_DECIMAL = re.compile(r"-?\d*\.\d+")


def corpus_files(*kinds: str) -> list[str]:
    """The public files of some kinds, none where the folder is not on this machine."""
    listed = CORPUS / "EXPECT.jsonl"
    if not listed.is_file():
        return []
    found = [json.loads(line) for line in listed.read_text().splitlines()]
    return [item["path"] for item in found if item["kind"] in kinds]


def plain_segments(data: bytes) -> list[tuple[str, ...]]:
    """ST to SE of every set, each segment as its elements."""
    found = []
    for interchange in read_interchanges(data):
        component = interchange.envelope.delimiters.component
        for segment in (segment for item in interchange.sets for segment in item.segments):
            elements = [_plain(text, component) for text in segment.elements]
            if segment.id == "DTP" and elements[2:3] == ["RD8"]:
                start, _, end = elements[3].partition("-")
                if start == end:
                    elements[2:4] = ["D8", start]
            if segment.id == "BHT" and len(elements) > 5 and len(elements[5]) == 6:
                elements[5] = elements[5].removesuffix("00")
            while not elements[-1]:
                elements.pop()
            found.append(tuple(elements))
    return found


def _plain(text: str, component: str) -> str:
    parts = [part.strip().upper() for part in text.split(component)]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return ":".join(_number(part) for part in parts)


def _number(text: str) -> str:
    if not _DECIMAL.fullmatch(text):
        return text
    whole = text.rstrip("0").rstrip(".")
    return whole if whole not in ("", "-", "-0") else "0"
