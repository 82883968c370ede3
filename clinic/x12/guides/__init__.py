"""The implementations that are read and written here, as data: what stands where, how often, with which codes.

The notation is `clinic.x12.guide`. Names and code values are facts of the public standard; no guide text stands here.
"""

from clinic.x12.guide import Guide
from clinic.x12.guides.acknowledgment import ACKNOWLEDGMENT_997, ACKNOWLEDGMENT_999, CLAIM_ACKNOWLEDGMENT_277
from clinic.x12.guides.authorization import AUTHORIZATION_ANSWER, AUTHORIZATION_REQUEST
from clinic.x12.guides.claim import PROFESSIONAL_CLAIM
from clinic.x12.guides.dental import DENTAL_CLAIM
from clinic.x12.guides.eligibility import ELIGIBILITY_ANSWER, ELIGIBILITY_REQUEST
from clinic.x12.guides.institutional import INSTITUTIONAL_CLAIM
from clinic.x12.guides.remittance import REMITTANCE
from clinic.x12.guides.status import STATUS_ANSWER, STATUS_REQUEST

GUIDES: dict[str, Guide] = {
    guide.kind: guide
    for guide in (
        PROFESSIONAL_CLAIM,
        INSTITUTIONAL_CLAIM,
        DENTAL_CLAIM,
        REMITTANCE,
        ELIGIBILITY_REQUEST,
        ELIGIBILITY_ANSWER,
        ACKNOWLEDGMENT_999,
        ACKNOWLEDGMENT_997,
        CLAIM_ACKNOWLEDGMENT_277,
        STATUS_REQUEST,
        STATUS_ANSWER,
        AUTHORIZATION_REQUEST,
    )
}

# The answers of the kinds whose question and answer are one transaction: only BHT02 tells them apart.
ANSWERS: dict[str, Guide] = {AUTHORIZATION_ANSWER.kind: AUTHORIZATION_ANSWER}

__all__ = [
    "ACKNOWLEDGMENT_997",
    "ACKNOWLEDGMENT_999",
    "ANSWERS",
    "AUTHORIZATION_ANSWER",
    "AUTHORIZATION_REQUEST",
    "CLAIM_ACKNOWLEDGMENT_277",
    "DENTAL_CLAIM",
    "ELIGIBILITY_ANSWER",
    "ELIGIBILITY_REQUEST",
    "GUIDES",
    "INSTITUTIONAL_CLAIM",
    "PROFESSIONAL_CLAIM",
    "REMITTANCE",
    "STATUS_ANSWER",
    "STATUS_REQUEST",
]
