"""The billers' home: claims by where they stand, denials by what is at risk, and one claim with its whole story."""

from typing import Any

from flask import Response, abort, request, url_for
from flask_login import current_user
from sqlalchemy import select

from clinic import claims, db, formats
from clinic.blueprints.claims import actions, pages
from clinic.blueprints.claims.blueprint import bp
from clinic.blueprints.claims.forms import FilterForm
from clinic.claims import worklist
from clinic.models import Payer, StoredFile, Submission
from clinic.web import render, requires, viewed

__all__ = ["actions", "bp"]

NEXT_ACTION_TABS = ("blocked", "held", "rejected", "denied")
EMPTY = {
    "ready": (
        "Nothing is ready to send",
        "Claims arrive here when a charge slip is signed and no edit stops them.",
    ),
    "blocked": ("No claim is blocked", "A claim that an edit stops waits here with the field to mend."),
    "held": ("No claim is held", "Hold a claim from its panel, with a reason and a day."),
    "sent": ("Nothing is on its way", "Sent claims stay here until the payer decides."),
    "rejected": ("No claim was rejected", "A 999 or 277CA that refuses a claim brings it here to be mended."),
    "denied": ("No claim is denied", "A remittance that pays nothing brings a claim here."),
    "paid": ("Nothing is paid yet", "Claims come here when a remittance is posted."),
    "secondary": ("No secondary claim is due", "What the first payer leaves to the second one waits here."),
    "closed": ("Nothing is closed yet", "Replaced, voided and written-off claims are kept here."),
}


@bp.get("/")
@requires("claim.view")
def index() -> Response:
    """One tab of the claims; everything that narrows it stands in the address."""
    session = db.session()
    tab = request.args.get("tab", "ready")
    if tab not in claims.GROUPS:
        abort(404)
    form = FilterForm.of_request(session)
    filters = pages.filters_of(form)
    sort, descending, number = _order("due", descending=False)
    page = worklist.worklist(session, tab, filters, sort, descending=descending, page=number)
    counts = worklist.group_counts(session)
    views = [
        (words, url_for(".index", tab=key), key == tab, counts[key], _tone(key, counts[key]))
        for key, (words, _) in claims.GROUPS.items()
        if key != "closed" or counts[key]
    ]
    return _list(
        "claims/index.html",
        ".index",
        page,
        form,
        tab=tab,
        title=f"{claims.GROUPS[tab][0]} claims",
        views=views,
        counts=counts,
        sort=(sort, descending),
        why={"ready": "Checked", "blocked": "To mend", "held": "Held for"}.get(tab, "Where it stands"),
        shows_next=tab in NEXT_ACTION_TABS,
        empty_words=EMPTY[tab],
        sendable=tab == "ready",
        strange=len(claims.strange_files(session)),
    )


@bp.get("/denials")
@requires("claim.view")
def denials() -> Response:
    """Claims with open denials, the largest amount at risk first."""
    session = db.session()
    form = FilterForm.of_request(session)
    filters = pages.filters_of(form)
    sort, descending, number = _order("amount", descending=True)
    page = worklist.denial_list(session, filters, sort, descending=descending, page=number)
    counts = worklist.denial_counts(session, current_user.id)
    groups = worklist.group_counts(session)
    silent = worklist.silent_count(session)
    mine, soon = form.owner.data == "me", bool(form.soon.data)
    views = [
        ("My denials", url_for(".denials", owner="me"), mine and not soon, counts["mine"], ""),
        (
            "Due in 7 days",
            url_for(".denials", soon=1),
            soon,
            counts["due_soon"],
            "danger" if counts["due_soon"] else "",
        ),
        (
            "No answer in 30 days",
            url_for(".index", tab="sent", silent=1),
            False,
            silent,
            "warn" if silent else "",
        ),
        ("Rejected", url_for(".index", tab="rejected"), False, groups["rejected"], ""),
        ("All open", url_for(".denials"), not mine and not soon, counts["all"], ""),
    ]
    return _list(
        "claims/denials.html",
        ".denials",
        page,
        form,
        tab="denials",
        title="Denials",
        views=views,
        counts=groups,
        sort=(sort, descending),
        why="Denied because",
        shows_next=True,
        empty_words=("No denial is open", "A denied line of a remittance comes here with its deadline."),
        sendable=False,
        strange=0,
    )


@bp.get("/answers")
@requires("claim.view")
def answers() -> Response:
    """Acknowledgments, or parts of them, that refer to nothing of ours, and the files we sent."""
    session = db.session()
    sent = session.execute(
        select(Submission, StoredFile)
        .outerjoin(StoredFile, StoredFile.id == Submission.file_id)
        .order_by(Submission.id.desc())
        .limit(50)
    ).all()
    names = dict(session.execute(select(Payer.edi_id, Payer.name)).all())
    return render("claims/answers.html", files=claims.strange_files(session), sent=sent, names=names)


@bp.get("/<public_id>")
@requires("claim.view")
def show(public_id: str) -> Response:
    """One claim: as a page, or for htmx as the panel beside a list."""
    claim = pages.load(public_id)
    return render(
        "claims/show.html", "claims/_panel.html", panel=pages.panel_of(claim), place="", opened=claim
    )


def _list(template: str, endpoint: str, page: worklist.Page, form: FilterForm, **context: Any) -> Response:
    opened = _opened(page)
    viewed("claim", *(row.claim.patient_id for row in page.rows))
    number = next((place for place, row in enumerate(page.rows) if row.claim is opened), None)
    return render(
        template,
        "claims/_list.html",
        also=("claims/_panel.html",),
        status=422 if form.errors else 200,
        endpoint=endpoint,
        found=page,
        form=form,
        filters_on=pages.filters_on(form, endpoint),
        with_args=pages.with_args,
        opened=opened,
        panel=pages.panel_of(pages.load(opened.public_id)) if opened else None,
        place=f", {page.first + number} of {page.total}" if number is not None else "",
        **context,
    )


def _opened(page: worklist.Page) -> Any:
    """The claim of the panel: the one asked for when it is on this page, else the first."""
    wanted = request.args.get("open")
    rows = [row.claim for row in page.rows]
    return next((claim for claim in rows if claim.public_id == wanted), rows[0] if rows else None)


def _order(default: str, *, descending: bool) -> tuple[str, bool, int]:
    """`sort=-amount&page=2`."""
    text = request.args.get("sort", "")
    sort = text.removeprefix("-")
    page = min(formats.whole(request.args.get("page", "1")) or 1, 99_999)
    if sort not in worklist.SORTS:
        return default, descending, page
    return sort, text.startswith("-"), page


def _tone(key: str, count: int) -> str:
    return {"rejected": "danger", "denied": "danger", "blocked": "warn"}.get(key, "") if count else ""
