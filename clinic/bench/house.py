"""The bench's own clinic: a throwaway PostgreSQL that writes to disk as in production, two clinics in it, the application.

`year` has one clinic-year; `grown` is a copy of it with more patients and nine more years of appointments, so that
growth is measured in turns as well.
"""

import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from clinic import audit, clock, db, keys
from clinic.access import sessions
from clinic.app import create_app
from clinic.bench import serving
from clinic.bench.scale import PROVIDERS, Scale
from clinic.config import Config
from clinic.db import new_public_id
from clinic.demo import clinic_year, running
from clinic.embedded import start_for_tests
from clinic.models import Payer, Practice, ProviderHours, RenderingProvider, User, VisitType
from clinic.web.sessions import COOKIE

CLIENTS = 8
PAYERS = (
    "Meridian PPO",
    "Summit Health",
    "Cascade Plan",
    "Lakeside Mutual",
    "Northern HMO",
    "State Medicaid",
)
ROLES = ("front_desk", "manager", "biller")


@dataclass
class House:
    """Two clinics, the application over either, and a signed-in client for each role.

    `served` and `bare` are ours and the bare prototype behind gunicorn, both over the clinic-year.
    """

    app: Flask
    scale: Scale
    today: date
    year: Engine
    grown: Engine
    raw: psycopg.Connection
    users: dict[str, int]
    tokens: dict[str, str]
    loaded: dict[str, int]
    providers: dict[int, str]
    visit_type: str
    served: serving.Served
    bare: serving.Served
    clients: dict[str, "Client"] = field(default_factory=dict)

    def client(self, role: str) -> "Client":
        """The role's one client; every request is signed in, permitted and audited like a person's."""
        if role not in self.clients:
            self.clients[role] = Client(self.app, self.tokens[role])
        return self.clients[role]

    def browser(self, role: str) -> "Browser":
        """The same person at a browser of his own, over HTTP."""
        return Browser(self.served, self.tokens[role])

    def desk_of_its_own(self, number: int) -> "Client":
        """One of several people at once, each with a session of his own."""
        return Client(self.app, self.tokens[f"desk {number}"])

    @contextmanager
    def raw_grown(self) -> Iterator[psycopg.Connection]:
        """The bare driver in the grown clinic."""
        with clinic_year.connect(self.grown.url.render_as_string(hide_password=False)) as connection:
            connection.autocommit = True
            yield connection

    @contextmanager
    def in_grown(self) -> Iterator[None]:
        """The application looks into the grown clinic for the block."""
        self.bind(self.grown)
        try:
            yield
        finally:
            self.bind(self.year)

    def bind(self, engine: Engine) -> None:
        db.session.remove()
        db.SessionFactory.configure(bind=engine)


class Client:
    """One browser on the WSGI application, without a socket in between."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client: FlaskClient = app.test_client()
        self._client.set_cookie(COOKIE, token, secure=True, path="/")
        self._csrf = ""

    def get(self, url: str) -> str:
        return self._answer("GET", url, 200)

    def post(
        self, url: str, data: dict[str, Any], *, status: int | None, htmx: bool = False
    ) -> tuple[int, str]:
        """Status and body; raises AssertionError where the status is not the expected one (None: any)."""
        if not self._csrf:
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/patients"))
            self._csrf = found.group(1) if found else ""
        data = data | {"csrf_token": self._csrf}
        response = self._client.post(url, data=data, headers=_headers(htmx), base_url="https://localhost")
        if status is not None and response.status_code != status:
            raise AssertionError(
                f"POST {url} answered {response.status_code}: {response.get_data(as_text=True)[:500]}"
            )
        return response.status_code, response.get_data(as_text=True)

    def read_flashes(self) -> None:
        """Look at a page, as the browser does after a redirect; else the notices would pile up in the session."""
        self.get("/patients")

    def _answer(self, method: str, url: str, status: int) -> str:
        response = self._client.open(url, method=method, base_url="https://localhost")
        return _expected(method, url, response.status_code, response.get_data(as_text=True), status)


class Browser:
    """One signed-in browser on ours behind gunicorn."""

    def __init__(self, served: serving.Served, token: str) -> None:
        self._served = served
        self._cookie = {"Cookie": f"{COOKIE}={token}"}
        self._csrf = ""

    def get(self, url: str, *, htmx: bool = False, status: int = 200) -> str:
        answered, text = self._served.send("GET", url, headers=self._cookie | _headers(htmx))
        return _expected("GET", url, answered, text, status)

    def ready(self) -> "Browser":
        """With the forms' token read from a page, so that the first form costs no more than the others."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/patients"))
        self._csrf = found.group(1) if found else ""
        return self

    def post(self, url: str, data: dict[str, Any], *, status: int, htmx: bool = False) -> str:
        data = data | {"csrf_token": self._csrf}
        answered, text = self._served.send("POST", url, data, self._cookie | _headers(htmx))
        return _expected("POST", url, answered, text, status)


