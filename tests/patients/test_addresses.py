"""Addresses as the post writes them, and the town of a ZIP code."""

import pytest

from clinic import patients
from clinic.patients import places
from tests import factories


@pytest.mark.parametrize(
    ("typed", "address", "second"),
    [
        (("418 North Alder Street, Apartment 2b", ""), "418 N ALDER ST", "APT 2B"),
        (("12 elm st.", "suite 4"), "12 ELM ST", "STE 4"),
        (("P.O. Box 17", ""), "PO BOX 17", ""),
        (("77 Avenue Road", ""), "77 AVENUE RD", ""),
        (("9 North Street", ""), "9 NORTH ST", ""),
        (("1200 Sunset Boulevard Southwest", "#3"), "1200 SUNSET BLVD SW", "# 3"),
        (("5 Peña Court", ""), "5 PENA CT", ""),
        (("1 Broadway", ""), "1 BROADWAY", ""),
    ],
)
def test_an_address_is_written_as_the_post_does(typed, address, second):
    postal = patients.postal(*typed, city="Portland", state="or", zip_code="972051234")
    assert (postal.address, postal.address2) == (address, second)
    assert (postal.city, postal.state, postal.zip) == ("PORTLAND", "OR", "97205-1234")
    again = patients.postal(postal.address, postal.address2, postal.city, postal.state, postal.zip)
    assert again == postal


def test_a_zip_code_names_its_state_and_later_its_town(session):
    assert patients.place(session, "97205-1234") == patients.Place("", "OR")
    places.remember(session, "972051234", "Portland", "OR")
    places.remember(session, "97205", "Salem", "OR")
    places.remember(session, "97301", "Salem", "WA")
    assert patients.place(session, "97205") == patients.Place("Portland", "OR")
    assert patients.place(session, "97301") == patients.Place("", "OR")
    assert patients.place(session, "9720") is None
    assert patients.place(session, "00099") is None


def test_a_file_of_places_goes_before_what_patients_said(session):
    places.remember(session, "97205", "Portlnad", "OR")
    assert places.load(session, ["zip,city,state", "97205,Portland,or", "bad,Row,OR", "97301,Salem,OR"]) == 2
    session.expire_all()
    assert patients.place(session, "97205").city == "Portland"


def test_a_slip_in_the_first_town_of_a_zip_code_is_outvoted_by_the_patients_who_live_there(session):
    for number, city in enumerate(("Potland", "Portland", "Portland", "PORTLAND", "Potland")):
        factories.make_patient(session, mrn=f"7{number}", city=city, zip="97209")
        places.remember(session, "97209", city, "OR")
        known = patients.place(session, "97209").city
        assert known == ("Potland" if number < 2 else "Portland"), number
