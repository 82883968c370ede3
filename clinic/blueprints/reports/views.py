"""The manager's dashboard, aged receivables, and the rows behind each key figure."""

from typing import Any

from flask import Response, abort, make_response, request

from clinic import clock, db, printing, reports
from clinic.blueprints.reports import days, drawers, drawing, files
from clinic.blueprints.reports.blueprint import bp
from clinic.db import ClinicError
from clinic.reports import Column, Figure, Month, Table, behind, denied
from clinic.reports import aging as aged
from clinic.reports.aging import patient_ids
from clinic.reports.aging import table as aging_table
from clinic.web import render, requires, viewed

__all__ = ["bp", "days", "drawers"]

PAGE = 50
KEYS = "any(charges, payments, days_in_ar, clean_claims, denial_rate, ar_over_90, denials)"
FILES = "any(pdf, csv, xlsx)"


class NoSuchReport(ClinicError):
    """An address that asks for what no report shows."""


def month_asked() -> Month:
    """The month in the address, or the present one; anything else is a sentence (422)."""
    key = request.args.get("month", "")
    return reports.month_of(key) if key else reports.this_month()


def basis_asked() -> str:
    basis = request.args.get("basis", "default")
    if basis not in reports.BASES:
        raise NoSuchReport("Receivables age by date of service, by responsibility, or by the usual mix.")
    return basis


def page_asked() -> int:
    return max(1, request.args.get("page", 1, type=int))


@bp.get("/reports")
@requires("report.view")
def index() -> Response:
    """The manager's home: a month in six numbers, each a link to its rows."""
    return render("reports/index.html", **_month(month_asked()))


@bp.get("/reports/month.<any(pdf, xlsx):kind>")
@requires("report.view")
def month_file(kind: str) -> Response:
    """The dashboard on paper, with the same charts, or as a workbook."""
    found = _month(month_asked())
    month, name = found["month"], f"month-{found['month'].key}"
    if kind == "xlsx":
        return files.xlsx(_month_table(found["figures"], month), name)
    return files.pdf(
        "print/month.html",
        name,
        **found,
        ages_chart=printing.svg_url(drawing.ages(found["aging"])),
        months_chart=printing.svg_url(drawing.by_month(found["months"], found["money"])),
    )


def _month(month: Month) -> dict[str, Any]:
    session = db.session()
    figures = reports.figures(session, month)
    by_key = {one.key: one for one in figures}
    months = month.back(drawing.SHOWN_MONTHS)
    return {
        "month": month,
        "figures": figures,
        "months": months,
        "money": {key: list(by_key[key].trend[-len(months) :]) for key in ("charges", "payments")},
        "aging": reports.aging(session, "service", largest=0),
        "labels": reports.LABELS,
        "categories": reports.by_category(session, month),
        "now": clock.now(),
        "is_present": month == reports.this_month(),
    }


def _month_table(figures: list[Figure], month: Month) -> Table:
    """Twelve months, one a row, and each figure's target below."""
    kinds = {"days": "number"}
    columns = [Column("Month"), *(Column(one.name, kinds.get(one.unit, one.unit)) for one in figures)]
    months = month.back(len(figures[0].trend))
    rows = [[one.name, *(figure.trend[place] for figure in figures)] for place, one in enumerate(months)]
    formulas = "; ".join(f"{one.name}: {one.formula}" for one in figures)
    basis = f"As of {clock.today():%m/%d/%Y}. {formulas}."
    return Table(
        f"Key figures, {month.name}", basis, columns, rows, ["Target", *(one.target for one in figures)]
    )


@bp.get("/reports/charts/<name>.svg")
@requires("report.view")
def chart(name: str) -> Response:
    """One chart as an image, light or dark."""
    if name not in drawing.NAMES:
        abort(404)
    body = drawing.draw(db.session(), name, month_asked(), dark=request.args.get("dark") == "1")
    response = make_response(body)
    response.mimetype = "image/svg+xml"
    return response


@bp.get("/reports/aging")
@requires("report.view")
def aging() -> Response:
    """Who owes the clinic, and for how long; the largest accounts below."""
    basis, page = basis_asked(), page_asked()
    found = aged(db.session(), basis, largest=PAGE, after=(page - 1) * PAGE)
    if not found.largest and page > 1:
        abort(404)
    viewed("report", *(one.patient.id for one in found.largest))
    return render(
        "reports/aging.html", aging=found, basis=basis, number=page, size=PAGE, labels=reports.LABELS
    )


@bp.get(f"/reports/aging.<{FILES}:kind>")
@requires("report.view")
def aging_file(kind: str) -> Response:
    """The totals and the largest accounts on paper; every account in a file."""
    basis, session = basis_asked(), db.session()
    name = f"aging-{clock.today():%Y-%m-%d}"
    if kind == "pdf":
        found = aged(session, basis, largest=PAGE)
        viewed("report", *(one.patient.id for one in found.largest))
        return files.pdf("print/aging.html", name, aging=found, labels=reports.LABELS)
    viewed("report", *patient_ids(session))
    answer = files.csv if kind == "csv" else files.xlsx
    return answer(aging_table(session, basis), name)


@bp.get(f"/reports/kpi/<{KEYS}:key>")
@requires("report.view")
def kpi(key: str) -> Response:
    """The rows behind one figure; their total or share is the figure."""
    month, page = month_asked(), page_asked()
    table = _rows(key, month)
    count = len(list(table.rows))
    first = (page - 1) * PAGE
    if first and first >= count:
        abort(404)
    part = table.part(first, PAGE)
    viewed("report", *part.patient_ids)
    return render(
        "reports/kpi.html",
        key=key,
        month=month,
        table=part,
        count=count,
        number=page,
        size=PAGE,
        category=request.args.get("category", ""),
        is_present=month == reports.this_month(),
    )


@bp.get(f"/reports/kpi/<{KEYS}:key>.<{FILES}:kind>")
@requires("report.view")
def kpi_file(key: str, kind: str) -> Response:
    """The same rows as a file."""
    month = month_asked()
    table = _rows(key, month)
    viewed("report", *table.patient_ids)
    name = f"{key.replace('_', '-')}-{month.key}"
    answer = {"pdf": files.table_pdf, "csv": files.csv, "xlsx": files.xlsx}[kind]
    return answer(table, name)


def _rows(key: str, month: Month) -> Table:
    if key == "denials":
        return denied.table(db.session(), month, request.args.get("category", ""))
    return behind.rows(db.session(), key, month)