def _expected(method: str, url: str, answered: int, text: str, status: int) -> str:
    if answered != status:
        raise AssertionError(f"{method} {url} answered {answered}: {text[:500]}")
    return text


def _headers(htmx: bool) -> dict[str, str]:
    return {"HX-Request": "true"} if htmx else {}


@contextmanager
def opened(checkout: Path, scale: Scale, say: Callable[[str], None]) -> Iterator[House]:
    """Start, migrate, load, serve, sign in; everything is gone afterwards."""
    say("Starting a PostgreSQL of its own that writes to disk …")
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="clinic-bench-")))
        server = start_for_tests(fsync=True)
        closing.callback(server.stop)
        closing.callback(_let_go)
        running.migrate(checkout, server.owner_url)
        config = _config(server.app_url, folder)
        keys.use(keys.create(config.key_file))
        clock.configure(config.timezone)
        clock.set_days_ahead(0)
        year = create_engine(server.app_url, hide_parameters=True, pool_size=CLIENTS + 2)
        closing.callback(year.dispose)
        db.SessionFactory.configure(bind=year)
        users, tokens = _people()
        say(f"Loading a clinic-year of {scale.patients:,} patients and ten years beside it …")
        loaded = _load(server.owner_url, scale)
        grown = create_engine(
            make_url(server.app_url).set(database="grown"), hide_parameters=True, pool_size=CLIENTS
        )
        closing.callback(grown.dispose)
        app = create_app(config)
        say("Starting ours and the bare prototype behind gunicorn …")
        served = closing.enter_context(serving.serving(serving.OURS, checkout, config, folder / "ours.log"))
        bare = closing.enter_context(serving.serving(serving.BARE, checkout, config, folder / "bare.log"))
        raw = closing.enter_context(clinic_year.connect(server.app_url))
        raw.autocommit = True
        providers = dict(raw.execute("SELECT id, public_id FROM rendering_provider").fetchall())
        visit_type = raw.execute("SELECT public_id FROM visit_type").fetchall()[0][0]
        yield House(
            app, scale, clock.today(), year, grown, raw, users, tokens, loaded, providers, visit_type, served, bare
        )  # fmt: skip


def _let_go() -> None:
    db.session.remove()
    db.SessionFactory.configure(bind=None)


def _config(app_url: str, folder: Path) -> Config:
    return Config(
        database_url=app_url,
        owner_url="",
        redis_url=f"unix://{folder}/no-redis.sock",
        secret_key=secrets.token_hex(32),
        key_file=folder / "keys.json",
        data_folder=folder,
        exchange_folder=folder / "exchange",
    )


