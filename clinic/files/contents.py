"""What an X12 file holds, noted when it is stored: its bytes are sealed, and it must be found by its numbers."""

from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.orm import Session

from clinic import x12
from clinic.models import FileKey, StoredFile

# The sums of a hostile file may be of any size; no column has to hold what no check can be.
_MOST = Decimal(10) ** 13
_CENT = Decimal("0.01")


def note(session: Session, file: StoredFile, content: bytes) -> None:
    """Counts, money and numbers of a file beside its row; what is no X12 has none."""
    try:
        found = x12.summarize(content)
    except x12.X12Error:
        return
    envelope = found.envelope
    file.control_number = f"{envelope.control_number:09d}" if envelope else ""
    file.payer_name = _clean(", ".join(found.payers[:3]))[:200]
    file.set_count, file.claim_count = found.sets, found.claims
    if found.amount is not None:
        file.balances = found.balances
        if abs(found.amount) < _MOST and found.amount == found.amount.quantize(_CENT):
            file.amount = found.amount
    # A NUL cannot stand in a column, and no number has one.
    rows = {(kind, _clean(value)) for kind, value in found.keys}
    if rows:
        session.execute(
            insert(FileKey),
            [{"file_id": file.id, "kind": kind, "value": value} for kind, value in sorted(rows) if value],
        )
    session.flush()


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
