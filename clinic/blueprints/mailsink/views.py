"""The demo's mail and texts: every message that left this clinic, kept as a file, for whoever tries it out."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import requests
from flask import Blueprint, Response, abort, request

from clinic import clock, log
from clinic.blueprints.mailsink.forms import ReplyForm
from clinic.web import render, requires, see_other, settings, viewed

bp = Blueprint("mailsink", __name__, url_prefix="/mail")
SHOWN = 100
TIMEOUT = 20


@dataclass(frozen=True)
class Text:
    """One kept text message; `came` says that the patient wrote it."""

    at: datetime
    phone: str
    came: bool
    body: str


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
        **_true_time(),
    )


@bp.get("/texts")
@requires("mail.sink")
def texts() -> Response:
    """Every text message of the demo's text service, both ways, newest first."""
    return _texts()


@bp.post("/texts")
@requires("mail.sink")
def reply() -> Response:
    """Answer as the patient would: the stand-in carries it to the clinic as the real service does."""
    form = ReplyForm()
    if not form.validate_on_submit():
        return _texts(422, form)
    config = settings()
    fields = {"From": form.phone.data, "To": config.sms_from, "Body": form.text.data}
    try:
        requests.post(
            f"{config.sms_api_base}/replies",
            data=fields,
            auth=(config.sms_account, config.sms_token),
            timeout=TIMEOUT,
        ).raise_for_status()
    except requests.RequestException as error:
        log.failure("text_sink_silent", error)
        form.text.errors = ["The stand-in for the text service does not answer."]
        return _texts(422, form)
    return see_other(".texts")


def _texts(status: int = 200, form: ReplyForm | None = None) -> Response:
    folder = settings().data_folder / "texts"
    paths = [path for path in folder.glob("*.json") if path.stem.isdigit()]
    paths = sorted(paths, key=lambda path: int(path.stem), reverse=True)[:SHOWN]
    kept = [
        Text(datetime.fromtimestamp(int(path.stem) / 1e9, UTC), *_fields(json.loads(path.read_text())))
        for path in paths
    ]
    if kept:
        viewed("message", subject="texts")
    phones = sorted({text.phone for text in kept})
    form = form or ReplyForm(formdata=None, phone=kept[0].phone if kept else "")
    return render("mailsink/texts.html", status=status, texts=kept, phones=phones, form=form, **_true_time())


def _true_time() -> dict[str, Any]:
    """What `rehearsal/_true_time.html` says here: a file bears the machine's time, the message the clinic's date."""
    return {
        "days_ahead": clock.days_ahead(),
        "true_now": clock.wall_now(),
        "kept": "A message names the clinic's dates, and its arrival here keeps",
    }


def _fields(row: dict[str, str]) -> tuple[str, bool, str]:
    came = row["direction"] == "in"
    return row["from"] if came else row["to"], came, row["body"]


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
