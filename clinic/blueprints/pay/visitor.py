"""Who is at the payment page: the language, the code of a link, the bill that was opened (T5).

All of it stands in the session's row in the database; the browser holds a random token only.
"""

from datetime import datetime, timedelta
from typing import Any

from flask import request, session, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic import clock, db, statements
from clinic.models import Practice, Statement

OPEN_FOR = timedelta(minutes=15)
LANGUAGES = ("en", "es")


def language() -> str:
    """`?lang=`, which is kept; else what was kept; else what the browser asks for."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session["lang"] = asked
    return session.get("lang") or request.accept_languages.best_match(LANGUAGES, "en") or "en"


def let_in(statement: Statement) -> None:
    """Open one household's bill for a quarter of an hour, under a new token."""
    session["pay"] = {
        "statement": statement.public_id,
        "until": (clock.wall_now() + OPEN_FOR).isoformat(),
    }
    session.pop("pay_code", None)
    if "lang" not in session and statement.guarantor.language == "es":
        session["lang"] = "es"
    session.rotate_token = True  # type: ignore[attr-defined]


def opened() -> Statement | None:
    """The statement whose bill this visitor may see now; activity does not make the time longer."""
    kept = session.get("pay")
    if not kept:
        return None
    if datetime.fromisoformat(kept["until"]) < clock.wall_now():
        session.pop("pay")
        return None
    query = select(Statement).where(Statement.public_id == kept["statement"])
    return db.session.scalar(query.options(joinedload(Statement.guarantor)))


def frame(**more: Any) -> dict[str, Any]:
    """What every patient page needs."""
    lang = language()
    practice = db.session.scalars(select(Practice)).one()
    clinic = statements.letterhead(practice)
    return {
        "lang": lang,
        "es": lang == "es",
        "clinic": clinic,
        "other_lang_url": _same_page("en" if lang == "es" else "es"),
        **more,
    }


def _same_page(lang: str) -> str:
    """This page in the other language; a form that was refused goes back to its page."""
    endpoint = "pay.bill" if request.endpoint == "pay.checkout" else request.endpoint or "pay.find"
    return url_for(endpoint, lang=lang, **(request.view_args or {}))
