"""A remittance as a page, or for htmx as its body: the same whether it was opened or something was decided."""

from flask import Response, request

from clinic import db, remittances
from clinic.blueprints.remittances import pages
from clinic.blueprints.remittances.forms import MatchForm, PlainForm, ReasonForm, RefundForm, TraceForm
from clinic.models import ClaimPayment, Remittance
from clinic.web import render, viewed


def show_sheet(remittance: Remittance, status: int = 200, **refused: object) -> Response:
    """`refused` holds a form with its errors under the name that the templates use, and `refused_for` its place."""
    sheet = pages.sheet_of(remittance)
    viewed("remittance", *sheet.patient_ids, subject=f"remittance:{remittance.id}")
    opened, refused_for = request.args.get("claim", ""), refused.get("refused_for", "")
    row = next(
        (
            each
            for each in sheet.rows
            if each.payment.public_id == opened or refused_for in _in_the_panel(each.payment)
        ),
        None,
    )
    context = {
        "sheet": sheet,
        "raw": pages.raw_of(sheet),
        "opened": row,
        "refunded": remittances.refund_of(db.session(), row.payment)
        if row and row.payment.state == "refunded"
        else None,
        "asked": request.args.get("panel", ""),
        "trace_form": TraceForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
        "refund_form": RefundForm(formdata=None),
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


def _in_the_panel(payment: ClaimPayment) -> tuple[str, ...]:
    """The decisions whose form stands in the claim's panel: refused, they are shown there with their sentence."""
    return tuple(f"{what}-{payment.public_id}" for what in ("not-ours", "reversal", "refund"))
