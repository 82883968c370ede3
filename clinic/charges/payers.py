"""Payers, enrolments, the clinic's fees and its code tables, as the office keeps them."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, formats
from clinic.db import ClinicError
from clinic.models import AddOn, CodePair, Enrolment, Fee, FeeSchedule, Payer, Procedure

PAYER_FIELDS = (
    "name", "edi_id", "kind", "filing_indicator", "active", "filing_days", "corrected_days", "limits_source",
    "capitated", "needs_authorization", "accepts_replacement", "phone",
)  # fmt: skip
MAX_ROWS = 100_000


class TableRefused(ClinicError):
    """A file or a value that cannot be taken in; nothing of it was. `field` is the form's field that is wrong."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Loaded:
    """What an import did."""

    added: int
    changed: int
    unchanged: int


def save_payer(session: Session, payer: Payer, **fields: object) -> None:
    """Change a payer, or add a new one; the difference is on record. Raises TableRefused for a taken name or ID."""
    changes = {}
    for name in PAYER_FIELDS:
        if name in fields and getattr(payer, name) != fields[name]:
            changes[name] = [getattr(payer, name), fields[name]]
            setattr(payer, name, fields[name])
    with session.no_autoflush:
        others = session.execute(
            select(Payer.name, Payer.edi_id).where(
                (Payer.name == payer.name) | (Payer.edi_id == payer.edi_id), Payer.id != (payer.id or 0)
            )
        ).all()
    for other in others:
        if other.name == payer.name:
            raise TableRefused(f"There is a payer named {other.name} already.", "name")
        raise TableRefused(f"{other.name} has the payer ID {other.edi_id} already.", "edi_id")
    session.add(payer)
    session.flush()
    audit.record(session, "payer.save", subject=f"payer:{payer.public_id}", changes=changes)


def save_enrolment(session: Session, payer: Payer, kind: str, state: str, effective_on: date | None) -> None:
    """The agreement to exchange one transaction with a payer (K11)."""
    row = session.scalar(
        select(Enrolment).where(Enrolment.payer_id == payer.id, Enrolment.transaction_kind == kind)
    )
    if row is None:
        row = Enrolment(payer_id=payer.id, transaction_kind=kind, state=state, effective_on=effective_on)
        session.add(row)
        before = None
    else:
        before = row.state
        row.state, row.effective_on = state, effective_on
    session.flush()
    session.expire(payer, ["enrolments"])
    audit.record(
        session,
        "enrolment.save",
        subject=f"payer:{payer.public_id}",
        changes={kind: [before, state], "effective_on": [None, effective_on]},
    )


def copy_schedule(session: Session, source: FeeSchedule, name: str, effective_on: date) -> FeeSchedule:
    """A new schedule with the fees of another, from a day on; the old one ends the day before."""
    if effective_on <= source.effective_on:
        raise TableRefused(f"The new schedule must begin after {formats.mdy(source.effective_on)}.")
    if source.ended_on is not None:
        raise TableRefused("That schedule has ended. Copy the one that is in force.")
    fees = session.scalars(select(Fee).where(Fee.schedule_id == source.id)).all()
    made = FeeSchedule(name=name.strip(), payer_id=source.payer_id, effective_on=effective_on)
    made.fees = [Fee(code=fee.code, modifier=fee.modifier, amount=fee.amount) for fee in fees]
    source.ended_on = date.fromordinal(effective_on.toordinal() - 1)
    session.add(made)
    session.flush()
    audit.record(session, "fee_schedule.copy", subject=f"fee_schedule:{made.public_id}")
    return made


def set_fee(session: Session, schedule: FeeSchedule, code: str, modifier: str, amount: Decimal) -> str:
    """Set one fee; answers `added`, `changed` or `unchanged`."""
    code, modifier = code.strip().upper(), modifier.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{5}", code):
        raise TableRefused(f"A procedure code has five letters or digits, not {code!r}.")
    if not re.fullmatch(r"([A-Z0-9]{2})?", modifier):
        raise TableRefused(f"A modifier has two letters or digits, not {modifier!r}.", "modifier")
    row = session.scalar(
        select(Fee).where(Fee.schedule_id == schedule.id, Fee.code == code, Fee.modifier == modifier)
    )
    before = row.amount if row else None
    if before == amount:
        return "unchanged"
    if row is None:
        session.add(Fee(schedule_id=schedule.id, code=code, modifier=modifier, amount=amount))
    else:
        row.amount = amount
    session.flush()
    audit.record(
        session,
        "fee.set",
        subject=f"fee_schedule:{schedule.public_id}",
        changes={f"{code} {modifier}".strip(): [before, amount]},
    )
    return "added" if before is None else "changed"


