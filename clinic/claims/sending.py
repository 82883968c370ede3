"""Claims go out: queued, built into one 837P for each payer, handed to the transport (C2, C6, C13, design 5).

One bad claim never stops a batch: what cannot go stays behind with its reason, and the rest is sent.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clearinghouse, clock, files, queue, x12
from clinic import scrub as edits
from clinic.claims import wire
from clinic.claims.creation import next_number
from clinic.claims.drafting import LOADED, practice_of
from clinic.claims.errors import Unwritable
from clinic.claims.scrubbing import scrub_all
from clinic.claims.states import REJECTED, STATES, lock, move, must_be
from clinic.models import (
    Authorization,
    Claim,
    ClaimFinding,
    Payer,
    Practice,
    StoredFile,
    Submission,
    SubmittedClaim,
)

PER_SET = 100
"""Claims in one ST: a 999 that refuses a set refuses all of it, so sets are kept small (C2)."""


class Left(NamedTuple):
    """A claim that was not sent, and why."""

    claim: Claim
    reason: str


class SendResult(NamedTuple):
    """What went into line and what stayed."""

    sent: list[Claim]
    left: list[Left]

    @property
    def amount(self) -> Decimal:
        return sum((claim.amount_billed for claim in self.sent), Decimal("0.00"))


def submit(session: Session, claims: Iterable[Claim]) -> SendResult:
    """Put the ready ones of these claims in line, one submission for each payer, and ask for its file.

    They are scrubbed once more: a coverage may have ended since. Whoever presses second finds nothing ready.
    """
    ids = [claim.id for claim in claims]
    query = select(Claim).where(Claim.id.in_(ids)).options(*LOADED).order_by(Claim.id)
    # Somebody may have sent them a moment ago: read again under the lock.
    rows = list(session.scalars(query.with_for_update(of=Claim).execution_options(populate_existing=True)))
    left = [Left(claim, STATES[claim.state].label) for claim in rows if claim.state not in ("ready", "draft")]
    open_ones = [claim for claim in rows if claim.state in ("ready", "draft")]
    scrub_all(session, open_ones, audited=False)
    left += [Left(claim, "Blocked by an edit") for claim in open_ones if claim.state != "ready"]
    going = [claim for claim in open_ones if claim.state == "ready"]
    by_payer: dict[int, list[Claim]] = defaultdict(list)
    for claim in going:
        by_payer[claim.payer_id].append(claim)
    for of_payer in by_payer.values():
        _line_up(session, of_payer)
    return SendResult(going, left)


def resend(session: Session, claim: Claim) -> SendResult:
    """Send a rejected claim again after it was mended, with the frequency it had: a 7 keeps its F8 (C2).

    One that is in line already is left there: the second click finds what the first one did.
    """
    lock(session, claim)
    if claim.state == "queued":
        return SendResult([claim], [])
    must_be(claim, REJECTED, "sent again")
    move(session, claim, "ready", "mended", "To be sent again, with the frequency it had.")
    return submit(session, [claim])


def build(session: Session, submission_id: int) -> None:
    """Write the 837P of a submission, keep its bytes and ask for the delivery. Done once (job).

    A claim that can no longer go, or cannot be written, goes back to be mended and the others are sent.
    """
    submission = session.get_one(Submission, submission_id, with_for_update=True)
    if submission.state != "building":
        return
    entries = list(
        session.scalars(
            select(SubmittedClaim)
            .where(SubmittedClaim.submission_id == submission.id)
            .order_by(SubmittedClaim.id)
        )
    )
    query = select(Claim).where(Claim.id.in_([entry.claim_id for entry in entries])).options(*LOADED)
    claims = {claim.id: claim for claim in session.scalars(query)}
    practice = practice_of(session)
    written = _write_each(session, practice, entries, claims)
    if not written:
        submission.state = "empty"
        return
    payer = next(iter(claims.values())).payer
    content = x12.write_837p(
        _envelope(practice, payer, submission), _batches(practice, payer, submission, written)
    )
    file = files.store(
        session,
        content,
        kind="837P",
        direction="out",
        name=clearinghouse.file_name(content),
        partner=submission.partner,
    )
    submission.file_id, submission.file_name = file.id, file.name
    submission.state = "built"
    submission.claim_count = len(written)
    submission.amount = sum((claim.amount_billed for _, claim in written), Decimal("0.00"))
    queue.add(session, "jobs.claims.send", submission.id, key=f"claims-send-{submission.id}")


def send(session: Session, submission_id: int) -> None:
    """Deliver a built file and move its claims to *sent*. Safe to repeat after a crash at any point (job).

    Raises clearinghouse.DeliveryError when the other side cannot be reached; the job tries again.
    """
    submission = session.get_one(Submission, submission_id, with_for_update=True)
    if submission.state != "built":
        return
    file = session.get_one(StoredFile, submission.file_id)
    submission.file_name = clearinghouse.send_file(session, file)
    submission.state, submission.sent_at = "sent", clock.now()
    raw = {each.control_number: each.raw for batch in x12.read_837p(file.content()) for each in batch.claims}
    pairs = session.execute(
        select(SubmittedClaim, Claim)
        .join(Claim, Claim.id == SubmittedClaim.claim_id)
        .where(SubmittedClaim.submission_id == submission.id, Claim.state == "queued")
        .with_for_update(of=Claim)
    ).all()
    for entry, claim in pairs:
        claim.first_sent_at = claim.first_sent_at or submission.sent_at
        lines = raw.get(entry.control_number, "").count("LX*")
        move(
            session,
            claim,
            "transmitted",
            "sent",
            f"837P, file {submission.interchange_number:09d}, frequency {entry.frequency}, {_count(lines, 'line')}.",
            file=file,
            raw=raw.get(entry.control_number, ""),
            details={
                "submission": submission.public_id,
                "ruleset": entry.ruleset,
                "clm01": entry.control_number,
            },
            audited=False,
        )
    audit.record(
        session,
        "claim.sent",
        patients=[claim.patient_id for _, claim in pairs],
        subject=f"submission:{submission.interchange_number:09d}",
        category="claim",
        changes={"claims": len(pairs), "amount": str(submission.amount)},
    )


def _line_up(session: Session, claims: Sequence[Claim]) -> None:
    payer = claims[0].payer
    number = next_number(session, payer.edi_id, "isa")
    submission = Submission(
        partner=payer.edi_id,
        interchange_number=number,
        group_number=number,
        claim_count=len(claims),
        amount=sum((claim.amount_billed for claim in claims), Decimal("0.00")),
        created_by=audit.actor().user_id,
        created_at=clock.now(),
    )
    session.add(submission)
    session.flush()
    sent_before = _times_sent(session, claims)
    for place, claim in enumerate(claims):
        times = sent_before.get(claim.id, 0)
        entry = SubmittedClaim(
            submission_id=submission.id,
            claim_id=claim.id,
            set_number=f"{place // PER_SET + 1:04d}",
            control_number=claim.control_number + (f"-{times + 1}" if times else ""),
            frequency=claim.frequency,
            ruleset=edits.RULESET_VERSION,
        )
        session.add(entry)
        move(session, claim, "queued", "queued", f"In line for file {number:09d}.", audited=False)
    audit.record(
        session,
        "claim.queued",
        patients=[claim.patient_id for claim in claims],
        subject=f"submission:{number:09d}",
        category="claim",
        changes={"claims": len(claims)},
    )
    queue.add(session, "jobs.claims.build", submission.id, key=f"claims-build-{submission.id}")


def _times_sent(session: Session, claims: Sequence[Claim]) -> dict[int, int]:
    query = (
        select(SubmittedClaim.claim_id, func.count())
        .where(SubmittedClaim.claim_id.in_([claim.id for claim in claims]))
        .group_by(SubmittedClaim.claim_id)
    )
    return {claim_id: int(count) for claim_id, count in session.execute(query)}


def _write_each(
    session: Session, practice: Practice, entries: Sequence[SubmittedClaim], claims: dict[int, Claim]
) -> list[tuple[SubmittedClaim, Claim]]:
    """The entries whose claims are still in line and can be written; the others are taken out with their reason."""
    good = []
    for entry in entries:
        claim = claims[entry.claim_id]
        if claim.state != "queued":
            session.delete(entry)
            continue
        try:
            _try(claim_for(session, claim, practice, entry.control_number))
        except Unwritable as error:
            session.delete(entry)
            session.add(
                ClaimFinding(
                    claim_id=claim.id,
                    edit="X12",
                    severity=edits.Severity.BLOCK.value,
                    field="lines",
                    line=None,
                    message=str(error),
                    fix="Mend the charge slip.",
                )
            )
            move(session, claim, "scrub_failed", "unwritable", str(error))
            continue
        good.append((entry, claim))
    session.flush()
    return good


def _try(claim: x12.Claim) -> None:
    """Write one claim by itself, so that its fault cannot stop the others."""
    envelope = x12.Envelope(sender_id="TRY", receiver_id="TRY", control_number=1, created_at=clock.now())
    partner = x12.TradingPartner(name="TRY", id="TRY")
    batch = x12.ClaimBatch(
        control_number="0001",
        reference="TRY",
        created_at=clock.now(),
        submitter=partner,
        receiver=partner,
        claims=(claim,),
    )
    try:
        x12.write_837p(envelope, [batch])
    except ValueError as error:
        raise Unwritable(f"The claim cannot be written: {error}.") from error


def claim_for(session: Session, claim: Claim, practice: Practice, control_number: str) -> x12.Claim:
    """The claim as it would go out now, under a CLM01."""
    authorization = session.get(Authorization, claim.authorization_id) if claim.authorization_id else None
    replaced = session.get(Claim, claim.replaces_id) if claim.replaces_id else None
    return wire.claim_of(
        claim,
        practice,
        control_number=control_number,
        # The payer reads an approval in REF*G1 and a referral in REF*9F.
        authorization=authorization.number if authorization and authorization.kind != "referral" else "",
        referral=authorization.number if authorization and authorization.kind == "referral" else "",
        replaces_number=replaced.payer_claim_number if replaced else "",
    )


def _envelope(practice: Practice, payer: Payer, submission: Submission) -> x12.Envelope:
    return x12.Envelope(
        sender_id=practice.edi_sender_id,
        receiver_id=payer.edi_id,
        control_number=submission.interchange_number,
        group_control_number=submission.group_number,
        created_at=clock.local(clock.now()).replace(tzinfo=None),
        usage=clearinghouse.usage(),
        acknowledgment_requested=True,
    )


def _batches(
    practice: Practice, payer: Payer, submission: Submission, written: Sequence[tuple[SubmittedClaim, Claim]]
) -> list[x12.ClaimBatch]:
    """One set for each set number; BHT03 names file and set, for a 277CA repeats it (C2)."""
    sets: dict[str, list[x12.Claim]] = defaultdict(list)
    session = Session.object_session(submission)
    if session is None:
        raise RuntimeError("the submission is not in a session")
    # Neighbours with one subscriber share their loops.
    for entry, claim in sorted(
        written, key=lambda pair: (pair[0].set_number, pair[1].patient_id, pair[0].id)
    ):
        sets[entry.set_number].append(claim_for(session, claim, practice, entry.control_number))
    return [
        x12.ClaimBatch(
            control_number=number,
            reference=batch_reference(submission, number),
            created_at=clock.local(clock.now()).replace(tzinfo=None),
            submitter=wire.submitter(practice),
            receiver=wire.receiver(payer),
            claims=tuple(claims),
        )
        for number, claims in sets.items()
    ]


def batch_reference(submission: Submission, set_number: str) -> str:
    """BHT03: "000004182-0001"."""
    return f"{submission.interchange_number:09d}-{set_number}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
