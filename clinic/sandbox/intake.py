"""An 837P taken in: TA1 and 999 from the file's form, 277CA from what the payer knows (C1, C2)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, x12
from clinic.sandbox import instructions
from clinic.sandbox.enrolment import find_member
from clinic.sandbox.mailbox import answer, next_number, partner_of, reply_envelope
from clinic.sandbox.received import freeze
from clinic.sandbox.tables import SandboxClaim, SandboxInstruction, SandboxMember, SandboxPayer

ACCEPTED = x12.StatusCode(category="A2", code="20", entity="PR")
RECEIVED = x12.StatusCode(category="A1", code="19", entity="PR")
WRONG_PAYER = x12.StatusCode(category="A3", code="116")
UNKNOWN_MEMBER = x12.StatusCode(category="A3", code="33", entity="IL")
NOT_COVERED = x12.StatusCode(category="A3", code="109", entity="IL")
NO_ORIGINAL = x12.StatusCode(category="A7", code="464")
# The window over which a seed spreads the days on which claims are paid.
SPREAD_DAYS = 4


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the payer says about one arriving claim; no `status` is silence."""

    batch: x12.ClaimBatch
    claim: x12.Claim
    status: x12.StatusCode | None
    payer_claim_number: str = ""
    message: str = ""


def take_in(session: Session, content: bytes) -> str:
    """Read an 837P and write its answers; returns a note of what was done. Raises x12.X12Error.

    A file that is not marked as a test is refused as a whole: production claims have no place here (Z1).
    """
    interchange = x12.read_interchanges(content)[0]
    partner = partner_of(interchange.envelope)
    if interchange.envelope.usage != "T":
        return _refuse_production(session, interchange.envelope, partner)
    read = x12.acknowledge(content, reply_envelope(session, partner))
    _write_ta1(session, partner, read.interchanges)
    if not read.ta1.accepted:
        return "TA1 rejected"
    batches = x12.read_837p(content)
    told = _instructions(session, batches)
    groups = [_with_instructions(group, batches, told) for group in read.groups]
    envelope = reply_envelope(session, partner)
    answer(session, envelope, "999", x12.write_999(envelope, groups))
    taken = {item.control_number for group in groups for item in group.sets if item.accepted}
    verdicts = [
        _decide(session, batch, claim, told.get(claim.control_number), partner)
        for batch in batches
        if batch.control_number in taken
        for claim in batch.claims
    ]
    _write_277ca(session, partner, verdicts)
    accepted = sum(1 for verdict in verdicts if verdict.status == ACCEPTED)
    return f"{accepted} of {sum(len(batch.claims) for batch in batches)} claims accepted"


def _refuse_production(session: Session, envelope: x12.Envelope, partner: dict[str, str]) -> str:
    refusal = x12.InterchangeAcknowledgment(
        control_number=envelope.control_number, sent_at=envelope.created_at, code="R", note="020"
    )
    _write_ta1(session, partner, [refusal])
    return "refused: not marked as a test"


def _write_ta1(
    session: Session, partner: dict[str, str], acknowledgments: Iterable[x12.InterchangeAcknowledgment]
) -> None:
    envelope = reply_envelope(session, partner)
    answer(session, envelope, "TA1", x12.write_ta1(envelope, acknowledgments))


def _instructions(session: Session, batches: tuple[x12.ClaimBatch, ...]) -> dict[str, SandboxInstruction]:
    """What a trainer said about the claims of this file, by control number; each instruction is used up."""
    told = {}
    for batch in batches:
        for claim in batch.claims:
            row = instructions.for_arriving(session, claim.payer.id, claim.control_number)
            if row is not None:
                told[claim.control_number] = row
    return told


