"""Sign-off: charges enter the ledger, and the copay of the visit meets what the patient owes (docs/adr/0002)."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, ledger, patients, queue
from clinic.charges import fees
from clinic.charges.coverage import coverage_billed
from clinic.charges.errors import SlipDoubted, SlipInvalid
from clinic.charges.slips import content_of, lock, unready
from clinic.models import (
    Account,
    Appointment,
    AppointmentMove,
    Charge,
    Encounter,
    OpenItem,
    Patient,
    Posting,
    Receipt,
    UnappliedItem,
)

COPAY_AT_VISIT = "copay at visit"
"""The reason on the postings that moved an expected copay to the patient at sign-off."""
IN_THE_HOUSE = ("arrived", "checked_in", "roomed", "with_provider")
ZERO = Decimal("0.00")


def sign_off(session: Session, encounter: Encounter, version: int) -> Encounter:
    """Sign a slip: its charges stand in the ledger, the visit's copay is applied, the visit is over (R23, B1).

    The whole charge stands with the billed payer, or with the patient when there is none. A slip that is signed
    already comes back as it is. Raises SlipChanged, and SlipInvalid naming the field that is missing. The caller
    makes the claim (`claims.create_for`, `claims.scrub`) in the same transaction.
    """
    session.refresh(encounter, with_for_update={"of": Encounter})
    if encounter.state == "signed":
        return encounter
    lock(session, encounter, version)
    faults = unready(content_of(encounter))
    if faults:
        raise SlipInvalid(faults)
    patient = session.get_one(Patient, encounter.patient_id)
    coverage = coverage_billed(session, encounter)
    if coverage is None:
        # The patient pays: no plan's authorization is used up by it.
        encounter.authorization_id = None
    encounter.state = "signed"
    encounter.signed_by, encounter.signed_at = audit.actor().user_id, clock.now()
    session.flush()
    if encounter.authorization_id is not None:
        patients.count_visit(session, encounter.authorization_id, 1, encounter.charges)
    key = f"encounter:{encounter.id}"
    receipts = _copays(session, encounter) if coverage else []
    ledger.post_charges(
        session,
        encounter,
        payer_id=coverage.payer_id if coverage else None,
        guarantor_id=patient.guarantor_id,
        key=key,
    )
    if coverage is None:
        ledger.apply_unapplied(session, patient.guarantor_id, patient.id, key=f"{key}:apply")
    else:
        _apply_copays(session, encounter, receipts, key)
    _check_out(session, encounter)
    total = sum((charge.amount for charge in encounter.charges), ZERO)
    audit.record(
        session,
        "encounter.sign",
        patients=[patient.id],
        subject=f"encounter:{encounter.id}",
        category="charges",
        changes={"state": ["draft", "signed"], "amount": [None, str(total)]},
    )
    return encounter


def doubt_unlisted(session: Session, encounter: Encounter, accepted: Iterable[str]) -> None:
    """Ask before a mistyped code stands in the ledger (L01).

    Raises SlipDoubted, naming the first line of each code, for codes of the slip that neither the clinic's list nor
    its fee schedules hold on the day and that are not among the `accepted` ones.
    """
    codes = [charge.code for charge in encounter.charges]
    doubted = set(fees.unlisted(session, codes, encounter.service_on)) - set(accepted)
    if doubted:
        raise SlipDoubted(
            {f"lines.{codes.index(code) + 1}.code": code for code in sorted(doubted, key=codes.index)}
        )


def copay_transferred(session: Session, charge_id: int) -> Decimal:
    """What sign-off moved to the patient as copay on a charge, and no remittance has answered yet."""
    return copays_transferred(session, [charge_id]).get(charge_id, ZERO)


def copays_transferred(session: Session, charge_ids: Iterable[int]) -> dict[int, Decimal]:
    """`copay_transferred` for many charges in one query; a charge without one is left out."""
    query = (
        select(Posting.charge_id, func.sum(Posting.amount))
        .where(
            Posting.charge_id == func.any(sorted(set(charge_ids))),
            Posting.account == Account.PATIENT_RECEIVABLE,
            Posting.reason == COPAY_AT_VISIT,
        )
        .group_by(Posting.charge_id)
    )
    return {charge_id: amount for charge_id, amount in session.execute(query) if amount and charge_id}


def release_copay_credits(session: Session, charge_ids: Iterable[int], *, key: str) -> Decimal:
    """Take copay money back off charges that it overpays, and apply it to what else the patient owes (R19, R23).

    Call it after a remittance was posted: the plan may have asked for less, or on another line. What nothing
    needs stays unapplied, to be refunded. Returns what was taken back.
    """
    wanted = sorted(set(charge_ids))
    credits = {
        row.charge_id: row
        for row in session.execute(
            select(OpenItem.charge_id, OpenItem.amount, OpenItem.patient_id, OpenItem.guarantor_id).where(
                OpenItem.charge_id == func.any(wanted), OpenItem.bucket == ledger.PATIENT, OpenItem.amount < 0
            )
        )
    }
    if not credits:
        return ZERO
    paid = (
        select(Receipt, Posting.charge_id, func.sum(Posting.amount))
        .join(Posting, Posting.receipt_id == Receipt.id)
        .where(
            Posting.charge_id == func.any(sorted(credits)),
            Posting.account == Account.UNAPPLIED_PATIENT,
            Receipt.purpose == "copay",
        )
        .group_by(Receipt.id, Posting.charge_id)
        .having(func.sum(Posting.amount) > 0)
        .order_by(Receipt.id, Posting.charge_id)
    )
    left = {charge_id: -row.amount for charge_id, row in credits.items()}
    released = ZERO
    for receipt, charge_id, amount in session.execute(paid).all():
        part = min(amount, left[charge_id])
        if part > 0 and charge_id is not None:
            ledger.unapply_receipt(
                session,
                receipt,
                charge_id,
                part,
                "The plan asked for less than was collected",
                f"{key}:copay:{receipt.id}:{charge_id}",
            )
            left[charge_id] -= part
            released += part
    if released:
        for guarantor_id, patient_id in sorted(
            {(row.guarantor_id, row.patient_id) for row in credits.values()}
        ):
            ledger.apply_unapplied(session, guarantor_id, patient_id, key=f"{key}:apply:{patient_id}")
    return released


def _copays(session: Session, encounter: Encounter) -> list[tuple[Receipt, Decimal]]:
    """The visit's copay receipts with what is left of each, locked before any charge is (ADR 1)."""
    if encounter.appointment_id is None:
        return []
    query = (
        select(Receipt, UnappliedItem.amount)
        .join(UnappliedItem, UnappliedItem.receipt_id == Receipt.id)
        .where(
            Receipt.appointment_id == encounter.appointment_id,
            Receipt.purpose == "copay",
            UnappliedItem.amount > 0,
        )
        .order_by(Receipt.id)
        .with_for_update(of=UnappliedItem)
    )
    return [(receipt, amount) for receipt, amount in session.execute(query)]


