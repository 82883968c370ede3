"""What the scrubber says of a slip while it is typed: the claim it would make, judged and thrown away."""

from decimal import Decimal

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from clinic import charges, clock, scrub
from clinic.claims.code_tables import tables
from clinic.claims.drafting import draft_from
from clinic.models import Charge, Claim, ClaimLine, Coverage, Encounter


def findings(
    session: Session,
    encounter: Encounter,
    coverage: Coverage | None,
    content: charges.Content,
    made: Claim | None = None,
) -> tuple[scrub.Finding, ...]:
    """The findings on what is typed; none for a patient who pays, and none before a line is typed.

    `made` is the claim that the slip has already, in whose place the typed one is judged (L18). A line that
    lacks its fee is judged at $0.00 and not told that it is free.
    """
    if coverage is None or not content.lines:
        return ()
    with session.no_autoflush:
        draft = draft_from(session, _claim(encounter, coverage, content, made))
        found = scrub.run(draft, tables(session))
    unpriced = {f"lines.{number}.charge" for number, line in enumerate(content.lines, 1) if line.fee is None}
    return tuple(each for each in found if each.field not in unpriced)


def _claim(encounter: Encounter, coverage: Coverage, content: charges.Content, made: Claim | None) -> Claim:
    """A claim that the session never sees; its relations are set without a trace on the real rows."""
    slip = Encounter(
        patient_id=encounter.patient_id,
        provider_id=encounter.provider_id,
        service_on=encounter.service_on,
        place_of_service=encounter.place_of_service,
        diagnoses=list(content.diagnoses),
        authorization_id=encounter.authorization_id,
        state=encounter.state,
    )
    set_committed_value(slip, "provider", encounter.provider)
    claim = Claim(
        id=made.id if made else None,
        replaces_id=made.replaces_id if made else None,
        encounter_id=encounter.id,
        patient_id=encounter.patient_id,
        coverage_id=coverage.id,
        payer_id=coverage.payer_id,
        sequence="P",
        state="draft",
        frequency=made.frequency if made else "1",
        service_on=encounter.service_on,
        authorization_id=encounter.authorization_id,
        payer_claim_number="",
        created_at=clock.now(),
    )
    for name, row in (
        ("encounter", slip),
        ("patient", encounter.patient),
        ("coverage", coverage),
        ("payer", coverage.payer),
    ):
        set_committed_value(claim, name, row)
    lines = []
    for position, line in enumerate(content.lines, start=1):
        fee = line.fee or Decimal("0.00")
        charge = Charge(
            position=position,
            code=line.code,
            modifiers=list(line.modifiers),
            pointers=line.pointers,
            units=line.units,
            fee=fee,
            amount=fee * line.units,
        )
        claim_line = ClaimLine(position=position)
        set_committed_value(claim_line, "charge", charge)
        lines.append(claim_line)
    set_committed_value(claim, "lines", lines)
    claim.amount_billed = sum((each.charge.amount for each in lines), Decimal("0.00"))
    return claim
