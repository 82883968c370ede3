"""A series of visits for the clinic with one of everything."""

from datetime import time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from clinic import clock, db
from clinic.models import Patient, RenderingProvider
from clinic.scheduling import series
from clinic.scheduling.recurrence import Rule
from clinic.scheduling.series import Draft
from tests import factories


def rows(session: Session, patient: Patient, provider: RenderingProvider) -> dict[str, Any]:
    """Two visits by a rule, and the change that booked them."""
    day = clock.today() + timedelta(days=400)
    rule = Rule(day, time(9), (day.weekday(),), times=2)
    with db.transaction() as current:
        kind = factories.make_visit_type(session)
        draft = Draft(patient, kind, provider, 30, rule, "", f"everything-{patient.id}")
        found = series.book(current, draft)
        return {"series": found, "series_change": series.changes_of(current, found)[0]}
