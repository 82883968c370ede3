"""The slip before it is signed: opened from a visit, filled, checked field by field, copied from the last visit."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from clinic import audit, clock, patients
from clinic.charges import fees
from clinic.charges.coverage import coverage_billed
from clinic.charges.errors import SlipChanged, SlipError, SlipInvalid
from clinic.charges.waiting import SEEN
from clinic.models import POINTERS, Appointment, Authorization, Charge, Encounter

MAX_DIAGNOSES = len(POINTERS)
MAX_LINES = 50  # what one professional claim holds
MAX_FEE = Decimal("999999.99")
ZERO = Decimal("0.00")
_CODE = re.compile(r"[A-Z0-9]\d{3}[A-Z0-9]")
_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z]\.?[0-9A-Z]{0,4}")
_MODIFIER = re.compile(r"[A-Z0-9]{2}")


@dataclass(frozen=True)
class Line:
    """One service as it is asked for; `fee` None takes the schedule's, `pointers` are letters, primary first."""

    code: str
    modifiers: Sequence[str] = ()
    pointers: str = "A"
    units: int = 1
    fee: Decimal | None = None


@dataclass(frozen=True)
class Content:
    """What stands on a slip: diagnoses A first, and lines in order."""

    diagnoses: Sequence[str] = ()
    lines: Sequence[Line] = field(default_factory=tuple)


def open_slip(session: Session, appointment: Appointment) -> Encounter:
    """The slip of a visit: the one it has, or a new draft. Raises SlipError when the patient has not arrived."""
    session.refresh(appointment, with_for_update={"of": Appointment})
    existing = session.scalar(select(Encounter).where(Encounter.appointment_id == appointment.id))
    if existing is not None:
        return existing
    if appointment.status not in SEEN:
        raise SlipError("The patient has not arrived for this visit yet: check them in first.")
    encounter = Encounter(
        appointment_id=appointment.id,
        patient_id=appointment.patient_id,
        provider_id=appointment.provider_id,
        service_on=clock.local(appointment.starts_at).date(),
    )
    session.add(encounter)
    session.flush()
    audit.record(
        session,
        "encounter.open",
        patients=[encounter.patient_id],
        subject=f"encounter:{encounter.id}",
        category="charges",
    )
    return encounter


def content_of(encounter: Encounter) -> Content:
    """What stands on the slip now."""
    lines = [
        Line(charge.code, tuple(charge.modifiers), charge.pointers, charge.units, charge.fee)
        for charge in encounter.charges
    ]
    return Content(tuple(encounter.diagnoses), tuple(lines))


def copy_last(session: Session, encounter: Encounter) -> Content | None:
    """What the patient's last signed slip before this visit held, at today's fees; None when there is none.

    Nothing is saved: the clinician looks at it first.
    """
    last = session.scalar(
        select(Encounter)
        .where(
            Encounter.patient_id == encounter.patient_id,
            Encounter.state == "signed",
            Encounter.kind == "visit",
            Encounter.service_on <= encounter.service_on,
            Encounter.id != encounter.id,
        )
        .order_by(Encounter.service_on.desc(), Encounter.id.desc())
        .options(selectinload(Encounter.charges))
        .limit(1)
    )
    if last is None:
        return None
    content = content_of(last)
    lines = [replace(line, fee=price(session, encounter, line)) for line in content.lines]
    return Content(content.diagnoses, tuple(lines))


def save_draft(
    session: Session,
    encounter: Encounter,
    version: int,
    diagnoses: Iterable[str],
    lines: Iterable[Line],
) -> Encounter:
    """Keep what is typed on an unsigned slip; an amount is units times fee, and a fee left open is the schedule's.

    Empty diagnosis rows are closed up and the pointers follow. Raises SlipChanged when `version` is not the
    row's, SlipInvalid with a sentence for each field, SlipError for a signed slip.
    """
    lock(session, encounter, version)
    if encounter.state != "draft":
        raise SlipError("This slip is signed: its charges stand in the ledger.")
    content = checked(session, encounter, Content(tuple(diagnoses), tuple(lines)))
    before = content_of(encounter)
    encounter.authorization_id = _authorization(session, encounter, content)
    encounter.diagnoses = list(content.diagnoses)
    _write_lines(encounter, content.lines)
    _note(session, encounter, "encounter.save", before, content)
    return encounter


