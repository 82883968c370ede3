"""Tables, and the rules that one row can decide alone; one file per noun family."""

from clinic.models.access import SignInAttempt, User, UserSession
from clinic.models.audit import AuditEvent
from clinic.models.charges import POINTERS, Charge, Encounter
from clinic.models.claims import (
    Claim,
    ClaimEvent,
    ClaimFinding,
    ClaimLine,
    Denial,
    Submission,
    SubmittedClaim,
)
from clinic.models.eligibility import Authorization, EligibilityCheck
from clinic.models.estimates import (
    Estimate,
    EstimateLine,
    EstimateOutcome,
    ExemptService,
    GoodFaithStep,
)
from clinic.models.files import FileKey, StoredFile
from clinic.models.ledger import (
    Account,
    DayClose,
    Drawer,
    EntryKind,
    JournalEntry,
    OpenItem,
    Posting,
    Receipt,
    UnappliedItem,
)
from clinic.models.messages import Message
from clinic.models.patients import Coverage, Guarantor, Patient
from clinic.models.payers import (
    AddOn,
    AdjustmentRule,
    CodePair,
    Enrolment,
    Fee,
    FeeSchedule,
    ListedCode,
    Payer,
    Procedure,
)
from clinic.models.practice import ControlNumber, Practice, RehearsalClock, RenderingProvider, Room
from clinic.models.remittances import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceAdjustment,
    ServicePayment,
)
from clinic.models.scheduling import (
    Appointment,
    AppointmentMove,
    ProviderHours,
    ScheduleBlock,
    VisitType,
)
from clinic.models.statements import (
    CardPayment,
    PayLink,
    ProcessorEvent,
    Statement,
    StatementBatch,
    StatementExclusion,
)
from clinic.models.work import Work

__all__ = [
    "POINTERS",
    "Account",
    "AddOn",
    "AdjustmentRule",
    "Appointment",
    "AppointmentMove",
    "AuditEvent",
    "Authorization",
    "CardPayment",
    "Charge",
    "Claim",
    "ClaimEvent",
    "ClaimFinding",
    "ClaimLine",
    "ClaimPayment",
    "CodePair",
    "ControlNumber",
    "Coverage",
    "DayClose",
    "Denial",
    "Drawer",
    "EligibilityCheck",
    "Encounter",
    "Enrolment",
    "EntryKind",
    "Estimate",
    "EstimateLine",
    "EstimateOutcome",
    "ExemptService",
    "Fee",
    "FeeSchedule",
    "FileKey",
    "GoodFaithStep",
    "Guarantor",
    "JournalEntry",
    "ListedCode",
    "Message",
    "OpenItem",
    "Patient",
    "PayLink",
    "Payer",
    "Posting",
    "Practice",
    "Procedure",
    "ProcessorEvent",
    "ProviderAdjustment",
    "ProviderHours",
    "Receipt",
    "RehearsalClock",
    "Remittance",
    "RemittanceAdjustment",
    "RenderingProvider",
    "Room",
    "ScheduleBlock",
    "ServicePayment",
    "SignInAttempt",
    "Statement",
    "StatementBatch",
    "StatementExclusion",
    "StoredFile",
    "Submission",
    "SubmittedClaim",
    "UnappliedItem",
    "User",
    "UserSession",
    "VisitType",
    "Work",
]
