"""Pictures are judged by what is in them, lose what a camera adds, and lie sealed (T7, A12)."""

import io

import pytest
from PIL import Image
from pypdf import PdfWriter
from sqlalchemy import text

from clinic import patients
from clinic.models import PatientScan
from clinic.patients import FieldRefused, scans
from tests import factories


def picture(kind="JPEG", size=(300, 200), colour="navy", **how) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **how)
    return out.getvalue()


def pdf(pages: int) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 120)
    writer.write(out)
    return out.getvalue()


def with_place_and_turn() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "A camera of somebody"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif)


def test_a_picture_is_turned_upright_and_keeps_nothing_of_the_camera():
    read = scans.read_picture(with_place_and_turn())
    kept = Image.open(io.BytesIO(read.content))
    assert (read.width, read.height) == kept.size == (200, 300)
    assert not kept.getexif()
    assert b"camera" not in read.content


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_each_kind_of_picture_becomes_a_jpeg_of_a_bounded_size(kind):
    read = scans.read_picture(picture(kind, (4000, 1000)))
    assert read.media_type == "image/jpeg"
    assert (read.width, read.height) == (1800, 450)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + bytes(40),
        b"%PDF-1.7 and nothing",
        picture()[:200],
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        b"MZ" + bytes(200),
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(content):
    with pytest.raises(FieldRefused) as refused:
        scans.read_picture(content)
    assert refused.value.field == "file"


def test_too_large_and_too_many_pixels_are_refused_before_they_are_unpacked(monkeypatch):
    with pytest.raises(FieldRefused, match="12 MB"):
        scans.read_picture(bytes(scans.LARGEST + 1))
    monkeypatch.setattr(scans, "_MOST_PIXELS", 1000)
    with pytest.raises(FieldRefused, match="too many pixels"):
        scans.read_picture(picture())


def test_a_pdf_of_a_card_is_kept_as_it_came_and_a_book_is_refused():
    assert scans.read_picture(pdf(2)).media_type == "application/pdf"
    with pytest.raises(FieldRefused, match="5 pages"):
        scans.read_picture(pdf(5))


def test_a_card_replaces_the_one_before_which_stays_and_the_second_click_adds_nothing(session):
    coverage = factories.make_coverage(session, patient := factories.make_patient(session))
    first = patients.add_scan(session, patient, "card_front", picture(), coverage=coverage)
    assert patients.add_scan(session, patient, "card_front", picture(), coverage=coverage) is first
    assert patients.card_scanned_at(session, coverage.id) == first.added_at
    second = patients.add_scan(session, patient, "card_front", picture(colour="red"), coverage=coverage)
    patients.add_scan(session, patient, "photo", picture(colour="green"))
    everything = scans.scans_of(session, patient.id)
    assert len(everything) == 3
    assert first.replaced_at
    assert set(scans.standing(everything)) == {("card_front", coverage.id), ("photo", None)}
    assert scans.standing(everything)["card_front", coverage.id] is second


def test_a_card_needs_a_coverage_and_a_photo_has_none(session):
    coverage = factories.make_coverage(session, patient := factories.make_patient(session))
    for kind, of in (("card_front", None), ("photo", coverage), ("passport", coverage)):
        with pytest.raises(FieldRefused):
            patients.add_scan(session, patient, kind, picture(), coverage=of)
    assert session.query(PatientScan).count() == 0


def test_the_bytes_lie_sealed_in_the_database(session):
    patient = factories.make_patient(session)
    scan = patients.add_scan(session, patient, "photo", picture())
    stored = session.execute(
        text("SELECT content_sealed FROM stored_file WHERE id = :id"), {"id": scan.file_id}
    ).scalar_one()
    content, media_type = scans.bytes_of(scan)
    assert content.startswith(b"\xff\xd8")
    assert media_type == "image/jpeg"
    assert content[:32] not in bytes(stored)
