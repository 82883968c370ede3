"""What a patient's page needs: who was let in, the language, the clinic's letterhead, a calendar file, an error.

Who is let in stands in the session's row in the database; the browser holds a random token only.
"""

import re
from datetime import timedelta
from typing import Any

from flask import Response, current_app, g, make_response, render_template, request, session, url_for
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from clinic import clock, db, log, statements
from clinic.models import Practice

LANGUAGES = ("en", "es")
HOUR = timedelta(hours=1)
PATIENTS_OWN = re.compile("/(visit|offer|book|pay)(/.*)?")
BEGIN = {"book": "book.start", "pay": "pay.find"}


def language(first: str = "") -> str:
    """`?lang=`, which is kept; else what was kept; else `first`; else what the browser asks for."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session["lang"] = asked
    kept = session.get("lang") or (first if first in LANGUAGES else "")
    return kept or request.accept_languages.best_match(LANGUAGES, "en") or "en"


def let_in(name: str, key: str, *, lang: str = "", lasts: timedelta = HOUR) -> None:
    """Open what `key` names to this visitor, under a new token; using it does not make the time longer (T5).

    `name` is the family of pages. `lang` is the link's own, kept where the visitor has chosen none.
    """
    session[f"{name}_open"] = {"key": key, "until": (clock.wall_now() + lasts).timestamp()}
    if lang:
        session.setdefault("lang", lang)
    session.rotate_token = True  # type: ignore[attr-defined]


def let_out(name: str) -> None:
    """Close what was open, as a link does that opens nothing."""
    session.pop(f"{name}_open", None)


def key_of(name: str) -> str | None:
    """What this visitor was let in to and may see now; None without it, and once its time is over."""
    kept = session.get(f"{name}_open")
    if kept and kept["until"] < clock.wall_now().timestamp():
        let_out(name)
        return None
    return kept["key"] if kept else None


def page(
    template: str,
    status: int = 200,
    *,
    here: str,
    lang: str,
    practice: Practice | None = None,
    **context: Any,
) -> Response:
    """A page in the patient's frame; `here` is the endpoint of its address, for the other language ("": none)."""
    found = practice or db.session.scalars(select(Practice)).one()
    clinic = statements.letterhead(found)
    # For the page that is shown while the database is gone.
    current_app.extensions["clinic_phone"] = found.phone
    other = "en" if lang == "es" else "es"
    body = render_template(
        template,
        lang=lang,
        es=lang == "es",
        clinic=clinic,
        other_lang_url=url_for(here, lang=other, **(request.view_args or {})) if here else None,
        **context,
    )
    return make_response(body, status)


def calendar_file(body: bytes) -> Response:
    """A visit to be put into the person's own calendar."""
    response = make_response(body)
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return response


def broken(reference: str) -> Response:
    """Our own fault, said to a patient; it needs neither database nor session, and uses them where they answer."""
    lang = request.accept_languages.best_match(LANGUAGES, "en") or "en"
    phone = current_app.extensions.get("clinic_phone", "")
    try:
        if "opened_session" in g:
            lang = language()
        db.session().rollback()
        phone = db.session.scalars(select(Practice.phone)).first() or phone
    except SQLAlchemyError as error:
        log.failure("phone_unknown", error)
    # Without the frame's own words, which ask the database who is signed in.
    template = current_app.jinja_env.get_template("errors/patient_500.html")
    return make_response(template.render(lang=lang, phone=phone, reference=reference), 500)


def masked(email: str) -> str:
    """`m•••@example.com`: enough to know one's own again."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}" if domain else ""


def is_here() -> bool:
    """Whether the request is for a page that patients open, where nobody is sent to sign in."""
    return PATIENTS_OWN.fullmatch(request.path) is not None


def refused(why: str, status: int) -> Response:
    """A patient's page that cannot be shown, in his words and language; `why` is closed, unknown or failed."""
    begin = BEGIN.get(request.path.split("/")[1])
    again = url_for(begin) if begin else ""
    return page("errors/patient.html", status, here="", lang=language(), why=why, again=again)
