"""What an event of the audit trail says in plain words; its code and address stay beside them as a detail."""

import re

from clinic.models import AuditEvent

# What was done by opening a page, by its address; a form that is sent from a page goes by the page's words.
PAGES = {
    "/admin/audit": "Looked through the audit trail",
    "/admin/closures": "Looked at who is booked on closed days",
    "/admin/hours": "Looked at who is booked outside the hours",
    "/authorizations": "Looked through the authorizations",
    "/authorizations/coverages/<public_id>/request": "Opened an authorization request",
    "/authorizations/requests/<public_id>": "Opened an authorization request",
    "/book": "Booked online",
    "/calendar/<token>.ics": "A calendar read its feed",
    "/charge-slips": "Looked through the charge slips",
    "/charge-slips/<public_id>": "Opened a charge slip",
    "/check-in": "Looked through the check-in list",
    "/check-in/<public_id>": "Opened a check-in",
    "/check-in/<public_id>/button": "Opened a check-in",
    "/check-in/<public_id>/eligibility": "Read what the payer answers at check-in",
    "/check-in/receipts/<public_id>.pdf": "Printed a receipt",
    "/claims": "Looked through the claims",
    "/claims/<public_id>": "Opened a claim",
    "/claims/answers": "Looked at the files of claims",
    "/claims/denials": "Looked through the denials",
    "/claims/denials/next": "Went to the next denial",
    "/claims/submission": "Looked at the claims to send",
    "/edi": "Looked through the EDI files",
    "/edi/<public_id>": "Opened an EDI file",
    "/edi/<public_id>/content": "Saved an EDI file",
    "/edi/open": "Opened a file from disk",
    "/eligibility/coverages/<public_id>": "Opened the answers of a payer",
    "/estimates/<public_id>.pdf": "Printed an estimate",
    "/estimates/accuracy": "Looked at how close estimates come",
    "/estimates/good-faith": "Looked through the good-faith estimates",
    "/estimates/good-faith/<public_id>.pdf": "Printed a good-faith estimate",
    "/estimates/patients/<public_id>/notice": "Printed the notice about estimates",
    "/estimates/visits/<public_id>": "Opened an estimate",
    "/estimates/visits/<public_id>/card": "Opened an estimate",
    "/flow": "Looked at the flow board",
    "/flow/board": "Looked at the flow board",
    "/flow/day-end": "Looked at who is left at the day's end",
    "/flow/day-end/<day>": "Looked at who is left at the day's end",
    "/flow/slips.pdf": "Printed routing slips",
    "/flow/visits/<public_id>": "Opened a visit on the flow board",
    "/flow/visits/<public_id>/slip.pdf": "Printed a routing slip",
    "/kept": "Looked at their own kept forms",
    "/mail": "Read a message of the demo",
    "/mail/texts": "Read the texts of the demo",
    "/messages": "Looked through the messages",
    "/messages/patients/<public_id>": "Opened a patient's messages",
    "/messages/visits/<public_id>": "Read the messages about a visit",
    "/offer": "Opened an offered place by its link",
    "/online-requests": "Looked through the online requests",
    "/online-requests/<public_id>": "Opened an online request",
    "/patients": "Searched the patients",
    "/patients/<public_id>": "Opened the chart",
    "/patients/<public_id>/authorizations/<authorization_id>": "Opened an authorization",
    "/patients/<public_id>/cases/<case_id>": "Opened an accident case",
    "/patients/<public_id>/cases/new": "Began an accident case",
    "/patients/<public_id>/consents": "Opened the consents",
    "/patients/<public_id>/contacts": "Opened the contacts",
    "/patients/<public_id>/coverages/<coverage_id>": "Opened a coverage",
    "/patients/<public_id>/coverages/<coverage_id>/authorizations/new": "Began an authorization",
    "/patients/<public_id>/coverages/<coverage_id>/replacement": "Began a new card",
    "/patients/<public_id>/coverages/new": "Began a coverage",
    "/patients/<public_id>/edit": "Opened the chart to change it",
    "/patients/<public_id>/guarantor": "Opened who pays the bills",
    "/patients/<public_id>/history": "Read the history of the chart",
    "/patients/<public_id>/household": "Opened the household",
    "/patients/<public_id>/ledger": "Opened the ledger",
    "/patients/<public_id>/merge": "Compared two records",
    "/patients/<public_id>/merge-request": "Asked billing to merge two records",
    "/patients/<public_id>/merges": "Opened a merge",
    "/patients/<public_id>/order-of-benefits": "Opened which plan pays first",
    "/patients/<public_id>/order-of-benefits/<order_id>": "Opened which plan pays first",
    "/patients/<public_id>/payer": "Opened who pays the bills",
    "/patients/<public_id>/pictures": "Opened the pictures",
    "/patients/<public_id>/pictures/<scan_id>": "Looked at a picture",
    "/patients/<public_id>/pictures/card": "Looked at an insurance card",
    "/patients/<public_id>/preferences": "Opened the preferences",
    "/patients/duplicates": "Looked through likely duplicates",
    "/patients/new": "Began a registration",
    "/pay": "Opened a bill on the payment page",
    "/payments": "Looked through the payments",
    "/payments/entries/<public_id>": "Opened an entry of the ledger",
    "/payments/households/<public_id>": "Opened a household's account",
    "/payments/paper": "Opened a paper remittance",
    "/payments/receipts/<public_id>": "Opened a receipt",
    "/remittances": "Looked through the remittances",
    "/remittances/<public_id>": "Opened a remittance",
    "/remittances/file": "Took in a remittance from disk",
    "/remittances/file/<public_id>": "Opened the file of a remittance",
    "/reports": "Looked at the dashboard",
    "/reports/aging": "Looked at the aged receivables",
    "/reports/aging.<any(pdf, csv, xlsx):kind>": "Saved the aged receivables",
    "/reports/day-sheet": "Looked at the day sheet",
    "/reports/kpi": "Looked behind a key figure",
    "/reports/month.<any(pdf, xlsx):kind>": "Saved the month's report",
    "/schedule": "Looked at the schedule",
    "/schedule/<day>": "Looked at the schedule",
    "/schedule/<day>/blocks": "Looked at who is booked in blocked time",
    "/schedule/<day>/grid": "Looked at the schedule",
    "/schedule/<day>/new": "Began a booking",
    "/schedule/<day>/openings": "Looked for a free time",
    "/schedule/<day>/patients": "Searched the patients while booking",
    "/schedule/<day>/sheet.pdf": "Printed the schedule",
    "/schedule/<day>/stamp": "Looked at the schedule",
    "/schedule/<day>/views": "Looked at the schedule",
    "/schedule/appointments": "Booked a visit",
    "/schedule/appointments/<public_id>": "Opened a visit",
    "/schedule/appointments/<public_id>/pin": "Put a visit on the pinboard",
    "/schedule/booking-card/<public_id>": "Read what a booking needs",
    "/schedule/missed-visits": "Looked through the missed visits",
    "/schedule/missed-visits/patients/<public_id>": "Opened a patient's missed visits",
    "/schedule/series": "Booked a series",
    "/schedule/series/<public_id>": "Opened a series",
    "/schedule/series/<public_id>/cancellation": "Began to cancel a series",
    "/schedule/series/<public_id>/more": "Began to lengthen a series",
    "/schedule/series/<public_id>/move": "Began to move a series",
    "/schedule/series/<public_id>/sheet.pdf": "Printed a series",
    "/statements": "Looked at who is to get a statement",
    "/statements/batches/<public_id>": "Opened a statement run",
    "/statements/batches/<public_id>/print": "Printed a statement run",
    "/statements/batches/<public_id>/progress": "Opened a statement run",
    "/statements/<public_id>/pdf": "Printed a statement",
    "/tasks": "Looked through the tasks",
    "/visit": "Opened a visit by its link",
    "/waiting": "Looked through the wait list",
    "/waiting/entries/<public_id>": "Opened an entry of the wait list",
    "/waiting/entries/<public_id>/wishes": "Opened an entry of the wait list",
    "/waiting/new": "Began an entry of the wait list",
    "/waiting/patients": "Searched the patients for the wait list",
    "/waiting/recalls": "Looked through the recalls",
    "/waiting/recalls/new": "Began a recall",
    "/waiting/unscheduled": "Looked through the visits to book again",
}  # fmt: skip
# The same where the event names the thing that was looked at (encounter:12), by what it is.
THINGS = {
    "appointment": "Opened a visit by its link",
    "calendar_feed": "A calendar read its feed",
    "card_payment": "Opened the page of a card payment",
    "claim": "Opened a claim",
    "encounter": "Opened a charge slip",
    "journal_entry": "Opened an entry of the ledger",
    "mail": "Read a message of the demo",
    "online_request": "Opened an online request",
    "online_requests": "Looked through the online requests",
    "opened_file": "Opened a file from disk",
    "patient_scan": "Looked at a picture",
    "receipt": "Opened a receipt",
    "remittance": "Opened a remittance",
    "statement": "Printed a statement",
    "statement_batch": "Printed a statement run",
    "stored_file": "Opened an EDI file",
    "texts": "Read the texts of the demo",
    "wait_offer": "Opened an offered place by its link",
}
# What was done, where "Claim: sent" would not say it.
ACTIONS = {
    "access.refused": "Was refused a page",
    "clock.advance": "Moved the rehearsal clock forward",
    "consent.sign": "Kept a signed consent",
    "ledger.close_day": "Closed the day",
    "ledger.close_drawer": "Counted and closed a drawer",
    "ledger.open_drawer": "Opened a drawer",
    "patient.alike": "Took back that two records are two people",
    "patient.distinct": "Said that two records are two people",
    "patient.register": "Registered a patient",
    "schedule.day_closed": "Closed the schedule's day",
    "sign_in.done": "Signed in",
    "sign_in.refused": "Sign-in refused",
    "sign_out.done": "Signed out",
    "statement.hold": "Held the statements of a household",
    "statement.release": "Lifted the hold on statements",
    "statement.run": "Made a statement run",
    "user.new_second_factor": "User: new second factor",
    "verify.run": "Verified the records",
}
PAST = {
    "add": "added", "again": "asked again", "answer": "answered", "apply": "applied", "apply_receipt": "receipt applied",
    "ask": "asked", "begin": "begun", "book": "booked", "cancel": "cancelled", "change": "changed",
    "confirm": "confirmed", "copy": "copied", "end": "ended", "give": "given", "import": "loaded", "instruct": "told",
    "keep": "kept", "make": "made", "mend": "mended", "merge": "merged", "move": "moved", "note": "note changed",
    "open": "opened", "post": "posted", "post_anyway": "posted all the same", "post_charges": "charges posted",
    "post_insurance_payments": "insurance payments posted", "receive": "money received", "refund": "refunded",
    "remove": "removed", "rename": "renamed", "replace": "replaced", "reset_password": "password set anew",
    "retry": "asked again", "reverse": "reversed", "revoke": "revoked", "run": "run", "save": "saved",
    "send_again": "sent again", "set": "set", "set_aside": "set aside", "sign": "signed", "transfer": "moved to another payer",
    "undo": "undone", "unlock": "unlocked", "unpost": "taken back", "unpost_claim": "one claim taken back",
    "withdraw": "withdrawn", "write_off": "written off",
}  # fmt: skip
VIEW, JOB = ".view", "jobs."


