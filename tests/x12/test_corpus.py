"""229 public files of every kind: each loads, and counts and money are those of an independent count.

They are not ours to ship, so these tests run where the folder is there (EDI_CORPUS, else beside the checkout).
"""

from __future__ import annotations

import json
import os
import random
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from clinic.x12 import (
    X12Error,
    inspect,
    prove,
    read_270,
    read_271,
    read_277ca,
    read_835,
    read_837p,
    read_999,
    read_interchanges,
    read_ta1,
)

CORPUS = Path(os.environ.get("EDI_CORPUS") or Path(__file__).parents[3] / "shared" / "edi-corpus")
EXPECT = CORPUS / "EXPECT.jsonl"
pytestmark = pytest.mark.skipif(
    not EXPECT.is_file(), reason="the public sample files are not on this machine"
)
READERS = {
    "835": read_835,
    "837P": read_837p,
    "270": read_270,
    "271": read_271,
    "999": read_999,
    "277CA": read_277ca,
    "TA1": read_ta1,
}


def _expected() -> list[dict[str, object]]:
    return [json.loads(line) for line in EXPECT.read_text().splitlines()] if EXPECT.is_file() else []


@pytest.mark.parametrize("expected", _expected(), ids=lambda item: item["path"])
def test_every_file_holds_what_an_independent_count_says(expected):
    found = inspect((CORPUS / expected["path"]).read_bytes(), expected["path"])
    findings = found.pop("findings")
    assert found == expected
    assert all(finding["message"] for finding in findings)


def test_no_file_was_left_out():
    assert len(_expected()) == 229


@pytest.mark.parametrize(
    "expected", [e for e in _expected() if e["kind"] == "835"], ids=lambda item: item["path"]
)
def test_every_remittance_says_the_money_of_the_independent_count(expected):
    found = read_835((CORPUS / expected["path"]).read_bytes())
    assert len(found) == len(expected["tx"])
    for remittance, said in zip(found, expected["tx"], strict=True):
        proof = prove(remittance)
        assert remittance.amount == Decimal(said["bpr"])
        assert remittance.method == said["method"]
        assert len(remittance.claims) == said["clp"]
        assert sum(len(claim.lines) for claim in remittance.claims) == said["svc"]
        assert sum(claim.amount_billed for claim in remittance.claims) == Decimal(said["charge"])
        assert sum(claim.amount_paid for claim in remittance.claims) == Decimal(said["paid"])
        assert sum(item.amount for item in remittance.provider_adjustments) == Decimal(said["plb"])
        assert proof.check.ok is said["balanced"]
        assert sum(not claim.claim.ok for claim in proof.claims) == said["claims_out_of_balance"]


@pytest.mark.parametrize("kind", ["837P", "271", "999", "277CA", "TA1", "270"])
def test_every_file_of_a_kind_is_read_into_our_words(kind):
    for expected in _expected():
        if expected["kind"] != kind:
            continue
        found = READERS[kind]((CORPUS / expected["path"]).read_bytes())
        assert found, expected["path"]
        if kind == "837P":
            assert sum(len(batch.claims) for batch in found) == expected["claims"], expected["path"]
        if kind == "271":
            assert sum(len(answer.benefits) for answer in found) == expected["EB"], expected["path"]


def test_200_broken_files_give_findings_or_a_plain_refusal_and_never_a_traceback():
    draw = random.Random(835)
    files = _expected()
    for _ in range(200):
        expected = draw.choice(files)
        data = (CORPUS / expected["path"]).read_bytes()[:20_000]
        data = _broken(data, draw)
        found = inspect(data, expected["path"])
        assert found["findings"] or found["kind"]
        for read in (read_interchanges, *READERS.values()):
            with suppress(X12Error):
                read(data)


def _broken(data: bytes, draw: random.Random) -> bytes:
    way = draw.randrange(5)
    if way == 0:
        return data[: draw.randrange(len(data))]
    if way == 1:
        lines = data.replace(b"~\n", b"~").split(b"~")
        head, body = lines[:1], lines[1:]
        draw.shuffle(body)
        return b"~".join(head + body)
    if way == 2:
        place = draw.randrange(len(data))
        return data[:place] + bytes(draw.randrange(256) for _ in range(20)) + data[place + 20 :]
    if way == 3:
        start = draw.randrange(len(data))
        return data[:start] + data[start + draw.randrange(1, 400) :]
    return data.replace(bytes([draw.choice(b"*:~^|>0123456789")]), bytes([draw.choice(b"*:~X9- ")]))
