"""Alembic's environment: one advisory lock, short lock time-outs, the owner's role."""

import os

from alembic import context
from sqlalchemy import create_engine, text

import clinic.models
import clinic.sandbox.tables
from clinic.db import Base

__all__ = ["clinic"]
LOCK = 4_207_115


def run() -> None:
    """Migrate with `-x url=…` or CLINIC_OWNER_URL."""
    url = context.get_x_argument(as_dictionary=True).get("url") or os.environ["CLINIC_OWNER_URL"]
    engine = create_engine(url, hide_parameters=True)
    with engine.connect() as connection:
        # Two hosts that start at once must not both migrate; a migration that waits for a lock must not
        # hold up the clinic behind it.
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
        connection.commit()
    engine.dispose()


run()
