"""The rows behind a day: each visit with what its card says about plan, authorization and money, in one query."""

from collections import namedtuple
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Integer,
    Text,
    all_,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from clinic import clock, eligibility, ledger
from clinic.authorizations import judging
from clinic.models import (
    Appointment,
    Authorization,
    Coverage,
    EligibilityCheck,
    OpenItem,
    Patient,
    Payer,
    PinnedVisit,
    ProviderHours,
    RenderingProvider,
    Room,
    VisitType,
)
from clinic.models.practice import provider_name
from clinic.patients import in_force
from clinic.scheduling.layout import Span


@dataclass(frozen=True)
class Provider:
    """A column's owner and the pattern he works by."""

    id: int
    public_id: str
    name: str
    active: bool
    limit: int
    hours: tuple[tuple[int, Span, date, date | None], ...]

    def worked(self, day: date) -> list[Span]:
        """The stretches worked on a day (A6)."""
        return [
            span
            for weekday, span, begins, ends in self.hours
            if weekday == day.weekday() and begins <= day and (ends is None or day <= ends)
        ]


_PROVIDERS = (
    select(
        RenderingProvider.id,
        RenderingProvider.public_id,
        RenderingProvider.first_name,
        RenderingProvider.last_name,
        RenderingProvider.credential,
        RenderingProvider.active,
        RenderingProvider.overlap_limit,
        ProviderHours.weekday,
        ProviderHours.starts,
        ProviderHours.ends,
        ProviderHours.effective_on,
        ProviderHours.ended_on,
        # Whether the pinboard is worth a question of its own, asked along with what is read anyway.
        exists().where(PinnedVisit.user_id == bindparam("user")).label("carries"),
    )
    .outerjoin(ProviderHours, ProviderHours.provider_id == RenderingProvider.id)
    .order_by(RenderingProvider.position, RenderingProvider.id, ProviderHours.starts)
)
_PROVIDERS_OF_SOME = _PROVIDERS.where(RenderingProvider.public_id.in_(bindparam("chosen", expanding=True)))


def providers(session: Session) -> list[Provider]:
    """Everybody who has a column, in order, with their hours."""
    return desk(session, None)[0]


def desk(
    session: Session, user_id: int | None, chosen: Collection[str] | None = None
) -> tuple[list[Provider], bool]:
    """Everybody who has a column, or those `chosen` by public id, and whether this user has anything on the pinboard."""
    found: dict[int, tuple[Any, list[Any]]] = {}
    carries = False
    values: dict[str, Any] = {"user": user_id or 0}
    if chosen:
        values["chosen"] = list(chosen)
    for row in session.connection().execute(_PROVIDERS_OF_SOME if chosen else _PROVIDERS, values):
        carries = row.carries
        _, pattern = found.setdefault(row.id, (row, []))
        if row.weekday is not None:
            span = Span(row.starts.hour * 60 + row.starts.minute, row.ends.hour * 60 + row.ends.minute)
            pattern.append((row.weekday, span, row.effective_on, row.ended_on))
    everybody = [
        Provider(
            row.id,
            row.public_id,
            provider_name(row.first_name, row.last_name, row.credential),
            row.active,
            row.overlap_limit,
            tuple(pattern),
        )
        for row, pattern in found.values()
    ]
    return everybody, carries


