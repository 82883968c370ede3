"""The slip as it is drawn: rows with their words, findings where they belong, who is billed, what is expected."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import current_app, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import charges, claims, formats
from clinic.blueprints.charges import preview
from clinic.blueprints.charges.forms import Row, SlipForm
from clinic.charges import diagnoses, fees
from clinic.charges.slips import checked, dotted
from clinic.models import POINTERS, Authorization, Claim, Coverage, Encounter, Receipt, User
from clinic.scrub import Finding, Severity
from clinic.web import may
from clinic.x12.codes.places import PLACES

BLANK_ROWS = 1
CHOICES = 8


@dataclass(frozen=True)
class Option:
    """A code that may be put into a field."""

    code: str
    words: str


@dataclass
class DiagnosisRow:
    letter: str
    code: str
    words: str = ""
    fault: str = ""
    findings: list[Finding] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)


@dataclass
class LineRow:
    number: int
    row: Row
    words: str = ""
    listed: Decimal | None = None
    faults: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether the fee is not the schedule's."""
        return self.listed is not None and self.row.fee not in ("", f"{self.listed:.2f}")

    def tone(self, name: str) -> str:
        """The edge of one of its fields: "has-error", "has-warn" or ""."""
        if ("fee" if name == "charge" else name) in self.faults:
            return "has-error"
        found = [each for each in self.findings if each.field == f"lines.{self.number}.{name}"]
        if any(each.severity is Severity.BLOCK for each in found):
            return "has-error"
        return "has-warn" if found else ""


@dataclass
class Screen:
    """Everything that the slip's templates need."""

    encounter: Encounter
    form: SlipForm
    coverages: Sequence[Coverage]
    diagnoses: list[DiagnosisRow]
    lines: list[LineRow]
    general: list[tuple[Finding, str]]
    notes: list[Finding]
    stops: int
    looks: int
    total: Decimal
    units: int
    claim: Claim | None
    schedule: str
    facts: list[tuple[str, str]]
    expected: list[tuple[Any, ...]]
    visit: list[tuple[Any, ...]]

    @property
    def next_letter(self) -> str:
        """The first empty diagnosis row, "" when all are full."""
        return next((row.letter for row in self.diagnoses if not row.code), "")

    def anchor(self, path: str) -> str:
        """The id of the field that a path names."""
        kind, _, rest = path.partition(".")
        if kind == "diagnoses":
            return f"diagnosis-{rest}"
        return "-".join([kind, *rest.replace("fee", "charge").split(".")]) if rest else "lines-1-code"

    def label(self, path: str) -> str:
        """The same in words: "Line 2 units"."""
        kind, _, rest = path.partition(".")
        if kind == "diagnoses":
            return f"Diagnosis {rest}"
        return f"Line {rest.replace('.', ' ')}" if rest else "Lines"

    @property
    def stopping(self) -> list[tuple[str, str]]:
        """Each finding that stops the claim: where it is mended, and its sentence with the field's name."""
        beside = [
            (url or f"#general-{place}", each.message)
            for place, (each, url) in enumerate(self.general, start=1)
            if each.severity is Severity.BLOCK
        ]
        at_fields = [
            (f"#{self.anchor(each.field)}", f"{self.label(each.field)}: {each.message}")
            for row in (*self.diagnoses, *self.lines)
            for each in row.findings
            if each.severity is Severity.BLOCK
        ]
        return at_fields + beside

    @property
    def signed(self) -> bool:
        return self.encounter.state == "signed"


def build(session: Session, encounter: Encounter, form: SlipForm) -> Screen:
    """The screen for what is typed; reads, and changes nothing."""
    coverages = billed(session, encounter)
    primary = coverages[0] if coverages else None
    claim = session.scalar(
        select(Claim).where(Claim.encounter_id == encounter.id).order_by(Claim.id.desc()).limit(1)
    )
    content = _judged(session, encounter, form)
    found = _sensible(preview.findings(session, encounter, primary, content, claim), form)
    by_field: dict[str, list[Finding]] = defaultdict(list)
    for each in found:
        if each.severity is not Severity.INFO:
            by_field[each.field].append(each)
    dx = _diagnosis_rows(encounter, form, by_field)
    lines = _line_rows(session, encounter, form, by_field)
    shown = {id(each) for row in [*dx, *lines] for each in row.findings}
    rest = [each for each in found if each.severity is not Severity.INFO and id(each) not in shown]
    return Screen(
        encounter=encounter,
        form=form,
        coverages=coverages,
        diagnoses=dx,
        lines=lines,
        general=[(each, _where(each, encounter, primary)) for each in rest],
        notes=[each for each in found if each.severity is Severity.INFO],
        stops=sum(each.severity is Severity.BLOCK for each in found),
        looks=sum(each.severity is Severity.WARN for each in found),
        total=sum((row.total or Decimal(0) for row in form.rows), Decimal("0.00")),
        units=sum(line.units for line in content.lines),
        claim=claim,
        schedule=_schedule(session, encounter),
        facts=_facts(session, encounter, coverages),
        expected=_expected(session, encounter, primary, content),
        visit=_visit(session, encounter),
    )


