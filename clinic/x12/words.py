"""What each segment says, as a phrase with places (`phrases.py`). One line a segment; unknown ones are shown as they are.

The key is the segment, where needed with the code of its element 01 (`NM1*85`), after the kind of the transaction
(`835 TRN`) or its kind and loop (`271/2110C AMT`). The most exact key wins. To say a segment better, change its line here.
"""

from __future__ import annotations

from functools import lru_cache

PHRASES: dict[str, str] = {
    # The envelope
    "ISA": "Interchange {13} from {6} to {8}, {9:day} {10:clock}[, {15:usage} data]",
    "GS": "Group {6} of {1:batch} from {2} to {3}, {4:day} {5:clock}",
    "ST": "{1:set} {2}",
    "SE": "End of {2}, {1} segments",
    "GE": "End of group {2}, {1} transaction sets",
    "IEA": "End of interchange {2}, {1} groups",
    "TA1": "Interchange {1} of {2:day} {3:clock} is {4:answer}[: {5:ta1}]",
    # Heads
    "BHT": "[Reference {3}, ]made {4:day} {5:clock}",
    "837P BHT": "Batch {3}, made {4:day} {5:clock}",
    "837I BHT": "Batch {3}, made {4:day} {5:clock}",
    "837D BHT": "Batch {3}, made {4:day} {5:clock}",
    "HL": "Level {1}[, under level {2}]",
    "LX": "Number {1}",
    "835 LX": "Claims, part {1}",
    "837P LX": "Line {1}",
    "837I LX": "Line {1}",
    "837D LX": "Line {1}",
    "TRN": "Trace {2}[ of {3}][, {4}]",
    "835 TRN": "Check or transfer {2}[, payer number {3}][, {4}]",
    "277 TRN": "Claim {2}[, {3}]",
    "276 TRN": "Claim {2}[, {3}]",
    "277CA TRN": "Claim or batch {2}",
    "TRN*1": "Our trace {2}[, {3}][, {4}]",
    "TRN*2": "Trace {2}, as it was sent[, {3}][, {4}]",
    "277 TRN*2": "Claim {2}, as it was sent",
    "277CA TRN*2": "Claim or batch {2}, as it was sent",
    "CUR": "Money in {2}",
    # People, places, numbers, dates
    "NM1": "{1:role}: {3:name}[, {9:id}]",
    "N1": "{1:role}: {2}[, {4:id}]",
    "N2": "Also named {1}[ {2}]",
    "N3": "{1}[, {2}]",
    "N4": "{1}[, {2}][ {3:zip}][, {4}]",
    "PER": "Contact[ {2}][: {4:contact}][, {6:contact}][, {8:contact}]",
    "REF": "{1:number_kind}: {2}[ ({3})]",
    "DTP": "{1:date_kind}: {3:when}",
    "DTM": "{1:date_kind}: {2:day}",
    "AMT": "{1:amount_kind}: {2:usd}",
    "AMT*T3": "Submitted charges: {2:usd}",
    "AMT*YU": "Accepted: {2:usd}",
    "AMT*YY": "Rejected: {2:usd}",
    "271 AMT*R": "Spend-down: {2:usd}",
    "QTY": "{1:quantity_kind}: {2:number}[ {3.1:unit}]",
    "DMG": "Born {2:day}[, {3:sex}]",
    "PRV": "Specialty (taxonomy) {3}",
    "PRV*BI": "Billing specialty (taxonomy) {3}",
    "PRV*PE": "Rendering specialty (taxonomy) {3}",
    "INS": "Is the subscriber: {1:yes}, {2:relation}",
    "MPI": "Military record: {1}[, {2}][, {3}][, {7:day}]",
    "HI": "{1-:diagnosis}",
    "NTE": "Note: {2}",
    "MSG": "The payer says: {1}",
    "K3": "File information: {1}",
    "PWK": "Attachment {1}[, sent {2}][, number {6}]",
    "LIN": "Drug or item {3}",
    "CTP": "{4:number} {5.1:unit}",
    "CN1": "Contract type {1}[, {2:usd}][, {3}%][, {4}]",
    "CRC": "Condition {1}: {2:yes}, {3-}",
    "CL1": "Admission type {1}[, source {2}][, discharge status {3}]",
    "MEA": "Measured {1}[ {2}]: {3:number}",
    "PS1": "Purchased from {1} for {2:usd}",
    "HCP": "Priced by {1}: {2:usd}[, saved {3:usd}][, by {4}]",
    "HSD": "[{2:number} ][{1:quantity_kind}][ every {3:unit}][ for {6:number} ][{5:period}]",
    "CR1": "Ambulance: [patient weighs {2} pounds][, reason {4}][, {6:number} miles][, {9}][, {10}]",
    "CR2": "Spinal treatment: [number {1}][ of {2}][, condition {8}][, {10}]",
    "CR3": "Durable equipment: [certification {1}][, {3:number} months]",
    "CR5": "Oxygen therapy: [{1}][, {2:number} months]",
    "CR6": "Home health care: [outlook {1}][, from {2:day}]",
    "CR7": "Home health plan: [{1}][, {2} visits][, {3} in all]",
    "LQ": "Remark {2:remark}",
    "LQ*HE": "Remark {2:remark}",
    "837P LQ": "Form {2}",
    "FRM": "Answer {1}: [{2}][ {3}][ {4:day}][ {5}]",
    "LS": "Related parties begin",
    "LE": "Related parties end",
    "III": "[Place: {2:place}][ {4}]",
    "UM": "{1:review}, {2:request}[, kind of care {3:service}][, at {4.1:place}][, level {6}]",
    # 837: claims
    "SBR": "{1:sequence} payer[, the patient is {2:relation}][, group {3}][, plan {4}][, {9:filing}]",
    "PAT": "Patient[ is the subscriber's {1:relation}][, died {6:day}][, weighs {8:number} pounds][, pregnant: {9:yes}]",
    "CLM": "Claim {1}, billed {2:usd}[, {5.1:place}][, {5.3:frequency}][, assignment {7}][, accident or employment {11.1}]",
    "837I CLM": "Claim {1}, billed {2:usd}[, type of bill {5.1}][, {5.3:frequency}][, assignment {7}]",
    "OI": "Benefits assigned: {3:yes}[, release of information {6}]",
    "SV1": "{1:procedure}, {2:usd} for {4:number} {3:unit}[, {5:place}][, diagnosis {7:pointers}][, emergency: {9:yes}]",
    "SV2": "Revenue code {1}[, {2:procedure}], {3:usd} for {5:number} {4:unit}[, not covered {7:usd}]",
    "SV3": "{1:procedure}, {2:usd}[ for {6:number} units][, {3:place}][, mouth area {4}]",
    "SV5": "Equipment {1:procedure}, {3:number} {2:unit}[, rent {4:usd}][, price {5:usd}]",
    "TOO": "Tooth {2}[, surface {3}]",
    "DN1": "Orthodontics: [{1} months in all][, {2} months left]",
    "DN2": "Tooth {1}: status {2}",
    "SVD": "Payer {1} paid {2:usd} for {3:procedure}[, {5:number} units]",
    "CAS": "{2-:cas}. {1:group}",
    "MIA": "Inpatient decision[: {5-:remarks}][, diagnosis group {4:usd}]",
    "MOA": "Outpatient decision[: {1-:remarks}][, paid at {1:percent}]",
    # 835: remittances
    "BPR": "{2:usd} paid {4:method}[ on {16:day}], {1:handling}",
    "835 N1*PR": "Payer: {2}[, {4:id}]",
    "835 N1*PE": "Paid to: {2}[, {4:id}]",
    "RDM": "Remittance delivered by {1}[ to {2}][ {3}]",
    "TS3": "Provider {1}: {4:number} claims, {5:usd} billed[, facility {2}]",
    "TS2": "Provider totals: {1:usd}",
    "CLP": "Claim {1}: {2:claim_status}. Billed {3:usd}, paid {4:usd}[, patient owes {5:usd}][, payer's number {7}]",
    "SVC": "{1:procedure}: billed {2:usd}, paid {3:usd}[ for {5:number} units][, sent as {6:procedure}]",
    "277 SVC": "{1:procedure}: billed {2:usd}[, paid {3:usd}][, {7:number} units]",
    "276 SVC": "{1:procedure}: billed {2:usd}[, {7:number} units]",
    "277CA SVC": "{1:procedure}: billed {2:usd}[, {7:number} units]",
    "PLB": "Provider {1}, year to {2:day}: {3-:plbs}",
    "AMT*AU": "Coverage: {2:usd}",
    "AMT*B6": "Allowed: {2:usd}",
    "AMT*I": "Interest: {2:usd}",
    # 270 and 271: eligibility
    "EQ": "Asks about {1:service}[ {2:procedure}][, {3:level}][, {4:insurance}]",
    "EB": "{1:benefit}[, {3:service}][, {2:level}][, {4:insurance}][, {5}][: {7:usd}][: {8:percent}][, {10:number} {9:quantity_kind}]"
    "[, {6:period}][, in network: {12:yes}][, authorization needed: {11:yes}][, {13:procedure}]",
    "AAA": "Refused: {3:rejection}. {3:next_step}[ {4:follow_up}.]",
    # 276, 277 and 277CA: claim status
    "STC": "{1:status}[, {10:status}][, {11:status}][, on {2:day}][, {4:usd}][, paid {5:usd}][, check {9}][: {12}]",
    "277CA QTY*90": "Claims accepted: {2:number}",
    "277CA QTY*QA": "Claims accepted: {2:number}",
    "277CA QTY*AA": "Claims rejected: {2:number}",
    "277CA QTY*QC": "Claims rejected: {2:number}",
    "277CA AMT*YU": "Amount accepted: {2:usd}",
    "277CA AMT*YY": "Amount rejected: {2:usd}",
    # 278: authorizations
    "278 SV1": "{1:procedure}[, {2:usd}][, {4:number} {3:unit}]",
    "278 SV2": "[Revenue code {1}][ {2:procedure}][, {3:usd}][, {5:number} {4:unit}]",
    "278 SV3": "{1:procedure}[, {2:usd}][, {6:number} units]",
    "278 HSD": "[{2:number} {1:unit}][ per {3:per}][ for {6:number} {5:span}]",
    "278 MSG": "Message: {1}",
    "HCR": "{1:certification}[, number {2}][, reason {3}][, second surgical opinion: {4:yes}]",
    # 997 and 999: acknowledgments
    "AK1": "Answers group {2} of {1:batch}[, {3}]",
    "AK2": "Transaction set {2} ({1})[, {3}]",
    "AK3": "Segment {2} ({1})[, loop {3}]: {4:segment_fault}",
    "IK3": "Segment {2} ({1})[, loop {3}]: {4:segment_fault}",
    "AK4": "Element {1} {3:element_fault}[: {4}]",
    "IK4": "Element {1} {3:element_fault}[: {4}]",
    "CTX": "In {1}[ segment {2}][, place {3}][, loop {4}]",
    "AK5": "The transaction set is {1:answer}[: code {2}]",
    "IK5": "The transaction set is {1:answer}[: code {2}]",
    "AK9": "The group is {1:answer}: {4} of {3} received sets accepted",
}

