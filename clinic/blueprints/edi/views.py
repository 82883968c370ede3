"""EDI: every X12 file that came or went, in plain words beside its segments, and any file from disk, looked at only."""

import hashlib
from base64 import b64encode
from pathlib import PurePath
from typing import Any

from flask import Blueprint, Response, abort, make_response, request, url_for

from clinic import db, x12
from clinic.blueprints.edi import links, reading
from clinic.blueprints.edi.forms import FilterForm, FindForm, OpenForm, kind_words
from clinic.files import listing
from clinic.models import Claim, StoredFile
from clinic.web import get_or_404, may, render, requires, viewed, wants_fragment
from clinic.x12.codes import terms

bp = Blueprint("edi", __name__, url_prefix="/edi")
bp.add_app_template_filter(kind_words, "edi_kind")
bp.add_app_template_filter(lambda code: terms.ANSWERS.get(code, code), "edi_answer")

EMPTY = {
    "all": (
        "No file was exchanged yet",
        "Claims and questions that are sent, and what payers answer, stand here.",
    ),
    "in": ("Nothing was received yet", "Remittances, acknowledgments and answers arrive here by themselves."),
    "out": ("Nothing was sent yet", "Claims and eligibility questions leave their file here."),
    "look": (
        "Nothing to look at",
        "Files that cannot be read, are refused, fit nothing or do not balance come here.",
    ),
}
KEYS = {
    "isa": "interchange",
    "gs": "group",
    "st": "transaction set",
    "answers": "answers",
    "claim": "claim",
    "payer_claim": "payer's claim number",
    "trace": "trace",
    "payer": "payer",
}


@bp.get("/")
@requires("edi.view")
def index() -> Response:
    """The files, newest first; everything that narrows them stands in the address."""
    session = db.session()
    view = request.args.get("view", "all")
    if view not in listing.VIEWS:
        abort(404)
    form = FilterForm.of_request(session)
    form.validate()
    filters = listing.Filters(
        kind=form.kind.data or "" if not form.kind.errors else "",
        state=form.state.data or "" if not form.state.errors else "",
        first=form.from_.data,
        to=form.to.data,
        search=form.q.data if not form.q.errors else "",
    )
    found = listing.page(
        session, view, filters, before=request.args.get("before", ""), after=request.args.get("after", "")
    )
    counts = listing.view_counts(session)
    views = [
        (
            words,
            url_for(".index", view=key),
            key == view,
            counts[key],
            "warn" if key == "look" and counts[key] else "",
        )
        for key, (words, _) in listing.VIEWS.items()
    ]
    return render(
        "edi/index.html",
        "edi/_list.html",
        422 if form.errors else 200,
        view=view,
        title=listing.VIEWS[view][0],
        views=views,
        found=found,
        form=form,
        filters_on=_filters_on(form),
        with_args=_with_args,
        states=listing.STATES,
        key_words=KEYS,
        empty_words=EMPTY[view],
        open_form=OpenForm(formdata=None),
    )


@bp.get("/<public_id>")
@requires("edi.view")
def show(public_id: str) -> Response:
    """One file: what it is on top, then a stretch of it in words beside the raw segments."""
    file = _load(public_id)
    content = file.content()
    first = request.args.get("from", 1, type=int)
    if first < 1:
        abort(404)
    if wants_fragment() and "checked" not in request.args:
        return _more(file, content, first)
    return _page(file, content, first)


@bp.post("/<public_id>/find")
@requires("edi.view")
def find(public_id: str) -> Response:
    """The next segment with a text in it, which never stands in an address: it may be a name."""
    file, form = _load(public_id), FindForm()
    content = file.content()
    after = request.form.get("after", 0, type=int)
    position = None
    if form.validate_on_submit():
        try:
            position = x12.first_with(content, form.text.data, after)
        except x12.X12Error:
            position = None
        if position is None:
            form.text.errors = [f"{form.text.data} does not stand in this file."]
    first = reading.first_of(position) if position else 1
    return _page(file, content, first, form=form, at=position or 0, status=422 if form.errors else 200)


@bp.get("/<public_id>/content")
@requires("edi.view")
def content(public_id: str) -> Response:
    """The stored bytes as they came or went, with their SHA-256 in the headers."""
    file = _load(public_id)
    viewed("edi", *links.patients_of(file, whole=True), subject=f"stored_file:{file.public_id}")
    response = make_response(file.content())
    response.mimetype = file.media_type
    name = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in file.name
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name or file.public_id}"'
    response.headers["X-Content-SHA256"] = file.sha256
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:"
    return response


@bp.get("/open")
@requires("edi.view")
def choose() -> Response:
    """The form to look at a file from disk."""
    return render("edi/open.html", form=OpenForm())


