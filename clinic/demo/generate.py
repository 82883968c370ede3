"""A synthetic clinic at scale in an empty database: `clinic generate` (performance.md, "Data").

Staff, payers, codes and fees are the demo's; patients, visits, charges and the journal come by COPY, deterministic by
seed. Files, claims and messages are not made: whoever wants a worked past runs `clinic demo`.
"""

import math
from collections.abc import Callable
from datetime import time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, db
from clinic.db import ClinicError
from clinic.demo import catalog, clinic_year, seed
from clinic.models import Appointment, Patient, Payer, Practice, ProviderHours, RenderingProvider, VisitType

VISITS_A_PATIENT = 1.2  # a year
WORKING_DAYS = 250
AHEAD_DAYS, AHEAD_FULL = 10, 0.6
FULL = 20  # visits a provider sees on a day, of 24 places
MORE = (("Ruth", "Abara"), ("Luis", "Ferrer"), ("Mina", "Sato"), ("Owen", "Walsh"))


class NotEmpty(ClinicError):
    """The database already holds a clinic."""


def generate(
    owner_url: str, *, patients: int, years: int, number: int, say: Callable[[str], None]
) -> dict[str, int]:
    """Fill an empty, migrated database; answers how many rows of each kind were written.

    Raises NotEmpty, and then nothing has changed.
    """
    with db.transaction() as session:
        if session.scalar(select(Practice.id).limit(1)) is not None:
            held = session.scalar(select(func.count()).select_from(Patient))
            raise NotEmpty(
                f"This database already holds a clinic with {held:,} patients. `clinic generate` fills an empty one: "
                "name another with --folder or DATABASE_URL."
            )
        with audit.acting_as(audit.Actor(None, "clinic generate")):
            seed.house(session)
            a_day = patients * VISITS_A_PATIENT / WORKING_DAYS
            shape = _shape(session, number, a_day)
    today = clock.today()
    days = clinic_year.working_days(today, WORKING_DAYS * years)
    ahead = clinic_year.working_days(today + timedelta(days=AHEAD_DAYS * 7 // 5 + 1), AHEAD_DAYS)
    with clinic_year.connect(owner_url) as connection:
        say(f"Writing {patients:,} patients …")
        clinic_year.load_patients(connection, shape, 1, patients)
        say(f"Writing {len(days):,} days of {len(shape.providers)} providers …")
        with clinic_year.without_exclusions(connection):
            visits = clinic_year.load_appointments(connection, shape, [*days, today], today, 1, patients)
            last = connection.execute("SELECT max(id) FROM appointment").fetchone()
            thinner = clinic_year.thinned(shape, AHEAD_FULL)
            coming = [day for day in ahead if day > today]
            clinic_year.load_appointments(connection, thinner, coming, today, 1 + (last or (0,))[0], patients)
        say(f"Writing the journal of {len(visits):,} visits …")
        written = clinic_year.load_ledger(connection, shape, visits, today)
    with clinic_year.connect(owner_url) as connection:
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
    with db.transaction() as session:
        booked = session.scalar(select(func.count()).select_from(Appointment)) or 0
    return {"patients": patients, "providers": len(shape.providers), "appointments": booked, **written}


def _shape(session: Session, number: int, a_day: float) -> clinic_year.Shape:
    """The demo's providers and as many more as the visits need, its payers and its first visit type."""
    wanted = max(math.ceil(a_day / FULL), 1)
    for place in range(len(catalog.PROVIDERS), wanted):
        first, last = MORE[place % len(MORE)]
        provider = RenderingProvider(
            first_name=first,
            last_name=f"{last}-{place}" if place >= len(catalog.PROVIDERS) + len(MORE) else last,
            credential="MD",
            taxonomy="207Q00000X",
            npi=catalog.npi(10 + place),
            position=place,
        )
        session.add(provider)
        session.flush()
        session.add_all(
            ProviderHours(
                provider_id=provider.id,
                weekday=day,
                starts=time(8),
                ends=time(17),
                effective_on=catalog.BEGIN,
            )
            for day in range(7)
        )
    session.flush()
    providers = session.scalars(select(RenderingProvider.id).order_by(RenderingProvider.position)).all()[
        :wanted
    ]
    payers = session.scalars(select(Payer.id).order_by(Payer.id)).all()
    visit_type = session.scalars(select(VisitType.id).order_by(VisitType.position)).first()
    return clinic_year.Shape(providers, payers, visit_type or 0, number, max(round(a_day / wanted), 1))
