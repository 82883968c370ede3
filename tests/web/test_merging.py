"""Merging two records on screen: choose, preview, merge, part again."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic import clock, patients
from clinic.models import Appointment, AuditEvent, PatientMerge
from tests import factories


@pytest.fixture
def two(session):
    factories.make_practice(session)
    return factories.make_patient(session), factories.make_patient(session, first_name="Dan", city="Salem")


def data(mine, other, **changes):
    return {"other": other.public_id, "version": mine.version, "other_version": other.version, **changes}


def test_the_record_like_it_is_offered_and_the_preview_says_what_differs(manager, two):
    mine, _ = two
    page = manager.get(f"/patients/{mine.public_id}/merge")
    assert "short form of the first name, same birth date, same phone" in page.select_one(".likes").text
    page = manager.get(page.select_one(".likes a")["href"])
    assert [row.th.text for row in page.select(".merging tbody tr")] == ["First name", "City"]
    assert f"MRN {mine.mrn} stays." in page.text


def test_another_record_is_found_by_its_number(manager, session, two):
    third = factories.make_patient(session, last_name="Zuniga", first_name="Ines", phone_digits="")
    page = manager.post(f"/patients/{two[0].public_id}/merge/search", {"q": third.mrn}, status=200)
    assert "ZUNIGA, Ines" in page.text


@pytest.mark.parametrize("htmx", [False, True])
def test_merging_leads_to_the_record_that_stays_and_old_pages_lead_there(manager, session, two, htmx):
    mine, other = two
    typed = data(mine, other, take=["city"])
    manager.post(f"/patients/{mine.public_id}/merge", typed, htmx=htmx, status=204 if htmx else 303)
    session.refresh(mine)
    assert mine.city == "Salem"
    manager.get(f"/patients/{other.public_id}/ledger", status=303)
    assert manager.location == f"/patients/{mine.public_id}"
    page = manager.get(f"/patients/{mine.public_id}")
    assert f"MRN {other.mrn}, on" in page.text
    assert session.scalars(
        select(AuditEvent).where(AuditEvent.action == "patient.merge")
    ).one().patient_ids == [
        mine.id,
        other.id,
    ]


def test_the_second_click_merges_once_and_a_stale_preview_is_a_conflict(manager, session, two):
    mine, other = two
    third = factories.make_patient(session)
    typed, stale = data(mine, other), data(mine, third)
    patients.change(session, third, third.version, city="Bend")
    session.commit()
    page = manager.post(f"/patients/{mine.public_id}/merge", stale | {"take": ["city"]}, status=409)
    assert "was changed since you opened it" in page.select_one("[data-errors]").text
    assert page.select_one("#take-city").has_attr("checked")
    for _ in range(2):
        manager.post(f"/patients/{mine.public_id}/merge", typed, status=303)
    assert len(session.scalars(select(PatientMerge)).all()) == 1


def test_a_refused_merge_says_why_and_changes_nothing(manager, session, two):
    mine, other = two
    for position in (1, 2, 3):
        factories.make_coverage(session, mine, position=position)
    factories.make_coverage(session, other)
    page = manager.post(f"/patients/{mine.public_id}/merge", data(mine, other), status=422)
    assert "three coverages are in force" in page.select_one("[data-errors]").text
    assert session.scalars(select(PatientMerge)).all() == []
    manager.post(f"/patients/{mine.public_id}/merge", data(mine, other) | {"other": "nobody"}, status=404)


def test_two_who_are_unlike_are_merged_with_a_reason_that_stands_in_the_history(manager, session, two):
    mine, _ = two
    other = factories.make_patient(session, first_name="Ines", last_name="Zuniga", born_on=date(1951, 2, 3))
    typed = data(mine, other, take=["last_name"])
    for reason in ("", "   "):
        page = manager.post(f"/patients/{mine.public_id}/merge", typed | {"reason": reason}, status=422)
        assert "Say how you know that this is one person." in page.select_one("[data-errors]").text
        assert page.select_one("#take-last_name").has_attr("checked")
    assert session.scalars(select(PatientMerge)).all() == []
    why = "Married in June; <b>saw</b> both passports"
    manager.post(f"/patients/{mine.public_id}/merge", typed | {"reason": why}, status=303)
    assert session.scalars(select(PatientMerge)).one().reason == why
    assert why in manager.get(f"/patients/{mine.public_id}").select_one(".merged").text
    assert why in manager.get(f"/patients/{mine.public_id}/history").select_one(".history").text


def test_two_who_are_alike_are_merged_without_a_reason(manager, two):
    mine, other = two
    page = manager.get(f"/patients/{mine.public_id}/merge?with={other.public_id}")
    assert page.select_one("#reason") is None


def test_parting_puts_both_back_and_a_second_click_changes_nothing(manager, session, two):
    mine, other = two
    manager.post(f"/patients/{mine.public_id}/merge", data(mine, other), status=303)
    row = session.scalars(select(PatientMerge)).one()
    for _ in range(2):
        manager.post(f"/patients/{mine.public_id}/merges/{row.public_id}/undo", {}, status=303)
    assert "DAN" not in manager.get(f"/patients/{mine.public_id}").text
    manager.get(f"/patients/{other.public_id}")
    manager.post(f"/patients/{other.public_id}/merges/{row.public_id}/undo", {}, status=404)


def test_a_parting_that_would_not_be_exact_says_why(manager, session, two):
    mine, other = two
    manager.post(f"/patients/{mine.public_id}/merge", data(mine, other, take=["city"]), status=303)
    session.refresh(mine)
    patients.change(session, mine, mine.version, city="Bend")
    session.commit()
    row = session.scalars(select(PatientMerge)).one()
    manager.post(f"/patients/{mine.public_id}/merges/{row.public_id}/undo", {}, status=303)
    assert "City was changed since the merge" in manager.get(f"/patients/{mine.public_id}").text


def test_the_front_desk_merges_nobody(front_desk, two):
    mine, other = two
    front_desk.get(f"/patients/{mine.public_id}/merge", status=403)
    front_desk.post(f"/patients/{mine.public_id}/merge", data(mine, other), status=403)
    front_desk.post(f"/patients/{mine.public_id}/merges/x/undo", {}, status=403)
    assert "Merge" not in front_desk.get(f"/patients/{mine.public_id}").text


def test_a_tab_from_before_the_merge_books_and_writes_for_the_record_that_stays(
    front_desk, manager, session, two
):
    mine, other = two
    manager.post(f"/patients/{mine.public_id}/merge", data(mine, other), status=303)
    kind, provider = factories.make_visit_type(session), factories.make_provider(session)
    day = clock.today() + timedelta(days=7)
    typed = {
        "patient": other.public_id, "provider": provider.public_id, "visit_type": kind.public_id,
        "day": f"{day:%m/%d/%Y}", "time": "10:00a", "shown": day.isoformat(), "view": "day", "frame": "480x40",
    }  # fmt: skip
    front_desk.post("/schedule/appointments", typed, status=303)
    assert session.scalars(select(Appointment.patient_id)).all() == [mine.id]
    assert mine.mrn in front_desk.get(f"/messages/patients/{other.public_id}").text
    front_desk.get(f"/patients/{other.public_id}/pictures", status=303)
    assert front_desk.location == f"/patients/{mine.public_id}"


def test_what_moves_is_counted_in_words_and_case_alone_is_no_difference(manager, session):
    factories.make_practice(session)
    mine = factories.make_patient(session, zip="97205")
    other = factories.make_patient(session, first_name="DANIEL", zip="972384224")
    factories.make_coverage(session, other, factories.make_payer(session))
    page = manager.get(f"/patients/{mine.public_id}/merge?with={other.public_id}")
    assert [row.th.text for row in page.select(".merging tbody tr")] == ["ZIP code"]
    assert "97238-4224" in page.select_one(".merging").text
    assert "1 coverage" in [item.text for item in page.select(".error-list li")]
