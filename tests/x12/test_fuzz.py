"""Broken files of our own: only findings or a plain refusal (R1)."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.x12 import (
    X12Error,
    acknowledge,
    inspect,
    prove,
    read_270,
    read_271,
    read_276,
    read_277,
    read_277ca,
    read_278,
    read_835,
    read_837p,
    read_999,
    read_ta1,
    validate,
    write_270,
    write_271,
    write_276,
    write_277,
    write_277ca,
    write_278_request,
    write_278_response,
    write_835,
    write_837p,
    write_999,
)
from tests.x12 import samples
from tests.x12.authorizations import APPROVED
from tests.x12.test_acknowledgments import EVERY_LEVEL, MIXED
from tests.x12.test_authorization import FULL as FULL_REQUEST
from tests.x12.test_claims import FULL
from tests.x12.test_status import SON, paid, question

GOOD = [
    write_837p(samples.ENVELOPE, [samples.batch(FULL, samples.claim())]),
    write_835(samples.ENVELOPE, [samples.remittance()]),
    write_270(samples.ENVELOPE, [samples.request()]),
    write_271(samples.ENVELOPE, [samples.answer()]),
    write_999(samples.ENVELOPE, [MIXED]),
    write_277ca(samples.ENVELOPE, [EVERY_LEVEL]),
    write_276(samples.ENVELOPE, [question(dependent=SON)]),
    write_277(samples.ENVELOPE, [question(dependent=SON).answered(paid, reference="P1")]),
    write_278_request(samples.ENVELOPE, [FULL_REQUEST]),
    write_278_response(samples.ENVELOPE, [APPROVED]),
]


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A file of ours after one to four accidents to its segments or elements."""
    lines = draw(st.sampled_from(GOOD)).decode().split("~\n")
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(1, len(lines) - 1))
        match draw(st.sampled_from(["drop", "twice", "swap", "element", "cut"])):
            case "drop":
                del lines[place]
            case "twice":
                lines.insert(place, lines[place])
            case "swap":
                other = draw(st.integers(1, len(lines) - 1))
                lines[place], lines[other] = lines[other], lines[place]
            case "element":
                elements = lines[place].split("*")
                elements[draw(st.integers(0, len(elements) - 1))] = draw(st.text(max_size=12))
                lines[place] = "*".join(elements)
            case "cut":
                lines = lines[: place + 1]
        if len(lines) < 2:
            break
    return "~\n".join(lines).encode("utf-8", "surrogatepass")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(broken())
def test_a_broken_file_gives_findings_and_never_a_traceback(data):
    found = inspect(data)
    assert isinstance(found["findings"], list)
    for read in (
        read_270,
        read_271,
        read_276,
        read_277,
        read_277ca,
        read_278,
        read_835,
        read_837p,
        read_999,
        read_ta1,
        validate,
        _acknowledge,
    ):
        with suppress(X12Error):
            read(data)
    if found["kind"] == "835":
        for remittance in read_835(data):
            prove(remittance)


def _acknowledge(data: bytes) -> None:
    answer = acknowledge(data, samples.ENVELOPE)
    if answer.text_999:
        assert len(read_999(answer.text_999)) == len(answer.groups)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_words(data):
    found = inspect(data)
    assert found["kind"] is None
    assert found["findings"][-1]["severity"] == "error"
    assert found["findings"][-1]["message"]
