"""Any sequence of posts, reversals and refunds leaves true books (trust T2, Z4)."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from clinic import db, ledger, verify
from clinic.ledger import InsurancePayment, LinePosting
from clinic.models.ledger import Account, EntryKind, JournalEntry, Receipt
from clinic.models.remittances import Remittance
from tests.factories import make_guarantor, make_patient, make_payer, make_provider
from tests.ledger.house import account_sums, make_remittance, post_visit

CENTS = st.integers(min_value=1, max_value=9_000).map(lambda cents: Decimal(cents).scaleb(-2))
PICK = st.integers(min_value=0, max_value=10_000)


class Books(RuleBasedStateMachine):
    """A household, two insurers and everything that may happen to their money.

    A refusal by name is a right answer; whatever else is raised, or a check that fails after a step, is a fault.
    """

    connection = None  # of the test's outer transaction; set by the test

    def __init__(self) -> None:
        super().__init__()
        db.session.remove()
        self.savepoint = self.connection.begin_nested()
        self.session = session = db.session()
        self.guarantor = make_guarantor(session)
        self.patients = [make_patient(session, guarantor=self.guarantor) for _ in range(2)]
        self.payers = [make_payer(session) for _ in range(2)]
        self.provider = make_provider(session)
        self.keys = 0
        self.charges: list[tuple[int, int]] = []  # (charge id, patient id)

        # Something to happen to: a visit with each insurer, one without, and money in hand.
        for who, payer in ((0, 0), (1, 1), (0, None)):
            self.sign(["100.00", "60.00"], who, payer)
        with db.transaction():
            for amount in ("45.00", "120.00"):
                ledger.receive(
                    session,
                    guarantor_id=self.guarantor.id,
                    amount=Decimal(amount),
                    method="check",
                    key=self.key(),
                )

    def sign(self, amounts: list[str], who: int, payer: int | None) -> None:
        patient = self.pick(self.patients, who)
        with db.transaction():
            visit = post_visit(
                self.session,
                patient,
                None if payer is None else self.payers[payer],
                *amounts,
                key=self.key(),
                provider=self.provider,
            )
        self.charges += [(charge.id, patient.id) for charge in visit.charges]

    def key(self) -> str:
        self.keys += 1
        return f"step{self.keys}"

    def attempt(self, step) -> None:
        try:
            with db.transaction():
                step()
        except ledger.LedgerError:
            pass

    def pick(self, rows: list, number: int):
        return rows[number % len(rows)]

    def receipts(self) -> list[Receipt]:
        query = select(Receipt).where(Receipt.guarantor_id == self.guarantor.id).order_by(Receipt.id)
        return list(self.session.scalars(query))

    def entries(self) -> list[JournalEntry]:
        return list(self.session.scalars(select(JournalEntry).order_by(JournalEntry.id)))

    @rule(amounts=st.lists(CENTS, min_size=1, max_size=3), who=PICK, payer=st.sampled_from([None, 0, 1]))
    def a_visit_is_signed(self, amounts, who, payer) -> None:
        self.sign([str(amount) for amount in amounts], who, payer)

    @rule(amount=CENTS, apply=st.booleans(), who=st.sampled_from([None, 0, 1]))
    def money_comes_in(self, amount, apply, who) -> None:
        take = ledger.receive_and_apply if apply else ledger.receive
        patient_id = None if who is None else self.patients[who].id
        self.attempt(
            lambda: take(
                self.session,
                guarantor_id=self.guarantor.id,
                patient_id=patient_id,
                amount=amount,
                method="cash",
                key=self.key(),
            )
        )

    @rule()
    def unapplied_money_is_applied(self) -> None:
        self.attempt(lambda: ledger.apply_unapplied(self.session, self.guarantor.id, key=self.key()))

    @rule(which=PICK, shares=st.tuples(*[st.integers(-40, 100)] * 3), payer=PICK, cents=CENTS)
    def an_insurer_answers(self, which, shares, payer, cents) -> None:
        """Any amounts at all, negative ones too (R16): the payer's word is posted as it stands."""
        charge_id, patient_id = self.pick(self.charges, which)
        paid, contractual, patient_part = (cents * share / 100 for share in shares)
        paid, contractual, patient_part = (
            amount.quantize(Decimal("0.01")) for amount in (paid, contractual, patient_part)
        )
        insurer = self.pick(self.payers, payer)

        def post() -> None:
            remittance = make_remittance(self.session, insurer, str(paid))
            line = LinePosting(
                charge_id, paid=paid, contractual=[("CO-45", contractual)], patient=[("PR-2", patient_part)]
            )
            payment = InsurancePayment(
                patient_id=patient_id, payer_id=insurer.id, remittance_id=remittance.id, lines=[line]
            )
            ledger.post_insurance_payment(self.session, payment, key=self.key())

        self.attempt(post)

    @rule(which=PICK, amount=CENTS, payer=PICK, way=st.sampled_from(["patient", "payer", "next"]))
    def responsibility_moves(self, which, amount, payer, way) -> None:
        charge_id, _ = self.pick(self.charges, which)
        payer_id = self.pick(self.payers, payer).id
        bucket = "insurance" if way == "next" else "patient"

        def move() -> None:
            if way == "patient":
                ledger.transfer_to_patient(self.session, charge_id, amount, "PR-1", key=self.key())
            else:
                ledger.transfer_to_payer(
                    self.session, charge_id, payer_id, amount, "Found", key=self.key(), bucket=bucket
                )

        self.attempt(move)

    @rule(which=PICK, amount=CENTS, bucket=st.sampled_from(["insurance", "patient"]))
    def money_is_given_up(self, which, amount, bucket) -> None:
        charge_id, _ = self.pick(self.charges, which)
        self.attempt(
            lambda: ledger.write_off(
                self.session, charge_id, bucket, amount, "small_balance", "Small", key=self.key()
            )
        )

    @rule(which=PICK, charge=PICK, amount=CENTS, way=st.sampled_from(["apply", "free", "refund", "bounce"]))
    def a_receipt_is_worked(self, which, charge, amount, way) -> None:
        receipt = self.pick(self.receipts(), which)
        charge_id = self.pick(self.charges, charge)[0]

        def work() -> None:
            if way == "apply":
                ledger.apply_receipt(self.session, receipt, charge_id, amount, key=self.key())
            elif way == "free":
                ledger.unapply_receipt(self.session, receipt, charge_id, amount, "Free", key=self.key())
            elif way == "refund":
                ledger.refund(self.session, receipt, amount, "cash", "Asked", key=self.key())
            else:
                ledger.reverse_receipt(self.session, receipt, "Bounced", key=self.key())

        self.attempt(work)

    @rule(which=PICK, whole=st.booleans())
    def something_is_reversed(self, which, whole) -> None:
        entry = self.pick(self.entries(), which)

        def undo() -> None:
            if whole and entry.remittance_id is not None and entry.kind is EntryKind.INSURANCE_PAYMENT:
                ledger.reverse_remittance(self.session, entry.remittance_id, "Undo", key=self.key())
            else:
                ledger.reverse_entry(self.session, entry, "Undo", key=self.key())
            for remittance_id in {entry.remittance_id} - {None}:
                self.session.get_one(Remittance, remittance_id).state = "reversed"

        self.attempt(undo)

    @invariant()
    def every_promise_holds(self) -> None:
        wrong = [result for result in money_checks(self.session) if not result.ok]
        assert wrong == []

    @invariant()
    def every_cent_is_explained(self) -> None:
        """Z4: the reasons of each balance sum to it, bucket by bucket and as a whole."""
        ids = [charge_id for charge_id, _ in self.charges]
        balances = ledger.charge_balances(self.session, ids)
        for bucket in ("insurance", "patient", None):
            reasons = ledger.explain_many(self.session, ids, bucket)
            for charge_id, balance in balances.items():
                owed = balance.total if bucket is None else getattr(balance, bucket)
                assert ledger.total(reasons.get(charge_id, [])) == owed

    @invariant()
    def the_household_is_the_sum_of_its_parts(self) -> None:
        """The accounts, the cached rows and the face say the same, each on its own path."""
        balance = ledger.guarantor_balance(self.session, self.guarantor.id)
        sums = account_sums(self.session)
        assert balance.insurance == sums.get(Account.INSURANCE_RECEIVABLE, 0)
        assert balance.patient == sums.get(Account.PATIENT_RECEIVABLE, 0)
        assert balance.unapplied == -sums.get(Account.UNAPPLIED_PATIENT, 0)
        parts = ledger.patient_balances(self.session, [patient.id for patient in self.patients])
        assert sum(part.total for part in parts.values()) == balance.total

    def teardown(self) -> None:
        db.session.remove()
        self.savepoint.rollback()


def money_checks(session) -> list[verify.CheckResult]:
    return [verify._money(session, check) for check in verify.MONEY_CHECKS]


def run(session, examples: int, steps: int) -> None:
    Books.connection = session.get_bind()
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_random_books_hold_after_every_step(session):
    run(session, examples=10, steps=30)


@pytest.mark.long
def test_ten_thousand_random_steps_hold(session):
    """Trust T2."""
    run(session, examples=200, steps=50)