def words(event: AuditEvent) -> str:
    """What was done, as somebody would tell it: "Opened the chart", "Coverage: added"."""
    noun, _, verb = event.action.rpartition(".")
    if event.action.endswith(VIEW):
        return looked(event.subject) or f"Looked at {noun.replace('_', ' ')}"
    told = f"{noun.replace('_', ' ').capitalize()}: {PAST.get(verb, verb.replace('_', ' '))}"
    return ACTIONS.get(event.action, told)


def detail(event: AuditEvent) -> str:
    """The event's code, the job that did it, and the address or row that it was about."""
    job = event.actor if event.user_id is None and event.actor.startswith(JOB) else ""
    subject = re.sub(r"<any\([^)]*\):", "<", event.subject)
    return " · ".join(part for part in (event.action, job, subject) if part)


def who(event: AuditEvent) -> str:
    """The user's name; "The system" for a job."""
    return "The system" if event.user_id is None and event.actor.startswith(JOB) else event.actor


def looked(subject: str) -> str:
    """The words for a look, from "GET /patients/<public_id>" or "claim:R26-000123"; "" for one without any."""
    method, _, address = subject.partition(" ")
    if not address.startswith("/"):
        return THINGS.get(subject.partition(":")[0], "")
    address = address.rstrip("/")
    while address and address not in PAGES:
        address = address.rpartition("/")[0]
    if not address:
        return ""
    return PAGES[address] + ("" if method == "GET" else ", and sent its form")
