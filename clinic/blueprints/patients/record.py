"""What a patient's pages read: coverages with their last answer, visits, money, who looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, db, eligibility, ledger, patients
from clinic.eligibility.money import money_of_patient
from clinic.ledger import EntryRow
from clinic.models import (
    Appointment,
    Charge,
    Coverage,
    EligibilityCheck,
    EntryKind,
    OpenItem,
    Patient,
    Procedure,
    User,
)
from clinic.patients import cases, circle, distinct, scans
from clinic.patients.coverages import coverage_sentences
from clinic.web import audit_words, get_or_404, may, see_other

KINDS = {
    EntryKind.CHARGE: "Charge",
    EntryKind.PATIENT_RECEIPT: "Money received",
    EntryKind.APPLICATION: "Payment applied",
    EntryKind.INSURANCE_PAYMENT: "Insurance",
    EntryKind.PROVIDER_ADJUSTMENT: "Payer's adjustment",
    EntryKind.TRANSFER: "Transfer",
    EntryKind.WRITE_OFF: "Written off",
    EntryKind.REFUND: "Refund",
    EntryKind.REVERSAL: "Taken back",
}


@dataclass(frozen=True)
class CoverageRow:
    """A coverage with its state today, the last question to its payer and the answer that counts today."""

    coverage: Coverage
    word: str
    tone: str
    check: EligibilityCheck | None
    answer: EligibilityCheck | None

    @property
    def standing(self) -> eligibility.Standing:
        return eligibility.standing(self.check, self.coverage)

    @property
    def left(self) -> list[eligibility.Left]:
        """What is left of the year's deductible and maximum (ask 27)."""
        return eligibility.left_of_year(self.answer, clock.today())


@dataclass(frozen=True)
class Line:
    """An entry in words: what it was, the codes behind it, who wrote it."""

    kind: str
    reasons: str
    by: str


@dataclass(frozen=True)
class OpenCharge:
    """A charge that is not settled: what is open with whom, and why; each list of reasons sums to its balance."""

    charge: Charge
    words: str
    balance: ledger.Balance
    insurance: Sequence[ledger.Reason]
    patient: Sequence[ledger.Reason]


def find(public_id: str) -> Patient:
    """A patient by his opaque id; from a record that was merged every page leads to the one that stays."""
    patient = get_or_404(Patient, public_id, joinedload(Patient.guarantor))
    if patient.public_id != public_id:
        number = db.session.scalar(select(Patient.mrn).where(Patient.public_id == public_id))
        flash(f"MRN {number} was merged into this record.", "ok")
        abort(see_other("patients.show", public_id=patient.public_id))
    return patient


def of(session: Session, patient: Patient) -> dict[str, Any]:
    """The context of the patient's page."""
    visits = session.scalars(
        select(Appointment)
        .where(Appointment.patient_id == patient.id)
        .options(joinedload(Appointment.provider), joinedload(Appointment.visit_type))
        .order_by(Appointment.starts_at.desc())
        .limit(60)
    ).all()
    now = clock.now()
    merges = patients.merges_of(session, patient.id)
    also = [each.merged_id for each in merges]
    past = [visit for visit in visits if visit.starts_at < now]
    rows = coverage_rows(session, patient)
    in_order = sorted(
        (row.coverage for row in rows if row.coverage.position),
        key=lambda each: (each.position, each.effective_on),
    )
    return {
        "patient": patient,
        "merges": merges,
        "apart": distinct.standing(session, patient.id),
        "coverages": rows,
        "sentences": coverage_sentences(in_order, clock.today()),
        "authorizations": patients.authorizations_of(session, patient.id),
        "contacts": circle.contacts_of(session, patient.id),
        "contact_kinds": circle.CONTACT_KINDS,
        "preference": patient.preference,
        "channels": circle.CHANNELS,
        "cases": cases.cases_of(session, patient.id),
        "case_kinds": cases.KINDS,
        "scans": scans.standing(scans.scans_of(session, patient.id)),
        "coming": [visit for visit in reversed(visits) if visit.starts_at >= now],
        "past": past[:8],
        "past_count": len(past),
        **money(session, patient),
        "entries": ledger.entries_page(session, patient.id, limit=5, also=also).rows
        if may("ledger.view")
        else (),
        "kinds": KINDS,
        "told": audit_words.words,
        "who_did": audit_words.who,
        "events": audit.events_of_patient(session, patient.id, also=also, limit=12)
        if may("audit.view")
        else (),
    }