def mend_signed(
    session: Session,
    encounter: Encounter,
    version: int,
    diagnoses: Iterable[str],
    lines: Iterable[Line],
) -> Encounter:
    """Mend what a claim says of a signed slip: diagnoses, modifiers, pointers. No money moves.

    Raises SlipInvalid where a code, its units or its fee differ: those are changed by reversal. The caller scrubs
    the visit's unsent claims again.
    """
    lock(session, encounter, version)
    if encounter.state != "signed":
        raise SlipError("This slip is not signed yet: save it as a draft.")
    content = checked(session, encounter, Content(tuple(diagnoses), tuple(lines)))
    before = content_of(encounter)
    faults = _money_faults(before, content) or unready(content)
    if faults:
        raise SlipInvalid(faults)
    if encounter.authorization_id is None:
        encounter.authorization_id = _authorization(session, encounter, content)
        if encounter.authorization_id is not None:
            patients.count_visit(session, encounter.authorization_id, 1, encounter.charges)
    encounter.diagnoses = list(content.diagnoses)
    for charge, line in zip(encounter.charges, content.lines, strict=True):
        charge.modifiers, charge.pointers = list(line.modifiers), line.pointers
    _note(session, encounter, "encounter.mend", before, content)
    return encounter


def lock(session: Session, encounter: Encounter, version: int) -> None:
    """Hold the slip for the rest of the transaction. Raises SlipChanged when it is not the version that was read."""
    session.refresh(encounter, with_for_update={"of": Encounter})
    if encounter.version != version:
        raise SlipChanged("This slip was changed since you opened it.")


def price(session: Session, encounter: Encounter, line: Line) -> Decimal | None:
    """The schedule's fee for a line on the date of service."""
    return fees.fee(session, line.code, line.modifiers, encounter.service_on)


def checked(session: Session, encounter: Encounter, content: Content) -> Content:
    """The content as it is kept: upper case, no empty rows, each fee known. Raises SlipInvalid."""
    faults: dict[str, str] = {}
    diagnoses, letters = _diagnoses(content.diagnoses, faults)
    lines = []
    for number, typed in enumerate(content.lines, start=1):
        line = _line(typed, number, letters, faults)
        if line.fee is None and f"lines.{number}.code" not in faults:
            line = replace(line, fee=price(session, encounter, line))
            if line.fee is None:
                faults[f"lines.{number}.fee"] = (
                    f"No fee schedule has {line.code} on {encounter.service_on:%m/%d/%Y}: type the fee."
                )
        lines.append(line)
    if len(lines) > MAX_LINES:
        faults["lines"] = f"A claim holds {MAX_LINES} lines: put the rest on another slip."
    if faults:
        raise SlipInvalid(faults)
    return Content(diagnoses, tuple(lines))


def unready(content: Content) -> dict[str, str]:
    """What a slip lacks to be signed, by field."""
    faults = {}
    if not content.diagnoses:
        faults["diagnoses.A"] = "Enter at least one diagnosis."
    if not content.lines:
        faults["lines.1.code"] = "Enter at least one service."
    for number, line in enumerate(content.lines, start=1):
        if not line.pointers:
            faults[f"lines.{number}.pointers"] = "Point at a diagnosis by its letter, such as A."
    return faults


