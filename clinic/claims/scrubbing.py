"""Scrub claims: findings beside the claim, and the state that follows (CL-1, C1)."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from clinic import scrub as edits
from clinic.claims import creation
from clinic.claims.code_tables import tables
from clinic.claims.drafting import LOADED, drafts_from
from clinic.claims.states import UNSENT, move, must_be
from clinic.models import Claim, ClaimFinding

# A hold is a person's decision and survives the scrub; a rejected claim becomes ready only when it is sent again.
RESCRUBBED = frozenset({"draft", "scrub_failed", "ready"})


def scrub(session: Session, claim: Claim) -> Sequence[edits.Finding]:
    """Run every edit over an unsent claim, keep what they say, and move it to ready or blocked.

    The first scrub settles whether the claim was clean first time (CL-1). Raises WrongState for a sent claim.
    """
    must_be(claim, UNSENT, "scrubbed")
    return scrub_all(session, [claim])[claim.id]


def rescrub(session: Session, claims: Iterable[Claim] | None = None) -> int:
    """Scrub unsent claims again after a rule, a code set or a set-up changed; None means all of them.

    Returns how many changed between ready and blocked.
    """
    query = select(Claim).where(Claim.state.in_(RESCRUBBED)).options(*LOADED).order_by(Claim.id)
    if claims is not None:
        query = query.where(Claim.id.in_([claim.id for claim in claims]))
    rows = list(session.scalars(query.with_for_update(of=Claim)))
    before = {claim.id: claim.state for claim in rows}
    scrub_all(session, rows)
    return sum(claim.state != before[claim.id] for claim in rows)


def scrub_all(
    session: Session, claims: Sequence[Claim], *, audited: bool = True
) -> dict[int, tuple[edits.Finding, ...]]:
    """Scrub claims in one run over the code tables; returns their findings by claim id."""
    if not claims:
        return {}
    for claim in claims:
        creation.refresh_lines(session, claim)
    session.flush()
    lookups = tables(session)
    drafts = drafts_from(session, claims)
    found = {claim.id: edits.run(drafts[claim.id], lookups) for claim in claims}
    session.execute(delete(ClaimFinding).where(ClaimFinding.claim_id.in_(list(found))))
    for claim in claims:
        _keep(session, claim, found[claim.id], audited=audited)
    return found


def _keep(session: Session, claim: Claim, findings: Sequence[edits.Finding], *, audited: bool) -> None:
    session.add_all(
        ClaimFinding(
            claim_id=claim.id,
            edit=finding.edit,
            severity=finding.severity.value,
            field=finding.field,
            line=finding.line,
            message=finding.message,
            fix=finding.fix,
        )
        for finding in findings
    )
    blocked = edits.blocks(findings)
    if claim.clean_first_time is None:
        claim.clean_first_time = not blocked
    state = _next_state(claim.state, blocked)
    counts = {
        severity.value: sum(finding.severity is severity for finding in findings)
        for severity in edits.Severity
    }
    stopping = [finding.edit for finding in findings if finding.severity is edits.Severity.BLOCK]
    text = f"Stopped by {', '.join(dict.fromkeys(stopping))}." if stopping else "No edit stops it."
    details = {"ruleset": edits.RULESET_VERSION, "counts": counts, "edits": stopping}
    first = claim.state == "draft"
    if state != claim.state or first:
        move(session, claim, state, "scrubbed", text, details=details, audited=audited)
    session.flush()
    session.expire(claim, ["findings"])


def _next_state(state: str, blocked: bool) -> str:
    if state in RESCRUBBED:
        return "scrub_failed" if blocked else "ready"
    return state
