"""What the list and the panel show, put together once for page and fragment alike."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flask import request, url_for
from flask_login import current_user
from sqlalchemy import select

from clinic import claims, clock, db, ledger
from clinic.blueprints.claims.forms import FilterForm, authorizations_of, forms_of
from clinic.blueprints.claims.links import address, field_link
from clinic.charges import fees
from clinic.claims import denials
from clinic.claims.drafting import LOADED
from clinic.claims.worklist import Filters
from clinic.models import (
    Authorization,
    Claim,
    ClaimEvent,
    ClaimFinding,
    Denial,
    Payer,
    RenderingProvider,
    User,
)
from clinic.web import get_or_404, viewed
from clinic.x12 import codes

TONES = {
    "adjudicated": "ok",
    "accepted": "ok",
    "receipt": "ok",
    "sent": "info",
    "queued": "info",
    "rejected": "danger",
    "unwritable": "danger",
    "reversed": "warn",
    "held": "warn",
}
TITLES = {
    "created": "Made",
    "scrubbed": "Checked",
    "receipt": "Received",
    "accepted": "Accepted by payer",
    "rejected": "Rejected",
    "sent": "Sent",
    "queued": "In line",
    "adjudicated": "Decided",
    "reversed": "Taken back",
    "next_action": "Next step",
    "to_patient": "Billed to patient",
    "written_off": "Written off",
    "unwritable": "Not sent",
    "mended": "To be sent again",
}


class Shown(NamedTuple):
    """A finding with the address of the field that mends it."""

    finding: ClaimFinding
    url: str


class Denied(NamedTuple):
    """What the payer said no to, once for all lines with the same reason."""

    code: str
    remarks: str
    words: str
    lines: str
    amount: Decimal


class Happened(NamedTuple):
    """One line of the timeline."""

    event: ClaimEvent
    title: str
    tone: str
    by: str


def load(public_id: str) -> Claim:
    """The claim with everything the panel shows, or 404."""
    return get_or_404(Claim, public_id, *LOADED)


def panel_of(claim: Claim, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """The context of `_claim.html`; also puts on record that the patient was shown."""
    session = db.session()
    viewed("claim", claim.patient_id, subject=f"claim:{claim.control_number}")
    balances = ledger.charge_balances(session, [line.charge_id for line in claim.lines])
    open_denials = denials.open_denials(session, claim)
    on_file = authorizations_of(session, claim)
    findings = [
        Shown(row, address(field_link(claim, row.field, has_authorizations=bool(on_file))))
        for row in sorted(
            claim.findings, key=lambda row: ("Block Warn Info".index(row.severity), row.line or 0)
        )
    ]
    due_on = min((row.due_on for row in open_denials), default=claim.filing_due_on)
    return {
        "claim": claim,
        "state": claims.STATES[claim.state],
        "findings": findings,
        "balances": balances,
        "words": fees.describe(session, [line.charge.code for line in claim.lines], claim.service_on),
        "happened": _timeline(claim),
        "denials": _denied(claim, open_denials),
        "covering": _covering(claim, on_file, open_denials),
        "due_on": due_on,
        "days_left": (due_on - clock.today()).days,
        "expected": _expected(claim),
        "owner": next(iter(session.scalars(select(User.name).where(User.id == claim.owner_id))), "Nobody"),
        "forms": forms_of(session, claim, given),
        "replaced": session.get(Claim, claim.replaces_id) if claim.replaces_id else None,
        "replacement": session.scalar(select(Claim).where(Claim.replaces_id == claim.id).limit(1)),
        "patient_share": denials.patient_share(session, claim) if open_denials else Decimal("0.00"),
        "billable": bool(open_denials) and all(row.group_code == "PR" for row in open_denials),
        "replaceable": claim.state in claims.REPLACEABLE and bool(claim.payer_claim_number),
        "holdable": claim.state in claims.HOLDABLE,
        "unsent": claim.state in claims.UNSENT,
    }


def _timeline(claim: Claim) -> list[Happened]:
    query = (
        select(ClaimEvent, User.name)
        .outerjoin(User, User.id == ClaimEvent.user_id)
        .where(ClaimEvent.claim_id == claim.id)
        .order_by(ClaimEvent.at.desc(), ClaimEvent.id.desc())
    )
    made = []
    for event, name in db.session.execute(query):
        title = TITLES.get(event.kind, event.kind.replace("_", " ").capitalize())
        tone = TONES.get(event.kind, "")
        if event.kind == "adjudicated":
            decided = claims.STATES[event.details.get("outcome") or event.to_state]
            title, tone = decided.label, decided.tone
        if event.kind == "scrubbed":
            tone = "danger" if event.to_state == "scrub_failed" else "ok"
        made.append(Happened(event, title, tone, name or ""))
    return made


def _denied(claim: Claim, rows: Sequence[Denial]) -> list[Denied]:
    places = {line.charge_id: str(line.position) for line in claim.lines}
    groups: dict[tuple[str, str], list[Denial]] = {}
    for row in rows:
        groups.setdefault((f"{row.group_code}-{row.reason_code}", row.remark_codes), []).append(row)
    made = []
    for (code, remarks), same in groups.items():
        numbers = sorted(places[row.charge_id] for row in same if row.charge_id in places)
        lines = (
            f"Line{'s' if len(numbers) > 1 else ''} {' and '.join(numbers)}."
            if numbers
            else "The whole claim."
        )
        words = [codes.describe_carc(same[0].reason_code)]
        words += [codes.describe_rarc(remark) for remark in remarks.split()]
        amount = sum((row.amount for row in same), Decimal("0.00"))
        made.append(Denied(code, remarks, ". ".join(dict.fromkeys(words)), lines, amount))
    return made


def _covering(claim: Claim, on_file: Sequence[Authorization], rows: Sequence[Denial]) -> list[Authorization]:
    """Authorizations in our own files that answer a denial for want of one."""
    if not any(row.category == "Authorization" for row in rows):
        return []
    billed = {line.charge.code for line in claim.lines}
    return [
        row
        for row in on_file
        if row.id != claim.authorization_id
        and row.starts_on <= claim.service_on <= row.ends_on
        and (not row.codes or billed & set(row.codes))
    ]


def _expected(claim: Claim) -> Decimal | None:
    """What the payer's contract says for all lines; None when one line is not in it."""
    session = db.session()
    total = Decimal("0.00")
    for line in claim.lines:
        charge = line.charge
        fee = fees.fee(session, charge.code, charge.modifiers, claim.service_on, claim.payer_id)
        if fee is None:
            return None
        total += fee * charge.units
    return total


