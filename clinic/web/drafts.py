"""What somebody had typed when the session ended: kept sealed, and given back to the same person after signing in.

It stands in the data of the browser's own session row, which is sealed as a whole (trust T7). It opens in that
browser only, and only for the user whose session had ended.
"""

import re
from typing import Any

from flask import Response, request, session

# More than any form of ours holds; a file is not kept.
MOST_CHARACTERS = 64_000
MOST_FIELDS = 2_000
KEPT = "kept_draft"
_OPAQUE = re.compile(r"[A-Za-z0-9_-]{22,}")
# What stands in forms without having been typed.
_UNTYPED = frozenset({"key", "version", "shown", "frame", "view", "accepted", "asked_of", KEPT})


def keep(user_id: int) -> bool:
    """Keep the form of this request for the user whose session ended; False when there is nothing to keep."""
    fields = [
        [name, value]
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", KEPT) and "password" not in name.lower()
    ]
    size = sum(len(name) + len(value) for name, value in fields)
    if request.method != "POST" or request.files or not any(value.strip() for _, value in fields):
        return False
    if size > MOST_CHARACTERS or len(fields) > MOST_FIELDS:
        return False
    to = request.full_path if request.query_string else request.path
    session["draft"] = {"user": user_id, "to": to, "fields": fields}
    return True


def of(user_id: int) -> dict[str, Any] | None:
    """The draft of a user in this browser: `to` an address of ours, `fields` pairs of name and value."""
    draft: dict[str, Any] | None = session.get("draft")
    return draft if draft is not None and draft["user"] == user_id else None


def drop() -> None:
    session.pop("draft", None)


def drop_when_taken(response: Response) -> None:
    """A draft that was sent again and taken in, or stands on a page again beside what is wrong with it, is done with."""
    # Of a request that was too large the form cannot be read, here neither: its own answer stands.
    if (response.status_code < 400 or response.status_code == 422) and request.form.get(KEPT):
        drop()


def typed(draft: dict[str, Any]) -> list[tuple[str, str]]:
    """What a person recognises of a draft: the fields' names in words, and what stood in them."""
    return [
        (_words(name), "kept, not shown" if "ssn" in name else value)
        for name, value in draft["fields"]
        if value.strip() and name not in _UNTYPED and not _OPAQUE.fullmatch(value)
    ]


def _words(name: str) -> str:
    """`lines-0-paid` → `Lines 1 paid`."""
    parts = [str(int(part) + 1) if part.isdigit() else part for part in name.split("-")]
    return " ".join(parts).replace("_", " ").capitalize()
