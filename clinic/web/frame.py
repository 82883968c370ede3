"""What every page is given: the bar's links, the theme, file addresses, response headers."""

import hashlib
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for
from flask_login import current_user

from clinic import access, clock, db, formats, printing
from clinic.config import Config
from clinic.models import Practice

STATIC = Path(__file__).parent.parent / "static"
# The bar by role, the most used first: label and endpoint; what a role may not open is not shown.
NAV: dict[str, tuple[tuple[str, str], ...]] = {
    "front_desk": (
        ("Schedule", "desk.index"),
        ("Check-in", "checkin.index"),
        ("Flow", "flow.index"),
        ("Patients", "patients.index"),
        ("Payments", "payments.index"),
        ("Tasks", "tasks.index"),
        ("Wait list", "waiting.index"),
        ("Online", "book.waiting"),
        ("Estimates", "estimates.good_faith"),
        ("Authorizations", "authorizations.index"),
        ("Missed visits", "desk.missed_visits"),
        ("Day close", "reports.drawer"),
    ),
    "clinician": (
        ("Charge slips", "charges.index"),
        ("Flow", "flow.index"),
        ("Schedule", "desk.index"),
        ("Patients", "patients.index"),
        ("Calendar feed", "messages.feeds"),
    ),
    "biller": (
        ("Claims", "claims.index"),
        ("Denials", "claims.denials"),
        ("Remittances", "remittances.index"),
        ("Payments", "payments.index"),
        ("Statements", "statements.index"),
        ("Tasks", "tasks.index"),
        ("EDI", "edi.index"),
        ("Charge slips", "charges.index"),
        ("Authorizations", "authorizations.index"),
        ("Patients", "patients.index"),
        ("Payers", "admin.payers"),
    ),
    "manager": (
        ("Dashboard", "reports.index"),
        ("Aged A/R", "reports.aging"),
        ("Day close", "reports.day_close"),
        ("Schedule", "desk.index"),
        ("Claims", "claims.index"),
        ("Tasks", "tasks.index"),
        ("Flow", "flow.index"),
        ("Wait list", "waiting.index"),
        ("Missed visits", "desk.missed_visits"),
        ("Remittances", "remittances.index"),
        ("EDI", "edi.index"),
        ("Statements", "statements.index"),
        ("Patients", "patients.index"),
        ("Fees", "admin.fees"),
        ("Schedule rules", "admin.visit_types"),
        ("Audit", "admin.audit"),
    ),
    "admin": (
        ("Overview", "admin.index"),
        ("Users", "admin.users"),
        ("Audit trail", "admin.audit"),
        ("Practice", "admin.practice"),
        ("Reminders", "messages.reminders"),
        ("Providers", "admin.providers"),
        ("Payers", "admin.payers"),
        ("Fee schedules", "admin.fees"),
        ("Schedule rules", "admin.visit_types"),
        ("Verify", "admin.verify"),
    ),
}
LINKS = {
    "home": "access.home",
    "theme": "access.theme",
    "keys": "access.single_keys",
    "sign_out": "access.sign_out",
}
# What only a rehearsing clinic shows, and to whom.
REHEARSAL_NAV = (("Rehearsal", "rehearsal.index", "clock.advance"), ("Mail", "mailsink.index", "mail.sink"))
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'{also}"
)


class Asset(str):
    """The address of a static file, with the `integrity` of a vendored one."""

    integrity: str = ""


@cache
def _version(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]


def asset(name: str) -> Asset:
    """A file of static/ by path, or a vendored one by its bare name; a changed file gets a new address."""
    return _asset(request.script_root, name)


@cache
def _asset(root: str, name: str) -> Asset:
    path, digest = printing.vendored().get(name, (name, ""))
    address = Asset(url_for("static", filename=path, v=_version(path)))
    address.integrity = digest
    return address


@cache
def _address(root: str, endpoint: str) -> str:
    """Where a page without ids stands; each page names a score of them, and the router is asked once."""
    return url_for(endpoint)


def _to(endpoint: str) -> str:
    return _address(request.script_root, endpoint)


