"""Run one row of work under its lease, and sweep up what the bell missed (design 5)."""

import importlib
from collections.abc import Callable, Collection

from sqlalchemy.orm import Session

from clinic import audit, clock, db, log, queue
from clinic.charges import code_lists
from clinic.models import RehearsalClock

JobFunction = Callable[[Session, int], object]


def resolve(name: str) -> JobFunction:
    """The function behind a dotted name; only functions under `jobs.` are work."""
    module, _, function = name.rpartition(".")
    if not module.startswith("jobs."):
        raise PermissionError(f"{name} is not under jobs.")
    found: JobFunction = getattr(importlib.import_module(module), function)
    return found


def run(work_id: int) -> bool:
    """Do one row of work once; False when there was nothing to do.

    The effect and `done` are one transaction, so a worker killed at any statement leaves either both or neither.
    """
    queue.heard(work_id)
    with db.transaction() as session:
        rehearsal = session.get(RehearsalClock, 1)
        clock.set_days_ahead(rehearsal.days_ahead if rehearsal else 0)
        work = queue.claim(session, work_id)
    if work is None:
        return False
    try:
        with audit.acting_as(audit.Actor(None, work.job)), db.transaction() as session:
            code_lists.keeper.keep_current(session)
            resolve(work.job)(session, work.subject_id)
            queue.finish(session, work)
    except queue.LeaseLost:
        log.event("lease_lost", work_id=work.id, job=work.job)
        return False
    except Exception as error:
        log.failure("work_failed", error, work_id=work.id, job=work.job, attempt=work.attempts)
        with db.transaction() as session:
            queue.fail(session, work, error)
        return False
    finally:
        db.session.remove()
    return True


def sweep() -> int:
    """Ring for everything due, forget what was done long ago; returns how many rows were rung for."""
    with db.transaction() as session:
        waiting = queue.due(session)
        queue.prune(session)
    for work_id, job in waiting:
        queue.ring(work_id, job)
    return len(waiting)


def drain(*, limit: int = 10_000, but: Collection[str] = ()) -> int:
    """Do all due work `but` some jobs here and now, without Redis: commands, tests and the seeding of a demo."""
    done = 0
    while done < limit:
        with db.transaction() as session:
            waiting = queue.due(session, limit=50, but=but)
        if not waiting:
            return done
        for work_id, _ in waiting:
            run(work_id)
            done += 1
    return done
