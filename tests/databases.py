"""Copies of the migrated template: 0.1 s each."""

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

ROOT = Path(__file__).parent.parent
_numbers = itertools.count()


def alembic_config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.cmd_opts = type("Options", (), {"x": [f"url={owner_url}"]})()
    return config


def migrate(owner_url: str, revision: str = "head") -> None:
    command.upgrade(alembic_config(owner_url), revision)


@dataclass(frozen=True)
class Copy:
    """One database of the run, with the owner's and the application's address."""

    name: str
    owner_url: str
    app_url: str
    server_url: str

    def drop(self) -> None:
        engine = create_engine(self.server_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)'))
        engine.dispose()


@dataclass(frozen=True)
class Databases:
    """Makes copies of the template on the run's server."""

    owner_url: str
    app_url: str

    def copy(self, template: str = "template_clinic") -> Copy:
        name = f"t{os.getpid()}_{next(_numbers)}"
        engine = create_engine(self.owner_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            # Two workers cannot copy one template at the same instant; the lock makes them queue.
            connection.execute(text("SELECT pg_advisory_lock(7)"))
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
            connection.execute(text(f'GRANT CONNECT ON DATABASE "{name}" TO clinic_app'))
            connection.execute(text("SELECT pg_advisory_unlock(7)"))
        engine.dispose()
        urls = [
            make_url(url).set(database=name).render_as_string(hide_password=False)
            for url in (self.owner_url, self.app_url)
        ]
        return Copy(name, urls[0], urls[1], self.owner_url)
