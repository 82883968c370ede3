"""The scrubber's look-ups over the clinic's own tables and ICD-10-CM (L01, L07, L09, L13, D01, D02).

All four tables are small beside the claims they judge, so each is read once for a whole run. A table without rows is
"not loaded", and its edits then say "not checked".
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import scrub
from clinic.charges import diagnoses
from clinic.models import AddOn, CodePair, Procedure
from clinic.scrub.tables import in_force


def tables(session: Session) -> scrub.Tables:
    """Read the code tables for one run of the scrubber: three queries, whatever the number of claims."""
    procedures: dict[str, list[Procedure]] = defaultdict(list)
    for procedure in session.scalars(select(Procedure).order_by(Procedure.code, Procedure.effective_on)):
        procedures[procedure.code].append(procedure)
    pairs: dict[tuple[str, str], list[CodePair]] = defaultdict(list)
    for pair in session.scalars(select(CodePair)):
        pairs[pair.column1, pair.column2].append(pair)
    add_ons: dict[str, set[str]] = defaultdict(set)
    for code, primary in session.execute(select(AddOn.code, AddOn.primary_code)):
        add_ons[code].add(primary)

    def procedure_status(code: str, on: date) -> scrub.ProcedureStatus | None:
        rows = procedures.get(code)
        if not rows:
            return scrub.ProcedureStatus(code, is_known=False)
        row = _of_day(rows, on)
        return scrub.ProcedureStatus(
            code, True, row.description, valid_from=row.effective_on, valid_until=row.ended_on
        )

    def ncci(column_1: str, column_2: str, on: date) -> scrub.NCCIPair | None:
        for pair in pairs.get((column_1, column_2), ()):
            if in_force(pair.effective_on, pair.deleted_on, on):
                return scrub.NCCIPair(column_1, column_2, pair.indicator)
        return None

    def global_days(code: str, on: date) -> str | None:
        rows = procedures.get(code)
        return _of_day(rows, on).global_days if rows else None

    def add_on(code: str, on: date) -> frozenset[str] | None:
        return frozenset(add_ons[code]) if code in add_ons else None

    def zero_charge(code: str, on: date) -> bool:
        rows = procedures.get(code)
        return bool(rows) and _of_day(rows, on).zero_charge if rows else False

    has_global_days = any(row.global_days for rows in procedures.values() for row in rows)
    return scrub.Tables(
        icd10=diagnoses.status,
        procedures=procedure_status if procedures else None,
        ncci=ncci if pairs else None,
        global_days=global_days if has_global_days else None,
        add_on=add_on if add_ons else None,
        zero_charge=zero_charge,
    )


def _of_day(rows: Sequence[Procedure], on: date) -> Procedure:
    """The row in force on the day, else the newest: its dates then say why the code is not valid."""
    return next((row for row in rows if in_force(row.effective_on, row.ended_on, on)), rows[-1])
