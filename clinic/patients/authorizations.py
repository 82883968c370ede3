"""Prior authorizations as the payer gave them: number, codes, dates and visits (K02)."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from clinic import audit
from clinic.models import Authorization, Charge, Coverage
from clinic.patients import changes
from clinic.patients.errors import FieldRefused

EDITABLE = ("kind", "number", "codes", "starts_on", "ends_on", "counts", "visits_allowed", "provider_id")
KINDS = {"authorization": "Authorization", "referral": "Referral"}
LONGEST_NUMBER = 50  # what REF02 of a claim holds
COUNTS = {"visits": "Visits", "units": "Units"}


def add_authorization(
    session: Session,
    coverage: Coverage,
    *,
    number: str,
    codes: Sequence[str],
    starts_on: date,
    ends_on: date,
    visits_allowed: int,
    kind: str = "authorization",
    counts: str = "visits",
    provider_id: int | None = None,
) -> Authorization:
    """Keep an authorization or referral of a coverage; raises FieldRefused for a wrong value.

    `visits_allowed` counts visits, or units of the codes where `counts` is "units".
    """
    values = _clean(
        {
            "number": number,
            "codes": codes,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "visits_allowed": visits_allowed,
            "kind": kind,
            "counts": counts,
            "provider_id": provider_id,
        }
    )
    # A second click brings the same number for the same coverage and time.
    twin = session.scalar(
        select(Authorization).where(
            Authorization.coverage_id == coverage.id,
            Authorization.kind == kind,
            Authorization.number == values["number"],
            Authorization.starts_on == starts_on,
        )
    )
    if twin is not None:
        return twin
    row = Authorization(coverage_id=coverage.id, visits_used=0, **values)
    session.add(row)
    session.flush()
    _record(session, "authorization.add", coverage, row, {name: [None, v] for name, v in values.items()})
    return row


def change_authorization(session: Session, row: Authorization, version: int, **fields: Any) -> Authorization:
    """Change an authorization; raises FieldRefused or ChangedMeanwhile."""
    changes.lock(session, row, version, row.coverage.patient_id, f"Authorization {row.number}")
    values = _clean({name: getattr(row, name) for name in EDITABLE} | fields)
    if values["visits_allowed"] < row.visits_used:
        raise FieldRefused("visits_allowed", f"{row.visits_used} {row.counts} were used already.")
    done = changes.apply(row, values)
    if done:
        session.flush()
        _record(session, "authorization.change", row.coverage, row, done)
    return row


def count_visit(session: Session, authorization_id: int, by: int, charges: Sequence[Charge] = ()) -> None:
    """Count a signed visit on its authorization (`by` 1), or give it back (-1); the row is held meanwhile (K02).

    One that counts units takes those of the visit's `charges` that it is for.
    """
    row = session.get_one(
        Authorization,
        authorization_id,
        options=[selectinload(Authorization.coverage)],
        with_for_update=True,
        populate_existing=True,
    )
    before = row.visits_used
    if row.counts == "units":
        by *= sum(charge.units for charge in charges if not row.codes or charge.code in row.codes)
    row.visits_used = max(before + by, 0)
    session.flush()
    _record(session, "authorization.count", row.coverage, row, {"visits_used": [before, row.visits_used]})


def authorizations_of(session: Session, patient_id: int) -> Sequence[Authorization]:
    """A patient's authorizations, the one that ends last first, with coverage and payer loaded."""
    query = (
        select(Authorization)
        .join(Authorization.coverage)
        .where(Coverage.patient_id == patient_id)
        .options(joinedload(Authorization.coverage).joinedload(Coverage.payer))
        .order_by(Authorization.ends_on.desc(), Authorization.id.desc())
    )
    return list(session.scalars(query))


def authorization_faults(fields: dict[str, Any]) -> list[FieldRefused]:
    """Everything that `add_authorization` would refuse in its `fields`; what is missing is left to the form to say."""
    return _checked({"kind": "authorization", "counts": "visits"} | fields)[1]


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    clean, wrong = _checked(values)
    if wrong:
        raise wrong[0]
    return clean


def _checked(values: dict[str, Any]) -> tuple[dict[str, Any], list[FieldRefused]]:
    number = " ".join((values["number"] or "").split()).upper()
    codes = [code.strip().upper() for code in values["codes"] if code.strip()]
    wrong = [FieldRefused("number", sentence) for sentence in [_wrong_number(number)] if sentence]
    odd = [code for code in codes if not re.fullmatch(r"[A-Z0-9]{5}", code)]
    if odd:
        wrong.append(FieldRefused("codes", f"{odd[0]} is not a procedure code of five characters."))
    first, last, allowed = values["starts_on"], values["ends_on"], values["visits_allowed"]
    if first is not None and last is not None and last < first:
        wrong.append(FieldRefused("ends_on", "The last day cannot lie before the first."))
    if allowed is not None and not 1 <= allowed <= 999:
        wrong.append(FieldRefused("visits_allowed", "Enter a number between 1 and 999."))
    if values["kind"] not in KINDS or values["counts"] not in COUNTS:
        wrong.append(FieldRefused("kind", "Choose what it is and what it counts."))
    return values | {"number": number, "codes": codes}, wrong


def _wrong_number(number: str) -> str:
    odd = re.search(r"[^A-Z0-9 ./-]", number)
    if odd:
        return f"Take out {odd[0]} : a number is letters, digits and hyphens."
    if not re.search(r"[A-Z0-9]", number):
        return "Enter the number as the payer gave it: letters, digits and hyphens."
    if len(number) > LONGEST_NUMBER:
        return f"Keep the number to {LONGEST_NUMBER} characters: no claim takes more."
    return ""


def _record(
    session: Session, action: str, coverage: Coverage, row: Authorization, done: dict[str, list[Any]]
) -> None:
    audit.record(
        session,
        action,
        patients=[coverage.patient_id],
        subject=f"authorization:{row.public_id}",
        category="coverage",
        changes=done,
    )
