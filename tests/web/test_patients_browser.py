"""Every screen of a patient in a real browser, with the demo's family: axe in light and dark, nothing sideways."""

import os
import shutil
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from clinic import clock, db, patients
from clinic.access import sessions
from clinic.app import create_app
from clinic.demo import family, seed
from clinic.models import Patient, PatientCase, Payer, RenderingProvider
from clinic.patients import ordering
from clinic.patients.benefits import Answers
from clinic.web.sessions import COOKIE
from tests import factories

CHROMIUM = shutil.which("chromium")
SHOTS = os.environ.get("SHOTS", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
DESK = {"width": 1440, "height": 900}


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
        user = factories.make_user(session, "manager")
        data = {"_user_id": str(user.id), "_fresh": True}
        cookie = sessions.create(session, data, user.id, "127.0.0.1")
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
            "search": "/patients",
        }
    db.session.remove()
    return cookie, addresses


def _mother(session):
    return session.scalars(select(Patient).where(Patient.first_name == "Elena")).one()


def look_at(page: Page, name: str) -> list[str]:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")
    found = [
        f"{name}: {each['id']}: {each['nodes'][0]['html'][:160]}"
        for each in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{name} scrolls sideways")
    return found


def test_every_screen_of_a_patient_is_free_of_axe_violations_in_light_and_dark(committed, config, tmp_path):
    app = None
    server = make_server("127.0.0.1", 0, lambda *call: app(*call), threaded=True)
    base = f"http://localhost:{server.server_port}"
    app = create_app(replace(config, base_url=base, data_folder=tmp_path), testing=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    cookie, addresses = _seed()
    wrong = []
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = browser.new_context(viewport=DESK)
            secure = base.replace("http:", "https:")
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": secure, "secure": True}])
            page = context.new_page()
            for screen, address in addresses.items():
                page.goto(base + address)
                page.locator("h1").wait_for()
                page.wait_for_load_state("networkidle")
                for theme in ("light", "dark"):
                    page.evaluate(f"document.documentElement.dataset.bsTheme = '{theme}'")
                    wrong += look_at(page, f"{screen}-{theme}")
            page.goto(f"{base}/patients/new")
            page.get_by_label("First name").first.fill("Mateo")
            page.get_by_label("Last name").first.fill("Alvarez Ruiz")
            page.get_by_label("Birth date").first.fill("06212018")
            page.locator("#look-alikes .likes li").first.wait_for()
            for theme in ("light", "dark"):
                page.evaluate(f"document.documentElement.dataset.bsTheme = '{theme}'")
                wrong += look_at(page, f"look-alikes-{theme}")
            browser.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert wrong == []