def _visits(*, of_some: bool) -> Any:
    day = cast(func.timezone(bindparam("zone"), Appointment.starts_at), Date)
    coverage = (
        select(
            Coverage.id,
            Coverage.effective_on,
            Coverage.terminated_on,
            Coverage.copay,
            Payer.name.label("payer"),
            Payer.needs_authorization,
        )
        .join(Payer, Payer.id == Coverage.payer_id)
        .where(
            Coverage.patient_id == Appointment.patient_id,
            in_force.may_answer(Coverage, day, Appointment.case_id, Appointment.self_pay),
        )
        .order_by(*in_force.best(Coverage, day))
        .limit(1)
        .lateral("plan")
    )
    check = (
        select(EligibilityCheck.state, EligibilityCheck.active, _asks(EligibilityCheck).label("wants"))
        .where(EligibilityCheck.coverage_id == coverage.c.id, eligibility.same_month(day))
        .order_by(*eligibility.asked_for(day))
        .limit(1)
        .lateral("asked")
    )
    serves = and_(Authorization.ends_on >= day, Authorization.visits_used < Authorization.visits_allowed)
    authorization = (
        select(
            Authorization.visits_allowed,
            Authorization.visits_used,
            Authorization.counts,
            Authorization.ends_on,
        )
        .where(
            Authorization.coverage_id == coverage.c.id,
            Authorization.starts_on <= day,
            _is_for(coverage, check),
        )
        .order_by(serves.desc(), case((serves, Authorization.ends_on)), Authorization.ends_on.desc())
        .limit(1)
        .lateral("authorized")
    )
    owed = (
        select(func.sum(OpenItem.amount).label("amount"))
        .where(
            OpenItem.patient_id == Appointment.patient_id, OpenItem.bucket == ledger.PATIENT, ledger.IS_OPEN
        )
        .lateral("owed")
    )
    return (
        select(
            Appointment.id,
            Appointment.public_id,
            Appointment.provider_id,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.busy_from,
            Appointment.busy_until,
            Appointment.lane,
            Appointment.status,
            Appointment.reason,
            Appointment.note,
            Appointment.version,
            Appointment.overbooked,
            Appointment.overbook_reason,
            Appointment.closed_reason,
            Appointment.arrived_at,
            Appointment.roomed_at,
            Patient.id.label("patient_id"),
            Patient.first_name,
            Patient.middle_name,
            Patient.last_name,
            Patient.suffix,
            Patient.born_on,
            Patient.sex,
            Patient.mrn,
            Patient.phone,
            VisitType.name.label("visit_type"),
            VisitType.takes_copay,
            VisitType.color,
            Room.public_id.label("room_key"),
            Room.name.label("room"),
            coverage.c.payer,
            coverage.c.effective_on,
            coverage.c.terminated_on,
            coverage.c.copay,
            check.c.state.label("check_state"),
            check.c.active.label("check_active"),
            or_(coverage.c.needs_authorization.overlap(VisitType.usual_codes), check.c.wants).label("wants"),
            authorization.c.visits_allowed,
            authorization.c.visits_used,
            authorization.c.counts,
            authorization.c.ends_on.label("authorized_until"),
            owed.c.amount.label("owed"),
        )
        .join(Patient, Patient.id == Appointment.patient_id)
        .join(VisitType, VisitType.id == Appointment.visit_type_id)
        .outerjoin(Room, Room.id == Appointment.room_id)
        .outerjoin(coverage, true())
        .outerjoin(check, true())
        .outerjoin(authorization, true())
        .outerjoin(owed, true())
        .where(Appointment.id == any_(func.array(_ids(of_some))))
        .order_by(Appointment.starts_at, Appointment.id)
    )


def _asks(check: Any) -> Any:
    """Whether the payer's answer wants an authorization for visits of this kind, as `judging.need_of` says."""
    usual = cast(VisitType.usual_codes, ARRAY(Text))
    return or_(
        check.benefits.contains({"authorization": {"in": "Y"}}),
        check.benefits["authorization_codes"].has_any(usual),
    )


def _is_for(plan: Any, asked: Any) -> Any:
    """`judging.is_for` in a statement: whether an authorization is for the services and the provider of the visit."""
    usual = func.unnest(VisitType.usual_codes).table_valued("code").render_derived()
    forgotten = (
        select(usual.c.code)
        .where(usual.c.code == any_(plan.c.needs_authorization), usual.c.code != all_(Authorization.codes))
        .correlate(plan, Authorization, VisitType)
    )
    return and_(
        Authorization.kind == judging.APPROVAL,
        or_(Authorization.provider_id.is_(None), Authorization.provider_id == Appointment.provider_id),
        or_(
            func.cardinality(Authorization.codes) == 0,
            and_(func.cardinality(VisitType.usual_codes) == 0, asked.c.wants),
            and_(Authorization.codes.overlap(VisitType.usual_codes), ~forgotten.exists()),
        ),
    )