def _apply_copays(
    session: Session, encounter: Encounter, receipts: Iterable[tuple[Receipt, Decimal]], key: str
) -> None:
    """Move what was collected as copay to the patient, on the visit's line first, and pay it with the receipt."""
    lines = sorted(encounter.charges, key=lambda charge: (not _is_visit(charge), charge.position))
    room = {charge.id: charge.amount for charge in lines}
    for receipt, rest in receipts:
        for charge in lines:
            part = min(rest, room[charge.id])
            if part <= 0:
                continue
            part_key = f"{key}:copay:{receipt.id}:{charge.id}"
            ledger.transfer_to_patient(session, charge.id, part, COPAY_AT_VISIT, part_key)
            ledger.apply_receipt(session, receipt, charge.id, part, f"{part_key}:apply")
            room[charge.id] -= part
            rest -= part


def _is_visit(charge: Charge) -> bool:
    """An evaluation and management code: the line that a payer puts a visit's copay on."""
    return "99202" <= charge.code <= "99499"


def _check_out(session: Session, encounter: Encounter) -> None:
    """A visit whose slip is signed is over; one that went on already stays where it is (A1)."""
    if encounter.appointment_id is None:
        return
    appointment = session.get_one(Appointment, encounter.appointment_id, with_for_update=True)
    if appointment.status not in IN_THE_HOUSE:
        return
    now, user_id = clock.now(), audit.actor().user_id
    move = AppointmentMove(
        appointment_id=appointment.id,
        at=now,
        user_id=user_id,
        from_status=appointment.status,
        to_status="checked_out",
        note="Charge slip signed",
    )
    session.add(move)
    appointment.status, appointment.out_at = "checked_out", appointment.out_at or now
    appointment.changed_by, appointment.changed_at = user_id, now
    session.flush()
    queue.add(session, "jobs.waiting.recall_after", appointment.id)
