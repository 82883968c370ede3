"""What a charge slip refuses; every message is a sentence for the user."""

from collections.abc import Mapping

from clinic.db import ClinicError


class SlipError(ClinicError):
    """Base of every refusal of this package."""


class SlipChanged(SlipError):
    """Somebody saved or signed the slip since it was read."""


class SlipInvalid(SlipError):
    """Fields that cannot be kept: `faults` maps a field path, as the scrubber names it, to its sentence.

    Paths: `diagnoses.A`, `lines.2.code`, `lines.2.modifiers`, `lines.2.pointers`, `lines.2.units`,
    `lines.2.fee`, `lines`.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(self.faults.values()))


class SlipDoubted(SlipError):
    """Codes that the clinic does not know and that nobody has said yes to: `codes` maps a field path to its code."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        self.codes = dict(codes)
        super().__init__(f"{', '.join(self.codes.values())}: not in the clinic's fee schedule.")
