"""Fill an empty database with the demo clinic: a worked past of three months, a full today, two weeks ahead.

The past is not written into tables: it is worked, day by day with the clock set back, through the same functions,
files and practice payer that the screens use. So every figure of the demo has its files, entries and proofs.
"""

import random
from datetime import time
from decimal import ROUND_HALF_UP, Decimal

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import access, audit, clock, db, estimates, log, remittances, sandbox
from clinic.config import Config
from clinic.db import new_public_id
from clinic.demo import carried, catalog, estimated, family, online, past, people, present, waiting, written
from clinic.demo.running import PASSWORD
from clinic.models import (
    AddOn,
    CodePair,
    Device,
    Enrolment,
    Fee,
    FeeSchedule,
    Payer,
    Practice,
    Procedure,
    ProviderHours,
    RehearsalClock,
    RenderingProvider,
    Room,
    User,
    VisitType,
)

SEED = 20_260_310
PATIENTS = 300
PAST_DAYS = 91
AHEAD_DAYS = 14
# What `clinic demo --small` asks for: enough for one of everything.
SMALL = {"patient_count": 60, "past_days": 21}


def fill(settings: Config, *, patient_count: int = PATIENTS, past_days: int = PAST_DAYS) -> None:
    """Seed once; a database that already has a clinic is left as it is."""
    with db.transaction() as session:
        if session.scalar(select(Practice.id).limit(1)) is not None:
            return
    log.quiet()
    dice = random.Random(SEED)
    with audit.acting_as(audit.Actor(None, "demo seed")):
        with db.transaction() as session:
            users = house(session)
        clock.set_days_ahead(-past_days)
        with db.transaction() as session:
            payers = {payer.edi_id: payer for payer in session.scalars(select(Payer))}
            people.register(session, patient_count, payers, dice)
        run = past.work(settings, users, dice, past_days=past_days)
        with audit.acting_as(run.acting("front_desk")):
            present.fill(run, AHEAD_DAYS)
            written.fill(run, settings.base_url)
            online.fill(settings.base_url)
            with db.transaction() as session:
                estimated.ask_ahead(session)
        run.exchange()
        with audit.acting_as(run.acting("front_desk")), db.transaction() as session:
            estimated.coming(session)
            family.fill(session)
            carried.fill(session, run.users["front_desk"])
        with audit.acting_as(run.acting("front_desk")):
            waiting.fill(settings)
    clock.set_days_ahead(0)
    log.event("demo_seeded", count=patient_count)


def house(session: Session) -> dict[str, int]:
    """The clinic without patients: practice, staff, rooms, hours, payers, codes, fees. User ids by role."""
    session.add(Practice(**catalog.PRACTICE))
    session.add(RehearsalClock(id=1, days_ahead=0))
    providers = []
    for place, (first, last, credential, taxonomy) in enumerate(catalog.PROVIDERS):
        provider = RenderingProvider(
            first_name=first,
            last_name=last,
            credential=credential,
            taxonomy=taxonomy,
            npi=catalog.npi(10 + place),
            position=place,
        )
        session.add(provider)
        providers.append(provider)
    session.add_all(
        Room(name=name, position=place, kind="procedure") for place, name in enumerate(catalog.ROOMS)
    )
    session.add_all(
        Device(name=name, kind=kind, position=place) for place, (name, kind) in enumerate(catalog.DEVICES)
    )
    session.flush()
    for place, (name, minutes, service_type, copay) in enumerate(catalog.VISIT_TYPES):
        takers = [each.id for each in providers if (each.credential == "PT") == (name in catalog.THERAPY)]
        session.add(
            VisitType(
                name=name,
                minutes=minutes,
                service_type=service_type,
                takes_copay=copay,
                position=place,
                provider_ids=takers,
                **catalog.VISIT_RULES.get(name, {}),
            )
        )
    session.flush()
    for provider in providers:
        for weekday in range(5):
            hours = ProviderHours(
                provider_id=provider.id,
                weekday=weekday,
                starts=time(8),
                ends=time(17),
                effective_on=catalog.BEGIN,
            )
            session.add(hours)
        past.lunch(session, provider.id)
    users = _staff(session, providers)
    _payers(session)
    _codes(session)
    remittances.seed_rules(session)
    estimates.seed_exemptions(session)
    return users


