"""Design 9: the supervisor starts in order, watches, stops in order, and leaves nothing behind."""

import os
import pty
import signal
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from clinic.embedded import AlreadyRunning, open_database, processes, redis, running
from tests.embedded.clinics import descendants, eventually, still_there

pytestmark = pytest.mark.skipif(not processes.LINUX, reason="the stand-ins are counted through /proc")


def sockets_of(clinic):
    return Path(running(clinic.folder).redis_url.removeprefix("unix://")).parents[1]


def test_everything_comes_up_in_order_and_one_ctrl_c_leaves_nothing_within_a_second(start):
    clinic = start().until_ready()
    sockets = sockets_of(clinic)
    assert "migrate  | migrating as //clinic_owner" in clinic.said
    assert "web      | serving" in eventually(
        lambda: "serving" in clinic.said and clinic.said, "the web's line"
    )
    assert redis.answers_ping(sockets / "r" / "redis.sock")

    seconds = clinic.stop(signal.SIGINT)

    assert clinic.process.returncode == 0
    assert seconds < 1
    assert still_there(clinic.family) == []
    assert not sockets.exists()
    assert running(clinic.folder) is None


@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,), (signal.SIGHUP,)])
def test_two_ctrl_c_a_sigterm_and_a_sighup_end_the_same_way(start, signals):
    clinic = start().until_ready()
    clinic.stop(*signals)
    assert (clinic.process.returncode, still_there(clinic.family)) == (0, [])
    assert "Traceback" not in clinic.said


def test_a_closed_terminal_ends_everything_although_nothing_can_be_printed_any_more(start):
    screen, terminal = pty.openpty()
    clinic = start(terminal=terminal)
    os.close(terminal)
    seen = b""
    while b"ready True" not in seen:
        seen += os.read(screen, 1024)
    family = eventually(
        lambda: len(found := descendants(clinic.process.pid)) >= 9 and found, "the stand-in clinic's family"
    )
    os.close(screen)
    clinic.process.wait(10)
    assert still_there(family) == []


def test_kill_9_of_the_supervisor_leaves_nothing_and_the_next_start_works(start):
    clinic = start().until_ready()
    sockets = sockets_of(clinic)
    clinic.stop(signal.SIGKILL)
    eventually(lambda: still_there(clinic.family) == [], "the end of every child", 5)
    again = start().until_ready()
    assert not sockets.exists()
    again.stop(signal.SIGINT)
    assert again.process.returncode == 0


def test_a_second_start_on_the_same_folder_says_who_holds_it_and_exits_1(start):
    first = start().until_ready()
    second = start()
    second.process.wait(5)
    assert second.process.returncode == 1
    assert f"process {first.process.pid} holds it" in second.said
    assert still_there(first.family) == list(first.family)


def test_a_job_under_way_gets_a_second_sigterm_after_three_seconds(start):
    clinic = start(worker="busy").until_ready()
    assert 3 <= clinic.stop(signal.SIGINT) < 4
    assert (clinic.process.returncode, still_there(clinic.family)) == (0, [])


def test_a_worker_killed_with_9_comes_back_and_its_work_horse_does_not_live_on(start):
    clinic = start().until_ready()
    old = clinic.pid("worker")
    horses = descendants(old)
    assert len(horses) == 1
    os.kill(old, signal.SIGKILL)
    eventually(lambda: clinic.pid("worker") != old, "a new worker")
    assert still_there(horses) == []
    assert "worker ended (SIGKILL); starting it again." in clinic.said


@pytest.mark.parametrize("name", ["redis", "postgres"])
def test_a_killed_server_comes_back_at_the_same_address(start, name):
    clinic = start().until_ready()
    addresses = running(clinic.folder)
    old = clinic.pid(name)
    os.kill(old, signal.SIGKILL)
    eventually(lambda: clinic.pid(name) != old, f"a new {name}")
    if name == "redis":
        eventually(lambda: redis.answers_ping(Path(addresses.redis_url.removeprefix("unix://"))), "a PONG")
    else:
        eventually(lambda: answers(addresses.app_url), "a connection")


def answers(url):
    """Whether the database takes a connection."""
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(sqlalchemy.text("SELECT 1")) == 1
    except sqlalchemy.exc.OperationalError:
        return False
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("worker", "sentence"),
    [
        ("failing-step", "migrate failed with exit code 3.\nno such revision"),
        ("broken-web", "web does not start (exit code 1).\nno module named clinic.web"),
    ],
)
def test_a_start_that_cannot_succeed_says_why_with_its_last_words_and_exits_1(start, worker, sentence):
    clinic = start(worker=worker)
    eventually(lambda: clinic.process.poll() is not None or descendants(clinic.process.pid), "a first child")
    family = descendants(clinic.process.pid)
    clinic.process.wait(15)
    assert clinic.process.returncode == 1
    assert sentence in clinic.said
    assert still_there(family) == []


def test_other_commands_join_the_running_clinic_or_start_the_database_for_themselves(start, folder):
    clinic = start().until_ready()
    with open_database(folder / "var") as joined:
        assert answers(joined.app_url)
    clinic.stop(signal.SIGINT)
    with open_database(folder / "var") as own:
        assert answers(own.owner_url)
        assert own.app_url != joined.app_url
        with pytest.raises(AlreadyRunning) as refused, open_database(folder / "var"):
            pass
    assert refused.value.pid == os.getpid()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(own.app_url.replace("+psycopg", ""))
