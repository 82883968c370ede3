"""What a slip asks before it is signed: a code that nobody knows, and what will stop its claim (L01, L07)."""

import pytest
from sqlalchemy import select

from clinic import charges, db
from clinic.models import Charge, JournalEntry
from tests.charges.visits import arrived


@pytest.fixture
def encounter(session):
    with db.transaction() as current:
        return charges.open_slip(current, arrived(current).appointment)


@pytest.fixture
def url(encounter):
    return f"/charge-slips/{encounter.public_id}"


def typed(encounter, code="99999", pointers="A", **more):
    return {
        "version": str(encounter.version),
        "dx_A": "E11.65",
        "code_1": code,
        "pointers_1": pointers,
        "units_1": "1",
        "fee_1": "120.00",
        "listed_1": "",
    } | more


def stands(session):
    """What the ledger and the slip hold: nothing before the signature."""
    session.expire_all()
    return (
        session.scalars(select(Charge.code)).all(),
        len(session.scalars(select(JournalEntry.id)).all()),
    )


def test_a_code_that_no_schedule_and_no_list_holds_needs_a_second_yes(clinician, session, encounter, url):
    page = clinician.post(f"{url}/signature", typed(encounter), status=422)
    asked = page.select_one("#slip-doubted")
    assert "99999 is not in your fee schedule. Sign anyway?" in asked.text
    assert asked.a["href"] == "#lines-1-code"
    assert page.select_one("#lines-1-charge")["value"] == "120.00"
    assert stands(session) == ([], 0)
    button = asked.select_one("button")
    for _ in range(2):
        clinician.post(button["formaction"], typed(encounter, unlisted=button["value"]), status=303)
    assert stands(session) == (["99999"], 1)


def test_a_yes_to_one_unknown_code_is_none_to_another(clinician, session, encounter, url):
    clinician.post(f"{url}/signature", typed(encounter, "99998", unlisted="99999"), status=422, htmx=True)
    assert stands(session) == ([], 0)


def test_a_draft_with_an_unknown_code_is_kept_without_a_question(clinician, session, encounter, url):
    clinician.post(f"{url}/draft", typed(encounter), status=303)
    assert stands(session) == (["99999"], 0)


def test_the_summary_of_a_refused_slip_names_what_stops_the_claim_too_each_leading_to_its_field(
    clinician, session, encounter, url
):
    """The pointer is a fault of the form, the heading code E11 what the scrubber stops."""
    page = clinician.post(f"{url}/signature", typed(encounter, "99213", "C", dx_A="E11"), status=422)
    links = {link["href"]: link.text for link in page.select("#slip-refused a")}
    assert "no diagnosis C" in links["#lines-1-pointers"]
    assert "Diagnosis A" in links["#diagnosis-A"]
    assert all(page.select_one(href) for href in links if href.startswith("#"))
    assert "stops the claim" in page.select_one("#slip-refused").text
    assert stands(session) == ([], 0)
