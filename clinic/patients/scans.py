"""Photos and insurance cards: judged by their content, written anew without what a camera adds, kept sealed (T7, A12)."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageOps
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, files
from clinic.models import Coverage, Patient, PatientScan, StoredFile
from clinic.patients import changes
from clinic.patients.errors import FieldRefused

KINDS = {"photo": "Photo", "card_front": "Card, front", "card_back": "Card, back"}
LARGEST = 12 * 1024 * 1024
_MOST_PIXELS = 60_000_000
_EDGE = 1800
_MOST_PAGES = 4
JPEG, PDF = "image/jpeg", "application/pdf"
_HEIC = (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"hevc")


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept; `width` and `height` in pixels, 0 of a PDF."""

    content: bytes
    media_type: str
    width: int
    height: int


def read_picture(content: bytes) -> Picture:
    """A JPEG, PNG or WebP as a new upright JPEG without any of its metadata, a PDF as it came.

    What the file is called or says it is does not count. Raises FieldRefused.
    """
    if not content:
        raise FieldRefused("file", "Choose a picture, or take one.")
    if len(content) > LARGEST:
        raise FieldRefused("file", f"The file has more than {LARGEST // 1024**2} MB. Take a smaller picture.")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise FieldRefused("file", "This is a HEIC picture, as iPhones keep them. Send it as JPEG or PDF.")
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise FieldRefused("file", "The picture has too many pixels. Take a smaller one.")
            upright = ImageOps.exif_transpose(opened)
            flat = Image.new("RGB", upright.size, "white")
            with_alpha = upright.convert("RGBA")
            flat.paste(with_alpha, mask=with_alpha.getchannel("A"))
    except FieldRefused:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FieldRefused("file", "This is no picture that can be read: JPEG, PNG, WebP or PDF.") from error
    flat.thumbnail((_EDGE, _EDGE))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=85, optimize=True)
    return Picture(out.getvalue(), JPEG, flat.width, flat.height)


def add_scan(
    session: Session, patient: Patient, kind: str, content: bytes, *, coverage: Coverage | None = None
) -> PatientScan:
    """Keep a picture of a patient or of the card of one of his coverages; the one before it stays, as replaced.

    The same picture again (a second click) is the first one. Raises FieldRefused.
    """
    if kind not in KINDS:
        raise FieldRefused("kind", "Say what the picture shows.")
    if (kind == "photo") != (coverage is None):
        raise FieldRefused("coverage", "Choose whose card this is.")
    picture = read_picture(content)
    changes.reread(session, patient)
    standing = session.scalar(
        select(PatientScan)
        .where(
            PatientScan.patient_id == patient.id,
            PatientScan.kind == kind,
            PatientScan.coverage_id == (coverage.id if coverage else None),
            PatientScan.replaced_at.is_(None),
        )
        .options(joinedload(PatientScan.file))
    )
    if standing is not None:
        if standing.file.sha256 == hashlib.sha256(picture.content).hexdigest():
            return standing
        standing.replaced_at = clock.now()
    ending = "pdf" if picture.media_type == PDF else "jpg"
    file = files.store(
        session,
        picture.content,
        kind=kind,
        direction="made",
        name=f"{kind}.{ending}",
        media_type=picture.media_type,
    )
    scan = PatientScan(
        patient_id=patient.id,
        coverage_id=coverage.id if coverage else None,
        kind=kind,
        file_id=file.id,
        width=picture.width,
        height=picture.height,
        added_at=clock.now(),
        added_by=audit.actor().user_id,
    )
    session.add(scan)
    session.flush()
    audit.record(
        session,
        "picture.add",
        patients=[patient.id],
        subject=f"patient_scan:{scan.public_id}",
        category="coverage" if coverage else "demographics",
        changes={kind: ["an older one" if standing else None, "kept"]},
    )
    return scan


def scans_of(session: Session, patient_id: int) -> Sequence[PatientScan]:
    """Every picture of a patient, the newest first, with its file (not its bytes)."""
    return session.scalars(
        select(PatientScan)
        .where(PatientScan.patient_id == patient_id)
        .options(joinedload(PatientScan.file))
        .order_by(PatientScan.added_at.desc(), PatientScan.id.desc())
    ).all()


def standing(scans: Sequence[PatientScan]) -> dict[tuple[str, int | None], PatientScan]:
    """Of some pictures those that count now, by kind and coverage id (None for the photo)."""
    return {(each.kind, each.coverage_id): each for each in scans if each.replaced_at is None}


def card_scanned_at(session: Session, coverage_id: int) -> datetime | None:
    """When the front of a coverage's card was last scanned; None where it never was (A12)."""
    return session.scalar(
        select(PatientScan.added_at)
        .where(PatientScan.coverage_id == coverage_id, PatientScan.kind == "card_front")
        .order_by(PatientScan.added_at.desc())
        .limit(1)
    )


def bytes_of(scan: PatientScan) -> tuple[bytes, str]:
    """The picture itself and its media type."""
    file: StoredFile = scan.file
    return file.content(), file.media_type


def _pdf(content: bytes) -> Picture:
    try:
        pages = len(PdfReader(io.BytesIO(content)).pages)
    except (PyPdfError, ValueError, KeyError, RecursionError, OSError) as error:
        raise FieldRefused("file", "This PDF cannot be read. Take a picture instead.") from error
    if not 1 <= pages <= _MOST_PAGES:
        raise FieldRefused("file", f"A card has one or two sides; this PDF has {pages} pages.")
    return Picture(content, PDF, 0, 0)
