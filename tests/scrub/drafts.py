"""A draft that every edit accepts, and small tables; each test changes the one thing it is about."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from clinic.scrub import (
    EDITS,
    FIELDS,
    ClaimDraft,
    DiagnosisStatus,
    DraftAuthorization,
    DraftCoverage,
    DraftEnrolment,
    DraftFacility,
    DraftLine,
    DraftPayer,
    DraftPerson,
    DraftProvider,
    EnrolmentState,
    Finding,
    NCCIPair,
    OtherClaim,
    OtherLine,
    ProcedureStatus,
    Sequence,
    Severity,
    Standing,
    Tables,
)

SEEN_ON = date(2026, 3, 3)
TODAY = date(2026, 3, 10)
DAY_BEFORE, DAY_AFTER = date(2026, 3, 2), date(2026, 3, 4)

CARDIOLOGY, FAMILY, UNLISTED = "207RC0000X", "207Q00000X", "999Z99999X"

PAYER = DraftPayer(
    id=1,
    name="Evergreen Health",
    electronic_id="EVG01",
    is_active=True,
    payer_type="commercial",
    claim_filing_code="CI",
    filing_days_original=180,
    filing_days_corrected=365,
    filing_days_secondary=90,
)
MEDICARE = replace(PAYER, id=2, name="Medicare", payer_type="medicare", claim_filing_code="MB")
COVERAGE = DraftCoverage(
    id=10, payer=PAYER, member_id="EVG123456789", effective_on=date(2026, 1, 1), terminated_on=None
)
BILLING = DraftProvider(
    name="Riverside Clinic",
    npi="1234567893",
    taxonomy=FAMILY,
    tax_id="900000001",
    tax_id_type="EI",
    address="12 Mill Street",
    zip_code="60601-1234",
)
RENDERING = DraftProvider(name="Dr Okafor", npi="1245319599", taxonomy=FAMILY)
FACILITY = DraftFacility(name="Riverside Annex", npi="", zip_code="606011235")


def make_line(number: int = 1, code: str = "99213", **changes: Any) -> DraftLine:
    line = DraftLine(
        number=number,
        code=code,
        modifiers=(),
        pointers=("A",),
        units=Decimal(1),
        charge=Decimal("120.00"),
        service_on=SEEN_ON,
    )
    return replace(line, **changes)


def make_draft(*lines: DraftLine, **changes: Any) -> ClaimDraft:
    """A clean claim of one office visit. A change is given to whichever of draft, coverage and payer has the field."""
    lines = lines or (make_line(),)
    payer_changes = {key: changes.pop(key) for key in _names(DraftPayer) & set(changes) - {"id"}}
    coverage_changes = {key: changes.pop(key) for key in _names(DraftCoverage) & set(changes) - {"id"}}
    coverage = replace(COVERAGE, **coverage_changes)
    changes.setdefault("total", sum((line.charge for line in lines), Decimal("0.00")))
    draft = ClaimDraft(
        today=TODAY,
        frequency="1",
        sequence=Sequence.PRIMARY,
        place_of_service="11",
        patient=DraftPerson("Mendez", "Ana", date(1980, 5, 17)),
        subscriber=DraftPerson("Mendez", "Ana", date(1980, 5, 17)),
        relationship="18",
        coverage=replace(coverage, payer=replace(coverage.payer, **payer_changes)),
        enrolment=DraftEnrolment(EnrolmentState.ACTIVE, date(2025, 1, 1)),
        billing=BILLING,
        rendering=RENDERING,
        diagnoses=("E11.9",),
        lines=lines,
        total=changes.pop("total"),
    )
    return replace(draft, **changes)


def make_authorization(**changes: Any) -> DraftAuthorization:
    authorization = DraftAuthorization(
        id=70,
        payer_id=PAYER.id,
        number="AUTH900",
        codes=frozenset({"97110"}),
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 3, 31),
        units_left=Decimal(4),
        visits_left=2,
    )
    return replace(authorization, **changes)


def make_other_claim(*lines: OtherLine, **changes: Any) -> OtherClaim:
    """A paid claim of the same patient, payer and provider, by default for the very same visit."""
    claim = OtherClaim(
        id=501,
        label="C-501",
        payer_id=PAYER.id,
        sequence=Sequence.PRIMARY,
        standing=Standing.OPEN,
        rendering_npi=RENDERING.npi,
        lines=lines or (make_other_line(),),
    )
    return replace(claim, **changes)


def make_other_line(code: str = "99213", **changes: Any) -> OtherLine:
    return replace(OtherLine(code, (), SEEN_ON, Decimal("120.00")), **changes)


DIAGNOSES = {
    status.code: status
    for status in (
        DiagnosisStatus("E11.9", True, True, "Type 2 diabetes"),
        DiagnosisStatus("I10", True, True, "High blood pressure"),
        DiagnosisStatus("M25.56", True, choices=(("M25.561", "right knee"), ("M25.562", "left knee"))),
        DiagnosisStatus("E13", True, choices=(("E13.9", "other diabetes"),)),
        DiagnosisStatus("E08", True),
        DiagnosisStatus("W19.XXXA", True, True, "Fall"),
        DiagnosisStatus("T14.8", True, seventh_characters="ADS"),
        DiagnosisStatus("T14.8XXA", True, True),
        DiagnosisStatus("T07", True, seventh_characters="ADS"),
        DiagnosisStatus("T07.XXXA", True, True),
        DiagnosisStatus("O36.011", True, seventh_characters="0"),
        DiagnosisStatus("U09.9", True, True, valid_from=date(2021, 10, 1)),
        DiagnosisStatus("Z79.85", True, True, valid_from=date(2026, 4, 1)),
        DiagnosisStatus("M54.5", True, True, valid_until=date(2021, 9, 30)),
    )
}
PROCEDURES = {
    status.code: status
    for status in (
        ProcedureStatus("99213", True),
        ProcedureStatus("99214", True, valid_from=SEEN_ON, valid_until=SEEN_ON),
        ProcedureStatus("99241", True, valid_until=date(2022, 12, 31), replaced_by="99242"),
        ProcedureStatus("99201", True, valid_until=date(2020, 12, 31)),
        ProcedureStatus("98979", True, valid_from=date(2026, 7, 1)),
    )
}
PAIRS = {
    pair[:2]: NCCIPair(*pair)
    for pair in (
        ("20610", "99213", "1"),
        ("20610", "76942", "1"),
        ("11042", "97597", "0"),
        ("80053", "80048", "9"),
        ("97140", "97530", "1"),
        ("20610", "11200", "1"),
        ("20610", "99417", "1"),
    )
}
GLOBAL = {"20610": "000", "11200": "010", "27447": "090", "36415": "XXX"}
ADD_ONS = {"90461": frozenset({"90460"}), "11045": frozenset(["11042", "11043", "11044", "11046", "11047", "97597"]),
           "99417": frozenset(), "G2211": frozenset({"99213"})}  # fmt: skip


def make_tables(**changes: Any) -> Tables:
    """All tables loaded; the pairs hold through 2026, the diagnoses from 2020 on."""
    tables = Tables(
        icd10=lambda code, on: None if on.year < 2020 else DIAGNOSES.get(code, DiagnosisStatus(code, False)),
        procedures=lambda code, on: (
            None if code[0] == "0" else PROCEDURES.get(code, ProcedureStatus(code, False))
        ),
        ncci=lambda column_1, column_2, on: PAIRS.get((column_1, column_2)) if on.year == 2026 else None,
        global_days=lambda code, on: GLOBAL.get(code),
        add_on=lambda code, on: ADD_ONS.get(code),
        zero_charge=lambda code, on: code in {"99024", "3074F"},
        taxonomy=lambda code: code != UNLISTED,
    )
    return replace(tables, **changes)


def findings_of(edit_id: str, draft: ClaimDraft, tables: Tables | None = None) -> list[Finding]:
    """What one edit says. Whatever a test makes it say must name the edit, a known field, and a way to mend it."""
    edit = next(edit for edit in EDITS if edit.id == edit_id)
    findings = list(edit.function(draft, tables or make_tables()))
    for finding in findings:
        assert finding.edit == edit_id
        assert finding.severity.rank >= edit.severity.rank
        assert any(fnmatchcase(finding.field, pattern) for pattern in FIELDS), finding.field
        assert finding.message.endswith(".")
        assert finding.fix.endswith(".")
        if finding.field.startswith("lines."):
            assert finding.field.split(".")[1] == str(finding.line)
    return findings


def accepts(edit_id: str, draft: ClaimDraft, tables: Tables | None = None) -> None:
    assert findings_of(edit_id, draft, tables) == []


def flags(
    edit_id: str,
    draft: ClaimDraft,
    field: str,
    severity: Severity = Severity.BLOCK,
    tables: Tables | None = None,
) -> Finding:
    """Assert that the edit says one thing, of this severity about this field, and return it."""
    findings = findings_of(edit_id, draft, tables)
    assert [(finding.severity, finding.field) for finding in findings] == [(severity, field)]
    return findings[0]


def fields_of(findings: Iterable[Finding]) -> list[str]:
    return [finding.field for finding in findings]


def _names(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}
