"""Provider taxonomy codes: their form, and the list once it is imported. The published list is not ours to ship."""

from __future__ import annotations

import re

from clinic.x12.codes.published import CodeList

TAXONOMIES = CodeList({})
_TAXONOMY = re.compile(r"[0-9]{3}[0-9A-Z]{6}X")


def is_taxonomy(code: str) -> bool:
    """Ten characters that end with X, such as 207Q00000X; whether it is in use only the list can tell."""
    return _TAXONOMY.fullmatch(code) is not None
