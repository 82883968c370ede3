"""The three proofs of a remittance (R4, R5, R7), exact to the cent and with the place where cents are missing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from clinic.x12.results.remittance import ClaimPayment, Remittance

_ZERO = Decimal("0.00")
Level = Literal["line", "claim", "lines", "check", "patient"]


@dataclass(frozen=True, slots=True)
class Balance:
    """One sum. `expected` is what the parts give, `found` what the payer wrote; `position` is the segment in the file
    (SVC, CLP or BPR), `label` says which sum in words."""

    level: Level
    position: int
    label: str
    expected: Decimal
    found: Decimal

    @property
    def difference(self) -> Decimal:
        return self.found - self.expected

    @property
    def ok(self) -> bool:
        return self.found == self.expected


@dataclass(frozen=True, slots=True)
class ClaimProof:
    """The sums of one claim. `lines` are those of its lines, then Σ billed and Σ paid of the lines against the claim;
    `patient` (R7) is a flag only and never makes a claim fail."""

    control_number: str
    position: int
    claim: Balance
    lines: tuple[Balance, ...]
    patient: Balance | None

    @property
    def ok(self) -> bool:
        return self.claim.ok and all(line.ok for line in self.lines)


@dataclass(frozen=True, slots=True)
class BalanceProof:
    """The proof of one remittance. `failures` are the sums that do not hold, in the order of the file."""

    check: Balance
    claims: tuple[ClaimProof, ...]
    failures: tuple[Balance, ...]

    @property
    def ok(self) -> bool:
        return not self.failures

    @property
    def lines_ok(self) -> bool:
        return not any(failure.level in ("line", "lines") for failure in self.failures)

    @property
    def claims_ok(self) -> bool:
        return not any(failure.level == "claim" for failure in self.failures)

    @property
    def warnings(self) -> tuple[Balance, ...]:
        """CLP05 that is not the sum of the PR adjustments (R7): the adjustments are trusted."""
        return tuple(
            claim.patient for claim in self.claims if claim.patient is not None and not claim.patient.ok
        )


def prove(remittance: Remittance) -> BalanceProof:
    """All sums of a remittance (R4 to R7). Amounts of AMT never count."""
    proofs = tuple([prove_claim(claim) for claim in remittance.claims])
    paid = sum([claim.amount_paid for claim in remittance.claims], _ZERO)
    check = prove_check(remittance, paid)
    failures = [
        failure
        for proof in proofs
        if not proof.ok
        for failure in (proof.claim, *proof.lines)
        if not failure.ok
    ]
    if not check.ok:
        failures.append(check)
    return BalanceProof(check, proofs, tuple(failures))


def prove_claim(claim: ClaimPayment) -> ClaimProof:
    """Line: billed − adjustments = paid. Claim: billed − all adjustments = paid, and lines add up to the claim (R4)."""
    at_claim = sum([adjustment[2] for adjustment in claim.adjustments], _ZERO)
    adjusted = at_claim
    patient = sum([adjustment[2] for adjustment in claim.adjustments if adjustment[0] == "PR"], _ZERO)
    lines = []
    billed = paid = _ZERO
    for line in claim.lines:
        taken = _ZERO
        for adjustment in line.adjustments:
            taken += adjustment[2]
            if adjustment[0] == "PR":
                patient += adjustment[2]
        billed += line.amount_billed
        paid += line.amount_paid
        adjusted += taken
        lines.append(
            Balance("line", line.position, "paid for the line", line.amount_billed - taken, line.amount_paid)
        )
    if lines:
        lines.append(Balance("lines", claim.position, "billed on all lines", billed, claim.amount_billed))
        lines.append(
            Balance("lines", claim.position, "paid on all lines", paid - at_claim, claim.amount_paid)
        )
    whole = Balance(
        "claim", claim.position, "paid for the claim", claim.amount_billed - adjusted, claim.amount_paid
    )
    said = claim.patient_responsibility
    owed = None
    if said is not None and not claim.is_reversal:
        owed = Balance("patient", claim.position, "patient responsibility", patient, said)
    return ClaimProof(claim.control_number, claim.position, whole, tuple(lines), owed)


def prove_check(remittance: Remittance, paid: Decimal) -> Balance:
    """Payment = Σ paid of the claims − Σ provider adjustments: a positive one lowers the payment (R4, R5)."""
    taken = sum([adjustment.amount for adjustment in remittance.provider_adjustments], _ZERO)
    return Balance("check", remittance.first_position, "paid in all", paid - taken, remittance.amount)


def _holds(claim: ClaimPayment) -> bool:
    """R4 for a claim and its lines without saying why: the sums of `prove_claim`, in one pass."""
    at_claim = _ZERO
    for adjustment in claim.adjustments:
        at_claim += adjustment[2]
    billed, paid = claim.amount_billed, claim.amount_paid
    lines = claim.lines
    if not lines:
        return billed - at_claim == paid
    sum_billed = sum_paid = _ZERO
    for line in lines:
        left = line_billed = line.amount_billed
        for adjustment in line.adjustments:
            left -= adjustment[2]
        line_paid = line.amount_paid
        if left != line_paid:
            return False
        sum_billed += line_billed
        sum_paid += line_paid
    # Every line holds, so the claim's own sum follows from these two.
    return sum_billed == billed and sum_paid - at_claim == paid


class Prover:
    """The same proof for a stream: `add` each claim, then `finish` with its remittance. Keeps failures only, and
    spells out the sums of a claim only where one of them does not hold."""

    def __init__(self) -> None:
        self._paid = _ZERO
        self._failures: list[Balance] = []
        self.claims = 0

    def add(self, claim: ClaimPayment) -> bool:
        """Whether the claim and its lines balance."""
        self.claims += 1
        self._paid += claim.amount_paid
        if _holds(claim):
            return True
        proof = prove_claim(claim)
        self._failures += [failure for failure in (proof.claim, *proof.lines) if not failure.ok]
        return proof.ok

    def finish(self, remittance: Remittance) -> BalanceProof:
        """The proof of the set, its `claims` left out; ready for the next set."""
        check = prove_check(remittance, self._paid)
        failures = self._failures if check.ok else [*self._failures, check]
        self._paid, self._failures, self.claims = _ZERO, [], 0
        return BalanceProof(check, (), tuple(failures))


__all__ = ["Balance", "BalanceProof", "ClaimProof", "Prover", "prove", "prove_check", "prove_claim"]
