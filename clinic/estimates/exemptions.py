"""The services that plans pay in full, as a new clinic starts with them (E8); the clinic's own rows count from then on."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.models import ExemptService

PREVENTIVE = "preventive care: the plan pays all"
AFTER = "part of the operation: nothing more is paid"
SINCE = date(2020, 1, 1)
CHECK_UPS = ("99381", "99382", "99383", "99384", "99385", "99386", "99387", "99391", "99392", "99393", "99394",
             "99395", "99396", "99397", "G0402", "G0438", "G0439")  # fmt: skip
WELL_VISITS = ("Z00.0", "Z00.1", "Z01.41")


def seed_exemptions(session: Session) -> int:
    """Add what is missing of the usual ones; answers how many."""
    wanted = [("code", code, PREVENTIVE) for code in CHECK_UPS]
    wanted += [("modifier", "33", PREVENTIVE), ("code", "99024", AFTER)]
    wanted += [("diagnosis", code, PREVENTIVE) for code in WELL_VISITS]
    known = {
        (kind, value) for kind, value in session.execute(select(ExemptService.kind, ExemptService.value))
    }
    new = [
        ExemptService(kind=kind, value=value, why=why, effective_on=SINCE)
        for kind, value, why in wanted
        if (kind, value) not in known
    ]
    session.add_all(new)
    session.flush()
    return len(new)
