"""Which role may do what: one table, golden in a test (trust T5)."""

ROLES = {
    "front_desk": "Front desk",
    "clinician": "Clinician",
    "biller": "Billing",
    "manager": "Manager",
    "admin": "Administrator",
}

HOMES = {
    "front_desk": "desk.index",
    "clinician": "charges.index",
    "biller": "claims.index",
    "manager": "reports.index",
    "admin": "admin.index",
}

_TABLE = {
    "account.own": "front_desk clinician biller manager admin",
    "schedule.view": "front_desk clinician biller manager",
    "schedule.book": "front_desk manager",
    "schedule.overbook": "front_desk manager",
    "schedule.block": "front_desk manager",
    "schedule.rules": "manager admin",
    "fee.waive": "manager",
    "patient.view": "front_desk clinician biller manager",
    "patient.edit": "front_desk biller manager",
    "patient.merge": "biller manager",
    "eligibility.check": "front_desk biller manager",
    "authorization.edit": "front_desk biller manager",
    "visit.check_in": "front_desk manager",
    "visit.pass_gate": "front_desk manager",
    "visit.flow": "front_desk clinician manager",
    "visit.see": "clinician manager",
    "estimate.make": "front_desk biller manager",
    "payment.collect": "front_desk biller manager",
    "drawer.own": "front_desk biller manager",
    "charge.edit": "clinician biller",
    "charge.sign": "clinician biller",
    "claim.view": "biller manager",
    "claim.work": "biller",
    "claim.send": "biller",
    "remittance.view": "biller manager",
    "remittance.post": "biller",
    "remittance.post_unbalanced": "manager",
    "edi.view": "biller manager",
    "ledger.view": "front_desk biller manager",
    "ledger.post_payment": "biller",
    "ledger.write_off": "biller manager",
    "ledger.refund": "biller manager",
    "ledger.reverse": "biller manager",
    "statement.run": "biller manager",
    "report.view": "manager",
    "report.day_sheet": "front_desk biller manager",
    "day.close": "manager",
    "clock.advance": "manager admin",
    "payer.view": "biller manager admin",
    "payer.edit": "biller admin",
    "fee.edit": "manager admin",
    "practice.edit": "biller admin",
    "user.edit": "admin",
    "audit.view": "manager admin",
    "audit.verify": "manager admin",
    "message.view": "front_desk biller manager",
    "message.send": "front_desk biller manager",
    "task.work": "front_desk biller manager",
    "reminder.edit": "manager admin",
    "feed.edit": "clinician manager admin",
    "mail.sink": "front_desk biller manager admin",
}
PERMISSIONS = {name: frozenset(roles.split()) for name, roles in _TABLE.items()}


def allows(role: str, permission: str) -> bool:
    """Whether a role holds a permission; an unknown permission is a programming error."""
    return role in PERMISSIONS[permission]