def _with_instructions(
    group: x12.Acknowledgment999, batches: tuple[x12.ClaimBatch, ...], told: dict[str, SandboxInstruction]
) -> x12.Acknowledgment999:
    """The 999 as found, or with the sets rejected that hold a claim which is to be rejected so."""
    faults = {}
    for batch in batches:
        for claim in batch.claims:
            row = told.get(claim.control_number)
            if row is not None and row.action == "reject_999":
                faults[batch.control_number] = x12.SegmentError(
                    segment="CLM",
                    set_position=claim.position - batch.position + 1,
                    loop="2300",
                    code="8",
                    business_unit=("CLM01", claim.control_number),
                    elements=(x12.ElementError(element=5, component=1, code="7", value="ZZ"),),
                )
    if not faults:
        return group
    sets = tuple(
        replace(item, code="R", errors=(*item.errors, faults[item.control_number]), syntax_codes=("5",))
        if item.control_number in faults
        else item
        for item in group.sets
    )
    accepted = sum(1 for item in sets if item.accepted)
    code = "R" if not accepted else "P" if accepted < len(sets) else group.code
    return replace(group, sets=sets, sets_accepted=accepted, code=code)


def _decide(
    session: Session,
    batch: x12.ClaimBatch,
    claim: x12.Claim,
    told: SandboxInstruction | None,
    partner: dict[str, str],
) -> _Verdict:
    """Accept a claim into the payer's books, or say why not."""
    payer = session.get(SandboxPayer, claim.payer.id)
    if payer is None:
        return _Verdict(batch, claim, WRONG_PAYER, message="No such payer")
    service_on = min((line.service_from for line in claim.lines if line.service_from), default=clock.today())
    member, fault = _member(session, claim)
    status = ACCEPTED
    if told is not None and told.action == "reject_277CA":
        status = x12.StatusCode(category="A7", code=told.reason_code or "21")
    elif member is None:
        status = UNKNOWN_MEMBER
    elif not member.covers(service_on):
        status = NOT_COVERED
    elif claim.frequency in ("7", "8") and _original(session, claim) is None:
        status = NO_ORIGINAL
    silent = payer.mode == "silent" or (told is not None and told.action == "silent")
    number = ""
    if status == ACCEPTED and member is not None:
        number = _keep(session, claim, member, service_on, told, partner, silent)
    return _Verdict(batch, claim, None if silent else status, number, fault and f"AAA {fault}")


def _member(session: Session, claim: x12.Claim) -> tuple[SandboxMember | None, str]:
    patient = claim.patient or claim.subscriber
    return find_member(
        session, claim.payer.id, claim.subscriber.member_id, patient.first_name, patient.birth_date
    )


def _original(session: Session, claim: x12.Claim) -> SandboxClaim | None:
    """The claim that a replacement or void names in REF*F8, while it is open (C4)."""
    return session.scalar(
        select(SandboxClaim).where(
            SandboxClaim.edi_id == claim.payer.id,
            SandboxClaim.payer_claim_number == claim.payer_control_number,
            SandboxClaim.state.in_(("accepted", "paid", "reversed")),
        )
    )


def _keep(
    session: Session,
    claim: x12.Claim,
    member: SandboxMember,
    service_on: date,
    told: SandboxInstruction | None,
    partner: dict[str, str],
    silent: bool,
) -> str:
    """Write the claim into the payer's books; answers the payer's own number of it."""
    today = clock.today()
    number = f"{claim.payer.id}{today:%y}{next_number(session, claim.payer.id, 'claim'):06d}"
    row = SandboxClaim(
        edi_id=claim.payer.id,
        control_number=claim.control_number,
        payer_claim_number=number,
        frequency=claim.frequency,
        replaces=claim.payer_control_number if claim.frequency in ("7", "8") else "",
        member_id=member.id,
        instruction_id=told.id if told is not None else None,
        received_on=today,
        service_on=service_on,
        pay_on=today + timedelta(days=member.plan.days_to_pay + seed_of(claim.control_number) % SPREAD_DAYS),
        amount_billed=claim.amount_billed,
        state="silent" if silent else "accepted",
        content=freeze(claim, partner),
        decision={},
    )
    session.add(row)
    original = _original(session, claim) if row.replaces else None
    if original is not None and original.state == "accepted":
        # Nothing was paid on it yet, so there is nothing to take back.
        original.state = "voided" if claim.frequency == "8" else "replaced"
        if claim.frequency == "8":
            row.state = "voided"
    session.flush()
    return number


