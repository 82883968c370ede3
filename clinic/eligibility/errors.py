"""What the eligibility package refuses, in the user's words."""

from clinic.db import ClinicError


class NotAsked(ClinicError):
    """The question cannot be asked as the coverage stands; the sentence says what is missing."""
