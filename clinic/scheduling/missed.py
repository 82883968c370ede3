"""What a no-show or a late cancel costs: a charge to the patient alone, or the reason why there is none (A2, A3)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats, ledger
from clinic.models import (
    Appointment,
    Charge,
    Coverage,
    Encounter,
    JournalEntry,
    MissedVisitFee,
    MissedVisitTerms,
    Patient,
    Payer,
)
from clinic.scheduling.errors import SchedulingError

# Codes of our own: no claim ever carries them.
CODES = {"no_show": "NOSHOW", "late_cancel": "LATECX"}
WORDS = {"no_show": "No-show", "late_cancel": "Late cancel"}
FEE_WORDS = {"NOSHOW": "Fee for a missed visit", "LATECX": "Fee for a late cancel"}
STATES = {
    "charged": "Charged",
    "not_charged": "Not charged",
    "waived": "Waived",
    "taken_back": "Taken back",
}
GRACE_PERIOD = timedelta(days=365)


def consider(session: Session, appointment: Appointment) -> MissedVisitFee | None:
    """Charge the fee of a visit that has just become a no-show or a late cancel, or write down why not (A3).

    None when its type has no fee. Called in the transaction of the status; the caller holds the visit's row.
    """
    kind = appointment.status
    visit_type = appointment.visit_type
    amount = visit_type.no_show_fee if kind == "no_show" else visit_type.late_cancel_fee
    if kind not in CODES or not amount:
        return None
    day = clock.local(appointment.starts_at).date()
    # Two visits of one patient that are missed at once are counted one after the other.
    session.execute(select(Patient.id).where(Patient.id == appointment.patient_id).with_for_update())
    why = _why_not(session, appointment, day)
    fee = MissedVisitFee(
        appointment_id=appointment.id,
        patient_id=appointment.patient_id,
        kind=kind,
        missed_on=day,
        amount=amount,
        state="not_charged" if why else "charged",
        why=why,
        decided_by=audit.actor().user_id,
        decided_at=clock.now(),
    )
    session.add(fee)
    session.flush()
    if not why:
        _post(session, fee, appointment, amount)
    _record(session, fee, [None, fee.state])
    return fee


def _why_not(session: Session, appointment: Appointment, day: date) -> str:
    """The first reason against a fee, in the order in which none of them can be argued away (A3)."""
    medicaid = session.scalar(
        select(Payer.name)
        .join(Coverage, Coverage.payer_id == Payer.id)
        .where(
            Coverage.patient_id == appointment.patient_id,
            Payer.kind == "medicaid",
            Coverage.effective_on <= day,
            or_(Coverage.terminated_on.is_(None), Coverage.terminated_on >= day),
        )
        .limit(1)
    )
    if medicaid is not None:
        return f"{medicaid} covers the patient on that day, and Medicaid forbids the fee."
    terms = session.get(MissedVisitTerms, appointment.patient_id)
    if terms is not None and terms.waiver_reason:
        return f"This patient is never charged: {terms.waiver_reason}"
    if terms is None or terms.agreed_on is None or terms.agreed_on > day:
        return "The patient has not signed the fee agreement."
    earlier = session.scalar(
        select(func.count(Appointment.id)).where(
            Appointment.patient_id == appointment.patient_id,
            Appointment.id != appointment.id,
            Appointment.status.in_(tuple(CODES)),
            Appointment.starts_at > appointment.starts_at - GRACE_PERIOD,
            Appointment.starts_at <= appointment.starts_at,
        )
    )
    grace = appointment.visit_type.fee_grace
    if (earlier or 0) < grace:
        first = "the first missed visit" if grace == 1 else f"one of the first {grace} missed visits"
        return f"It is {first} in twelve months."
    return ""


def _post(session: Session, fee: MissedVisitFee, appointment: Appointment, amount: Decimal) -> None:
    slip = Encounter(
        kind="fee",
        patient_id=appointment.patient_id,
        provider_id=appointment.provider_id,
        service_on=min(fee.missed_on, clock.today()),
        diagnoses=[],
        state="signed",
        signed_by=audit.actor().user_id,
        signed_at=clock.now(),
    )
    slip.charges.append(Charge(position=1, code=CODES[fee.kind], pointers="", fee=amount, amount=amount))
    session.add(slip)
    session.flush()
    fee.encounter_id = slip.id
    ledger.post_charges(
        session,
        slip,
        payer_id=None,
        guarantor_id=appointment.patient.guarantor_id,
        key=f"missed-{fee.public_id}",
    )


def take_back(session: Session, appointment: Appointment) -> None:
    """The no-show or late cancel was a mistake and is undone: so is its fee (A1).

    Raises SchedulingError when money was taken or written off for it already.
    """
    fee = session.scalar(
        select(MissedVisitFee)
        .where(MissedVisitFee.appointment_id == appointment.id, MissedVisitFee.state != "taken_back")
        .with_for_update()
    )
    if fee is None:
        return
    before = fee.state
    if fee.encounter_id is not None and before == "charged":
        if _open(session, fee) != fee.amount:
            raise SchedulingError("The fee of this visit was paid or changed. Take that back first.")
        entry = session.scalars(
            select(JournalEntry).where(
                JournalEntry.cause["encounter_id"].as_integer() == fee.encounter_id,
                # The entry keeps the id of a record that was merged since.
                JournalEntry.patient_id.in_(
                    select(Patient.id).where(
                        or_(Patient.id == fee.patient_id, Patient.merged_into_id == fee.patient_id)
                    )
                ),
                JournalEntry.reverses_id.is_(None),
            )
        ).one()
        reason = f"{WORDS[fee.kind]} undone"
        ledger.reverse_entry(session, entry, reason, f"missed-undo-{fee.public_id}")
    elif before == "waived":
        raise SchedulingError("The fee of this visit was waived. It cannot be undone any more.")
    fee.state = "taken_back"
    fee.decided_by, fee.decided_at = audit.actor().user_id, clock.now()
    session.flush()
    _record(session, fee, [before, fee.state])


def waive(session: Session, fee: MissedVisitFee, reason: str) -> MissedVisitFee:
    """A manager lets the patient off: what is still open is written off as a courtesy (A3).

    A second click changes nothing; raises SchedulingError for a fee that was paid or never charged.
    """
    if not reason.strip():
        raise SchedulingError("Say why the fee is waived.")
    session.refresh(fee, with_for_update={"of": MissedVisitFee})
    if fee.state == "waived":
        return fee
    if fee.state != "charged":
        raise SchedulingError("Nothing was charged for this visit.")
    left = _open(session, fee)
    if left <= 0:
        raise SchedulingError("The fee is paid. Refund it from the patient's payments instead.")
    ledger.write_off(
        session,
        _charge_id(session, fee),
        ledger.PATIENT,
        left,
        "courtesy",
        reason.strip(),
        f"missed-waive-{fee.public_id}",
    )
    fee.state, fee.why = "waived", reason.strip()
    fee.decided_by, fee.decided_at = audit.actor().user_id, clock.now()
    session.flush()
    _record(session, fee, ["charged", "waived"])
    return fee


def set_terms(session: Session, patient: Patient, agreed_on: date | None, waiver_reason: str) -> None:
    """When the patient signed the fee agreement, and why this one is never charged (A3)."""
    if agreed_on is not None and agreed_on > clock.today():
        raise SchedulingError("The agreement cannot have been signed in the future.")
    terms = session.get(MissedVisitTerms, patient.id, with_for_update=True)
    if terms is None:
        terms = MissedVisitTerms(patient_id=patient.id, agreed_on=None, waiver_reason="")
        session.add(terms)
    after = {"agreed_on": agreed_on, "waiver_reason": waiver_reason.strip()}
    changes = {
        name: [_plain(getattr(terms, name)), _plain(value)]
        for name, value in after.items()
        if getattr(terms, name) != value
    }
    if not changes:
        return
    for name, value in after.items():
        setattr(terms, name, value)
    session.flush()
    audit.record(
        session,
        "missed_visit.terms",
        patients=[patient.id],
        subject=f"patient:{patient.public_id}",
        category="money",
        changes=changes,
    )


def recent(session: Session, *, since: date, limit: int = 200) -> Sequence[MissedVisitFee]:
    """Missed visits with a fee policy since a day, newest first, with patient and visit loaded."""
    return session.scalars(
        select(MissedVisitFee)
        .options(
            joinedload(MissedVisitFee.patient),
            joinedload(MissedVisitFee.appointment).joinedload(Appointment.visit_type),
        )
        .where(MissedVisitFee.missed_on >= since, MissedVisitFee.state != "taken_back")
        .order_by(MissedVisitFee.missed_on.desc(), MissedVisitFee.id.desc())
        .limit(limit)
    ).all()


def of_visit(session: Session, appointment: Appointment) -> MissedVisitFee | None:
    """What came of a missed visit, for its card; None for a visit that was not missed or costs nothing."""
    if appointment.status not in CODES:
        return None
    return session.scalar(
        select(MissedVisitFee).where(
            MissedVisitFee.appointment_id == appointment.id, MissedVisitFee.state != "taken_back"
        )
    )


def _charge_id(session: Session, fee: MissedVisitFee) -> int:
    return session.scalars(select(Charge.id).where(Charge.encounter_id == fee.encounter_id)).one()


def _open(session: Session, fee: MissedVisitFee) -> Decimal:
    charge_id = _charge_id(session, fee)
    return ledger.charge_balances(session, [charge_id])[charge_id].patient


def _plain(value: date | str | None) -> str | None:
    return formats.mdy(value) if isinstance(value, date) else value


def _record(session: Session, fee: MissedVisitFee, change: list[str | None]) -> None:
    audit.record(
        session,
        "missed_visit.fee",
        patients=[fee.patient_id],
        subject=f"missed_visit_fee:{fee.public_id}",
        category="money",
        changes={"state": change, "amount": [None, f"{fee.amount}"], "why": [None, fee.why]},
    )
