"""What the check-in screen shows, gathered from eligibility, ledger, patients and scheduling."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased
from wtforms import SelectChoice

from clinic import clock, eligibility, formats, patients, scheduling
from clinic.authorizations import judging
from clinic.blueprints.checkin.forms import CollectForm, ConfirmForm
from clinic.blueprints.checkin.missing import checklist, coverage_link
from clinic.eligibility import Standing, standing
from clinic.eligibility.money import VisitMoney, money_of
from clinic.models import (
    Appointment,
    Coverage,
    EligibilityCheck,
    EntryKind,
    JournalEntry,
    Patient,
    Receipt,
)
from clinic.patients import circle
from clinic.scheduling import gate, guards
from clinic.web import may
from clinic.x12 import codes

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class OtherPlan:
    """A plan that pays after the visit's own: how its answer stands, and what it says in network, in words."""

    coverage: Coverage
    standing: Standing
    answer: EligibilityCheck | None
    answered_at: str
    facts: list[tuple[str, str]]
    notes: list[str]


def other_plan(session: Session, coverage: Coverage, service_on: date) -> OtherPlan:
    """What the payer of a later plan said for the day."""
    check = eligibility.latest_on(session, coverage.id, service_on)
    answer = eligibility.answer_on(session, coverage.id, service_on)
    facts, notes = [], []
    if answer is not None and answer.active is not False:
        notes = [
            *(f"Another payer: {name}. Ask for that card." for name in answer.benefits["other_payers"]),
            *answer.benefits["notes"],
        ]
        facts = [
            (name, inside) for name, _, inside, _ in _visit_rows(answer.benefits) if inside != NOT_STATED
        ]
        facts += [
            (f"{row['name']}, remaining", row["remaining"])
            for row in _amounts(answer.benefits).get("in", [])
            if row["remaining"] != NOT_STATED
        ]
    answered_at = eligibility.moment(answer.answered_at) if answer else ""
    return OtherPlan(coverage, standing(check, coverage), answer, answered_at, facts, notes)


def eligibility_context(session: Session, appointment: Appointment) -> dict[str, Any]:
    """What `_eligibility.html` needs."""
    coverage = eligibility.coverage_for(session, appointment)
    service_on = clock.local(appointment.starts_at).date()
    check = eligibility.latest_on(session, coverage.id, service_on) if coverage else None
    answer = eligibility.answer_on(session, coverage.id, service_on) if coverage else None
    settled = check is not None and (
        eligibility.is_settled(check, service_on) or check.state in ("waiting", "sent")
    )
    others = [
        other_plan(session, each, service_on)
        for each in (eligibility.others_on(session, appointment, coverage) if coverage else ())
    ]
    stands = standing(check, coverage)
    asked, answered = "", ""
    shown = check if check is not None and check.answer_file_id else answer
    if shown is not None and may("eligibility.check"):
        asked, answered = eligibility.segments(session, shown)
    return {
        "appointment": appointment,
        "coverage": coverage,
        "check": check,
        "answer": answer,
        "benefits": answer.benefits if answer else None,
        "answered_at": eligibility.moment(answer.answered_at) if answer else "",
        "dates": _dates(answer) if answer else "",
        "visit_rows": _visit_rows(answer.benefits) if answer else [],
        "amounts": _amounts(answer.benefits) if answer else {},
        "unclear": _unclear(answer.benefits) if answer else [],
        "standing": stands,
        "others": others,
        "polls": stands.polls or any(each.standing.polls for each in others),
        "service_words": _service_words(appointment, answer),
        "ask_now": coverage is not None
        and not settled
        and service_on == clock.today()
        and may("eligibility.check"),
        "raw_trace": shown.trace if shown else "",
        "raw_asked": asked,
        "raw_answered": answered,
    }


def _service_words(appointment: Appointment, answer: EligibilityCheck | None) -> str:
    code = answer.benefits.get("service_type", "") if answer else ""
    return codes.describe_service_type(code or appointment.visit_type.service_type)


def _dates(answer: EligibilityCheck) -> str:
    """ "01/01/2026 to 12/31/2026, " or what of it the payer said."""
    start, end = (
        formats.mdy(date.fromisoformat(text)) if text else ""
        for text in (answer.benefits["starts_on"], answer.benefits["ends_on"])
    )
    if start and end:
        return f"{start} to {end}, "
    return f"since {start}, " if start else f"until {end}, " if end else ""


NOT_STATED = "not stated"


