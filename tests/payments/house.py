"""A household with a bill, and the stand-in for the card processor on a port of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import requests
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from clinic import db, ledger, payments, statements
from clinic.config import Config
from clinic.demo import processor
from clinic.models import Patient, Statement
from tests import factories

D = Decimal
BORN = date(1971, 4, 22)
SECRET = "whsec_test"
CARD, BANK, DECLINE = "card", "us_bank_account", "decline"


@dataclass
class House:
    """One household's statement, its code and its link."""

    patient: Patient
    statement: Statement
    code: str
    token: str
    identity: dict[str, str] = field(default_factory=dict)


def visit(
    session: Session,
    patient: Patient,
    pr: tuple[tuple[str, str], ...],
    *,
    paid: str = "82.60",
    contractual: str = "62.40",
    lines: tuple[tuple[str, str], ...] = (("99214", "185.00"),),
) -> None:
    """An adjudicated visit that leaves `pr` to the patient."""
    coverage = patient.coverages[0] if patient.coverages else factories.make_coverage(session, patient)
    encounter = factories.make_encounter(session, patient, lines=lines)
    with db.transaction() as current:
        ledger.post_charges(
            current,
            encounter,
            payer_id=coverage.payer_id,
            guarantor_id=patient.guarantor_id,
            key=f"c{encounter.id}",
        )
        line = ledger.LinePosting(
            encounter.charges[0].id,
            paid=D(paid),
            contractual=[("CO-45", D(contractual))],
            patient=[(reason, D(amount)) for reason, amount in pr],
        )
        payment = ledger.InsurancePayment(patient.id, coverage.payer_id, [line])
        ledger.post_insurance_payment(current, payment, key=f"p{encounter.id}")


def household(session: Session, *, language: str = "en", key: str = "run") -> House:
    """$40.00 of Daniel's own and $12.00 of his child's, on one statement. The practice must be there."""
    patient = factories.make_patient(session, born_on=BORN)
    patient.guarantor.language = language
    child = factories.make_patient(
        session, first_name="Leo", born_on=date(2016, 5, 2), guarantor=patient.guarantor
    )
    visit(session, patient, (("PR-1", "40.00"),))
    visit(session, child, (("PR-2", "12.00"),), paid="110.60")
    with db.transaction() as current:
        statements.start(current, key)
    statement = session.query(Statement).filter_by(guarantor_id=patient.guarantor_id).one()
    code, token = payments.code_of(session, statement.id)
    born = {"month": str(BORN.month), "day": str(BORN.day), "year": str(BORN.year)}
    return House(patient, statement, code, token, {"code": code, **born})


class StandIn:
    """The processor under test, and what a person does on its page."""

    def __init__(self, state: processor.Processor, base: str) -> None:
        self.state = state
        self.base = base

    def configure(self, config: Config) -> Config:
        return replace(config, stripe_api_base=self.base)

    def pay(self, address: str, method: str = CARD, email: str = "maria@example.com") -> requests.Response:
        """Press a button of the hosted page; the answer sends the browser back to us."""
        return requests.post(
            f"{address}/pay", {"method": method, "email": email}, allow_redirects=False, timeout=10
        )

    def event(self, address: str, kind: str = "completed") -> tuple[bytes, str]:
        """An event about the payment of a hosted page, and its signature."""
        body = self.state.event(f"checkout.session.{kind}", self.session(address))
        return body, self.state.sign(body)

    def session(self, address: str) -> dict[str, Any]:
        return self.state.sessions[address.rpartition("/")[2]]


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Serve the stand-in on a free port; it delivers nothing by itself, so that a test decides when."""
    state = processor.Processor("", SECRET)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    base = f"http://127.0.0.1:{server.server_port}"
    server.app = processor.create(state, base)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield StandIn(state, base)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
