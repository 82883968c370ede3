"""What the wait list refuses, each with a sentence for the person at the desk."""

from clinic.db import ClinicError


class WaitingError(ClinicError):
    """Base of what this package refuses."""


class EntryChanged(WaitingError):
    """Somebody else, or the patient, was faster."""