def _visit_rows(benefits: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Name, its explanation, in network, out of network: the first table, in words."""
    marks = {"Y": "required", "N": "not required", "U": "unclear"}
    rows = [
        ("Copay a visit", "", benefits["copay"], _dollars),
        ("Coinsurance", "patient's share", benefits["coinsurance"], _percent),
        ("Visits", "", benefits["visits"], _visits),
        ("Authorization", "", benefits["authorization"], lambda mark: marks.get(mark, NOT_STATED)),
    ]
    return [
        (name, sub, say(value["in"]), say(value["out"]))
        for name, sub, value, say in rows
        if name != "Visits" or value["in"] or value["out"]
    ]


def _between(value: dict[str, str] | None, say: Callable[[str], str]) -> str:
    if value is None:
        return NOT_STATED
    low, high = say(value["low"]), say(value["high"])
    return low if low == high else f"{low} to {high}"


def _dollars(value: dict[str, str] | None) -> str:
    return _between(value, lambda text: formats.usd(Decimal(text)))


def _percent(value: dict[str, str] | None) -> str:
    return _between(value, lambda text: f"{Decimal(text) * 100:.4f}".rstrip("0").rstrip(".") + "%")


def _visits(value: dict[str, str] | None) -> str:
    if value is None:
        return NOT_STATED
    if value["left"] and value["of"]:
        return f"{value['left']} of {value['of']} left"
    return f"{value['left']} left" if value["left"] else f"{value['of']} allowed"


def _amounts(benefits: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of the yearly table by network side, with the share that is met for the bar."""
    sides: dict[str, list[dict[str, Any]]] = {"in": [], "out": []}
    for row in benefits["amounts"]:
        total = Decimal(row["total"]["low"]) if row["total"] else ZERO
        met = None if row["met"] is None else Decimal(row["met"])
        sides[row["side"]].append(
            {
                "name": row["name"],
                "total": _dollars(row["total"]),
                "met": NOT_STATED if met is None else formats.usd(met),
                "remaining": _dollars(row["remaining"]),
                "share": int(met * 100 / total) if met is not None and total else None,
            }
        )
    return {side: rows for side, rows in sides.items() if rows}


def _unclear(benefits: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for item in benefits["unclear"]:
        say = _percent if item["name"] == "Coinsurance" else _dollars
        text = say(item) if item["low"] else "the payer does not know"
        side = "in network" if item["side"] == "in" else "out of network"
        found.append({"name": item["name"], "side": side, "text": text, "messages": item["messages"]})
    return found


def confirm_form(patient: Patient) -> ConfirmForm:
    """The form as the record stands; what was typed wins over it."""
    return ConfirmForm(data=demographics(patient) | {"version": patient.version})


def demographics(patient: Patient) -> dict[str, str]:
    """What is confirmed, by the form's fields."""
    return {
        "phone": patient.phone,
        "email": patient.email,
        "address": patient.address,
        "address2": patient.address2,
        "zip": zip_code(patient.zip),
        "city_state": f"{patient.city}, {patient.state}",
        "emergency_contact": patient.emergency_contact,
        "language": patient.language,
    }


def zip_code(digits: str) -> str:
    return f"{digits[:5]}-{digits[5:]}" if len(digits) == 9 else digits


def collect_form(appointment: Appointment, money: VisitMoney) -> CollectForm:
    """The amount to ask for stands in the field; without one, "Not today" is chosen."""
    form = CollectForm(
        data={
            "version": appointment.version,
            "amount": money.ask or None,
            "by": "card_terminal" if money.ask else "none",
        }
    )
    form.receipt.choices = receipt_choices(appointment.patient)
    return form


def receipt_choices(patient: Patient) -> list[SelectChoice]:
    choices = [SelectChoice("print", "Print"), SelectChoice("none", "None")]
    address = circle.receipt_email(patient)
    if address:
        choices.insert(0, SelectChoice("email", f"E-mail to {address}"))
    return choices


def collect_context(
    session: Session, appointment: Appointment, form: CollectForm | None = None
) -> dict[str, Any]:
    """What `_collect.html` needs."""
    coverage = eligibility.coverage_for(session, appointment)
    money = money_of(session, appointment, coverage)
    receipts = list(
        session.scalars(select(Receipt).where(Receipt.appointment_id == appointment.id).order_by(Receipt.id))
    )
    return {
        "appointment": appointment,
        "money": money,
        "insured": coverage is not None,
        "collect": form or collect_form(appointment, money),
        "receipts": receipts,
        "taken_back": _taken_back(session, [receipt.id for receipt in receipts]),
        "can_check_in": can_check_in(appointment),
        "too_early": guards.too_early(appointment) if appointment.status in guards.WAITING else "",
        "stops": gate.stops(session, appointment) if can_check_in(appointment) else [],
        "passes": gate.passes(session, appointment),
        "is_done": appointment.checked_in_at is not None,
    }


def _taken_back(session: Session, receipt_ids: list[int]) -> set[int]:
    """Which of these receipts were reversed, as a check that bounced (B6)."""
    reversal = aliased(JournalEntry)
    query = (
        select(JournalEntry.receipt_id)
        .join(reversal, reversal.reverses_id == JournalEntry.id)
        .where(JournalEntry.receipt_id.in_(receipt_ids), JournalEntry.kind == EntryKind.PATIENT_RECEIPT)
    )
    return {receipt_id for receipt_id in session.scalars(query) if receipt_id is not None}


def can_check_in(appointment: Appointment) -> bool:
    """From booked and confirmed too: the arrival is noted on the way (A1). Nobody arrives for a later day."""
    coming = scheduling.can_follow(appointment.status, "arrived") and not guards.too_early(appointment)
    return coming or scheduling.can_follow(appointment.status, "checked_in")


def show_context(
    session: Session,
    appointment: Appointment,
    *,
    confirm: ConfirmForm | None = None,
    collect: CollectForm | None = None,
) -> dict[str, Any]:
    """The whole screen."""
    patient = appointment.patient
    context = eligibility_context(session, appointment) | collect_context(session, appointment, collect)
    coverage, service_on = context["coverage"], clock.local(appointment.starts_at).date()
    need = judging.need_of_visit(appointment, coverage, context["answer"]) if coverage else None
    todo = checklist(
        session,
        patient,
        coverage,
        context["check"],
        context["money"],
        need,
        service_on,
        self_pay=appointment.self_pay,
    )
    tint = scheduling.TINTS.get(appointment.status, "")
    return context | {
        "patient": patient,
        "confirm": confirm or confirm_form(patient),
        "todo": todo,
        "open_count": sum(not item.done for item in todo),
        "coverage_url": coverage_link(patient, coverage) if coverage else "",
        "new_coverage_url": url_for("patients.new_coverage", public_id=patient.public_id),
        "relationship": patients.RELATIONSHIPS.get(coverage.relationship_code, "") if coverage else "",
        "status_word": scheduling.status_word(
            appointment.status, appointment.arrived_at, appointment.roomed_at
        ),
        "status_tone": scheduling.TONES.get(tint, ""),
    }