_CLAIM_LOOPS = {
    "1000A": "Submitter",
    "1000B": "Receiver",
    "2000A": "Billing provider",
    "2000B": "Subscriber",
    "2000C": "Patient",
    "2010AA": "Billing provider",
    "2010AB": "Pay-to address",
    "2010AC": "Pay-to plan",
    "2010BA": "Subscriber",
    "2010BB": "Payer",
    "2010BC": "Responsible person",
    "2010CA": "Patient",
    "2300": "Claim",
    "2320": "Other payer's part",
    "2330A": "Other subscriber",
    "2330B": "Other payer",
    "2400": "Service line",
    "2410": "Drug",
    "2430": "What another payer decided",
    "2440": "Form",
}
_QUESTION_LOOPS = {
    "2000A": "Payer",
    "2100A": "Payer",
    "2000B": "Provider",
    "2100B": "Provider",
    "2000C": "Subscriber",
    "2100C": "Subscriber",
    "2000D": "Dependent",
    "2100D": "Dependent",
    "2110C": "Benefit",
    "2110D": "Benefit",
    "2115C": "Benefit detail",
    "2115D": "Benefit detail",
    "2120C": "Related party",
    "2120D": "Related party",
    "LSC": "Related parties",
    "LSD": "Related parties",
}
_STATUS_LOOPS = {
    "2000A": "Payer",
    "2100A": "Payer",
    "2000B": "Receiver",
    "2100B": "Receiver",
    "2000C": "Provider",
    "2100C": "Provider",
    "2000D": "Patient",
    "2100D": "Patient",
    "2000E": "Dependent",
    "2100E": "Dependent",
    "2200A": "Source's trace",
    "2200B": "Status of the batch",
    "2200C": "Status of the provider",
    "2200D": "Claim",
    "2200E": "Claim",
    "2210D": "Service line",
    "2210E": "Service line",
    "2220D": "Service line",
    "2220E": "Service line",
}
_REVIEW_LOOPS = {
    "2000A": "Reviewer",
    "2010A": "Reviewer",
    "2000B": "Requester",
    "2010B": "Requester",
    "2000C": "Subscriber",
    "2010C": "Subscriber",
    "2000D": "Dependent",
    "2010D": "Dependent",
    "2000E": "Patient event",
    "2010EA": "Event provider",
    "2010EB": "Stop of a ride, or whom to send documents",
    "2010EC": "Stop of a ride, or another reviewer",
    "2000F": "Service",
    "2010F": "Service provider",
    "2010FA": "Service provider",
    "2010FB": "Whom to send documents",
}


