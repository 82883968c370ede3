"""What comes back about a file of ours: TA1, 999, 277CA, read and put on each claim's timeline (C1, C2).

A rejection means that the payer has no claim, so it goes back to be mended and is never called denied. Both levels
are kept: the clearinghouse's word and the payer's. A word about an older submission, or about a claim that was
decided meanwhile, is written down and moves nothing.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, files, x12
from clinic.claims.states import AT_PAYER, move
from clinic.models import Claim, StoredFile, Submission, SubmittedClaim
from clinic.x12 import codes

# A word of an earlier level never takes a claim back behind a later one.
BEFORE_RECEIPT = frozenset({"queued", "transmitted"})
BEFORE_ACCEPTANCE = frozenset({"queued", "transmitted", "accepted_by_ch"})
REJECTABLE = AT_PAYER | {"queued"}
CLAIM_GROUP = "HC"


class _Word(NamedTuple):
    """What a file says of one claim: where it moves from and to, and the line on the timeline."""

    kind: str
    to_state: str
    from_states: frozenset[str]
    text: str
    raw: str
    payer_claim_number: str = ""
    level: str = ""


def take_in_acknowledgment(session: Session, file: StoredFile) -> None:
    """Read a TA1, 999 or 277CA and move the claims it speaks of.

    The same bytes again change nothing. What refers to nothing of ours is kept with its reason: `file.state` is
    then "unmatched" when the whole file is strange, and `file.reason` says what was not found.
    """
    if file.state != "stored":
        return
    earlier = files.earlier_copy(session, file)
    if earlier is not None:
        file.state, file.reason = "duplicate", f"The same bytes came before, as {earlier.name}."
        return
    taker = _Taker(session, file)
    taker.interchanges()
    taker.groups()
    taker.claim_answers()
    file.reason = " ".join(dict.fromkeys(taker.strange))
    file.state = "taken_in" if taker.understood or not taker.strange else "unmatched"
    audit.record(
        session,
        "claim.acknowledged",
        patients=taker.patients,
        subject=f"stored_file:{file.public_id}",
        category="claim",
        changes={"claims": taker.understood},
    )


def strange_files(session: Session, limit: int = 100) -> list[StoredFile]:
    """Answers, or parts of them, that refer to nothing of ours, newest first, each with its reason."""
    query = (
        select(StoredFile)
        .where(
            StoredFile.direction == "in",
            StoredFile.kind.in_(("TA1", "999", "277CA")),
            StoredFile.reason != "",
            StoredFile.state != "duplicate",
        )
        .order_by(StoredFile.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


class _Taker:
    """One file being taken in."""

    def __init__(self, session: Session, file: StoredFile) -> None:
        self.session = session
        self.file = file
        self.data = file.content()
        self.strange: list[str] = []
        self.patients: set[int] = set()
        self.understood = 0

    # ---- TA1 ----

    def interchanges(self) -> None:
        for answer in x12.read_ta1(self.data):
            submission = self._submission(
                Submission.interchange_number, answer.control_number, _sender(answer.envelope)
            )
            if submission is None:
                self.strange.append(f"The TA1 answers file {answer.control_number:09d}, which is not ours.")
                continue
            raw = self._raw(answer.position, answer.position)
            if answer.accepted:
                word = _Word("receipt", "", frozenset(), f"TA1, file taken in ({answer.code}).", raw)
            else:
                text = f"TA1: the whole file was refused (note {answer.note})."
                word = _Word("rejected", "rejected_999", REJECTABLE, text, raw, level="interchange")
                submission.state = "rejected"
            self._tell(self._of(SubmittedClaim.submission_id == submission.id), word)

    # ---- 999 ----

    def groups(self) -> None:
        for answer in x12.read_999(self.data):
            if answer.functional_id != CLAIM_GROUP:
                self.understood += 1  # of a question about eligibility: nothing of ours to move
                continue
            submission = self._submission(
                Submission.group_number, _number(answer.group_control_number), _sender(answer.envelope)
            )
            if submission is None:
                self.strange.append(
                    f"The 999 answers group {answer.group_control_number}, which is not ours."
                )
                continue
            submission.acknowledged_at = submission.acknowledged_at or clock.now()
            if answer.sets:
                for answered in answer.sets:
                    self._set(submission, answered)
            else:
                word = self._syntax_word(answer.code, [], answer.code in ("A", "E"), "")
                self._tell(self._of(SubmittedClaim.submission_id == submission.id), word)
            submission.state = "acknowledged" if answer.code in ("A", "E", "P") else "rejected"

    def _set(self, submission: Submission, answered: x12.SetAcknowledgment) -> None:
        entries = self._of(
            SubmittedClaim.submission_id == submission.id,
            SubmittedClaim.set_number == answered.control_number,
        )
        if not entries:
            self.strange.append(f"The 999 answers set {answered.control_number}, which was not in that file.")
            return
        raw = self._raw_until(answered.position, ("IK5", "AK5"))
        self._tell(entries, self._syntax_word(answered.code, answered.errors, answered.accepted, raw))

    def _syntax_word(self, code: str, errors: Sequence[x12.SegmentError], accepted: bool, raw: str) -> _Word:
        if accepted:
            text = "999, file accepted." if code == "A" else "999, file accepted with errors noted."
            return _Word("receipt", "accepted_by_ch", BEFORE_RECEIPT, text, raw, level="syntax")
        faults = "; ".join(_fault(error) for error in errors[:3])
        text = "999: the set was refused, with every claim in it." + (f" {faults}." if faults else "")
        return _Word("rejected", "rejected_999", REJECTABLE, text, raw, level="syntax")

    # ---- 277CA ----

    def claim_answers(self) -> None:
        for answer in x12.read_277ca(self.data):
            level = "payer" if answer.source_role == "PR" else "clearinghouse"
            self._batch(answer, level)
            statuses = [status for provider in answer.providers for status in provider.claims]
            entries = self._by_control_number([status.control_number for status in statuses])
            for status in statuses:
                found = entries.get(status.control_number)
                if found is None:
                    self.strange.append(
                        f"The 277CA speaks of claim {status.control_number}, which is not ours."
                    )
                    continue
                self._tell([found], _claim_word(status, level))

    def _batch(self, answer: x12.ClaimAcknowledgment, level: str) -> None:
        """A U at receiver or provider level refuses every claim of the set, listed or not."""
        refused = [status for status in answer.statuses if status.action == "U"]
        refused += [status for each in answer.providers for status in each.statuses if status.action == "U"]
        references = [answer.batch_reference, *(each.trace for each in answer.providers)]
        if not refused:
            return
        entries = next((found for found in map(self._of_batch, references) if found), [])
        if not entries:
            self.strange.append(f"The 277CA refuses batch {answer.batch_reference}, which is not ours.")
            return
        raw = self._raw(answer.position, answer.position + 40)
        text = f"277CA: the whole batch was refused. {_status_words(refused[0])}"
        self._tell(entries, _Word("rejected", "rejected_277CA", REJECTABLE, text, raw, level=level))

    def _of_batch(self, reference: str) -> list[tuple[SubmittedClaim, Claim]]:
        file_number, _, set_number = reference.partition("-")
        submission = self._submission(Submission.interchange_number, _number(file_number), "")
        if submission is None:
            return []
        return self._of(
            SubmittedClaim.submission_id == submission.id, SubmittedClaim.set_number == set_number
        )

    # ---- Shared ----

    def _tell(self, entries: Iterable[tuple[SubmittedClaim, Claim]], word: _Word) -> None:
        entries = list(entries)
        newest = self._newest([claim.id for _, claim in entries])
        for entry, claim in entries:
            self.understood += 1
            self.patients.add(claim.patient_id)
            current = newest.get(claim.id) == entry.id
            moves = current and claim.state in word.from_states
            if word.payer_claim_number and current:
                claim.payer_claim_number = word.payer_claim_number
            if moves and word.to_state == "accepted_by_payer":
                claim.accepted_at = clock.now()
            older = "" if current else f" (of the earlier submission {entry.control_number})"
            move(
                self.session,
                claim,
                word.to_state if moves else claim.state,
                word.kind,
                word.text + older,
                file=self.file,
                raw=word.raw,
                details={"level": word.level, "clm01": entry.control_number},
                audited=False,
            )

    def _newest(self, claim_ids: Sequence[int]) -> dict[int, int]:
        query = (
            select(SubmittedClaim.claim_id, func.max(SubmittedClaim.id))
            .where(SubmittedClaim.claim_id.in_(claim_ids))
            .group_by(SubmittedClaim.claim_id)
        )
        return {claim_id: int(newest) for claim_id, newest in self.session.execute(query)}

    def _of(self, *where: ColumnElement[bool]) -> list[tuple[SubmittedClaim, Claim]]:
        query = (
            select(SubmittedClaim, Claim)
            .join(Claim, Claim.id == SubmittedClaim.claim_id)
            .where(*where)
            .order_by(SubmittedClaim.id)
            .with_for_update(of=Claim)
        )
        return [(entry, claim) for entry, claim in self.session.execute(query)]

    def _by_control_number(self, numbers: Sequence[str]) -> dict[str, tuple[SubmittedClaim, Claim]]:
        found = self._of(SubmittedClaim.control_number.in_(numbers))
        return {entry.control_number: (entry, claim) for entry, claim in found}

    def _submission(self, column: ColumnElement[int] | object, number: int, sender: str) -> Submission | None:
        """Ours by its number; when several payers share a number, the one whom the sender's name fits."""
        rows = list(self.session.scalars(select(Submission).where(column == number)))  # type: ignore[arg-type]
        fitting = [row for row in rows if row.partner == (sender or self.file.partner)]
        return fitting[0] if fitting else rows[0] if len(rows) == 1 else None

    def _raw(self, first: int, last: int) -> str:
        return "".join(f"{text}~" for text in x12.raw_segments(self.data, first, last))

    def _raw_until(self, first: int, ends: tuple[str, ...]) -> str:
        taken = []
        for text in x12.raw_segments(self.data, first, first + 200):
            taken.append(f"{text}~")
            if text.startswith(ends):
                break
        return "".join(taken)


