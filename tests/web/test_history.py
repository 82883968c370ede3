"""What was changed in a record, in words."""

from datetime import date
from decimal import Decimal

from clinic import db, patients
from tests import factories


def test_each_change_says_who_when_what_before_and_after(front_desk, session, count_queries):
    patient = factories.make_patient(session)
    coverage = factories.make_coverage(
        session, patient, factories.make_payer(session, name="Meridian Health")
    )
    other = factories.make_payer(session, name="Cascade Mutual")
    with db.transaction():
        patients.change(
            session,
            patient,
            patient.version,
            city="Salem",
            phone="+15550100199",
            ssn="987654320",
            zip="97301-4455",
        )
    with db.transaction():
        patients.change_coverage(
            session,
            coverage,
            coverage.version,
            payer_id=other.id,
            terminated_on=date(2026, 12, 31),
            copay=Decimal("7.5"),
        )
    page = front_desk.get(f"/patients/{patient.public_id}/history")
    rows = [[cell.text.strip() for cell in row.select("td")][3:] for row in page.select(".history tbody tr")]
    assert sorted(rows) == [
        ["City", "Portland", "Salem"],
        ["Copay", "$25.00", "$7.50"],
        ["Payer", "Meridian Health", "Cascade Mutual"],
        ["Phone", "(555) 010-0147", "(555) 010-0199"],
        ["SSN", "nothing", "kept"],
        ["Until", "nothing", "12/31/2026"],
        ["ZIP code", "97205-1234", "97301-4455"],
    ]
    assert {row.select("td")[2].text for row in page.select(".history tbody tr")} >= {
        "Person changed", "Coverage changed",
    }  # fmt: skip
    assert "987654320" not in str(page)
    with count_queries() as statements:
        patients.history(session, [patient.id])
    assert len(statements) == 2


def test_codes_are_read_in_words_and_a_member_id_as_it_is_kept(front_desk, session):
    patient = factories.make_patient(session)
    with db.transaction():
        patients.add_coverage(
            session, patient, payer=factories.make_payer(session), member_id="abc 123-45", position=2,
            effective_on=date(2024, 1, 1), relationship_code="19", subscriber_first_name="Ruth",
            subscriber_last_name="Whitfield", subscriber_born_on=date(1950, 1, 1),
        )  # fmt: skip
    page = front_desk.get(f"/patients/{patient.public_id}/history")
    rows = {
        cells[3].text: cells[5].text
        for row in page.select(".history tbody tr")
        if (cells := row.select("td"))
    }
    assert rows["Order of payment"] == "Secondary"
    assert rows["Patient is the subscriber's"] == "Child"
    assert rows["Member ID"] == "ABC12345"


def test_changes_of_a_merged_record_stand_with_the_one_that_stays_and_pages_follow(manager, session):
    mine, other = factories.make_patient(session), factories.make_patient(session)
    for number in range(55):
        with db.transaction():
            patients.change(session, other, other.version, address=f"{number} Elm St")
    with db.transaction():
        patients.merge(session, mine, other, take=(), versions=(mine.version, other.version))
    page = manager.get(f"/patients/{mine.public_id}/history")
    assert "Records merged" in page.text
    older = manager.get(page.select_one("a[rel=next]")["href"])
    assert "0 Elm St" in older.text
    assert older.select_one("a[rel=next]") is None


def test_an_untouched_record_says_so_and_clinicians_read_no_history(front_desk, clinician, session):
    patient = factories.make_patient(session)
    assert "Nothing was changed yet" in front_desk.get(f"/patients/{patient.public_id}/history").text
    clinician.get(f"/patients/{patient.public_id}/history", status=403)