def _providers(loop: str, first: str, *names: str) -> dict[str, str]:
    """Names of the loops A, B, C … of a family, from the letter `first` on."""
    return {f"{loop}{chr(ord(first) + place)}": name for place, name in enumerate(names)}


LOOPS: dict[str, dict[str, str]] = {
    "837P": _CLAIM_LOOPS
    | _providers("2310", "A", "Referring provider", "Rendering provider", "Service location", "Supervising provider",
                 "Ambulance pick-up", "Ambulance drop-off")
    | _providers("2330", "C", "Other payer's referring provider", "Other payer's rendering provider",
                 "Other payer's service location", "Other payer's supervising provider", "Other payer's billing provider")
    | _providers("2420", "A", "Rendering provider", "Purchased service provider", "Service location",
                 "Supervising provider", "Ordering provider", "Referring provider", "Ambulance pick-up",
                 "Ambulance drop-off"),
    "837I": _CLAIM_LOOPS
    | _providers("2310", "A", "Attending provider", "Operating physician", "Other operating physician",
                 "Rendering provider", "Service location", "Referring provider")
    | _providers("2330", "C", "Other payer's attending provider", "Other payer's operating physician",
                 "Other payer's other operating physician", "Other payer's service location",
                 "Other payer's rendering provider", "Other payer's referring provider",
                 "Other payer's billing provider")
    | _providers("2420", "A", "Operating physician", "Other operating physician", "Rendering provider",
                 "Referring provider"),
    "837D": _CLAIM_LOOPS
    | _providers("2310", "A", "Referring provider", "Rendering provider", "Service location", "Assistant surgeon",
                 "Supervising provider")
    | _providers("2330", "C", "Other payer's referring provider", "Other payer's rendering provider",
                 "Other payer's supervising provider", "Other payer's billing provider",
                 "Other payer's service location", "Other payer's assistant surgeon")
    | _providers("2420", "A", "Rendering provider", "Assistant surgeon", "Supervising provider", "Service location"),
    "835": {
        "1000A": "Payer",
        "1000B": "Payee",
        "2000": "Claims",
        "2100": "Claim",
        "2110": "Service line",
        "PLB": "Provider adjustments",
    },
    "270": _QUESTION_LOOPS | {"2110C": "Question", "2110D": "Question"},
    "271": _QUESTION_LOOPS,
    "276": _STATUS_LOOPS,
    "277": _STATUS_LOOPS,
    "277CA": _STATUS_LOOPS,
    "278": _REVIEW_LOOPS,
    "997": {"2000": "Transaction set", "2100": "Error", "2110": "Element", "AK9": "Group"},
    "999": {"2000": "Transaction set", "2100": "Error", "2110": "Element", "AK9": "Group"},
}  # fmt: skip
"""Loops by kind and name."""

