"""An appointment's estimate: worked out from what is known now, saved as one more edition (E8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from clinic import audit, clock, eligibility, formats
from clinic.charges import fees
from clinic.estimates import allowed, known, planned, spent, terms
from clinic.estimates.allowed import Priced, is_evaluation
from clinic.estimates.arithmetic import ZERO, Item, Part, Plan, Range, Result, Terms, work_out
from clinic.estimates.asked import Asked, usual
from clinic.estimates.asked import words as in_words
from clinic.estimates.errors import EstimateRefused
from clinic.estimates.known import Facts
from clinic.estimates.planned import Planned
from clinic.estimates.terms import Known, Reason
from clinic.models import Appointment, Coverage, EligibilityCheck, Estimate, EstimateLine
from clinic.patients.coverages import OF_A_CASE


@dataclass(frozen=True)
class Worked:
    """An estimate that nobody saved yet; `lines` are the services with what the patient pays of each, and why."""

    kind: str
    service_on: date
    lines: Sequence[tuple[Priced, Part]]
    total: Range
    reasons: Sequence[Reason]
    source: str
    qmb: bool = False
    coverage: Coverage | None = None
    check: EligibilityCheck | None = None
    words: dict[str, str] | None = None

    @property
    def charge(self) -> Decimal:
        return sum((priced.charge for priced, _ in self.lines), ZERO)

    @property
    def allowed(self) -> Decimal:
        return sum((priced.allowed.expected for priced, _ in self.lines), ZERO)

    @property
    def answered_at(self) -> datetime | None:
        return self.check.answered_at if self.check else None


def work_out_visit(
    session: Session,
    appointment: Appointment,
    asked: Sequence[Asked],
    diagnoses: Sequence[str] = (),
    *,
    without_plan: bool = False,
) -> Worked:
    """What the visit will cost the patient: least, likely, most, with the reasons (E8). Raises EstimateRefused.

    `without_plan`: the patient chose not to use the coverage, which makes it a good-faith estimate (F1).
    """
    if without_plan or appointment.self_pay:
        visit = Planned(appointment.visit_type, clock.local(appointment.starts_at).date())
    else:
        visit = planned.of_visit(session, appointment)
    facts = known.read(session, visit.day, visit.plans, codes={each.code for each in asked})
    worked = work_out_planned(session, visit, facts, asked, diagnoses)
    return replace(worked, words=fees.describe(session, {each.code for each in asked}, visit.day))


def work_out_usual(session: Session, visit: Planned) -> Worked:
    """As `work_out_visit`, of what visits of the kind usually bring, in one statement. Raises EstimateRefused."""
    facts = known.read(session, visit.day, visit.plans, visit_type_id=visit.kind.id)
    if not facts.usual:
        raise EstimateRefused(_unheard_of(visit.kind.name))
    return work_out_planned(session, visit, facts, facts.usual)


@dataclass(frozen=True)
class Expected:
    """What a visit will cost as its kind usually goes, kept nowhere; `why_not` is a sentence where nobody can say."""

    worked: Worked | None
    why_not: str = ""

    @property
    def services(self) -> str:
        return in_words(each.asked for each, _ in self.worked.lines) if self.worked else ""


def expected(session: Session, visit: Planned, *, described: bool = False) -> Expected:
    """What to tell the patient before anybody made an estimate (E8, Z13); one statement for what is loaded already.

    `described` brings the clinic's words for each service, in one more.
    """
    try:
        worked = work_out_usual(session, visit)
        if described:
            codes = {each.asked.code for each, _ in worked.lines}
            worked = replace(worked, words=fees.describe(session, codes, visit.day))
        return Expected(worked)
    except EstimateRefused as error:
        return Expected(None, str(error))


def work_out_planned(
    session: Session, visit: Planned, facts: Facts, asked: Sequence[Asked], diagnoses: Sequence[str] = ()
) -> Worked:
    """The arithmetic of a visit from what is known of it."""
    first, check = visit.first, visit.answer
    if first is None:
        return _self_pay(visit, facts, asked, diagnoses)
    priced = allowed.priced(facts.prices, asked, first.payer_id, diagnoses)
    common: dict[str, Any] = {
        "kind": "insured",
        "service_on": visit.day,
        "coverage": first,
        "check": check,
        "source": terms.weakest([each.source for each in priced if not each.exempt] or ["contract"]),
    }
    if visit.answers_for_injuries:
        return _nothing(priced, _injured(first, visit.day), **common)
    if visit.qmb:
        words = "Qualified Medicare Beneficiary (QMB): Medicare and Medicaid pay. The law forbids asking the patient."
        return _nothing(priced, [Reason(words, ZERO)], qmb=True, **common)
    if check is not None and check.active is False and eligibility.same_plan_year(check, visit.day):
        whole = [(each, Part(coinsurance=each.charge)) for each in priced]
        total = Range.of(sum((each.charge for each in priced), ZERO))
        return Worked(lines=whole, total=total, reasons=terms.not_covered(first.payer.name), **common)
    items = items_of(priced)
    plan, reasons = terms.plan_of(_known(session, visit, facts, first))
    second, more = _second(session, visit, facts)
    result = work_out(items, plan, second)
    told = [*_age(check, visit.day), *reasons, *more, *_exempted(priced), *_guessed(priced)]
    return Worked(lines=_joined(priced, result), total=result.total, reasons=told, **common)


def _nothing(priced: Sequence[Priced], reasons: Sequence[Reason], **common: Any) -> Worked:
    """Nothing is asked of the patient."""
    lines = [(each, Part()) for each in priced]
    return Worked(lines=lines, total=Range.of(ZERO), reasons=reasons, **common)


def _injured(insurer: Coverage, day: date) -> list[Reason]:
    """Why an insurer of injuries leaves nothing to collect, line by line."""
    name, ended_on = insurer.payer.name, insurer.terminated_on
    at_work = insurer.payer.kind == "workers_comp" or insurer.payer.filing_indicator == "WC"
    of_case = insurer.position == OF_A_CASE
    because = "the visit belongs to its case" if of_case else "it insures injuries and no illness"
    reasons = [
        Reason(f"{name} answers for this visit: {because}", ZERO),
        Reason("No copay and no deductible: those are the health plan's, which is not billed", ZERO),
    ]
    if at_work:
        reasons.append(Reason("A patient who was hurt at work owes nothing for the care of the injury", ZERO))
    else:
        words = f"Nothing is collected before {name} has settled the claim; what it leaves is billed then"
        reasons.append(Reason(words, ZERO))
    if ended_on is not None and ended_on < day:
        words = f"It ended on {formats.mdy(ended_on)}: ask {name} whether it still pays"
        reasons.append(Reason(words, warns=True))
    return reasons


def items_of(priced: Sequence[Priced]) -> list[Item]:
    """The services as the arithmetic takes them: the copay is for the evaluations, else for the first one."""
    own = [is_evaluation(each.asked.code) and not each.exempt for each in priced]
    if not any(own):
        first = next((place for place, each in enumerate(priced) if not each.exempt), None)
        own = [place == first for place in range(len(priced))]
    return [
        Item(each.asked.code, each.charge, each.allowed, is_visit, each.exempt)
        for each, is_visit in zip(priced, own, strict=True)
    ]


def save(
    session: Session,
    appointment: Appointment,
    asked: Sequence[Asked],
    *,
    diagnoses: Sequence[str] = (),
    elsewhere: str = "",
    without_plan: bool = False,
    key: str,
) -> Estimate:
    """Keep the estimate as the visit's next edition; the same `key` again answers the first one."""
    session.refresh(appointment, with_for_update={"of": Appointment})
    first = session.scalar(select(Estimate).where(Estimate.key == key))
    if first is not None:
        return first
    made = work_out_visit(session, appointment, asked, diagnoses, without_plan=without_plan)
    last = session.scalar(select(func.max(Estimate.edition)).where(Estimate.appointment_id == appointment.id))
    estimate = Estimate(
        key=key,
        appointment_id=appointment.id,
        edition=(last or 0) + 1,
        patient_id=appointment.patient_id,
        provider_id=appointment.provider_id,
        coverage_id=made.coverage.id if made.coverage else None,
        payer_id=made.coverage.payer_id if made.coverage else None,
        check_id=made.check.id if made.check else None,
        kind=made.kind,
        service_on=made.service_on,
        diagnoses=list(diagnoses),
        elsewhere=elsewhere.strip(),
        charge=made.charge,
        allowed=made.allowed,
        low=made.total.low,
        expected=made.total.expected,
        high=made.total.high,
        qmb=made.qmb,
        source=made.source,
        reasons=[_stored(reason) for reason in made.reasons],
        answered_at=made.answered_at,
        made_by=audit.actor().user_id,
        made_at=clock.now(),
        lines=[_line(place, *each, made.words or {}) for place, each in enumerate(made.lines, start=1)],
    )
    session.add(estimate)
    session.flush()
    audit.record(
        session,
        "estimate.save",
        patients=[appointment.patient_id],
        subject=f"estimate:{estimate.public_id}",
        category="payment",
        changes={"expected": [None, str(estimate.expected)], "edition": [last, estimate.edition]},
    )
    return estimate


