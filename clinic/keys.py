"""The key ring outside the database: sealed columns, blind indexes and MACs (trust T7).

A sealed value is `version || nonce || AES-256-GCM(text)` with its context (table, column, row) as associated
data, so that a value copied into another row does not open.
"""

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ring: "KeyRing | None" = None


class KeyRingError(Exception):
    """The key ring is missing, damaged, or not the one that sealed the value."""


class KeyRing:
    """Numbered 32-byte keys; the highest number seals, every number opens."""

    def __init__(self, keys: dict[int, bytes], index_key: bytes) -> None:
        self._keys = keys
        self._newest = max(keys)
        self._index_key = index_key

    def seal(self, plain: bytes, context: str) -> bytes:
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(self._keys[self._newest]).encrypt(nonce, plain, context.encode())
        return bytes([self._newest]) + nonce + sealed

    def unseal(self, sealed: bytes, context: str) -> bytes:
        key = self._keys.get(sealed[0])
        if key is None:
            raise KeyRingError(f"the key ring has no key number {sealed[0]}")
        try:
            return AESGCM(key).decrypt(sealed[1:13], sealed[13:], context.encode())
        except InvalidTag as error:
            raise KeyRingError(f"a sealed value does not open as {context.split(':')[0]}") from error

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA-256 under a key of its own for each purpose."""
        key = hmac.digest(self._index_key, purpose.encode(), hashlib.sha256)
        return hmac.digest(key, message, hashlib.sha256)


def create(path: Path) -> KeyRing:
    """Write a new ring, mode 0600; raises FileExistsError rather than replace one."""
    body = {"keys": {"1": secrets.token_hex(32)}, "index": secrets.token_hex(32)}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(body, file)
    return load(path)


def load(path: Path) -> KeyRing:
    """Read the ring; raises KeyRingError with what is wrong with the file."""
    try:
        body = json.loads(path.read_text())
        keys = {int(number): bytes.fromhex(key) for number, key in body["keys"].items()}
        return KeyRing(keys, bytes.fromhex(body["index"]))
    except FileNotFoundError as error:
        raise KeyRingError(f"no key ring at {path}: restore it from its safe place") from error
    except (ValueError, KeyError, TypeError) as error:
        raise KeyRingError(f"the key ring at {path} is damaged") from error


def use(ring: KeyRing) -> None:
    """Make this ring the process's own."""
    global _ring
    _ring = ring


def ring() -> KeyRing:
    if _ring is None:
        raise KeyRingError("no key ring is loaded")
    return _ring


def seal(plain: str | bytes, context: str) -> bytes:
    return ring().seal(plain.encode() if isinstance(plain, str) else plain, context)


def unseal(sealed: bytes, context: str) -> bytes:
    return ring().unseal(sealed, context)


def blind_index(value: str, purpose: str) -> bytes:
    """A searchable digest of a value that is never stored readable (an SSN, a bill code)."""
    return ring().mac(f"index:{purpose}", value.encode())


def mac(purpose: str, message: bytes) -> bytes:
    return ring().mac(purpose, message)