class Bar:
    """What stands in the bar of every page; a fragment has none, so each part is made when it is asked for."""

    def __init__(self, app: Flask, config: Config) -> None:
        self._app = app
        self._config = config

    @cached_property
    def nav(self) -> list[tuple[str, str, bool]]:
        """Label, address, and whether it is the page's own."""
        return _nav(self._app, self._config) if _signed_in() else []

    @cached_property
    def links(self) -> dict[str, str]:
        known = self._app.view_functions
        return {name: _to(endpoint) if endpoint in known else "/" for name, endpoint in LINKS.items()}

    @cached_property
    def rehearsal(self) -> str | None:
        """The yellow line on top, None in a clinic that works for real."""
        return _banner(self._config)


def _signed_in() -> bool:
    return bool(current_user and current_user.is_authenticated)


def register(app: Flask, config: Config) -> None:
    """Install filters, globals, the context of the frame and the headers."""
    app.jinja_env.filters.update(printing.FILTERS)
    app.jinja_env.globals.update(asset=asset, today=clock.today, qr_url=printing.qr_url)

    @app.context_processor
    def frame() -> dict[str, Any]:
        signed_in = _signed_in()
        return {
            "clinic_name": clinic_name(app),
            "theme": current_user.theme if signed_in else "",
            "bar": Bar(app, config),
            "may": lambda permission: signed_in and access.allows(current_user.role, permission),
        }

    pay_hosts = " https://checkout.stripe.com"
    if config.stripe_api_base:
        pay_hosts += f" {config.stripe_api_base.rstrip('/')}"

    @app.after_request
    def headers(response: Response) -> Response:
        public_pay = request.path.startswith("/pay")
        response.headers["Content-Security-Policy"] = CSP.format(also=pay_hosts if public_pay else "")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if config.base_url.startswith("https://"):
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers["Cache-Control"] = "no-store"
        return response


def clinic_name(app: Flask) -> str:
    """The clinic's name, read once a process and forgotten when an administrator changes it."""
    name = app.extensions.get("clinic_name")
    if name is None:
        practice = db.session.query(Practice.name).first()
        name = practice[0] if practice else "Clinic"
        if practice and not app.testing:
            app.extensions["clinic_name"] = name
    return str(name)


# Pages that are reached from the tabs of another one: the beginning of their address, and that one's bar item.
BELONGS = dict.fromkeys(
    ("/admin/hours", "/admin/closures", "/admin/rooms", "/online-booking"), "admin.visit_types"
)


def _nav(app: Flask, config: Config) -> list[tuple[str, str, bool]]:
    items = list(NAV.get(current_user.role, ()))
    if config.rehearsal:
        items += [
            (label, endpoint)
            for label, endpoint, permission in REHEARSAL_NAV
            if access.allows(current_user.role, permission)
        ]
    shown = [(label, endpoint) for label, endpoint in items if endpoint in app.view_functions]
    marked = _marked([endpoint for _, endpoint in shown])
    return [(label, _to(endpoint), endpoint == marked) for label, endpoint in shown]


def _marked(shown: list[str]) -> str:
    """The bar item that this page belongs to: its own, the one whose address it stands under, else its blueprint's."""
    here = request.endpoint or ""
    if not here or here in shown:
        return here
    part = next((part for part in BELONGS if request.path.startswith(part)), "")
    if part and BELONGS[part] in shown:
        return BELONGS[part]
    above = [endpoint for endpoint in shown if f"{request.path}/".startswith(f"{_to(endpoint).rstrip('/')}/")]
    family = [endpoint for endpoint in shown if endpoint.split(".")[0] == here.split(".")[0]]
    return max(above, key=lambda endpoint: len(_to(endpoint)), default=next(iter(family), ""))


def _banner(config: Config) -> str | None:
    if not config.rehearsal:
        return None
    days = clock.days_ahead()
    ahead = f"{days} {'day' if days == 1 else 'days'}"
    moved = f" The clinic's clock is {ahead} ahead; the audit trail keeps true time." if days else ""
    what = "Demo with invented people" if config.demo else "Rehearsal"
    today = formats.mdy(clock.today())
    return f"{what}: nothing leaves this machine. Today is {today}.{moved}"
