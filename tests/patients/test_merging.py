"""Two records of one person become one, and are parted again exactly (K14, Z9, B1 to B4)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import ledger, patients, verify
from clinic.db import Base
from clinic.models import Claim, Coverage, JournalEntry, OpenItem, PatientMerge, UnappliedItem
from clinic.patients import ChangedMeanwhile, MergeRefused, distinct
from tests import factories


def pair(session, **changes):
    factories.make_practice(session)
    factories.make_fees(session)
    payer = factories.make_payer(session)
    mine = factories.make_patient(session, email="")
    other = factories.make_patient(session, **({"first_name": "Dan", "email": "dan@example.com"} | changes))
    return mine, other, payer


def visited(session, patient, payer):
    """A visit, a claim, a payment that is partly applied, and money held."""
    claim = factories.make_claim(session, patient, payer)
    factories.make_appointment(session, patient)
    ledger.receive(
        session,
        guarantor_id=patient.guarantor_id,
        patient_id=patient.id,
        amount=Decimal("30.00"),
        method="cash",
        key=f"desk-{patient.id}",
    )
    return claim


def merge(session, mine, other, take=()):
    return patients.merge(
        session, mine, other, take=take, versions=(mine.version, other.version), reason="A test"
    )


def everything(session):
    """Every row of every table but what is only added to; versions count saves and are left out."""
    session.flush()
    tables = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in ("patient_merge", "audit_event"):
            columns = [column for column in table.columns if column.name not in ("version", "written_in")]
            tables[table.name] = sorted(map(repr, session.execute(select(*columns))))
    return tables


def broken(session):
    session.flush()
    return [(each.name, each.detail) for each in verify.checks(session) if not each.ok]


def test_a_merge_moves_all_keeps_history_and_the_ledger_stays_true(session):
    mine, other, payer = pair(session)
    visited(session, mine, payer)
    claim = visited(session, other, payer)
    balances = [ledger.patient_balance(session, each.id) for each in (mine, other)]
    entries = [len(ledger.entries_page(session, each.id).rows) for each in (mine, other)]
    row = merge(session, mine, other, {"email"})
    assert (mine.email, other.merged_into_id) == ("dan@example.com", mine.id)
    assert session.get_one(Claim, claim.id).patient_id == mine.id
    both = ledger.patient_balance(session, mine.id)
    assert both.insurance == sum(each.insurance for each in balances)
    assert both.unapplied == sum(each.unapplied for each in balances)
    assert {each.guarantor_id for each in session.scalars(select(OpenItem))} == {mine.guarantor_id}
    assert {each.guarantor_id for each in session.scalars(select(UnappliedItem))} == {mine.guarantor_id}
    assert patients.numbers(session, mine.id) == [mine.id, other.id]
    page = ledger.entries_page(session, mine.id, also=[other.id])
    assert len(page.rows) == sum(entries)
    assert session.scalars(select(JournalEntry).where(JournalEntry.patient_id == other.id)).all()
    assert broken(session) == []
    assert patients.merges_of(session, mine.id) == [row]


@pytest.mark.parametrize("take", [(), ("first_name", "email", "address", "born_on", "ssn"), ("guarantor",)])
def test_undoing_puts_every_row_of_every_table_back(session, take):
    mine, other, payer = pair(session, address="9 Oak Ln", born_on=date(1971, 4, 23))
    patients.change(session, mine, mine.version, ssn="987654320")
    patients.change(session, other, other.version, ssn="987654321")
    visited(session, mine, payer)
    visited(session, other, payer)
    before = everything(session)
    row = merge(session, mine, other, take)
    assert everything(session) != before
    assert broken(session) == []
    assert "987654321" not in str(row.fields) + str(row.moved)
    patients.undo(session, row)
    assert everything(session) == before
    assert broken(session) == []
    patients.undo(session, row)
    assert [event.action for event in audit_rows(session)][-2:] == ["patient.merge", "patient.unmerge"]


def audit_rows(session):
    session.flush()
    waiting = session.info.get("audit_events", [])
    return [type("Event", (), each) for each in waiting]


def test_the_second_click_finds_the_first_merge(session):
    mine, other, _ = pair(session)
    versions = (mine.version, other.version)
    first = patients.merge(session, mine, other, take=(), versions=versions)
    assert patients.merge(session, mine, other, take=(), versions=versions).id == first.id
    assert len(session.scalars(select(PatientMerge)).all()) == 1


def test_a_coverage_on_file_already_stays_and_another_takes_the_next_place_c7(session):
    mine, other, payer = pair(session)
    have = factories.make_coverage(session, mine, payer, member_id="MHP1")
    twin = factories.make_coverage(session, other, payer, member_id="MHP1")
    new = factories.make_coverage(session, other, member_id="MHP2", position=2)
    words = [each.words for each in patients.preview(session, mine, other).coverages]
    assert words == [
        "On file already: what hangs on it moves to the one you have.",
        "Becomes secondary, as it was.",
    ]
    merge(session, mine, other)
    places = session.execute(
        select(Coverage.id, Coverage.patient_id, Coverage.position).order_by(Coverage.id)
    ).all()
    assert places == [(have.id, mine.id, 1), (twin.id, other.id, 1), (new.id, mine.id, 2)]


def test_a_fourth_coverage_is_refused(session):
    mine, other, _ = pair(session)
    for position in (1, 2, 3):
        factories.make_coverage(session, mine, position=position)
    factories.make_coverage(session, other)
    with pytest.raises(MergeRefused, match="three coverages are in force"):
        merge(session, mine, other)
    assert other.merged_into_id is None


def test_a_merge_is_refused_while_a_claim_is_being_sent(session):
    mine, other, payer = pair(session)
    claim = factories.make_claim(session, other, payer)
    claim.state = "queued"
    session.flush()
    with pytest.raises(MergeRefused, match=f"{claim.control_number} is being sent"):
        merge(session, mine, other)


def test_a_record_with_itself_or_a_merged_one_is_refused(session):
    mine, other, _ = pair(session)
    third = factories.make_patient(session)
    with pytest.raises(MergeRefused, match="one record already"):
        merge(session, mine, mine)
    merge(session, mine, other)
    with pytest.raises(MergeRefused, match="merged into another record already"):
        merge(session, third, other)


def test_what_was_merged_before_is_moved_along_so_there_is_no_chain(session):
    mine, other, _ = pair(session)
    third = factories.make_patient(session)
    merge(session, other, third)
    second = merge(session, mine, other)
    assert patients.numbers(session, mine.id) == [mine.id, other.id, third.id]
    patients.undo(session, second)
    assert third.merged_into_id == other.id


def test_an_undoing_that_would_not_be_exact_is_refused(session):
    mine, other, payer = pair(session)
    claim = visited(session, other, payer)
    row = merge(session, mine, other, {"email"})
    patients.change(session, mine, mine.version, email="new@example.com")
    with pytest.raises(MergeRefused, match="E-mail was changed since"):
        patients.undo(session, row)
    patients.change(session, mine, mine.version, email="dan@example.com")
    charge = session.get_one(Claim, claim.id).encounter.charges[0]
    ledger.write_off(session, charge.id, "insurance", Decimal("1.00"), "courtesy", "A neighbour", "w")
    with pytest.raises(MergeRefused, match="Money was posted on moved charges"):
        patients.undo(session, row)


def test_a_stale_preview_is_refused(session):
    mine, other, _ = pair(session)
    versions = (mine.version, other.version)
    patients.change(session, other, other.version, city="Salem")
    with pytest.raises(ChangedMeanwhile):
        patients.merge(session, mine, other, take=(), versions=versions)


def test_the_household_of_the_record_that_goes_keeps_its_bills(session):
    mine, other, payer = pair(session)
    child = factories.make_patient(session, guarantor=other.guarantor, first_name="Mia")
    visited(session, child, payer)
    merge(session, mine, other)
    owed = session.scalars(select(OpenItem).where(OpenItem.patient_id == child.id)).all()
    assert {each.guarantor_id for each in owed} == {other.guarantor_id}
    assert broken(session) == []


def test_a_merged_record_is_found_by_its_old_number_only_as_the_one_that_stays(session):
    mine, other, _ = pair(session)
    merge(session, mine, other)
    assert [each.patient.id for each in patients.search(session, "Whitfield")] == [mine.id]
    assert [each.patient.id for each in patients.search(session, other.mrn)] == [mine.id]
    assert patients.look_alikes(session, {"first_name": "Dan", "last_name": "Whitfield"}, but=mine.id) == []


def test_the_preview_says_what_differs_what_moves_and_what_to_doubt(session):
    mine, other, payer = pair(session, sex="F", born_on=date(1980, 1, 1))
    visited(session, other, payer)
    seen = patients.preview(session, mine, other)
    assert [(each.name, each.take) for each in seen.choices] == [
        ("first_name", False),
        ("born_on", False),
        ("sex", False),
        ("email", True),
    ]
    assert dict(seen.counts)["claim"] == 1
    assert len(seen.warnings) == 2
    assert other.merged_into_id is None


def test_who_was_said_to_be_somebody_else_stays_so_through_a_merge_and_its_way_back(session):
    mine, other, _ = pair(session)
    third = factories.make_patient(session, first_name="Dana")
    distinct.say(session, other, third)
    distinct.say(session, mine, other)
    before = everything(session)
    row = merge(session, mine, other)
    known = {"first_name": mine.first_name, "last_name": mine.last_name, "born_on": mine.born_on}
    assert patients.look_alikes(session, known, but=mine.id) == []
    patients.undo(session, row)
    assert everything(session) == before
