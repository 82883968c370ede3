"""A bare Jinja environment over the real templates, for tests that need no application."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).parents[2] / "clinic"


class Asset(str):
    integrity = ""


def usd_bare(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace("-", "\u2212")


def usd(amount: Decimal) -> str:
    return ("\u2212" if amount < 0 else "") + f"${abs(amount):,.2f}"


def mdy(day: dt.date | None) -> str:
    return f"{day:%m/%d/%Y}" if day else ""


FILTERS: dict[str, Callable[..., str]] = {
    "usd": usd,
    "usd_bare": usd_bare,
    "mdy": mdy,
    "clock": lambda instant: f"{instant:%I:%M %p}".lstrip("0"),
    "phone": lambda number: number,
    "ago": lambda _day: "9 days ago",
}

NAV = [
    ("Claims", "/claims", False),
    ("Denials", "/denials", True),
    ("Remittances", "/remittances", False, 2),
    ("Statements", "/statements", False),
    ("Patients", "/patients", False),
]


def frame(*, rehearsal: str | None = None, **more: Any) -> dict[str, Any]:
    """What clinic/web.py gives every page."""
    return {
        "clinic_name": "Riverside Family Medicine",
        "current_user": SimpleNamespace(
            name="Priya Nair",
            role_label="Billing",
            single_keys=True,
            is_authenticated=True,
        ),
        "theme": "light",
        "bar": SimpleNamespace(
            nav=NAV,
            links=SimpleNamespace(home="/", theme="/theme", keys="/keys", sign_out="/sign-out"),
            rehearsal=rehearsal,
        ),
        "may": lambda permission: True,
        "bar_links": [("Tasks", "/tasks", 5, "")],
        "csrf_token": lambda: "token",
        "asset": Asset,
        "url_for": lambda endpoint, **_: "/" + endpoint.replace(".", "/"),
        "get_flashed_messages": lambda **_: [],
        "clinic": SimpleNamespace(
            phone="+15550100142",
            address=["410 Cedar Street", "Dayton, OH 45402"],
        ),
        **more,
    }


def environment() -> Environment:
    """As the application sets Jinja up: strict, escaping, with the filters of clinic/web.py."""
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(FILTERS)
    env.globals["today"] = lambda: dt.date(2026, 3, 10)
    return env
