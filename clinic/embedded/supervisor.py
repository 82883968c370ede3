"""The one supervisor of `clinic demo` and `clinic serve`: starts in order, watches, starts again, stops in order.

One thread and one loop. Signals only set a mark; the loop does the work, so nothing is ever half done
because of when Ctrl-C came.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from clinic.embedded import folders, postgres, processes, redis
from clinic.embedded.errors import CannotStart, EmbeddedError
from clinic.embedded.output import Log, say
from clinic.embedded.service import Addresses, Service, Step

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A busy RQ worker takes the first SIGTERM as "finish your job"; the lease of design 5 returns the job.
SECOND_SIGTERM_AFTER = 3.0
KILL_AFTER = 8.0
# A start that fails this often before it ever served is given up, and everything with it.
START_ATTEMPTS = 4
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
STEADY_AFTER = 30.0
# A service without a readiness check counts as served once it has lived this long.
PROVEN_AFTER = 3.0


class _StopRequested(BaseException):
    """Leaves a callable step when a stop was asked for; no `except Exception` in it may swallow that."""


@dataclass
class _Child:
    service: Service
    log: Log
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    served: bool = False
    waiting: bool = True  # started, and not yet seen to serve
    attempts: int = 0
    pause: float = FIRST_PAUSE
    start_again_at: float | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None


@dataclass
class Supervisor:
    """Keeps a clinic running in the foreground until it is told to stop.

    `folder`: the data folder (`default_folder(checkout)`). `services` are started together after the
    `steps`, which run in order after PostgreSQL and Redis. `outside` holds the addresses that somebody
    else serves; what it leaves None is started here. `on_ready(addresses)` is called once, when every
    service serves: print the address there. `tell` prints a line.

        Supervisor(folder, [Service("web", …), Service("worker", …)], steps=[Step("migrate", …)]).run()

    Children get DATABASE_URL and REDIS_URL; steps and services with `owner` also CLINIC_OWNER_URL.
    """

    folder: Path
    services: Sequence[Service]
    steps: Sequence[Step] = ()
    outside: Addresses = field(default_factory=Addresses)
    on_ready: Callable[[Addresses], None] | None = None
    tell: Callable[[str], None] = say

    def __post_init__(self) -> None:
        self._children: dict[str, _Child] = {}
        self._addresses = self.outside
        self._sockets: Path | None = None
        self._stop = False
        self._failed = ""
        self._in_step = False
        self._wake = -1

    def run(self) -> int:
        """Run until Ctrl-C, SIGTERM or a closed terminal: 0. A failed start or a second one on the folder: 1.

        Call it from the main thread. When it returns, no process that it or its children started is left,
        and Ctrl-C is ignored from then on: the caller is expected to exit.
        """
        try:
            self.folder = folders.prepare(self.folder)
            with folders.held(self.folder), self._signals():
                self._clear_up_after_the_dead()
                processes.become_subreaper()
                try:
                    self._start_all()
                    while not self._stop:
                        self._tick(0.5)
                finally:
                    self._stop_all()
        except EmbeddedError as error:
            self._failed = str(error)
        except _StopRequested:
            pass
        if self._failed:
            self.tell(self._failed)
        return 1 if self._failed else 0

    # Starting

    def _start_all(self) -> None:
        self._sockets = folders.make_socket_folder()
        if self._addresses.app_url is None:
            cluster = postgres.Cluster(self.folder, self._sockets)
            cluster.prepare()
            found = cluster.addresses()
            self._addresses = replace(self._addresses, app_url=found.app_url, owner_url=found.owner_url)
            self._start([cluster.service()])
        if self._addresses.redis_url is None and not self._stop:
            self._addresses = replace(self._addresses, redis_url=redis.url(self._sockets))
            self._start([redis.service(self._sockets)])
        for step in self.steps:
            if not self._stop:
                self._run_step(step)
        if not self._stop:
            self._start(self.services)
        if not self._stop and self.on_ready is not None:
            with self._interruptible():
                self.on_ready(self._addresses)

    def _start(self, services: Iterable[Service]) -> None:
        """Start these together and wait until all of them serve, or a stop was asked for."""
        fresh = [_Child(s, Log(self.folder, s.name, self.tell if s.echo else None)) for s in services]
        for child in fresh:
            self._children[child.service.name] = child
            self._launch(child)
        while not self._stop and any(child.waiting for child in fresh):
            self._tick(0.01)
            for child in fresh:
                if child.waiting and time.monotonic() - child.started > child.service.ready_within:
                    raise CannotStart(self._why(child, "does not answer"))

    def _launch(self, child: _Child) -> None:
        service = child.service
        child.start_again_at = None
        if service.before_start is not None:
            service.before_start()
        with child.log.open() as output:
            try:
                child.process = processes.spawn(
                    service.argv,
                    output=output,
                    env=self._environment(service),
                    cwd=service.cwd,
                    account=service.account,
                    death_signal=service.death_signal or service.stop_signal,
                )
            except OSError as error:
                raise CannotStart(f"{service.name} cannot be started: {error}") from error
        child.started = time.monotonic()
        child.attempts += 1
        child.waiting = service.ready is not None
        self._record()

    def _environment(self, service: Service) -> Mapping[str, str]:
        if service.clean_env:
            return service.env
        inherited = {name: value for name, value in os.environ.items() if name != "CLINIC_OWNER_URL"}
        return inherited | self._addresses.environment(owner=service.owner) | dict(service.env)

    def _run_step(self, step: Step) -> None:
        if callable(step.run):
            with self._interruptible():
                try:
                    step.run(self._addresses)
                except Exception as error:
                    raise CannotStart(f"{step.name} failed: {type(error).__name__}: {error}") from error
            return
        service = Service(step.name, step.run, env=step.env, owner=True)
        child = self._children[step.name] = _Child(service, Log(self.folder, step.name, self.tell))
        self._launch(child)
        process = child.process
        while process is not None and process.returncode is None and not self._stop:
            self._tick(0.05)
        if process is not None and process.returncode is not None:
            del self._children[step.name]
            if process.returncode and not self._stop:
                raise CannotStart(self._why(child, f"failed with exit code {process.returncode}"))

    # Watching

    def _tick(self, seconds: float) -> None:
        """One turn: wait for a signal or a child's end, then see to everything that is due."""
        ready, _, _ = select.select([self._wake], [], [], seconds)
        if ready:
            with suppress(BlockingIOError):
                os.read(self._wake, 4096)
        self._reap()
        now = time.monotonic()
        for child in list(self._children.values()):
            due = child.start_again_at is not None and now >= child.start_again_at
            if due and not self._stop:
                self._launch(child)
            if child.process is not None and child.process.returncode is None:
                self._look_at(child, now)
            child.log.show()

    def _look_at(self, child: _Child, now: float) -> None:
        ready = child.service.ready
        if child.waiting and ready is not None and child.pid and ready(child.pid):
            child.waiting = False
        lived = now - child.started
        if not child.waiting and (ready is not None or lived > PROVEN_AFTER):
            child.served = True
            if lived > STEADY_AFTER:
                child.pause = FIRST_PAUSE

    def _reap(self) -> None:
        """Take note of every ended child; what is not one of ours was an orphan left to us."""
        ours = {child.pid: child for child in self._children.values() if child.pid}
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            child = ours.get(ended.si_pid)
            if child is None or child.process is None:
                with suppress(ChildProcessError):
                    os.waitpid(ended.si_pid, 0)
                continue
            child.process.wait()
            if not self._stop and child.service.name not in self._steps_by_name():
                self._died(child)

    def _steps_by_name(self) -> set[str]:
        return {step.name for step in self.steps}

    def _died(self, child: _Child) -> None:
        """Plan the next start of a service that ended by itself, and end what it left running."""
        child.log.show()
        code = child.process.returncode if child.process else None
        if child.served or child.attempts < START_ATTEMPTS:
            self.tell(f"{child.service.name} ended ({_said(code)}); starting it again.")
            child.start_again_at = time.monotonic() + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
            child.waiting = child.service.ready is not None
            self._end_orphans_of(child)
            return
        raise CannotStart(self._why(child, f"does not start ({_said(code)})"))

    # Stopping

    def _stop_all(self) -> None:
        """The services and any step together, then Redis, then PostgreSQL; then whatever they left."""
        self._stop = True
        last = ("redis", "postgres")
        together = [child for name, child in self._children.items() if name not in last]
        for group in (together, *([self._children[n]] for n in last if n in self._children)):
            self._stop_group(group)
        self._end(lambda: processes.children(os.getpid()), patience=0.0)
        for child in self._children.values():
            child.log.show()
        if self._sockets is not None:
            folders.remove_socket_folder(self._sockets)
        with suppress(OSError):
            (self.folder / "running.json").unlink()

    def _stop_group(self, group: Sequence[_Child]) -> None:
        begun = time.monotonic()
        living = [child for child in group if child.process and child.process.returncode is None]
        for child in living:
            processes.send(child.pid or 0, child.service.stop_signal)
        second = False
        while living:
            self._tick(0.05)
            living = [child for child in living if child.process and child.process.returncode is None]
            waited = time.monotonic() - begun
            if waited > KILL_AFTER:
                for child in living:
                    processes.send(child.pid or 0, signal.SIGKILL, group=True)
            elif waited > SECOND_SIGTERM_AFTER and not second:
                second = True
                for child in living:
                    # PostgreSQL takes SIGTERM for a slower stop than the one under way, so it gets its own again.
                    again = child.service.stop_signal
                    processes.send(child.pid or 0, again if again == signal.SIGINT else signal.SIGTERM)

    def _end_orphans_of(self, child: _Child) -> None:
        """What a dead service forked came to us: a worker's work horse goes on, a web worker holds the port."""
        database = child.service.name == "postgres"

        def orphans() -> list[int]:
            others = {other.pid for other in self._children.values()}
            found = [pid for pid in processes.children(os.getpid()) if pid not in others]
            if database:  # Each backend leads a session of its own, and leaves when it misses its parent.
                return [pid for pid in found if processes.command_name(pid) == "postgres"]
            return [pid for pid in found if processes.session_of(pid) == child.pid]

        self._end(orphans, patience=2.0 if database else 0.0)

    def _end(self, find: Callable[[], list[int]], patience: float) -> None:
        """Kill what is found until nothing is; for `patience` seconds it may leave by itself."""
        until = time.monotonic() + patience
        while strays := find():
            if time.monotonic() >= until:
                for pid in strays:
                    processes.send(pid, signal.SIGKILL)
            for pid in strays:
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            time.sleep(0.005)

    # Around it

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Stop signals and children's ends wake the loop; what was there before comes back after."""
        self._wake, write = os.pipe()
        for end in (self._wake, write):
            os.set_blocking(end, False)
        old_wake = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        # Under nohup SIGHUP is ignored, and stays so.
        wanted = [n for n in STOP_SIGNALS if n != signal.SIGHUP or signal.getsignal(n) != signal.SIG_IGN]
        before = {number: signal.signal(number, self._on_stop) for number in wanted}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(old_wake)
            for number, handler in before.items():
                # After the last child is gone a repeated Ctrl-C has nothing left to say.
                signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else handler)
            os.close(self._wake)
            os.close(write)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop = True
        if self._in_step:
            self._in_step = False
            raise _StopRequested

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Around a callable of somebody else's: a stop leaves it at once, for the loop does not turn meanwhile."""
        self._in_step = True
        try:
            yield
        finally:
            self._in_step = False

    def _record(self) -> None:
        if self._sockets is not None:
            pids = {name: child.pid for name, child in self._children.items() if child.pid}
            folders.write_record(self.folder, self._addresses, self._sockets, pids)

    def _clear_up_after_the_dead(self) -> None:
        """End what a supervisor killed with -9 left; on Linux the kernel did, and only sockets remain."""
        record = folders.read_record(self.folder)
        if record is None:
            return
        for pid, born in record["children"].values():
            if born and processes.birth(pid) == born:
                # SIGQUIT is PostgreSQL's stop at once; all others know it as their end too.
                processes.send(pid, signal.SIGQUIT, group=True)
        folders.remove_socket_folder(Path(record["sockets"]))
        (self.folder / "running.json").unlink(missing_ok=True)

    def _why(self, child: _Child, what: str) -> str:
        words = child.log.last_words()
        return f"{child.service.name} {what}.\n{words}\nIts log: {child.log.path}"


def _said(code: int | None) -> str:
    """An exit code in words: a negative one is a signal."""
    if code is None or code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
