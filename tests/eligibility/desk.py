"""A visit with a coverage that the practice payer knows, and the wire between them: real files in real folders."""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from clinic import clearinghouse, clock, db, eligibility, sandbox
from clinic.config import Config
from clinic.models import Appointment, Coverage, EligibilityCheck, Patient, Payer
from jobs import work
from tests import factories

PLAN = {
    "copay": Decimal("35.00"),
    "deductible": Decimal("2000.00"),
    "family_deductible": Decimal("4000.00"),
    "out_of_pocket": Decimal("6500.00"),
}


class Watched:
    """A check by its id, read anew at every look: a job's end closes the session that the test saw it in."""

    def __init__(self, check: EligibilityCheck) -> None:
        self.id = check.id

    @property
    def row(self) -> EligibilityCheck:
        return db.session.get_one(EligibilityCheck, self.id, populate_existing=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@dataclass
class Desk:
    """One patient at the desk today at ten, insured with a payer that answers."""

    patient: Patient
    coverage: Coverage
    appointment: Appointment
    payer: Payer

    def ask(self) -> Watched:
        """Ask about the visit, as the desk does."""
        with db.transaction() as session:
            visit = session.get_one(Appointment, self.appointment.id)
            coverage = session.get_one(Coverage, self.coverage.id)
            day = clock.local(visit.starts_at).date()
            return Watched(eligibility.ask(session, coverage, day, appointment=visit))

    @property
    def visit(self) -> Appointment:
        return db.session.get_one(Appointment, self.appointment.id)

    def payer_turn(self) -> None:
        """Everything that is due on our side, the payer's turn, and what it sent taken in."""
        work.drain()
        folder = clearinghouse.exchange_folder()
        with db.transaction() as session:
            sandbox.run(session, folder.outbound, folder.inbound)
        with db.transaction() as session:
            clearinghouse.fetch(session)
        work.drain()

    def mode(self, mode: str) -> None:
        with db.transaction() as session:
            sandbox.set_mode(session, self.payer.edi_id, mode)


def make_desk(session: Any, config: Config, folder: Path, **changes: Any) -> Desk:
    """Changes: `coverage` and `patient` as dicts for the factories, `plan` for the sandbox, `enrol` False, `visit_type`."""
    clearinghouse.connect(replace(config, exchange_folder=folder / "exchange"))
    factories.make_practice(session)
    payer = factories.make_payer(session, **changes.get("payer", {}))
    patient = factories.make_patient(session, **changes.get("patient", {}))
    coverage = factories.make_coverage(session, patient, payer, **changes.get("coverage", {}))
    sandbox.add_plan(
        session, payer.edi_id, "Choice 2000", payer_name=payer.name, **(PLAN | changes.get("plan", {}))
    )
    if changes.get("enrol", True):
        member = coverage.member_id.replace(" ", "").replace("-", "")
        sandbox.enrol_member(
            session,
            payer.edi_id,
            "Choice 2000",
            member,
            patient.first_name,
            patient.last_name,
            patient.born_on,
            factories.SPRING,
        )
    visit_type = factories.make_visit_type(session, **changes.get("visit_type", {}))
    appointment = factories.make_appointment(
        session, patient, visit_type_id=visit_type.id, **changes.get("appointment", {})
    )
    with db.transaction():
        session.flush()
    # As in a server, where no request finds rows that an earlier one loaded.
    db.session.remove()
    return Desk(patient, coverage, appointment, payer)
