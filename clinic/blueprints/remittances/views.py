"""What payers sent: by where it stands, one remittance with its proofs and grid, and a file taken in by hand."""

from pathlib import PurePath

from flask import Response, abort, flash, request, url_for

from clinic import db, files, remittances, x12
from clinic.blueprints.remittances import actions, pages
from clinic.blueprints.remittances.blueprint import bp
from clinic.blueprints.remittances.forms import UploadForm
from clinic.blueprints.remittances.showing import show_sheet
from clinic.models import Remittance
from clinic.remittances import listing
from clinic.web import render, requires, see_other, viewed

__all__ = ["actions", "bp"]

EMPTY = {
    "settle": (
        "Nothing is left to settle",
        "What does not balance, and claims nobody could match, wait here.",
    ),
    "unmatched": (
        "Every claim has its place",
        "Claims of a remittance that are not found here wait in this list.",
    ),
    "differs": ("Everything balances", "A set whose cents do not add up is kept here and not posted."),
    "posted": ("Nothing is posted yet", "Remittances arrive by themselves; you can also take in a file."),
    "duplicate": ("Nothing came twice", "A remittance that comes again is kept here and changes nothing."),
    "unreadable": (
        "Every file could be read",
        "What cannot be read is kept here with the place and the reason.",
    ),
    "reversed": ("Nothing was taken back", "A posting that is taken back stays here with its reason."),
}
FIRST_BYTES = 4000


@bp.get("/")
@requires("remittance.view")
def index() -> Response:
    """One tab of the remittances."""
    session = db.session()
    tab = request.args.get("tab", "settle")
    number = request.args.get("page", 1, type=int)
    if tab not in listing.TABS or number < 1:
        abort(404)
    counts = listing.tab_counts(session)
    tones = {"settle": "warn", "differs": "danger", "unreadable": "danger"}
    views = [
        (
            words,
            url_for(".index", tab=key),
            key == tab,
            counts[key],
            tones.get(key, "") if counts[key] else "",
        )
        for key, (words, _) in listing.TABS.items()
        if counts[key] or key in ("settle", "posted", tab)
    ]
    return render(
        "remittances/index.html",
        "remittances/_list.html",
        tab=tab,
        title=listing.TABS[tab][0],
        views=views,
        listed=listing.page(session, tab, number),
        number=number,
        states=pages.STATES,
        files=listing.unreadable_files(session) if tab == "unreadable" else [],
        empty_words=EMPTY[tab],
    )


@bp.get("/file")
@requires("remittance.post")
def new_file() -> Response:
    """The form to take in a file by hand."""
    return render("remittances/upload.html", form=UploadForm())


@bp.post("/file")
@requires("remittance.post")
def take_in() -> Response:
    """Take in an 835 as if it had been fetched: stored whatever it is, posted only when it holds (R1)."""
    form = UploadForm()
    if not form.validate_on_submit():
        return render("remittances/upload.html", status=422, form=form)
    content = form.file.data.read()
    name = PurePath(form.file.data.filename or "file").name
    with db.transaction() as session:
        file = files.store(session, content, kind="835", direction="in", name=name)
        made = remittances.take_in(session, file)
    if not made:
        form.file.errors = [f"Refused: {file.reason}"]
        return render("remittances/upload.html", status=422, form=form, refused=file)
    flash(_words(made), "ok" if all(each.state == "posted" for each in made) else "warn")
    if len(made) == 1:
        return see_other("remittances.show", public_id=made[0].public_id)
    return see_other("remittances.index", tab="posted" if made[0].state == "posted" else "settle")


@bp.get("/file/<public_id>")
@requires("remittance.view")
def file(public_id: str) -> Response:
    """A file that could not be read: what it is, what is wrong, how it begins."""
    found = pages.file_or_404(public_id)
    viewed("remittance", subject=f"stored_file:{found.public_id}")
    content = found.content()
    begin = content[:FIRST_BYTES].decode("utf-8", errors="replace")
    shown = "".join(c if c.isprintable() or c in "\r\n\t" else "·" for c in begin)
    return render("remittances/file.html", file=found, shown=shown, looked=x12.inspect(content, found.name))


@bp.get("/<public_id>")
@requires("remittance.view")
def show(public_id: str) -> Response:
    """One remittance: its proofs, its claims and lines, and what waits for a person."""
    return show_sheet(pages.load(public_id))


def _words(made: list[Remittance]) -> str:
    parts = [
        f"{each.payer_name}: {pages.STATES[each.state][0].lower()}. {each.reason}".strip() for each in made
    ]
    return " ".join(parts)
