"""The look-ups that edits consult. The clinic loads the tables; this package only asks.

A look-up is None while its table is not loaded, and answers None when no loaded release covers the day. Either way
the edit says "not checked" and what to load: silence would look like a pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

ICD10, PROCEDURES, NCCI = "icd10", "procedures", "ncci"
GLOBAL_DAYS, ADD_ON = "global_days", "add_on"

TO_LOAD = {
    ICD10: "the ICD-10-CM release for that day",
    PROCEDURES: "the clinic's procedure code list (HCPCS from CMS, CPT under the clinic's own licence)",
    NCCI: "the CMS file of NCCI procedure pairs for that quarter",
    GLOBAL_DAYS: "the CMS physician fee schedule file, which holds the global days",
    ADD_ON: "the CMS file of add-on codes",
}
"""What to load for each table, in the words of the finding."""


@dataclass(frozen=True, slots=True)
class DiagnosisStatus:
    """What ICD-10-CM says of one code, with or without its dot.

    `billable` is a complete code. `seventh_characters` are the letters the code must still get ("ADS"), empty when it
    needs none; they stand at the stem directly above such codes (T14.8, S52.501), never at a header further up.
    `choices` are complete codes below a header, with their text. Validity days are inclusive, None is open.
    """

    code: str
    is_known: bool
    billable: bool = False
    description: str = ""
    seventh_characters: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class ProcedureStatus:
    """What the procedure code list says of one HCPCS or CPT code. Validity days are inclusive, None is open."""

    code: str
    is_known: bool
    description: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class NCCIPair:
    """One NCCI pair in force on the day asked. `indicator` is 0 never, 1 with a modifier, 9 not applied."""

    column_1: str
    column_2: str
    indicator: str


@dataclass(frozen=True, slots=True)
class Tables:
    """The look-ups that are loaded. All take the day of service, for every table changes in time.

    - `icd10(code, on)`: None when no release covers the day.
    - `procedures(code, on)`: None when no list covers this kind of code on that day.
    - `ncci(column_1, column_2, on)`: the pair in force, in that order, else None.
    - `global_days(code, on)`: "000", "010", "090", "XXX", "ZZZ" …, None for a code not in the file.
    - `add_on(code, on)`: None for a code that is no add-on; else its primary codes, empty when the file leaves the
      primaries to the payer.
    - `zero_charge(code, on)`: whether the clinic lists the code as one that may be billed at $0.00.
    - `taxonomy(code)`: whether the NUCC list holds the code; without it P04 checks the form alone.
    """

    icd10: Callable[[str, date], DiagnosisStatus | None] | None = None
    procedures: Callable[[str, date], ProcedureStatus | None] | None = None
    ncci: Callable[[str, str, date], NCCIPair | None] | None = None
    global_days: Callable[[str, date], str | None] | None = None
    add_on: Callable[[str, date], frozenset[str] | None] | None = None
    zero_charge: Callable[[str, date], bool] | None = None
    taxonomy: Callable[[str], bool] | None = None

    def may_be_zero(self, code: str, on: date) -> bool:
        """Without a list of zero-charge codes, none may be zero."""
        return self.zero_charge is not None and self.zero_charge(code, on)


def in_force(valid_from: date | None, valid_until: date | None, on: date) -> bool:
    """Whether `on` lies between two inclusive days, either of them open when None."""
    return (valid_from is None or valid_from <= on) and (valid_until is None or on <= valid_until)