def kept(session: Session, appointment: Appointment, key: str) -> Estimate:
    """The visit's newest estimate; where there is none, what such visits usually bring is saved as its first one.

    Raises EstimateRefused where nothing is known of such visits.
    """
    session.refresh(appointment, with_for_update={"of": Appointment})
    made = editions(session, appointment.id)
    if made:
        return made[0]
    asked = usual(session, appointment)
    if not asked:
        raise EstimateRefused(_unheard_of(appointment.visit_type.name))
    return save(session, appointment, asked, key=key)


def _unheard_of(kind: str) -> str:
    return f"No {kind} visit has been billed yet, so nobody can say what one brings: make the estimate."


def editions(session: Session, appointment_id: int) -> list[Estimate]:
    """The estimates of a visit, newest first, with their lines."""
    query = (
        select(Estimate)
        .where(Estimate.appointment_id == appointment_id)
        .order_by(Estimate.edition.desc())
        .options(selectinload(Estimate.lines))
    )
    return list(session.scalars(query))


def _stored(reason: Reason) -> dict[str, object]:
    amount = None if reason.amount is None else str(reason.amount)
    return {"text": reason.text, "amount": amount, "warns": reason.warns}


def _line(place: int, priced: Priced, part: Part, words: dict[str, str]) -> EstimateLine:
    return EstimateLine(
        position=place,
        code=priced.asked.code,
        modifiers=list(priced.asked.modifiers),
        units=priced.asked.units,
        words=words.get(priced.asked.code, ""),
        charge=priced.charge,
        allowed=priced.allowed.expected,
        share=part.share,
        source=priced.source,
        source_words=priced.source_words,
        why=why(priced, part),
    )


