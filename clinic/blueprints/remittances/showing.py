"""A remittance as a page, or for htmx as its body: the same whether it was opened or something was decided."""

from flask import Response, request

from clinic.blueprints.remittances import pages
from clinic.blueprints.remittances.forms import MatchForm, PlainForm, ReasonForm, TraceForm
from clinic.models import Remittance
from clinic.web import render, viewed


def show_sheet(remittance: Remittance, status: int = 200, **refused: object) -> Response:
    """`refused` holds a form with its errors under the name that the templates use, and `refused_for` its place."""
    sheet = pages.sheet_of(remittance)
    viewed("remittance", *sheet.patient_ids, subject=f"remittance:{remittance.id}")
    opened = request.args.get("claim", "")
    context = {
        "sheet": sheet,
        "raw": pages.raw_of(sheet),
        "opened": next((row for row in sheet.rows if row.payment.public_id == opened), None),
        "asked": request.args.get("panel", ""),
        "trace_form": TraceForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
        "match_form": MatchForm(formdata=None),
        "plain_form": PlainForm(formdata=None),
        "refused_for": "",
    } | refused
    return render(
        "remittances/show.html",
        "remittances/_remittance.html",
        status,
        also=("remittances/_flash.html",),
        **context,
    )
