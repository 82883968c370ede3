"""About three hundred invented patients with their households and coverages."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from clinic import clock, formats, patients, sandbox
from clinic.demo import catalog
from clinic.demo.catalog import DemoPayer
from clinic.models import Guarantor, MissedVisitTerms, Patient, Payer

MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"


def member_id(dice: random.Random, payer: DemoPayer) -> str:
    """A made-up member ID; Medicare's has the form of an MBI (S03)."""
    if payer.kind == "medicare":
        letter = lambda: dice.choice(MBI_LETTERS)  # noqa: E731
        digit = lambda: dice.choice("0123456789")  # noqa: E731
        kinds = (letter, letter, digit, letter, letter, digit, letter, letter, digit, digit)
        return dice.choice("123456789") + "".join(kind() for kind in kinds)
    return f"{payer.prefix}{dice.randrange(10**8, 10**9)}"


def register(session: Session, count: int, payers: dict[str, Payer], dice: random.Random) -> list[Patient]:
    """Register patients; one in ten is a child on a parent's plan, one in eight has a secondary coverage."""
    made: list[Patient] = []
    seen: set[tuple[str, str]] = set()
    while len(made) < count:
        (first, sex), last = dice.choice(catalog.FIRST_NAMES), dice.choice(catalog.LAST_NAMES)
        if (first, last) in seen:
            continue
        seen.add((first, last))
        payer = dice.choices(catalog.PAYERS, weights=[one.share for one in catalog.PAYERS])[0]
        senior = payer.kind in ("medicare", "medicare_advantage")
        parent = _parent(made, dice) if dice.random() < 0.1 and not senior else None
        made.append(_one(session, dice, payers, payer, first, sex, last, parent))
    _registered_twice(session, made[0])
    # Three in four sign the agreement about missed visits when they are registered (A3).
    session.add_all(
        MissedVisitTerms(patient_id=one.id, agreed_on=clock.today())
        for place, one in enumerate(made)
        if place % 4
    )
    return made


def _registered_twice(session: Session, first: Patient) -> None:
    """A second record of the first patient, as a busy desk makes one: another spelling, another phone, no plan."""
    patients.register(
        session,
        accept_duplicates=True,
        first_name=first.first_name,
        middle_name="",
        last_name=first.last_name.upper(),
        born_on=first.born_on,
        sex=first.sex,
        phone="",
        email="",
        address=first.address.upper(),
        city=first.city,
        state=first.state,
        zip=first.zip[:5],
        language="en",
    )


def _parent(made: Sequence[Patient], dice: random.Random) -> Patient | None:
    adults = [one for one in made[-60:] if 25 < one.age_on(clock.today()) < 50 and one.coverages]
    return dice.choice(adults) if adults else None


def _one(
    session: Session,
    dice: random.Random,
    payers: dict[str, Payer],
    payer: DemoPayer,
    first: str,
    sex: str,
    last: str,
    parent: Patient | None,
) -> Patient:
    number = max(dice.randrange(100, 200), 101)  # the clinic itself has 100
    years = (
        dice.randrange(66, 90) if payer.kind in ("medicare", "medicare_advantage") else dice.randrange(19, 64)
    )
    if parent is not None:
        last, years = parent.last_name, dice.randrange(2, 17)
    born_on = clock.today() - timedelta(days=years * 365 + dice.randrange(365))
    guarantor: Guarantor | None = parent.guarantor if parent is not None else None
    spanish = last in ("Garcia", "Morales", "de la Cruz", "Delgado Ruiz", "Reyes") and dice.random() < 0.6
    patient = patients.register(
        session,
        guarantor=guarantor,
        guarantor_relationship="parent" if parent is not None else "self",
        accept_duplicates=True,
        first_name=first,
        last_name=last,
        born_on=born_on,
        sex=sex,
        phone=f"(555) 010-0{number}",
        email=address_of(first, last) if parent is None else "",
        address=parent.address if parent else f"{dice.randrange(10, 9900)} {dice.choice(catalog.STREETS)}",
        city="Portland",
        state="OR",
        zip=parent.zip if parent else f"972{dice.randrange(1, 40):02d}{dice.randrange(1, 9999):04d}",
        language="es" if spanish else "en",
    )
    if dice.random() < 0.05:
        return patient
    _cover(session, dice, payers, payer, patient, parent)
    return patient


def _cover(
    session: Session,
    dice: random.Random,
    payers: dict[str, Payer],
    payer: DemoPayer,
    patient: Patient,
    parent: Patient | None,
) -> None:
    since = date(clock.today().year, 1, 1) - timedelta(days=365)
    if parent is not None:
        held = parent.coverages[0]
        patients.add_coverage(
            session,
            patient,
            payer=held.payer,
            member_id=held.member_id,
            effective_on=since,
            plan_name=held.plan_name,
            relationship_code="19",
            subscriber_first_name=parent.first_name,
            subscriber_last_name=parent.last_name,
            subscriber_born_on=parent.born_on,
            subscriber_sex=parent.sex,
            copay=held.copay,
        )
        sandbox.enrol_member(
            session, held.payer.edi_id, held.plan_name, held.member_id, patient.first_name, patient.last_name,
            patient.born_on, since,
        )  # fmt: skip
        return
    # One card in fifty ended last month: the desk must find it before the claim does (S09).
    ended = clock.today() - timedelta(days=20) if dice.random() < 0.02 else None
    number = member_id(dice, payer)
    patients.add_coverage(
        session,
        patient,
        payer=payers[payer.edi_id],
        member_id=number,
        effective_on=since,
        terminated_on=ended,
        plan_name=payer.plan,
        copay=Decimal(payer.copay),
    )
    sandbox.enrol_member(
        session, payer.edi_id, payer.plan, number, patient.first_name, patient.last_name, patient.born_on, since,
        ended_on=ended,
    )  # fmt: skip
    if payer.kind == "medicare" and dice.random() < 0.6:
        second = catalog.PAYERS[0]
        other = member_id(dice, second)
        patients.add_coverage(
            session,
            patient,
            payer=payers[second.edi_id],
            member_id=other,
            position=2,
            effective_on=since,
            plan_name="Supplement",
            copay=None,
        )


def address_of(first: str, last: str) -> str:
    """An e-mail address that a mail server takes: `Álvaro Beck` is alvaro.beck@example.com."""
    return f"{formats.fold(first)}.{formats.fold(last)}@example.com"
