"""Coverage-guided fuzzing of clinic.x12: whatever the bytes are, there are findings or an X12Error, never another exception.

atheris is no dependency of the clinic and not in the lock. In an environment of its own (any Python that atheris has a wheel
for; clinic.x12 needs the standard library alone):

    python -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris
    mkdir -p /tmp/fuzz/corpus
    /tmp/fuzz/bin/python docs/scripts/fuzz_x12.py /tmp/fuzz/corpus -max_total_time=600 -max_len=20000 -timeout=5

The first folder named gets every file that reaches new code; what crashes is written to the working folder as `crash-…`.
A sound file of each kind (SEEDS below) is put there first; whatever lies in the folders named after it is taken too.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["clinic.x12"]):
    from clinic import x12

HEAD = (
    "ISA*00*          *00*          *ZZ*CLINIC01       *ZZ*PAYER01        *260302*1430*^*00501*000000042*0*T*:~"
    "GS*{group}*CLINIC01*PAYER01*20260302*1430*42*X*{version}~ST*{kind}*0001*{version}~"
)
TAIL = "SE*{count}*0001~GE*1*42~IEA*1*000000042~"
# One small set of each kind: the fuzzer finds the rest.
SEEDS = {
    ("HP", "835", "005010X221A1"): "BPR*I*80*C*ACH************20260302~TRN*1*EFT1*1999887766~N1*PR*BLUE EXAMPLE~N1*PE*ELM*XX*1234567893~"
    "LX*1~CLP*C1*1*125*80*20*12*ICN1~NM1*QC*1*DOE*JANE~SVC*HC:99213:25*125*80**1~DTM*472*20260301~CAS*CO*45*25~CAS*PR*3*20~"
    "REF*6R*L1~LQ*HE*N381~PLB*1234567893*20261231*WO:A1*0~",
    ("HC", "837", "005010X222A1"): "BHT*0019*00*1*20260302*1430*CH~NM1*41*2*ELM*****46*C1~PER*IC*DESK*TE*5550100123~NM1*40*2*HUB*****46*H1~"
    "HL*1**20*1~NM1*85*2*ELM*****XX*1234567893~N3*1 ELM ST~N4*COLUMBUS*OH*432150001~REF*EI*999887777~HL*2*1*22*0~SBR*P*18*******CI~"
    "NM1*IL*1*DOE*JANE****MI*M1~NM1*PR*2*BLUE*****PI*60054~CLM*C1*125***11:B:1*Y*A*Y*Y~HI*ABK:J069*ABF:R05~LX*1~"
    "SV1*HC:99213:25*125*UN*1***1:2~DTP*472*D8*20260301~",
    ("HB", "271", "005010X279A1"): "BHT*0022*11*1*20260302*1430~HL*1**20*1~NM1*PR*2*BLUE*****PI*60054~HL*2*1*21*1~NM1*1P*2*ELM*****XX*1234567893~"
    "HL*3*2*22*0~TRN*2*T1*9999887777~NM1*IL*1*DOE*JANE****MI*M1~EB*1*IND*30^98**GOLD~EB*C*IND*30***29*412.5~LS*2120~NM1*P3*1*ROWE~LE*2120~",
    ("HN", "277", "005010X214"): "BHT*0085*08*1*20260302*1430*TH~HL*1**20*1~NM1*PR*2*BLUE*****PI*60054~TRN*1*T1~DTP*050*D8*20260302~"
    "DTP*009*D8*20260302~HL*2*1*21*1~NM1*41*2*ELM*****46*C1~TRN*2*B1~STC*A1:19:PR*20260302*WQ*125~",
    ("HI", "278", "005010X217"): "BHT*0007*13*1*20260302*1430~HL*1**20*1~NM1*X3*2*BLUE*****PI*60054~HL*2*1*21*1~NM1*1P*2*ELM*****XX*1234567893~"
    "HL*3*2*22*1~NM1*IL*1*DOE*JANE****MI*M1~HL*4*3*EV*0~TRN*1*T1*9999887777~UM*SC*I*3~HI*ABK:J069~",
    ("FA", "999", "005010X231A1"): "AK1*HC*42*005010X222A1~AK2*837*0001*005010X222A1~IK3*CLM*19*2300*8~CTX*CLM01:C1~IK4*5:1*1331*7*88~"
    "IK5*R*5~AK9*R*1*1*0~",
}  # fmt: skip
READERS = tuple(getattr(x12, name) for name in x12.__all__ if name.startswith("read_"))


def seeds() -> list[bytes]:
    """A sound file of each kind."""
    files = []
    for (group, kind, version), body in SEEDS.items():
        head = HEAD.format(group=group, kind=kind, version=version)
        files.append((head + body + TAIL.format(count=body.count("~") + 2)).encode())
    return files


def one_input(data: bytes) -> None:
    """Everything that a stranger's file goes through."""
    envelope = x12.Envelope(sender_id="A", receiver_id="B", control_number=1, created_at=AT)
    assert x12.inspect(data)["findings"] is not None
    for read in (x12.validate, x12.summarize, *READERS):
        with suppress(x12.X12Error):
            read(data)
    with suppress(x12.X12Error):
        x12.validate(data, "out")
    with suppress(x12.X12Error):
        for _ in x12.explain(data):
            pass
    with suppress(x12.X12Error):
        answer = x12.acknowledge(data, envelope)
        if answer.text_999:
            assert len(x12.read_999(answer.text_999)) == len(answer.groups)


AT = x12.read_interchanges(seeds()[0])[0].envelope.created_at


def main() -> None:
    folder = next((Path(name) for name in sys.argv[1:] if not name.startswith("-")), None)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(seeds()):
            folder.joinpath(f"seed-{number}").write_bytes(data)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
