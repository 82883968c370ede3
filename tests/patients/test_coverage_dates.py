"""Dates of a coverage beside the patient's birth, and Medicare beside the patient's age (S09, C9)."""

from datetime import date, timedelta

import pytest

from clinic import patients
from clinic.patients import FieldRefused, benefits, ordering
from clinic.patients.benefits import Answers, Plan
from tests import factories

DAY = timedelta(days=1)


@pytest.fixture
def patient(session):
    return factories.make_patient(session)


@pytest.mark.parametrize("field", ["effective_on", "terminated_on"])
def test_a_coverage_before_birth_is_refused_when_it_is_added_changed_or_replaced(session, patient, field):
    payer = factories.make_payer(session)
    held = factories.make_coverage(session, patient, payer)
    before = patient.born_on - DAY
    wrong = {"effective_on": before - DAY} | {field: before}
    with pytest.raises(FieldRefused, match="was born on 04/22/1971"):
        patients.add_coverage(session, patient, payer=payer, member_id="AB12", position=2, **wrong)
    with pytest.raises(FieldRefused, match="was born on 04/22/1971"):
        patients.change_coverage(session, held, held.version, **wrong)
    with pytest.raises(FieldRefused, match="was born on 04/22/1971"):
        ordering.replace_coverage(
            session,
            held,
            held.version,
            payer=payer,
            member_id="AB12",
            position=1,
            relationship_code="18",
            **wrong,
        )
    found = patients.coverage_faults({"member_id": "AB12"} | wrong, patient.born_on)
    assert "effective_on" in [each.field for each in found]


def test_a_coverage_from_the_day_of_birth_holds(session, patient):
    payer = factories.make_payer(session)
    made = patients.add_coverage(
        session, patient, payer=payer, member_id="AB12", effective_on=patient.born_on
    )
    assert made.effective_on == patient.born_on


@pytest.mark.parametrize(
    ("born_on", "on", "aged"),
    [
        (date(1961, 5, 20), date(2026, 4, 30), False),
        (date(1961, 5, 20), date(2026, 5, 1), True),
        (date(1961, 5, 1), date(2026, 4, 1), True),
        (date(1961, 1, 1), date(2025, 11, 30), False),
        (date(1961, 1, 1), date(2025, 12, 1), True),
    ],
)
def test_medicare_because_of_age_begins_with_the_month_of_the_65th_birthday(born_on, on, aged):
    assert benefits.is_aged(born_on, on) is aged
    plans = [
        Plan(kind, kind, kind, "18", "Ann", born_on, date(2020, 1, 1), place)
        for place, kind in enumerate(("medicare", "commercial"), 1)
    ]
    said = Answers(because="age", works="no")
    assert ("because" in benefits.faults(plans, said, aged=aged)) is not aged


def test_a_disability_at_65_is_warned_of(session):
    patient = factories.make_patient(session, born_on=date(1940, 1, 2))
    factories.make_coverage(session, patient, factories.make_payer(session, kind="medicare"), position=1)
    factories.make_coverage(session, patient, factories.make_payer(session), position=2)
    order = ordering.ask(session, patient, Answers(because="disability", works="no"), date(2026, 6, 1))
    assert benefits.AGED_NOW in ordering.notes_of(session, patient, order)
