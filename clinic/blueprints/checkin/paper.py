"""The receipt on paper and by mail, in the patient's language, with what it paid for and what is left."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from clinic import clock, eligibility, formats, ledger, printing
from clinic.models import (
    Account,
    Appointment,
    Charge,
    Encounter,
    EntryKind,
    JournalEntry,
    Posting,
    Practice,
    Receipt,
)
from clinic.patients import circle

ZERO = Decimal("0.00")
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Receipt",
        "paid": "You paid {amount}",
        "thanks": "Thank you, {name}.",
        "nothing": "You owe nothing more today.",
        "owing": "You still owe {amount}.",
        "number": "Receipt number",
        "date": "Date",
        "with": "Paid with",
        "by": "Paid by",
        "what": "What this payment is for",
        "visit": "Visit",
        "patient": "Patient",
        "provider": "With",
        "owed": "You owed",
        "this": "This payment",
        "left": "Still to pay",
        "total": "Total",
        "copay": "copay",
        "prepayment": "paid ahead",
        "at": "{day}, {time}",
        "plan": "Your plan decides what you owe for today's visit. If that is more or less than you paid, we will tell you.",
        "keep": "Keep this receipt. You may need it for a health savings account (HSA or FSA) or for your taxes. "
        "Our tax number (EIN) is {tax}.",
        "questions": "Questions? Call {phone}.",
        "payment": "Payment",
        "visits": "Visits paid",
        "cash": "Cash",
        "check": "Check",
        "card_terminal": "Card at the desk, approval",
        "card_online": "Card, online",
        "taken_back": "This payment was taken back on {day}: this receipt is no longer proof of payment.",
        "mail": "We received {amount} on {day}. Receipt {numbers}. {left} Questions? Call {phone}.",
        "subject": "Your receipt from {clinic}",
    },
    "es": {
        "title": "Recibo",
        "paid": "Usted pagó {amount}",
        "thanks": "Gracias, {name}.",
        "nothing": "Hoy no debe nada más.",
        "owing": "Todavía debe {amount}.",
        "number": "Número de recibo",
        "date": "Fecha",
        "with": "Pagado con",
        "by": "Pagado por",
        "what": "Qué cubre este pago",
        "visit": "Visita",
        "patient": "Paciente",
        "provider": "Con",
        "owed": "Usted debía",
        "this": "Este pago",
        "left": "Falta pagar",
        "total": "Total",
        "copay": "copago",
        "prepayment": "pagado por adelantado",
        "at": "{day}, {time}",
        "plan": "Su plan decide cuánto debe por la visita de hoy. Si es más o menos de lo que pagó, le avisaremos.",
        "keep": "Guarde este recibo. Puede necesitarlo para una cuenta de ahorros para la salud (HSA o FSA) o para sus "
        "impuestos. Nuestro número fiscal (EIN) es {tax}.",
        "questions": "¿Preguntas? Llame al {phone}.",
        "payment": "Pago",
        "visits": "Visitas pagadas",
        "cash": "Efectivo",
        "check": "Cheque",
        "card_terminal": "Tarjeta en la recepción, autorización",
        "card_online": "Tarjeta, en línea",
        "taken_back": "Este pago se anuló el {day}: este recibo ya no comprueba el pago.",
        "mail": "Recibimos {amount} el {day}. Recibo {numbers}. {left} ¿Preguntas? Llame al {phone}.",
        "subject": "Su recibo de {clinic}",
    },
}


def receipt_pdf(session: Session, appointment: Appointment, receipts: list[Receipt]) -> bytes:
    """One slip for what was paid in one go. Raises OSError where pango is missing."""
    return printing.pdf("print/receipt.html", **context(session, appointment, receipts))


def context(session: Session, appointment: Appointment, receipts: list[Receipt]) -> dict[str, Any]:
    """What `print/receipt.html` needs, as it stood when the money was taken: a copy says what the first one said.

    The address of who paid is the one that bills go to: somebody who asked for another keeps the own one off paper.
    """
    patient = appointment.patient
    language = patient.language if patient.language in WORDS else "en"
    words = WORDS[language]
    practice = session.scalars(select(Practice).limit(1)).one()
    first = receipts[0]
    issued = _issued(session, receipts)
    owed = ledger.owed_after(session, patient.id, issued)
    copay_left = _copay_left(session, appointment, receipts, issued)
    rows = _rows(session, appointment, receipts, issued, owed, copay_left, language)
    paid = sum((receipt.amount for receipt in receipts), ZERO)
    left = sum((row["left"] for row in rows), ZERO)
    # Other visits may be open too: the sentence must not say that nothing is owed.
    owing = max(sum(owed.values(), ZERO), ZERO) + copay_left
    guarantor = patient.guarantor
    home = circle.mail_to(session, guarantor)
    received = clock.local(first.received_at)
    town = f"{home.city}, {home.state} {home.zip[:5]}"
    street = ", ".join(part for part in (home.address, home.address2) if part)
    return {
        "lang": language,
        "words": words,
        "clinic_name": practice.name,
        "clinic": {
            "address": [
                ", ".join(part for part in (practice.address, practice.address2) if part),
                f"{practice.city}, {practice.state} {practice.zip[:5]}",
            ],
            "phone": practice.phone,
            "email": practice.email,
        },
        "numbers": ", ".join(receipt.number for receipt in receipts),
        "paid": words["paid"].format(amount=formats.usd(paid)),
        "lead": f"{words['thanks'].format(name=guarantor.first_name)} {_left(words, owing)}",
        "owing": owing,
        "taken_back": _taken_back(session, receipts, words, language),
        "facts": [
            (words["number"], ", ".join(receipt.number for receipt in receipts)),
            (
                words["date"],
                words["at"].format(day=_long(received.date(), language), time=f"{received:%-I:%M %p (%Z)}"),
            ),
            (words["with"], " ".join(part for part in (words[first.method], first.reference) if part)),
            (words["by"], f"{guarantor.name}, {street}, {town}"),
        ],
        "rows": rows,
        "total": {
            "owed": sum((row["owed"] for row in rows), ZERO),
            "paid": sum((row["paid"] for row in rows), ZERO),
            "left": left,
        },
        "plan_note": words["plan"] if any(row["awaits_plan"] for row in rows) else "",
        "keep": words["keep"].format(tax=_tax(practice.tax_id)),
        "questions": words["questions"].format(phone=formats.phone(practice.phone)),
    }


def mail_text(session: Session, appointment: Appointment, receipts: list[Receipt]) -> tuple[str, str]:
    """Subject and text: the amount, the day and the number; nothing about the visit."""
    found = context(session, appointment, receipts)
    words = found["words"]
    amount = sum((receipt.amount for receipt in receipts), ZERO)
    text = words["mail"].format(
        amount=formats.usd(amount),
        day=_long(clock.local(receipts[0].received_at).date(), found["lang"]),
        numbers=found["numbers"],
        left=_left(words, found["owing"]),
        phone=formats.phone(found["clinic"]["phone"]),
    )
    return words["subject"].format(clinic=found["clinic_name"]), text


def _left(words: dict[str, str], left: Decimal) -> str:
    return words["owing"].format(amount=formats.usd(left)) if left > 0 else words["nothing"]


def _issued(session: Session, receipts: list[Receipt]) -> int:
    """The last entry of the press of the button that made these receipts; what came later is not on the paper."""
    own = [JournalEntry.kind == EntryKind.PATIENT_RECEIPT]
    own += [JournalEntry.idempotency_key.startswith(f"checkin-{receipt.number}-") for receipt in receipts]
    query = select(func.max(JournalEntry.id)).where(
        JournalEntry.receipt_id.in_([receipt.id for receipt in receipts]), or_(*own)
    )
    return session.scalar(query) or 0


def _copay_left(session: Session, appointment: Appointment, receipts: list[Receipt], issued: int) -> Decimal:
    """What was still to pay of the visit's copay, with the copay as it was asked for then."""
    asked = session.scalar(
        select(JournalEntry.cause["asked"].astext).where(
            JournalEntry.receipt_id.in_([receipt.id for receipt in receipts]),
            JournalEntry.kind == EntryKind.PATIENT_RECEIPT,
            JournalEntry.cause.has_key("asked"),
        )
    )
    due = Decimal(asked) if asked is not None else eligibility.copay_due(session, appointment).amount
    taken = eligibility.collected_for(session, [appointment.id], until=issued).get(appointment.id, ZERO)
    return max(due - taken, ZERO)


