"""Which screens are photographed: every page of the application that a person sees, by who opens it.

A route without an id is opened as it stands, or as `at` says. One with an id is the first link of that shape on the
page `at`; several pages in a row (" > ") are followed from link to link. {child} and {record} are two patients.
"""

import re
from typing import NamedTuple


class Screen(NamedTuple):
    """A picture's name, the route that it shows, and where it is found."""

    name: str
    route: str
    at: str = ""


# The screens that people have open all day: also dark, and as wide as a phone.
MOST_USED = frozenset(
    {
        "authorizations", "chargeslip", "checkin", "checkin-list", "claim", "claims", "dashboard", "denials", "desk",
        "desk-list", "flow", "good-faith", "online-requests", "patient", "patient-ledger", "patients", "payments",
        "remittance", "remittances", "slips", "statements", "tasks", "wait-list",
    }
)  # fmt: skip
# Dark besides: what the doors and the empty lists look like.
DARK = MOST_USED | {"sign-in", "claims-held-empty", "no-such-page"}

PATIENT = "/patients/<public_id>"
COVERAGE = f"{PATIENT}/coverages/<coverage_id>"
SERIES = "/schedule/series/<public_id>"
RECORDS = "records"  # the records of all patients that a search finds
CHILD = "{child}"

STAFF: dict[str, tuple[Screen, ...]] = {
    "front_desk": (
        Screen("desk-week", "/schedule", "/schedule?view=week"),
        Screen("desk-list", "/schedule", "/schedule?view=list"),
        Screen("openings", "/schedule/<day>/openings", "/schedule"),
        Screen("blocks", "/schedule/<day>/blocks", "/schedule"),
        Screen("missed-visits", "/schedule/missed-visits"),
        Screen("missed-visit-terms", "/schedule/missed-visits/patients/<public_id>", "/schedule/missed-visits"),
        Screen("checkin-list", "/check-in"),
        Screen("flow", "/flow"),
        Screen("flow-visit", "/flow/visits/<public_id>", "/flow"),
        Screen("flow-day-end", "/flow/day-end"),
        Screen("patient-new", "/patients/new"),
        Screen("patient-child", PATIENT, CHILD),
        Screen("patient-edit", f"{PATIENT}/edit", CHILD),
        Screen("patient-guarantor", f"{PATIENT}/guarantor", CHILD),
        Screen("patient-payer", f"{PATIENT}/payer", CHILD),
        Screen("patient-household", f"{PATIENT}/household", CHILD),
        Screen("patient-pictures", f"{PATIENT}/pictures", CHILD),
        Screen("patient-order-of-benefits", f"{PATIENT}/order-of-benefits", CHILD),
        Screen("patient-contacts", f"{PATIENT}/contacts", CHILD),
        Screen("patient-preferences", f"{PATIENT}/preferences", CHILD),
        Screen("patient-consents", f"{PATIENT}/consents", CHILD),
        Screen("patient-history", f"{PATIENT}/history", CHILD),
        Screen("patient-case", f"{PATIENT}/cases/<case_id>", RECORDS),
        Screen("patient-case-new", f"{PATIENT}/cases/new", CHILD),
        Screen("coverage", COVERAGE, CHILD),
        Screen("coverage-new", f"{PATIENT}/coverages/new", CHILD),
        Screen("coverage-replacement", f"{COVERAGE}/replacement", CHILD),
        Screen("eligibility", "/eligibility/coverages/<public_id>", "/check-in > /check-in/<public_id>"),
        Screen("authorization", f"{PATIENT}/authorizations/<authorization_id>", "/authorizations?view=expiring"),
        Screen("authorization-new", f"{COVERAGE}/authorizations/new", CHILD),
        Screen("authorizations", "/authorizations"),
        Screen("authorizations-ending", "/authorizations", "/authorizations?view=expiring"),
        Screen("authorizations-requests", "/authorizations", "/authorizations?view=requests"),
        Screen("authorization-request", "/authorizations/requests/<public_id>", "/authorizations?view=requests"),
        Screen("authorization-ask", "/authorizations/coverages/<public_id>/request", "/authorizations"),
        Screen("tasks", "/tasks"),
        Screen("messages", "/messages"),
        Screen("messages-patient", "/messages/patients/<public_id>", RECORDS),
        Screen("good-faith", "/estimates/good-faith"),
        Screen("estimate", "/estimates/visits/<public_id>", "/estimates/good-faith"),
        Screen("drawer", "/drawer"),
        Screen("wait-list", "/waiting"),
        Screen("wait-list-entry", "/waiting/entries/<public_id>", "/waiting"),
        Screen("wait-list-wishes", "/waiting/entries/<public_id>/wishes", "/waiting > /waiting/entries/<public_id>"),
        Screen("wait-list-add", "/waiting/new"),
        Screen("recalls", "/waiting/recalls"),
        Screen("recall-new", "/waiting/recalls/new"),
        Screen("to-book-again", "/waiting/unscheduled"),
        Screen("online-requests", "/online-requests"),
        Screen("online-request", "/online-requests/<public_id>", "/online-requests"),
        Screen("mail", "/mail"),
        Screen("mail-texts", "/mail/texts"),
        Screen("no-such-page", "/schedule", "/nowhere"),
        Screen("wrong-role", "/admin/"),
    ),
    "clinician": (
        Screen("slips", "/charge-slips", "/charge-slips?provider=all"),
        Screen("flow-clinician", "/flow"),
        Screen("calendar-feeds", "/calendar-feeds"),
    ),
    "biller": (
        Screen("claims", "/claims/"),
        Screen("claims-blocked", "/claims/", "/claims/?tab=blocked"),
        Screen("claims-held-empty", "/claims/", "/claims/?tab=held"),
        Screen("claims-send", "/claims/submission"),
        Screen("claims-files", "/claims/answers"),
        Screen("denials", "/claims/denials"),
        Screen("remittances", "/remittances/", "/remittances/?tab=posted"),
        Screen("remittance-new-file", "/remittances/file"),
        Screen("payments", "/payments/"),
        Screen("receipt", "/payments/receipts/<public_id>", "/payments/"),
        Screen("household-account", "/payments/households/<public_id>", f"{CHILD}/ledger"),
        Screen("ledger-entry", "/payments/entries/<public_id>", "{record}/ledger"),
        Screen("paper-eob", "/payments/paper"),
        Screen("statements", "/statements"),
        Screen("statements-left-out", "/statements", "/statements?view=left"),
        Screen("duplicates", "/patients/duplicates"),
        Screen("merge", f"{PATIENT}/merge", "/patients/duplicates"),
        Screen("edi", "/edi/"),
        Screen("edi-open", "/edi/open"),
    ),
    "manager": (
        Screen("flow-alerts", "/flow/alerts"),
        Screen("dashboard", "/reports"),
        Screen("aging", "/reports/aging", "/reports/aging?basis=service"),
        Screen("kpi", "/reports/kpi/<key>", "/reports/kpi/denial_rate"),
        Screen("accuracy", "/estimates/accuracy"),
        Screen("day-sheet", "/reports/day-sheet"),
        Screen("day-close", "/day-close"),
        Screen("day-close-drawer", "/day-close/drawers/<public_id>", "/day-close"),
        Screen("rehearsal", "/rehearsal"),
        Screen("wait-list-rules", "/waiting/rules"),
        Screen("online-rules", "/online-booking"),
        Screen("reminders", "/reminders"),
        Screen("rules-visit-types", "/admin/visit-types"),
        Screen("rules-visit-type", "/admin/visit-types/<public_id>", "/admin/visit-types"),
        Screen("rules-visit-type-new", "/admin/visit-types/new"),
        Screen("rules-hours", "/admin/hours"),
        Screen("rules-hours-provider", "/admin/hours/<public_id>", "/admin/hours"),
        Screen("rules-rooms", "/admin/rooms"),
        Screen("rules-room", "/admin/rooms/<what>/<public_id>", "/admin/rooms"),
        Screen("rules-closures", "/admin/closures"),
    ),
    "admin": (
        Screen("admin", "/admin/"),
        Screen("users", "/admin/users"),
        Screen("user", "/admin/users/<public_id>", "/admin/users"),
        Screen("user-new", "/admin/users/new"),
        Screen("payers", "/admin/payers"),
        Screen("payer", "/admin/payers/<public_id>", "/admin/payers"),
        Screen("payer-new", "/admin/payers/new"),
        Screen("providers", "/admin/providers"),
        Screen("provider", "/admin/providers/<public_id>", "/admin/providers"),
        Screen("fees", "/admin/fees"),
        Screen("fee-schedule", "/admin/fees/<public_id>", "/admin/fees"),
        Screen("audit", "/admin/audit"),
        Screen("practice", "/admin/practice"),
    ),
}  # fmt: skip
# Papers: name, role, route and where its link stands.
PAPERS: dict[str, tuple[Screen, ...]] = {
    "front_desk": (
        Screen("schedule", "/schedule/<day>/sheet.pdf", "/schedule"),
        Screen("routing-slips", "/flow/slips.pdf"),
        Screen("estimate", "/estimates/<public_id>.pdf", "/estimates/good-faith > /estimates/visits/<public_id>"),
        Screen("receipt", "/check-in/receipts/<public_id>.pdf", "/check-in?view=done > /check-in/<public_id>"),
    ),
    "manager": (
        Screen("month", "/reports/month.<kind>", "/reports"),
        Screen("aging", "/reports/aging.<kind>", "/reports/aging"),
        Screen("kpi", "/reports/kpi/<key>.<kind>", "/reports/kpi/denial_rate"),
        Screen("day-sheet", "/reports/day-sheet", "/reports/day-sheet?as=pdf"),
        Screen("deposit-slip", "/day-close/<day>/deposit.pdf", "/day-close"),
    ),
}  # fmt: skip
# Photographed on the way of a task, by the functions of screens.py.
ON_THE_WAY = frozenset(
    {
        "/sign-in", "/sign-in/code", "/schedule/appointments/<public_id>", "/schedule/<day>/new",
        "/schedule/<day>/views", SERIES, f"{SERIES}/move", f"{SERIES}/cancellation", f"{SERIES}/more",
        f"{SERIES}/sheet.pdf", "/estimates/good-faith/<public_id>.pdf", "/patients", f"{PATIENT}/ledger", "/check-in/<public_id>", "/charge-slips/<public_id>",
        "/claims/<public_id>", "/remittances/<public_id>", "/statements/batches/<public_id>",
        "/statements/<public_id>/pdf", "/edi/<public_id>", "/admin/verify", "/pay", "/pay/bill",
        "/pay/done/<public_id>", "/book", "/book/times", "/book/details", "/visit", "/visit/times", "/offer",
    }
)  # fmt: skip
# No page of its own: a part of one, a file, or a way to one.
NO_PICTURE = {
    "/": "leads to the home of the role",
    "/book/<token>": "opens /book by its link",
    "/book/calendar.ics": "a file",
    "/book/code": "asks for the code that was sent",
    "/book/done": "comes after the code",
    "/calendar/<token>.ics": "a file",
    "/check-in/<public_id>/button": "a part of the check-in",
    "/check-in/<public_id>/eligibility": "a part of the check-in",
    "/claims/denials/next": "leads to a denial",
    "/drawer/sum": "a part of the drawer",
    "/edi/<public_id>/content": "a file",
    "/estimates/patients/<public_id>/notice": "a part of the booking",
    "/estimates/visits/<public_id>/card": "a part of the visit",
    "/flow/day-end/<day>": "the day's end of an earlier day",
    "/flow/board": "a part of the flow board",
    "/flow/visits/<public_id>/slip.pdf": "one of the routing slips",
    "/healthz": "for machines",
    "/kept": "only after a session that ended by itself while a form was open",
    "/messages/visits/<public_id>": "a part of the visit",
    "/offer/<token>": "leads to /offer",
    "/offer/calendar.ics": "a file",
    f"{PATIENT}/order-of-benefits/<order_id>": "comes after the questions",
    f"{PATIENT}/pictures/<scan_id>": "a picture",
    f"{PATIENT}/pictures/card": "a part of the check-in",
    "/pay/<token>": "leads to /pay/bill",
    "/pay/cancelled": "leads back to the bill",
    "/rehearsal/files": "a part of the rehearsal",
    "/remittances/file/<public_id>": "only for a file that cannot be read",
    "/reports/charts/<name>.svg": "a part of the dashboard",
    "/schedule/<day>": "the schedule of another day",
    "/schedule/<day>/grid": "a part of the schedule",
    "/schedule/<day>/stamp": "for the browser",
    "/schedule/booking-card/<public_id>": "a part of the booking",
    "/schedule/go": "leads to a day",
    "/statements/batches/<public_id>/print": "all statements of a run",
    "/statements/batches/<public_id>/progress": "a part of the run",
    "/visit/<token>": "leads to /visit",
    "/visit/calendar.ics": "a file",
}  # fmt: skip


def pattern(route: str) -> re.Pattern[str]:
    """What an address of the route looks like, with or without a query."""
    # `new` and the like are pages of their own beside the ids.
    ids = re.sub(r"<[^>]+>", r"(?!new\\b|duplicates\\b)[^/?.&\"#]+", route.replace(".", r"\."))
    return re.compile(ids + r"(?:[?#][^\"]*)?")


def plain(route: str) -> str:
    """The route as it is written here: <any('a','b'):what> is <what>."""
    return re.sub(r"<(?:any\([^)]*\):|[a-z]+:)?([a-z_]+)>", r"<\1>", route)
