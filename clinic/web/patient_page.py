"""What a public page of its own needs: the language, which is kept, and the clinic's letterhead."""

from typing import Any

from flask import Response, make_response, render_template, request, session, url_for
from sqlalchemy import select

from clinic import db, statements
from clinic.models import Practice

LANGUAGES = ("en", "es")


def language(first: str = "") -> str:
    """`?lang=`, which is kept; else what was kept; else `first`; else what the browser asks for."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session["lang"] = asked
    kept = session.get("lang") or (first if first in LANGUAGES else "")
    return kept or request.accept_languages.best_match(LANGUAGES, "en") or "en"


def page(
    template: str,
    status: int = 200,
    *,
    here: str,
    lang: str,
    practice: Practice | None = None,
    **context: Any,
) -> Response:
    """A page in the patient's frame; `here` is the endpoint of its address, for the other language."""
    found = practice or db.session.scalars(select(Practice)).one()
    clinic = statements.letterhead(found)
    other = "en" if lang == "es" else "es"
    body = render_template(
        template,
        lang=lang,
        es=lang == "es",
        clinic=clinic,
        other_lang_url=url_for(here, lang=other),
        **context,
    )
    return make_response(body, status)
