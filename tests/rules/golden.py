"""The settled tables of who may do what. After a change that is meant: `python -m tests.rules.golden`."""

import json
import secrets
import sys
import tempfile
from pathlib import Path

from flask import Flask

from clinic import access
from clinic.app import create_app
from clinic.config import Config
from tests.rules import everything

HERE = Path(__file__).parent
PERMISSIONS = HERE / "golden_permissions.json"
ROUTES = HERE / "golden_routes.json"
RENEW = "when the change is meant, write it anew with `python -m tests.rules.golden` and have it read"


def permissions() -> dict[str, list[str]]:
    """Permission → the roles that hold it."""
    return {name: sorted(roles) for name, roles in sorted(access.PERMISSIONS.items())}


def routes(app: Flask) -> dict[str, str]:
    """Method and address → the permission that it needs, or `public`."""
    return {
        f"{method} {rule.rule}": everything.permission(app, rule) or "public"
        for rule in everything.rules(app)
        for method in everything.methods(rule)
    }


def changes(path: Path, now: dict[str, object]) -> list[str]:
    """What differs from the settled table, one line each."""
    settled = json.loads(path.read_text())
    return [
        f"{name}: settled {settled.get(name)}, now {now.get(name)}"
        for name in sorted(settled.keys() | now.keys())
        if settled.get(name) != now.get(name)
    ]


def renew() -> None:
    """Write both tables as the code has them, and say what changed."""
    folder = Path(tempfile.mkdtemp())
    config = Config(
        database_url="",
        owner_url="",
        redis_url="",
        secret_key=secrets.token_hex(16),
        key_file=folder / "keys",
        data_folder=folder,
        exchange_folder=folder / "exchange",
        rehearsal=True,
        stripe_key="sk_test_clinic",
        stripe_webhook_secret="whsec_test",
    )
    for path, now in ((PERMISSIONS, permissions()), (ROUTES, routes(create_app(config, testing=True)))):
        for line in changes(path, dict(now)) if path.exists() else ():
            sys.stdout.write(line + "\n")
        path.write_text(json.dumps(now, indent=1) + "\n")


if __name__ == "__main__":
    renew()
