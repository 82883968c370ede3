"""A visit whose claim is at the payer, and the payer's answers as real 835 bytes."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from clinic import claims, clock, files, ledger, remittances, verify, x12
from clinic.claims.states import move
from clinic.models import Claim, Payer, Practice, Remittance, StoredFile
from tests import factories

ENVELOPE = x12.Envelope(
    sender_id="MERIDIAN",
    receiver_id="RIVERSIDE01",
    control_number=9126,
    created_at=datetime.fromisoformat("2026-03-09T08:00:00"),
    usage="T",
)


def practice(session: Session) -> Practice:
    """The one clinic."""
    return session.query(Practice).first() or factories.make_practice(session)


def claim_at_payer(
    session: Session,
    *lines: tuple[str, str],
    payer: Payer | None = None,
    secondary: Payer | None = None,
    **patient: object,
) -> Claim:
    """A claim of (code, amount) lines that the payer has; `secondary` adds a second coverage."""
    practice(session)
    payer = payer or factories.make_payer(session)
    who = factories.make_patient(session, **patient)
    factories.make_coverage(session, who, payer)
    if secondary is not None:
        factories.make_coverage(session, who, secondary, position=2, copay=None)
    encounter = factories.make_encounter(
        session,
        who,
        lines=lines or (("99213", "135.00"), ("83036", "35.00")),
        service_on=clock.today() - timedelta(days=10),
        state="signed",
    )
    ledger.post_charges(
        session, encounter, payer_id=payer.id, guarantor_id=who.guarantor_id, key=f"visit:{encounter.id}"
    )
    claim = claims.create_for(session, encounter)
    assert claim is not None
    move(session, claim, "accepted_by_payer", "acknowledged", "Accepted")
    return claim


def paid_line(
    claim: Claim, place: int, paid: str, *adjustments: tuple[str, str, str], **changes: object
) -> x12.ServicePayment:
    """What the payer did with one of our lines; adjustments as (group, reason, amount)."""
    line = claim.lines[place]
    values: dict[str, object] = {
        "procedure": line.charge.code,
        "modifiers": tuple(line.charge.modifiers),
        "amount_billed": line.charge.amount,
        "amount_paid": Decimal(paid),
        "units_paid": Decimal(1),
        "service_from": claim.service_on,
        "adjustments": tuple(x12.Adjustment(g, r, Decimal(a)) for g, r, a in adjustments),
        "line_control_number": line.control_number,
    }
    return x12.ServicePayment(**{**values, **changes})  # type: ignore[arg-type]


def answer(claim: Claim, *lines: x12.ServicePayment, **changes: object) -> x12.ClaimPayment:
    """The payer's decision on one claim."""
    values: dict[str, object] = {
        "control_number": claim.control_number,
        "status": "1",
        "amount_billed": sum((line.amount_billed for line in lines), Decimal("0.00")),
        "amount_paid": sum((line.amount_paid for line in lines), Decimal("0.00")),
        "payer_control_number": f"ICN{claim.id}",
        "filing_code": "12",
        "facility_code": "11",
        "frequency": "1",
        "patient": x12.Person(
            last_name=claim.patient.last_name.upper(),
            first_name=claim.patient.first_name.upper(),
            member_id=claim.coverage.member_id,
        ),
        "lines": lines,
    }
    return x12.ClaimPayment(**{**values, **changes})  # type: ignore[arg-type]


def opposite(payment: x12.ClaimPayment) -> x12.ClaimPayment:
    """The reversal of a claim payment: CLP02 22 and every amount negated (R19)."""
    lines = tuple(
        replace(
            line,
            amount_billed=-line.amount_billed,
            amount_paid=-line.amount_paid,
            adjustments=tuple(each._replace(amount=-each.amount) for each in line.adjustments),
        )
        for line in payment.lines
    )
    return replace(
        payment,
        status="22",
        amount_billed=-payment.amount_billed,
        amount_paid=-payment.amount_paid,
        patient_responsibility=None,
        lines=lines,
    )


def era(session: Session, payer: Payer, *payments: x12.ClaimPayment, **changes: object) -> x12.Remittance:
    """A remittance of these payments; its amount is what they and the provider level come to."""
    provider = changes.get("provider_adjustments", ())
    amount = sum((each.amount_paid for each in payments), Decimal("0.00"))
    amount -= sum((each.amount for each in provider), Decimal("0.00"))  # type: ignore[attr-defined]
    values: dict[str, object] = {
        "control_number": "0001",
        "amount": amount,
        "method": "ACH" if amount else "NON",
        "paid_on": clock.today(),
        "trace": "EFT8840027713",
        "originator": "1999887766",
        "payer": x12.Payer(
            name=payer.name,
            id=payer.edi_id,
            address=x12.Address(line1="9 OAK ST", city="DAYTON", state="OH", zip_code="45402"),
            contact=x12.Contact(name="PROVIDER LINE", phone="5550100177"),
        ),
        "payee": x12.Provider(
            last_name="RIVERSIDE FAMILY MEDICINE PC", npi=practice(session).npi, tax_id="931234567"
        ),
        "claims": payments,
        "sender_account": "1",
        "receiver_account": "555000",
        "receiver_routing": "999999992",
        "produced_on": clock.today(),
    }
    return x12.Remittance(**{**values, **changes})  # type: ignore[arg-type]


def stored(session: Session, content: bytes, name: str = "835.x12") -> StoredFile:
    """Bytes as they came."""
    return files.store(session, content, kind="835", direction="in", name=name)


def take_in(session: Session, *sets: x12.Remittance, envelope: x12.Envelope = ENVELOPE) -> list[Remittance]:
    """The sets written as one file, stored and taken in."""
    return remittances.take_in(session, stored(session, x12.write_835(envelope, sets)))


def pay(session: Session, claim: Claim, *payments: x12.ClaimPayment, **changes: object) -> Remittance:
    """One remittance of the claim's payer, taken in."""
    return take_in(session, era(session, claim.payer, *payments, **changes))[0]


def balances(session: Session, claim: Claim) -> tuple[Decimal, Decimal]:
    """What insurance and the patient have open on the claim."""
    found = ledger.charge_balances(session, [line.charge_id for line in claim.lines]).values()
    zero = Decimal("0.00")
    return sum((each.insurance for each in found), zero), sum((each.patient for each in found), zero)


def assert_verified(session: Session) -> None:
    """Every promise about money holds."""
    session.flush()
    broken = [result for result in verify.checks(session) if not result.ok]
    assert not broken, broken
