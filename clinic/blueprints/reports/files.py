"""Answers that are files: PDF, CSV and XLSX, each with the numbers of its screen."""

from typing import Any

from flask import Response, stream_with_context
from flask_login import current_user
from sqlalchemy import select

from clinic import clock, db, printing, reports
from clinic.db import ClinicError
from clinic.models import Practice
from clinic.reports import Table
from clinic.web import settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ON_PAPER = 400


class CannotPrint(ClinicError):
    """The machine lacks what draws PDFs."""


def pdf(template: str, name: str, **context: Any) -> Response:
    """A print template as a PDF that the browser shows, under the clinic's head."""
    try:
        body = printing.pdf(template, **_head(), **context)
    except OSError as error:
        raise CannotPrint("This machine cannot draw PDFs: the library pango is missing.") from error
    return _answer(Response(body, mimetype="application/pdf"), f"{name}.pdf", "inline")


def table_pdf(table: Table, name: str) -> Response:
    """A table on paper: its first rows, and the total of all."""
    rows = list(table.rows)
    return pdf(
        "print/kpi.html", name, table=table, rows=rows[:ON_PAPER], left_out=max(0, len(rows) - ON_PAPER)
    )


def csv(table: Table, name: str) -> Response:
    """A table as CSV, sent while it is read."""
    body = stream_with_context(reports.to_csv(table))
    return _answer(Response(body, mimetype="text/csv"), f"{name}.csv")


def xlsx(table: Table, name: str) -> Response:
    return _answer(Response(reports.to_xlsx(table), mimetype=XLSX), f"{name}.xlsx")


def _head() -> dict[str, Any]:
    practice = db.session.scalars(select(Practice).limit(1)).first()
    if practice is None:
        raise CannotPrint("Enter the clinic's name and address first: they stand on every page.")
    street = ", ".join(part for part in (practice.address, practice.address2) if part)
    return {
        "clinic_name": practice.name,
        "clinic": {
            "address": [street, f"{practice.city}, {practice.state} {practice.zip[:5]}"],
            "phone": practice.phone,
            "email": practice.email,
        },
        "watermark": "Demo: invented people" if settings().demo else None,
        "printed": f"{clock.local(clock.now()):%m/%d/%Y, %-I:%M %p} by {current_user.name}",
    }


def _answer(response: Response, name: str, place: str = "attachment") -> Response:
    response.headers["Content-Disposition"] = f'{place}; filename="{name}"'
    return response
