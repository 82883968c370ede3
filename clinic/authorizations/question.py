"""From a request's rows to the 278 that goes out, with everything it needs and no more."""

import re
from decimal import Decimal

from clinic import clock, x12
from clinic.eligibility.question import SELF, originator, people
from clinic.models import AuthorizationRequest, Practice, RenderingProvider
from clinic.x12.results.eligibility import Delivery, Trace

OFFICE, PLACE_OF_SERVICE = "11", "B"
QUANTITY = {"visits": "VS", "units": "FL"}
"""What a request counts, as HSD01 says it."""


def request_of(row: AuthorizationRequest, practice: Practice) -> x12.AuthorizationRequest:
    """The request as X12 knows it; the trace is also the reference (BHT03), which the payer repeats."""
    coverage = row.coverage
    subscriber, dependent = people(coverage)
    wanted = Delivery(quantity_kind=QUANTITY[row.counts], quantity=Decimal(row.visits))
    event = x12.AuthorizationEvent(
        review=x12.Review(
            category=row.category,
            certification="I",
            service_type=row.service_type,
            place=OFFICE,
            place_kind=PLACE_OF_SERVICE,
            release="Y",
        ),
        traces=(Trace(row.trace, originator(practice), kind="1"),),
        event_from=row.starts_on,
        event_to=row.ends_on,
        diagnoses=tuple(
            x12.ReviewDiagnosis(code=code.replace(".", ""), kind="ABF" if place else "ABK")
            for place, code in enumerate(row.diagnoses)
        ),
        delivery=None if row.codes else wanted,
        messages=(row.message,) if row.message else (),
        providers=(_performs(row.provider),) if row.provider else (),
        services=tuple(
            x12.AuthorizationService(
                form="professional",
                procedure=code,
                unit="UN",
                quantity=Decimal(row.visits),
                service_from=row.starts_on,
                service_to=row.ends_on,
                delivery=wanted,
            )
            for code in row.codes
        ),
    )
    return x12.AuthorizationRequest(
        reference=row.trace,
        reviewer=x12.Payer(name=coverage.payer.name, id=coverage.payer.edi_id),
        requester=x12.ReviewProvider(
            role="1P",
            provider=x12.Provider(
                last_name=practice.legal_name,
                npi=practice.npi,
                taxonomy=practice.taxonomy,
                contact=x12.Contact(name="AUTHORIZATIONS", phone=re.sub(r"\D", "", practice.phone)[-10:]),
            ),
        ),
        subscriber=subscriber,
        dependent=dependent,
        relationship="" if coverage.relationship_code == SELF else coverage.relationship_code,
        event=event,
        created_at=clock.local(row.asked_at).replace(tzinfo=None),
    )


def _performs(provider: RenderingProvider) -> x12.ReviewProvider:
    return x12.ReviewProvider(
        role="SJ",
        provider=x12.Provider(
            last_name=provider.last_name,
            first_name=provider.first_name,
            is_person=True,
            npi=provider.npi,
            taxonomy=provider.taxonomy,
        ),
    )
