"""What to chase: visits that want an authorization and have none, numbers that run out, requests that are open."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock
from clinic.authorizations import judging
from clinic.authorizations.judging import Judged, Need, Shares
from clinic.authorizations.requests import OPEN, REFERRAL, SENDABLE_AGAIN
from clinic.models import Appointment, Authorization, AuthorizationRequest, Coverage
from clinic.models.scheduling import NO_VISIT

AHEAD = timedelta(days=30)
EXPIRES_WITHIN = timedelta(days=30)
FEW_VISITS = 3
SHOWN = 200


@dataclass(frozen=True)
class Missing:
    """A coming visit that wants an authorization and has none left for it; `why` is a sentence.

    `request` is the newest request for it that the payer has not turned down.
    """

    appointment: Appointment
    coverage: Coverage
    why: str
    request: AuthorizationRequest | None


@dataclass(frozen=True)
class Expiring:
    """An authorization that ends soon or is nearly used up; `days` until its last one, `booked` visits that use it."""

    authorization: Authorization
    days: int
    booked: int


def missing(session: Session) -> list[Missing]:
    """Visits of the coming days that want an authorization and have none left for them, by date; five statements.

    Each visit uses up what is on file before the next one is looked at: of five booked, two left serve the first two.
    """
    visits = _coming(session, Appointment.starts_at < clock.now() + AHEAD)
    known = judging.judged(session, visits)
    shares = _shares(known.values())
    requests = _requests(session, list(shares))
    found = []
    for visit in visits:
        one = known.get(visit.id)
        if one is None:
            continue
        used = shares[one.coverage.id].take(one.need)
        if one.need.why and used is None:
            asked = (each for each in requests[one.coverage.id] if _asks_for(each, one.need))
            found.append(Missing(visit, one.coverage, one.need.why, next(asked, None)))
    return found[:SHOWN]


def _coming(session: Session, *which: ColumnElement[bool]) -> Sequence[Appointment]:
    return session.scalars(
        select(Appointment)
        .where(Appointment.starts_at >= clock.now(), Appointment.status.not_in(NO_VISIT), *which)
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.provider),
            joinedload(Appointment.visit_type),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()


def _shares(known: Iterable[Judged]) -> dict[int, Shares]:
    return {one.coverage.id: Shares(one.on_file) for one in known}


def _asks_for(request: AuthorizationRequest, need: Need) -> bool:
    """Whether a request is for what a visit wants: an approval, of its codes where both say which."""
    if request.category == REFERRAL or request.provider_id not in (None, need.provider_id):
        return False
    codes = need.codes or need.usual
    return not request.codes or not codes or not codes.isdisjoint(request.codes)


def expiring(session: Session) -> list[Expiring]:
    """Numbers that end within thirty days or have few visits left, the one that ends first on top; five statements.

    `booked` are the visits to come that will use it, and no others.
    """
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
    visits = _coming(session, Appointment.patient_id.in_({row.coverage.patient_id for row in rows}))
    known = judging.judged(session, visits)
    shares = _shares(known.values())
    for visit in visits:
        if visit.id in known:
            one = known[visit.id]
            shares[one.coverage.id].take(one.need)
    booked = {number: many for each in shares.values() for number, many in each.booked.items()}
    return [Expiring(row, (row.ends_on - today).days, booked.get(row.id, 0)) for row in rows]


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


def _requests(session: Session, coverage_ids: Sequence[int]) -> dict[int, list[AuthorizationRequest]]:
    """The requests of each coverage that the payer has not turned down, the newest first."""
    found: dict[int, list[AuthorizationRequest]] = defaultdict(list)
    for row in session.scalars(
        select(AuthorizationRequest)
        .where(
            AuthorizationRequest.coverage_id.in_(coverage_ids),
            AuthorizationRequest.state.in_((*OPEN, *SENDABLE_AGAIN)),
        )
        .order_by(AuthorizationRequest.asked_at.desc(), AuthorizationRequest.id.desc())
    ):
        found[row.coverage_id].append(row)
    return found
