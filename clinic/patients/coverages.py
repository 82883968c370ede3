"""A patient's insurance: in order, within dates, with an ID as the payer stores it (C7, S01, S07, S09)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from clinic import audit, clock, formats, scrub
from clinic.models import Coverage, Patient, Payer
from clinic.patients import changes
from clinic.patients.errors import CoverageOverlap, FieldRefused
from clinic.patients.fields import clean_person, person_faults

POSITIONS = {1: "primary", 2: "secondary", 3: "tertiary"}
OF_A_CASE = 0
_DAY, _SOON = timedelta(days=1), timedelta(days=30)
# X12's codes of the subscriber's relationship to the patient, as the clinic offers them.
RELATIONSHIPS = {"18": "Self", "01": "Spouse", "19": "Child", "G8": "Other"}
SUBSCRIBER = (
    "subscriber_first_name",
    "subscriber_last_name",
    "subscriber_sex",
    "subscriber_address",
    "subscriber_address2",
    "subscriber_city",
    "subscriber_state",
    "subscriber_zip",
)
EDITABLE = (
    "payer_id",
    "position",
    "plan_name",
    "member_id",
    "group_number",
    "relationship_code",
    "subscriber_first_name",
    "subscriber_last_name",
    "subscriber_born_on",
    "subscriber_sex",
    "subscriber_address",
    "subscriber_address2",
    "subscriber_city",
    "subscriber_state",
    "subscriber_zip",
    "effective_on",
    "terminated_on",
    "copay",
)


def add_coverage(session: Session, patient: Patient, *, payer: Payer, **fields: Any) -> Coverage:
    """Add a coverage; `fields` are those of EDITABLE but the payer (member_id, position, effective_on, …).

    The same coverage again (a second click) is the first one. Raises FieldRefused for a wrong value, CoverageOverlap
    where another one in that position covers a same day.
    """
    values = {"position": 1, "relationship_code": "18", "terminated_on": None} | fields
    values["payer_id"] = payer.id
    # Two tabs that add a primary coverage at once must not both see none.
    changes.reread(session, patient)
    coverage = Coverage(patient_id=patient.id, **clean_coverage(values))
    after_birth(patient, coverage.effective_on, coverage.terminated_on)
    twin = _twin(session, coverage)
    if twin is not None:
        return twin
    no_overlap(session, coverage)
    session.add(coverage)
    session.flush()
    session.expire(patient, ["coverages"])
    kept = {name: getattr(coverage, name) for name in values}
    given = {name: [None, value] for name, value in kept.items() if value not in (None, "")}
    record_change(session, coverage, given, "coverage.add")
    return coverage


def change_coverage(session: Session, coverage: Coverage, version: int, **fields: Any) -> Coverage:
    """Change a coverage; raises FieldRefused, CoverageOverlap or ChangedMeanwhile."""
    changes.reread(session, coverage.patient)
    changes.lock(session, coverage, version, coverage.patient_id, "This coverage")
    whole = {name: getattr(coverage, name) for name in (*EDITABLE, "case_id")} | fields
    clean = clean_coverage(whole)
    # An old row with a wrong date can still be mended: only what is changed is looked at.
    new = {
        name: clean[name]
        for name in ("effective_on", "terminated_on")
        if clean[name] != getattr(coverage, name)
    }
    after_birth(coverage.patient, new.get("effective_on"), new.get("terminated_on"))
    done = changes.apply(coverage, clean)
    if done:
        with session.no_autoflush:
            no_overlap(session, coverage)
        session.flush()
        session.expire(coverage, ["payer"])
        session.expire(coverage.patient, ["coverages"])
        record_change(session, coverage, done)
    return coverage


def end_coverage(session: Session, coverage: Coverage, version: int, on: date) -> Coverage:
    """Set the last day of a coverage; what was covered until then stays covered."""
    return change_coverage(session, coverage, version, terminated_on=on)


def coverages_on(session: Session, patient_id: int, day: date) -> list[Coverage]:
    """The plans whose dates bracket a day, primary first, payers loaded (S09); without the coverages of cases."""
    query = (
        select(Coverage)
        .where(
            Coverage.patient_id == patient_id,
            Coverage.position > OF_A_CASE,
            Coverage.effective_on <= day,
            or_(Coverage.terminated_on.is_(None), Coverage.terminated_on >= day),
        )
        .options(selectinload(Coverage.payer))
        .order_by(Coverage.position, Coverage.effective_on.desc())
    )
    return list(session.scalars(query))


def coverage_faults(fields: dict[str, Any], born_on: date | None = None) -> list[FieldRefused]:
    """Everything that `add_coverage` would refuse in its `fields`, but for other coverages of the same days.

    `born_on` is the patient's birth date, where it is known already.
    """
    wrong = _checked({"position": 1, "relationship_code": "18", "terminated_on": None} | fields)[1]
    return wrong + _before_birth(born_on, fields.get("effective_on"), fields.get("terminated_on"))


def after_birth(patient: Patient, begins: date | None, ends: date | None) -> None:
    """Raise FieldRefused for a coverage that begins or ends before its patient was born."""
    for refused in _before_birth(patient.born_on, begins, ends):
        raise refused


def _before_birth(born_on: date | None, begins: date | None, ends: date | None) -> list[FieldRefused]:
    if born_on is None:
        return []
    born = formats.mdy(born_on)
    wrong = []
    if begins is not None and begins < born_on:
        sentence = f"The patient was born on {born}: a coverage cannot begin before that day."
        wrong.append(FieldRefused("effective_on", sentence))
    if ends is not None and ends < born_on:
        sentence = f"The patient was born on {born}: a coverage cannot end before that day."
        wrong.append(FieldRefused("terminated_on", sentence))
    return wrong


def clean_coverage(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a coverage as they are stored; raises FieldRefused for the first wrong one."""
    clean, wrong = _checked(values)
    if wrong:
        raise wrong[0]
    return {name: clean[name] for name in (*EDITABLE, "case_id") if name in clean}