def billed(session: Session, encounter: Encounter) -> list[Coverage]:
    """The primary coverage as sign-off will take it, then the later ones that cover the day."""
    first = charges.coverage_billed(session, encounter)
    if first is None:
        return []
    query = select(Coverage).where(
        Coverage.patient_id == encounter.patient_id, Coverage.position > 1, Coverage.id != first.id
    )
    later = session.scalars(query.order_by(Coverage.position))
    return [first, *(each for each in later if each.covers(encounter.service_on))]


def options(session: Session, encounter: Encounter, path: str, text: str) -> list[Option]:
    """What may be meant by a few characters in a diagnosis or procedure field, on the day of service."""
    if path.startswith("diagnoses."):
        found: Iterable[Any] = diagnoses.search(text, encounter.service_on, CHOICES)
    else:
        found = fees.search(session, text, encounter.service_on, CHOICES)
    return [Option(each.code, each.description) for each in found]


def no_match(encounter: Encounter, path: str, text: str) -> str:
    """What to say, and what to do, when nothing fits what was typed; "" while too little was typed to look."""
    typed = " ".join(text.split())
    if sum(character.isalnum() for character in typed) < 2:
        return ""
    on = formats.mdy(encounter.service_on)
    if path.startswith("diagnoses."):
        return (
            f"No diagnosis matches “{typed}” on {on}. Try fewer or other words, "
            "or the first three characters of the code."
        )
    return f"No procedure on the clinic's list matches “{typed}” on {on}. Try fewer words, or the code."


def _judged(session: Session, encounter: Encounter, form: SlipForm) -> charges.Content:
    """The typed content as it would be kept, or as typed where it could not be."""
    typed = form.content()
    form.faults = {path: text for path, text in form.faults.items() if text}
    try:
        return checked(session, encounter, typed)
    except charges.SlipInvalid as refused:
        form.faults = {**refused.faults, **form.faults}
    codes = [dotted(each) for each in typed.diagnoses]
    while codes and not codes[-1]:
        codes.pop()
    bad = {f"diagnoses.{letter}" for letter in POINTERS} & form.faults.keys()
    kept = tuple(
        "" if f"diagnoses.{letter}" in bad else code for letter, code in zip(POINTERS, codes, strict=False)
    )
    return charges.Content(kept, typed.lines)


def _sensible(found: Iterable[Finding], form: SlipForm) -> list[Finding]:
    """Without what is said of lines that cannot be read yet: they have their own sentence, and no true total."""
    unread = {path.rsplit(".", 1)[0] for path in form.faults if path.startswith("lines.")}
    return [
        each
        for each in found
        if each.field.rsplit(".", 1)[0] not in unread and not (unread and each.field == "claim.total")
    ]


def _diagnosis_rows(
    encounter: Encounter, form: SlipForm, by_field: dict[str, list[Finding]]
) -> list[DiagnosisRow]:
    rows = []
    for letter, text in zip(POINTERS, form.diagnoses, strict=True):
        path = f"diagnoses.{letter}"
        code = dotted(text)
        row = DiagnosisRow(letter, text if path in form.faults else code, fault=form.faults.get(path, ""))
        row.findings = by_field.get(path, [])
        if text and row.fault:
            row.options = [
                Option(each.code, each.description)
                for each in diagnoses.search(text, encounter.service_on, CHOICES)
            ]
            row.fault = row.fault if row.options else no_match(encounter, path, text) or row.fault
        elif text:
            row.words = diagnoses.describe(code)
            status = diagnoses.status(code, encounter.service_on)
            if status is not None and status.is_known and not status.billable:
                row.options = [Option(choice, words) for choice, words in status.choices]
        rows.append(row)
    return rows


def _line_rows(
    session: Session, encounter: Encounter, form: SlipForm, by_field: dict[str, list[Finding]]
) -> list[LineRow]:
    on = encounter.service_on
    words = fees.describe(session, {row.code.upper() for row in form.rows}, on)
    rows = []
    for number, row in enumerate(form.rows, start=1):
        prefix = f"lines.{number}."
        line = LineRow(number, row, words.get(row.code.upper(), ""))
        line.faults = {
            path.removeprefix(prefix): text for path, text in form.faults.items() if path.startswith(prefix)
        }
        line.findings = [
            each for path, found in by_field.items() if path.startswith(prefix) for each in found
        ]
        modifiers = [each for each in row.modifiers if each]
        line.listed = fees.fee(session, row.code.upper(), modifiers, on)
        if "code" in line.faults:
            line.options = options(session, encounter, f"{prefix}code", row.code)
        rows.append(line)
    if encounter.state == "draft":
        rows += [LineRow(len(rows) + extra, Row()) for extra in range(1, BLANK_ROWS + 1)]
        first = form.faults.get("lines.1.code")
        if first and not form.rows:
            rows[0].faults["code"] = first
    return rows


