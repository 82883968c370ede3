"""Routing slips: the page that goes with a patient through the house. The reason of the visit, never a diagnosis."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, eligibility, formats, ledger
from clinic.authorizations import judging
from clinic.authorizations.judging import Need
from clinic.eligibility import CopayDue
from clinic.models import Appointment, Authorization, Coverage, EligibilityCheck, Patient
from clinic.models.scheduling import NO_VISIT

LANGUAGES = {"en": "English", "es": "Spanish"}
ZERO = Decimal("0.00")
SOON_DAYS = 30


@dataclass(frozen=True)
class Slip:
    """One page. `authorization` is the one that serves best on the day; `alerts` are sentences, the gravest first."""

    appointment: Appointment
    coverage: Coverage | None
    answer: EligibilityCheck | None
    authorization: Authorization | None
    copay: CopayDue
    fee: Decimal
    balance: Decimal
    alerts: Sequence[str]

    @property
    def language(self) -> str:
        """What to speak with the patient."""
        preference = self.appointment.patient.preference
        spoken = preference.interpreter if preference else ""
        return spoken or LANGUAGES.get(self.appointment.patient.language, self.appointment.patient.language)

    @property
    def due(self) -> Decimal:
        """What this visit asks for at the desk: the copay, or the price where there is no plan."""
        return self.copay.due or max(self.fee - self.copay.collected, ZERO)


def visits(session: Session, day: date, provider_ids: Collection[str] = ()) -> list[Appointment]:
    """The visits of a day that want a slip, by provider and time; `provider_ids` (public) narrow it."""
    begins, ends = clock.day_bounds(day)
    found = session.scalars(
        select(Appointment)
        .where(
            Appointment.starts_at >= begins,
            Appointment.starts_at < ends,
            Appointment.status.not_in((*NO_VISIT, "closed")),
        )
        .options(*LOADED)
        .order_by(Appointment.provider_id, Appointment.starts_at, Appointment.id)
    ).all()
    return [visit for visit in found if not provider_ids or visit.provider.public_id in provider_ids]


LOADED = (
    joinedload(Appointment.patient).joinedload(Patient.preference),
    joinedload(Appointment.provider),
    joinedload(Appointment.visit_type),
    joinedload(Appointment.room),
    joinedload(Appointment.roomed_in),
)


def slips(session: Session, appointments: Sequence[Appointment]) -> list[Slip]:
    """The slips of these visits, in as many statements for one as for fifty."""
    coverages = eligibility.coverages_for(session, appointments)
    ids = [coverage.id for coverage in coverages.values()]
    days = {visit.id: clock.local(visit.starts_at).date() for visit in appointments}
    answers = eligibility.answers_on(session, {(plan.id, days[number]) for number, plan in coverages.items()})
    copays = eligibility.copays_due(session, appointments)
    balances = ledger.patient_balances(session, [visit.patient_id for visit in appointments])
    numbers = judging.on_file(session, ids)
    found = []
    for visit in appointments:
        plan = coverages.get(visit.id)
        answer = answers.get((plan.id, days[visit.id])) if plan else None
        need = judging.need_of_visit(visit, plan, answer) if plan else None
        number = judging.best(numbers[plan.id], need) if plan and need else None
        fee = visit.visit_type.self_pay_fee if plan is None else None
        found.append(
            Slip(
                appointment=visit,
                coverage=plan,
                answer=answer,
                authorization=number,
                copay=copays[visit.id],
                fee=fee or ZERO,
                balance=max(balances[visit.patient_id].patient, ZERO),
                alerts=_alerts(visit, plan, answer, number, need, copays[visit.id]),
            )
        )
    return found


def _alerts(
    visit: Appointment,
    plan: Coverage | None,
    answer: EligibilityCheck | None,
    number: Authorization | None,
    need: Need | None,
    copay: CopayDue,
) -> list[str]:
    day, patient = clock.local(visit.starts_at).date(), visit.patient
    found = []
    if plan is not None and need is not None:
        found += _plan_alerts(plan, answer, number, need)
    if copay.source == "qmb":
        found.append("Qualified Medicare Beneficiary: collect nothing.")
    if patient.preference and patient.preference.interpreter:
        found.append(f"Interpreter: {patient.preference.interpreter}.")
    if patient.preference and patient.preference.confidential_since:
        found.append("Confidential contact: use no other address or phone.")
    if patient.consent_on is None or patient.consent_on.year != day.year:
        found.append(f"Consent to treat {day.year} is not signed.")
    if visit.overbooked:
        found.append(f"Booked beside another visit: {visit.overbook_reason}.")
    return found


def _plan_alerts(
    plan: Coverage, answer: EligibilityCheck | None, number: Authorization | None, need: Need
) -> list[str]:
    found, day = [], need.day
    if answer is not None and answer.active is False and eligibility.same_plan_year(answer, day):
        found.append(f"{plan.payer.name} says that this coverage is not active.")
    elif not plan.covers(day):
        ended = plan.terminated_on is not None and plan.terminated_on < day
        when = formats.mdy(plan.terminated_on if ended else plan.effective_on)
        found.append(f"Coverage {'ended' if ended else 'begins'} {when}.")
    serves = number is not None and judging.serves(number, need)
    if need.why and not serves:
        found.append(f"{plan.payer.name} wants an authorization, and none on file serves this visit.")
    elif number is not None and serves and (number.left <= 1 or (number.ends_on - day).days <= SOON_DAYS):
        found.append(
            f"Authorization: {number.left} {number.counts} left, until {formats.mdy(number.ends_on)}."
        )
    return found
