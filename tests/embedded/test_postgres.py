"""Design 9: the embedded PostgreSQL, whoever starts it and whatever the last run left."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import text

from clinic.embedded import DataInUse, Server, default_folder, postgres, processes, start_for_tests
from clinic.embedded.folders import postgres_account, prepare, write_private
from tests.embedded.clinics import copy_checkout, still_there

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="only root can act for another account")


def query(url, sql):
    """The first value of one statement, on a connection of its own."""
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(text(sql))
    finally:
        engine.dispose()


def sleeper(account):
    """A living process that is no PostgreSQL, of the account that PostgreSQL runs as."""
    user = account.uid if account else None
    return subprocess.Popen(["sleep", "60"], user=user, cwd="/")


@pytest.fixture(scope="module")
def server():
    with start_for_tests() as running:
        yield running


def test_the_applications_role_may_connect_and_make_nothing(server):
    assert query(server.app_url, "SELECT current_user") == "clinic_app"
    for statement in (
        "CREATE TABLE t (a int)",
        "CREATE TEMP TABLE t (a int)",
        "CREATE ROLE other",
    ):
        with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
            query(server.app_url, statement)


def test_it_counts_in_utc_sorts_by_code_point_and_lowers_accents(server):
    found = query(
        server.owner_url, "SELECT concat_ws(' ', current_setting('TimeZone'), lower('É'), 'Z' < 'a')"
    )
    assert found == "UTC é t"


def test_no_password_and_a_wrong_password_are_refused(server):
    for url in (
        server.app_url.replace("clinic_app:", "clinic_app:x"),
        server.app_url.replace("//clinic_app:", "//clinic_owner:"),
    ):
        with pytest.raises(sqlalchemy.exc.OperationalError, match="password authentication failed"):
            query(url, "SELECT 1")


def test_a_test_server_forgets_a_power_cut_and_a_clinics_does_not(folder, server):
    assert query(server.owner_url, "SHOW fsync") == "off"
    with Server(prepare(folder / "var")) as durable:
        settings = [
            query(durable.owner_url, f"SHOW {s}") for s in ("fsync", "synchronous_commit", "full_page_writes")
        ]
    assert settings == ["on", "on", "on"]


def test_passwords_files_and_sockets_are_closed_to_everybody_else(folder):
    with Server(prepare(folder / "var")) as server:
        sockets = Path(server.owner_url.partition("host=")[2])
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (folder / "var" / "passwords.json", folder / "var" / "postgres", sockets)
        }
        assert modes == {"passwords.json": 0o600, "postgres": 0o700, "p": 0o700}
    assert not sockets.exists()


def test_data_and_passwords_outlive_a_restart(folder):
    with Server(prepare(folder / "var")) as first:
        engine = sqlalchemy.create_engine(first.owner_url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 7 AS a"))
        engine.dispose()
    with Server(folder / "var") as second:
        assert query(second.owner_url, "SELECT a FROM kept") == 7


def test_a_pid_file_whose_number_is_now_another_programs_does_not_stop_the_start(folder):
    with Server(prepare(folder / "var")):
        left = (folder / "var/postgres/data/postmaster.pid").read_text().splitlines()
    stranger = sleeper(postgres_account(folder / "var"))
    try:
        stale = folder / "var/postgres/data/postmaster.pid"
        write_private(stale, "\n".join([str(stranger.pid), *left[1:]]) + "\n")
        if account := postgres_account(folder / "var"):
            os.chown(stale, account.uid, account.gid)
        with Server(folder / "var") as server:
            assert query(server.app_url, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_postgres_that_holds_the_data_is_named_and_left_alone(folder, monkeypatch):
    monkeypatch.setattr(postgres, "LEAVING_SECONDS", 0.1)
    with Server(prepare(folder / "var")) as first:
        holder = int((folder / "var/postgres/data/postmaster.pid").read_text().split()[0])
        with pytest.raises(DataInUse, match=f"process {holder}") as refused:
            Server(folder / "var")
        assert refused.value.pid == holder
        assert query(first.app_url, "SELECT 1") == 1


def test_a_first_start_cut_short_is_made_again(folder):
    half = prepare(folder / "var") / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    with Server(folder / "var") as server:
        assert query(server.app_url, "SELECT 1") == 1
    assert not half.exists()


@needs_root
def test_root_with_a_clone_in_its_closed_home_keeps_its_data_where_postgres_can_go(program_folder, start):
    home = program_folder / "root"
    home.mkdir(mode=0o700)
    path = copy_checkout(home)
    clinic = start("-", path=path)
    try:
        clinic.until_ready()
        assert clinic.folder == default_folder(home / "clone")
        assert clinic.folder.parent == Path("/var/lib")
        database = Path(f"/proc/{clinic.pid('postgres')}")
        assert database.stat().st_uid == processes.account_named("nobody").uid
        assert clinic.folder in Path(os.readlink(database / "exe")).parents
        clinic.stop(postgres.signal.SIGINT)
        assert (clinic.process.returncode, still_there(clinic.family)) == (0, [])
    finally:
        if clinic.folder.parent == Path("/var/lib") and clinic.folder.name.startswith("clinic-"):
            postgres.shutil.rmtree(clinic.folder, ignore_errors=True)


@needs_root
def test_an_ordinary_user_runs_it_in_the_checkout_with_a_folder_closed_to_others(program_folder, start):
    nobody = processes.account_named("nobody")
    python = next(
        (p for p in (sys.executable, "/usr/bin/python3") if processes.can_reach(nobody, Path(p).resolve())),
        None,
    )
    if python is None:
        pytest.skip("no Python that an ordinary user can reach")
    path = copy_checkout(program_folder)
    os.chown(program_folder / "clone", nobody.uid, nobody.gid)
    clinic = start("-", path=path, python=python, user=nobody.uid).until_ready()
    assert clinic.folder == program_folder / "clone" / "var"
    assert stat.S_IMODE(clinic.folder.stat().st_mode) == 0o700
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in clinic.family} == {nobody.uid}
    clinic.stop(postgres.signal.SIGINT)
    assert (clinic.process.returncode, still_there(clinic.family)) == (0, [])