LEVELS: dict[str, dict[str, str]] = {
    "837": {"20": "billing provider", "22": "subscriber", "23": "patient"},
    "276": {"20": "payer", "21": "receiver", "19": "provider", "22": "subscriber", "23": "dependent", "PT": "patient"},
    "277": {"20": "payer", "21": "receiver", "19": "provider", "22": "subscriber", "23": "dependent", "PT": "patient"},
    "278": {"20": "reviewer", "21": "requester", "22": "subscriber", "23": "dependent", "EV": "patient event",
            "SS": "service"},
    "270": {"20": "payer", "21": "provider", "22": "subscriber", "23": "dependent"},
    "271": {"20": "payer", "21": "provider", "22": "subscriber", "23": "dependent"},
}  # fmt: skip
"""HL03 by the transaction."""


@lru_cache(maxsize=4096)
def phrase_of(kind: str, loop: str, segment: str, code: str) -> str | None:
    """The phrase of a segment, or None where nothing is known; `code` is its element 01."""
    coded = f"{segment}*{code}"
    for key in (f"{kind}/{loop} {segment}", f"{kind} {coded}", f"{kind} {segment}", coded, segment):
        found = PHRASES.get(key)
        if found is not None:
            return found
    return None


def loop_name(kind: str, loop: str) -> str:
    """`Service line`, or the loop's own name."""
    return LOOPS.get(kind, {}).get(loop, loop)
