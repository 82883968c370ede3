"""Files of 835s: each transaction set proved, compared with what came before, and posted or put before a person
(R1 to R6).
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, claims, clock, files, x12
from clinic.models import ClaimPayment, Remittance, StoredFile
from clinic.remittances import posting, rows
from clinic.remittances.errors import RemittanceError, WrongState
from clinic.remittances.rules import payer_of

UNSETTLED = ("needs_review", "out_of_balance", "conflict")


def take_in(session: Session, file: StoredFile) -> list[Remittance]:
    """Every 835 set of a stored file as a remittance, posted when nothing speaks against it.

    `state` of each: posted; needs_review (no check or EFT number); out_of_balance, with the segment and the cents in
    `reason` (R6); duplicate or conflict, linked to the first (R2); unreadable, with position and reason. A file that
    is no X12, or holds no 835, becomes `unreadable` itself and yields nothing. The same file row again changes
    nothing; the same bytes again add nothing for what could not be read the first time (R2).
    """
    standing = session.scalars(
        select(Remittance).where(Remittance.file_id == file.id).order_by(Remittance.set_index)
    ).all()
    if standing:
        return list(standing)
    try:
        found = x12.read_835(file.content())
    except x12.X12Error as error:
        return _unreadable(session, file, str(error))
    if not found:
        return _unreadable(session, file, "The file is X12, but holds no remittance (835).")
    file.kind = "835"
    known = _unreadable_before(session, file)
    made = [
        keep(session, read, file=file, set_index=place)
        for place, read in enumerate(found)
        if place not in known or _broken(read) is None
    ]
    if not made:
        return _unreadable(session, file, str(_broken(found[0])))
    if all(remittance.state == "unreadable" for remittance in made):
        file.state, file.reason = "unreadable", made[0].reason
    elif all(remittance.state == "duplicate" for remittance in made):
        file.state = "duplicate"
    else:
        file.state = "taken_in"
    session.flush()
    return made


def keep(
    session: Session,
    read: x12.Remittance,
    *,
    file: StoredFile | None = None,
    set_index: int = 0,
    source: str = "era",
) -> Remittance:
    """One set as rows, and posted when it is readable, new, named by a check number, and balanced."""
    sender = read.envelope.sender_id if read.envelope else ""
    numbers = [read.payer.id, *(value for _, value in read.payer_references), sender, read.originator[1:]]
    payer = payer_of(session, numbers, read.payer.name)
    remittance = rows.make(read, payer=payer, file=file, set_index=set_index, source=source)
    proof = x12.prove(read)
    remittance.proofs = rows.proofs_of(read, proof)
    lock_identity(session, remittance.identity)
    first = first_of(session, remittance)
    broken = _broken(read)
    if first is not None and first.content_hash == remittance.content_hash:
        remittance.state, remittance.duplicate_of_id = "duplicate", first.id
        remittance.reason = f"The same remittance came on {clock.local(first.received_at):%m/%d/%Y}."
        session.add(remittance)
        session.flush()
        return remittance
    remittance.claim_payments = rows.claim_payments(read, proof)
    remittance.provider_adjustments = rows.provider_adjustments(read)
    if broken is not None:
        remittance.state, remittance.reason = "unreadable", str(broken)
    elif first is not None:
        remittance.state, remittance.duplicate_of_id = "conflict", first.id
        remittance.reason = (
            f"A remittance with this check number, amount and date came on "
            f"{clock.local(first.received_at):%m/%d/%Y} and said something else."
        )
    elif not proof.ok:
        remittance.state = "out_of_balance"
        remittance.reason = " ".join(rows.fault(failure) for failure in proof.failures[:1])
    elif not read.trace:
        remittance.state = "needs_review"
        remittance.reason = "The check or EFT number is missing: read it from the bank and fill it in."
    else:
        remittance.state = "new"
    session.add(remittance)
    session.flush()
    if remittance.state == "new":
        posting.post(session, remittance)
    else:
        _name_claims(session, remittance.claim_payments)
        audit.record(
            session,
            "remittance.keep",
            subject=f"remittance:{remittance.id}",
            category="money",
            changes={"state": remittance.state},
        )
    return remittance


def supply_trace(session: Session, remittance: Remittance, trace: str) -> Remittance:
    """Fill in the check or EFT number that the payer left out, and go on as if it had come with it (R2).

    Raises RemittanceError without a number, WrongState unless the remittance waits for one.
    """
    session.refresh(remittance, with_for_update={"of": Remittance})
    trace = trace.strip()
    if remittance.state == "posted" and remittance.trace == trace:
        return remittance  # the second click
    if remittance.state != "needs_review":
        raise WrongState("This remittance does not wait for a check number.")
    if not trace:
        raise RemittanceError("Enter the check or EFT number.")
    remittance.trace = trace
    remittance.identity = rows.identity_of(
        remittance.originator, trace, remittance.amount, remittance.paid_on, remittance.payee_id
    )
    lock_identity(session, remittance.identity)
    first = first_of(session, remittance)
    if first is not None:
        same = first.content_hash == remittance.content_hash
        remittance.state = "duplicate" if same else "conflict"
        remittance.duplicate_of_id = first.id
        remittance.reason = "Another remittance has this check number, amount and date."
        session.flush()
        return remittance
    remittance.reason = ""
    posting.post(session, remittance)
    return remittance


def post_anyway(session: Session, remittance: Remittance, reason: str) -> Remittance:
    """Post the balanced claims of a set that does not balance; what is missing to the check waits in suspense (R6).

    The caller checks the permission. A conflict that a person calls another payment is posted whole; its own sums
    must hold or it is treated like the first. Raises WrongState otherwise, RemittanceError without a reason.
    """
    session.refresh(remittance, with_for_update={"of": Remittance})
    if remittance.state == "posted":
        return remittance  # the second click
    if remittance.state not in ("out_of_balance", "conflict"):
        raise WrongState("Only a remittance that differs can be posted this way.")
    if not reason.strip():
        raise RemittanceError("Say why it is posted although it differs.")
    wrong = {failure["claim"] for failure in remittance.proofs["failures"]}
    sound = [each for each in remittance.claim_payments if each.position not in wrong]
    audit.record(
        session,
        "remittance.post_anyway",
        subject=f"remittance:{remittance.id}",
        category="money",
        changes={"state": [remittance.state, "posted"], "reason": reason},
    )
    remittance.reason = f"Posted although it differs: {reason.strip()}"
    posting.post(session, remittance, sound)
    return remittance


def set_aside(session: Session, remittance: Remittance, reason: str) -> None:
    """Call a conflict the same payment as the first: it is kept as a duplicate and never posted (R2)."""
    session.refresh(remittance, with_for_update={"of": Remittance})
    if remittance.state == "duplicate":
        return
    if remittance.state != "conflict":
        raise WrongState("Only a conflict is settled this way.")
    if not reason.strip():
        raise RemittanceError("Say why it is the same payment.")
    remittance.state, remittance.reason = "duplicate", f"The same payment: {reason.strip()}"
    session.flush()
    audit.record(
        session,
        "remittance.set_aside",
        subject=f"remittance:{remittance.id}",
        category="money",
        changes={"state": ["conflict", "duplicate"], "reason": reason},
    )


def lock_identity(session: Session, identity: str) -> None:
    """Let two readers of the same payment come one after the other, until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(identity, 835))))