def _where(finding: Finding, encounter: Encounter, primary: Coverage | None) -> str:
    """A link to the field that mends it; "" where there is none, or where this user may not go."""
    family, _, rest = finding.field.partition(".")
    if primary is None:
        return ""
    cover = {"public_id": encounter.patient.public_id, "coverage_id": primary.public_id}
    places: dict[str, tuple[str, dict[str, str], str]] = {
        "coverage": ("patients.edit_coverage", cover, rest),
        "authorization": ("patients.new_authorization", cover, "number"),
        "payer": ("admin.payer", {"public_id": primary.payer.public_id}, ""),
        "billing": ("admin.practice", {}, rest),
        "rendering": ("admin.providers", {}, ""),
    }
    endpoint, values, anchor = places.get(family, ("", {}, ""))
    permission = getattr(current_app.view_functions.get(endpoint), "permission", None)
    if permission is None or not may(permission):
        return ""
    return url_for(endpoint, _anchor=anchor or None, **values)


def _schedule(session: Session, encounter: Encounter) -> str:
    found = charges.schedule_on(session, encounter.service_on)
    return f"Fees: {found.name}" if found else f"No fee schedule holds on {formats.mdy(encounter.service_on)}"


def _facts(session: Session, encounter: Encounter, coverages: Sequence[Coverage]) -> list[tuple[str, str]]:
    place = PLACES.get(encounter.place_of_service, "")
    visit = formats.mdy(encounter.service_on)
    if encounter.appointment is not None:
        visit += f", {formats.wall(encounter.appointment.starts_at)}"
    facts = [
        ("Visit", visit),
        ("Rendering", encounter.provider.name),
        ("Place", f"{encounter.place_of_service} {place}".strip()),
        ("Bill to", ", then ".join(each.payer.name for each in coverages) or "Patient (no coverage)"),
    ]
    if encounter.authorization_id:
        row = session.get_one(Authorization, encounter.authorization_id)
        left = max(row.visits_allowed - row.visits_used, 0)
        facts.append(("Authorization", f"{row.number} ({left} of {row.visits_allowed} {row.counts} left)"))
    return facts


def _expected(
    session: Session, encounter: Encounter, primary: Coverage | None, content: charges.Content
) -> list[tuple[Any, ...]]:
    """What the contract lets the clinic expect, and the copay; only what is known."""
    if primary is None:
        return []
    rows: list[tuple[Any, ...]] = []
    allowed = [
        (charges.fee(session, line.code, line.modifiers, encounter.service_on, primary.payer_id), line.units)
        for line in content.lines
    ]
    if allowed and all(each is not None for each, _ in allowed):
        total = sum((amount * units for amount, units in allowed if amount is not None), Decimal("0.00"))
        rows.append(("Allowed by contract", formats.usd(total)))
    if primary.copay is not None:
        taken = session.scalar(
            select(func.coalesce(func.sum(Receipt.amount), 0)).where(
                Receipt.appointment_id == encounter.appointment_id, Receipt.purpose == "copay"
            )
        )
        said = f"{formats.usd(Decimal(taken))} collected at check-in" if taken else "not collected yet"
        rows.append(("Patient's copay", formats.usd(primary.copay), said))
    return rows


def _visit(session: Session, encounter: Encounter) -> list[tuple[Any, ...]]:
    """What brought the patient, and who signed."""
    rows: list[tuple[Any, ...]] = []
    if encounter.appointment is not None:
        rows.append(("Type", encounter.appointment.visit_type.name))
        rows.append(("Reason", encounter.appointment.reason or "none given"))
        if encounter.appointment.checked_in_at is not None:
            rows.append(("Checked in", formats.wall(encounter.appointment.checked_in_at)))
    if encounter.signed_at is not None:
        signer = session.get(User, encounter.signed_by) if encounter.signed_by else None
        when = f"{formats.mdy(encounter.signed_at)}, {formats.wall(encounter.signed_at)}"
        rows.append(("Signed", when, signer.name if signer else ""))
    else:
        rows.append(("Signed", "not yet"))
    return rows


def claim_state(claim: Claim | None) -> tuple[str, str]:
    """The claim's state in words, with its tone."""
    return ("", "") if claim is None else tuple(claims.STATES[claim.state])  # type: ignore[return-value]
