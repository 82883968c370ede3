"""Edits about codes that meet on one day: L07, L09, L13.

The modifier sets are CMS's and change seldom; a change is a new version of the edit.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

from clinic.scrub.draft import ClaimDraft, DraftLine, OtherClaim
from clinic.scrub.findings import Finding, Severity, not_checked
from clinic.scrub.tables import ADD_ON, GLOBAL_DAYS, NCCI, NCCIPair, Tables

PairLookUp = Callable[[str, str, date], NCCIPair | None]

VISIT_RANGES = (("99202", "99499"), ("92002", "92014"))
"""Evaluation and management codes, with the eye visits that follow the same modifier rules."""

ANATOMIC_MODIFIERS = frozenset(
    [
        "LT",
        "RT",
        "E1",
        "E2",
        "E3",
        "E4",
        "FA",
        "F1",
        "F2",
        "F3",
        "F4",
        "F5",
        "F6",
        "F7",
        "F8",
        "F9",
        "TA",
        "T1",
        "T2",
        "T3",
        "T4",
        "T5",
        "T6",
        "T7",
        "T8",
        "T9",
        "LC",
        "LD",
        "LM",
        "RC",
        "RI",
    ]
)
SEPARATE_MODIFIERS = frozenset({"27", "58", "59", "78", "79", "91", "XE", "XP", "XS", "XU"})
VISIT_MODIFIERS = frozenset({"24", "25", "57"})
"""These open a pair only on the visit's own line."""

MODIFIER_BY_GLOBAL_DAYS = {"000": "25", "010": "25", "090": "57"}
"""What the visit carries on the day of a procedure with that many days in its price."""

DAYS_AFTER = {"010": 10, "090": 90}


def is_visit(code: str) -> bool:
    """Whether a code is a visit (evaluation and management)."""
    return len(code) == 5 and any(first <= code <= last for first, last in VISIT_RANGES)


