"""From rows to the draft that the scrubber reads: a whole batch in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from clinic import clock, scrub
from clinic.claims.states import REJECTED, UNSENT
from clinic.models import (
    Authorization,
    Claim,
    ClaimLine,
    Coverage,
    EligibilityCheck,
    Encounter,
    Enrolment,
    Payer,
    Practice,
    RenderingProvider,
)

# One statement for each kind of row, however many claims there are.
LOADED: tuple[ORMOption, ...] = (
    joinedload(Claim.patient),
    joinedload(Claim.coverage).joinedload(Coverage.payer),
    joinedload(Claim.payer),
    joinedload(Claim.encounter).joinedload(Encounter.provider),
    joinedload(Claim.encounter).selectinload(Encounter.charges),
    selectinload(Claim.lines).joinedload(ClaimLine.charge),
)


class _Around(NamedTuple):
    """Everything around the claims of a batch."""

    practice: Practice
    enrolments: dict[int, Enrolment]
    coverages: dict[int, list[Coverage]]
    authorizations: dict[int, list[Authorization]]
    demanded: dict[int, bool]
    others: dict[int, list[Claim]]
    replaced: dict[int, Claim]


def draft_from(session: Session, claim: Claim) -> scrub.ClaimDraft:
    """One claim as the scrubber sees it today."""
    return drafts_from(session, [claim])[claim.id]


def drafts_from(session: Session, claims: Iterable[Claim]) -> dict[int, scrub.ClaimDraft]:
    """Drafts by claim id. The claims' relations should be loaded with `LOADED`; the rest is read in seven queries."""
    batch = list(claims)
    if not batch:
        return {}
    around = _around(session, batch)
    return {claim.id: _draft(claim, around) for claim in batch}


def practice_of(session: Session) -> Practice:
    """The one clinic."""
    return session.scalars(select(Practice).order_by(Practice.id).limit(1)).one()


def _around(session: Session, claims: Sequence[Claim]) -> _Around:
    patients = {claim.patient_id for claim in claims}
    payers = {claim.payer_id for claim in claims}
    coverages: dict[int, list[Coverage]] = defaultdict(list)
    query = select(Coverage).where(Coverage.patient_id.in_(patients)).options(joinedload(Coverage.payer))
    for coverage in session.scalars(query.order_by(Coverage.position)):
        coverages[coverage.patient_id].append(coverage)
    authorizations: dict[int, list[Authorization]] = defaultdict(list)
    ids = [coverage.id for each in coverages.values() for coverage in each]
    for row in session.scalars(
        select(Authorization).where(Authorization.coverage_id.in_(ids)).order_by(Authorization.id)
    ):
        authorizations[row.coverage_id].append(row)
    enrolments = session.scalars(
        select(Enrolment).where(Enrolment.payer_id.in_(payers), Enrolment.transaction_kind == "837")
    )
    others: dict[int, list[Claim]] = defaultdict(list)
    for other in session.scalars(
        select(Claim)
        .where(Claim.patient_id.in_(patients))
        .options(
            selectinload(Claim.lines).joinedload(ClaimLine.charge),
            joinedload(Claim.encounter).joinedload(Encounter.provider),
        )
        .order_by(Claim.id)
    ):
        others[other.patient_id].append(other)
    by_id = {other.id: other for each in others.values() for other in each}
    return _Around(
        practice=practice_of(session),
        enrolments={row.payer_id: row for row in enrolments},
        coverages=coverages,
        authorizations=authorizations,
        demanded=_demanded(session, claims),
        others=others,
        replaced={claim.replaces_id: by_id[claim.replaces_id] for claim in claims if claim.replaces_id},
    )


def _demanded(session: Session, claims: Sequence[Claim]) -> dict[int, bool]:
    """What the newest eligibility answer of each coverage said of authorization (EB11)."""
    said: dict[int, bool] = {}
    query = (
        select(EligibilityCheck.coverage_id, EligibilityCheck.benefits["authorization_required"].as_boolean())
        .where(
            EligibilityCheck.coverage_id.in_({claim.coverage_id for claim in claims}),
            EligibilityCheck.state == "answered",
        )
        .order_by(EligibilityCheck.asked_at)
    )
    for coverage_id, required in session.execute(query):
        if isinstance(required, bool):
            said[coverage_id] = required
    return said