def seed_of(control_number: str) -> int:
    """The claim's own chance: the same number behaves the same on every machine and day."""
    return int.from_bytes(hashlib.sha256(control_number.encode()).digest()[:4], "big")


def _write_277ca(session: Session, partner: dict[str, str], verdicts: list[_Verdict]) -> None:
    """One set for each payer and batch that has something to say."""
    by_source: dict[tuple[str, str], list[_Verdict]] = {}
    for verdict in verdicts:
        if verdict.status is not None:
            by_source.setdefault((verdict.claim.payer.id, verdict.batch.control_number), []).append(verdict)
    if not by_source:
        return
    envelope = reply_envelope(session, partner)
    sets = [
        _acknowledgment(session, f"{number:04d}", envelope, group)
        for number, group in enumerate(by_source.values(), 1)
    ]
    answer(session, envelope, "277CA", x12.write_277ca(envelope, sets))


def _acknowledgment(
    session: Session, control_number: str, envelope: x12.Envelope, verdicts: list[_Verdict]
) -> x12.ClaimAcknowledgment:
    batch, payer_id = verdicts[0].batch, verdicts[0].claim.payer.id
    payer = session.get(SandboxPayer, payer_id)
    today = clock.today()
    by_provider: dict[str, list[_Verdict]] = {}
    for verdict in verdicts:
        by_provider.setdefault(verdict.claim.billing_provider.npi, []).append(verdict)
    return x12.ClaimAcknowledgment(
        control_number=control_number,
        reference=f"{next_number(session, payer_id, 'acknowledgment'):08d}",
        source=x12.Payer(name=payer.name if payer else verdicts[0].claim.payer.name, id=payer_id),
        # Where no payer knows the number, it is the clearinghouse that speaks.
        source_role="PR" if payer else "AY",
        source_trace=f"{envelope.control_number:09d}-{control_number}",
        received_on=today,
        processed_on=today,
        receiver=x12.Provider(
            last_name=batch.submitter.name, other_id_kind="46", other_id=batch.submitter.id
        ),
        batch_reference=batch.reference,
        statuses=(x12.Status(codes=(RECEIVED,), effective_on=today, action="WQ", amount=_total(verdicts)),),
        tally=_tally(verdicts),
        providers=tuple(
            x12.ProviderAcknowledgment(
                provider=group[0].claim.billing_provider, claims=tuple(_claim(item, today) for item in group)
            )
            for group in by_provider.values()
        ),
        created_at=envelope.created_at,
    )


def _claim(verdict: _Verdict, today: date) -> x12.ClaimStatus:
    claim = verdict.claim
    status = verdict.status or ACCEPTED
    patient = claim.patient or claim.subscriber
    days = [line.service_from for line in claim.lines if line.service_from]
    return x12.ClaimStatus(
        control_number=claim.control_number,
        statuses=(
            x12.Status(
                codes=(status,),
                effective_on=today,
                action="WQ" if status == ACCEPTED else "U",
                amount=claim.amount_billed,
                message=verdict.message if status != ACCEPTED else "",
            ),
        ),
        patient=replace(patient, member_id=claim.subscriber.member_id, address=None),
        payer_control_number=verdict.payer_claim_number,
        service_from=min(days) if days else None,
        service_to=max(days) if days and max(days) != min(days) else None,
    )


def _tally(verdicts: list[_Verdict]) -> x12.Tally:
    accepted = [verdict for verdict in verdicts if verdict.status == ACCEPTED]
    rejected = [verdict for verdict in verdicts if verdict.status != ACCEPTED]
    return x12.Tally(
        accepted=len(accepted) or None,
        rejected=len(rejected) or None,
        amount_accepted=_total(accepted) if accepted else None,
        amount_rejected=_total(rejected) if rejected else None,
    )


def _total(verdicts: list[_Verdict]) -> Decimal:
    return sum((verdict.claim.amount_billed for verdict in verdicts), Decimal(0))