def check_code_pairs(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """No two services of one day form an NCCI pair, unless the pair allows a modifier and one stands there.

    Of a pair the payer pays the first column and denies the second (CARC 97). Indicator 0 means never together, 1
    means together when a modifier tells why (another site, another encounter), 9 is not applied. Medicare reads the
    modifier on either code, others often only on the second column: there it brings a Warn. Lines of other claims
    of that day by the same provider count too. A visit that owes 25 or 57 is L09's finding and is not said twice.
    """
    lines = draft.lines
    pairs: list[tuple[DraftLine, DraftLine, str]] = [
        (first, second, "")
        for first, second in combinations(lines, 2)
        if first.service_on == second.service_on
    ]
    pairs += [(line, other, label) for line in lines for other, label in _lines_elsewhere(draft, line)]
    if tables.ncci is None:
        if pairs:
            yield not_checked("L07", NCCI)
        return
    for first, second, elsewhere in pairs:
        if _visit_modifier_owed(first, second, tables):
            continue
        # A visit on another claim has no line here for L09 to speak of, so the pair keeps its finding.
        if not elsewhere and _visit_modifier_owed(second, first, tables):
            continue
        pair = _pair(first.code, second.code, first.service_on, tables.ncci)
        if pair is not None:
            finding = _pair_finding(draft, tables, pair, first, second, elsewhere)
            if finding is not None:
                yield finding


def _pair_finding(
    draft: ClaimDraft, tables: Tables, pair: NCCIPair, first: DraftLine, second: DraftLine, elsewhere: str
) -> Finding | None:
    """What a pair in force means for these two lines; `first` is always a line of this claim."""
    column_1, column_2 = (first, second) if first.code == pair.column_1 else (second, first)
    # A line of another claim cannot be mended here, so the finding stands at this claim's own line.
    at = first if elsewhere else column_2
    where = f" (on claim {elsewhere})" if elsewhere else ""
    both = f"{column_1.code} and {column_2.code} on one day{where}"
    if pair.indicator == "0":
        message = f"{both} are never paid together: {column_2.code} is part of {column_1.code}."
        fix = f"Remove {column_2.code}; no modifier separates this pair."
        return Finding("L07", Severity.BLOCK, f"lines.{at.number}.code", message, fix, at.number)
    if pair.indicator == "9" or _separates(column_2, column_1):
        return None
    if not _separates(column_1, column_2):
        visit = next((line for line in (column_1, column_2) if _is_whole_visit(line, tables)), None)
        return _unseparated(visit, column_1, column_2, at, both, elsewhere)
    if draft.payer.is_medicare:
        return None
    message = (
        f"{both}: the modifier stands on {column_1.code}, and many payers read it on {column_2.code} only."
    )
    fix = f"Move the modifier to {column_2.code}."
    return Finding("L07", Severity.WARN, f"lines.{at.number}.modifiers", message, fix, at.number)


def _unseparated(
    visit: DraftLine | None,
    column_1: DraftLine,
    column_2: DraftLine,
    at: DraftLine,
    both: str,
    elsewhere: str,
) -> Finding:
    """A pair without a modifier: a visit in it gets 25, any other second column a modifier that tells the site."""
    if visit is None:
        message = (
            f"{both} are an NCCI pair: {column_2.code} is paid only with a modifier that separates them."
        )
        fix = f"If it was another site or encounter, add XS, XE, XP, XU or 59 to {column_2.code}; else remove it."
        return Finding("L07", Severity.BLOCK, f"lines.{at.number}.modifiers", message, fix, at.number)
    message = f"{both} are an NCCI pair: the visit needs modifier 25."
    fix = f"Add 25 to {visit.code} if the note shows a visit of its own, else remove the visit."
    is_ours = not elsewhere or visit is at
    line = visit if is_ours else at
    return Finding(
        "L07",
        Severity.BLOCK,
        f"lines.{line.number}.modifiers",
        message,
        fix,
        line.number,
        "25" if is_ours else "",
    )


def check_visit_modifiers(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """A visit on the day of a procedure says with its modifier that it was a visit of its own.

    25 beside a procedure with 0 or 10 days in its price, 57 where the visit decided on a surgery with 90 days (on its
    day or the day before). Without it the visit is denied as part of the procedure (CARC 97). 25 on a visit with
    nothing else that day draws audits: Warn. A visit within the days after a surgery by the same provider is part of
    its price unless 24 says that it had another reason: Warn.
    """
    visits = [line for line in draft.lines if _is_whole_visit(line, tables)]
    unloaded = False
    for visit in visits:
        others = [line for line in draft.lines if line is not visit]
        others += [line for claim in _same_provider(draft) for line in _as_lines(claim)]
        same_day = [line for line in others if line.service_on == visit.service_on]
        field = f"lines.{visit.number}.modifiers"
        if "25" in visit.modifiers and not same_day:
            message = f"{visit.code} has modifier 25, and nothing else was done that day."
            yield Finding("L09", Severity.WARN, field, message, "Take 25 off.", visit.number)
        if tables.global_days is None:
            unloaded = unloaded or bool(others)
            continue
        owed = next((line for line in others if _visit_modifier_owed(visit, line, tables)), None)
        if owed is not None:
            modifier = MODIFIER_BY_GLOBAL_DAYS[_global_days(owed, tables)]
            day = "the same day" if owed.service_on == visit.service_on else "the day before"
            message = f"{visit.code} and {owed.code}: a visit on {day} needs modifier {modifier}."
            fix = f"Add {modifier} if the note shows a visit of its own, else remove the visit."
            yield Finding("L09", Severity.BLOCK, field, message, fix, visit.number, modifier)
        surgery = next((line for line in others if _is_within_price(visit, line, tables)), None)
        if surgery is not None and "24" not in visit.modifiers:
            message = f"{visit.code} falls in the days after {surgery.code} of {surgery.service_on:%m/%d/%Y}."
            fix = (
                "Add 24 if the visit had another reason; a follow-up is part of the surgery's price (99024)."
            )
            yield Finding("L09", Severity.WARN, field, message, fix, visit.number)
    if unloaded:
        yield not_checked("L09", GLOBAL_DAYS)


def check_add_ons(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """An add-on code stands with its primary code, on the same day by the same provider.

    Add-on codes are never paid alone (CARC 107, or 97). The primary may stand on another claim of that day. Where
    the CMS file leaves the primaries to the payer, any other service that is no add-on will do.
    """
    if tables.add_on is None:
        if draft.lines:
            yield not_checked("L13", ADD_ON)
        return
    for line in draft.lines:
        primaries = tables.add_on(line.code, line.service_on)
        if primaries is None:
            continue
        others = [other for other in draft.lines if other is not line and other.service_on == line.service_on]
        others += [other for other, _ in _lines_elsewhere(draft, line)]
        if primaries:
            holds = any(other.code in primaries for other in others)
        else:
            holds = any(not _is_add_on(other, tables) for other in others)
        if not holds:
            message = f"{line.code} is an add-on code, and the service it adds to is missing."
            some = ", ".join(sorted(primaries)[:5])
            fix = (
                f"Add the primary service ({some}{' …' if len(primaries) > 5 else ''})"
                if some
                else "Add the primary"
            )
            fix += f" of {line.service_on:%m/%d/%Y}, or remove the add-on."
            yield Finding("L13", Severity.BLOCK, f"lines.{line.number}.code", message, fix, line.number)


def _pair(code: str, other: str, on: date, ncci: PairLookUp) -> NCCIPair | None:
    if code == other:
        return None
    return ncci(code, other, on) or ncci(other, code, on)


def _separates(line: DraftLine, other: DraftLine) -> bool:
    """Whether a modifier of `line` sets it apart from `other`. The same side on both lines is no other site."""
    own = set(line.modifiers)
    if own & SEPARATE_MODIFIERS or (is_visit(line.code) and own & VISIT_MODIFIERS):
        return True
    # A visit modifier counts on the visit whichever column it is, so the procedure's side of the pair holds too.
    if is_visit(other.code) and VISIT_MODIFIERS.intersection(other.modifiers):
        return True
    return bool((own - set(other.modifiers)) & ANATOMIC_MODIFIERS)


def _visit_modifier_owed(visit: DraftLine, procedure: DraftLine, tables: Tables) -> bool:
    """Whether `visit` lacks the modifier that `procedure` asks of it."""
    if not _is_whole_visit(visit, tables):
        return False
    days = _global_days(procedure, tables)
    modifier = MODIFIER_BY_GLOBAL_DAYS.get(days)
    nearest = visit.service_on + timedelta(days=1) if days == "090" else visit.service_on
    met = visit.service_on <= procedure.service_on <= nearest
    return met and modifier is not None and modifier not in visit.modifiers


def _is_within_price(visit: DraftLine, surgery: DraftLine, tables: Tables) -> bool:
    """Whether `visit` lies in the days after `surgery` that its price holds."""
    days = DAYS_AFTER.get(_global_days(surgery, tables), 0)
    return 0 < (visit.service_on - surgery.service_on).days <= days


def _global_days(line: DraftLine, tables: Tables) -> str:
    return (tables.global_days and tables.global_days(line.code, line.service_on)) or ""


def _is_whole_visit(line: DraftLine, tables: Tables) -> bool:
    """A visit that carries visit modifiers itself, not an add-on that lengthens one."""
    return is_visit(line.code) and not _is_add_on(line, tables)


def _is_add_on(line: DraftLine, tables: Tables) -> bool:
    return tables.add_on is not None and tables.add_on(line.code, line.service_on) is not None


def _same_provider(draft: ClaimDraft) -> Iterator[OtherClaim]:
    for claim in draft.standing_claims():
        if claim.rendering_npi == draft.rendering_npi:
            yield claim


def _lines_elsewhere(draft: ClaimDraft, line: DraftLine) -> Iterator[tuple[DraftLine, str]]:
    """Lines of the same day and provider on other standing claims, each with its claim's label."""
    for claim in _same_provider(draft):
        for other in _as_lines(claim):
            if other.service_on == line.service_on:
                yield other, claim.label


def _as_lines(claim: OtherClaim) -> Iterator[DraftLine]:
    """The lines of another claim in the shape of the draft's; they have no diagnoses here, and number 0."""
    for line in claim.lines:
        yield DraftLine(0, line.code, line.modifiers, (), Decimal(1), line.charge, line.service_on)
