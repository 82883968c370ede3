"""What the screens of an estimate show, from one that was saved and from one that is only worked out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, eligibility, estimates
from clinic.blueprints.estimates.forms import (
    AskForm,
    BilledForm,
    CloseForm,
    EstimateForm,
    GiveForm,
    KeepForm,
    PrepayForm,
)
from clinic.models import Appointment, Estimate, GoodFaithStep, Receipt, User

ZERO = Decimal("0.00")
DOUBTS = 2
"""How many of its uncertainties an estimate's card names; all of them stand on its page."""


@dataclass(frozen=True)
class Line:
    code: str
    words: str
    units: int
    charge: Decimal
    allowed: Decimal
    source: str
    guessed: bool
    share: Decimal
    why: str


@dataclass(frozen=True)
class Figures:
    """An estimate as a screen draws it; `estimate` None where nobody saved it."""

    kind: str
    qmb: bool
    low: Decimal
    expected: Decimal
    high: Decimal
    charge: Decimal
    lines: Sequence[Line]
    reasons: Sequence[Any]
    payer: str
    answered_at: datetime | None
    estimate: Estimate | None = None

    @property
    def allowed(self) -> Decimal:
        return sum((line.allowed for line in self.lines), ZERO)


def of_worked(worked: estimates.Worked) -> Figures:
    words = worked.words or {}
    lines = [
        Line(
            "-".join((priced.asked.code, *priced.asked.modifiers)),
            words.get(priced.asked.code, ""),
            priced.asked.units,
            priced.charge,
            priced.allowed.expected,
            priced.source_words,
            priced.source == "charge" and not priced.exempt,
            part.share,
            "" if worked.qmb else estimates.why(priced, part),
        )
        for priced, part in worked.lines
    ]
    return Figures(
        worked.kind,
        worked.qmb,
        worked.total.low,
        worked.total.expected,
        worked.total.high,
        worked.charge,
        lines,
        worked.reasons,
        worked.coverage.payer.name if worked.coverage else "",
        worked.answered_at,
    )


def of_saved(estimate: Estimate) -> Figures:
    lines = [
        Line(
            "-".join((line.code, *line.modifiers)),
            line.words,
            line.units,
            line.charge,
            line.allowed,
            line.source_words,
            line.source == "charge" and line.share > 0,
            line.share,
            "" if estimate.qmb else line.why,
        )
        for line in estimate.lines
    ]
    reasons = [
        {**reason, "amount": None if reason["amount"] is None else Decimal(reason["amount"])}
        for reason in estimate.reasons
    ]
    return Figures(
        estimate.kind,
        estimate.qmb,
        estimate.low,
        estimate.expected,
        estimate.high,
        estimate.charge,
        lines,
        reasons,
        estimate.payer.name if estimate.payer else "",
        estimate.answered_at,
        estimate,
    )


def estimate_form(session: Session, appointment: Appointment, newest: Estimate | None) -> EstimateForm:
    """The form as the newest edition stands, else with what visits of the kind usually bring."""
    if newest is None:
        asked = estimates.usual(session, appointment)
        data = {"services": estimates.words(asked), "without_plan": appointment.self_pay}
        return EstimateForm(formdata=None, data=data)
    asked = [estimates.Asked(line.code, tuple(line.modifiers), line.units) for line in newest.lines]
    data = {
        "services": estimates.words(asked),
        "diagnoses": ", ".join(newest.diagnoses),
        "elsewhere": newest.elsewhere,
        "without_plan": appointment.self_pay
        or (newest.kind == "self_pay" and eligibility.coverage_for(session, appointment) is not None),
    }
    return EstimateForm(formdata=None, data=data)


def expected_of(session: Session, appointment: Appointment) -> estimates.Expected:
    """What a visit that has no estimate yet will cost as its kind usually goes."""
    return estimates.expected(session, estimates.of_visit(session, appointment), described=True)


