"""Valid rows with invented people: plain functions, everything by default, changes by keyword."""

import itertools
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from clinic import claims, clock, formats, ledger
from clinic.config import Config
from clinic.db import new_public_id
from clinic.models import (
    Appointment,
    Charge,
    Claim,
    Coverage,
    Encounter,
    Enrolment,
    Fee,
    FeeSchedule,
    Guarantor,
    Patient,
    Payer,
    Practice,
    Procedure,
    ProviderHours,
    RenderingProvider,
    Room,
    User,
    VisitType,
)
from clinic.patients import names

_numbers = itertools.count(1)
# A hash of nothing anybody types; sign-in tests make their own.
UNUSABLE = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
SPRING = date(2026, 1, 1)


def npi(number: int) -> str:
    """A made-up NPI with a right check digit."""
    base = f"{1_000_000_00 + number:09d}"
    digits = [int(c) for c in "80840" + base]
    total = sum(sum(divmod(d * 2, 10)) if i % 2 == 0 else d for i, d in enumerate(reversed(digits)))
    return base + str(-total % 10)


def _add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def make_user(session: Session, role: str = "front_desk", **changes: Any) -> User:
    number = next(_numbers)
    values = {
        "sign_in_name": f"{role}{number}",
        "name": f"{role.replace('_', ' ').title()} {number}",
        "role": role,
        "password_hash": UNUSABLE,
        "created_at": clock.wall_now(),
    }
    return _add(session, User(public_id=new_public_id(), **(values | changes)))


def make_practice(session: Session, **changes: Any) -> Practice:
    values = {
        "name": "Riverside Family Medicine",
        "legal_name": "Riverside Family Medicine PC",
        "npi": npi(1),
        "tax_id": "931234567",
        "taxonomy": "207Q00000X",
        "address": "1200 River Rd",
        "city": "Portland",
        "state": "OR",
        "zip": "972050001",
        "phone": "+15550100100",
        "edi_sender_id": "RIVERSIDE01",
    }
    return _add(session, Practice(**(values | changes)))


def make_provider(session: Session, **changes: Any) -> RenderingProvider:
    number = next(_numbers)
    values = {
        "first_name": "Helen",
        "last_name": f"Adams{number}",
        "credential": "MD",
        "npi": npi(1000 + number),
        "taxonomy": "207Q00000X",
        "position": number,
    }
    provider = _add(session, RenderingProvider(**(values | changes)))
    for weekday in range(7):
        hours = ProviderHours(
            provider_id=provider.id,
            weekday=weekday,
            starts=time(8),
            ends=time(18),
            effective_on=SPRING,
        )
        session.add(hours)
    session.flush()
    return provider


def make_room(session: Session, **changes: Any) -> Room:
    return _add(session, Room(**({"name": f"Room {next(_numbers)}"} | changes)))


def make_visit_type(session: Session, **changes: Any) -> VisitType:
    return _add(session, VisitType(**({"name": f"Follow-up {next(_numbers)}", "minutes": 30} | changes)))


def make_payer(session: Session, **changes: Any) -> Payer:
    number = next(_numbers)
    values = {
        "name": f"Meridian Health PPO {number}",
        "edi_id": f"MERID{number}",
        "kind": "commercial",
        "filing_indicator": "CI",
    }
    payer = _add(session, Payer(**(values | changes)))
    for kind in ("837", "835", "270"):
        session.add(Enrolment(payer_id=payer.id, transaction_kind=kind, state="active", effective_on=SPRING))
    session.flush()
    return payer


def make_guarantor(session: Session, **changes: Any) -> Guarantor:
    values = {
        "first_name": "Daniel",
        "last_name": "Whitfield",
        "born_on": date(1971, 4, 22),
        "address": "418 N Alder St",
        "city": "Portland",
        "state": "OR",
        "zip": "972051234",
        "phone": "+15550100147",
        "email": "d.whitfield@example.com",
    }
    return _add(session, Guarantor(**(values | changes)))


def make_patient(session: Session, **changes: Any) -> Patient:
    number = next(_numbers)
    values = {
        "first_name": "Daniel",
        "last_name": "Whitfield",
        "born_on": date(1971, 4, 22),
        "sex": "M",
        "phone": "+15550100147",
        "phone_digits": "5550100147",
        "email": "d.whitfield@example.com",
        "address": "418 N Alder St",
        "city": "Portland",
        "state": "OR",
        "zip": "972051234",
        "mrn": str(10_000 + number),
        "created_at": clock.now(),
    } | changes
    if "guarantor" not in values and "guarantor_id" not in values:
        same = ("first_name", "last_name", "born_on", "address", "city", "state", "zip")
        values["guarantor"] = make_guarantor(session, **{name: values[name] for name in same})
    values["name_key"] = formats.fold(values["last_name"])
    values["first_key"] = formats.fold(values["first_name"])
    values["tail_key"] = names.tail(values["last_name"])
    values["sound_key"] = names.sound_key(values["first_name"], values["last_name"])
    return _add(session, Patient(**values))


