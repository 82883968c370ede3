"""The `clinic` command: each subcommand with clear errors and exit codes (design 8).

0 is success, 1 a check that did not hold or input that was refused, 2 a command that is not due yet or used wrongly.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.exc import ProgrammingError

from clinic import audit, clock, config, db, doctor, edi_commands, keys, log, queue, verify, worker
from clinic.charges import code_lists
from clinic.demo import running
from clinic.embedded import EmbeddedError, default_folder, find_redis, open_database
from clinic.patients import places

CHECKOUT = Path(__file__).resolve().parent.parent
NOT_DUE = {
    "backup": "an encrypted backup",
    "restore": "a restore in quarantine",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Clinic: practice management for one clinic."""


@main.command()
@click.option("--port", default=8000, show_default=True, help="Where the web server listens on 127.0.0.1.")
@click.option("--folder", type=click.Path(path_type=Path), help="The data folder; by default var/ here.")
@click.option("--small", is_flag=True, hidden=True, help="Fewer people and a shorter past, for tests.")
def demo(port: int, folder: Path | None, small: bool) -> None:
    """Everything, embedded, with a seeded demo clinic and the practice payer."""
    sys.exit(running.demo(CHECKOUT, folder or default_folder(CHECKOUT), port, small=small))


@main.command()
@click.option("--port", default=8000, show_default=True, help="Where the web server listens on 127.0.0.1.")
@click.option("--folder", type=click.Path(path_type=Path), help="The data folder; by default var/ here.")
def serve(port: int, folder: Path | None) -> None:
    """Web, worker and clock for real; what DATABASE_URL and REDIS_URL do not name is started here."""
    sys.exit(running.serve(CHECKOUT, folder or default_folder(CHECKOUT), port))


@main.command("worker")
def work() -> None:
    """One worker, for a host of its own."""
    worker.work(_settings())


@main.command("clock")
def tick() -> None:
    """The clock that rings every few seconds; one for the whole clinic."""
    worker.tick(_settings())


@main.command()
def migrate() -> None:
    """Bring the database to this version's schema, as its owner (CLINIC_OWNER_URL)."""
    with _database():
        running.migrate(CHECKOUT, os.environ["CLINIC_OWNER_URL"])
    click.echo("The database is at this version.")


@main.command("doctor")
@click.option("--folder", type=click.Path(path_type=Path), help="The data folder; by default var/ here.")
@click.option("--disk-encrypted", type=click.Choice(["yes", "no"]), help="Record what you know of its disk.")
def examine(folder: Path | None, disk_encrypted: str | None) -> None:
    """Say what is missing or unsafe on this machine, and how to mend it."""
    folder = folder or default_folder(CHECKOUT)
    if disk_encrypted:
        doctor.record_disk(folder, disk_encrypted == "yes", clock.wall_now().date().isoformat())
    encrypted, said_on = doctor.recorded_disk(folder)
    checks = doctor.check(
        redis=os.environ.get("REDIS_URL") or find_redis(), disk_encrypted=encrypted, disk_said_on=said_on
    )
    for one in checks:
        click.echo(
            f"{'ok' if one.ok else 'MISSING' if one.required else 'note':<8}{one.name}: {one.message}."
        )
        if one.how_to_mend:
            click.echo(f"        {one.how_to_mend}")
    sys.exit(any(one.required and not one.ok for one in checks))


@main.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify_all(as_json: bool) -> None:
    """Recompute every invariant: ledger, balances, audit chain, remittance proofs, triggers."""
    with _database():
        results = list(verify.checks(db.session()))
    good = all(result.ok for result in results)
    if as_json:
        click.echo(json.dumps({"ok": good, "checks": [asdict(result) for result in results]}, default=str))
    else:
        for result in results:
            click.echo(f"{'holds ' if result.ok else 'BROKEN'}  {result.name}: {result.detail}")
            if not result.ok:
                click.echo(f"        first wrong row: {result.first_wrong}")
    sys.exit(0 if good else 1)


main.add_command(edi_commands.edi)


@main.group()
def era() -> None:
    """Remittances."""


@era.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, one per transaction set.")
def import_era(files: tuple[Path, ...], as_json: bool) -> None:
    """Take in an 835 as if it had been fetched: proved, matched, posted; twice changes nothing."""
    failed = False
    with _database():
        code_lists.publish(db.session())
        era_import = importlib.import_module("clinic.demo.era")
        for path in files:
            for outcome in era_import.take_in(edi_commands.here(path)):
                failed = failed or outcome["outcome"] == "unreadable"
                click.echo(json.dumps(outcome, default=str) if as_json else outcome["words"])
    sys.exit(1 if failed else 0)


@main.group("codes")
def code_files() -> None:
    """Published code lists: reasons, remarks, claim status, places, taxonomy."""


@code_files.command("import")
@click.argument("kind", type=click.Choice(sorted(code_lists.KINDS)))
@click.argument("file", type=click.Path(path_type=Path))
def import_codes(kind: str, file: Path) -> None:
    """Take in a list as it is published (CSV or text with tabs); twice changes nothing."""
    try:
        content = edi_commands.here(file).read_bytes()
    except OSError as error:
        click.echo(f"{file} cannot be opened: {error.strerror}", err=True)
        sys.exit(1)
    with _database():
        try:
            with audit.acting_as(audit.Actor(None, "clinic codes import")), db.transaction() as session:
                loaded = code_lists.load(session, kind, content)
        except code_lists.TableRefused as error:
            click.echo(f"{file}: {error}", err=True)
            sys.exit(1)
    click.echo(f"{loaded.added} codes added, {loaded.changed} changed, {loaded.unchanged} as they were.")


@main.group("places")
def place_files() -> None:
    """Towns of ZIP codes, for registration."""


