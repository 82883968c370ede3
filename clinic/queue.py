"""Work to do is a row; Redis is only the bell (design 5).

`add` writes the row in the transaction of its cause and rings after the commit. A worker claims a lease, does the
work and marks the row done in one transaction fenced by that lease; the sweep rings again for whatever is due or
whose lease ran out. With Redis gone nothing is lost and nobody waits.
"""

import os
import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from clinic import clock, db, log
from clinic.db import ClinicError
from clinic.models import Work

RUNNER = "jobs.work.run"
ALLOWED = frozenset({RUNNER, "jobs.ticks.sweep", "jobs.ticks.fetch"})
LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 8
QUEUE = "clinic"
# The clock's ticks have a queue of their own: behind a long run of work nobody would fetch files or sweep.
TICKS = "clinic-clock"
# Long runs of work that nobody stands before; a check-in's question must not wait behind a night's questions.
RUNS = "clinic-runs"
IN_RUNS = frozenset({"jobs.statements.render", "jobs.eligibility.at_booking"})
# A row that was rung for is not rung for again while its bell hangs, so that sweeps cannot pile bells up.
RUNG_FOR = timedelta(minutes=2)
_redis: Redis | None = None


class LeaseLost(ClinicError):
    """Another worker took the work over, so this one's effects must not be kept."""


class ClinicJob(Job):
    """A job that runs only what is on the list: whoever can write to Redis must not run code of their own."""

    @property
    def func(self):
        if self.func_name not in ALLOWED:
            raise PermissionError("a job outside the allow-list was refused")
        return super().func


@dataclass(frozen=True)
class Claimed:
    """A piece of work under lease."""

    id: int
    job: str
    subject_id: int
    attempts: int
    days_ahead: int
    lease_owner: str


def connect(url: str) -> None:
    """Name the Redis that carries the bell; nothing is opened yet."""
    global _redis
    _redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=300)


def connection() -> Redis:
    if _redis is None:
        raise RuntimeError("queue.connect() has not been called")
    return _redis


def add(
    session: Session,
    job: str,
    subject_id: int,
    *,
    key: str | None = None,
    due_at: datetime | None = None,
) -> Work:
    """Write work to be done by `job` (a dotted name under `jobs.`) for the row `subject_id`.

    The same `key` again returns the first row, so a double click asks once. Rings after the commit.
    """
    if key is not None:
        existing = session.scalar(select(Work).where(Work.key == key))
        if existing is not None:
            return existing
    now = clock.wall_now()
    row = Work(
        job=job,
        subject_id=subject_id,
        key=key,
        due_at=due_at or now,
        created_at=now,
        days_ahead=clock.days_ahead(),
    )
    session.add(row)
    session.flush()
    number = row.id
    if due_at is None or due_at <= now:
        db.after_commit(session, lambda: ring(number, job))
    return row


def ring(work_id: int, job: str) -> None:
    """Tell a worker once of a row and its `job`; a silent Redis is no error, for the sweep will ring again."""
    if _redis is None:
        return
    try:
        if not _redis.set(_rung(work_id), 1, nx=True, ex=RUNG_FOR):
            return
        name = RUNS if job in IN_RUNS else QUEUE
        Queue(name, connection=_redis, job_class=ClinicJob).enqueue_call(
            RUNNER,
            args=(work_id,),
            description="work",
            result_ttl=0,
            failure_ttl=60,
            timeout=600,
        )
    except RedisError as error:
        log.failure("bell_silent", error, work_id=work_id)


def heard(work_id: int) -> None:
    """A worker came: from now on the row may be rung for again."""
    if _redis is None:
        return
    try:
        _redis.delete(_rung(work_id))
    except RedisError as error:
        log.failure("bell_silent", error, work_id=work_id)


def _rung(work_id: int) -> str:
    return f"clinic:rung:{work_id}"


def claim(session: Session, work_id: int) -> Claimed | None:
    """Take the lease of one row, or None when it is done, not due, or held by a living worker."""
    now = clock.wall_now()
    row = session.scalar(select(Work).where(Work.id == work_id).with_for_update(skip_locked=True))
    if row is None or row.state not in ("waiting", "running") or row.due_at > now:
        return None
    if row.state == "running" and row.lease_until is not None and row.lease_until > now:
        return None
    row.state = "running"
    row.attempts += 1
    row.lease_owner = f"{socket.gethostname()}.{os.getpid()}.{row.attempts}"
    row.lease_until = now + LEASE
    return Claimed(row.id, row.job, row.subject_id, row.attempts, row.days_ahead, row.lease_owner)


def finish(session: Session, work: Claimed) -> None:
    """Mark done inside the transaction of the effect; raises LeaseLost when the lease went to another."""
    done = session.execute(
        update(Work)
        .where(Work.id == work.id, Work.lease_owner == work.lease_owner, Work.state == "running")
        .values(state="done", done_at=clock.wall_now(), lease_until=None, last_error="")
    )
    if done.rowcount != 1:
        raise LeaseLost("the work was taken over by another worker")


def fail(session: Session, work: Claimed, error: BaseException) -> None:
    """Give the row back with a growing delay, or park it as failed after the last attempt."""
    final = work.attempts >= MAX_ATTEMPTS
    session.execute(
        update(Work)
        .where(Work.id == work.id, Work.lease_owner == work.lease_owner)
        .values(
            state="failed" if final else "waiting",
            due_at=clock.wall_now() + timedelta(seconds=min(2**work.attempts, 600)),
            lease_until=None,
            last_error=type(error).__name__,
        )
    )


def due(session: Session, *, limit: int = 500, but: Collection[str] = ()) -> list[tuple[int, str]]:
    """Rows to ring for, with their jobs, `but` some: waiting and due, or running with a lease that ran out."""
    now = clock.wall_now()
    query = (
        select(Work.id, Work.job)
        .where(
            Work.state.in_(("waiting", "running")),
            Work.due_at <= now,
            Work.job.not_in(but),
            or_(Work.state == "waiting", Work.lease_until < now),
        )
        .order_by(Work.due_at)
        .limit(limit)
    )
    return [(row.id, row.job) for row in session.execute(query)]


def prune(session: Session, *, days: int = 30) -> int:
    """Forget work that was done long ago; what failed stays in sight."""
    gone = session.execute(
        delete(Work).where(Work.state == "done", Work.done_at < clock.wall_now() - timedelta(days=days))
    )
    return int(gone.rowcount)
