"""What to chase: visits that want an authorization and have none, numbers that run out, requests that are open."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, eligibility
from clinic.authorizations.requests import OPEN, SENDABLE_AGAIN
from clinic.models import (
    Appointment,
    Authorization,
    AuthorizationRequest,
    Charge,
    Coverage,
    EligibilityCheck,
    Encounter,
)
from clinic.models.scheduling import ENDED, NO_VISIT

AHEAD = timedelta(days=30)
EXPIRES_WITHIN = timedelta(days=30)
FEW_VISITS = 3
LOOKED_BACK = timedelta(days=180)
SHOWN = 200


@dataclass(frozen=True)
class Missing:
    """A coming visit that wants an authorization and has none that serves its day; `why` is a sentence.

    `request` is the newest request for its coverage that the payer has not turned down.
    """

    appointment: Appointment
    coverage: Coverage
    why: str
    request: AuthorizationRequest | None


@dataclass(frozen=True)
class Expiring:
    """An authorization that ends soon or is nearly used up; `days` until its last one, `booked` visits ahead of it."""

    authorization: Authorization
    days: int
    booked: int

    @property
    def free(self) -> int:
        return max(self.authorization.left - self.booked, 0)


def missing(session: Session) -> list[Missing]:
    """Visits of the coming days that want an authorization and have none, by date of service; five statements."""
    visits = session.scalars(
        select(Appointment)
        .where(
            Appointment.starts_at >= clock.now(),
            Appointment.starts_at < clock.now() + AHEAD,
            Appointment.status.not_in(NO_VISIT),
        )
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.provider),
            joinedload(Appointment.visit_type),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
    coverages = eligibility.coverages_for(session, visits)
    ids = [coverage.id for coverage in coverages.values()]
    days = {each.id: clock.local(each.starts_at).date() for each in visits}
    answers = eligibility.answers_on(session, {(plan.id, days[visit]) for visit, plan in coverages.items()})
    usual = usual_codes(session, {each.visit_type_id for each in visits})
    on_file = _on_file(session, ids)
    requests = _requests(session, ids)
    found = []
    for each in visits:
        coverage = coverages.get(each.id)
        if coverage is None:
            continue
        day = days[each.id]
        why = wanted(coverage, answers.get((coverage.id, day)), usual[each.visit_type_id])
        if why and not any(serves(row, day) for row in on_file[coverage.id]):
            found.append(Missing(each, coverage, why, requests.get(coverage.id)))
    return found[:SHOWN]


def wanted(coverage: Coverage, answer: EligibilityCheck | None, codes: Iterable[str]) -> str:
    """Why a visit with these codes wants an authorization of this plan, in a sentence; empty where it does not."""
    said = answer.benefits if answer else {}
    if said.get("authorization", {}).get("in") == "Y":
        return "The payer's eligibility answer asks for one."
    named = sorted(listed(coverage, answer).intersection(codes))
    return f"{coverage.payer.name} wants one for {', '.join(named)}." if named else ""


def listed(coverage: Coverage, answer: EligibilityCheck | None) -> set[str]:
    """The codes that this plan wants an authorization for, by its answer and by the payer's own list."""
    said = answer.benefits if answer else {}
    return {*said.get("authorization_codes", []), *coverage.payer.needs_authorization}


def wanted_for(
    session: Session, appointment: Appointment, coverage: Coverage, answer: EligibilityCheck | None
) -> str:
    """Why this visit wants an authorization, judged by the codes of its kind as the list of `missing` is; two statements."""
    usual = usual_codes(session, {appointment.visit_type_id})
    return wanted(coverage, answer, usual[appointment.visit_type_id])


def serves(row: Authorization, day: date) -> bool:
    """Whether an authorization is good for a day and not used up."""
    return row.starts_on <= day <= row.ends_on and row.left > 0


