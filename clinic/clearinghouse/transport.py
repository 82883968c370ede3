"""What every way to a payer can do: put one named file there once, and hand over what has come."""

from typing import NamedTuple, Protocol

from clinic.db import ClinicError


class DeliveryError(ClinicError):
    """The other side could not be reached or did not keep the file; the job tries again."""


class SendingRefused(ClinicError):
    """The file must not go out as it is; trying again changes nothing."""


class Arrived(NamedTuple):
    """One file that came. `again` is True when it was handed over before and never acknowledged."""

    name: str
    content: bytes
    again: bool


class Transport(Protocol):
    """Folder, SFTP or HTTPS: the same three verbs."""

    def send(self, name: str, content: bytes) -> None:
        """Deliver `content` as `name`. Sending the same name and bytes again changes nothing.

        Raises DeliveryError when unsure (look again later), SendingRefused when the name holds other bytes.
        """

    def fetch(self) -> list[Arrived]:
        """What has come and was not acknowledged, by name; nothing is lost when the caller dies."""

    def acknowledge(self, name: str) -> None:
        """The file is stored on our side; it is not handed over again."""