def _claim_word(status: x12.ClaimStatus, level: str) -> _Word:
    words = " ".join(_status_words(each) for each in status.statuses)
    if status.rejected:
        return _Word(
            "rejected", "rejected_277CA", REJECTABLE, f"277CA: rejected. {words}", status.raw, level=level
        )
    number = status.payer_control_number
    said = f"277CA, {words}" + (f" Payer's number {number}." if number else "")
    if status.accepted and level == "payer":
        return _Word("accepted", "accepted_by_payer", BEFORE_ACCEPTANCE, said, status.raw, number, level)
    # A0 and A1 are receipts, and so is a clearinghouse's own A2: the payer has not spoken yet (C2, C10).
    return _Word("receipt", "accepted_by_ch", BEFORE_RECEIPT, said, status.raw, number, level)


def _status_words(status: x12.Status) -> str:
    parts = []
    for each in status.codes:
        words = [codes.describe_status_category(each.category), codes.describe_status(each.code)]
        parts.append(
            f"{each.category}:{each.code} {': '.join(dict.fromkeys(word for word in words if word))}."
        )
    if status.message:
        parts.append(status.message)
    return " ".join(parts)


def _fault(error: x12.SegmentError) -> str:
    place = f"segment {error.segment} at place {error.set_position}"
    if error.elements:
        first = error.elements[0]
        place += f", element {first.element:02d}" + (f" ({first.value})" if first.value else "")
    name, value = error.business_unit
    return place + (f", {name} {value}" if value else "")


def _sender(envelope: x12.Envelope | None) -> str:
    return envelope.sender_id.strip() if envelope else ""


def _number(text: str) -> int:
    return int(text) if text.isdigit() else -1
