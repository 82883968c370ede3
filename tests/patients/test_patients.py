"""Registering, finding and insuring patients (S01, S07, S09, C7, K02)."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import event, func, insert, select, text

from clinic import clock, db, patients
from clinic.models import AuditEvent, Claim, Coverage, Guarantor, Patient
from clinic.patients import ChangedMeanwhile, CoverageOverlap, FieldRefused, PossibleDuplicate
from tests import factories

PERSON = {
    "first_name": "Elena",
    "last_name": "de la Cruz",
    "born_on": date(1980, 3, 15),
    "sex": "F",
    "phone": "(555) 010-0188",
    "address": "12 Elm St",
    "city": "Portland",
    "state": "or",
    "zip": "97205-1234",
}


def register(session, **changes) -> Patient:
    return patients.register(session, **(PERSON | changes))


# ---- Registration ----


def test_a_registered_patient_has_an_mrn_folded_keys_and_an_e164_phone(session):
    first, second = register(session), register(session, first_name="Ana", phone="")
    assert int(second.mrn) == int(first.mrn) + 1
    assert (first.name_key, first.first_key) == ("delacruz", "elena")
    assert (first.phone, first.phone_digits) == ("+15550100188", "5550100188")
    assert (first.state, first.zip) == ("OR", "972051234")


def test_a_patient_alone_is_his_own_guarantor_and_the_guarantor_follows_his_address(session):
    patient = register(session)
    patients.change(session, patient, patient.version, address="7 New St", last_name="Cruz")
    assert (patient.guarantor.address, patient.guarantor.last_name) == ("7 New St", "Cruz")
    assert patient.name_key == "cruz"


def test_a_child_is_registered_with_a_parent_who_pays(session):
    parent = {name: PERSON[name] for name in ("address", "city", "state", "zip")} | {
        "first_name": "Rosa",
        "last_name": "de la Cruz",
        "born_on": date(1955, 1, 2),
    }
    child = register(session, guarantor=parent, guarantor_relationship="parent")
    assert child.guarantor.first_name == "Rosa"
    patients.change(session, child, child.version, address="9 Other St")
    assert child.guarantor.address == "12 Elm St"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("last_name", " ", "Enter the last name."),
        ("last_name", "Cruz2", "A name holds no digits."),
        ("born_on", clock.today() + timedelta(days=2), "A birth date cannot lie in the future."),
        ("born_on", date(1850, 1, 1), "Nobody lives who was born in 1850. Look at the year again."),
        ("zip", "9720", "Enter 5 or 9 digits"),
        ("state", "Oregon", "two letters"),
        ("email", "elena", "name@example.com"),
        ("phone", "12", "area code"),
        ("sex", "X", "Choose F, M or U."),
    ],
)
def test_a_wrong_field_is_refused_by_name_and_nobody_is_registered(session, field, value, sentence):
    with pytest.raises(FieldRefused, match=sentence) as refused:
        register(session, **{field: value})
    assert refused.value.field == field
    assert session.scalar(select(func.count(Patient.id))) == 0


def test_a_guarantors_wrong_field_is_named_as_the_guarantors(session):
    with pytest.raises(FieldRefused) as refused:
        register(session, guarantor={"first_name": "Rosa"}, guarantor_relationship="parent")
    assert refused.value.field.startswith("guarantor-")
    assert session.scalar(select(func.count(Guarantor.id))) == 0


def test_the_same_name_and_birth_date_or_phone_is_shown_before_a_second_registration(session):
    first = register(session)
    with pytest.raises(PossibleDuplicate) as by_name:
        register(session, last_name="De La Crúz", phone="")
    with pytest.raises(PossibleDuplicate) as by_phone:
        register(session, first_name="Otto", last_name="Weiss", born_on=date(1999, 1, 1))
    assert by_name.value.patients == by_phone.value.patients == [first]
    assert register(session, accept_duplicates=True).mrn != first.mrn


def test_the_second_click_on_register_is_the_first_patient(session):
    key = db.new_public_id()
    first = register(session, public_id=key, accept_duplicates=True)
    assert register(session, public_id=key, accept_duplicates=True).id == first.id


def test_an_old_version_is_refused_with_who_saved_first(committed):
    with db.transaction() as session:
        patient = register(session)
        seen = patient.version
    with db.transaction() as session:
        patients.change(session, patient, seen, city="Salem")
    with db.transaction() as session, pytest.raises(ChangedMeanwhile, match="was changed by system at"):
        patients.change(session, patient, seen, city="Bend")
    assert db.session.scalar(select(Patient.city)) == "Salem"


def test_a_change_is_in_the_trail_with_before_and_after(committed):
    with db.transaction() as session:
        patient = register(session)
        patients.change(session, patient, patient.version, city="Salem", zip="97301")
    changed = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "patient.change")).one()
    assert changed.changes == {"city": ["Portland", "Salem"], "zip": ["972051234", "97301"]}
    assert changed.patient_ids == [patient.id]


# ---- Coverage ----


@pytest.fixture
def patient(session):
    return factories.make_patient(session)


@pytest.fixture
def payer(session):
    return factories.make_payer(session)


def cover(session, patient, payer, **changes) -> Coverage:
    values = {"member_id": "mhp 8841-20973", "effective_on": date(2026, 1, 1), "copay": Decimal("25.00")}
    return patients.add_coverage(session, patient, payer=payer, **(values | changes))


def test_a_member_id_is_kept_without_the_cards_decorations_s01(session, patient, payer):
    assert cover(session, patient, payer).member_id == "MHP884120973"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member_id": "MHP*884#"}, "member_id"),
        ({"member_id": " "}, "member_id"),
        ({"terminated_on": date(2025, 12, 31)}, "terminated_on"),
        ({"copay": Decimal("-5")}, "copay"),
        ({"relationship_code": "19"}, "subscriber_first_name"),
        (
            {
                "relationship_code": "19",
                "subscriber_first_name": "Ana",
                "subscriber_last_name": "O'Brien",
                "subscriber_born_on": clock.today() + timedelta(days=2),
            },
            "subscriber_born_on",
        ),
        ({"position": 4}, "position"),
    ],
)
def test_a_wrong_coverage_is_refused_at_its_field_and_not_kept(session, patient, payer, changes, field):
    with pytest.raises(FieldRefused) as refused:
        cover(session, patient, payer, **changes)
    assert refused.value.field == field
    assert session.scalar(select(func.count(Coverage.id))) == 0


def test_two_primary_coverages_never_cover_one_day_c7(session, patient, payer):
    first = cover(session, patient, payer)
    other = factories.make_payer(session)
    with pytest.raises(CoverageOverlap, match="is primary from 01/01/2026 without an end"):
        cover(session, patient, other, effective_on=date(2026, 7, 1))
    assert cover(session, patient, other, effective_on=date(2026, 7, 1), position=2).position == 2
    patients.end_coverage(session, first, first.version, date(2026, 6, 30))
    assert cover(session, patient, other, effective_on=date(2026, 7, 1)).position == 1


def test_a_change_that_would_overlap_is_refused(session, patient, payer):
    cover(session, patient, payer, terminated_on=date(2026, 6, 30))
    later = cover(session, patient, factories.make_payer(session), effective_on=date(2026, 7, 1))
    with pytest.raises(CoverageOverlap):
        patients.change_coverage(session, later, later.version, effective_on=date(2026, 6, 1))


def test_the_coverages_of_a_day_are_those_whose_dates_bracket_it_s09(session, patient, payer):
    ended = cover(session, patient, payer, terminated_on=date(2026, 6, 30))
    second = cover(session, patient, payer, position=2, member_id="X1")
    assert patients.coverages_on(session, patient.id, date(2026, 6, 30)) == [ended, second]
    assert patients.coverages_on(session, patient.id, date(2026, 7, 1)) == [second]


def test_the_second_click_adds_one_coverage(session, patient, payer):
    assert cover(session, patient, payer).id == cover(session, patient, payer).id


# ---- Authorization ----


def test_an_authorization_is_kept_as_the_payer_gave_it_k02(session, patient, payer):
    values = {
        "number": "auth-77120934",
        "codes": ["97110", " 97140", ""],
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 4, 14),
        "visits_allowed": 12,
    }
    coverage = cover(session, patient, payer)
    row = patients.add_authorization(session, coverage, **values)
    assert (row.number, row.codes, row.visits_used) == ("AUTH-77120934", ["97110", "97140"], 0)
    assert patients.add_authorization(session, coverage, **values).id == row.id
    for field, wrong in (("codes", ["9711"]), ("ends_on", date(2025, 1, 1)), ("visits_allowed", 0)):
        with pytest.raises(FieldRefused) as refused:
            patients.change_authorization(session, row, row.version, **{field: wrong})
        assert refused.value.field == field
    row.visits_used = 5
    session.flush()
    with pytest.raises(FieldRefused, match="5 visits were used"):
        patients.change_authorization(session, row, row.version, visits_allowed=4)


# ---- Search ----


@pytest.fixture
def people(session):
    rows = [
        ("O'Brien", "Maeve", date(1990, 1, 2), "5550100101"),
        ("de la Cruz", "Elena", date(1980, 3, 15), "5550100102"),
        ("Álvarez", "Pilar", date(1975, 6, 7), "5550100103"),
        ("Smith", "Robert", date(1980, 3, 15), "5550100104"),
        ("Smithson", "Ann", date(2001, 8, 9), "5550100105"),
        ("Garcia", "Maria", date(1961, 4, 4), "5550100106"),
    ]
    return {
        last: factories.make_patient(
            session, last_name=last, first_name=first, born_on=born, phone=f"+1{digits}", phone_digits=digits
        )
        for last, first, born, digits in rows
    }


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("smi", ["Smith", "Smithson"]),
        ("smith, r", ["Smith"]),
        ("obrien", ["O'Brien"]),
        ("O’Brien", ["O'Brien"]),
        ("de la cruz", ["de la Cruz"]),
        ("delacr", ["de la Cruz"]),
        ("cruz", ["de la Cruz"]),
        ("alvarez", ["Álvarez"]),
        ("Maria Garcia", ["Garcia"]),
        ("garcia maria", ["Garcia"]),
        ("maeve", ["O'Brien"]),
        ("03151980", ["de la Cruz", "Smith"]),
        ("3/15/80", ["de la Cruz", "Smith"]),
        ("(555) 010-0103", ["Álvarez"]),
        ("010-0105", ["Smithson"]),
        (", ro", ["Smith"]),
        ("nobody", []),
        ("s", []),
        ("", []),
        ("%", []),
    ],
)
def test_a_patient_is_found_by_whatever_the_caller_says(session, people, typed, names):
    assert [found.patient.last_name for found in patients.search(session, typed)] == names


def test_a_surname_is_found_behind_its_particles_though_another_follows_it(session, people):
    factories.make_patient(session, last_name="de la Cruz Álvarez", first_name="Ana")
    factories.make_patient(session, last_name="Cruz", first_name="Ben")
    found = [each.patient.last_name for each in patients.search(session, "cruz")]
    assert found == ["Cruz", "de la Cruz", "de la Cruz Álvarez"]
    assert [each.patient.first_name for each in patients.search(session, "cruz, a")] == ["Ana"]


def test_a_patient_is_found_by_mrn_and_the_last_visit_is_shown(session, people):
    smith = people["Smith"]
    began = clock.now() - timedelta(days=9)
    factories.make_appointment(session, smith, starts_at=began, status="checked_out", out_at=began)
    factories.make_appointment(session, smith, starts_at=clock.now() - timedelta(days=2), status="no_show")
    (found,) = patients.search(session, smith.mrn)
    assert (found.patient.id, found.last_visit_at) == (smith.id, began)


def test_a_search_is_one_query_in_order_of_the_folded_name(session, people):
    statements = []
    event.listen(session.get_bind().engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    found = patients.search(session, "smi", limit=1)
    assert [each.patient.last_name for each in found] == ["Smith"]
    assert len(statements) == 1


@pytest.mark.parametrize("typed", ["smi", "Maria Garcia", "smith, r"])
def test_a_search_by_name_reads_no_more_patients_than_it_shows(session, people, typed):
    """Row 3 of the performance table: each way to read a name walks its own index, in order, and ends."""
    rows = [
        {
            "public_id": f"p{number:021d}",
            "mrn": f"X{number}",
            "first_name": "Robert",
            "last_name": last,
            "name_key": f"{key}{number:04d}",
            "first_key": "robert",
            "tail_key": f"{tail}{number:04d}" if tail else "",
            "born_on": date(1980, 1, 1),
            "sex": "U",
            "address": "1 Elm St",
            "city": "Portland",
            "state": "OR",
            "zip": "97205",
            "guarantor_id": people["Smith"].guarantor_id,
            "created_at": clock.now(),
        }
        for number, (last, key, tail) in enumerate(
            [("Smith", "smith", "")] * 800
            + [("Garcia", "garcia", "")] * 800
            + [("Ruiz Smith", "ruizsmith", "smith")] * 100
        )
    ]
    session.execute(insert(Patient), rows)
    session.execute(text("ANALYZE patient"))
    sent = []
    event.listen(session.get_bind().engine, "before_cursor_execute", lambda *args: sent.append(args[2:4]))
    assert patients.search(session, typed, limit=10)
    cursor = session.connection().connection.cursor()
    # A table of a test is so small that reading all of it would be right.
    cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    # Where the first leaves room, a second one looks behind the particles of a surname.
    assert 1 <= len(sent) <= 2
    for (statement, values), keys in zip(sent, (("name_key", "tail_key"), ("name_key",)), strict=False):
        plan = "\n".join(
            row[0] for row in cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", values)
        )
        for key in keys:
            scan, condition = next(
                pair for pair in pairwise(plan.splitlines()) if f"ix__patient__{key}" in pair[0]
            )
            assert f"Index Cond: ((({key})" in condition
            assert int(re.search(r"actual rows=(\d+)", scan)[1]) <= 20, plan


def test_a_patient_is_found_by_the_claims_number_also_when_it_went_out_again_c6(session, people):
    smith = people["Smith"]
    coverage = factories.make_coverage(session, smith)
    encounter = factories.make_encounter(session, smith)
    session.add(
        Claim(
            control_number="R26-000123",
            encounter_id=encounter.id,
            patient_id=smith.id,
            coverage_id=coverage.id,
            payer_id=coverage.payer_id,
            service_on=encounter.service_on,
            amount_billed=Decimal("170.00"),
            filing_due_on=clock.today(),
            created_at=clock.now(),
        )
    )
    session.flush()
    for typed in ("R26-000123", "r26-000123-2"):
        assert [found.patient.id for found in patients.search(session, typed)] == [smith.id]
