"""Start everything on one machine under one supervisor (design 9)."""

import os
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig

from clinic import doctor, keys
from clinic.embedded import Addresses, Service, Step, Supervisor, answers, find_redis, say

WEB_WORKERS = 2
WEB_THREADS = 4
ROLES = ("front_desk", "clinician", "biller", "manager", "admin")
PASSWORD = "riverside demo"  # noqa: S105  printed on purpose: the demo's people are invented


def migrate(checkout: Path, owner_url: str) -> None:
    """Bring the database to the newest schema, as its owner."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(checkout / "migrations"))
    config.cmd_opts = type("Options", (), {"x": [f"url={owner_url}"]})()
    command.upgrade(config, "head")


def demo(checkout: Path, folder: Path, port: int, *, small: bool = False) -> int:
    """Run the seeded demo clinic until Ctrl-C, `small` with fewer people and a shorter past; the exit code."""
    processor, mail, texts = port + 1, port + 2, port + 3
    for number in (port, processor, mail, texts):
        if answers("127.0.0.1", number)(0):
            say(f"Port {number} is taken. Start on another with --port.")
            return 1
    environment = _environment(folder) | {
        "CLINIC_REHEARSAL": "1",
        "CLINIC_DEMO": "1",
        "CLINIC_BASE_URL": f"http://127.0.0.1:{port}",
        "CLINIC_SMTP_PORT": str(mail),
        "STRIPE_KEY": "sk_test_demo",
        "STRIPE_WEBHOOK_SECRET": "whsec_demo",
        "STRIPE_API_BASE": f"http://127.0.0.1:{processor}",
        "TWILIO_ACCOUNT_SID": "AC0demo",
        "TWILIO_AUTH_TOKEN": "demo-text-token",
        "TWILIO_FROM": "+15550100100",
        "TWILIO_API_BASE": f"http://127.0.0.1:{texts}",
    }
    others = [
        _service("payer", ["payer"]),
        _service("processor", ["processor", "--port", str(processor)], answers("127.0.0.1", processor)),
        _service("mail", ["mail-sink", "--port", str(mail)], answers("127.0.0.1", mail)),
        _service("texts", ["text-sink", "--port", str(texts)], answers("127.0.0.1", texts)),
    ]
    steps = [_step("migrate", ["migrate"]), _step("seed", ["seed", *(["--small"] if small else [])])]
    return _supervise(folder, port, environment, others, steps, lambda _: _tell_demo(port))


def serve(checkout: Path, folder: Path, port: int) -> int:
    """Run a real clinic's pieces until Ctrl-C; the exit code."""
    environment = _environment(folder)
    base = os.environ.get("CLINIC_BASE_URL", f"http://127.0.0.1:{port}")
    environment["CLINIC_BASE_URL"] = base
    return _supervise(
        folder,
        port,
        environment,
        [],
        [_step("migrate", ["migrate"])],
        lambda _: say(f"Clinic runs at {base}"),
    )


def web_server(port: int) -> list[str]:
    """The command that serves the clinic on 127.0.0.1."""
    return [
        sys.executable, "-m", "gunicorn", "wsgi:application", "--config", "python:clinic.web.server",
        "--bind", f"127.0.0.1:{port}", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS),
        "--no-control-socket", "--log-level", "warning", "--graceful-timeout", "3",
    ]  # fmt: skip


def _supervise(
    folder: Path,
    port: int,
    environment: dict[str, str],
    others: list[Service],
    steps: list[Step],
    on_ready: Callable[[Addresses], None],
) -> int:
    checks = doctor.check(redis=os.environ.get("REDIS_URL") or find_redis())
    missing = [one for one in checks if one.required and not one.ok]
    for one in missing:
        say(f"{one.name}: {one.message}. {one.how_to_mend}")
    os.environ.update(environment)
    services = [
        Service(
            "web",
            web_server(port),
            ready=answers("127.0.0.1", port),
            # With an idle browser connected, gunicorn takes two seconds to leave on SIGTERM.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
        ),
        _service("worker", ["worker"]),
        _service("clock", ["clock"]),
        *others,
    ]
    outside = Addresses(
        os.environ.get("DATABASE_URL"), os.environ.get("CLINIC_OWNER_URL"), os.environ.get("REDIS_URL")
    )
    return Supervisor(folder, services, steps=steps, outside=outside, on_ready=on_ready).run()


def _service(name: str, arguments: list[str], ready: Callable[[int], bool] | None = None) -> Service:
    argv = [sys.executable, "-m", "clinic", *arguments]
    return Service(name, argv, ready=ready, death_signal=signal.SIGKILL)


def _step(name: str, arguments: list[str]) -> Step:
    return Step(name, [sys.executable, "-m", "clinic", *arguments])


def prepare(folder: Path) -> None:
    """Give a data folder its key ring and secret, and this process their places."""
    os.environ.update(_environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    """Secrets that stay from one start to the next, made on the first; given ones win."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    ring = Path(os.environ.get("CLINIC_KEY_FILE") or folder / "keys.json")
    if not ring.exists():
        if (folder / "postgres").exists():
            say(f"There is a database in {folder} but no key ring at {ring}: restore the ring first.")
            raise SystemExit(1)
        keys.create(ring)
    secret = folder / "secret"
    if not secret.exists():
        handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return {
        "CLINIC_DATA": str(folder),
        "CLINIC_KEY_FILE": str(ring),
        "CLINIC_SECRET_KEY": os.environ.get("CLINIC_SECRET_KEY") or secret.read_text().strip(),
        "CLINIC_EXCHANGE": os.environ.get("CLINIC_EXCHANGE") or str(folder / "exchange"),
    }


def _tell_demo(port: int) -> None:
    line = "─" * 66
    names = "\n".join(f"    {role:<12} {PASSWORD}" for role in ROLES)
    say(
        f"\n{line}\n  Clinic demo: http://127.0.0.1:{port}\n\n  DEMO ONLY. Invented people; nothing leaves this"
        f" machine.\n  Sign in with a name and this password; the sign-in page then shows\n  the code that an"
        f" authenticator would show.\n\n{names}\n\n  Patients pay at http://127.0.0.1:{port}/pay\n"
        f"  Ctrl-C stops everything.\n{line}"
    )
