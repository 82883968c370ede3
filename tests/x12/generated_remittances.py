"""Balanced 835 by the hundred, from a seed: every part of the guide that a payer of a practice uses, mixed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from clinic.x12 import (
    Adjustment,
    ClaimPayment,
    Contact,
    Payer,
    Person,
    ProviderAdjustment,
    Remittance,
    ServicePayment,
)
from clinic.x12.results.remittance import ClaimGroup
from tests.x12 import samples

ZERO = Decimal("0.00")
REASONS = ("WO", "FB", "72", "L6", "J1", "50", "51", "CS", "90", "IR", "LE", "AP", "C5", "E3")
CODES = ("99213", "99214", "87880", "36415", "J1885", "93000")
CONTACTS = (
    ("CX", Contact(name="CLAIMS", phone="5550100111", extension="7")),
    ("BL", Contact(name="EDI", phone="5550100112", email="EDI@EXAMPLE.COM")),
    ("BL", Contact(name="EDI TWO", phone="5550100113")),
    ("IC", Contact(url="WWW.EXAMPLE.COM")),
)
# What a reader who wants one contact makes of them: the first number of each kind.
EVERY_NUMBER = Contact(
    name="CLAIMS", phone="5550100111", extension="7", email="EDI@EXAMPLE.COM", url="WWW.EXAMPLE.COM"
)


def remittance(seed: int) -> Remittance:
    """One remittance that balances at each level (R4, R5)."""
    draw = Random(seed)
    claims: list[ClaimPayment] = []
    for number in range(draw.randrange(0, 6)):
        claim = _claim(draw, f"{seed}-{number}")
        claims.append(claim)
        if draw.random() < 0.25:
            claims += [_reversed(claim), claim]
    adjustments = () if draw.random() < 0.3 else _provider_adjustments(draw)
    paid = sum((claim.amount_paid for claim in claims), ZERO)
    taken = sum((item.amount for item in adjustments), ZERO)
    if paid < taken:
        # A payer that is owed more than it pays carries the rest forward.
        adjustments += (_adjustment("FB", paid - taken, "FORWARD"),)
        taken = paid
    amount = paid - taken
    method = "NON" if not amount else draw.choice(("ACH", "CHK", "FWT"))
    told = draw.random() < 0.5
    bank = method in ("ACH", "FWT")
    return samples.remittance(
        *claims,
        claims=tuple(claims),
        control_number=f"{seed % 10_000:04d}",
        handling="H" if method == "NON" else draw.choice("IC"),
        amount=amount,
        method=method,
        payment_format=draw.choice(("CCP", "CTX")) if bank else "",
        sender_routing="999999992" if bank else "",
        sender_account="1" if bank else "",
        receiver_routing="999999992" if bank else "",
        receiver_account="2" if bank else "",
        trace=f"T{seed}",
        references=draw.choice(((), (("EV", "CLINIC01"),), (("EV", "CLINIC01"), ("F2", "V1")))),
        payer_references=draw.choice(((), (("2U", "60054"),))),
        payer=replace(samples.remittance().payer, contact=EVERY_NUMBER)
        if told
        else samples.remittance().payer,
        contacts=CONTACTS if told else (),
        payee_references=draw.choice(((), (("PQ", "77"),))),
        groups=_groups(draw, len(claims)),
        provider_adjustments=adjustments,
    )


def _groups(draw: Random, claims: int) -> tuple[ClaimGroup, ...]:
    if draw.random() < 0.5 or claims < 2:
        return ()
    first = draw.randrange(1, claims)
    figures = (("claims", Decimal(first)), ("billed", Decimal("900.00")))
    return (
        ClaimGroup(
            number="1",
            claims=first,
            provider_id=samples.NPI,
            facility_code="11",
            fiscal_year_end=samples.DAY,
            provider_figures=figures,
        ),
        ClaimGroup(number="2", claims=claims - first),
    )


def _claim(draw: Random, number: str) -> ClaimPayment:
    lines = tuple(_line(draw, f"L{place}") for place in range(draw.randrange(0, 4)))
    billed = sum((line.amount_billed for line in lines), ZERO) or Decimal("150.00")
    paid = sum((line.amount_paid for line in lines), ZERO) if lines else billed
    adjustments: tuple[Adjustment, ...] = ()
    if draw.random() < 0.5:
        # Sequestration at claim level (253) comes out of the payment.
        cut = (paid * Decimal("0.02")).quantize(Decimal("0.01"))
        adjustments = (Adjustment("CO", "253", cut),) if cut else ()
        paid -= cut
    share = sum((a.amount for line in lines for a in line.adjustments if a.group == "PR"), ZERO)
    inpatient = draw.random() < 0.2
    contract = draw.choice(("", "GOLD"))
    return ClaimPayment(
        control_number=number,
        status=draw.choice(("1", "2", "3", "4", "19")),
        amount_billed=billed,
        amount_paid=paid,
        patient_responsibility=share or None,
        filing_code=draw.choice(("12", "MB", "HM")),
        payer_control_number=f"ICN{number}",
        facility_code="11",
        frequency="1",
        adjustments=adjustments,
        patient=Person(last_name="DOE", first_name="JANE", member_id="M900100"),
        subscriber=draw.choice((None, Person(last_name="DOE", first_name="JOHN", member_id="M900100"))),
        corrected_patient=draw.choice(
            (None, Person(last_name="DOE", first_name="JANET", member_id="M900101", member_id_kind="C"))
        ),
        rendering_provider=draw.choice((None, samples.DOCTOR_BY_NAME)),
        crossover_payer=draw.choice((None, Payer(name="NEXT EXAMPLE", id="60099"))),
        priority_payer=draw.choice((None, Payer(name="FIRST EXAMPLE", id="60098"))),
        inpatient=(("covered_days", Decimal(2)), ("drg_amount", Decimal("800.50"))) if inpatient else (),
        outpatient=() if inpatient else (("reimbursement_rate", Decimal("0.8")),),
        remarks=draw.choice(((), ("MA18",), ("MA01", "MA07", "N89"))),
        statement_from=draw.choice((None, samples.DAY)),
        statement_to=draw.choice((None, samples.DAY + timedelta(days=1))),
        received_on=draw.choice((None, samples.DAY)),
        coverage_expired_on=draw.choice((None, samples.DAY)),
        group_number="G77",
        contract_class=contract,
        contacts=draw.choice(((), (Contact(name="CLAIMS", phone="5550100114"),))),
        amounts=draw.choice(((), (("I", Decimal("1.25")), ("AU", Decimal("90.00"))))),
        quantities=draw.choice(((), (("CA", Decimal(2)),))),
        references=(("1L", "G77"), ("CE", contract)) if contract else (("1L", "G77"),),
        lines=lines,
    )


def _line(draw: Random, number: str) -> ServicePayment:
    billed = Decimal(draw.randrange(2_000, 40_000)) / 100
    adjustments = []
    left = billed
    for group, reasons in (
        ("CO", ("45", "253", "59")),
        ("PR", ("1", "2", "3")),
        ("OA", ("23",)),
        ("PI", ("94",)),
    ):
        for reason in draw.sample(reasons, draw.randrange(0, len(reasons) + 1)):
            part = (left * Decimal(draw.randrange(1, 30)) / 100).quantize(Decimal("0.01"))
            if part:
                adjustments.append(
                    Adjustment(group, reason, part, Decimal(1) if draw.random() < 0.1 else None)
                )
                left -= part
    bundled = draw.random() < 0.3
    spans = draw.random() < 0.3
    return ServicePayment(
        procedure=draw.choice(CODES),
        modifiers=draw.choice(((), ("25",), ("59", "RT"))),
        amount_billed=billed,
        amount_paid=left,
        units_paid=Decimal(draw.choice((1, 2))),
        units_billed=Decimal(3) if bundled else None,
        billed_procedure=draw.choice(CODES) if bundled else "",
        billed_procedure_kind="HC" if bundled else "",
        service_from=samples.DAY,
        service_to=samples.DAY + timedelta(days=1) if spans else None,
        adjustments=tuple(adjustments),
        line_control_number=number,
        remarks=draw.choice(((), ("N381",), ("N130", "M15"))),
        amounts=draw.choice(((), (("B6", left),))),
        quantities=draw.choice(((), (("ZK", Decimal(1)),))),
        references=draw.choice(
            ((), (("LU", "11"),), (("HPI", samples.NPI),), (("LU", "11"), ("0K", "POLICY1")))
        ),
    )


def _reversed(claim: ClaimPayment) -> ClaimPayment:
    """The same claim taken back: every amount with the other sign, and no patient share (R7, R19)."""

    def turned(adjustments: tuple[Adjustment, ...]) -> tuple[Adjustment, ...]:
        return tuple(a._replace(amount=-a.amount, quantity=None) for a in adjustments)

    lines = tuple(
        ServicePayment(
            procedure=line.procedure,
            modifiers=line.modifiers,
            amount_billed=-line.amount_billed,
            amount_paid=-line.amount_paid,
            service_from=line.service_from,
            adjustments=turned(line.adjustments),
            line_control_number=line.line_control_number,
        )
        for line in claim.lines
    )
    return replace(
        claim,
        status="22",
        amount_billed=-claim.amount_billed,
        amount_paid=-claim.amount_paid,
        patient_responsibility=None,
        adjustments=turned(claim.adjustments),
        amounts=(),
        lines=lines,
    )


def _provider_adjustments(draw: Random) -> tuple[ProviderAdjustment, ...]:
    return tuple(
        _adjustment(
            draw.choice(REASONS), Decimal(draw.randrange(-5_000, 5_000)) / 100, draw.choice(("", "ICN1"))
        )
        for _ in range(draw.randrange(1, 9))
    )


def _adjustment(reason: str, amount: Decimal, reference: str) -> ProviderAdjustment:
    return ProviderAdjustment(
        provider_id=samples.NPI,
        fiscal_year_end=samples.DAY.replace(month=12, day=31),
        reason=reason,
        reference=reference,
        amount=amount,
    )
