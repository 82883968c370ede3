"""Rows 10b to 10d: claims written as 837P, files validated against pyx12, and the memory that a large 835 takes."""

import importlib
import importlib.util
import io
import json
import random
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from clinic import x12
from clinic.bench.intake import CODES, read_and_prove, remittance, segments_a_second
from clinic.bench.measuring import Measure, Row, in_turns
from clinic.bench.scale import Scale

AT = datetime.fromisoformat("2026-03-10T08:00:00")
ENVELOPE = x12.Envelope(
    sender_id="RIVERSIDE01", receiver_id="MERIDIAN", control_number=1, created_at=AT, usage="T"
)
OFFICE = x12.Address(line1="1200 RIVER RD", city="PORTLAND", state="OR", zip_code="972050001")
HOME = x12.Address(line1="12 ELM ST", city="PORTLAND", state="OR", zip_code="972050002")
CLINIC = x12.Provider(
    last_name="RIVERSIDE FAMILY MEDICINE", npi="1234567893", tax_id="999988880", taxonomy="207Q00000X",
    address=OFFICE, contact=x12.Contact(name="BILLING OFFICE", phone="5555550100"),
)  # fmt: skip
DOCTOR = x12.Provider(
    last_name="ADAMS", first_name="HELEN", is_person=True, npi="1987654328", taxonomy="207Q00000X"
)
PAYER = x12.Payer(name="MERIDIAN HEALTH", id="60054")
# A process of its own, so that nothing else counts: the peak after a small file, and after the large one.
READER = """
import sys
from pathlib import Path
from clinic import x12
for path in sys.argv[1:]:
    prover = x12.Prover()
    with open(path, "rb") as source:
        for item in x12.stream_835(source):
            if isinstance(item, x12.ClaimPayment):
                prover.add(item)
            elif not prover.finish(item).ok:
                sys.exit("the bench's own remittance does not balance")
    # Not ru_maxrss, which counts from the process that started this one.
    print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def writing_row(scale: Scale) -> Row:
    """Claims of two lines into one 837P, against pyx12's segments and a loop of f-strings that writes the same bytes."""
    found = claims(scale.written_claims, scale.seed)
    batch = x12.ClaimBatch(
        control_number="0001", reference="B1", created_at=AT, claims=found,
        submitter=x12.TradingPartner(
            name="RIVERSIDE FAMILY MEDICINE", id="RIVERSIDE01",
            contact=x12.Contact(name="EDI DESK", phone="5555550199"),
        ),
        receiver=x12.TradingPartner(name="MERIDIAN HEALTH", id="MERIDIAN"),
    )  # fmt: skip
    written = x12.write_837p(ENVELOPE, [batch])
    few = written[: len(written) // 10].decode()
    times = in_turns(
        {
            "ours": lambda: x12.write_837p(ENVELOPE, [batch]),
            "plain": lambda: plain(found),
            "pyx": lambda: pyx12_written(few),
        },
        max(3, scale.rounds // 12),
        warm_up=1,
    )
    wrong = []
    if _inside(written) != _inside(plain(found)):
        wrong.append("the loop of f-strings does not write what we write")
    count, rate = len(found), 1000 * len(found)
    return Row(
        "10b",
        Measure(f"837P of {count:,} claims written", rate / times["ours"].p50, rate / 10 / times["pyx"].p50,
                "PYX", "claims/s", at_least=1),
        also=[
            Measure("… against one plain loop for these very claims", rate / times["ours"].p50,
                    rate / times["plain"].p50, "F-STRINGS", "claims/s"),
        ],
        facts={"segments": written.count(b"~")},
        wrong=wrong,
        notes=[
            "PYX puts the elements of the same segments into pyx12's and formats them; F-STRINGS knows these claims "
            "only, ours every loop of the guide, and lets no delimiter into data."
        ],
    )  # fmt: skip


def validation_row(scale: Scale) -> Row:
    """Every finding of an 835 and of an 837P, against pyx12's own validation of the same kind of file."""
    notes = [
        "Both say every fault against the implementation guide; pyx12 reads fewer claims, for it takes so long."
    ]
    if importlib.util.find_spec("pyx12") is None:
        notes = ["pyx12 is not installed here, so nothing was measured against it."]
    measures, wrong = [], []
    for name, data, small in (
        ("835", remittance(scale.claims // 10, scale.seed).encode(), remittance(scale.pyx_claims, scale.seed).encode()),
        ("837P", _file(scale.claims // 10, scale), _file(scale.pyx_claims, scale)),
    ):  # fmt: skip
        times = in_turns({"ours": lambda data=data: x12.validate(data)}, 3, warm_up=1)
        ours = segments_a_second(data, times["ours"])
        errors = [finding for finding in x12.validate(data) if finding.severity == "error"]
        if errors:
            wrong.append(f"{name}: {len(errors)} errors in the bench's own file, the first: {errors[0]}")
        theirs = ours
        if importlib.util.find_spec("pyx12") is not None:
            theirs = segments_a_second(
                small, in_turns({"pyx": lambda small=small: pyx12(small)}, 3, warm_up=1)["pyx"]
            )
        measures.append(
            Measure(f"{name} validated, all findings", ours, theirs, "PYX", "segments/s", at_least=1)
        )
    read = remittance(scale.claims // 10, scale.seed).encode()
    parsed = in_turns({"ours": lambda: read_and_prove(read)}, 3, warm_up=1)["ours"]
    measures.append(
        Measure("… 835 read and proved, with the reader's findings", segments_a_second(read, parsed),
                measures[0].reference, "PYX", "segments/s", at_least=15)
    )  # fmt: skip
    return Row("10c", measures[0], also=measures[1:], wrong=wrong, notes=notes)


def memory_row(scale: Scale) -> Row:
    """What reading and proving a large 835 adds to the memory of a process that has read a small one."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small.835"), Path(folder, "large.835")
        small.write_bytes(remittance(100, scale.seed).encode())
        large.write_bytes(remittance(scale.claims, scale.seed, times=scale.copies).encode())
        size = large.stat().st_size
        done = subprocess.run(
            [sys.executable, "-c", READER, str(small), str(large)],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent.parent,
        )  # fmt: skip
    before, after = (int(line) / 1024 for line in done.stdout.split())
    return Row(
        "10d",
        Measure("835 read and proved: memory added", after - before, 30, "30 MB", "MB", at_most=1),
        facts={"MB of the file": round(size / 1e6, 1), "MB of the process before": round(before)},
    )


def claims(count: int, seed: int) -> tuple[x12.Claim, ...]:
    """Invented claims of two lines, each of another subscriber."""
    chance = random.Random(seed)
    return tuple(_claim(chance, number) for number in range(1, count + 1))


def _claim(chance: random.Random, number: int) -> x12.Claim:
    served = date(2026, 1, 2) + timedelta(days=chance.randrange(50))
    lines = tuple(
        x12.ServiceLine(
            procedure=chance.choice(CODES), amount_billed=Decimal(chance.randint(40, 300)), service_from=served,
            pointers=(1, 2), control_number=f"{number}L{place}", modifiers=chance.choice(((), ("25",))),
        )
        for place in (1, 2)
    )  # fmt: skip
    return x12.Claim(
        control_number=f"R26-{number:06d}", amount_billed=sum((line.amount_billed for line in lines), Decimal(0)),
        place_of_service="11", billing_provider=CLINIC, payer=PAYER, filing_code="CI", group_number="G77",
        subscriber=x12.Person(
            last_name=chance.choice(("WHITFIELD", "GARCIA", "MORLEY")), first_name=chance.choice(("ANA", "PAUL")),
            member_id=f"M{number:09d}", birth_date=date(1980, 4, 5), sex="F", address=HOME,
        ),
        diagnoses=("J069", "R051"), rendering_provider=DOCTOR, lines=lines,
    )  # fmt: skip


def plain(found: tuple[x12.Claim, ...]) -> bytes:
    """F-STRINGS: the segments of these claims in one loop; a subscriber level each, nothing else is known."""
    out = []
    for level, claim in enumerate(found, 2):
        person, doctor = claim.subscriber, claim.rendering_provider
        home = person.address
        assert doctor is not None and home is not None and person.birth_date is not None  # noqa: S101, PT018
        out.append(
            f"HL*{level}*1*22*0~\nSBR*P*18*{claim.group_number}******{claim.filing_code}~\n"
            f"NM1*IL*1*{person.last_name}*{person.first_name}****MI*{person.member_id}~\nN3*{home.line1}~\n"
            f"N4*{home.city}*{home.state}*{home.zip_code}~\nDMG*D8*{person.birth_date:%Y%m%d}*{person.sex}~\n"
            f"NM1*PR*2*{claim.payer.name}*****PI*{claim.payer.id}~\n"
            f"CLM*{claim.control_number}*{claim.amount_billed.normalize():f}***{claim.place_of_service}:B:"
            f"{claim.frequency}*Y*A*Y*Y~\nHI*ABK:{claim.diagnoses[0]}*ABF:{claim.diagnoses[1]}~\n"
            f"NM1*82*1*{doctor.last_name}*{doctor.first_name}****XX*{doctor.npi}~\nPRV*PE*PXC*{doctor.taxonomy}~\n"
        )
        for number, line in enumerate(claim.lines, 1):
            code = ":".join((line.procedure, *line.modifiers))
            out.append(
                f"LX*{number}~\nSV1*HC:{code}*{line.amount_billed.normalize():f}*UN*{line.units:f}***1:2~\n"
                f"DTP*472*D8*{line.service_from:%Y%m%d}~\nREF*6R*{line.control_number}~\n"
            )
    return "".join(out).encode()


def _inside(data: bytes) -> bytes:
    """The claims alone: from the second level to the end of the set."""
    begin = data.index(b"HL*2*1*22")
    end = data.find(b"SE*", begin)
    return data[begin : end if end > 0 else None]


def _file(count: int, scale: Scale) -> bytes:
    partner = x12.TradingPartner(
        name="RIVERSIDE", id="RIVERSIDE01", contact=x12.Contact(name="EDI DESK", phone="5555550199")
    )
    batch = x12.ClaimBatch(
        control_number="0001", reference="B1", created_at=AT, claims=claims(count, scale.seed), submitter=partner,
        receiver=x12.TradingPartner(name="MERIDIAN HEALTH", id="MERIDIAN"),
    )  # fmt: skip
    return x12.write_837p(ENVELOPE, [batch])


def pyx12_written(text: str) -> int:
    """pyx12's own segments, filled element by element and formatted; their length."""
    segment: Any = importlib.import_module("pyx12.segment").Segment
    length = 0
    for line in text.replace("\n", "").split("~"):
        name, *elements = line.split("*")
        made = segment(name, "~", "*", ":")
        for place, element in enumerate(elements, 1):
            if element:
                made.set(f"{name}{place:02d}", element)
        length += len(made.format())
    return length


def pyx12(data: bytes) -> int:
    """pyx12's validation with its report of every error; the number of segments that it has something to say of."""
    document: Any = importlib.import_module("pyx12.x12n_document")
    source, report = io.StringIO(data.decode()), io.StringIO()
    source.name = "bench"
    parameters = importlib.import_module("pyx12.params").params()
    # Without its acknowledgment, which it cannot make for an 835.
    document.x12n_document(parameters, source, None, None, None, report)
    return len(json.loads(report.getvalue() or "{}"))
