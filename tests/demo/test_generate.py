"""`clinic generate`: a clinic at scale for trying out and measuring, the same one for the same number."""

import hashlib
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, text

from clinic import clock, db, verify
from clinic.demo import generate
from clinic.models import Appointment, OpenItem, Patient

ROOT = Path(__file__).parent.parent.parent
PEOPLE = "SELECT first_name, last_name, born_on, mrn FROM patient ORDER BY id"


def make(committed, patients=400, number=7):
    return generate.generate(
        committed.owner_url, patients=patients, years=1, number=number, say=lambda _: None
    )


def people():
    return hashlib.sha256(repr(db.session.execute(text(PEOPLE)).all()).encode()).hexdigest()


def test_a_generated_clinic_holds_every_invariant_and_its_visits_are_spread_as_in_practice(committed):
    made = make(committed)
    session = db.session()
    assert made["patients"] == session.scalar(select(func.count()).select_from(Patient)) == 400
    assert [result.name for result in verify.checks(session) if not result.ok] == []
    states = dict(
        session.execute(
            select(Appointment.status, func.count())
            .where(Appointment.starts_at < clock.day_bounds(clock.today())[0])
            .group_by(Appointment.status)
        ).all()
    )
    past = sum(states.values())
    assert 0.70 < states["checked_out"] / past < 0.86
    assert 0.03 < states["no_show"] / past < 0.14
    assert session.scalar(select(func.count()).where(Appointment.starts_at > clock.now())) > 0


def test_what_is_open_is_young_and_no_money_comes_from_the_future(committed):
    make(committed, patients=1_000)
    session = db.session()
    today = clock.today()

    def share(older, younger):
        where = (
            OpenItem.service_on <= today - timedelta(days=older),
            OpenItem.service_on > today - timedelta(days=younger),
        )
        every = session.scalar(select(func.count(OpenItem.charge_id.distinct())).where(*where))
        return (
            session.scalar(
                select(func.count(OpenItem.charge_id.distinct())).where(*where, OpenItem.amount != 0)
            )
            / every
        )

    assert share(0, 30) > share(30, 60) > share(120, 400)
    assert session.scalar(text("SELECT max(posted_on) FROM journal_entry")) <= today


def test_the_same_number_makes_the_same_people_and_another_makes_others(databases, committed):
    make(committed, patients=50)
    first = people()
    db.session.remove()
    assert first == _elsewhere(databases, 7)
    assert first != _elsewhere(databases, 8)


def _elsewhere(databases, number):
    copy = databases.copy()
    engine = create_engine(copy.app_url)
    bound = db.SessionFactory.kw["bind"]
    db.SessionFactory.configure(bind=engine)
    try:
        make(copy, patients=50, number=number)
        return people()
    finally:
        db.session.remove()
        db.SessionFactory.configure(bind=bound)
        engine.dispose()
        copy.drop()


def test_a_database_with_a_clinic_in_it_is_refused_and_left_as_it_is(committed):
    make(committed, patients=50)
    with pytest.raises(generate.NotEmpty, match="already holds a clinic with 50 patients"):
        make(committed, patients=20)
    assert db.session.scalar(select(func.count()).select_from(Patient)) == 50


@pytest.fixture
def folder():
    """One that PostgreSQL's account may enter; pytest's are closed to others."""
    with tempfile.TemporaryDirectory(prefix="clinic-generate-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_the_command_fills_an_empty_folder_once_and_says_what_it_wrote(folder):
    def clinic(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "clinic", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={"PATH": "/usr/bin:/bin", "CLINIC_DATA": str(folder / "data")},
        )

    empty = clinic("verify")
    assert (empty.returncode, empty.stderr.strip()) == (
        1,
        "This database has no clinic in it yet. `clinic migrate` makes its tables.",
    )
    made = clinic("generate", "--patients", "30", "--folder", str(folder / "made"))
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[-1].startswith("30 patients, 1 providers, ")
    again = clinic("generate", "--patients", "30", "--folder", str(folder / "made"))
    assert again.returncode == 1
    assert "already holds a clinic" in again.stderr