def _checked(values: dict[str, Any]) -> tuple[dict[str, Any], list[FieldRefused]]:
    clean = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    clean["member_id"] = scrub.clean_member_id(clean.get("member_id") or "")
    wrong = []
    if not clean["member_id"]:
        wrong.append(FieldRefused("member_id", "Enter the member ID from the card."))
    elif not scrub.member_id_is_valid(clean["member_id"]):
        sentence = "A member ID has letters and digits only. Look at the card again."
        wrong.append(FieldRefused("member_id", sentence))
    if clean["position"] not in POSITIONS and not clean.get("case_id"):
        wrong.append(FieldRefused("position", "Choose primary, secondary or tertiary."))
    if clean["relationship_code"] not in RELATIONSHIPS:
        wrong.append(FieldRefused("relationship_code", "Say what the patient is to the subscriber."))
    begins, ends = clean.get("effective_on"), clean["terminated_on"]
    if not begins:
        wrong.append(FieldRefused("effective_on", "Enter the day on which the coverage began."))
    elif ends is not None and ends < begins:
        wrong.append(FieldRefused("terminated_on", "The last day cannot lie before the first."))
    copay = clean.get("copay")
    if copay is not None and not Decimal(0) <= copay <= Decimal(1000):
        wrong.append(FieldRefused("copay", "Enter the copay in dollars and cents, like 25.00."))
    return clean, wrong + _subscriber(clean)


def _subscriber(clean: dict[str, Any]) -> list[FieldRefused]:
    """A patient who is not the subscriber needs to say who is (S07); the address may be the patient's own."""
    if clean["relationship_code"] == "18":
        clean.update(dict.fromkeys(SUBSCRIBER, "") | {"subscriber_born_on": None})
        return []
    needed = {
        "subscriber_first_name": "Enter the subscriber's first name.",
        "subscriber_last_name": "Enter the subscriber's last name.",
        "subscriber_born_on": "Enter the subscriber's birth date.",
    }
    for name in SUBSCRIBER:
        clean.setdefault(name, "")
    wrong = [FieldRefused(name, sentence) for name, sentence in needed.items() if not clean.get(name)]
    born = {"born_on": clean.get("subscriber_born_on")}
    wrong += [
        FieldRefused("subscriber_born_on", str(fault))
        for fault in person_faults(born, allowed=("born_on",))
        if born["born_on"]
    ]
    lives = {name: clean[f"subscriber_{name}"] for name in ("address", "address2", "city", "state", "zip")}
    if not any(lives.values()):
        return wrong
    for fault in person_faults(lives, allowed=tuple(lives)):
        wrong.append(FieldRefused(f"subscriber_{fault.field}", str(fault)))
    if len(wrong) == 0:
        cleaned = clean_person(lives, allowed=tuple(lives))
        clean.update({f"subscriber_{name}": value for name, value in cleaned.items()})
    return wrong


