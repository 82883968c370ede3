"""The codes that visits of each kind usually bring, learned from the signed ones (K02)."""

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import Select, distinct, func, select, update
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import Appointment, Charge, Encounter, VisitType

LOOKED_BACK = timedelta(days=180)


def learn(session: Session) -> None:
    """Keep with each kind the codes that at least half of its signed visits had lately; one that had none keeps what it had."""
    found: dict[int, list[str]] = defaultdict(list)
    for kind, code in session.execute(_usual()):
        found[kind].append(code)
    for kind, codes in found.items():
        # Not a change that somebody made: a form that is open meanwhile is not refused for it.
        session.execute(update(VisitType).where(VisitType.id == kind).values(usual_codes=sorted(codes)))


def _usual() -> Select[int, str]:
    of_kind = (
        select(Appointment.visit_type_id.label("kind"), Encounter.id.label("encounter_id"))
        .join(Encounter, Encounter.appointment_id == Appointment.id)
        .where(Encounter.state == "signed", Encounter.service_on >= clock.today() - LOOKED_BACK)
        .subquery()
    )
    totals = select(of_kind.c.kind, func.count().label("total")).group_by(of_kind.c.kind).subquery()
    had = func.count(distinct(of_kind.c.encounter_id))
    return (
        select(of_kind.c.kind, Charge.code)
        .join(Charge, Charge.encounter_id == of_kind.c.encounter_id)
        .join(totals, totals.c.kind == of_kind.c.kind)
        .group_by(of_kind.c.kind, Charge.code, totals.c.total)
        .having(had * 2 >= totals.c.total)
    )
