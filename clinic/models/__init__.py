"""Tables, and the rules that one row can decide alone; one file per noun family."""

from clinic.models.access import SignInAttempt, User, UserSession
from clinic.models.audit import AuditEvent
from clinic.models.cases import BenefitOrder, PatientCase
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
from clinic.models.eligibility import Authorization, AuthorizationRequest, CheckInPass, EligibilityCheck
from clinic.models.estimates import (
    Estimate,
    EstimateLine,
    EstimateOutcome,
    ExemptService,
    GoodFaithStep,
)
from clinic.models.files import FileKey, StoredFile
from clinic.models.household import Consent, PatientContact, PatientPreference
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
from clinic.models.messages import InboundMessage, Message, OptOut
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
from clinic.models.registration import PatientMerge, PatientScan, ZipPlace
from clinic.models.reminders import (
    CalendarFeed,
    ReminderPolicy,
    ReminderRule,
    ReminderText,
    VisitLink,
)
from clinic.models.remittances import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceAdjustment,
    ServicePayment,
)
from clinic.models.schedule_rules import (
    ClinicClosure,
    Device,
    HoursException,
    MissedVisitFee,
    MissedVisitTerms,
    ReservedTime,
)
from clinic.models.scheduling import (
    Appointment,
    AppointmentMove,
    ProviderHours,
    ScheduleBlock,
    VisitType,
)
from clinic.models.series import AppointmentSeries, SeriesChange
from clinic.models.statements import (
    CardPayment,
    PayLink,
    ProcessorEvent,
    Statement,
    StatementBatch,
    StatementExclusion,
)
from clinic.models.tasks import Task
from clinic.models.work import Work

__all__ = [
    "POINTERS",
    "Account",
    "AddOn",
    "AdjustmentRule",
    "Appointment",
    "AppointmentMove",
    "AppointmentSeries",
    "AuditEvent",
    "Authorization",
    "AuthorizationRequest",
    "BenefitOrder",
    "CalendarFeed",
    "CardPayment",
    "Charge",
    "CheckInPass",
    "Claim",
    "ClaimEvent",
    "ClaimFinding",
    "ClaimLine",
    "ClaimPayment",
    "ClinicClosure",
    "CodePair",
    "Consent",
    "ControlNumber",
    "Coverage",
    "DayClose",
    "Denial",
    "Device",
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
    "HoursException",
    "InboundMessage",
    "JournalEntry",
    "ListedCode",
    "Message",
    "MissedVisitFee",
    "MissedVisitTerms",
    "OpenItem",
    "OptOut",
    "Patient",
    "PatientCase",
    "PatientContact",
    "PatientMerge",
    "PatientPreference",
    "PatientScan",
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
    "ReminderPolicy",
    "ReminderRule",
    "ReminderText",
    "Remittance",
    "RemittanceAdjustment",
    "RenderingProvider",
    "ReservedTime",
    "Room",
    "ScheduleBlock",
    "SeriesChange",
    "ServicePayment",
    "SignInAttempt",
    "Statement",
    "StatementBatch",
    "StatementExclusion",
    "StoredFile",
    "Submission",
    "SubmittedClaim",
    "Task",
    "UnappliedItem",
    "User",
    "UserSession",
    "VisitLink",
    "VisitType",
    "Work",
    "ZipPlace",
]
