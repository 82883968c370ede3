"""The built-in practice payer: the other side, which sees only files (Z1).

It answers a 270 with a 271, a 278 with its decision and an 837P with TA1, 999 and 277CA, and pays on its day with an 835, from the plans,
fees and members in its own tables. Everything it decides follows from those, the claims it received and their
control numbers: the same files on the same days give the same bytes. Everything it writes is marked as a test.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic import clock, x12
from clinic.sandbox import authorization, eligibility, intake, mailbox, paying
from clinic.sandbox.enrolment import PayerSeed, add_fee, add_payer, add_plan, enrol_member, seed, set_mode
from clinic.sandbox.errors import SandboxError
from clinic.sandbox.instructions import ACTIONS, instruct, withdraw
from clinic.sandbox.mailbox import deliver, waiting

__all__ = [
    "ACTIONS",
    "PayerSeed",
    "SandboxError",
    "add_fee",
    "add_payer",
    "add_plan",
    "deliver",
    "enrol_member",
    "instruct",
    "pay_due",
    "read",
    "run",
    "seed",
    "set_mode",
    "waiting",
    "withdraw",
]

TURN_LOCK = 4_207_118


def read(session: Session, inbox: Path) -> int:
    """Read the clinic's `out` folder and write the answers to what is new; answers how many files were read.

    The answers stay in the payer's own table until `deliver`, in a later transaction, puts them into the folder.
    """
    _take_turn(session)
    letters = mailbox.unread(session, inbox)
    for letter in letters:
        try:
            kinds = list(
                dict.fromkeys(kind for item in x12.read_interchanges(letter.content) for kind in item.kinds)
            )
            note = _answer(session, letter.content, kinds)
        except x12.X12Error:
            kinds, note = [], "not readable"
        mailbox.note_read(session, letter, " ".join(kinds), note)
    session.flush()
    return len(letters)


def pay_due(session: Session, today: date) -> int:
    """Pay what is due on the clinic's day; answers how many 835 were written."""
    _take_turn(session)
    return paying.pay(session, today)


def run(session: Session, inbox: Path, outbox: Path) -> list[str]:
    """A whole turn in one transaction, for tests and seeding: read, pay, deliver. Answers the delivered names."""
    read(session, inbox)
    pay_due(session, clock.today())
    return deliver(session, outbox)


def _take_turn(session: Session) -> None:
    """One turn at a time: two of them would answer the same file twice."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": TURN_LOCK})


def _answer(session: Session, content: bytes, kinds: list[str]) -> str:
    if "837P" in kinds:
        return intake.take_in(session, content)
    if "270" in kinds:
        return _answer_questions(session, content)
    if "278" in kinds:
        return _decide(session, content)
    return "kept unanswered"


def _answer_questions(session: Session, content: bytes) -> str:
    requests = x12.read_270(content)
    if requests[0].envelope is None or requests[0].envelope.usage != "T":
        return "refused: not marked as a test"
    said = [item for item in (eligibility.answer(session, one) for one in requests) if item is not None]
    answers = [replace(item, control_number=f"{number:04d}") for number, item in enumerate(said, 1)]
    if answers:
        envelope = mailbox.reply_envelope(session, mailbox.partner_of(requests[0].envelope))
        mailbox.answer(session, envelope, "271", x12.write_271(envelope, answers))
    return f"{len(answers)} of {len(requests)} questions answered"


def _decide(session: Session, content: bytes) -> str:
    requests = [one for one in x12.read_278(content) if isinstance(one, x12.AuthorizationRequest)]
    if not requests or requests[0].envelope is None or requests[0].envelope.usage != "T":
        return "refused: not marked as a test"
    said = [item for item in (authorization.answer(session, one) for one in requests) if item is not None]
    answers = [replace(item, control_number=f"{number:04d}") for number, item in enumerate(said, 1)]
    if answers:
        envelope = mailbox.reply_envelope(session, mailbox.partner_of(requests[0].envelope))
        mailbox.answer(session, envelope, "278", x12.write_278_response(envelope, answers))
    return f"{len(answers)} of {len(requests)} requests decided"
