"""What was read from a public file is written as it stood: each segment between ST and SE.

Forgiven is what `rewriting` forgives: empty ends, lower case and the way to write a number. The files are not ours to
ship, so this runs where the folder is there.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clinic.x12 import (
    iter_segments,
    read_270,
    read_271,
    read_277ca,
    read_835,
    read_999,
    read_ta1,
    validate,
    write_270,
    write_271,
    write_277ca,
    write_835,
    write_999,
    write_ta1,
)
from tests.x12.rewriting import CORPUS, corpus_files, plain_segments

pytestmark = pytest.mark.skipif(
    not corpus_files("835"), reason="the public sample files are not on this machine"
)
WAYS: dict[str, tuple[Callable, Callable]] = {
    "835": (read_835, write_835),
    "270": (read_270, write_270),
    "271": (read_271, write_271),
    "277CA": (read_277ca, write_277ca),
    "999": (read_999, write_999),
    "TA1": (read_ta1, write_ta1),
}
EXCEPTIONS = {
    "irobayna__stupidedi/secondary-payment-with-higher-fee-schedule.edi": "two CAS of one group become one segment",
    "apimeister__x12-types/_835_test-embedded1.edi": "two CAS of one group become one segment",
    "Inteligenz__X12Parser/Example_3_2_2.txt": "HL04 of the file promises a level below that is not there",
    "Inteligenz__X12Parser/ReadingAnExistingX12File-embedded1.edi": "no ST03, and a member ID without its qualifier",
    "xlate__staedi/x12_interchange_ack.txt": "IEA01 of the file counts a group that is not there",
    "xlate__staedi/simple999.edi": "CTX01 of the file repeats itself",
}


def _clean(kind: str) -> list[str]:
    return [path for path in corpus_files(kind) if not _errors((CORPUS / path).read_bytes())]


def _errors(data: bytes) -> bool:
    return any(finding.severity == "error" for finding in validate(data))


def _segments(data: bytes) -> list[tuple[str, ...]]:
    """ST to SE of every set; of a TA1 the whole interchange without its ISA, whose padding is its own."""
    return plain_segments(data) or [segment.elements for segment in iter_segments(data)][1:]


@pytest.mark.parametrize("kind", WAYS)
def test_every_clean_public_file_is_written_as_it_was_read(kind):
    read, write = WAYS[kind]
    different = set()
    paths = _clean(kind)
    assert paths
    for path in paths:
        data = (CORPUS / path).read_bytes()
        items = read(data)
        if _segments(write(items[0].envelope, items)) != _segments(data):
            different.add(path)
    assert different == EXCEPTIONS.keys() & set(paths)