def _taken_back(session: Session, receipts: list[Receipt], words: dict[str, str], language: str) -> str:
    """The sentence for a receipt that was reversed since; empty for one that stands."""
    first = aliased(JournalEntry)
    query = (
        select(func.min(JournalEntry.created_at))
        .join(first, JournalEntry.reverses_id == first.id)
        .where(
            first.receipt_id.in_([receipt.id for receipt in receipts]),
            first.kind == EntryKind.PATIENT_RECEIPT,
        )
    )
    at = session.scalar(query)
    return words["taken_back"].format(day=_long(clock.local(at).date(), language)) if at else ""


def _rows(
    session: Session,
    appointment: Appointment,
    receipts: list[Receipt],
    issued: int,
    owed: dict[int, Decimal],
    copay_left: Decimal,
    language: str,
) -> list[dict[str, Any]]:
    patient = appointment.patient
    # Money that waits for the visit is owed for it as far as anybody can tell: its plan has yet to decide.
    left_of = {"copay": copay_left, "prepayment": ZERO}
    rows = [
        _waiting_row(appointment, receipt, left_of[receipt.purpose], language)
        for receipt in receipts
        if receipt.purpose in left_of
    ]
    paid = _applied(session, [receipt.id for receipt in receipts if receipt.purpose not in left_of], issued)
    left = _left_by_visit(session, [encounter.id for encounter, _ in paid], owed)
    for encounter, amount in paid:
        rest = left.get(encounter.id, ZERO)
        rows.append(
            {
                "visit": _long(encounter.service_on, language),
                "patient": f"{patient.first_name} {patient.last_name}",
                "provider": encounter.provider.name,
                "owed": amount + rest,
                "paid": amount,
                "left": rest,
                "awaits_plan": False,
            }
        )
    return rows


