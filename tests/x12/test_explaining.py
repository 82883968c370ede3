"""Files in plain words and at a glance: every segment is said, nothing is hidden, sums are those of an independent count."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from decimal import Decimal

import pytest

from clinic import x12
from clinic.x12.codes import terms
from clinic.x12.envelope import USUAL, Segment
from clinic.x12.guides import GUIDES
from clinic.x12.phrases import FORMS, Context, fill
from clinic.x12.words import LOOPS, PHRASES, loop_name
from tests.x12 import samples, test_authorization
from tests.x12.test_corpus import CORPUS, EXPECT


def said(raw: str, phrase: str | None = None, kind: str = "835", loop: str = "") -> str:
    elements = tuple(raw.split("*"))
    segment = Segment(elements[0], elements, 1, raw)
    context = Context(segment, USUAL, kind)
    from_table = phrase or PHRASES.get(f"{kind} {segment.id}") or PHRASES[segment.id]
    return fill(from_table, context)


def lines(data: bytes, **kw):
    return list(x12.explain(data, **kw))


def corpus() -> list[dict[str, object]]:
    return [json.loads(line) for line in EXPECT.read_text().splitlines()] if EXPECT.is_file() else []


# --- Phrases ---------------------------------------------------------------------


def test_every_phrase_asks_for_forms_that_there_are():
    asked = {form for phrase in PHRASES.values() for form in re.findall(r"\{\d+-?(?:\.\d)?:(\w+)\}", phrase)}
    assert asked <= FORMS.keys()


def test_no_phrase_has_a_place_that_is_written_wrong():
    for key, phrase in PHRASES.items():
        left = re.sub(r"\{\d+-?(?:\.\d)?(?::\w+)?\}", "", phrase)
        assert "{" not in left, key
        assert left.count("[") == left.count("]"), key


def test_every_loop_of_every_guide_has_a_name():
    def loops(loop):
        for child in loop.loops:
            yield child.id
            yield from loops(child)

    nameless = {
        (kind, loop)
        for kind, guide in GUIDES.items()
        for loop in loops(guide.root)
        if loop_name(kind, loop) == loop and loop not in LOOPS.get(kind, {})
    }
    assert not nameless, f"give these loops a name in words.py: {sorted(nameless)}"


def test_every_kind_has_a_name():
    assert GUIDES.keys() <= terms.KINDS.keys()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("BPR*I*-12.5*C*CHK", "-$12.50 paid by check, with this remittance"),
        ("CAS*PR*1*25*1*3*10", "$25.00 for PR-1 Deductible (1 unit), $10.00 for PR-3 Copay. Patient share"),
        ("CAS*CO*ZZ9*5", "$5.00 for CO-ZZ9. Contract: the patient may not be billed"),
        (
            "PLB*123*20261231*WO:ICN7*12.4*L6*-0.67",
            "Provider 123, year to 12/31/2026: $12.40 kept back for WO",
        ),
        ("SVC*HC:99213:25*125*80**2", "99213-25: billed $125.00, paid $80.00 for 2 units"),
        ("DTM*472*20260302", "Service: 03/02/2026"),
        ("DTM*472*2026O302", "Service: 2026O302"),
        ("NM1*QC*1*DOE*JANE*Q***MI*M1", "Patient: DOE, JANE Q, member M1"),
        ("PER*IC**TE*5550100199*EX*12", "Contact: phone (555) 010-0199, ext. 12"),
        ("REF*ZZZ*77", "ZZZ: 77"),
        ("AMT*I*0.67", "Interest: $0.67"),
        ("AAA*N**75*C", "Refused: "),
    ],
)
def test_a_segment_is_said_as_a_biller_would(raw, words):
    assert said(raw, PHRASES.get("*".join(raw.split("*")[:2]))).startswith(words)


def test_an_optional_part_is_left_out_and_a_needed_one_stands():
    assert said("CLP*7*1*10*10", kind="835") == "Claim 7: Processed as primary. Billed $10.00, paid $10.00"
    assert said("TRN*1").startswith("Check or transfer")


# --- Explaining ------------------------------------------------------------------


def test_the_meaning_of_a_segment_depends_on_its_transaction():
    """TRN is a check in an 835 and a question's trace in a 270."""
    remittance = {
        line.segment.id: line.words for line in lines(x12.write_835(samples.ENVELOPE, [samples.remittance()]))
    }
    question = {
        line.segment.id: line.words for line in lines(x12.write_270(samples.ENVELOPE, [samples.request()]))
    }
    assert remittance["TRN"].startswith("Check or transfer EFT7788")
    assert question["TRN"].startswith("Our trace")


def test_loops_open_where_they_begin_and_lie_deeper():
    found = lines(x12.write_837p(samples.ENVELOPE, [samples.batch()]))
    opened = {line.opens: line.depth for line in found if line.opens}
    assert opened["Billing provider"] < opened["Claim"] < opened["Service line"]
    assert [line.depth for line in found if line.segment.id in ("ISA", "GS", "ST", "SE", "GE", "IEA")] == [
        0,
        1,
        2,
        2,
        1,
        0,
    ]


