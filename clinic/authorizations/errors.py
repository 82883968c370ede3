"""What the authorizations package refuses, in the user's words."""

from clinic.db import ClinicError


class NotRequested(ClinicError):
    """The request cannot be made as it stands; the sentence says what is missing."""
