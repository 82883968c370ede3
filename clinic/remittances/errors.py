"""What the remittances package refuses; every message is a sentence for the user."""

from clinic.db import ClinicError


class RemittanceError(ClinicError):
    """Base of every refusal of this package; nothing was posted."""


class WrongState(RemittanceError):
    """The remittance or claim payment is not where this step begins; the sentence says where it stands."""


class DoesNotFit(RemittanceError):
    """A claim payment cannot be posted on the chosen claim; the sentence says which line or amount."""


class DoesNotBalance(RemittanceError):
    """A paper remittance whose sums do not hold (R4, R30); the sentence names the line and the cents."""
