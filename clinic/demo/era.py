"""`clinic era import FILE`: an 835 taken in as if it had been fetched, and one sentence per transaction set."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from clinic import audit, db, files, remittances
from clinic.formats import usd
from clinic.models import ClaimPayment, Remittance, StoredFile

OUTCOMES = {
    "out_of_balance": "out of balance",
    "needs_review": "needs a check number",
    "reversed": "taken back",
}


def take_in(path: Path) -> Iterator[dict[str, Any]]:
    """Store a file, take it in, and say for each of its sets how it ended.

    Yields dicts with `path`, `set` (from 1; 0 is the file itself), `outcome` (posted, unmatched, out of balance,
    needs a check number, duplicate, conflict, unreadable), `state`, `words` and `remittance` (our public id).
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        yield _said(path, 0, "unreadable", f"cannot be opened: {error.strerror}")
        return
    with audit.acting_as(audit.Actor(None, "clinic era import")), db.transaction() as session:
        file = files.store(session, content, kind="835", direction="in", name=path.name)
        made = remittances.take_in(session, file)
        found = [_outcome(session, path, each) for each in made]
        if not made:
            found = [_unreadable(path, file)]
    yield from found


def _unreadable(path: Path, file: StoredFile) -> dict[str, Any]:
    if file.state == "duplicate":
        return _said(path, 0, "duplicate", f"{file.reason} Nothing was posted.")
    return _said(path, 0, "unreadable", f"{file.reason} It is kept for inspection, nothing was posted.")


def _outcome(session: Any, path: Path, remittance: Remittance) -> dict[str, Any]:
    outcome = OUTCOMES.get(remittance.state, remittance.state)
    proof = _proof_words(remittance)
    if remittance.state == "posted":
        counts = dict(
            session.execute(
                select(ClaimPayment.state, func.count())
                .where(ClaimPayment.remittance_id == remittance.id)
                .group_by(ClaimPayment.state)
            ).all()
        )
        waiting = counts.get("unmatched", 0)
        placed = sum(counts.values()) - waiting
        if waiting:
            outcome = "unmatched"
        words = f"{placed} of {sum(counts.values())} claims posted, {waiting} unmatched; {proof}"
    elif remittance.state in ("conflict", "needs_review"):
        words = f"{remittance.reason} {proof} Nothing was posted."
    elif remittance.state == "out_of_balance":
        more = len(remittance.proofs["failures"]) - 1
        words = remittance.reason + (f" {more} more sums differ." if more else "") + " Nothing was posted."
    else:
        words = f"{remittance.reason} Nothing was posted."
    said = _said(path, remittance.set_index + 1, outcome, words)
    return said | {"state": remittance.state, "remittance": remittance.public_id}


def _proof_words(remittance: Remittance) -> str:
    proofs = remittance.proofs
    line, claim, check = proofs["line"], proofs["claim"], proofs["check"]
    verdict = "it balances" if not proofs["failures"] else "it does not balance"
    return (
        f"{verdict}: lines {line['held']} of {line['count']}, claims {claim['held']} of {claim['count']}, "
        f"claims {_usd(check['claims'])} less provider level {_usd(check['provider'])} = {_usd(check['found'])}."
    )


def _usd(amount: str) -> str:
    return usd(Decimal(amount))


def _said(path: Path, place: int, outcome: str, words: str) -> dict[str, Any]:
    where = f"{path}, set {place}" if place else str(path)
    return {
        "path": str(path),
        "set": place,
        "outcome": outcome,
        "state": outcome,
        "words": f"{where}: {outcome}: {words}",
        "remittance": None,
    }