def test_findings_stand_at_their_segment():
    data = x12.write_837p(samples.ENVELOPE, [samples.batch()]).replace(b"*D8*20260302", b"*D8*20260231", 1)
    findings = x12.validate(data)
    placed = [
        (line.segment.position, finding)
        for line in lines(data, findings=findings)
        for finding in line.findings
    ]
    assert placed == [(finding.position, finding) for finding in findings]


def test_a_stretch_of_the_middle_is_said_as_in_the_whole():
    data = x12.write_837p(
        samples.ENVELOPE, [samples.batch(samples.claim(), samples.claim(control_number="2-1"))]
    )
    assert lines(data, first=20, last=30) == lines(data)[19:30]


def test_text_is_found_in_any_case_and_from_the_start_again():
    data = x12.write_835(samples.ENVELOPE, [samples.remittance()])
    first = x12.first_with(data, "blue example")
    assert first == 7
    assert x12.first_with(data, "BLUE EXAMPLE", first) == first
    assert x12.first_with(data, "nobody at all") is None


def test_a_long_file_is_explained_in_bounded_memory():
    claims = [samples.payment(control_number=f"{number}-1") for number in range(3000)]
    source = io.BytesIO(x12.write_835(samples.ENVELOPE, [samples.remittance(*claims)]))
    tracemalloc.start()
    count = sum(1 for _ in x12.explain(source))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count > 27_000
    assert peak < 5_000_000


@pytest.mark.parametrize("expected", corpus(), ids=lambda item: item["path"])
def test_every_segment_of_every_public_sample_is_said(expected):
    """What has no words is shown as it stands: nothing is hidden, and no more than a broken segment has none."""
    data = (CORPUS / expected["path"]).read_bytes()
    found = lines(data)
    assert len(found) == expected["segments"]
    silent = [line.segment.raw for line in found if not line.words]
    assert len(silent) <= 3
    assert all(
        line.said for line in found if len(line.segment.elements) > 1 and any(line.segment.elements[1:])
    )


# --- At a glance -----------------------------------------------------------------


@pytest.mark.parametrize("expected", corpus(), ids=lambda item: item["path"])
def test_the_sums_at_a_glance_are_those_of_the_independent_count(expected):
    found = x12.summarize((CORPUS / expected["path"]).read_bytes())
    assert (found.kind, found.segments, found.sets, found.groups) == (
        expected["kind"],
        expected["segments"],
        expected["st"],
        expected["gs"],
    )
    if "tx" in expected:
        sets = expected["tx"]
        assert found.claims == sum(one["clp"] for one in sets)
        assert found.amount == sum(Decimal(one["bpr"]) for one in sets)
        assert found.billed == sum(Decimal(one["charge"]) for one in sets)
        assert found.adjusted == sum(Decimal(one["plb"]) for one in sets)
        wrong = sum(one["claims_out_of_balance"] + (not one["balanced"]) for one in sets)
        at_claim_and_check = [each for each in found.differences if each.segment in ("CLP", "BPR")]
        assert len(at_claim_and_check) == wrong
    elif "charge" in expected:
        assert (found.claims, found.lines) == (expected["claims"], expected["lines"])
        assert found.amount is None or found.amount == Decimal(expected["charge"])
        assert found.differing == expected["claims_where_lines_sum_ne_clm02"]


def test_a_sum_that_does_not_hold_names_its_segment():
    """R4, R5: at line, claim and check."""
    data = x12.write_835(samples.ENVELOPE, [samples.remittance()])
    assert x12.summarize(data).balances is True
    found = x12.summarize(data.replace(b"*125*80**1", b"*125*79**1"))
    assert [(each.segment, each.amount) for each in found.differences] == [("SVC", Decimal("-1.00"))]


def test_an_835_that_is_cut_short_neither_balances_nor_pays_anything():
    data = x12.write_835(samples.ENVELOPE, [samples.remittance()])
    cut = x12.summarize(data[: data.index(b"BPR*")])
    assert (cut.balances, cut.amount, cut.billed) == (None, None, None)
    for end in (b"SE*", b"GE*", b"IEA*"):
        assert x12.summarize(data[: data.index(end)]).balances is None, end


def test_a_278_is_known_by_the_name_of_who_reviews_it():
    data = x12.write_278_request(samples.ENVELOPE, [test_authorization.FULL])
    found = x12.summarize(data)
    assert found.payers == [x12.read_278(data)[0].reviewer.name]


def test_a_file_is_found_by_its_numbers_and_by_no_name():
    found = dict([*x12.summarize(x12.write_270(samples.ENVELOPE, [samples.request()])).keys])
    assert found["isa"] == "42"
    assert "trace" in found
    assert not any("DOE" in value for value in found.values())
