"""229 public files of every kind: each loads, and counts and money are those of an independent count.

They are not ours to ship, so these tests run where the folder is there (EDI_CORPUS, else beside the checkout).
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
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
    validate,
)
from tests.x12 import test_authorization, test_claim_files, test_status
from tests.x12.breaking import broken

CORPUS = Path(os.environ.get("EDI_CORPUS") or Path(__file__).parents[3] / "shared" / "edi-corpus")
EXPECT = CORPUS / "EXPECT.jsonl"
# Files that are defective themselves, each with the reason: their errors are no false alarms, and no other file has one.
DEFECTIVE = {
    **test_authorization.DEFECTIVE,
    **test_claim_files.DEFECTIVE,
    **test_status.DEFECTIVE,
    "LinuxForHealth__x12/cob-contractural-adjustment.835": "BPR has no date of payment (BPR16)",
    "LinuxForHealth__x12/managed-care.835": "the date of payment is 20002316",
    "LinuxForHealth__x12/tertiary-payment.835": "BPR16 is missing; a line is billed at more than its claim",
    "moov-io__x12/sample1.txt": "a claim and its line are a cent from their adjustments",
    "moov-io__x12/sample2.txt": "the date of payment is 20990080, a claim 1,002.00 from its adjustments",
    "josephbiagio__openx12/conftest-embedded4.edi": "BPR16 and the patient's name are missing, SE01 counts two too many",
    "imsweb__x12-parser/x271.txt": "SE01 counts four too many, IEA02 is another number than ISA13",
    "apimeister__x12-types/_277_test-embedded1.edi": "a date is the 29th of February 2023",
    "copyleftdev__x12-python/conftest-embedded4.edi": "SE01 counts one too many",
    "xlate__staedi/invalid997.edi": "AK101 and AK402 are words, on purpose",
    "xlate__staedi/invalid999.edi": "IK501 is Q, IK5 stands twice, SE01 is wrong, on purpose",
    "Inteligenz__X12Parser/Example_3_1_2.txt": "SE01 is that of another file",
    "Inteligenz__X12Parser/ValidationForDependentBenefitInfo.txt": "SE01 is that of another file",
    "Inteligenz__X12Parser/ValidationForDependentName.txt": "SE01 is that of another file",
    "Inteligenz__X12Parser/ValidationForSubscriberBenefitInfo.txt": "SE01 is that of another file",
    "Inteligenz__X12Parser/ValidationForSubscriberName.txt": "SE01 is that of another file, N4 names no city",
    "Inteligenz__X12Parser/ValidationOnAll.txt": "SE01 is that of another file",
}
# What the names of test files of other projects promise: where it stands and what is to be found there.
PROMISED = {
    "imsweb__x12-parser/x12_bad_segment_identifier.txt": ("", "1000A", "is not a segment"),
    "imsweb__x12-parser/x12_loop_errors1_exceeds_max_1_parent.txt": ("NM1", "2010AA", "stands 2 times, 1 at most"),
    "imsweb__x12-parser/x12_loop_errors2_exceeds_max_repeats_multiple_parents.txt": ("NM1", "2010AA", "stands 2 times, 1 at most"),
    "imsweb__x12-parser/x12_loop_errors3_missing_loops.txt": ("NM1", "2010AA", "is missing"),
    "imsweb__x12-parser/x12_missing_elements.txt": ("NM1", "1000B", "NM102 is missing"),
    "imsweb__x12-parser/x12_missing_required_loop_in_one_repeat.txt": ("NM1", "2010BA", "is missing"),
    "imsweb__x12-parser/x12_segment_errors.txt": ("N3", "2010AA", "missing"),
    "LinuxForHealth__x12/tertiary-payment.835": ("SVC", "2110", "differs by -21,253.50"),
    "moov-io__x12/sample1.txt": ("CLP", "2100", "differs by -0.01"),
    "moov-io__x12/sample2.txt": ("CLP", "2100", "differs by 1,002.00"),
    "xlate__staedi/invalid999.edi": ("IK5", "2000", "'Q' is not a code"),
    "imsweb__x12-parser/x12_277_x212.txt": ("IEA", "", "is not the interchange's control number"),
    "xlate__staedi/optionalInterchangeServices.edi": ("ISB", "", "stands outside any transaction set"),
    "LinuxForHealth__x12/demo.example11.837": ("N3", "2010AA", "post office box"),
}  # fmt: skip
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


@pytest.mark.parametrize("expected", _expected(), ids=lambda item: item["path"])
def test_only_a_defective_file_has_errors_and_each_finding_says_what_to_do(expected):
    findings = validate((CORPUS / expected["path"]).read_bytes())
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    assert bool(errors) is (expected["path"] in DEFECTIVE), errors[:5]
    assert all(f.position and f.message.endswith(".") and f.advice.endswith(".") for f in findings)


@pytest.mark.parametrize("path", PROMISED)
def test_every_defect_that_a_file_is_known_for_is_found(path):
    segment, loop, words = PROMISED[path]
    found = [(f.segment, f.loop, f.message) for f in validate((CORPUS / path).read_bytes())]
    assert [one for one in found if one[0] == segment and loop in ("", one[1]) and words in one[2]], found[
        :20
    ]


def _noted() -> list[tuple[str, str]]:
    manifest = CORPUS / "MANIFEST.tsv"
    if not manifest.is_file():
        return []
    with manifest.open() as lines:
        return [(row["path"], row["notes"]) for row in csv.DictReader(lines, delimiter="\t")]


@pytest.mark.parametrize(("path", "notes"), _noted(), ids=lambda item: str(item)[:60])
def test_every_defect_that_the_list_of_files_notes_is_found(path, notes):
    """As often as it is noted: wrong counts, control numbers that differ, headers of wrong length."""
    findings = validate((CORPUS / path).read_bytes())
    for element, words in (("SE01", "SE01 wrong"), ("SE02", "SE02 ctl mismatch")):
        noted = re.search(rf"{words} x(\d+)", notes)
        found = sum(f.element == element and f.severity == "error" for f in findings)
        assert found == (int(noted.group(1)) if noted else 0)
    length = re.search(r"ISA len (\d+)!=105", notes)
    wrong = [f for f in findings if f.segment == "ISA" and f.code == "022"]
    assert bool(wrong) is bool(length)


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
        data = broken(data, draw)
        found = inspect(data, expected["path"])
        assert found["findings"] or found["kind"]
        for read in (read_interchanges, *READERS.values()):
            with suppress(X12Error):
                read(data)
