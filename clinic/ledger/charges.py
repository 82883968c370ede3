"""Charges enter the ledger when their visit is signed off."""

from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.ledger import journal
from clinic.ledger.journal import Draft, Line
from clinic.models.charges import Encounter
from clinic.models.ledger import Account, EntryKind, JournalEntry, OpenItem


def post_charges(
    session: Session,
    encounter: Encounter,
    *,
    payer_id: int | None,
    guarantor_id: int,
    key: str,
    posted_on: date | None = None,
) -> list[JournalEntry]:
    """Post one entry for each charge of a signed visit: a receivable up, revenue up (B1, B3).

    The whole amount stands with the payer, or with the patient when there is none. A line of $0.00 opens its
    two balances and posts no entry. The same `key` again returns the first entries.
    """
    posted = journal.found_group(session, key, EntryKind.CHARGE)
    if posted:
        return posted
    if not encounter.charges:
        return []
    day = journal.posting_day(session, posted_on)
    # Both buckets exist from the start, so that every later posting finds its rows to lock.
    session.execute(
        insert(OpenItem).on_conflict_do_nothing().returning(OpenItem.id),
        [
            {
                "charge_id": charge.id,
                "bucket": bucket,
                "patient_id": encounter.patient_id,
                "guarantor_id": guarantor_id,
                "payer_id": payer_id if bucket == journal.INSURANCE else None,
                "amount": journal.ZERO,
                "service_on": encounter.service_on,
                "responsible_on": day,
            }
            for charge in encounter.charges
            for bucket in (journal.INSURANCE, journal.PATIENT)
        ],
    )
    receivable = Account.PATIENT_RECEIVABLE if payer_id is None else Account.INSURANCE_RECEIVABLE
    drafts = [
        Draft(
            kind=EntryKind.CHARGE,
            key=key,
            lines=(
                Line(receivable, charge.amount, charge_id=charge.id, payer_id=payer_id),
                Line(Account.REVENUE, -charge.amount, charge_id=charge.id, payer_id=payer_id),
            ),
            memo=" ".join(["Charge", charge.code, *charge.modifiers]),
            patient_id=encounter.patient_id,
            guarantor_id=guarantor_id,
            service_on=encounter.service_on,
            cause={"encounter_id": encounter.id},
        )
        for charge in encounter.charges
        if charge.amount
    ]
    return journal.write(session, journal.grouped(key, drafts), event="post_charges", posted_on=day)