def _diagnoses(typed: Sequence[str], faults: dict[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Codes without empty rows, and each old letter's new one. A thirteenth is refused on row L."""
    codes: list[str] = []
    letters: dict[str, str] = {}
    if sum(bool(text.strip()) for text in typed) > MAX_DIAGNOSES:
        faults["diagnoses.L"] = f"A claim holds {MAX_DIAGNOSES} diagnoses, A to L."
    for letter, text in zip(POINTERS, typed, strict=False):
        code = dotted(text)
        if not code:
            continue
        if not _DIAGNOSIS.fullmatch(code):
            faults[f"diagnoses.{letter}"] = f"Choose a code for “{text.strip()}”, such as E11.65."
        elif code in codes:
            faults[f"diagnoses.{letter}"] = f"{code} stands in row {POINTERS[codes.index(code)]} already."
        codes.append(code)
        letters[letter] = POINTERS[len(codes) - 1]
    return tuple(codes), letters


def dotted(text: str) -> str:
    """A diagnosis code as it is printed: `m17 11` and `M1711` are M17.11."""
    plain = re.sub(r"[.\s]", "", text).upper()
    if len(plain) > 3 and _DIAGNOSIS.fullmatch(plain):
        return f"{plain[:3]}.{plain[3:]}"
    return plain


def _line(typed: Line, number: int, letters: dict[str, str], faults: dict[str, str]) -> Line:
    at = f"lines.{number}"
    code = typed.code.strip().upper()
    if not _CODE.fullmatch(code):
        faults[f"{at}.code"] = (f"{code} is no procedure code. " if code else "") + (
            "Enter a procedure code of five characters, such as 99213."
        )
    modifiers = [each.strip().upper() for each in typed.modifiers if each.strip()]
    if len(modifiers) > 4:
        faults[f"{at}.modifiers"] = "A line holds four modifiers."
    elif not all(_MODIFIER.fullmatch(each) for each in modifiers):
        faults[f"{at}.modifiers"] = "A modifier has two letters or digits, such as 25."
    elif len(set(modifiers)) < len(modifiers):
        faults[f"{at}.modifiers"] = "Enter each modifier once."
    wanted = [each for each in typed.pointers.upper() if each not in " ,"]
    missing = [each for each in wanted if each not in letters]
    if missing:
        faults[f"{at}.pointers"] = f"There is no diagnosis {missing[0]} on this slip."
    elif len(wanted) > 4 or len(set(wanted)) < len(wanted):
        faults[f"{at}.pointers"] = "Point at one to four diagnoses, each once."
    if not 1 <= typed.units <= 999:
        faults[f"{at}.units"] = "Enter units from 1 to 999."
    if typed.fee is not None and not (
        0 <= typed.fee <= MAX_FEE and typed.fee == typed.fee.quantize(Decimal("0.01"))
    ):
        faults[f"{at}.fee"] = "Enter a fee in dollars and cents, up to 999,999.99."
    pointers = "".join(letters.get(each, "") for each in wanted)
    return Line(code, tuple(modifiers), pointers, typed.units, typed.fee)


def _write_lines(encounter: Encounter, lines: Sequence[Line]) -> None:
    """Rows that stay keep their id: a claim's line number hangs on it (C5)."""
    for charge in encounter.charges[len(lines) :]:
        encounter.charges.remove(charge)
    # `checked` has given every line its fee.
    for position, line in enumerate(lines, start=1):
        if position > len(encounter.charges):
            encounter.charges.append(Charge(position=position))
        charge = encounter.charges[position - 1]
        charge.position, charge.code = position, line.code
        charge.modifiers, charge.pointers = list(line.modifiers), line.pointers
        fee = line.fee or ZERO
        charge.units, charge.fee, charge.amount = line.units, fee, fee * line.units


def _money_faults(before: Content, after: Content) -> dict[str, str]:
    signed = "is signed and stands in the ledger: reverse the charge to correct it."
    if len(before.lines) != len(after.lines):
        return {"lines": "Lines of a signed slip stand in the ledger: none can be added or taken away."}
    faults = {}
    for number, (old, new) in enumerate(zip(before.lines, after.lines, strict=True), start=1):
        for name in ("code", "units", "fee"):
            if getattr(old, name) != getattr(new, name):
                faults[f"lines.{number}.{name}"] = f"Line {number} {signed}"
    return faults


def _authorization(session: Session, encounter: Encounter, content: Content) -> int | None:
    """The slip's authorisation, or one of the billed coverage for its day, its provider and one of its codes (K02)."""
    if encounter.authorization_id is not None:
        return encounter.authorization_id
    coverage = coverage_billed(session, encounter)
    if coverage is None:
        return None
    codes = {line.code for line in content.lines}
    rows = session.scalars(
        select(Authorization)
        .where(
            Authorization.coverage_id == coverage.id,
            Authorization.starts_on <= encounter.service_on,
            Authorization.ends_on >= encounter.service_on,
            Authorization.visits_used < Authorization.visits_allowed,
            or_(Authorization.provider_id.is_(None), Authorization.provider_id == encounter.provider_id),
        )
        .order_by(Authorization.kind, Authorization.ends_on, Authorization.id)
    )
    return next((row.id for row in rows if not row.codes or codes & set(row.codes)), None)


def _note(session: Session, encounter: Encounter, action: str, before: Content, after: Content) -> None:
    # A change of the lines alone must move the slip's version too.
    flag_modified(encounter, "diagnoses")
    session.flush()
    changes = {}
    if list(before.diagnoses) != list(after.diagnoses):
        changes["diagnoses"] = [list(before.diagnoses), list(after.diagnoses)]
    if before.lines != after.lines:
        changes["lines"] = [[_said(line) for line in each.lines] for each in (before, after)]
    audit.record(
        session,
        action,
        patients=[encounter.patient_id],
        subject=f"encounter:{encounter.id}",
        category="charges",
        changes=changes,
    )


def _said(line: Line) -> str:
    return " ".join([line.code, *line.modifiers, line.pointers, f"{line.units} x {line.fee}"])
