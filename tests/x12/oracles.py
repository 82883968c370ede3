"""The two independent readers of X12 that judge what we write. Tests only: both refuse legal files of payers."""

from __future__ import annotations

import io
import json
import logging
from functools import cache
from typing import Any
from unittest.mock import patch

import pyx12.map_if
import pyx12.params
import pyx12.x12n_document
from x12sdk.io import X12ModelReader

logging.getLogger("pyx12").setLevel(logging.CRITICAL)


_load_map = pyx12.map_if.load_map_file


@cache
def _map(name: str) -> object:
    return _load_map(name, pyx12.params.params())


def _same_map(name: str, *_: Any) -> object:
    """pyx12 makes its map anew for each file, which takes longer than the file; it does not change while it is walked."""
    return _map(name)


def pyx12_faults(data: bytes) -> list[tuple[str, int, str, str]]:
    """What pyx12 finds: (segment or element, line, code, text)."""
    source = io.StringIO(data.decode("ascii"))
    source.name = "<memory>"
    acknowledgment, report = io.StringIO(), io.StringIO()
    with patch.object(pyx12.map_if, "load_map_file", _same_map):
        good = pyx12.x12n_document.x12n_document(
            pyx12.params.params(), source, acknowledgment, None, None, report
        )
    document = json.loads(report.getvalue() or '{"interchanges": []}')
    faults = []
    for interchange in document["interchanges"]:
        faults += [
            ("ISA", interchange["cur_line"], e["err_cde"], e["err_str"]) for e in interchange["errors"]
        ]
        for group in interchange["groups"]:
            faults += [("GS", group["cur_line"], e["err_cde"], e["err_str"]) for e in group["errors"]]
            for one in group["transactions"]:
                faults += [("ST", one["cur_line"], e["err_cde"], e["err_str"]) for e in one["errors"]]
                for segment in one["segments"]:
                    name, line = segment["seg_id"], segment["cur_line"]
                    faults += [(name, line, e["err_cde"], e["err_str"]) for e in segment["errors"]]
                    for element in segment.get("elements", []):
                        place = f"{name}{element.get('ele_pos') or 0:02d}"
                        faults += [(place, line, e["err_cde"], e["err_str"]) for e in element["errors"]]
    if not good and not faults:
        faults.append(("", 0, "", "refused without a reason"))
    return faults


def x12sdk_models(data: bytes) -> list[object]:
    """The sets of a file as x12sdk reads them; raises where it refuses one."""
    with X12ModelReader(data.decode("ascii")) as reader:
        return list(reader.models())
