"""What the patients domain refuses, each with a sentence for the person at the screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clinic.db import ClinicError

if TYPE_CHECKING:
    from clinic.patients.likeness import LookAlike


class PatientError(ClinicError):
    """Base of what this package refuses."""


class FieldRefused(PatientError):
    """A value that cannot be kept; `field` is the name of the form's field that must be mended."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class PossibleDuplicate(PatientError):
    """The person may be registered already; `found` are the records to look at first, with why."""

    def __init__(self, found: "Sequence[LookAlike]") -> None:
        self.found = found
        self.patients = [each.patient for each in found]
        names = ", ".join(f"{patient.name} (MRN {patient.mrn})" for patient in self.patients)
        super().__init__(f"This may be somebody you have: {names}.")


class CoverageOverlap(FieldRefused):
    """Two coverages in one position would cover the same day."""


class ChangedMeanwhile(PatientError):
    """Somebody else saved the same record first; the sentence says who and when."""
