"""The visits of a series that are still to come, on paper for the patient and in the patient's language (A8, A11)."""

from datetime import date, datetime

from babel.dates import format_date
from flask import Response, abort, make_response

from clinic import audit, clock, db, formats, printing
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.series import find_series
from clinic.models import Practice
from clinic.reminders.texts import told_time
from clinic.scheduling import guards, series
from clinic.web import requires

WORDS = {
    "en": {
        "title": "Your visits",
        "lead": "{name}, born {born}. Please come ten minutes before. If you cannot come, call us at {phone} as early "
        "as you can.",
        "heads": ("Day", "Date", "Time", "With"),
        "printed": "{clinic}. Printed {day}, {time} by {who}.",
    },
    "es": {
        "title": "Sus citas",
        "lead": "{name}, fecha de nacimiento: {born}. Por favor, llegue diez minutos antes. Si no puede venir, "
        "llámenos al {phone} lo antes posible.",
        "heads": ("Día", "Fecha", "Hora", "Con"),
        "printed": "{clinic}. Impreso el {day}, {time}, por {who}.",
    },
}


@bp.get("/series/<public_id>/sheet.pdf")
@requires("schedule.view")
def series_sheet(public_id: str) -> Response:
    """Local times with their zone, and no reason for the visits."""
    found = find_series(public_id)
    practice = db.session.query(Practice).first()
    if practice is None:
        abort(404)
    patient = found.patient
    language = patient.language if patient.language in WORDS else "en"
    words, now = WORDS[language], clock.now()
    body = printing.pdf(
        "desk/series_sheet.html",
        lang=language,
        title=words["title"],
        lead=words["lead"].format(
            name=patient.name, born=_day(patient.born_on, language), phone=formats.phone(practice.phone)
        ),
        heads=words["heads"],
        rows=[
            (*_told(each.starts_at, language), each.provider.name)
            for each in series.visits_of(db.session(), found)
            if each.status in guards.WAITING and each.starts_at > now
        ],
        printed=words["printed"].format(
            clinic=practice.name,
            day=_day(clock.today(), language),
            time=told_time(now, language)[1],
            who=audit.actor().label,
        ),
        clinic={
            "address": [
                ", ".join(part for part in (practice.address, practice.address2) if part),
                f"{practice.city}, {practice.state} {practice.zip[:5]}",
            ],
            "phone": practice.phone,
            "email": practice.email,
        },
        clinic_name=practice.name,
    )
    response = make_response(body)
    response.mimetype = "application/pdf"
    today = formats.mdy(clock.today()).replace("/", "-")
    response.headers["Content-Disposition"] = f'inline; filename="visits-{today}.pdf"'
    return response


def _told(starts_at: datetime, language: str) -> tuple[str, str, str]:
    """`Tuesday`, `12/01/2026`, `9:00 AM PST`, or `martes`, `1 de diciembre de 2026`, `9:00 a.m. PST`."""
    day = clock.local(starts_at).date()
    return format_date(day, "EEEE", _locale(language)), _day(day, language), told_time(starts_at, language)[1]


def _day(day: date, language: str) -> str:
    return format_date(day, "long", _locale(language)) if language == "es" else formats.mdy(day)


def _locale(language: str) -> str:
    return "es_US" if language == "es" else "en_US"
