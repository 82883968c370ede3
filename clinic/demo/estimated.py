"""The demo's estimates: some of the past with what came of them, some for the days to come, one given in good faith."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from clinic import clock, eligibility, estimates
from clinic.blueprints.estimates import paper
from clinic.demo import catalog
from clinic.models import Appointment, Coverage, Estimate, Payer, VisitType
from clinic.models.scheduling import ENDED

EACH, UNANSWERED, SINCE_DAYS = 4, 16, -75
"""At every fourth visit the payer is asked; whose payer had answered gets an estimate, a few others one without it."""
COMING = 8
LEFT = 3


def at_arrival(session: Session, appointment: Appointment, kind: VisitType, place: int) -> None:
    """An estimate for a visit of the past, with what the payer had answered by then, or a question for the next one."""
    if clock.days_ahead() < SINCE_DAYS:
        return
    coverage = eligibility.coverage_for(session, appointment)
    if coverage is None:
        return
    asks = place % EACH == 3
    if eligibility.latest_answer(session, coverage.id) is not None or (asks and place % UNANSWERED == 3):
        _save(session, appointment, kind)
    if asks:
        eligibility.ask(session, coverage, clock.today(), appointment=appointment)


def ask_ahead(session: Session) -> None:
    """One Medicare patient's card says QMB (R14), and the payers of the next visits are asked."""
    seen = set()
    protected = _qmb(session)
    for appointment in [*_next(session, covered=True, limit=COMING), *([protected] if protected else [])]:
        coverage = eligibility.coverage_for(session, appointment)
        if coverage is not None and coverage.id not in seen:
            seen.add(coverage.id)
            eligibility.ask(
                session, coverage, clock.local(appointment.starts_at).date(), appointment=appointment
            )


def coming(session: Session) -> None:
    """Estimates for the next visits, one prepaid, one of a QMB; good-faith estimates given, due, overdue and asked for."""
    visits = _next(session, covered=True, limit=COMING)
    for appointment in visits:
        _save(session, appointment, appointment.visit_type)
    protected = _qmb(session)
    if protected is not None:
        _save(session, protected, protected.visit_type)
    for appointment in visits:
        estimate = estimates.editions(session, appointment.id)[0]
        if estimate.expected > 0:
            estimates.prepay(
                session,
                appointment,
                estimate,
                amount=min(estimate.expected, Decimal("40.00")),
                method="card_terminal",
                reference=f"T{appointment.id:06d}",
                key=f"demo-prepaid-{appointment.public_id}",
            )
            break
    if visits:
        estimates.ask(session, visits[-1], f"demo-asked-{visits[-1].public_id}")
    _give(session)


def _give(session: Session) -> None:
    """Most patients without a plan were given their estimate; the last of those overdue are still to be."""
    late = [each.appointment for each in estimates.worklist(session) if each.state == "overdue"]
    for appointment in late[:-LEFT]:
        estimate = _save(session, appointment, appointment.visit_type)
        estimates.give(
            session,
            appointment,
            estimate,
            "mail",
            paper.pdf(session, estimate),
            f"demo-given-{appointment.public_id}",
        )
    for appointment in late[-1:]:
        _save(session, appointment, appointment.visit_type)


def _save(session: Session, appointment: Appointment, kind: VisitType) -> Estimate:
    diagnoses, codes = catalog.SLIPS[kind.name][0]
    asked = [estimates.Asked(code, units=2 if code == "97110" else 1) for code in dict.fromkeys(codes)]
    return estimates.save(
        session, appointment, asked, diagnoses=diagnoses, key=f"demo-estimate-{appointment.public_id}"
    )


def _next(session: Session, *, covered: bool, limit: int) -> list[Appointment]:
    held = exists().where(Coverage.patient_id == Appointment.patient_id)
    query = (
        select(Appointment)
        .where(
            Appointment.starts_at > clock.now() + timedelta(hours=2),
            Appointment.status.not_in(ENDED),
            held if covered else ~held,
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def _qmb(session: Session) -> Appointment | None:
    """The next visit of a Medicare patient, whose card then says QMB."""
    query = (
        select(Appointment, Coverage)
        .join(Coverage, Coverage.patient_id == Appointment.patient_id)
        .join(Payer, Payer.id == Coverage.payer_id)
        .where(
            Payer.kind.in_(("medicare", "medicare_advantage")),
            Coverage.position == 1,
            Appointment.starts_at > clock.now(),
            Appointment.status.not_in(ENDED),
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(1)
    )
    found = session.execute(query).first()
    if found is None:
        return None
    appointment, coverage = found
    if "QMB" not in coverage.plan_name:
        coverage.plan_name = f"{coverage.plan_name}, QMB"
        session.flush()
    return appointment
