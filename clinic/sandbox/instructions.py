"""What a trainer tells the practice payer to do with one claim, or with the next one sent to it (Z1)."""

import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.db import new_public_id
from clinic.sandbox.errors import SandboxError
from clinic.sandbox.tables import SandboxInstruction, SandboxPayer

# What the trainer sees, and what it does.
ACTIONS = {
    "reject_999": "Reject the whole file (999)",
    "reject_277CA": "Reject the claim (277CA)",
    "deny": "Deny with a reason",
    "partial": "Pay in part",
    "reverse": "Take the payment back",
    "out_of_balance": "Pay, one cent out of balance",
    "silent": "Say nothing",
}
AT_INTAKE = ("reject_999", "reject_277CA", "deny", "partial", "out_of_balance", "silent")
AT_PAYMENT = ("deny", "partial", "out_of_balance")
_REASON = re.compile(r"(?:(CO|PR|OA|PI)-?)?([A-Z]?\d{1,3})", re.IGNORECASE)


def instruct(
    session: Session,
    action: str,
    *,
    control_number: str = "",
    edi_id: str = "",
    reason_code: str = "",
    key: str | None = None,
) -> SandboxInstruction:
    """Tell the payer what to do with a claim of that control number, or with the next claim of payer `edi_id`.

    The same `key` again answers the first instruction. Raises SandboxError for an unknown action or payer, a reason
    that is no code, or neither claim nor payer.
    """
    if action not in ACTIONS:
        raise SandboxError("The practice payer does not know this instruction.", "action")
    if not control_number and session.get(SandboxPayer, edi_id) is None:
        raise SandboxError("Name a claim, or the payer whose next claim is meant.", "edi_id")
    reason = reason_code.strip().upper()
    if action == "reverse" and reason not in ("", "CORRECT"):
        raise SandboxError("Write correct for a correction beside it, or leave this empty.", "reason_code")
    if action != "reverse" and reason and _REASON.fullmatch(reason) is None:
        raise SandboxError("This is no reason code: write 197, or CO-197.", "reason_code")
    if action == "deny" and not reason:
        raise SandboxError("A denial needs its reason code, such as 197.", "reason_code")
    if key is not None:
        existing = session.scalar(select(SandboxInstruction).where(SandboxInstruction.key == key))
        if existing is not None:
            return existing
    row = SandboxInstruction(
        key=key or new_public_id(),
        action=action,
        control_number=control_number.strip().upper(),
        edi_id=edi_id,
        reason_code=reason,
        given_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def withdraw(session: Session, key: str) -> bool:
    """Take back an instruction that was not followed yet; False when it was, or is gone."""
    row = session.scalar(select(SandboxInstruction).where(SandboxInstruction.key == key).with_for_update())
    if row is None or row.used_at is not None:
        return False
    session.delete(row)
    session.flush()
    return True


def for_arriving(session: Session, edi_id: str, control_number: str) -> SandboxInstruction | None:
    """The oldest instruction for a claim that arrives: by its number, else for the payer's next claim. It is used up."""
    by_number = SandboxInstruction.control_number == control_number
    for_next = (SandboxInstruction.control_number == "") & (SandboxInstruction.edi_id == edi_id)
    row = session.scalar(
        select(SandboxInstruction)
        .where(
            SandboxInstruction.used_at.is_(None),
            SandboxInstruction.action.in_(AT_INTAKE),
            or_(by_number, for_next),
        )
        .order_by((SandboxInstruction.control_number == "").asc(), SandboxInstruction.id)
        .limit(1)
    )
    return use(row, control_number) if row is not None else None


def for_paying(session: Session, control_number: str) -> SandboxInstruction | None:
    """An instruction given after the claim had arrived. It is used up."""
    row = session.scalar(
        select(SandboxInstruction)
        .where(
            SandboxInstruction.used_at.is_(None),
            SandboxInstruction.action.in_(AT_PAYMENT),
            SandboxInstruction.control_number == control_number,
        )
        .order_by(SandboxInstruction.id)
        .limit(1)
    )
    return use(row, control_number) if row is not None else None


def use(row: SandboxInstruction, control_number: str) -> SandboxInstruction:
    """Mark an instruction as followed."""
    row.used_at, row.used_for = clock.now(), control_number
    return row


def reason(row: SandboxInstruction, default: str) -> tuple[str, str]:
    """Group and CARC of an instruction; CO where no group was named."""
    found = _REASON.fullmatch(row.reason_code or default)
    return ((found[1] or "CO").upper(), found[2]) if found else ("CO", default)
