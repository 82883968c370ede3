"""Who may be the same person, and how names are found and stand in order."""

from datetime import date

import pytest

from clinic import patients
from clinic.patients import names
from tests import factories

BORN = date(1980, 3, 5)


@pytest.fixture
def elena(session):
    return patients.register(
        session,
        first_name="Elena",
        last_name="de la Cruz",
        born_on=BORN,
        sex="F",
        phone="555 010 0188",
        ssn="987-65-4320",
        address="12 Elm St",
        city="Portland",
        state="OR",
        zip="97205",
    )


def like(session, **person):
    return patients.look_alikes(session, person)


@pytest.mark.parametrize(
    ("person", "score", "reasons"),
    [
        ({"first_name": "ELÉNA", "last_name": "De La Crúz", "born_on": BORN}, 70, ("same name", "same birth date")),
        ({"first_name": "Elena", "last_name": "Cruz", "born_on": BORN}, 65, ("one of the last names, same first name", "same birth date")),
        ({"first_name": "Elena", "last_name": "de la Cruz"}, 40, ("same name",)),
        ({"first_name": "Cruz", "last_name": "Elena"}, 0, ()),
        ({"first_name": "de la Cruz", "last_name": "Elena", "born_on": BORN}, 65, ("first and last name swapped", "same birth date")),
        ({"first_name": "Elena", "last_name": "de la Cruz", "born_on": date(1980, 5, 3)}, 60, ("same name", "day and month of birth swapped")),
        ({"first_name": "Elena", "last_name": "de la Cruz", "born_on": date(1980, 3, 6)}, 52, ("same name", "birth date differs in one digit")),
        ({"phone": "+15550100188"}, 45, ("same phone",)),
        ({"ssn": "987654320"}, 70, ("same SSN",)),
        ({"first_name": "Elena", "last_name": "de la Cruz", "born_on": BORN, "ssn": "987654321"}, 0, ()),
        ({"first_name": "Ana", "last_name": "de la Cruz", "born_on": BORN}, 0, ()),
        ({"last_name": "de la Cruz"}, 0, ()),
    ],
)  # fmt: skip
def test_a_record_like_the_typed_person_is_found_with_its_score_and_reasons(
    session, elena, person, score, reasons
):
    found = like(session, **person)
    assert [(each.patient.id, each.score, each.reasons) for each in found] == (
        [(elena.id, score, reasons)] if score else []
    )


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        (("Katherine", "MacDonald"), ("Catherine", "McDonald")),
        (("Robert", "O'Brien"), ("Bob", "OBrien")),
        (("Ana", "Álvarez"), ("Ana", "Alvares")),
        (("José", "García Márquez"), ("Jose", "Marquez")),
    ],
)
def test_names_that_sound_alike_or_are_shortened_are_found(session, kept, typed):
    patient = factories.make_patient(session, first_name=kept[0], last_name=kept[1], born_on=BORN)
    found = like(session, first_name=typed[0], last_name=typed[1], born_on=BORN)
    assert [each.patient.id for each in found] == [patient.id]


def test_looking_costs_one_query_however_many_are_like_it(session, count_queries):
    for _ in range(30):
        factories.make_patient(session, born_on=BORN)
    with count_queries() as statements:
        found = like(session, first_name="Daniel", last_name="Whitfield", born_on=BORN, phone="5550100147")
    assert len(found) == 6
    assert len(statements) == 1


def test_the_ssn_is_sealed_found_by_its_blind_index_and_stands_in_no_trail(session, elena):
    assert elena.ssn == "987654320"
    assert b"987654320" not in elena.ssn_sealed
    assert "987654320" not in str(session.info["audit_events"])
    patients.change(session, elena, elena.version, ssn="", city="Salem")
    assert elena.ssn == "987654320"
    patients.change(session, elena, elena.version, ssn="987654399")
    assert elena.ssn == "987654399"
    assert "987654399" not in str(session.info["audit_events"])


@pytest.mark.parametrize(
    "ssn", ["12345678", "000-12-3456", "666123456", "123-00-4567", "123450000", "12345678a"]
)
def test_a_number_that_was_never_given_out_is_refused(session, ssn):
    wrong = patients.faults({"ssn": ssn, "first_name": "A", "last_name": "B"}, None)
    assert "ssn" in {each.field for each in wrong}


@pytest.mark.parametrize("name", ["<script>alert()</script>", "A" * 61, "Smith; DROP", "Robert{}"])
def test_a_huge_name_or_a_script_is_refused_in_words(name):
    wrong = {each.field: str(each) for each in patients.faults({"last_name": name}, None)}
    assert wrong["last_name"].startswith(("A name is written with letters", "Keep a name to 60 letters"))


@pytest.mark.parametrize(
    "name", ["de la Cruz", "O’Brien", "Álvarez", "Nguyễn", "Smith-Jones", "St. John", "Müller (Weiß)"]
)
def test_names_as_people_have_them_are_kept(name):
    assert "last_name" not in {each.field for each in patients.faults({"last_name": name}, None)}


def test_the_last_of_several_surnames_finds_the_record_and_order_is_the_same_everywhere(session):
    written = [
        "Zuniga",
        "de la Cruz",
        "Álvarez",
        "O'Brien",
        "McDonald",
        "MacDonald",
        "García Márquez",
        "Obama",
        "Delacroix",
    ]
    for name in written:
        factories.make_patient(session, last_name=name, first_name="Ana")
    for typed, name in [
        ("cruz", "de la Cruz"),
        ("marquez", "García Márquez"),
        ("ana marq", "García Márquez"),
        ("márquez, ana", "García Márquez"),
    ]:
        assert [each.patient.last_name for each in patients.search(session, typed)] == [name]
    found = [each.patient.last_name for each in patients.search(session, ", Ana")]
    assert found == [
        "Álvarez",
        "Delacroix",
        "de la Cruz",
        "García Márquez",
        "MacDonald",
        "McDonald",
        "Obama",
        "O'Brien",
        "Zuniga",
    ]


def test_the_sound_of_a_name_without_latin_letters_is_empty():
    assert names.sound("李") == ""
    assert names.tail("李 伟") == "伟"


def test_a_twin_with_the_same_phone_is_possible_and_never_likely(session, elena):
    twin = like(session, first_name="Ruth", last_name="de la Cruz", born_on=BORN, phone="5550100188")
    assert [(each.score, each.word) for each in twin] == [(55, "Possible")]
    named = like(session, first_name="Elena", last_name="Moreno", born_on=BORN, phone="5550100188")
    assert named[0].word == "Likely"