def card_context(session: Session, appointment: Appointment) -> dict[str, Any]:
    """What `_card.html` needs."""
    made = estimates.editions(session, appointment.id)
    newest = made[0] if made else None
    expected = None if newest else expected_of(session, appointment)
    worked = expected.worked if expected else None
    return {
        "appointment": appointment,
        "patient": appointment.patient,
        "newest": newest,
        "stale": estimates.outdated(session, appointment, newest) if newest else "",
        "expected": expected,
        "doubts": [reason for reason in worked.reasons if reason.warns][:DOUBTS] if worked else [],
        "is_qmb": bool(eligibility.qmb_visits(session, [appointment])),
        "good_faith": estimates.standing(session, appointment),
        "has_passed": _has_passed(appointment),
        "keep": KeepForm(formdata=None),
    }


def _has_passed(appointment: Appointment) -> bool:
    return clock.local(appointment.starts_at).date() < clock.today()


def show_context(session: Session, appointment: Appointment, **forms: Any) -> dict[str, Any]:
    """What `show.html` needs; `forms` are those that were sent and refused, `figures` what was worked out just now."""
    made = estimates.editions(session, appointment.id)
    newest = made[0] if made else None
    form = forms.get("form") or estimate_form(session, appointment, newest)
    figures = forms.get("figures")
    expected = None if newest else expected_of(session, appointment)
    if figures is None and "form" not in forms:
        figures = of_saved(newest) if newest else None
        if expected is not None and expected.worked is not None:
            figures = of_worked(expected.worked)
    good_faith = estimates.standing(session, appointment)
    receipts = session.scalars(
        select(Receipt)
        .where(Receipt.appointment_id == appointment.id, Receipt.purpose.in_(("copay", "prepayment")))
        .order_by(Receipt.id)
    ).all()
    names = {made_by for made_by in (each.made_by for each in made) if made_by}
    return {
        "appointment": appointment,
        "patient": appointment.patient,
        "form": form,
        "figures": figures,
        "newest": newest,
        "expected": expected,
        "further": estimates.recurring.visits_of(session, appointment, newest) if newest else [],
        "keep": KeepForm(formdata=None),
        "editions": made,
        "makers": {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(names)))},
        "stale": estimates.outdated(session, appointment, newest) if newest else "",
        "is_qmb": bool(eligibility.qmb_visits(session, [appointment])),
        "good_faith": good_faith,
        "steps": session.scalars(
            select(GoodFaithStep)
            .where(GoodFaithStep.appointment_id == appointment.id)
            .order_by(GoodFaithStep.id)
        ).all(),
        "ways": estimates.WAYS,
        "give": forms.get("give")
        or GiveForm(formdata=None, data={"estimate": newest.public_id if newest else ""}),
        "has_passed": _has_passed(appointment),
        "closings": estimates.CLOSINGS,
        "close": forms.get("close") or CloseForm(formdata=None),
        "ask": forms.get("ask") or AskForm(formdata=None),
        "above": estimates.overruns.of_visit(session, appointment.id),
        "dispute": estimates.overruns.DISPUTE.days,
        "billed": forms.get("billed") or BilledForm(formdata=None),
        "receipts": receipts,
        "room": _room(session, appointment, newest, expected),
        "prepay": forms.get("prepay") or _prepay_form(session, appointment, newest, expected),
    }


def _room(
    session: Session,
    appointment: Appointment,
    newest: Estimate | None,
    expected: estimates.Expected | None,
) -> Decimal:
    """What may be taken toward the newest estimate, else toward the one that taking money would keep."""
    if newest is not None:
        return estimates.still_open(session, appointment, newest)
    high = expected.worked.total.high if expected and expected.worked else ZERO
    return max(high - estimates.taken(session, appointment.id), ZERO)


def _prepay_form(
    session: Session,
    appointment: Appointment,
    newest: Estimate | None,
    expected: estimates.Expected | None,
) -> PrepayForm:
    likely = newest.expected if newest else ZERO
    if expected is not None and expected.worked is not None:
        likely = expected.worked.total.expected
    rest = max(likely - estimates.taken(session, appointment.id), ZERO)
    data = {"amount": rest or None, "estimate": newest.public_id if newest else ""}
    return PrepayForm(formdata=None, data=data)