def filters_of(form: FilterForm) -> Filters:
    """The filters of the address; what cannot be read filters nothing and says so at its field."""
    form.validate()
    session = db.session()

    def row_id(model: Any, public_id: str) -> int | None:
        return session.scalar(select(model.id).where(model.public_id == public_id)) if public_id else None

    owner: int | None = None
    if form.owner.data == "me":
        owner = current_user.id
    elif form.owner.data == "none":
        owner = 0
    elif form.owner.data:
        owner = row_id(User, form.owner.data)
    return Filters(
        payer_id=row_id(Payer, form.payer.data or ""),
        provider_id=row_id(RenderingProvider, form.provider.data or ""),
        service_from=form.from_.data,
        service_to=form.to.data,
        over=form.over.data,
        owner_id=owner,
        silent=bool(form.silent.data),
        due_soon=bool(form.soon.data),
    )


def with_args(endpoint: str, **changes: Any) -> str:
    """This page's address with some arguments changed; None takes one out."""
    values = {name: value for name, value in request.args.items() if value} | changes
    return url_for(endpoint, **{name: value for name, value in values.items() if value is not None})


def filters_on(form: FilterForm, endpoint: str) -> Sequence[tuple[str, str, str]]:
    """Each filter that is on: name, value in words, the address without it."""
    made = []
    for name, words in (("payer", "Payer"), ("provider", "Provider"), ("owner", "Owner")):
        field = form[name]
        label = next((each.label for each in field.choices if each.value == field.data), "")
        if field.data and label:
            made.append((words, label, with_args(endpoint, **{name: None, "page": None, "open": None})))
    for name, words in (("from", "Visit from"), ("to", "Visit to"), ("over", "Over")):
        field = form["from_" if name == "from" else name]
        if field.data is not None:
            made.append(
                (words, field._value(), with_args(endpoint, **{name: None, "page": None, "open": None}))
            )
    for name, words in (("silent", "No answer in 30 days"), ("soon", "Due in 7 days")):
        if form[name].data:
            made.append((words, "", with_args(endpoint, **{name: None, "page": None, "open": None})))
    return made
