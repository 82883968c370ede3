"""X12 as text and as frozen dataclasses: no database, no web, nothing of the clinic.

`read_*` take bytes (or text, or a binary file) and return a tuple with one item per transaction set (271: per patient);
what is wrong with a file stands in the items' `findings`. `write_*` take an `Envelope` and the items, and return bytes.
`X12Error` is raised only for input that is no X12 at all. See `results/` for the dataclasses, `codes/` for wording.
"""

from clinic.x12.acknowledging import Acknowledgment, acknowledge
from clinic.x12.checks import validate
from clinic.x12.envelope import Delimiters, Envelope, Segment, iter_segments
from clinic.x12.errors import Finding, X12Error
from clinic.x12.explaining import Explained, explain, first_with
from clinic.x12.inspection import inspect
from clinic.x12.interchanges import Interchange, TransactionSet, raw_segments, read_interchanges
from clinic.x12.proof import Balance, BalanceProof, ClaimProof, Prover, prove, prove_claim
from clinic.x12.readers.acknowledgment import read_277ca, read_997, read_999, read_ta1
from clinic.x12.readers.authorization import read_278
from clinic.x12.readers.claim import read_837p
from clinic.x12.readers.dental import read_837d
from clinic.x12.readers.eligibility import read_270, read_271
from clinic.x12.readers.institutional import read_837i
from clinic.x12.readers.remittance import read_835, stream_835
from clinic.x12.readers.status import read_276, read_277
from clinic.x12.results.acknowledgment import (
    Acknowledgment999,
    ClaimAcknowledgment,
    ClaimStatus,
    ElementError,
    InterchangeAcknowledgment,
    LineStatus,
    ProviderAcknowledgment,
    SegmentError,
    SetAcknowledgment,
    Status,
    StatusCode,
    Tally,
)
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.authorization import (
    Admission,
    AuthorizationAnswer,
    AuthorizationEvent,
    AuthorizationRequest,
    AuthorizationService,
    Decision,
    OtherReview,
    Review,
    ReviewDiagnosis,
    ReviewProvider,
    Ride,
    TransportStop,
)
from clinic.x12.results.claim import Claim, ClaimBatch, OtherLinePayment, OtherPayer, ServiceLine
from clinic.x12.results.claim_details import (
    AmbulanceTransport,
    Attachment,
    ConditionAnswer,
    Contract,
    Equipment,
    EquipmentCertification,
    Form,
    FormAnswer,
    Measurement,
    ProviderIds,
    PurchasedService,
    Repricing,
    SpinalManipulation,
    Stop,
)
from clinic.x12.results.dental import DentalBatch, DentalClaim, DentalLine, Tooth, ToothStatus
from clinic.x12.results.eligibility import (
    Benefit,
    Delivery,
    EligibilityAnswer,
    EligibilityRequest,
    Period,
    Rejection,
    RelatedEntity,
)
from clinic.x12.results.institutional import (
    Diagnosis,
    InstitutionalBatch,
    InstitutionalClaim,
    InstitutionalLine,
    Occurrence,
    ValueCode,
)
from clinic.x12.results.parties import Address, Contact, Payer, Person, Provider, SecondaryId, TradingPartner
from clinic.x12.results.remittance import ClaimPayment, ProviderAdjustment, Remittance, ServicePayment
from clinic.x12.results.status import (
    ClaimStanding,
    ProcessingStatus,
    StatusAnswer,
    StatusClaim,
    StatusDependent,
    StatusLine,
    StatusProvider,
    StatusReceiver,
    StatusRequest,
    StatusSource,
    StatusSubscriber,
)
from clinic.x12.rules import npi_is_sound
from clinic.x12.summary import Difference, Key, Summary, summarize
from clinic.x12.writers.acknowledgment import write_277ca, write_999, write_ta1
from clinic.x12.writers.authorization import write_278_request, write_278_response
from clinic.x12.writers.claim import write_837p
from clinic.x12.writers.eligibility import write_270, write_271
from clinic.x12.writers.remittance import write_835
from clinic.x12.writers.status import write_276, write_277

__all__ = [
    "Acknowledgment",
    "Acknowledgment999",
    "Address",
    "Adjustment",
    "Admission",
    "AmbulanceTransport",
    "Attachment",
    "AuthorizationAnswer",
    "AuthorizationEvent",
    "AuthorizationRequest",
    "AuthorizationService",
    "Balance",
    "BalanceProof",
    "Benefit",
    "Claim",
    "ClaimAcknowledgment",
    "ClaimBatch",
    "ClaimPayment",
    "ClaimProof",
    "ClaimStanding",
    "ClaimStatus",
    "ConditionAnswer",
    "Contact",
    "Contract",
    "Decision",
    "Delimiters",
    "Delivery",
    "DentalBatch",
    "DentalClaim",
    "DentalLine",
    "Diagnosis",
    "Difference",
    "ElementError",
    "EligibilityAnswer",
    "EligibilityRequest",
    "Envelope",
    "Equipment",
    "EquipmentCertification",
    "Explained",
    "Finding",
    "Form",
    "FormAnswer",
    "InstitutionalBatch",
    "InstitutionalClaim",
    "InstitutionalLine",
    "Interchange",
    "InterchangeAcknowledgment",
    "Key",
    "LineStatus",
    "Measurement",
    "Occurrence",
    "OtherLinePayment",
    "OtherPayer",
    "OtherReview",
    "Payer",
    "Period",
    "Person",
    "ProcessingStatus",
    "Prover",
    "Provider",
    "ProviderAcknowledgment",
    "ProviderAdjustment",
    "ProviderIds",
    "PurchasedService",
    "Rejection",
    "RelatedEntity",
    "Remittance",
    "Repricing",
    "Review",
    "ReviewDiagnosis",
    "ReviewProvider",
    "Ride",
    "SecondaryId",
    "Segment",
    "SegmentError",
    "ServiceLine",
    "ServicePayment",
    "SetAcknowledgment",
    "SpinalManipulation",
    "Status",
    "StatusAnswer",
    "StatusClaim",
    "StatusCode",
    "StatusDependent",
    "StatusLine",
    "StatusProvider",
    "StatusReceiver",
    "StatusRequest",
    "StatusSource",
    "StatusSubscriber",
    "Stop",
    "Summary",
    "Tally",
    "Tooth",
    "ToothStatus",
    "TradingPartner",
    "TransactionSet",
    "TransportStop",
    "ValueCode",
    "X12Error",
    "acknowledge",
    "explain",
    "first_with",
    "inspect",
    "iter_segments",
    "npi_is_sound",
    "prove",
    "prove_claim",
    "raw_segments",
    "read_270",
    "read_271",
    "read_276",
    "read_277",
    "read_277ca",
    "read_278",
    "read_835",
    "read_837d",
    "read_837i",
    "read_837p",
    "read_997",
    "read_999",
    "read_interchanges",
    "read_ta1",
    "stream_835",
    "summarize",
    "validate",
    "write_270",
    "write_271",
    "write_276",
    "write_277",
    "write_277ca",
    "write_278_request",
    "write_278_response",
    "write_835",
    "write_837p",
    "write_999",
    "write_ta1",
]