def _waiting_row(appointment: Appointment, receipt: Receipt, left: Decimal, language: str) -> dict[str, Any]:
    patient = appointment.patient
    day = _long(clock.local(appointment.starts_at).date(), language)
    return {
        "visit": f"{day}, {WORDS[language][receipt.purpose]}",
        "patient": f"{patient.first_name} {patient.last_name}",
        "provider": appointment.provider.name,
        "owed": receipt.amount + left,
        "paid": receipt.amount,
        "left": left,
        "awaits_plan": True,
    }


def _applied(session: Session, receipt_ids: list[int], issued: int) -> list[tuple[Encounter, Decimal]]:
    """What these receipts paid at the desk, by visit, oldest first."""
    query = (
        select(Encounter, func.sum(-Posting.amount))
        .join(Charge, Charge.encounter_id == Encounter.id)
        .join(Posting, Posting.charge_id == Charge.id)
        .where(
            Posting.receipt_id.in_(receipt_ids),
            Posting.account == Account.PATIENT_RECEIVABLE,
            Posting.entry_id <= issued,
        )
        .group_by(Encounter.id)
        .having(func.sum(Posting.amount) != 0)
        .order_by(Encounter.service_on, Encounter.id)
        .options(joinedload(Encounter.provider))
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _left_by_visit(
    session: Session, encounter_ids: list[int], owed: dict[int, Decimal]
) -> dict[int, Decimal]:
    left: dict[int, Decimal] = {}
    query = select(Charge.id, Charge.encounter_id).where(Charge.encounter_id.in_(encounter_ids))
    for charge_id, visit in session.execute(query):
        left[visit] = left.get(visit, ZERO) + max(owed.get(charge_id, ZERO), ZERO)
    return left


def _long(day: date, language: str) -> str:
    return format_date(day, "long", locale="en_US" if language == "en" else "es")


def _tax(number: str) -> str:
    digits = "".join(character for character in number if character.isdigit())
    return f"{digits[:2]}-{digits[2:]}"