def _ids(of_some: bool) -> Any:
    """The visits between two instants, told by numbers that PostgreSQL cannot see when it plans.

    A plan made for one day costs as much to make as a provider's day costs to read. What stands in a sub-select costs
    the same for every day, so PostgreSQL keeps one plan for all: from this list by keys, whatever the clinic's years.
    """
    found = (
        select(Appointment.id)
        .where(Appointment.starts_at >= _unseen("begins"), Appointment.starts_at < _unseen("ends"))
        .where(Appointment.status != "held")
        .correlate(None)
    )
    if of_some:
        found = found.where(Appointment.provider_id == any_(bindparam("providers", type_=ARRAY(Integer))))
    return found.scalar_subquery()


def _unseen(name: str) -> Any:
    return select(bindparam(name, type_=DateTime(timezone=True))).scalar_subquery()


# Put together once: making and compiling these took longer than running them.
_VISITS = _visits(of_some=False)
_VISITS_OF_SOME = _visits(of_some=True)
# A card reads two score fields of its row, and those of a named tuple nine times as fast as those of SQLAlchemy's.
_Visit = namedtuple("_Visit", _VISITS.selected_columns.keys())  # type: ignore[misc]


def visits(
    session: Session, begins: datetime, ends: datetime, provider_ids: Sequence[int] | None
) -> list[Any]:
    """The appointments between two instants with patient, plan, last eligibility answer, authorization, balance.

    Each is a tuple whose fields are named as the columns of `_visits`.
    """
    values: dict[str, Any] = {"zone": clock.zone().key, "begins": begins, "ends": ends}
    if provider_ids is None:
        found = session.connection().execute(_VISITS, values)
    else:
        found = session.connection().execute(_VISITS_OF_SOME, values | {"providers": list(provider_ids)})
    return [_Visit._make(row) for row in found]


@dataclass(frozen=True)
class Flag:
    """The one thing a card says besides who, why and status; `danger` is read in red."""

    text: str
    danger: bool = False


def flag_of(row: Any, day: date) -> Flag | None:
    """The most pressing fact first: no plan for that day, no answer, no authorization, money, then good news."""
    if row.payer is None:
        return Flag("Self-pay")
    if row.terminated_on is not None and row.terminated_on < day:
        return Flag(f"Coverage ended {row.terminated_on:%m/%d}", danger=True)
    if row.effective_on > day:
        return Flag(f"Coverage begins {row.effective_on:%m/%d}", danger=True)
    if row.check_state in ("refused", "failed"):
        return Flag("Eligibility failed", danger=True)
    if row.check_active is False:
        return Flag("Plan not active", danger=True)
    served = (
        row.visits_allowed is not None
        and row.authorized_until >= day
        and row.visits_used < row.visits_allowed
    )
    if row.wants and not served:
        return Flag(_unserved(row, day), danger=True)
    if row.overbooked:
        return Flag(f"Overbooked: {row.overbook_reason}")
    if row.closed_reason:
        return Flag(f"Closed time: {row.closed_reason}")
    if row.owed is not None and row.owed > 0:
        return Flag(f"Old balance ${Decimal(row.owed):,.2f}")
    if served:
        return Flag(f"{row.visits_allowed - row.visits_used} of {row.visits_allowed} {row.counts} left")
    if row.check_active:
        return Flag("Eligible")
    return None


def _unserved(row: Any, day: date) -> str:
    if row.visits_allowed is None:
        return "No authorization"
    if row.authorized_until < day:
        return f"Authorization ended {row.authorized_until:%m/%d}"
    return f"Authorized {row.counts} used up"
