"""What the ledger refuses, one named error per broken rule; each message is a sentence for the user."""

from clinic.db import ClinicError


class LedgerError(ClinicError):
    """The ledger refuses; nothing was written."""


class AmountRefused(LedgerError):
    """An amount that is not positive, or not whole cents."""


class OverApplied(LedgerError):
    """More than is owed, or more than is left of a receipt (B4, B6)."""


class CardNumberRefused(LedgerError):
    """A text that looks like a card number; none is ever stored (H4)."""


class KeyReused(LedgerError):
    """An idempotency key that already stands for another kind of event."""


class ChargeUnknown(LedgerError):
    """A charge that was never posted, or that belongs to another patient."""


class AlreadyReversed(LedgerError):
    """An entry is reversed once, and a reversal never (R27)."""


class DayClosed(LedgerError):
    """A posting on a closed day, or a day that may not close yet (B12)."""


class DrawerClosed(LedgerError):
    """Money for a drawer that was counted already (B12)."""