@bp.post("/open")
@requires("edi.view")
def look() -> Response:
    """A file from disk in words and with its findings: nothing of it is posted, sent or kept."""
    form = OpenForm()
    if not form.validate_on_submit():
        return render("edi/open.html", status=422, form=form)
    data = form.file.data.read()
    digest = hashlib.sha256(data).hexdigest()
    found = reading.summary(data)
    checks = reading.checked(data, digest, now=True)
    if found is None:
        reason = checks.findings[0].message if checks and checks.findings else "This is not X12."
        form.file.errors = [
            f"{PurePath(form.file.data.filename or 'The file').name} cannot be opened: {reason}"
        ]
        return render("edi/open.html", status=422, form=form, begin=reading.beginning(data))
    shown = reading.stretch(data, 1, checks, reading.OPENED)
    named = links.claims_in(shown.lines)
    viewed("edi", *_patients(named), subject=f"opened_file:{digest}")
    return render(
        "edi/opened.html",
        name=PurePath(form.file.data.filename or "file").name,
        size=len(data),
        sha256=digest,
        form=OpenForm(formdata=None),
        **_said(found, checks, shown, named),
    )


def _load(public_id: str) -> StoredFile:
    """An X12 file that came or went, or 404; a statement's PDF is none."""
    file = get_or_404(StoredFile, public_id)
    if file.direction == "made" or file.media_type != "application/edi-x12":
        abort(404)
    return file


def _more(file: StoredFile, content: bytes, first: int) -> Response:
    """The next stretch alone."""
    shown = reading.stretch(content, first, reading.checked(content, file.sha256, now=False))
    named = links.claims_in(shown.lines)
    viewed("edi", *links.patients_of(file), *_patients(named), subject=f"stored_file:{file.public_id}")
    return render("edi/_part.html", "edi/_part.html", file=file, at=0, **_stretch(shown, named))


def _page(
    file: StoredFile,
    content: bytes,
    first: int,
    *,
    form: FindForm | None = None,
    at: int = 0,
    status: int = 200,
) -> Response:
    checks = reading.checked(content, file.sha256, now="checked" in request.args)
    found = reading.summary(content)
    shown = reading.stretch(content, first, checks)
    if first > 1 and not shown.lines and not shown.broken:
        abort(404)
    named = links.claims_in(shown.lines)
    viewed("edi", *links.patients_of(file), *_patients(named), subject=f"stored_file:{file.public_id}")
    return render(
        "edi/show.html",
        "edi/_file.html",
        status,
        file=file,
        state=listing.STATES.get(file.state, (file.state, "")),
        form=form or FindForm(formdata=None),
        at=at,
        linked=links.of_file(file),
        checkable=len(content) <= reading.LARGEST_CHECKED,
        begin=reading.beginning(content) if found is None else "",
        first_of=reading.first_of,
        **_said(found, checks, shown, named),
    )


def _said(
    found: x12.Summary | None, checks: reading.Checked | None, shown: reading.Stretch, named: dict[str, Claim]
) -> dict[str, Any]:
    return {
        "found": found,
        "checks": checks,
        "next_finding": checks.after(shown.last) if checks else None,
        **_stretch(shown, named),
    }


def _stretch(shown: reading.Stretch, named: dict[str, Claim]) -> dict[str, Any]:
    return {
        "shown": shown,
        "claims": named if may("claim.view") else {},
        "claim_number": links.claim_number,
        "stretch_length": reading.STRETCH,
    }


def _patients(named: dict[str, Claim]) -> set[int]:
    return {claim.patient_id for claim in named.values()}


def _with_args(**changes: Any) -> str:
    """This page's address with some arguments changed; None takes one out. Each change begins at the newest file."""
    values: dict[str, Any] = {
        name: value for name, value in request.args.items() if value and name not in ("before", "after")
    }
    values |= changes
    return url_for(".index", **{name: value for name, value in values.items() if value is not None})


def _filters_on(form: FilterForm) -> list[tuple[str, str, str]]:
    """(name, value, address without it) of each filter that is on."""
    made = []
    for name, words in (("kind", "Kind"), ("state", "State")):
        label = next((each.label for each in form[name].choices if each.value == form[name].data), "")
        if form[name].data and label:
            made.append((words, label, _with_args(**{name: None})))
    for name, words in (("from", "From"), ("to", "To")):
        field = form["from_" if name == "from" else name]
        if field.data is not None:
            made.append((words, field._value(), _with_args(**{name: None})))
    if form.q.data:
        made.append(("Found by", form.q.data, _with_args(q=None)))
    return made