def _staff(session: Session, providers: list[RenderingProvider]) -> dict[str, int]:
    """One user for each role; all share one password, which only a demo may."""
    hashed = access.hash_password(PASSWORD)
    users: dict[str, int] = {}
    for role, name, place in catalog.STAFF:
        user = User(
            public_id=new_public_id(),
            sign_in_name=role,
            name=name,
            role=role,
            password_hash=hashed,
            rendering_provider_id=None if place is None else providers[place].id,
            created_at=clock.wall_now(),
        )
        user.set_totp_seed(pyotp.random_base32())
        session.add(user)
        session.flush()
        users[role] = user.id
    return users


def _payers(session: Session) -> None:
    for one in catalog.PAYERS:
        payer = Payer(
            name=one.name,
            edi_id=one.edi_id,
            kind=one.kind,
            filing_indicator=one.indicator,
            filing_days=one.filing_days,
            corrected_days=one.filing_days,
            limits_source="Demo contract, 2026",
            needs_authorization=list(one.needs_authorization),
            accepts_replacement=one.kind != "medicare",
            phone="+15550100190",
        )
        session.add(payer)
        session.flush()
        for kind in ("837", "835", "270"):
            session.add(
                Enrolment(
                    payer_id=payer.id, transaction_kind=kind, state="active", effective_on=catalog.BEGIN
                )
            )
    sandbox.seed(
        session,
        [
            sandbox.PayerSeed(edi_id=one.edi_id, name=one.name, plans=(one.sandbox_plan(),))
            for one in catalog.PAYERS
        ],
    )
    plans = {one.edi_id: one.plan for one in catalog.PAYERS}
    for first, last, born_on, cards in catalog.NEWCOMERS:
        for edi_id, member_id in cards:
            sandbox.enrol_member(
                session, edi_id, plans[edi_id], member_id, first, last, born_on, catalog.BEGIN
            )


def _codes(session: Session) -> None:
    schedule = FeeSchedule(name="Standard 2025 and 2026", effective_on=catalog.BEGIN)
    session.add(schedule)
    session.flush()
    for code, words, fee, global_days, zero in catalog.PROCEDURES:
        session.add(
            Procedure(
                code=code,
                description=words,
                spanish=catalog.SPANISH[code],
                effective_on=catalog.BEGIN,
                global_days=global_days,
                zero_charge=zero,
            )
        )
        session.add(Fee(schedule_id=schedule.id, code=code, amount=Decimal(fee)))
    for one in catalog.PAYERS:
        if one.edi_id in catalog.CONTRACTS:
            _contract(session, one)
    session.add_all(AddOn(code=code, primary_code=primary) for code, primary in catalog.ADD_ONS)
    session.add_all(
        CodePair(column1=one, column2=two, indicator=indicator, effective_on=catalog.BEGIN)
        for one, two, indicator in catalog.CODE_PAIRS
    )


def _contract(session: Session, one: catalog.DemoPayer) -> None:
    """What a payer's contract allows, which is what the practice payer then pays."""
    payer_id = session.scalar(select(Payer.id).where(Payer.edi_id == one.edi_id))
    schedule = FeeSchedule(name=f"{one.name}, contract", payer_id=payer_id, effective_on=catalog.BEGIN)
    session.add(schedule)
    session.flush()
    session.add_all(
        Fee(
            schedule_id=schedule.id,
            code=code,
            amount=(Decimal(fee) * one.allowed_percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP),
        )
        for code, _, fee, _, _ in catalog.PROCEDURES
    )
