"""Every promise about money and history, recomputed from the journal and the catalog (trust T2, T3).

Each check is one set-wise query that returns what is wrong; no rows means that the promise holds. Nothing is
mended here: a difference is a fault to be found, not to be papered over.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic import audit
from clinic.models.database_rules import APPEND_ONLY, APPLICATION_ROLE, FUNCTIONS, RULES

FEW = 1000


@dataclass(frozen=True)
class CheckResult:
    """One promise: whether it holds, in a sentence, and the first row that breaks it."""

    name: str
    ok: bool
    detail: str
    first_wrong: str | None = None


@dataclass(frozen=True)
class MoneyCheck:
    """A promise about amounts: `wrong` selects (what, expected, found) in cents, one row for each breach."""

    name: str
    holds: str
    wrong: str


MONEY_CHECKS = (
    MoneyCheck(
        "every entry sums to zero",
        "each entry has two postings or more, and they sum to zero (B1)",
        """SELECT 'journal_entry ' || e.id, 0, COALESCE(SUM(p.amount), 0)
             FROM journal_entry e LEFT JOIN posting p ON p.entry_id = e.id
            GROUP BY e.id HAVING COALESCE(SUM(p.amount), 0) <> 0 OR COUNT(p.id) < 2 ORDER BY e.id""",
    ),
    MoneyCheck(
        "all postings sum to zero",
        "the whole journal sums to zero (B1)",
        "SELECT 'posting', 0, SUM(amount) FROM posting HAVING SUM(amount) <> 0",
    ),
    MoneyCheck(
        "open balances equal the journal",
        "each charge's balances, rebuilt from its postings, equal the cached ones (B1, B3)",
        """WITH rebuilt AS (
             SELECT charge_id, CASE account WHEN 'insurance_receivable' THEN 'insurance' ELSE 'patient' END AS bucket,
                    SUM(amount) AS amount
               FROM posting WHERE account IN ('insurance_receivable', 'patient_receivable') GROUP BY 1, 2)
           SELECT 'charge ' || COALESCE(r.charge_id, o.charge_id) || ' ' || COALESCE(r.bucket, o.bucket),
                  COALESCE(r.amount, 0), o.amount
             FROM rebuilt r FULL JOIN open_item o ON o.charge_id = r.charge_id AND o.bucket = r.bucket
            WHERE COALESCE(r.amount, 0) IS DISTINCT FROM o.amount
            ORDER BY COALESCE(r.charge_id, o.charge_id), COALESCE(r.bucket, o.bucket)""",
    ),
    MoneyCheck(
        "open balances belong to their patient",
        "each open balance names the patient and the date of service of its visit (B2, B3)",
        """SELECT 'charge ' || o.charge_id || ' ' || o.bucket, e.patient_id, o.patient_id
             FROM open_item o JOIN charge c ON c.id = o.charge_id JOIN encounter e ON e.id = c.encounter_id
            WHERE o.patient_id <> e.patient_id OR o.service_on <> e.service_on ORDER BY o.charge_id, o.bucket""",
    ),
    MoneyCheck(
        "unapplied money equals the journal",
        "each receipt's rest, rebuilt from its postings, equals the cached one (B4)",
        """WITH rebuilt AS (
             SELECT receipt_id, -SUM(amount) AS amount FROM posting WHERE account = 'unapplied_patient' GROUP BY 1)
           SELECT 'receipt ' || COALESCE(r.receipt_id, u.receipt_id), COALESCE(r.amount, 0), u.amount
             FROM rebuilt r FULL JOIN unapplied_item u ON u.receipt_id = r.receipt_id
            WHERE COALESCE(r.amount, 0) IS DISTINCT FROM u.amount OR u.amount < 0
            ORDER BY COALESCE(r.receipt_id, u.receipt_id)""",
    ),
    MoneyCheck(
        "receipts are applied, unapplied or refunded",
        "the amount of each receipt, unless reversed, is what it paid + what is left + what was refunded (B4)",
        # Applied money is read from what patients owe, refunds from cash, the rest from the cache: three paths.
        """WITH moved AS (
             SELECT p.receipt_id,
                    -SUM(p.amount) FILTER (WHERE p.account = 'patient_receivable') AS applied,
                    -SUM(p.amount) FILTER (WHERE p.account = 'cash' AND COALESCE(o.kind, e.kind) = 'refund') AS refunded,
                    SUM(p.amount) FILTER (WHERE p.account = 'cash' AND COALESCE(o.kind, e.kind) = 'patient_receipt')
                      AS received,
                    BOOL_OR(e.kind = 'reversal' AND o.kind = 'patient_receipt') AS reversed
               FROM posting p JOIN journal_entry e ON e.id = p.entry_id
               LEFT JOIN journal_entry o ON o.id = e.reverses_id
              WHERE p.receipt_id IS NOT NULL GROUP BY 1),
           sums AS (
             SELECT r.id, r.number, CASE WHEN COALESCE(m.reversed, false) THEN 0 ELSE r.amount END AS amount,
                    COALESCE(m.received, 0) AS received, COALESCE(m.applied, 0) AS applied,
                    COALESCE(m.refunded, 0) AS refunded, COALESCE(u.amount, 0) AS rest
               FROM receipt r LEFT JOIN moved m ON m.receipt_id = r.id
               LEFT JOIN unapplied_item u ON u.receipt_id = r.id)
           SELECT 'receipt ' || number, amount, applied + rest + refunded FROM sums
            WHERE amount <> applied + rest + refunded OR amount <> received
               OR applied < 0 OR refunded < 0 OR rest < 0 ORDER BY id""",
    ),
    MoneyCheck(
        "no receipt gets more back from a charge than it paid",
        "what each receipt paid on each charge is zero or more (B4)",
        """SELECT 'receipt ' || receipt_id || ' charge ' || charge_id, 0, SUM(amount) FROM posting
            WHERE account = 'unapplied_patient' AND charge_id IS NOT NULL
            GROUP BY receipt_id, charge_id HAVING SUM(amount) < 0 ORDER BY receipt_id, charge_id""",
    ),
    MoneyCheck(
        "charges are paid, adjusted or open",
        "each charge's amount is what was paid + what was adjusted + what is open (B3)",
        # Every posting that touches a charge names it, so each charge is an account book of its own.
        """WITH books AS (
             SELECT charge_id, -SUM(amount) FILTER (WHERE account = 'revenue') AS charged,
                    SUM(amount) FILTER (WHERE account <> 'revenue') AS rest
               FROM posting WHERE charge_id IS NOT NULL GROUP BY 1),
           posted AS (SELECT DISTINCT charge_id FROM open_item)
           SELECT 'charge ' || c.id, CASE WHEN b.charged = 0 THEN 0 ELSE c.amount END, COALESCE(b.rest, 0)
             FROM posted JOIN charge c ON c.id = posted.charge_id LEFT JOIN books b ON b.charge_id = c.id
            WHERE COALESCE(b.charged, 0) <> COALESCE(b.rest, 0)
               OR COALESCE(b.charged, 0) NOT IN (0, c.amount)
               OR (b.charged IS NULL AND c.amount <> 0) ORDER BY c.id""",
    ),
    MoneyCheck(
        "remittances equal their cash",
        "the cash of each posted remittance is what the payer said it paid, and none once it is reversed (R4)",
        """SELECT 'remittance ' || r.id, CASE WHEN r.state = 'posted' THEN r.amount ELSE 0 END, COALESCE(SUM(p.amount), 0)
             FROM remittance r LEFT JOIN journal_entry e ON e.remittance_id = r.id
             LEFT JOIN posting p ON p.entry_id = e.id AND p.account = 'cash'
            WHERE r.state IN ('posted', 'reversed') GROUP BY r.id
           HAVING COALESCE(SUM(p.amount), 0) <> CASE WHEN r.state = 'posted' THEN r.amount ELSE 0 END
            ORDER BY r.id""",
    ),
    MoneyCheck(
        "reversals are exact opposites",
        "each reversal moves every account of its entry back, to the cent (R27)",
        """SELECT 'journal_entry ' || r.id, 0, SUM(p.amount)
             FROM journal_entry r
             JOIN posting p ON p.entry_id IN (r.id, r.reverses_id)
            WHERE r.reverses_id IS NOT NULL
            GROUP BY r.id, p.account, COALESCE(p.charge_id, 0), COALESCE(p.receipt_id, 0)
           HAVING SUM(p.amount) <> 0 ORDER BY r.id""",
    ),
    MoneyCheck(
        "closed days are unchanged",
        "no entry was added to a day after its close (B12)",
        """SELECT 'day ' || d.closed_on, (d.totals ->> 'entries')::bigint, COUNT(e.id)
             FROM day_close d LEFT JOIN journal_entry e ON e.posted_on = d.closed_on
            WHERE d.totals ? 'entries' GROUP BY d.closed_on
           HAVING COUNT(e.id) <> (d.totals ->> 'entries')::bigint ORDER BY d.closed_on""",
    ),
)


def checks(session: Session) -> Iterator[CheckResult]:
    """Recompute every promise, one result each; reads only, and holds no lock."""
    for check in MONEY_CHECKS:
        yield _money(session, check)
    yield _audit_chain(session)
    for name, holds, wrong in CATALOG_CHECKS:
        faults = wrong(session)
        yield CheckResult(name, not faults, faults[0] if faults else holds, faults[0] if faults else None)


def _money(session: Session, check: MoneyCheck) -> CheckResult:
    wrong = session.execute(text(check.wrong)).fetchmany(FEW + 1)
    if not wrong:
        return CheckResult(check.name, True, check.holds)
    what, should, found = wrong[0]
    count = str(len(wrong)) if len(wrong) <= FEW else f"more than {FEW}"
    detail = f"{count} wrong; first {what}: expected {should}, found {found} (cents, counts or ids)"
    return CheckResult(check.name, False, detail, what)


def _audit_chain(session: Session) -> CheckResult:
    chain = audit.verify_chain(session)
    wrong = None if chain.ok else f"audit_event {chain.first_wrong}"
    return CheckResult("the audit chain is unbroken", chain.ok, chain.detail, wrong)


def _rule_faults(session: Session) -> list[str]:
    """Rules that are missing, switched off or changed.

    Each rule is made again on an empty temporary table of the same shape, and PostgreSQL prints both in its
    own spelling: so any version of it compares like with like.
    """
    live = _spelled(session, temporary=False)
    made = session.begin_nested()
    for table in sorted({rule.table for rule in RULES}):
        session.execute(text(f"CREATE TEMP TABLE {table} (LIKE public.{table})"))
    for rule in RULES:
        # The temporary schema stands first in the search path, so the rule lands on the copy.
        session.execute(text(rule.create.replace(":", r"\:")))
    wanted = _spelled(session, temporary=True)
    made.rollback()
    faults = []
    for rule in RULES:
        key = (rule.table, rule.name)
        if key not in live:
            faults.append(f"{rule.kind} {rule.name} on {rule.table} is missing")
        elif live[key] != wanted[key]:
            faults.append(f"{rule.kind} {rule.name} on {rule.table} was changed: {live[key]}")
    return faults


def _spelled(session: Session, *, temporary: bool) -> dict[tuple[str, str], str]:
    """The triggers and exclusion constraints of the live tables, or of their temporary copies, as PostgreSQL
    prints them, without schema names.
    """
    rows = session.execute(
        text("""
        WITH tables AS (
          SELECT oid, relname FROM pg_class
           WHERE relnamespace = CASE WHEN :temporary THEN pg_my_temp_schema()
                                     ELSE CAST(CAST('public' AS regnamespace) AS oid) END)
        SELECT c.relname, t.tgname, CAST(t.tgenabled AS text) || ' ' || pg_get_triggerdef(t.oid)
          FROM pg_trigger t JOIN tables c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
        UNION ALL
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
          FROM pg_constraint k JOIN tables c ON c.oid = k.conrelid WHERE k.contype = 'x'
        """),
        {"temporary": temporary},
    )
    return {(row[0], row[1]): re.sub(r"\b(?:public|pg_temp(?:_\d+)?)\.", "", row[2]) for row in rows}


def _function_faults(session: Session) -> list[str]:
    """Trigger functions whose body is not the one in `database_rules`."""
    wanted = dict(re.findall(r"FUNCTION (\w+)\(\) RETURNS trigger AS \$\$(.*?)\$\$", FUNCTIONS, re.DOTALL))
    rows = session.execute(
        text("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = CAST('public' AS regnamespace)")
    )
    live = {row[0]: row[1] for row in rows}
    return [f"function {name} is missing or changed" for name in wanted if live.get(name) != wanted[name]]


def _right_faults(session: Session) -> list[str]:
    """Rights that would let the application rewrite history."""
    rows = session.execute(
        text("""
        SELECT t.name, r.right_name
          FROM unnest(CAST(:tables AS text[])) AS t(name)
         CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS r(right_name)
         WHERE has_table_privilege(:role, t.name, r.right_name)
            OR (r.right_name = 'UPDATE' AND has_any_column_privilege(:role, t.name, 'UPDATE'))
         UNION ALL
        SELECT 'journal_entry.written_in', 'INSERT'
         WHERE has_column_privilege(:role, 'journal_entry', 'written_in', 'INSERT')
         UNION ALL
        SELECT rolname, 'SUPERUSER' FROM pg_roles WHERE rolname = :role AND (rolsuper OR rolcreaterole)
         UNION ALL
        SELECT c.relname, 'OWNER' FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
         WHERE r.rolname = :role AND c.relname = ANY (CAST(:tables AS text[]))
        """),
        {"role": APPLICATION_ROLE, "tables": list(APPEND_ONLY)},
    )
    return [f"{APPLICATION_ROLE} has the right {right} on {table}" for table, right in rows]


CATALOG_CHECKS: Sequence[tuple[str, str, Callable[[Session], list[str]]]] = (
    (
        "the database keeps its rules",
        f"all {len(RULES)} triggers and constraints stand as docs/database-rules.md says",
        _rule_faults,
    ),
    ("the rules' functions are unchanged", "each trigger calls the function we wrote", _function_faults),
    (
        "history is insert-only",
        "the application's role cannot update, delete or truncate what is append-only",
        _right_faults,
    ),
)
