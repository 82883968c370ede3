"""The worker and the clock: processes around RQ (design 5, 9)."""

import importlib
import pkgutil
import signal
import sys
from types import ModuleType

from rq import Queue, Worker
from rq.cron import CronScheduler
from rq.job import Job
from rq.worker import DequeueStrategy

from clinic import clearinghouse, clock, config, db, keys, log, queue
from clinic.embedded import die_with_parent

SWEEP_SECONDS = 5
FETCH_SECONDS = 3
TICK_LIVES = 6
# After kill -9 of a worker its jobs are looked for this often; RQ's own default is ten minutes.
MAINTENANCE_SECONDS = 15


class ClinicWorker(Worker):
    """A forking worker whose child dies with it and never shares its parent's connections."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        die_with_parent(signal.SIGKILL)
        bind = db.SessionFactory.kw.get("bind")
        if bind is not None:
            # The parent's sockets were copied by the fork: forget them without closing them.
            bind.dispose(close=False)
        super().main_work_horse(job, queue)


def prepare(settings: config.Config, *, bell: bool = True) -> None:
    """Everything a process needs before it may touch the database; without `bell` nobody is woken."""
    log.configure()
    clock.configure(settings.timezone)
    keys.use(keys.load(settings.key_file))
    db.connect(settings.database_url)
    clearinghouse.connect(settings)
    if bell:
        queue.connect(settings.redis_url)


def load_jobs() -> list[ModuleType]:
    """Import every job module, and WeasyPrint with them, once in the parent: a fork then costs nothing."""
    package = importlib.import_module("jobs")
    found = [
        importlib.import_module(f"jobs.{module.name}") for module in pkgutil.iter_modules(package.__path__)
    ]
    try:
        importlib.import_module("weasyprint")
    except OSError:
        log.event("pango_missing")
    return found


def work(settings: config.Config) -> None:
    """Work until told to stop."""
    prepare(settings)
    connection = queue.connection()
    load_jobs()
    worker = ClinicWorker(
        [
            Queue(name, connection=connection, job_class=queue.ClinicJob)
            for name in (queue.TICKS, queue.QUEUE, queue.RUNS)
        ],
        connection=connection,
        job_class=queue.ClinicJob,
        maintenance_interval=MAINTENANCE_SECONDS,
        default_result_ttl=0,
        log_job_description=False,
    )
    # By turns: neither a long run nor the clock keeps what somebody waits for.
    worker.work(logging_level="WARNING", dequeue_strategy=DequeueStrategy.ROUND_ROBIN)


def tick(settings: config.Config) -> None:
    """Ring for due work and look for files, every few seconds, until told to stop."""
    prepare(settings)
    connection = queue.connection()
    ticks = importlib.import_module("jobs.ticks")
    scheduler = CronScheduler(connection=connection, logging_level="WARNING")
    for function, seconds in ((ticks.sweep, SWEEP_SECONDS), (ticks.fetch, FETCH_SECONDS)):
        # A tick that nobody took before the next one is dropped, so a busy worker finds one and not a hundred.
        scheduler.register(
            function, queue.TICKS, interval=seconds, ttl=TICK_LIVES, result_ttl=0, failure_ttl=60
        )
    scheduler.start()
    sys.exit(0)
