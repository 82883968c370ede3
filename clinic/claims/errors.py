"""What the claims package refuses; every message is a sentence for the user."""

from clinic.db import ClinicError


class ClaimError(ClinicError):
    """Base of every refusal of this package."""


class WrongState(ClaimError):
    """The claim is not where this step begins; the sentence says where it stands."""


class CannotReplace(ClaimError):
    """A replacement or void is not possible: the payer takes none, or its claim number is not known (C4)."""


class Unwritable(ClaimError):
    """The claim cannot be written as X12; the sentence says why."""