def money(session: Session, patient: Patient) -> dict[str, Any]:
    """What is open and what to ask for, as the check-in has it; nothing for who may not see the ledger."""
    if not may("ledger.view"):
        return {"balance": None, "asked": None}
    balance = ledger.patient_balance(session, patient.id)
    return {"balance": balance, "asked": money_of_patient(session, balance, patient.id)}


def coverage_rows(session: Session, patient: Patient) -> list[CoverageRow]:
    """Every coverage of a patient, those of today first, with the newest answer of each, in three queries."""
    coverages = session.scalars(
        select(Coverage)
        .where(Coverage.patient_id == patient.id)
        .options(joinedload(Coverage.payer))
        .order_by(Coverage.position, Coverage.effective_on.desc())
    ).all()
    checks = {
        check.coverage_id: check
        for check in session.scalars(
            select(EligibilityCheck)
            .ext(distinct_on(EligibilityCheck.coverage_id))
            .where(EligibilityCheck.coverage_id.in_([coverage.id for coverage in coverages]))
            .order_by(EligibilityCheck.coverage_id, EligibilityCheck.asked_at.desc())
        )
    }
    today = clock.today()
    answers = eligibility.answers_on(session, {(coverage.id, today) for coverage in coverages})
    rows = [
        CoverageRow(each, *_state(each), checks.get(each.id), answers.get((each.id, today)))
        for each in coverages
    ]
    # What pays today stands on top, then what will, then what did.
    return sorted(rows, key=lambda row: (_ORDER.index(row.word), row.coverage.case_id is not None))


_ORDER = ("In force", "Begins later", "Ended")


def _state(coverage: Coverage) -> tuple[str, str]:
    today = clock.today()
    if coverage.covers(today):
        return "In force", "ok"
    return ("Begins later", "info") if coverage.effective_on > today else ("Ended", "")


def explained(session: Session, rows: Sequence[EntryRow]) -> list[Line]:
    """Each entry in words, in one query for the names."""
    ids = {row.entry.created_by for row in rows if row.entry.created_by is not None}
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())
    lines = []
    for row in rows:
        reasons = sorted({posting.reason for posting in row.entry.postings if posting.reason})
        lines.append(
            Line(KINDS[row.entry.kind], ", ".join(reasons), names.get(row.entry.created_by or 0, "system"))
        )
    return lines


def open_charges(session: Session, patient_id: int) -> list[OpenCharge]:
    """The charges with something open, newest first, each with the reasons whose sum is its balance (Z4)."""
    charges = session.scalars(
        select(Charge)
        .where(
            Charge.id.in_(select(OpenItem.charge_id).where(OpenItem.patient_id == patient_id, ledger.IS_OPEN))
        )
        .options(joinedload(Charge.encounter))
        .order_by(Charge.encounter_id.desc(), Charge.position)
        .limit(40)
    ).all()
    ids = [charge.id for charge in charges]
    balances = ledger.charge_balances(session, ids)
    with_insurance = [number for number in ids if balances[number].insurance]
    with_patient = [number for number in ids if balances[number].patient]
    insurance = ledger.explain_many(session, with_insurance, ledger.INSURANCE)
    patient = ledger.explain_many(session, with_patient, ledger.PATIENT)
    words = dict(
        session.execute(
            select(Procedure.code, Procedure.description).where(
                Procedure.code.in_({charge.code for charge in charges})
            )
        ).all()
    )
    return [
        OpenCharge(
            charge,
            words.get(charge.code, ""),
            balances[charge.id],
            insurance.get(charge.id, ()),
            patient.get(charge.id, ()),
        )
        for charge in charges
    ]
