"""What the practice payer refuses."""

from clinic.db import ClinicError


class SandboxError(ClinicError):
    """An instruction or a plan that the practice payer does not understand; `field` names what is wrong with it."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
