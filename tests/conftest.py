"""One PostgreSQL for the run, one migrated template, a copy per worker; the cast of every web test."""

import os
import secrets
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url

from clinic import audit, clock, db, keys, queue
from clinic.app import create_app
from clinic.config import Config
from clinic.embedded import start_for_tests
from clinic.embedded.redis import find_redis
from tests import factories
from tests import plain_paper as plain
from tests.browser import Browser
from tests.databases import Databases, migrate
from tests.web.running import CHROMIUM, CHROMIUM_ARGS, windows

RING = keys.KeyRing({1: bytes(range(32))}, bytes(range(32, 64)))
ROLES = ("front_desk", "clinician", "biller", "manager", "admin")


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also run the long fuzz, fault and load tests")


def pytest_configure(config):
    """Start the server once, in the process that hands out the tests."""
    config.addinivalue_line("markers", "long: runs only with --long")
    config.addinivalue_line("markers", "browser: drives Chromium")
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    server = start_for_tests()
    config.clinic_server = server
    template = make_url(server.owner_url).set(database="template_clinic")
    engine = create_engine(server.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE template_clinic"))
    engine.dispose()
    migrate(template.render_as_string(hide_password=False))
    os.environ["CLINIC_TEST_OWNER_URL"] = server.owner_url
    os.environ["CLINIC_TEST_APP_URL"] = server.app_url


def pytest_unconfigure(config):
    server = getattr(config, "clinic_server", None)
    if server is not None:
        server.stop()


def pytest_collection_modifyitems(config, items):
    if not config.option.long:
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="needs --long"))


@pytest.fixture(scope="session", autouse=True)
def _process():
    keys.use(RING)
    clock.configure("America/Los_Angeles")


@pytest.fixture(scope="session")
def databases():
    return Databases(os.environ["CLINIC_TEST_OWNER_URL"], os.environ["CLINIC_TEST_APP_URL"])


@pytest.fixture(scope="session")
def database(databases):
    """This worker's own migrated database; `.owner_url` and `.app_url`."""
    return databases.copy()


@pytest.fixture(scope="session")
def _engine(database):
    engine = create_engine(database.app_url, hide_parameters=True)
    yield engine
    engine.dispose()


@pytest.fixture
def session(_engine):
    """The scoped session inside one outer transaction that is rolled back: the application's own role."""
    with _engine.connect() as connection:
        outer = connection.begin()
        db.session.remove()
        db.SessionFactory.configure(bind=connection, join_transaction_mode="create_savepoint")
        clock.set_days_ahead(0)
        audit.set_actor(audit.SYSTEM)
        yield db.session()
        db.session.remove()
        outer.rollback()
    db.SessionFactory.configure(bind=None)


@contextmanager
def _standing(databases):
    copy = databases.copy()
    db.session.remove()
    engine = create_engine(copy.app_url, hide_parameters=True)
    db.SessionFactory.configure(bind=engine, join_transaction_mode="conditional_savepoint")
    clock.set_days_ahead(0)
    audit.set_actor(audit.SYSTEM)
    yield copy
    db.session.remove()
    engine.dispose()
    db.SessionFactory.configure(bind=None)
    copy.drop()


@pytest.fixture
def committed(databases):
    """A fresh database for a test that must really commit: `.owner_url`, `.app_url`, and db.session bound to it."""
    with _standing(databases) as copy:
        yield copy


@pytest.fixture(scope="module")
def lasting(databases):
    """As `committed`, one for a module whose tests leave one another's rows alone; `session` has no place there."""
    with _standing(databases) as copy:
        yield copy


@pytest.fixture(scope="session")
def chromium():
    """This worker's one Chromium. A test opens windows in it, which know nothing of another test's."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGS))
        yield browser
        browser.close()


@pytest.fixture
def open_window(chromium):
    """`open_window(token, width, height)`: see tests.web.running.windows."""
    with windows(chromium) as opened:
        yield opened


@pytest.fixture(scope="session")
def config(tmp_path_factory) -> Config:
    folder = Path(tmp_path_factory.mktemp("clinic"))
    return Config(
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


@pytest.fixture(scope="session")
def app(config):
    made = create_app(config, testing=True)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def browser(app, session):
    """A browser that nobody signed in with."""
    return Browser(app)


@pytest.fixture
def cast(app, session):
    """`cast("biller")`: a browser signed in with a role; `outsider` is signed in nowhere."""

    def sign_in(role: str) -> Browser:
        made = Browser(app)
        if role != "outsider":
            made.sign_in(factories.make_user(session, role))
        return made

    return sign_in


def _role_fixture(role):
    @pytest.fixture(name=role)
    def signed_in(cast):
        return cast(role)

    return signed_in


front_desk, clinician, biller, manager, admin, outsider = (
    _role_fixture(role) for role in (*ROLES, "outsider")
)


@pytest.fixture
def environment(config, monkeypatch):
    """The configuration as jobs read it: from the environment."""
    for name, value in {
        "DATABASE_URL": "postgresql+psycopg://nowhere/clinic",
        "REDIS_URL": "unix:///nowhere",
        "CLINIC_SECRET_KEY": config.secret_key,
        "CLINIC_KEY_FILE": str(config.key_file),
        "CLINIC_DATA": str(config.data_folder),
        "CLINIC_REHEARSAL": "1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def plain_paper(monkeypatch):
    """Papers hold their words and no more: setting type takes a second, and is looked at elsewhere."""

    def write(document, **_):
        return plain.sheet(" ".join(" ".join(document.etree_element.itertext()).split()))

    monkeypatch.setattr("weasyprint.HTML.write_pdf", write)


@pytest.fixture
def count_queries(_engine):
    """`with count_queries() as statements:` collects the SQL that runs inside the block."""

    @contextmanager
    def counting():
        ran = []

        def note(connection, cursor, statement, parameters, context, executemany):
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")):
                ran.append(statement)

        event.listen(_engine, "before_cursor_execute", note)
        try:
            yield ran
        finally:
            event.remove(_engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def broker(tmp_path):
    """A Redis of this test's own, with the bell ringing into it."""
    program = find_redis()
    if program is None:
        pytest.skip("no Redis server here")
    path = tmp_path / "r.sock"
    command = [program, "--port", "0", "--unixsocket", path, "--save", "", "--dir", tmp_path]
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL) as server:
        while not path.exists():
            time.sleep(0.02)
        queue.connect(f"unix://{path}")
        try:
            yield queue.connection()
        finally:
            queue.connection().close()
            queue._redis = None
            server.terminate()
