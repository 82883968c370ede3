"""`./run` on a machine that lacks something says what, and how to get it (ux 5)."""

import os
import shutil
import subprocess

import pytest

from clinic.embedded import processes
from tests.embedded.clinics import CHECKOUT

TOOLS = ("sh", "id", "dirname", "printf", "mkdir", "mktemp", "tail", "rm")


@pytest.fixture
def machine(folder):
    """A checkout and a PATH of a few tools; gives a function that runs `./run` there as an ordinary user."""
    tools, home = folder / "bin", folder / "home"
    tools.mkdir()
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    for name in TOOLS:
        (tools / name).symlink_to(str(shutil.which(name)))
    shutil.copy2(CHECKOUT / "run", folder / "run")

    def run(python=None):
        if python is not None:
            (tools / "python3").write_text(f"#!/bin/sh\n{python}\n")
            (tools / "python3").chmod(0o755)
        user = processes.account_named("nobody").uid if os.geteuid() == 0 else None
        environment = {"PATH": str(tools), "HOME": str(home)}
        return subprocess.run([folder / "run"], env=environment, user=user, capture_output=True, text=True)

    return run


def test_without_python_it_asks_for_python(machine):
    done = machine()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "Python 3.11 or later is needed, and there is no python3 here."


def test_a_python_that_is_too_old_is_named_with_its_version(machine):
    done = machine('[ "$1" = -V ] && echo Python 3.9.2; exit 1')
    assert done.returncode == 1
    assert "Python 3.11 or later is needed" in done.stderr
    assert "is Python 3.9.2." in done.stderr


def test_without_pip_and_without_root_it_gives_the_line_that_root_types(machine):
    done = machine('[ "$1" = -c ] || exit 1')
    assert done.returncode == 1
    assert "as root: apt-get install -y --no-install-recommends python3-pip" in done.stderr


def test_the_script_and_the_one_of_ci_are_sound_and_may_be_executed():
    for script, shell in ((CHECKOUT / "run", "sh"), (CHECKOUT / ".ci" / "run", "bash")):
        assert os.access(script, os.X_OK)
        assert subprocess.run([shell, "-n", script]).returncode == 0
