"""Text messages by Twilio's documented REST interface: send, look for one already sent, check a signature (A11).

The demo's stand-in speaks the same protocol, so that only the address differs.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import requests

from clinic import log

TIMEOUT_SECONDS = 20
OPTED_OUT = 21610
# GSM 03.38 without its escape table; anything else makes the whole text UCS-2.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("^{}\\[~]|€")


class ServiceSilent(Exception):
    """The service did not answer, was busy, or does not know us: try again."""


class Refused(Exception):
    """The service will never take this message; `code` is its number for the reason."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


@dataclass(frozen=True)
class TextService:
    """The clinic's account. `callback` is the address that is told what became of each message."""

    account: str
    token: str
    sender: str
    base: str
    callback: str

    def send(self, to: str, text: str, reference: str) -> str:
        """Hand over one message; the service's number for it. Raises Refused or ServiceSilent."""
        answer = self._ask(
            "POST",
            data={
                "To": to,
                "From": self.sender,
                "Body": text,
                "StatusCallback": f"{self.callback}?m={reference}",
            },
        )
        return str(answer["sid"])

    def find(self, to: str, text: str) -> str | None:
        """The number of a message with these words that the service took already: a killed worker asks first."""
        answer = self._ask("GET", params={"To": to, "PageSize": "50"})
        for row in answer.get("messages", []):
            if row.get("body") == text and row.get("to") == to:
                return str(row["sid"])
        return None

    def _ask(self, method: str, **parts: Any) -> dict[str, Any]:
        url = f"{self.base.rstrip('/')}/2010-04-01/Accounts/{self.account}/Messages.json"
        try:
            answer = requests.request(
                method, url, auth=(self.account, self.token), timeout=TIMEOUT_SECONDS, **parts
            )
            body: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as error:
            log.failure("text_service_silent", error)
            raise ServiceSilent("no answer") from error
        if answer.status_code in (200, 201):
            return body
        code = int(body.get("code") or 0)
        log.event("text_refused", status=answer.status_code, kind=str(code))
        if answer.status_code == 400:
            raise Refused(code)
        raise ServiceSilent(f"status {answer.status_code}")


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """What the service puts into X-Twilio-Signature: the address and every field, sorted, under the account's token."""
    text = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def signed(token: str, url: str, fields: Iterable[tuple[str, str]], given: str) -> bool:
    """Whether a request is the service's own; False without a token, so that an unset one opens nothing."""
    return bool(token) and hmac.compare_digest(signature(token, url, fields).encode(), given.encode())


def segments(text: str) -> int:
    """How many messages a text is billed as: 160 letters, 70 where one is outside of GSM, less in a chain."""
    if all(letter in _GSM or letter in _GSM_TWO for letter in text):
        length = sum(2 if letter in _GSM_TWO else 1 for letter in text)
        return 1 if length <= 160 else -(-length // 153)
    length = len(text.encode("utf-16-be")) // 2
    return 1 if length <= 70 else -(-length // 67)