def load_fees(session: Session, schedule: FeeSchedule, content: bytes) -> Loaded:
    """Fees from a CSV with the columns code, modifier, amount; all of it or, with the line that is wrong, nothing."""
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for number, row in _rows(content, {"code", "amount"}):
        try:
            amount = formats.parse_money(row["amount"])
            counts[set_fee(session, schedule, row["code"], row.get("modifier") or "", amount)] += 1
        except (ValueError, TableRefused) as error:
            raise TableRefused(f"Line {number}: {error} Nothing was loaded.") from error
    return Loaded(**counts)


def load_codes(session: Session, kind: str, content: bytes) -> Loaded:
    """A code table from CSV: `procedures` (L01), `pairs` (L07) or `add_ons` (L13); all or nothing.

    Columns: procedures code, description, spanish, effective_on, ended_on, global_days, zero_charge; pairs column1,
    column2, indicator, effective_on, deleted_on; add_ons code, primary_code. Dates as MM/DD/YYYY or YYYY-MM-DD. Of a
    procedure that is listed only the Spanish words change.
    """
    load = {"procedures": _procedure, "pairs": _pair, "add_ons": _add_on}[kind]
    needed = {
        "procedures": {"code", "description", "effective_on"},
        "pairs": {"column1", "column2", "indicator", "effective_on"},
        "add_ons": {"code", "primary_code"},
    }[kind]
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for number, row in _rows(content, needed):
        try:
            counts[load(session, row)] += 1
        except ValueError as error:
            raise TableRefused(f"Line {number}: {error} Nothing was loaded.") from error
    session.flush()
    audit.record(
        session,
        f"code_table.load_{kind}",
        changes={name: [None, each] for name, each in counts.items() if each},
    )
    return Loaded(**counts)


def _procedure(session: Session, row: dict[str, str]) -> str:
    code, on = _code(row["code"]), formats.parse_date(row["effective_on"])
    spanish = (row.get("spanish") or "").strip()
    found = session.scalar(select(Procedure).where(Procedure.code == code, Procedure.effective_on == on))
    if found is not None:
        if spanish in ("", found.spanish):
            return "unchanged"
        found.spanish = spanish
        return "changed"
    session.add(
        Procedure(
            code=code,
            description=row["description"].strip(),
            spanish=spanish,
            effective_on=on,
            ended_on=_day(row.get("ended_on")),
            global_days=(row.get("global_days") or "").strip().upper() or None,
            zero_charge=(row.get("zero_charge") or "").strip().lower() in ("1", "y", "yes", "true"),
        )
    )
    return "added"


def _pair(session: Session, row: dict[str, str]) -> str:
    one, two = _code(row["column1"]), _code(row["column2"])
    indicator, on = row["indicator"].strip(), formats.parse_date(row["effective_on"])
    if indicator not in ("0", "1", "9"):
        raise ValueError(f"The modifier indicator is 0, 1 or 9, not {indicator!r}.")
    same = select(CodePair.id).where(
        CodePair.column1 == one, CodePair.column2 == two, CodePair.effective_on == on
    )
    if session.scalar(same):
        return "unchanged"
    deleted = _day(row.get("deleted_on"))
    session.add(CodePair(column1=one, column2=two, indicator=indicator, effective_on=on, deleted_on=deleted))
    return "added"


def _add_on(session: Session, row: dict[str, str]) -> str:
    code, primary = _code(row["code"]), _code(row["primary_code"])
    if session.scalar(select(AddOn.id).where(AddOn.code == code, AddOn.primary_code == primary)):
        return "unchanged"
    session.add(AddOn(code=code, primary_code=primary))
    return "added"


def _code(text: str) -> str:
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{5}", code):
        raise ValueError(f"A procedure code has five letters or digits, not {text!r}.")
    return code


def _day(text: str | None) -> date | None:
    return formats.parse_date(text) if text and text.strip() else None


def _rows(content: bytes, needed: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and columns of each row; raises TableRefused for what is no such CSV."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableRefused("The file is not a CSV text in UTF-8. Nothing was loaded.") from error
    reader = csv.DictReader(io.StringIO(text))
    reader.fieldnames = [(name or "").strip().lower() for name in reader.fieldnames or []]
    missing = needed - set(reader.fieldnames)
    if missing:
        raise TableRefused(
            f"The first line must name the columns {', '.join(sorted(needed))}. Nothing was loaded."
        )
    for row in reader:
        if reader.line_num > MAX_ROWS:
            raise TableRefused(f"The file has more than {MAX_ROWS} lines. Nothing was loaded.")
        yield reader.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)}
