"""The public page behind a reminder's link: when the visit is, and yes, another time, or no; no account (A11)."""

from flask import Response, request
from sqlalchemy import select

from clinic import db, online, reminders
from clinic.blueprints.visit import moving
from clinic.blueprints.visit.blueprint import bp
from clinic.blueprints.visit.opened import may_move, opened
from clinic.models import Practice, VisitLink
from clinic.reminders.texts import told_time
from clinic.web import patient_page, public, see_other, settings, viewed

__all__ = ["bp", "moving"]


@bp.get("/<token>")
@public
def open_link(token: str) -> Response:
    """Trade the link for a session, so that it stays in no history and no log; nothing is answered by opening it."""
    patient_page.language()
    with db.transaction() as current:
        link = reminders.find_link(current, token, request.remote_addr or "")
    patient_page.let_out("visit")
    if link is not None:
        patient_page.let_in("visit", link.public_id, lang=link.language)
    return see_other(".show")


@bp.get("")
@public
def show() -> Response:
    """When the visit is and what may be answered, or the sentence why nothing may."""
    link = opened()
    return _page(link, reminders.link_state(link) if link else "unknown", said=request.args.get("said", ""))


@bp.post("")
@public
def answer() -> Response:
    """Take one answer: `word` is confirm, move, cancel, quiet for no more e-mail, or mail for e-mail again."""
    link = opened()
    word = request.form.get("word", "")
    if link is None:
        return _page(None, "unknown", status=404)
    if word not in ("confirm", "move", "cancel", "quiet", "mail"):
        return _page(link, reminders.link_state(link), status=422, unclear=True)
    with db.transaction() as current:
        if word in ("quiet", "mail"):
            (reminders.refuse_mail if word == "quiet" else reminders.allow_mail)(current, link.appointment)
            return see_other(".show", said=word)
        reminders.answer_link(current, link.public_id, word)
    return see_other(".show")


@bp.get("/calendar.ics")
@public
def calendar() -> Response:
    """The visit as a file for the patient's calendar; none once it is not to come."""
    link = opened()
    if link is None or reminders.link_state(link) in ("late", "moved", "gone", "cancel"):
        return see_other(".show")
    practice = db.session.scalars(select(Practice)).one()
    body = reminders.visit_calendar(
        link.appointment,
        practice,
        patient_page.language(link.language),
        settings().host,
        uid=online.calendar_uid(db.session(), link.appointment),
    )
    viewed("schedule", link.appointment.patient_id, subject=f"appointment:{link.appointment.public_id}")
    return patient_page.calendar_file(body)


def _page(
    link: VisitLink | None, state: str, status: int = 200, *, said: str = "", unclear: bool = False
) -> Response:
    lang = patient_page.language(link.language if link else "")
    day, at = told_time(link.for_start, lang) if link else ("", "")
    if link:
        viewed("schedule", link.appointment.patient_id, subject=f"appointment:{link.appointment.public_id}")
    return patient_page.page(
        "visit/show.html",
        404 if link is None else status,
        here=".show",
        lang=lang,
        state=state,
        said=said,
        unclear=unclear,
        day=day,
        at=at,
        mails=reminders.mail_state(db.session(), link.appointment) if link else "",
        choose=link is not None and may_move(link),
    )
