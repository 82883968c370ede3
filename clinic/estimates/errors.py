"""What an estimate cannot be made of."""

from clinic.db import ClinicError


class EstimateRefused(ClinicError):
    """A sentence for the person; `field` is the form's field that is wrong."""

    def __init__(self, sentence: str, field: str = "services") -> None:
        super().__init__(sentence)
        self.field = field