def make_coverage(session: Session, patient: Patient, payer: Payer | None = None, **changes: Any) -> Coverage:
    values = {
        "patient_id": patient.id,
        "payer_id": (payer or make_payer(session)).id,
        "position": 1,
        "plan_name": "Choice 2000",
        "member_id": f"MHP{880_000 + next(_numbers)}",
        "effective_on": SPRING,
        "copay": Decimal("25.00"),
    }
    coverage = _add(session, Coverage(**(values | changes)))
    session.refresh(coverage)
    session.expire(patient, ["coverages"])
    return coverage


def make_appointment(
    session: Session,
    patient: Patient | None = None,
    provider: RenderingProvider | None = None,
    *,
    starts_at: datetime | None = None,
    minutes: int = 30,
    **changes: Any,
) -> Appointment:
    starts_at = starts_at or clock.at(clock.today(), time(10))
    values = {
        "patient_id": (patient or make_patient(session)).id,
        "provider_id": (provider or make_provider(session)).id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "booked_at": clock.now(),
        "reason": "Follow-up",
    }
    if "visit_type_id" not in changes:
        values["visit_type_id"] = make_visit_type(session).id
    return _add(session, Appointment(**(values | changes)))


def make_fees(session: Session, **amounts: str) -> FeeSchedule:
    """A standard schedule; `make_fees(session, c99213="135.00")` names codes with a leading c."""
    amounts = amounts or {"c99213": "135.00", "c99214": "185.00", "c83036": "35.00", "c20610": "212.00"}
    schedule = _add(session, FeeSchedule(name="Standard 2026", effective_on=SPRING))
    for name, amount in amounts.items():
        code = name.removeprefix("c")
        session.add(Fee(schedule_id=schedule.id, code=code, amount=Decimal(amount)))
        session.add(Procedure(code=code, description=f"Service {code}", effective_on=date(2020, 1, 1)))
    session.flush()
    return schedule


def make_encounter(
    session: Session,
    patient: Patient | None = None,
    provider: RenderingProvider | None = None,
    *,
    lines: tuple[tuple[str, str], ...] = (("99213", "135.00"), ("83036", "35.00")),
    **changes: Any,
) -> Encounter:
    """A draft slip with charges of (code, amount); pointers A, one unit."""
    values = {
        "patient_id": (patient or make_patient(session)).id,
        "provider_id": (provider or make_provider(session)).id,
        "service_on": clock.today(),
        "diagnoses": ["E11.65", "I10"],
    }
    encounter = Encounter(**(values | changes))
    for position, (code, amount) in enumerate(lines, start=1):
        encounter.charges.append(
            Charge(
                position=position,
                code=code,
                pointers="A",
                fee=Decimal(amount),
                amount=Decimal(amount),
            )
        )
    return _add(session, encounter)


def with_exchange(config: Config, folder: Path) -> Config:
    """The test's configuration with an exchange folder of its own."""
    return replace(config, exchange_folder=folder / "exchange")


def make_claim(
    session: Session,
    patient: Patient | None = None,
    payer: Payer | None = None,
    *,
    scrubbed: bool = True,
    **changes: Any,
) -> Claim:
    """A claim of a signed visit whose charges stand in the ledger; ready when nothing is wrong with it.

    Changes are those of `make_encounter`. The practice and the fees must be there.
    """
    patient = patient or make_patient(session)
    if not patient.coverages:
        make_coverage(session, patient, payer)
    encounter = make_encounter(session, patient, **changes)
    encounter.state, encounter.signed_at = "signed", clock.now()
    coverage = claims.coverage_for(session, patient.id, encounter.service_on)
    ledger.post_charges(
        session,
        encounter,
        payer_id=coverage.payer_id if coverage else None,
        guarantor_id=patient.guarantor_id,
        key=f"sign-{encounter.id}",
    )
    claim = claims.create_for(session, encounter)
    assert claim is not None
    if scrubbed:
        claims.scrub(session, claim)
    session.flush()
    return claim