def _people() -> tuple[dict[str, int], dict[str, str]]:
    """The practice, its providers and payers, and one signed-in user a role."""
    today = clock.today()
    with db.transaction() as session, audit.acting_as(audit.Actor(None, "bench")):
        _practice(session)
        for number in range(1, PROVIDERS + 1):
            provider = RenderingProvider(
                first_name="Helen", last_name=f"Adams{number}", credential="MD", npi=f"1{number:09d}",
                taxonomy="207Q00000X", position=number,
            )  # fmt: skip
            session.add(provider)
            session.flush()
            session.add_all(
                ProviderHours(provider_id=provider.id, weekday=day, starts=time(8), ends=time(16),
                              effective_on=date(today.year - 12, 1, 1))
                for day in range(7)
            )  # fmt: skip
        users = [
            User(public_id=new_public_id(), sign_in_name=role, name=role.title(), role=role, password_hash="-",  # noqa: S106  nobody signs in with it
                 created_at=clock.wall_now())
            for role in ROLES
        ]  # fmt: skip
        session.add_all(users)
        session.flush()
        found = {user.role: user.id for user in users}
    tokens = {}
    desks = {f"desk {number}": found["front_desk"] for number in range(CLIENTS)}
    for name, user_id in (found | desks).items():
        # The forms' token stands in the session from the start, so that both clinics know the same one.
        data = {"_user_id": str(user_id), "_fresh": True, "csrf_token": secrets.token_hex(20)}
        with db.transaction() as session:
            tokens[name] = sessions.create(session, data, user_id, "127.0.0.1")
    return found, tokens


def _practice(session: Session) -> None:
    session.add(
        Practice(
            name="Riverside Family Medicine", legal_name="Riverside Family Medicine PC", npi="1000000004",
            tax_id="931234567", taxonomy="207Q00000X", address="1200 River Rd", city="Portland", state="OR",
            zip="972050001", phone="+15550100100", edi_sender_id="RIVERSIDE01",
        )
    )  # fmt: skip
    session.add(VisitType(name="Follow-up", minutes=20))
    for number, name in enumerate(PAYERS, 1):
        session.add(Payer(name=name, edi_id=f"PAYER{number}", kind="commercial", filing_indicator="CI"))
        session.flush()


def _load(owner_url: str, scale: Scale) -> dict[str, int]:
    today = clock.today()
    shape = clinic_year.Shape(range(1, PROVIDERS + 1), range(1, len(PAYERS) + 1), 1, scale.seed)
    days = clinic_year.working_days(today, scale.days * scale.years)
    year, before = days[-scale.days :], days[: -scale.days]
    with clinic_year.connect(owner_url) as connection:
        clinic_year.load_patients(connection, shape, 1, scale.patients)
        visits = clinic_year.load_appointments(connection, shape, [*year, today], today, 1, scale.patients)
        loaded = clinic_year.load_ledger(connection, shape, visits, today)
    with clinic_year.connect(owner_url) as connection:
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
    _copy_database(owner_url)
    grown = make_url(owner_url).set(database="grown").render_as_string(hide_password=False)
    with clinic_year.connect(grown) as connection:
        first = 1 + connection.execute("SELECT max(id) FROM appointment").fetchone()[0]  # type: ignore[index]
        clinic_year.load_patients(connection, shape, scale.patients + 1, scale.grown_patients)
        with clinic_year.without_exclusions(connection):
            older = clinic_year.load_appointments(
                connection, shape, before, today, first, scale.grown_patients
            )
        # The last years of them with their ledger: what stands open stays the same, what was ever posted grows.
        since = before[-scale.days * (scale.ledger_years - 1)]
        clinic_year.load_ledger(connection, shape, [each for each in older if each.on >= since], today)
    with clinic_year.connect(grown) as connection:
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
    return loaded | {"patients": scale.patients, "appointments": first - 1}


def _copy_database(owner_url: str) -> None:
    name = make_url(owner_url).database
    server = make_url(owner_url).set(database="postgres").render_as_string(hide_password=False)
    # A database is copied only while nobody is in it.
    bound = db.SessionFactory.kw["bind"]
    db.session.remove()
    bound.dispose()
    with clinic_year.connect(server) as connection:
        connection.autocommit = True
        connection.execute(f'CREATE DATABASE grown TEMPLATE "{name}" STRATEGY file_copy')
        connection.execute("GRANT CONNECT ON DATABASE grown TO clinic_app")
