"""What the patients domain refuses, each with a sentence for the person at the screen."""

from collections.abc import Sequence

from clinic.db import ClinicError
from clinic.models import Patient


class PatientError(ClinicError):
    """Base of what this package refuses."""


class FieldRefused(PatientError):
    """A value that cannot be kept; `field` is the name of the form's field that must be mended."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class PossibleDuplicate(PatientError):
    """The person may be registered already; `patients` are the rows to look at first."""

    def __init__(self, patients: Sequence[Patient]) -> None:
        names = ", ".join(f"{patient.name} (MRN {patient.mrn})" for patient in patients)
        super().__init__(f"This may be somebody you have: {names}.")
        self.patients = patients


class CoverageOverlap(FieldRefused):
    """Two coverages in one position would cover the same day."""


class ChangedMeanwhile(PatientError):
    """Somebody else saved the same record first; the sentence says who and when."""