def why(priced: Priced, part: Part) -> str:
    """Of what a line's share is made, in words."""
    if priced.exempt:
        return priced.exempt
    parts = [("copay", part.copay), ("deductible", part.deductible), ("coinsurance", part.coinsurance)]
    said = [f"{name} {formats.usd(amount)}" for name, amount in parts if amount]
    if priced.source == "fee" or part.coinsurance == priced.charge:
        said = ["no plan pays"]
    if part.spared:
        said.append(f"less {formats.usd(part.spared)} above the year's maximum")
    if part.second:
        said.append(f"less {formats.usd(part.second)} that the second plan pays")
    return ", ".join(said) or "the plan pays all"


def _self_pay(visit: Planned, facts: Facts, asked: Sequence[Asked], diagnoses: Sequence[str]) -> Worked:
    priced = allowed.priced(facts.prices, asked, None, diagnoses)
    total = sum((each.charge for each in priced), ZERO)
    return Worked(
        kind="self_pay",
        service_on=visit.day,
        lines=[(each, Part(coinsurance=each.charge)) for each in priced],
        total=Range.of(total),
        reasons=[Reason("No plan is used: the clinic's fees", total)],
        source="fee",
    )


def _known(session: Session, visit: Planned, facts: Facts, coverage: Coverage) -> Known:
    check, kind = visit.answers.get(coverage.id), visit.kind
    found = Known(
        payer=coverage.payer.name,
        medicaid=coverage.payer.kind == "medicaid",
        benefits=eligibility.benefits_for(session, check, kind.service_type) if check else None,
        card_copay=coverage.copay,
        takes_copay=kind.takes_copay,
        new_year=check is not None and not eligibility.same_plan_year(check, visit.day),
        spent=ZERO,
    )
    if check is None or found.medicaid or found.new_year:
        return found
    waits, paid = facts.waiting.get(coverage.id, ()), facts.posted.get(coverage.id, ZERO)
    return replace(found, spent=spent.on(facts.prices, coverage, check, waits, paid))


def _second(session: Session, visit: Planned, facts: Facts) -> tuple[Plan | None, list[Reason]]:
    """The second plan's terms for what the first one leaves; a silent one may pay all of it or nothing."""
    coverage = visit.second
    if coverage is None:
        return None, []
    name, check = coverage.payer.name, visit.answers.get(coverage.id)
    if check is not None and check.active is False:
        return None, [Reason(f"{name}, second, is not active", warns=True)]
    if check is None and coverage.payer.kind != "medicaid":
        nothing, all_of_it = Terms(), Terms(rate=Decimal(1), other_rate=Decimal(1))
        words = f"{name} pays second and has not answered: nothing is asked for before it has"
        return Plan(nothing, nothing, all_of_it), [Reason(words, warns=True)]
    plan, reasons = terms.plan_of(_known(session, visit, facts, coverage))
    return plan, [Reason(f"{name} pays second, of what the first plan leaves"), *reasons]


def _age(check: EligibilityCheck | None, day: date) -> list[Reason]:
    if check is None or check.answered_at is None:
        return []
    answered = clock.local(check.answered_at).date()
    old = clock.now() - check.answered_at > eligibility.FRESH
    found = [Reason(f"The payer's answer is of {formats.mdy(answered)}", warns=old)]
    if not eligibility.same_plan_year(check, day):
        found.append(
            Reason("It is about an earlier plan year: the whole deductible is taken as left", warns=True)
        )
    return found


def _exempted(priced: Sequence[Priced]) -> list[Reason]:
    return [Reason(f"{each.asked.code}: {each.exempt}", ZERO) for each in priced if each.exempt]


def _guessed(priced: Sequence[Priced]) -> list[Reason]:
    return [
        Reason(f"{each.asked.code}: {each.source_words}", warns=True)
        for each in priced
        if each.source == "charge" and not each.exempt
    ]


def _joined(priced: Sequence[Priced], result: Result) -> list[tuple[Priced, Part]]:
    return list(zip(priced, result.parts, strict=True))