def first_of(session: Session, remittance: Remittance) -> Remittance | None:
    """The first readable remittance with the same key (R2)."""
    query = select(Remittance).where(
        Remittance.identity == remittance.identity, Remittance.state.not_in(("duplicate", "unreadable"))
    )
    if remittance.id is not None:
        query = query.where(Remittance.id != remittance.id)
    # Of several with one key, the one that says the same: a third copy of a conflict is its duplicate.
    found = session.scalars(query.order_by(Remittance.id)).all()
    same = [each for each in found if each.content_hash == remittance.content_hash]
    return next(iter([*same, *found]), None)


def _name_claims(session: Session, payments: list[ClaimPayment]) -> None:
    """Show whose claims they are before anything is posted."""
    matches = claims.match_many(session, [posting.question_of(each) for each in payments])
    for payment, match in zip(payments, matches, strict=True):
        if match.claim is not None:
            payment.claim_id, payment.matched_by = match.claim.id, match.by
    session.flush()


def _broken(read: x12.Remittance) -> x12.Finding | None:
    """What makes a set unreadable, None when nothing does."""
    return next((each for each in read.findings if each.severity == "error"), None)


def _unreadable(session: Session, file: StoredFile, reason: str) -> list[Remittance]:
    """Keep the file with the reason; the same bytes a second time are a duplicate, unreadable as it was (R2)."""
    first = files.earlier_copy(session, file)
    if first is not None:
        file.state = "duplicate"
        file.reason = (
            f"The same file came on {clock.local(first.created_at):%m/%d/%Y} and is unreadable: {reason}"
        )
    else:
        file.state, file.reason = "unreadable", reason
    return []


def _unreadable_before(session: Session, file: StoredFile) -> set[int]:
    """Which sets of the same bytes were kept as unreadable when they came before."""
    query = (
        select(Remittance.set_index)
        .join(StoredFile, StoredFile.id == Remittance.file_id)
        .where(
            StoredFile.sha256 == file.sha256,
            StoredFile.direction == file.direction,
            StoredFile.id < file.id,
            Remittance.state == "unreadable",
        )
    )
    return set(session.scalars(query))


def post_again(session: Session, remittance: Remittance) -> Remittance:
    """Post a remittance anew that was taken back by mistake; raises WrongState unless it was (R27)."""
    session.refresh(remittance, with_for_update={"of": Remittance})
    if remittance.state == "posted":
        return remittance  # the second click
    if remittance.state != "reversed":
        raise WrongState("Only a remittance that was taken back can be posted again.")
    wrong = {failure["claim"] for failure in remittance.proofs["failures"]}
    sound = [each for each in remittance.claim_payments if each.position not in wrong]
    for payment in remittance.claim_payments:
        payment.reverses_id, payment.state = None, "not_posted"
    remittance.reason = ""
    posting.post(session, remittance, sound)
    return remittance