def _draft(claim: Claim, around: _Around) -> scrub.ClaimDraft:
    encounter, practice = claim.encounter, around.practice
    provider = encounter.provider
    patient, subscriber = _people(claim)
    replaced = around.replaced.get(claim.replaces_id) if claim.replaces_id else None
    authorization = next(
        (row for row in around.authorizations[claim.coverage_id] if row.id == claim.authorization_id), None
    )
    return scrub.ClaimDraft(
        id=claim.id,
        today=clock.today(),
        frequency=claim.frequency,
        sequence=scrub.Sequence(claim.sequence),
        place_of_service=encounter.place_of_service,
        patient=patient,
        subscriber=subscriber,
        relationship=claim.coverage.relationship_code,
        coverage=_coverage(claim.coverage),
        enrolment=_enrolment(around.enrolments.get(claim.payer_id)),
        billing=scrub.DraftProvider(
            name=practice.legal_name,
            npi=practice.npi,
            taxonomy=practice.taxonomy,
            tax_id=practice.tax_id,
            tax_id_type=practice.tax_id_kind,
            address=practice.address,
            zip_code=practice.zip,
            id=practice.id,
        ),
        rendering=None if provider.npi == practice.npi else _provider(provider),
        diagnoses=tuple(encounter.diagnoses),
        lines=_lines(claim),
        total=claim.amount_billed,
        payer_claim_number=replaced.payer_claim_number if replaced else "",
        original_adjudicated=bool(replaced and replaced.adjudicated_at),
        original_adjudicated_on=clock.local(replaced.adjudicated_at).date()
        if replaced and replaced.adjudicated_at
        else None,
        replaces_claim_id=claim.replaces_id,
        authorization_number=authorization.number if authorization else "",
        authorization_demanded=around.demanded.get(claim.coverage_id),
        authorizations=tuple(_authorizations(claim, around)),
        other_coverages=tuple(
            _coverage(each)
            for each in around.coverages[claim.patient_id]
            # The insurer of an injury answers for its visits alone, and is no other plan.
            if each.id != claim.coverage_id and each.case_id is None
        ),
        other_claims=tuple(_other(each) for each in around.others[claim.patient_id] if each.id != claim.id),
    )


def _people(claim: Claim) -> tuple[scrub.DraftPerson, scrub.DraftPerson]:
    row, coverage = claim.patient, claim.coverage
    patient = scrub.DraftPerson(row.last_name, row.first_name, row.born_on, row.id)
    if coverage.relationship_code == "18":
        return patient, patient
    return patient, scrub.DraftPerson(
        coverage.subscriber_last_name, coverage.subscriber_first_name, coverage.subscriber_born_on
    )


def _lines(claim: Claim) -> tuple[scrub.DraftLine, ...]:
    encounter = claim.encounter
    return tuple(
        scrub.DraftLine(
            number=line.position,
            code=line.charge.code,
            modifiers=tuple(line.charge.modifiers),
            pointers=tuple(line.charge.pointers),
            units=Decimal(line.charge.units),
            charge=line.charge.amount,
            service_on=encounter.service_on,
            place_of_service=encounter.place_of_service,
            id=line.charge_id,
        )
        for line in sorted(claim.lines, key=lambda line: line.position)
    )


def _payer(row: Payer) -> scrub.DraftPayer:
    return scrub.DraftPayer(
        id=row.id,
        name=row.name,
        electronic_id=row.edi_id,
        is_active=row.active,
        payer_type=row.kind,
        claim_filing_code=row.filing_indicator,
        filing_days_original=row.filing_days,
        filing_days_corrected=row.corrected_days,
        accepts_replacements=row.accepts_replacement,
        authorization_codes=frozenset(row.needs_authorization),
    )


def _coverage(row: Coverage) -> scrub.DraftCoverage:
    return scrub.DraftCoverage(row.id, _payer(row.payer), row.member_id, row.effective_on, row.terminated_on)


def _enrolment(row: Enrolment | None) -> scrub.DraftEnrolment | None:
    if row is None:
        return None
    return scrub.DraftEnrolment(scrub.EnrolmentState(row.state), row.effective_on)


def _provider(row: RenderingProvider) -> scrub.DraftProvider:
    return scrub.DraftProvider(name=row.name, npi=row.npi, taxonomy=row.taxonomy, id=row.id)


def _authorizations(claim: Claim, around: _Around) -> Iterable[scrub.DraftAuthorization]:
    # Its own visit was counted at the signature; what is left for this claim is with it (see DraftAuthorization).
    counted = claim.encounter.authorization_id if claim.encounter.state == "signed" else None
    for coverage in around.coverages[claim.patient_id]:
        for row in around.authorizations[coverage.id]:
            by_units = row.counts == "units"
            left = row.visits_allowed - row.visits_used + (_own(claim, row) if row.id == counted else 0)
            yield scrub.DraftAuthorization(
                id=row.id,
                payer_id=coverage.payer_id,
                number=row.number,
                codes=frozenset(row.codes),
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                units_left=Decimal(left) if by_units else None,
                visits_left=None if by_units else left,
                visits_allowed=row.visits_allowed,
                provider_npi="",
            )


def _own(claim: Claim, row: Authorization) -> int:
    """What the claim's own visit took of its authorization: a visit, or the units of the codes that it is for."""
    if row.counts != "units":
        return 1
    charges = claim.encounter.charges
    return int(sum(charge.units for charge in charges if not row.codes or charge.code in row.codes))


def _other(claim: Claim) -> scrub.OtherClaim:
    if claim.state == "voided":
        standing = scrub.Standing.VOIDED
    elif claim.state == "corrected":
        standing = scrub.Standing.REPLACED
    elif claim.state in REJECTED or claim.state in UNSENT:
        standing = scrub.Standing.REJECTED
    else:
        standing = scrub.Standing.OPEN
    return scrub.OtherClaim(
        id=claim.id,
        label=claim.control_number,
        payer_id=claim.payer_id,
        sequence=scrub.Sequence(claim.sequence),
        standing=standing,
        rendering_npi=claim.encounter.provider.npi,
        lines=tuple(
            scrub.OtherLine(
                code=line.charge.code,
                modifiers=tuple(line.charge.modifiers),
                service_on=claim.service_on,
                charge=line.charge.amount,
            )
            for line in claim.lines
        ),
    )
