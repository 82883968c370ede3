"""A likely duplicate is said on the record and listed for who may merge (K14)."""

from datetime import date

import pytest
from sqlalchemy import select

from clinic import formats
from clinic.models import PatientDistinction, Task
from clinic.patients import distinct, twins
from tests import factories
from tests.web.patients_scene import count
from tests.web.test_patients import person


@pytest.fixture
def two(session):
    factories.make_practice(session)
    return factories.make_patient(session), factories.make_patient(session, first_name="Dan")


def test_the_record_leads_who_may_merge_to_the_preview(manager, two):
    mine, other = two
    note = manager.get(f"/patients/{mine.public_id}").select_one(".like-one")
    assert f"Looks like {other.name}" in note.text
    assert f"with={other.public_id}" in note.a["href"]


@pytest.mark.parametrize("htmx", [False, True])
def test_the_front_desk_asks_billing_once(front_desk, clinician, session, two, htmx):
    mine, other = two
    page = front_desk.get(f"/patients/{mine.public_id}")
    url = page.select_one(".like-one form")["action"]
    for _ in range(2):
        front_desk.post(url, {"other": other.public_id}, htmx=htmx, status=204 if htmx else 303)
    task = session.query(Task).one()
    assert (task.role, task.patient_id) == ("biller", mine.id)
    assert mine.last_name not in task.sentence
    clinician.post(url, {"other": other.public_id}, status=403)
    assert clinician.get(f"/patients/{mine.public_id}").select_one(".like-one form") is None


def test_nobody_is_asked_about_two_records_that_are_not_alike(front_desk, session, two):
    stranger = factories.make_patient(
        session, first_name="Ines", last_name="Zuniga", born_on=date(1990, 2, 3), phone="", phone_digits=""
    )
    front_desk.post(f"/patients/{two[0].public_id}/merge-request", {"other": stranger.public_id}, status=303)
    assert count(session, Task) == 0
    front_desk.post(f"/patients/{two[0].public_id}/merge-request", {}, status=404)
    assert front_desk.get(f"/patients/{stranger.public_id}").select_one(".like-one") is None


def test_managers_find_the_pairs_from_patients_and_others_do_not(manager, front_desk, session):
    first = factories.make_patient(session)
    second = factories.make_patient(session, first_name="DANIEL")
    factories.make_patient(session, first_name="Ines", last_name="Zuniga", born_on=date(1990, 2, 3))
    page = manager.get(manager.get("/patients").find("a", string="Likely duplicates")["href"])
    rows = page.select("tbody tr")
    assert len(rows) == 1
    assert first.mrn in rows[0].text
    assert second.mrn in rows[0].text
    assert "same name, same birth date" in rows[0].text
    assert front_desk.get("/patients").find("a", string="Likely duplicates") is None
    front_desk.get("/patients/duplicates", status=403)


def test_many_pairs_come_a_page_at_a_time_in_two_statements(manager, session, count_queries, monkeypatch):
    monkeypatch.setattr(twins, "PAGE", 2)
    for number in range(3):
        for _ in range(2):
            factories.make_patient(session, last_name=("Abbot", "Moreno", "Zuniga")[number], phone_digits="")
    with count_queries() as statements:
        found, total = twins.pairs(session, page=1, limit=2)
    assert (len(found), total, len(statements)) == (2, 3, 2)
    page = manager.get("/patients/duplicates")
    assert "3 pairs" in page.select_one(".tools").text
    page = manager.get(page.select_one(".pager [rel=next]")["href"])
    assert "ABBOT" in page.select_one("tbody").text
    assert page.select_one(".pager [rel=next]") is None
    assert "No more likely duplicates" in manager.get("/patients/duplicates?page=99999999999999999999").text
    assert manager.get("/patients/duplicates?page=x").select_one(".pager [rel=next]")


@pytest.mark.parametrize("htmx", [False, True])
def test_who_is_somebody_else_is_not_asked_about_again_until_it_is_taken_back(
    front_desk, manager, clinician, session, two, htmx
):
    mine, other = two
    manager.post(f"/patients/{mine.public_id}/merge-request", {"other": other.public_id}, status=303)
    page = front_desk.get(f"/patients/{mine.public_id}")
    url = page.select_one(".like-one form[action$=other-people]")["action"]
    clinician.post(url, {"other": other.public_id}, status=403)
    for _ in range(2):
        front_desk.post(url, {"other": other.public_id}, htmx=htmx, status=204 if htmx else 303)
    row = session.scalars(select(PatientDistinction)).one()
    assert session.scalars(select(Task)).one().state == "done"
    for one, two_ in ((mine, other), (other, mine)):
        page = front_desk.get(f"/patients/{one.public_id}")
        assert page.select_one(".like-one") is None
        assert f"Not {two_.name}, MRN {two_.mrn}" in page.select_one(".apart").text
        assert "Said to be two people" in front_desk.get(f"/patients/{one.public_id}/history").text
    page = manager.get("/patients/duplicates")
    assert "0 pairs" not in page.text
    (listed,) = page.select("tbody tr")
    assert formats.mdy(row.said_at) in listed.text
    assert (
        "said to be two people by"
        in manager.get(f"/patients/{mine.public_id}/merge?with={other.public_id}").text
    )
    back = front_desk.get(f"/patients/{other.public_id}").select_one(".apart form")["action"]
    clinician.post(back, {}, status=403)
    for _ in range(2):
        front_desk.post(back, {}, htmx=htmx, status=204 if htmx else 303)
    assert front_desk.get(f"/patients/{mine.public_id}").select_one(".like-one") is not None
    assert session.scalars(select(PatientDistinction)).one().taken_back_by is not None


def test_only_two_records_are_two_people_and_only_theirs_is_taken_back(front_desk, session, two):
    mine, other = two
    front_desk.post(f"/patients/{mine.public_id}/other-people", {"other": mine.public_id}, status=303)
    front_desk.post(f"/patients/{mine.public_id}/other-people", {}, status=404)
    assert session.scalars(select(PatientDistinction)).all() == []
    stranger = factories.make_patient(session, first_name="Ines", last_name="Zuniga")
    row = distinct.say(session, mine, other)
    session.commit()
    url = f"/patients/{stranger.public_id}/other-people/{row.public_id}/undo"
    front_desk.post(url, {}, status=404)
    assert row.taken_back_at is None


def test_who_is_registered_as_another_person_is_no_likely_duplicate_of_those_that_were_shown(
    front_desk, session, two
):
    mine, _ = two
    typed = person(first_name=mine.first_name, last_name=mine.last_name, born_on=formats.mdy(mine.born_on))
    front_desk.post("/patients/new", typed, status=422)
    front_desk.post("/patients/new", typed | {"accept_duplicates": "y"}, status=303)
    assert front_desk.get(front_desk.location).select_one(".like-one") is None


def test_the_preview_counts_no_saying_and_the_record_tells_looks_in_plain_words(manager, session, two):
    mine, other = two
    distinct.take_back(session, distinct.say(session, mine, other))
    session.commit()
    page = manager.get(f"/patients/{mine.public_id}/merge?with={other.public_id}")
    assert "Nothing hangs on MRN" in page.text
    parts = manager.get(f"/patients/{mine.public_id}").select(".sec")
    (told,) = [part.text for part in parts if "Who saw and changed" in part.text]
    assert "Took back that two records are two people" in told
    assert "Compared two records" in told
    assert "view" not in told
