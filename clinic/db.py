"""The database session, the model base class and the one transaction boundary (design 4)."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.orm import (
    DeclarativeBase,
    MappedColumn,
    ORMExecuteState,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.types import TypeDecorator


class ClinicError(Exception):
    """Base of every error whose message is a sentence for the user."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix__%(column_0_label)s",
            "uq": "uq__%(table_name)s__%(column_0_N_name)s",
            "ck": "ck__%(table_name)s__%(constraint_name)s",
            "fk": "fk__%(table_name)s__%(column_0_name)s__%(referred_table_name)s",
            "pk": "pk__%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True)}


class Cents(TypeDecorator[Decimal]):
    """US dollars as a Decimal with two places in Python, whole cents in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: object) -> int | None:
        if value is None:
            return None
        cents = Decimal(value) * 100
        if cents != cents.to_integral_value():
            raise ValueError(f"{value} is not a whole number of cents")
        return int(cents)

    def process_result_value(self, value: int | None, dialect: object) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


def new_public_id() -> str:
    """22 opaque characters for URLs, so that no sequential number leaves the house."""
    return secrets.token_urlsafe(16)


def public_id_column() -> MappedColumn[str]:
    """A column for the opaque id of a row that appears in a URL."""
    return mapped_column(default=new_public_id, unique=True, sort_order=-1)


SessionFactory = sessionmaker(expire_on_commit=False)
session = scoped_session(SessionFactory)
_each_commit: list[Callable[[Session], object]] = []


@event.listens_for(SessionFactory, "after_flush")
def _flushed(current: Session, context: object) -> None:
    current.info["wrote"] = True


@event.listens_for(SessionFactory, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    if not state.is_select:
        state.session.info["wrote"] = True


def connect(url: str, *, pool_size: int = 5) -> Engine:
    """Make the process's engine; parameters stay out of error messages, for they hold patient data."""
    engine = create_engine(url, hide_parameters=True, pool_size=pool_size, pool_pre_ping=True)
    SessionFactory.configure(bind=engine)
    return engine


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit when the block succeeds, roll back when it raises. Never nest.

    Before the commit, the callbacks of `before_each_commit` and then those of `before_commit` run in order (the audit
    chain takes its lock last); after it, those of `after_commit`, which a rollback drops.
    """
    current = session()
    if current.info.get("in_transaction"):
        raise RuntimeError("db.transaction() must not be nested")
    current.info["in_transaction"] = True
    try:
        yield current
        current.flush()
        for callback in _each_commit:
            callback(current)
        for callback in current.info.get("before_commit", []):
            callback(current)
        current.info.pop("before_commit", None)
        current.flush()
        if current.info.pop("wrote", False):
            # Deferred rules (an entry must balance) fail here, inside the block, and fail the same way
            # under the tests' outer transaction, where no real COMMIT ever comes.
            current.connection().exec_driver_sql(
                "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
            )
        current.commit()
    except BaseException:
        current.rollback()
        current.info.pop("wrote", None)
        current.info.pop("before_commit", None)
        current.info.pop("after_commit", None)
        raise
    finally:
        current.info.pop("in_transaction", None)
    for effect in current.info.pop("after_commit", []):
        effect()


def close_reading() -> None:
    """End what this request only read, with COMMIT, and give the connection back.

    After a ROLLBACK the driver forgets the statements it had prepared, and the next request on that connection would
    have each of its statements planned anew. What was changed outside of transaction() is rolled back, as ever.
    """
    current = session()
    changed = current.new or current.dirty or current.deleted or current.info.get("wrote")
    try:
        if current.in_transaction() and current.is_active and not changed:
            current.commit()
    finally:
        session.remove()


def before_each_commit(callback: Callable[[Session], object]) -> None:
    """Run `callback(session)` in every transaction() of this process, before what `before_commit` asked for."""
    if callback not in _each_commit:
        _each_commit.append(callback)


def before_commit(current: Session, callback: Callable[[Session], object]) -> None:
    """Run `callback(session)` as the last thing inside the surrounding transaction()."""
    current.info.setdefault("before_commit", []).append(callback)


def waits_for(current: Session, callback: Callable[[Session], object]) -> bool:
    """Whether `before_commit` was asked for this callback since the last commit or rollback."""
    return callback in current.info.get("before_commit", [])


def after_commit(current: Session, effect: Callable[[], object]) -> None:
    """Run `effect` once the surrounding transaction() has committed; drop it if it does not."""
    current.info.setdefault("after_commit", []).append(effect)
