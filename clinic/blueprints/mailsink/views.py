"""The demo's mail: every message that left this clinic, kept as a file, for whoever tries the system out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from flask import Blueprint, Response, abort, request

from clinic.web import render, requires, settings, viewed

bp = Blueprint("mailsink", __name__, url_prefix="/mail")
SHOWN = 100


@dataclass(frozen=True)
class Mail:
    """One kept message; `number` is its file's name, and newer ones are larger."""

    number: int
    came_at: datetime
    sender: str
    to: str
    subject: str
    text: str


@bp.before_request
def only_where_nothing_leaves() -> None:
    if not (settings().demo or settings().rehearsal):
        abort(404)


@bp.get("")
@requires("mail.sink")
def index() -> Response:
    """Newest first, and the text of one of them."""
    kept = [_read(path) for path in _newest()]
    asked = request.args.get("open", "")
    opened = next((mail for mail in kept if str(mail.number) == asked), kept[0] if kept else None)
    if asked and (opened is None or str(opened.number) != asked):
        opened = _one(asked)
    if opened is not None:
        viewed("message", subject=f"mail:{opened.number}")
    return render(
        "mailsink/index.html",
        "mailsink/_list.html",
        also=("mailsink/_panel.html",),
        mails=kept,
        opened=opened,
    )


def _folder() -> Path:
    return settings().data_folder / "mail"


def _newest() -> list[Path]:
    paths = [path for path in _folder().glob("*.eml") if path.stem.isdigit()]
    return sorted(paths, key=lambda path: int(path.stem), reverse=True)[:SHOWN]


def _one(asked: str) -> Mail:
    # Digits only: the name of a file that somebody types must not leave the folder.
    if not (asked.isdigit() and asked.isascii() and len(asked) < 25):
        abort(404)
    path = _folder() / f"{asked}.eml"
    if not path.is_file():
        abort(404)
    return _read(path)


def _read(path: Path) -> Mail:
    """Headers and plain text; anything that is not text is left out."""
    found = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = found.get_body(preferencelist=("plain",))
    text = str(body.get_content()) if body is not None else "This message has no plain text."
    return Mail(
        int(path.stem),
        datetime.fromtimestamp(int(path.stem) / 1e9, UTC),
        str(found["From"] or ""),
        str(found["To"] or ""),
        str(found["Subject"] or "No subject"),
        text,
    )
