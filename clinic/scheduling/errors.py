"""What scheduling refuses, each with a sentence for the person at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from clinic.db import ClinicError


@dataclass(frozen=True)
class Caution:
    """Something to look at before a visit is booked; `code` is what the person accepts by name."""

    code: str
    sentence: str

    @property
    def needs_reason(self) -> bool:
        """Whether it speaks of closed time: booking there takes a permission and a reason, as overbooking does (A4)."""
        return self.code in CLOSED


# The clinic is shut, the provider is not in, or the time is kept free.
CLOSED = frozenset({"closed", "hours", "block"})


class SchedulingError(ClinicError):
    """Base of what this package refuses."""


class SchedulingConflict(SchedulingError):
    """The provider or the room is taken; the sentence says by whom, until when and since when (A4).

    `resource` is "provider" or "room".
    """

    def __init__(self, sentence: str, resource: str) -> None:
        super().__init__(sentence)
        self.resource = resource


class AppointmentChanged(SchedulingError):
    """Somebody else changed the appointment first; the sentence says who, when and to what."""


class IllegalMove(SchedulingError):
    """The status does not follow from the present one (A1)."""


class NeedsConfirmation(SchedulingError):
    """Bookable, but only by somebody who has read `warnings` and accepts them by their codes."""

    def __init__(self, warnings: Sequence[Caution]) -> None:
        super().__init__(" ".join(warning.sentence for warning in warnings))
        self.warnings = warnings