@place_files.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_places(file: Path) -> None:
    """Take in a CSV with the columns zip, city and state; twice changes nothing."""
    try:
        lines = edi_commands.here(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        click.echo(
            f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}", err=True
        )
        sys.exit(1)
    with _database(), audit.acting_as(audit.Actor(None, "clinic places import")), db.transaction() as session:
        count = places.load(session, lines)
    if not count:
        click.echo(
            f"{file}: no line has a zip of five digits, a city and a state under such headings.", err=True
        )
        sys.exit(1)
    click.echo(f"{count} ZIP codes are known.")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="The table of performance rows as JSON.")
def bench(as_json: bool) -> None:
    """The performance table: ours and its reference in the same run, as ratios."""
    rows = importlib.import_module("clinic.bench")
    sys.exit(rows.main(CHECKOUT, as_json=as_json))


@main.command()
@click.option("--patients", default=5_000, show_default=True, type=click.IntRange(10, 200_000))
@click.option(
    "--years", default=1, show_default=True, type=click.IntRange(1, 20), help="Years of visits behind today."
)
@click.option("--seed", "number", default=1, show_default=True, help="The same number makes the same clinic.")
@click.option("--folder", type=click.Path(path_type=Path), help="The data folder; by default var/ here.")
def generate(patients: int, years: int, number: int, folder: Path | None) -> None:
    """Fill an empty database with a synthetic clinic at scale; `clinic demo` then shows it."""
    if folder is not None:
        os.environ["CLINIC_DATA"] = str(folder)
    if not os.environ.get("DATABASE_URL"):
        running.prepare(Path(os.environ.get("CLINIC_DATA") or default_folder(CHECKOUT)))
    making = importlib.import_module("clinic.demo.generate")
    began = time.monotonic()
    try:
        with _database():
            owner = os.environ["CLINIC_OWNER_URL"]
            running.migrate(CHECKOUT, owner)
            made = making.generate(owner, patients=patients, years=years, number=number, say=click.echo)
    except db.ClinicError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    words = ", ".join(f"{count:,} {what}" for what, count in made.items())
    click.echo(f"{words}, in {time.monotonic() - began:.0f} s.")


def _not_due(name: str) -> None:
    click.echo(f"clinic {name} is not part of this version yet.", err=True)
    sys.exit(2)


for _command, _what in NOT_DUE.items():

    @main.command(_command, help=f"Make {_what}: not part of this version yet.")
    @click.argument("rest", nargs=-1)
    def _absent(rest: tuple[str, ...], _command: str = _command) -> None:
        _not_due(_command)


@main.command("seed", hidden=True)
@click.option("--small", is_flag=True)
def seed(small: bool) -> None:
    """Fill an empty database with the demo clinic; a step of `clinic demo`."""
    settings = _settings()
    worker.prepare(settings, bell=False)
    filling = importlib.import_module("clinic.demo.seed")
    filling.fill(settings, **(filling.SMALL if small else {}))


@main.command("payer", hidden=True)
def payer() -> None:
    """The practice payer: the other side of the exchange folder, in rehearsal only."""
    settings = _settings()
    worker.prepare(settings)
    importlib.import_module("clinic.demo.payer").run(settings)


@main.command("processor", hidden=True)
@click.option("--port", type=int, required=True)
def processor(port: int) -> None:
    """The demo's stand-in for the card processor."""
    importlib.import_module("clinic.demo.processor").run(_settings(), port)


@main.command("mail-sink", hidden=True)
@click.option("--port", type=int, required=True)
def mail_sink(port: int) -> None:
    """The demo's mail server: it keeps every message and delivers none."""
    importlib.import_module("clinic.demo.mail_sink").run(_settings(), port)


@main.command("text-sink", hidden=True)
@click.option("--port", type=int, required=True)
def text_sink(port: int) -> None:
    """The demo's text service: it keeps every text message and delivers none."""
    importlib.import_module("clinic.demo.text_sink").run(_settings(), port)


def _settings() -> config.Config:
    try:
        return config.from_environment()
    except config.ConfigError as error:
        click.echo(f"Not configured: {error}", err=True)
        sys.exit(1)


_NO_TABLE = "42P01"


@contextmanager
def _database() -> Iterator[None]:
    """The database that the environment names, else the running or resting embedded one."""
    log.configure()
    folder = Path(os.environ.get("CLINIC_DATA") or default_folder(CHECKOUT))
    try:
        if os.environ.get("DATABASE_URL"):
            os.environ.setdefault("CLINIC_OWNER_URL", os.environ["DATABASE_URL"])
            with _connected(folder):
                yield
            return
        with open_database(folder) as found:
            os.environ["DATABASE_URL"] = found.app_url or ""
            os.environ["CLINIC_OWNER_URL"] = found.owner_url or ""
            if found.redis_url:
                os.environ["REDIS_URL"] = found.redis_url
            with _connected(folder):
                yield
    except (EmbeddedError, keys.KeyRingError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != _NO_TABLE:
            raise
        click.echo("This database has no clinic in it yet. `clinic migrate` makes its tables.", err=True)
        sys.exit(1)


@contextmanager
def _connected(folder: Path) -> Iterator[None]:
    """The session is let go while its server still runs."""
    _connect(folder)
    try:
        yield
    finally:
        db.session.remove()


def _connect(folder: Path) -> None:
    clock.configure(os.environ.get("CLINIC_TIMEZONE", config.Config.timezone))
    ring = Path(os.environ.get("CLINIC_KEY_FILE") or folder / "keys.json")
    if ring.exists():
        keys.use(keys.load(ring))
    db.connect(os.environ["DATABASE_URL"])
    if os.environ.get("REDIS_URL"):
        queue.connect(os.environ["REDIS_URL"])
