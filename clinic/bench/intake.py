"""Row 10: an 835 read, typed and balanced, against a plain loop and against pyx12."""

import importlib
import importlib.util
import io
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from clinic import x12
from clinic.bench import split
from clinic.bench.measuring import Measure, Row, Times, in_turns
from clinic.bench.scale import Scale

HEAD = (
    "ISA*00*          *00*          *ZZ*MERIDIAN       *ZZ*RIVERSIDE01    *260310*0800*^*00501*000000001*0*P*:~"
    "GS*HP*MERIDIAN*RIVERSIDE01*20260310*0800*1*X*005010X221A1~ST*835*0001~"
    "BPR*I*{total}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20260310~"
    "TRN*1*EFT0001*1512345678~DTM*405*20260309~N1*PR*MERIDIAN HEALTH~N3*1 PAYER PLAZA~N4*PORTLAND*OR*97205~"
    "PER*BL*TECHNICAL HELP*TE*5555550100~N1*PE*RIVERSIDE FAMILY MEDICINE*XX*1000000004~REF*TJ*931234567~LX*1~"
)
CODES = ("99213", "99214", "90471", "36415", "80053")


def intake_row(scale: Scale) -> Row:
    """Segments a second of the streaming reader with its prover, on a file of ordinary claims."""
    text = remittance(scale.claims, scale.seed)
    small = remittance(scale.pyx_claims, scale.seed)
    data, large = text.encode(), remittance(scale.claims * 2, scale.seed).encode()
    rounds = max(3, scale.rounds // 8)

    calls = {
        "ours": lambda: read_and_prove(data),
        "split": lambda: split.read(io.BytesIO(data)),
        "twice": lambda: read_and_prove(large),
    }
    times = in_turns(calls, rounds, warm_up=1)
    counts, wrong = (read_and_prove(data), split.read(io.BytesIO(data))), []
    if counts[0] != counts[1] or counts[0] != (scale.claims, scale.claims):
        wrong.append(f"claims read and balanced differ: ours {counts[0]}, SPLIT {counts[1]}")
    here, simple = segments_a_second(data, times["ours"]), segments_a_second(data, times["split"])
    also = [
        Measure(
            "… twice the claims ÷ once, time", times["twice"].p50, times["ours"].p50, "now", "ms", at_most=2.3
        )
    ]
    notes = [
        f"SPLIT builds the same typed claims in one plain loop; {scale.claims:,} claims, {text.count('~'):,} segments."
    ]
    if importlib.util.find_spec("pyx12") is None:
        notes.append("pyx12 is not installed here, so the target against it was not measured.")
    else:
        pyx = in_turns({"pyx": lambda: _pyx12(small)}, 3, warm_up=1)["pyx"]
        also.insert(
            0,
            Measure(
                "… against pyx12's context reader",
                here,
                segments_a_second(small.encode(), pyx),
                "PYX",
                "segments/s",
                at_least=15,
            ),
        )
    first = Measure("835 intake: parse, type, balance", here, simple, "SPLIT", "segments/s", at_least=0.4)
    return Row(10, first, also=also, facts={"claims a second": round(scale.claims * 1000 / times["ours"].p50)},
               wrong=wrong, notes=notes)  # fmt: skip


def read_and_prove(source: bytes) -> tuple[int, int]:
    """How many claims a remittance holds and how many balance, by our streaming reader with its findings."""
    prover, claims, good = x12.Prover(), 0, 0
    for item in x12.stream_835(io.BytesIO(source)):
        if isinstance(item, x12.ClaimPayment):
            claims += 1
            good += prover.add(item)
        elif not prover.finish(item).ok:
            raise ValueError("the bench's own remittance does not balance")
    return claims, good


def segments_a_second(data: bytes, times: Times) -> float:
    return data.count(b"~") * 1000 / times.p50


def remittance(claims: int, seed: int, times: int = 1) -> str:
    """A balanced remittance of invented claims with two lines each; all of them come `times` over."""
    chance = random.Random(seed)
    body: list[str] = []
    total = 0
    for number in range(1, claims + 1):
        paid, segments = _claim(chance, number)
        total += paid
        body += segments
    head = HEAD.format(total=_usd(total * times))
    inside = head[head.index("ST*835") :].count("~") + len(body) * times + 1
    return head + ("~".join(body) + "~") * times + f"SE*{inside}*0001~GE*1*1~IEA*1*000000001~"


def _claim(chance: random.Random, number: int) -> tuple[int, list[str]]:
    served = date(2026, 1, 2) + timedelta(days=chance.randrange(50))
    lines: list[str] = []
    billed = paid = owed = 0
    for place in (1, 2):
        charge = 100 * chance.randint(40, 300)
        patient = charge * chance.choice((0, 10, 20)) // 100
        written_off = charge // 5 + chance.randrange(99)
        left = charge - patient - written_off
        billed, paid, owed = billed + charge, paid + left, owed + patient
        lines += _line(chance, f"{number}L{place}", served, charge, left, written_off, patient)
    name = f"NM1*QC*1*{chance.choice(('WHITFIELD', 'GARCIA', 'MORLEY'))}*{chance.choice(('ANA', 'PAUL'))}*R***MI*M{number:09d}"
    return paid, [
        f"CLP*R26-{number:06d}*1*{_usd(billed)}*{_usd(paid)}*{_usd(owed)}*12*P{number:010d}*11*1",
        name,
        "NM1*82*1*ADAMS*HELEN****XX*1000000004",
        f"REF*1L*GROUP{number % 40}",
        f"DTM*232*{served:%Y%m%d}",
        f"DTM*050*{served + timedelta(days=5):%Y%m%d}",
        *lines,
    ]


def _line(
    chance: random.Random, number: str, served: date, charge: int, paid: int, written_off: int, patient: int
) -> Iterator[str]:
    modifier = chance.choice(("", "", ":25"))
    yield f"SVC*HC:{chance.choice(CODES)}{modifier}*{_usd(charge)}*{_usd(paid)}**1"
    yield f"DTM*472*{served:%Y%m%d}"
    yield f"CAS*CO*45*{_usd(written_off)}"
    if patient:
        yield f"CAS*PR*{chance.choice((1, 2, 3))}*{_usd(patient)}"
    yield f"REF*6R*{number}"
    yield f"AMT*B6*{_usd(charge - written_off)}"
    if chance.random() < 0.3:
        yield "LQ*HE*N130"


def _usd(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _pyx12(text: str) -> int:
    """pyx12's claim trees with their lines and adjustments taken out of them; no balance check."""
    context: Any = importlib.import_module("pyx12.x12context")
    handler = importlib.import_module("pyx12.error_handler").errh_null()
    reader = context.X12ContextReader(
        importlib.import_module("pyx12.params").params(), handler, io.StringIO(text)
    )
    claims = 0
    for tree in reader.iter_segments("2100"):
        if tree.id != "2100":
            continue
        claims += 1
        for line in tree.select("2110"):
            [cas.seg_data.format() for cas in line.select("CAS")]
            line.get_value("SVC02"), line.get_value("SVC03")
        tree.get_value("CLP03"), tree.get_value("CLP04")
    return claims
