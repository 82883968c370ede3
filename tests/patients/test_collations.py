"""Names stand in one order and are found alike, whatever collation the database was made with.

The embedded PostgreSQL knows no ICU and skips three of the cases. Any PostgreSQL from 15 on that knows it runs them all:
give the address of an owner who may make databases and roles, like
`CLINIC_TEST_OUTSIDE_URL=postgresql+psycopg://owner:secret@127.0.0.1:5432/postgres`.
"""

import os

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from clinic import patients
from tests import factories
from tests.databases import migrate

PEOPLE = (
    ("Zoë", "Zuniga"), ("Luis", "de la Cruz"), ("Ana", "Álvarez"), ("Pat", "O'Brien"), ("Ann", "McDonald"),
    ("Gabriel", "García Márquez"), ("Eve", "Obrist"), ("Ali", "Alvarado"), ("Max", "Delacroix"),
    ("Bea", "MacDonald"), ("Ulf", "Öberg"), ("Jo", "St. John"),
)  # fmt: skip
ORDER = [
    "Alvarado", "Álvarez", "Delacroix", "de la Cruz", "García Márquez", "MacDonald", "McDonald", "Öberg", "O'Brien",
    "Obrist", "St. John", "Zuniga",
]  # fmt: skip
MADE_WITH = {
    "C": "LOCALE 'C'",
    "C.UTF-8": "LOCALE 'C.UTF-8'",
    "ICU, English": "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'",
    "ICU, Spanish, traditional": "LOCALE_PROVIDER icu ICU_LOCALE 'es-u-co-trad' LOCALE 'C.UTF-8'",
    "ICU, Swedish": "LOCALE_PROVIDER icu ICU_LOCALE 'sv' LOCALE 'C.UTF-8'",
}


@pytest.fixture(params=MADE_WITH, ids=str)
def elsewhere(request, databases):
    """A migrated database of another collation with the same people, dropped afterwards."""
    name = f"collated{list(MADE_WITH).index(request.param)}"
    owner_url = os.environ.get("CLINIC_TEST_OUTSIDE_URL") or databases.owner_url
    server = create_engine(owner_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        made = f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' {MADE_WITH[request.param]}"
        try:
            connection.execute(text(made))
            why = ""
        except DBAPIError as error:
            why = str(error.orig)
    if why:
        pytest.skip(f"this PostgreSQL was built without it: {why}")
    url = make_url(owner_url).set(database=name).render_as_string(hide_password=False)
    migrate(url)
    engine = create_engine(url, poolclass=NullPool)
    with Session(engine) as session:
        for first, last in PEOPLE:
            factories.make_patient(session, first_name=first, last_name=last)
        yield session
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def found(session, typed):
    return [each.patient.last_name for each in patients.search(session, typed)]


def test_names_sort_and_are_found_as_people_expect(elsewhere):
    everybody = found(elsewhere, "04221971")
    assert everybody == ORDER
    assert found(elsewhere, "alvarez") == found(elsewhere, "ÁLVAREZ") == ["Álvarez"]
    assert found(elsewhere, "alv") == ["Alvarado", "Álvarez"]
    assert found(elsewhere, "cruz") == found(elsewhere, "de la cruz") == ["de la Cruz"]
    assert found(elsewhere, "delac") == ["Delacroix", "de la Cruz"]
    assert found(elsewhere, "obrien") == found(elsewhere, "O’Brien") == ["O'Brien"]
    assert found(elsewhere, "mcdonald, a") == ["McDonald"]
    assert found(elsewhere, "marquez") == found(elsewhere, "garcia m") == ["García Márquez"]
    assert found(elsewhere, "oberg") == ["Öberg"]
    assert found(elsewhere, "st john") == ["St. John"]
