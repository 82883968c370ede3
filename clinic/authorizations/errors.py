"""What the authorizations package refuses, in the user's words."""

from clinic.db import ClinicError


class NotRequested(ClinicError):
    """The request cannot be made as it stands; `field` is what of it must be mended, "" for the whole."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
