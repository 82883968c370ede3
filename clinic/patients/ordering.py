"""The order of a patient's coverages: asked, proposed, and changed from a day on only when a person says so (C9)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import audit, clock, formats
from clinic.models import Authorization, BenefitOrder, Coverage, Patient, PatientScan, Payer
from clinic.patients import benefits, changes
from clinic.patients.benefits import Answers, Plan
from clinic.patients.coverages import (
    EDITABLE,
    after_birth,
    clean_coverage,
    coverages_on,
    no_overlap,
    record_change,
)
from clinic.patients.errors import ChangedMeanwhile, FieldRefused

TRICARE = "CH"  # SBR09


def plans_on(session: Session, patient: Patient, day: date) -> list[Plan]:
    """The coverages in force on a day as the rules see them, in their present order."""
    return [
        Plan(
            key=each.public_id,
            name=each.payer.name,
            kind=each.payer.kind,
            relationship=each.relationship_code,
            holder=f"{each.subscriber_first_name} {each.subscriber_last_name}".strip() or patient.first_name,
            holder_born_on=patient.born_on if each.relationship_code == "18" else each.subscriber_born_on,
            since=each.effective_on,
            position=each.position,
            tricare=each.payer.filing_indicator == TRICARE,
        )
        for each in coverages_on(session, patient.id, day)
    ]


def ask(
    session: Session, patient: Patient, answers: Answers, on: date, *, public_id: str | None = None
) -> BenefitOrder:
    """Keep the answers with the order that they lead to; no coverage is changed. Raises FieldRefused.

    The same `public_id` again (a second click) is the first asking.
    """
    earlier = changes.made_before(session, BenefitOrder, patient, public_id)
    if earlier is not None:
        return earlier
    plans = plans_on(session, patient, on)
    for name, sentence in benefits.faults(plans, answers, aged=benefits.is_aged(patient.born_on, on)).items():
        raise FieldRefused(name, sentence)
    proposal = benefits.propose(plans, answers, on)
    versions = {each.public_id: each.version for each in coverages_on(session, patient.id, on)}
    order = BenefitOrder(
        patient_id=patient.id,
        answers={name: _plain(value) for name, value in asdict(answers).items() if value},
        proposal=[
            {
                "coverage": place.plan.key,
                "payer": place.plan.name,
                "version": versions[place.plan.key],
                "before": place.plan.position,
                "position": place.position,
                "rule": place.rule,
                "why": place.why,
                "msp_type": place.msp_type,
            }
            for place in proposal.places
        ],
        asked_at=clock.now(),
        asked_by=audit.actor().user_id,
    )
    if public_id is not None:
        order.public_id = public_id
    session.add(order)
    session.flush()
    audit.record(
        session,
        "benefit_order.ask",
        patients=[patient.id],
        subject=f"benefit_order:{order.public_id}",
        category="coverage",
        changes={name: [None, value] for name, value in order.answers.items()},
    )
    return order


def notes_of(session: Session, patient: Patient, order: BenefitOrder) -> Sequence[str]:
    """What a person must know besides the order: the answers beside the plans of today."""
    today, answers = clock.today(), answers_of(order)
    notes = benefits.propose(plans_on(session, patient, today), answers, today).notes
    if answers.because == "disability" and benefits.is_aged(patient.born_on, today):
        return (*notes, benefits.AGED_NOW)
    return notes


def answers_of(order: BenefitOrder) -> Answers:
    """The answers as they were given."""
    kept = dict(order.answers)
    if kept.get("kidney_since"):
        kept["kidney_since"] = date.fromisoformat(kept["kidney_since"])
    return Answers(**kept | {"former": tuple(kept.get("former", ()))})


def asked(session: Session, patient_id: int) -> Sequence[BenefitOrder]:
    """Every asking of a patient, the newest first."""
    return session.scalars(
        select(BenefitOrder).where(BenefitOrder.patient_id == patient_id).order_by(BenefitOrder.id.desc())
    ).all()


def apply(session: Session, patient: Patient, order: BenefitOrder, on: date) -> BenefitOrder:
    """Set the proposed order from a day on: what was before that day keeps its order.

    A coverage that began earlier ends the day before and goes on as a new row with its new place; authorizations that
    still serve and the scans of the card go with it. Applied twice it is applied once. Raises FieldRefused for a day
    on which one of them is not in force, and ChangedMeanwhile when one was changed since the proposal.
    """
    changes.reread(session, patient)
    changes.reread(session, order)
    if order.applied_at is not None:
        return order
    wanted = {each["coverage"]: each for each in order.proposal}
    query = select(Coverage).where(
        Coverage.patient_id == patient.id, Coverage.public_id.in_(wanted), Coverage.position > 0
    )
    rows = session.scalars(query.order_by(Coverage.id).with_for_update(of=Coverage)).all()
    if len(rows) != len(wanted) or any(row.version != wanted[row.public_id]["version"] for row in rows):
        raise ChangedMeanwhile(changes.faster(session, patient.id, "A coverage"))
    if any(place["position"] > 3 for place in order.proposal):
        raise FieldRefused("on", "A claim takes three payers: end a coverage that is not in force any more.")
    for row in rows:
        if row.terminated_on is not None and row.terminated_on < on:
            raise FieldRefused("on", f"{row.payer.name} ends on {formats.mdy(row.terminated_on)}.")
    standing = []
    for row in rows:
        place = wanted[row.public_id]
        if row.position != place["position"]:
            row = _from(session, row, on, place["position"])
            standing.append(row)
        done = changes.apply(row, {"msp_type": place["msp_type"]})
        if done:
            session.flush()
            record_change(session, row, done)
    for row in standing:
        no_overlap(session, row)
    order.applies_from, order.applied_at, order.applied_by = on, clock.now(), audit.actor().user_id
    session.flush()
    session.expire(patient, ["coverages"])
    audit.record(
        session,
        "benefit_order.apply",
        patients=[patient.id],
        subject=f"benefit_order:{order.public_id}",
        category="coverage",
        changes={each["payer"]: [each["before"], each["position"]] for each in order.proposal},
    )
    return order


def _from(session: Session, row: Coverage, on: date, position: int) -> Coverage:
    """A coverage with another place from a day on: itself where it begins then, else a new row after it."""
    if row.effective_on >= on:
        done = changes.apply(row, {"position": position})
        session.flush()
        record_change(session, row, done)
        return row
    return succeed(session, row, on, {"position": position})


def replace_coverage(
    session: Session, coverage: Coverage, version: int, *, payer: Payer, **fields: Any
) -> Coverage:
    """Another card or plan takes a coverage's place from its own first day on; the one before ends the day before.

    The old row stays as history. Authorizations go along while the payer is the same. The second click finds the row
    that the first one made. Raises FieldRefused, CoverageOverlap or ChangedMeanwhile.
    """
    changes.reread(session, coverage.patient)
    values = clean_coverage({"terminated_on": None} | fields | {"payer_id": payer.id})
    after_birth(coverage.patient, values["effective_on"], values["terminated_on"])
    made = session.scalar(
        select(Coverage).where(
            Coverage.replaces_id == coverage.id,
            Coverage.member_id == values["member_id"],
            Coverage.effective_on == values["effective_on"],
        )
    )
    if made is not None:
        return made
    changes.lock(session, coverage, version, coverage.patient_id, "This coverage")
    if values["effective_on"] <= coverage.effective_on:
        raise FieldRefused(
            "effective_on",
            f"The one before began on {formats.mdy(coverage.effective_on)}: begin after that day.",
        )
    if coverage.terminated_on is not None and coverage.terminated_on < values["effective_on"]:
        raise FieldRefused("effective_on", "That coverage has ended already: add a new one.")
    made = succeed(session, coverage, values["effective_on"], values, same_card=False)
    no_overlap(session, made)
    session.expire(coverage.patient, ["coverages"])
    return made


def succeed(
    session: Session, row: Coverage, on: date, values: dict[str, Any], *, same_card: bool = True
) -> Coverage:
    """End a coverage the day before `on` and let a new row with changed `values` take its place from then.

    Authorizations of the same payer that serve on or after the day go along, and the scans of the same card.
    """
    whole = {name: getattr(row, name) for name in EDITABLE} | {"msp_type": row.msp_type} | values
    done = changes.apply(row, {"terminated_on": on - timedelta(days=1)})
    follower = Coverage(
        patient_id=row.patient_id, case_id=row.case_id, replaces_id=row.id, **whole | {"effective_on": on}
    )
    session.add(follower)
    session.flush()
    record_change(session, row, done)
    given = {name: [None, value] for name, value in whole.items() if value not in (None, "")}
    record_change(session, follower, given, "coverage.add")
    if follower.payer_id == row.payer_id:
        session.execute(
            update(Authorization)
            .where(Authorization.coverage_id == row.id, Authorization.ends_on >= on)
            .values(coverage_id=follower.id)
        )
    if same_card:
        session.execute(
            update(PatientScan)
            .where(PatientScan.coverage_id == row.id, PatientScan.replaced_at.is_(None))
            .values(coverage_id=follower.id)
        )
    return follower


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value
