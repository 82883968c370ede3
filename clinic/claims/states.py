"""Where a claim can stand, in the words of the screen, and the one way to move it (C1).

A rejection (999, 277CA) is never a denial: the payer has no claim, so it is mended and sent again (C2).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from clinic import audit, clock
from clinic.claims.errors import WrongState
from clinic.models import Claim, ClaimEvent, StoredFile


class State(NamedTuple):
    """A state in words, with its tone."""

    label: str
    tone: str


STATES: dict[str, State] = {
    "draft": State("Draft", ""),
    "scrub_failed": State("Blocked", "danger"),
    "ready": State("Ready", "ok"),
    "held": State("Held", "warn"),
    "queued": State("In line to send", "info"),
    "transmitted": State("Sent", "info"),
    "accepted_by_ch": State("Received", "info"),
    "accepted_by_payer": State("Accepted by payer", "ok"),
    "pending": State("Pending at payer", "info"),
    "rejected_999": State("Rejected (999)", "danger"),
    "rejected_277CA": State("Rejected (277CA)", "danger"),
    "paid": State("Paid", "ok"),
    "partial": State("Paid in part", "warn"),
    "denied": State("Denied", "danger"),
    "zero_pay_pr": State("Patient owes all", "ok"),
    "secondary_to_send": State("Secondary to send", "warn"),
    "corrected": State("Replaced", ""),
    "voided": State("Voided", ""),
    "closed": State("Closed", ""),
}
UNSENT = frozenset({"draft", "scrub_failed", "ready", "held", "rejected_999", "rejected_277CA"})
REJECTED = frozenset({"rejected_999", "rejected_277CA"})
AT_PAYER = frozenset({"transmitted", "accepted_by_ch", "accepted_by_payer", "pending"})
ADJUDICATED = frozenset({"paid", "partial", "denied", "zero_pay_pr", "secondary_to_send"})

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ready": ("Ready", ("ready", "draft")),
    "blocked": ("Blocked", ("scrub_failed",)),
    "held": ("Held", ("held",)),
    "sent": ("Sent", ("queued", "transmitted", "accepted_by_ch", "accepted_by_payer", "pending")),
    "rejected": ("Rejected", ("rejected_999", "rejected_277CA")),
    "denied": ("Denied", ("denied",)),
    "paid": ("Paid", ("paid", "partial", "zero_pay_pr")),
    "secondary": ("Secondary to send", ("secondary_to_send",)),
    "closed": ("Closed", ("closed", "corrected", "voided")),
}
"""The tabs of the worklist: key → (words, states)."""


def move(
    session: Session,
    claim: Claim,
    to_state: str,
    kind: str,
    text: str,
    *,
    file: StoredFile | None = None,
    raw: str = "",
    details: Mapping[str, Any] | None = None,
    audited: bool = True,
) -> ClaimEvent:
    """Put a claim into a state (the same one for a mere note) and write its timeline, with the cause (C1).

    `audited` False is for steps of many claims, whose caller puts the whole step on record once; their rows are
    written together when the session is flushed.
    """
    if to_state not in STATES:
        raise ValueError(f"{to_state} is no state of a claim")
    before, claim.state = claim.state, to_state
    event = ClaimEvent(
        claim_id=claim.id,
        at=clock.now(),
        kind=kind,
        from_state=before,
        to_state=to_state,
        text=text,
        user_id=audit.actor().user_id,
        file_id=file.id if file else None,
        raw=raw,
        details=dict(details or {}),
    )
    session.add(event)
    if audited:
        session.flush()
        audit.record(
            session,
            f"claim.{kind}",
            patients=[claim.patient_id],
            subject=f"claim:{claim.control_number}",
            category="claim",
            changes={"state": [before, to_state]} if before != to_state else {},
        )
    return event


def must_be(claim: Claim, allowed: frozenset[str] | set[str], what: str) -> None:
    """Refuse a step that does not begin in the claim's state."""
    if claim.state not in allowed:
        label = STATES[claim.state].label.lower()
        raise WrongState(f"Claim {claim.control_number} cannot be {what}: it is {label}.")


def lock(session: Session, claim: Claim) -> Claim:
    """Hold the claim's row for the rest of the transaction and read it again: two clicks come one by one."""
    session.flush()
    session.refresh(claim, with_for_update={"of": Claim})
    return claim
