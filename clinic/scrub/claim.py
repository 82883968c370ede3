"""Edits about the claim as a whole and its payer: K01, K02, K04, K05, K11."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from clinic.scrub.draft import (
    ClaimDraft,
    DraftAuthorization,
    DraftLine,
    EnrolmentState,
    FilingStart,
    Frequency,
    Sequence,
)
from clinic.scrub.findings import Finding, Severity
from clinic.scrub.tables import Tables

MOST_LINES = 50
"""An electronic professional claim takes no more."""

DAYS_OF_WARNING = 15

CLAIM_FILING_CODES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "16",
        "17",
        "AM",
        "BL",
        "CH",
        "CI",
        "DS",
        "FI",
        "HM",
        "LM",
        "MA",
        "MB",
        "MC",
        "OF",
        "TV",
        "VA",
        "WC",
        "ZZ",
    ]
)
CLAIM_FILING_CODES_BY_PAYER_TYPE = {
    "medicare": frozenset({"MA", "MB"}),
    "medicare_advantage": frozenset({"16", "HM", "12", "14", "15", "CI"}),
    "medicaid": frozenset({"MC", "HM"}),
    "bcbs": frozenset({"BL", "12", "13", "14", "15", "HM", "FI"}),
    "commercial": frozenset({"CI", "11", "12", "13", "14", "15", "17", "HM", "DS", "LM"}),
    "hmo": frozenset({"HM", "16"}),
    "ppo": frozenset({"12", "CI"}),
    "tricare": frozenset({"CH"}),
    "va": frozenset({"VA"}),
    "workers_comp": frozenset({"WC"}),
    "auto": frozenset({"AM"}),
    "liability": frozenset({"LM"}),
}
"""Which claim filing codes go with a kind of payer; a kind not listed may have any legal one."""


def check_total(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """The claim has 1 to 50 lines, its total is their sum, and the total is above $0.00.

    A total that differs from its lines is rejected at once. A claim of nothing but zero-charge codes may come to
    $0.00; any other may not.
    """
    if not draft.lines:
        yield Finding(
            "K01", Severity.BLOCK, "lines", "The claim has no service lines.", "Enter what was done."
        )
        return
    if len(draft.lines) > MOST_LINES:
        message = f"The claim has {len(draft.lines)} lines; payers take {MOST_LINES}."
        yield Finding("K01", Severity.BLOCK, "lines", message, "Split the visit into two claims.")
    total = sum((line.charge for line in draft.lines), Decimal("0.00"))
    if total != draft.total:
        message = f"The claim says ${draft.total:,.2f}, its lines come to ${total:,.2f}."
        yield Finding(
            "K01", Severity.BLOCK, "claim.total", message, "Build the claim again from the charge slip."
        )
    if draft.total <= 0 and not all(tables.may_be_zero(line.code, line.service_on) for line in draft.lines):
        message = f"The claim comes to ${draft.total:,.2f}; payers take no claim without a charge."
        yield Finding("K01", Severity.BLOCK, "claim.total", message, "Enter the fees on the lines.")


def check_authorization(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """Where the payer wants prior authorization, the claim carries one that fits.

    Wanted by the payer's own list of codes, or because its eligibility answer said so. The authorization must be of
    this payer and cover the codes, the days, the rendering provider, and enough units and visits; otherwise the
    payer denies (CARC 197, 198). A number that is not on file here cannot be checked: Warn.
    """
    wanted = [line for line in draft.lines if line.code in draft.payer.authorization_codes]
    if not wanted and not draft.authorization_demanded:
        return
    on_file = [each for each in draft.authorizations if each.payer_id == draft.payer.id]
    if not draft.authorization_number:
        what = ", ".join(dict.fromkeys(line.code for line in wanted)) or "this visit"
        message = f"{draft.payer.name} wants prior authorization for {what}, and the claim has none."
        fitting = [each for each in on_file if not any(_authorization_faults(draft, each, wanted))]
        if fitting:
            fix = f"Use authorization {fitting[0].number}, which covers it."
            number = fitting[0].number
            yield Finding("K02", Severity.BLOCK, "authorization.number", message, fix, suggestion=number)
        else:
            fix = "Ask the payer for one and enter its number, or hold the claim until it comes."
            yield Finding("K02", Severity.BLOCK, "authorization.number", message, fix)
        return
    chosen = next((each for each in on_file if each.number == draft.authorization_number), None)
    if chosen is None:
        message = (
            f"Authorization {draft.authorization_number} is not on file for {draft.payer.name}: not checked."
        )
        fix = "Enter it with its codes, dates and units, so that they can be counted."
        yield Finding("K02", Severity.WARN, "authorization.number", message, fix)
        return
    for field, message, fix in _authorization_faults(draft, chosen, wanted):
        yield Finding("K02", Severity.BLOCK, field, message, fix)


def _authorization_faults(
    draft: ClaimDraft, authorization: DraftAuthorization, wanted: list[DraftLine]
) -> Iterator[tuple[str, str, str]]:
    """Field, message and fix for whatever `authorization` does not cover of the lines that want it."""
    number, codes = authorization.number, authorization.codes
    # When only the eligibility answer asked for it, nobody said for which line: one that is named here will do.
    covered = [line for line in wanted or draft.lines if not codes or line.code in codes]
    uncovered = list(dict.fromkeys(line.code for line in wanted if line not in covered))
    if uncovered or not covered:
        what = ", ".join(uncovered) or "any line of this claim"
        message = f"Authorization {number} does not cover {what}."
        yield (
            "authorization.codes",
            message,
            "Ask the payer to add the code, or choose the right authorization.",
        )
    starts_on, ends_on = authorization.starts_on, authorization.ends_on
    outside = [line for line in covered if line.service_on < starts_on or line.last_on > ends_on]
    if outside:
        message = f"Authorization {number} runs {starts_on:%m/%d/%Y} to {ends_on:%m/%d/%Y}; "
        message += f"{outside[0].code} was on {outside[0].service_on:%m/%d/%Y}."
        yield "authorization.dates", message, "Ask the payer to extend it, or choose another."
    if authorization.provider_npi and authorization.provider_npi != draft.rendering_npi:
        message = f"Authorization {number} names another provider than the one who rendered the service."
        yield "authorization.provider", message, "Ask the payer to change the provider, or choose another."
    units = sum((line.units for line in covered), Decimal(0))
    if authorization.units_left is not None and units > authorization.units_left:
        message = (
            f"Authorization {number} has {authorization.units_left} units left, the claim bills {units}."
        )
        yield "authorization.units", message, "Ask the payer for more units, or bill what is left."
    visits = len({line.service_on for line in covered})
    if authorization.visits_left is not None and visits > authorization.visits_left:
        left, allowed = max(authorization.visits_left, 0), authorization.visits_allowed
        of = f"{left} of {allowed}" if allowed is not None else str(left)
        message = f"Authorization {number} has {of} visits left, the claim bills {visits}."
        yield "authorization.units", message, "Ask the payer for more visits, or choose another."


def check_timely_filing(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """The payer's filing limit has not run out.

    The last day still counts; 14 days or fewer before the end bring a Warn, one day past it a Block (CARC 29). An
    original counts from the first day of service; a replacement as the payer counts, from service or from its
    remittance; a claim to the second payer from the first payer's decision. A reason for delay turns the Block into
    a Warn, for the payer may accept it. Without a limit on file the edit cannot check. A void has no limit.
    """
    start, days, what = _filing_clock(draft)
    if start is None:
        return
    if days is None:
        message = f"Not checked: no filing limit for {what} is on file for {draft.payer.name}."
        fix = "Enter the limit from the payer's manual."
        yield Finding("K04", Severity.INFO, "payer.filing_days", message, fix)
        return
    deadline = start + timedelta(days=days)
    left = (deadline - draft.today).days
    if left < 0:
        severity = Severity.WARN if draft.delay_reason_code else Severity.BLOCK
        message = f"The filing limit of {draft.payer.name} ended on {deadline:%m/%d/%Y}, {-left} days ago."
        fix = "Attach the proof of timely filing and give a reason for delay, or write the claim off."
        yield Finding("K04", severity, "claim.filing", message, fix)
    elif left < DAYS_OF_WARNING:
        when = "today" if left == 0 else f"in {left} days, on {deadline:%m/%d/%Y}"
        message = f"The filing limit of {draft.payer.name} ends {when}."
        yield Finding("K04", Severity.WARN, "claim.filing", message, "Send the claim now.")


def _filing_clock(draft: ClaimDraft) -> tuple[date | None, int | None, str]:
    """The day the limit counts from, its days, and what kind of limit; the day is None when none applies."""
    payer = draft.payer
    if draft.frequency == Frequency.REPLACEMENT:
        from_remittance = payer.corrected_counts_from is FilingStart.REMITTANCE
        start = draft.original_adjudicated_on if from_remittance else draft.service_on
        return start, payer.filing_days_corrected, "corrected claims"
    if draft.sequence is not Sequence.PRIMARY and draft.prior_payer_adjudicated_on is not None:
        return draft.prior_payer_adjudicated_on, payer.filing_days_secondary, "secondary claims"
    return draft.service_on, payer.filing_days_original, "original claims"


def check_frequency(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """A replacement (7) or void (8) names the payer's own claim number, an original (1) does not.

    Without the number the payer takes a replacement for a new claim and denies it as a duplicate. A claim that the
    payer has not decided cannot be replaced or voided yet. A payer that takes no replacements brings a Warn.
    """
    field = "claim.payer_claim_number"
    if draft.frequency == Frequency.ORIGINAL:
        if draft.payer_claim_number:
            message = "An original claim names an earlier claim of the payer."
            fix = "Make it a replacement (7) or a void (8), or take the payer's claim number off."
            yield Finding("K05", Severity.BLOCK, field, message, fix)
        return
    if not draft.is_correction:
        message = f"Frequency {draft.frequency or 'blank'} is not known here."
        fix = "Use 1 original, 7 replacement or 8 void."
        yield Finding("K05", Severity.BLOCK, "claim.frequency", message, fix)
        return
    kind = "void" if draft.is_void else "replacement"
    if not draft.original_adjudicated:
        message = f"A {kind} of a claim that {draft.payer.name} has not decided yet."
        fix = "Wait for the remittance; a rejected claim goes out again as it was, with its own frequency."
        yield Finding("K05", Severity.BLOCK, "claim.frequency", message, fix)
    elif not draft.payer_claim_number:
        message = f"A {kind} needs the payer's number of the claim it stands for."
        yield Finding("K05", Severity.BLOCK, field, message, "Take the number from the remittance.")
    if not draft.payer.accepts_replacements:
        message = f"{draft.payer.name} is set up as a payer that takes no {kind}s."
        fix = "Ask for a reopening or an appeal instead."
        yield Finding("K05", Severity.WARN, "claim.frequency", message, fix)


def check_payer_set_up(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """The payer can be sent to: active, with its electronic ID, enrolled, and with the right claim filing code.

    An unknown payer ID or an enrolment that has not begun is rejected before the payer sees the claim. The claim
    filing code tells the kind of plan; one of another kind sends the claim to the wrong door.
    """
    payer = draft.payer
    if not payer.is_active:
        message = f"{payer.name} is switched off, and no claims go to it."
        yield Finding(
            "K11", Severity.BLOCK, "payer.active", message, "Choose the right payer on the coverage."
        )
    if not payer.electronic_id:
        message = f"{payer.name} has no electronic payer ID."
        fix = "Enter the ID from the clearinghouse's payer list."
        yield Finding("K11", Severity.BLOCK, "payer.electronic_id", message, fix)
    fault = _enrolment_fault(draft)
    if fault:
        fix = "Complete the enrolment and enter its date, or note that this payer needs none; hold the claim till then."
        yield Finding("K11", Severity.BLOCK, "payer.enrolment", fault, fix)
    legal = CLAIM_FILING_CODES_BY_PAYER_TYPE.get(payer.payer_type, CLAIM_FILING_CODES)
    if payer.claim_filing_code not in legal:
        message = f"Claim filing code {payer.claim_filing_code or 'blank'} does not fit {payer.name}."
        suggestion = next(iter(legal)) if len(legal) == 1 else ""
        fix = f"Use one of {', '.join(sorted(legal))}."
        yield Finding("K11", Severity.BLOCK, "payer.claim_filing_code", message, fix, suggestion=suggestion)


def _enrolment_fault(draft: ClaimDraft) -> str:
    """Why claims may not go to the payer yet, or empty text."""
    name, enrolment = draft.payer.name, draft.enrolment
    if enrolment is None:
        return f"No enrolment for sending claims to {name} is on file."
    if enrolment.state is EnrolmentState.ASKED:
        return f"The enrolment for sending claims to {name} was asked for and is not granted yet."
    if enrolment.state is EnrolmentState.ENDED:
        return f"The enrolment for sending claims to {name} has ended."
    starts_on = enrolment.effective_on
    if enrolment.state is EnrolmentState.ACTIVE and starts_on is not None and draft.today < starts_on:
        return f"The enrolment for sending claims to {name} starts on {starts_on:%m/%d/%Y}."
    return ""