def usual_codes(session: Session, visit_type_ids: Iterable[int]) -> dict[int, set[str]]:
    """The codes that at least half of the signed visits of each kind had lately, in one statement; none for no kind."""
    found: dict[int, set[str]] = defaultdict(set)
    kinds = list(visit_type_ids)
    if not kinds:
        return found
    of_kind = (
        select(Appointment.visit_type_id.label("kind"), Encounter.id.label("encounter_id"))
        .join(Encounter, Encounter.appointment_id == Appointment.id)
        .where(
            Appointment.visit_type_id.in_(kinds),
            Encounter.state == "signed",
            Encounter.service_on >= clock.today() - LOOKED_BACK,
        )
        .subquery()
    )
    totals = select(of_kind.c.kind, func.count().label("total")).group_by(of_kind.c.kind).subquery()
    had = func.count(distinct(of_kind.c.encounter_id))
    query = (
        select(of_kind.c.kind, Charge.code)
        .join(Charge, Charge.encounter_id == of_kind.c.encounter_id)
        .join(totals, totals.c.kind == of_kind.c.kind)
        .group_by(of_kind.c.kind, Charge.code, totals.c.total)
        .having(had * 2 >= totals.c.total)
    )
    for kind, code in session.execute(query):
        found[kind].add(code)
    return found


def expiring(session: Session) -> list[Expiring]:
    """Numbers that end within thirty days or have few visits left, the one that ends first on top; two statements."""
    today = clock.today()
    rows = session.scalars(
        select(Authorization)
        .where(
            Authorization.ends_on >= today,
            Authorization.visits_used < Authorization.visits_allowed,
            or_(
                Authorization.ends_on <= today + EXPIRES_WITHIN,
                Authorization.visits_allowed - Authorization.visits_used <= FEW_VISITS,
            ),
        )
        .options(
            joinedload(Authorization.coverage).joinedload(Coverage.patient),
            joinedload(Authorization.coverage).joinedload(Coverage.payer),
        )
        .order_by(Authorization.ends_on, Authorization.id)
        .limit(SHOWN)
    ).all()
    ahead: dict[int, list[date]] = defaultdict(list)
    for patient_id, starts_at in session.execute(
        select(Appointment.patient_id, Appointment.starts_at).where(
            Appointment.patient_id.in_({row.coverage.patient_id for row in rows}),
            Appointment.starts_at >= clock.now(),
            Appointment.status.not_in(ENDED),
        )
    ):
        ahead[patient_id].append(clock.local(starts_at).date())
    return [
        Expiring(
            row,
            (row.ends_on - today).days,
            sum(row.starts_on <= day <= row.ends_on for day in ahead[row.coverage.patient_id]),
        )
        for row in rows
    ]


def requests(session: Session) -> Sequence[AuthorizationRequest]:
    """Requests, open and refused ones on top, then the newest."""
    pressing = AuthorizationRequest.state.in_((*OPEN, *SENDABLE_AGAIN))
    return session.scalars(
        select(AuthorizationRequest)
        .options(
            joinedload(AuthorizationRequest.coverage).joinedload(Coverage.patient),
            joinedload(AuthorizationRequest.coverage).joinedload(Coverage.payer),
        )
        .order_by(pressing.desc(), AuthorizationRequest.asked_at.desc(), AuthorizationRequest.id.desc())
        .limit(SHOWN)
    ).all()


def _on_file(session: Session, coverage_ids: Sequence[int]) -> dict[int, list[Authorization]]:
    found: dict[int, list[Authorization]] = defaultdict(list)
    for row in session.scalars(select(Authorization).where(Authorization.coverage_id.in_(coverage_ids))):
        found[row.coverage_id].append(row)
    return found


def _requests(session: Session, coverage_ids: Sequence[int]) -> dict[int, AuthorizationRequest]:
    rows = session.scalars(
        select(AuthorizationRequest)
        .where(
            AuthorizationRequest.coverage_id.in_(coverage_ids),
            AuthorizationRequest.state.in_((*OPEN, *SENDABLE_AGAIN)),
        )
        .order_by(AuthorizationRequest.asked_at, AuthorizationRequest.id)
    )
    return {row.coverage_id: row for row in rows}
