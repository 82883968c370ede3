"""The only writer of money: an append-only double-entry journal and the balances it keeps (B1 to B13, R10 to R27).

Debits are above zero, credits below (docs/adr/0001-signs-in-the-ledger.md). Every function that writes takes an
idempotency `key` and returns the first entry when that key was used; a mistake is reversed, never changed.
`posted_on` is the open day unless a caller says otherwise.
"""

from clinic.ledger.amounts import refuse_card_number, usd
from clinic.ledger.applications import apply_receipt, apply_unapplied, receive_and_apply, unapply_receipt
from clinic.ledger.balances import (
    Balance,
    EntriesPage,
    EntryRow,
    charge_balances,
    entries_page,
    guarantor_balance,
    guarantor_balances,
    is_reversed,
    open_items,
    owed_after,
    patient_balance,
    patient_balances,
    unapplied_items,
)
from clinic.ledger.charges import post_charges
from clinic.ledger.corrections import (
    WRITE_OFF_ACCOUNTS,
    reverse_entry,
    reverse_receipt,
    reverse_remittance,
    transfer_to_patient,
    transfer_to_payer,
    write_off,
)
from clinic.ledger.days import (
    DayTotals,
    Deposit,
    close_day,
    close_drawer,
    day_totals,
    deposit,
    expected,
    open_drawer,
)
from clinic.ledger.errors import (
    AlreadyReversed,
    AmountRefused,
    CardNumberRefused,
    ChargeUnknown,
    DayClosed,
    DrawerClosed,
    KeyReused,
    LedgerError,
    OverApplied,
)
from clinic.ledger.explanations import Reason, explain, explain_many, total
from clinic.ledger.insurance import (
    PROVIDER_ADJUSTMENT_ACCOUNTS,
    InsurancePayment,
    LinePosting,
    move_unmatched,
    post_insurance_payment,
    post_insurance_payments,
    post_provider_adjustment,
    post_unmatched_insurance,
)
from clinic.ledger.journal import INSURANCE, PATIENT, open_day
from clinic.ledger.receipts import METHODS, PURPOSES, receive, refund

__all__ = [
    "INSURANCE",
    "METHODS",
    "PATIENT",
    "PROVIDER_ADJUSTMENT_ACCOUNTS",
    "PURPOSES",
    "WRITE_OFF_ACCOUNTS",
    "AlreadyReversed",
    "AmountRefused",
    "Balance",
    "CardNumberRefused",
    "ChargeUnknown",
    "DayClosed",
    "DayTotals",
    "Deposit",
    "DrawerClosed",
    "EntriesPage",
    "EntryRow",
    "InsurancePayment",
    "KeyReused",
    "LedgerError",
    "LinePosting",
    "OverApplied",
    "Reason",
    "apply_receipt",
    "apply_unapplied",
    "charge_balances",
    "close_day",
    "close_drawer",
    "day_totals",
    "deposit",
    "entries_page",
    "expected",
    "explain",
    "explain_many",
    "guarantor_balance",
    "guarantor_balances",
    "is_reversed",
    "move_unmatched",
    "open_day",
    "open_drawer",
    "open_items",
    "owed_after",
    "patient_balance",
    "patient_balances",
    "post_charges",
    "post_insurance_payment",
    "post_insurance_payments",
    "post_provider_adjustment",
    "post_unmatched_insurance",
    "receive",
    "receive_and_apply",
    "refund",
    "refuse_card_number",
    "reverse_entry",
    "reverse_receipt",
    "reverse_remittance",
    "total",
    "transfer_to_patient",
    "transfer_to_payer",
    "unapplied_items",
    "unapply_receipt",
    "usd",
    "write_off",
]
