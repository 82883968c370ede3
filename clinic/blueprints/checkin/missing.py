"""The checklist of a check-in: each line done or to do, with the place where it is done (A12)."""

from dataclasses import dataclass
from datetime import date

from flask import url_for
from sqlalchemy.orm import Session

from clinic import clock, eligibility, formats, patients
from clinic.authorizations import judging
from clinic.authorizations.judging import Need
from clinic.eligibility.money import VisitMoney
from clinic.models import Authorization, Coverage, EligibilityCheck, Patient
from clinic.scheduling.gate import CARD_DAYS, CONFIRMED_DAYS
from clinic.web import may

SOON_DAYS = 30


@dataclass(frozen=True)
class Todo:
    """One line of what is missing; `tone` only where it is done."""

    name: str
    text: str
    done: bool = False
    link: str = ""
    button: str = ""
    paper: str = ""


PLAN_NOT_USED = Todo("Insurance card", "the plan is not used for this visit", done=True)


def checklist(
    session: Session,
    patient: Patient,
    coverage: Coverage | None,
    check: EligibilityCheck | None,
    money: VisitMoney,
    need: Need | None,
    service_on: date,
    *,
    self_pay: bool = False,
) -> list[Todo]:
    """What the desk should still get; open ones first. Two statements.

    `need` is what the visit wants of its plan, as the authorization list judges it; None without a plan. `self_pay`:
    the patient wants the plan not used for it (F1).
    """
    found = [
        _demographics(patient),
        _consent(patient),
        PLAN_NOT_USED if self_pay else _card(session, patient, coverage, service_on),
        _privacy(patient),
        _money("Copay", money.visit_due, "#collect"),
        _money("Old balance", money.balance_due, url_for("patients.ledger", public_id=patient.public_id)),
    ]
    if coverage is not None and need is not None:
        found.insert(1, _eligibility(coverage, check, service_on))
        authorization = judging.best(judging.on_file(session, [coverage.id])[coverage.id], need)
        serving = authorization is not None and judging.serves(authorization, need)
        if need.why or serving:
            found.insert(2, _authorization(coverage, authorization, service_on))
    return sorted(found, key=lambda item: item.done)


def _demographics(patient: Patient) -> Todo:
    if patient.confirmed_at is None:
        return Todo("Address and phone", "never confirmed", link="#confirm", button="Confirm")
    on = clock.local(patient.confirmed_at).date()
    late = (clock.today() - on).days > CONFIRMED_DAYS
    text = f"confirmed {formats.mdy(on)}"
    return Todo("Address and phone", text, done=not late, link="#confirm", button="Confirm")


def _eligibility(coverage: Coverage, check: EligibilityCheck | None, service_on: date) -> Todo:
    link = url_for("eligibility.history", public_id=coverage.public_id) if may("eligibility.check") else ""
    if check is None:
        return Todo("Eligibility", "the payer was never asked", link=link, button="History")
    if check.state != "answered":
        text = check.reason or f"asked {formats.ago(check.asked_at)}, no answer yet"
        return Todo("Eligibility", text, link=link, button="History")
    said = formats.ago(check.answered_at or check.asked_at)
    if not check.active:
        return Todo("Eligibility", f"not active, answered {said}", link=link, button="History")
    fresh = eligibility.is_settled(check, service_on)
    return Todo("Eligibility", f"active, answered {said}", done=fresh, link=link, button="History")


def _money(name: str, due: object, link: str) -> Todo:
    if not due:
        return Todo(name, "nothing open", done=True)
    return Todo(
        name, f"{formats.usd(due)} to ask for", link=link, button="Collect" if name == "Copay" else "See why"
    )  # type: ignore[arg-type]


def _consent(patient: Patient) -> Todo:
    name = f"Consent to treat {clock.today().year}"
    if patient.consent_on and patient.consent_on.year == clock.today().year:
        return Todo(name, f"signed {formats.mdy(patient.consent_on)}", done=True)
    text = f"last signed {formats.mdy(patient.consent_on)}" if patient.consent_on else "not signed"
    return Todo(name, text, paper="consent", button="Signed today")


def _privacy(patient: Patient) -> Todo:
    if patient.privacy_notice_on:
        return Todo("Privacy notice", f"signed {formats.mdy(patient.privacy_notice_on)}", done=True)
    return Todo("Privacy notice", "not signed", paper="privacy", button="Signed today")


def _card(session: Session, patient: Patient, coverage: Coverage | None, service_on: date) -> Todo:
    if coverage is None:
        link = url_for("patients.new_coverage", public_id=patient.public_id)
        return Todo("Insurance card", "none on file: self-pay", link=link, button="Add coverage")
    link = coverage_link(patient, coverage)
    if not coverage.covers(service_on):
        ended = coverage.terminated_on is not None and coverage.terminated_on < service_on
        text = (
            f"ended {formats.mdy(coverage.terminated_on)}"
            if ended
            else f"begins {formats.mdy(coverage.effective_on)}"
        )
        return Todo("Insurance card", text, link=link, button="Replace")
    scanned_at = patients.card_scanned_at(session, coverage.id)
    seen_on = clock.local(scanned_at).date() if scanned_at else coverage.effective_on
    text = f"{'scanned' if scanned_at else 'on file since'} {formats.mdy(seen_on)}"
    if (service_on - seen_on).days > CARD_DAYS:
        scan = url_for("patients.pictures", public_id=patient.public_id)
        return Todo("Insurance card", f"{text}: look at the card again", link=scan, button="Scan")
    return Todo("Insurance card", text, done=True)


def _authorization(coverage: Coverage, row: Authorization | None, service_on: date) -> Todo:
    ask = url_for("authorizations.new", public_id=coverage.public_id) if may("authorization.edit") else ""
    if row is None:
        return Todo("Authorization", "the payer requires one; none on file", link=ask, button="Ask the payer")
    text = f"{row.left} of {row.visits_allowed} {row.counts} left, ends {formats.mdy(row.ends_on)}"
    days = (row.ends_on - service_on).days
    if row.left > 0 and days >= SOON_DAYS and row.left * 3 > row.visits_allowed:
        return Todo("Authorization", text, done=True)
    return Todo("Authorization", text, link=ask, button="Ask for more")


def coverage_link(patient: Patient, coverage: Coverage) -> str:
    return url_for("patients.edit_coverage", public_id=patient.public_id, coverage_id=coverage.public_id)