def _twin(session: Session, coverage: Coverage) -> Coverage | None:
    """The coverage that is already there: same payer, member, position, case and beginning."""
    return session.scalar(
        select(Coverage).where(
            Coverage.patient_id == coverage.patient_id,
            Coverage.payer_id == coverage.payer_id,
            Coverage.member_id == coverage.member_id,
            Coverage.position == coverage.position,
            Coverage.case_id.is_not_distinct_from(coverage.case_id),
            Coverage.effective_on == coverage.effective_on,
        )
    )


def no_overlap(session: Session, coverage: Coverage) -> None:
    """Raise CoverageOverlap where another coverage has the same place on a same day; those of cases may overlap."""
    if coverage.position == OF_A_CASE:
        return
    query = (
        select(Coverage)
        .where(
            Coverage.patient_id == coverage.patient_id,
            Coverage.position == coverage.position,
            or_(Coverage.terminated_on.is_(None), Coverage.terminated_on >= coverage.effective_on),
        )
        .options(selectinload(Coverage.payer))
    )
    if coverage.id is not None:
        query = query.where(Coverage.id != coverage.id)
    if coverage.terminated_on is not None:
        query = query.where(Coverage.effective_on <= coverage.terminated_on)
    other = session.scalars(query).first()
    if other is None:
        return
    until = f"to {formats.mdy(other.terminated_on)}" if other.terminated_on else "without an end"
    raise CoverageOverlap(
        "effective_on",
        f"{other.payer.name} is {POSITIONS[coverage.position]} from {formats.mdy(other.effective_on)} {until}. "
        "End it first, or choose another position.",
    )


def record_change(
    session: Session, coverage: Coverage, done: dict[str, list[Any]], action: str = "coverage.change"
) -> None:
    """Put a change of a coverage on record."""
    audit.record(
        session,
        action,
        patients=[coverage.patient_id],
        subject=f"coverage:{coverage.public_id}",
        category="coverage",
        changes=done,
    )


def sentences_on(session: Session, patient_id: int) -> list[str]:
    """Gaps, overlaps and plans that end soon, each as a sentence; one query."""
    rows = session.scalars(
        select(Coverage)
        .where(Coverage.patient_id == patient_id, Coverage.position > OF_A_CASE)
        .options(selectinload(Coverage.payer))
        .order_by(Coverage.position, Coverage.effective_on)
    ).all()
    return coverage_sentences(rows, clock.today())


def coverage_sentences(rows: Sequence[Coverage], today: date) -> list[str]:
    """What is odd among a patient's plans on `today` or later, from coverages in order of place and beginning (S09).

    Said are: days without a first plan, a later plan without one before it, the same card twice, and an end within
    30 days that nothing follows.
    """
    found = []
    first = [each for each in rows if each.position == 1]
    for before, after in pairwise(first):
        if before.terminated_on is not None and after.effective_on > today:
            gap_from, gap_to = before.terminated_on + _DAY, after.effective_on - _DAY
            if gap_from <= gap_to:
                found.append(f"No plan pays first from {formats.mdy(gap_from)} to {formats.mdy(gap_to)}.")
    last = first[-1] if first else None
    if last is not None and last.terminated_on is not None and last.terminated_on >= today:
        if last.terminated_on <= today + _SOON:
            found.append(f"{last.payer.name} ends on {formats.mdy(last.terminated_on)} and nothing follows.")
    elif last is not None and last.terminated_on is not None:
        found.append(f"No plan pays first since {formats.mdy(last.terminated_on + _DAY)}.")
    in_force = [each for each in rows if each.covers(today)]
    places = {each.position for each in in_force}
    for each in in_force:
        if each.position > 1 and each.position - 1 not in places:
            found.append(
                f"{each.payer.name} is {POSITIONS[each.position]}, and nothing is {POSITIONS[each.position - 1]}."
            )
    cards = [(each.payer_id, each.member_id) for each in in_force]
    for each in {(row.payer_id, row.member_id): row for row in in_force}.values():
        if cards.count((each.payer_id, each.member_id)) > 1:
            found.append(
                f"{each.payer.name} with member {each.member_id} is on file twice for the same days."
            )
    return found
