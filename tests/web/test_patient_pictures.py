"""Photo and cards on screen: taken or chosen, replaced, looked at on record."""

import io

import pytest
from sqlalchemy import select

from clinic.models import AuditEvent, PatientScan
from tests import factories
from tests.patients.test_scans import pdf, picture
from tests.web.patients_scene import count, patient, payer

__all__ = ["patient", "payer"]


@pytest.fixture
def coverage(session, patient, payer):
    return factories.make_coverage(session, patient, payer)


def sent(content, kind="card_front", coverage=None, field="file"):
    return {
        "kind": kind,
        "coverage": coverage.public_id if coverage else "",
        field: (io.BytesIO(content), "x.exe"),
    }


def url_of(patient):
    return f"/patients/{patient.public_id}/pictures"


@pytest.mark.parametrize("field", ["file", "camera"])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_card_is_kept_from_a_file_or_a_camera_and_shown(
    front_desk, session, patient, coverage, field, htmx
):
    status = 204 if htmx else 303
    front_desk.post(url_of(patient), sent(picture(), "card_front", coverage, field), htmx=htmx, status=status)
    page = front_desk.get(url_of(patient))
    src = page.select_one(".scan img")["src"]
    front_desk.get(src)
    answer = front_desk.response
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Disposition" not in answer.headers
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.patient_ids) == ("coverage.view", [patient.id])
    assert front_desk.get(f"/patients/{patient.public_id}").select_one("#pictures img")["src"] == src


def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    app, front_desk, session, patient, coverage, monkeypatch
):
    page = front_desk.post(url_of(patient), sent(b"<svg/>", "card_front", coverage), status=422)
    assert "no picture that can be read" in page.select_one("[data-errors]").text
    front_desk.post(url_of(patient), {"kind": "photo"}, status=422)
    for content, words in (
        (b"", "The file is empty."),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "Send it as JPEG or PDF."),
    ):
        page = front_desk.post(url_of(patient), sent(content, "card_front", coverage), status=422)
        assert words in page.select_one("[data-errors]").text
    front_desk.post(url_of(patient), sent(picture(), "passport"), status=422)
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 2000)
    page = front_desk.post(url_of(patient), sent(b"x" * 2000, "card_front", coverage), status=413)
    assert "larger than this page takes" in page.text
    assert count(session, PatientScan) == 0


def test_a_clinician_looks_and_keeps_nothing_and_an_administrator_does_not_look(
    clinician, admin, session, patient
):
    assert not clinician.get(url_of(patient)).select("form.scan-form")
    clinician.post(url_of(patient), sent(picture(), "photo"), status=403)
    admin.get(url_of(patient), status=403)
    assert count(session, PatientScan) == 0


def test_the_second_click_keeps_one_and_another_picture_takes_its_place(front_desk, session, patient):
    for colour in ("navy", "navy", "red"):
        front_desk.post(url_of(patient), sent(picture(colour=colour), "photo"), status=303)
    assert count(session, PatientScan) == 2
    page = front_desk.get(url_of(patient))
    assert len(page.select(".scan img")) == 1
    assert "replaced" in page.select_one(".error-list li").text


def test_a_pdf_is_handed_over_as_a_file_and_never_shown_in_the_page(front_desk, patient, coverage):
    front_desk.post(url_of(patient), sent(pdf(1), "card_back", coverage), status=303)
    page = front_desk.get(url_of(patient))
    assert not page.select(".scan img")
    front_desk.get(page.select_one(".scan a")["href"])
    assert front_desk.response.headers["Content-Disposition"] == 'attachment; filename="card_back.pdf"'


def test_the_picture_and_the_card_of_another_patient_are_not_found_t5(front_desk, session, patient):
    other = factories.make_patient(session)
    theirs = factories.make_coverage(session, other)
    front_desk.post(url_of(patient), sent(picture(), "card_front", theirs), status=404)
    front_desk.post(url_of(other), sent(picture(), "card_front", theirs), status=303)
    scan = session.scalars(select(PatientScan)).one()
    front_desk.get(f"{url_of(other)}/{scan.public_id}")
    front_desk.get(f"{url_of(patient)}/{scan.public_id}", status=404)


def test_other_screens_fetch_the_part_with_photo_and_cards(front_desk, patient, coverage):
    front_desk.post(url_of(patient), sent(picture(), "card_front", coverage), status=303)
    part = front_desk.get(f"{url_of(patient)}/card", htmx=True)
    assert part.select_one("#pictures figure figcaption").text.startswith("Meridian Health PPO, front")
