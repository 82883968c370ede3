"""Every screen of a patient in a real browser, with the demo's family: axe in light and dark, nothing sideways."""

from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from clinic import clock, db, patients
from clinic.demo import family, seed
from clinic.models import Patient, PatientCase, Payer, RenderingProvider
from clinic.patients import ordering
from clinic.patients.benefits import Answers
from tests import factories
from tests.web.running import IN_A_BROWSER, SIDEWAYS, faults, serving, signed_in

pytestmark = IN_A_BROWSER


def _seed() -> tuple[str, dict[str, str]]:
    """The demo's house and family; the manager's cookie and every address by name."""
    with db.transaction() as session:
        seed.house(session)
        hurt = factories.make_patient(session, mrn="90001")
        twin = factories.make_patient(session, mrn="90002", first_name="Dan", city="Salem")
        factories.make_coverage(session, hurt, session.scalars(select(Payer)).first())
        provider = session.scalars(select(RenderingProvider)).first()
        visit = factories.make_appointment(session, hurt, provider, starts_at=clock.now() + timedelta(days=8))
        family.fill(session)
        child = session.scalars(select(Patient).where(Patient.first_name == "Mateo")).one()
        case = session.scalars(select(PatientCase)).one()
        assert visit.case_id == case.id
        order = ordering.ask(session, child, Answers(parents="together"), clock.today())
        patients.change(session, child, child.version, city="Salem")
        _, cookie = signed_in(session, "manager")
        base, cover = f"/patients/{child.public_id}", child.coverages[0].public_id
        addresses = {
            "record": base,
            "record-hurt": f"/patients/{hurt.public_id}",
            "pictures": f"{base}/pictures",
            "questions": f"{base}/order-of-benefits",
            "proposal": f"{base}/order-of-benefits/{order.public_id}",
            "coverage": f"{base}/coverages/{cover}",
            "replacement": f"{base}/coverages/{cover}/replacement",
            "case-new": f"{base}/cases/new",
            "case": f"/patients/{hurt.public_id}/cases/{case.public_id}",
            "household": f"{base}/household",
            "sibling": f"/patients/new?like={child.public_id}",
            "contacts": f"{base}/contacts",
            "preferences": f"{base}/preferences",
            "consents": f"/patients/{_mother(session).public_id}/consents",
            "consents-empty": f"{base}/consents",
            "history": f"{base}/history",
            "merge": f"/patients/{hurt.public_id}/merge",
            "merge-preview": f"/patients/{hurt.public_id}/merge?with={twin.public_id}",
            "edit": f"{base}/edit",
            "guarantor": f"{base}/guarantor",
            "payer": f"{base}/payer",
            "duplicates": "/patients/duplicates",
            "search": "/patients",
        }
    db.session.remove()
    return cookie, addresses


def _mother(session):
    return session.scalars(select(Patient).where(Patient.first_name == "Elena")).one()


def look_at(page: Page, name: str) -> list[str]:
    found = faults(page, name)
    if page.evaluate(SIDEWAYS):
        found.append(f"{name} scrolls sideways")
    return found


def test_every_screen_of_a_patient_is_free_of_axe_violations_in_light_and_dark(
    committed, config, tmp_path, open_window
):
    cookie, addresses = _seed()
    wrong = []
    with serving(replace(config, data_folder=tmp_path)) as base:
        page = open_window(cookie)
        for screen, address in addresses.items():
            page.goto(base + address)
            wrong += look_at(page, screen)
        page.goto(base + addresses["payer"])
        page.get_by_label("A new person").check()
        expect(page.get_by_label("First name").first).to_be_visible()
        page.goto(f"{base}/patients/new")
        expect(page.get_by_label("First name").first).to_be_focused()
        page.get_by_label("First name").first.fill("Mateo")
        page.get_by_label("Last name").first.fill("Alvarez Ruiz")
        page.get_by_label("Birth date").first.fill("06212018")
        page.locator("#look-alikes .likes li").first.wait_for()
        wrong += look_at(page, "look-alikes")
    assert wrong == []
