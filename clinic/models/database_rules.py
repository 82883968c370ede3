"""Rules that the database itself keeps: triggers, exclusion constraints and the application's rights.

The one place where this DDL stands: the migration installs it, `clinic doctor` and `clinic verify` compare it
with the live database, docs/database-rules.md explains it.
"""

from dataclasses import dataclass

from clinic.models.scheduling import ENDED

APPLICATION_ROLE = "clinic_app"
APPEND_ONLY = (
    "audit_event",
    "check_in_pass",
    "claim_event",
    "day_close",
    "estimate",
    "estimate_line",
    "estimate_outcome",
    "good_faith_step",
    "journal_entry",
    "posting",
    "receipt",
)
DAY_LOCK = 4_207_117  # the advisory lock in refuse_closed_day, which clinic.ledger takes alone to close a day
_ENDED = ", ".join(f"'{status}'" for status in ENDED)


@dataclass(frozen=True)
class Rule:
    """One database object with the sentence that says why it exists."""

    name: str
    table: str
    kind: str  # trigger, constraint
    why: str
    create: str
    drop: str


# Tables are named with their schema: a temporary table of the same name must not stand in for one.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION check_entry_balances() RETURNS trigger AS $$
DECLARE
  the_entry bigint;
  total numeric;
  parts integer;
BEGIN
  IF TG_TABLE_NAME = 'posting' THEN
    the_entry := NEW.entry_id;
  ELSE
    the_entry := NEW.id;
  END IF;
  IF (SELECT written_in FROM public.journal_entry WHERE id = the_entry) <> pg_current_xact_id() THEN
    RAISE EXCEPTION 'journal entry % was written earlier and takes no more postings', the_entry
      USING ERRCODE = 'CL002';
  END IF;
  SELECT COALESCE(SUM(amount), 0), COUNT(*) INTO total, parts FROM public.posting WHERE entry_id = the_entry;
  IF parts < 2 THEN
    RAISE EXCEPTION 'journal entry % has % postings, it needs two', the_entry, parts USING ERRCODE = 'CL003';
  END IF;
  IF total <> 0 THEN
    RAISE EXCEPTION 'journal entry % does not balance, it is off by % cents', the_entry, total
      USING ERRCODE = 'CL001';
  END IF;
  RETURN NULL;
END $$ LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'CL004';
END $$ LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION refuse_closed_day() RETURNS trigger AS $$
BEGIN
  -- Shared with other posters; close_day takes it alone, so that no entry slips in beside its totals.
  PERFORM pg_advisory_xact_lock_shared(4207117);
  IF EXISTS (SELECT 1 FROM public.day_close WHERE closed_on >= NEW.posted_on) THEN
    RAISE EXCEPTION 'the day % is closed: post on an open day', NEW.posted_on USING ERRCODE = 'CL005';
  END IF;
  RETURN NEW;
END $$ LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION refuse_lane_beyond_limit() RETURNS trigger AS $$
BEGIN
  IF NEW.lane >= (SELECT overlap_limit FROM public.rendering_provider WHERE id = NEW.provider_id) THEN
    RAISE EXCEPTION 'provider % has no lane %', NEW.provider_id, NEW.lane USING ERRCODE = 'CL006';
  END IF;
  RETURN NEW;
END $$ LANGUAGE plpgsql;
"""
DROP_FUNCTIONS = """
DROP FUNCTION IF EXISTS check_entry_balances() CASCADE;
DROP FUNCTION IF EXISTS refuse_change() CASCADE;
DROP FUNCTION IF EXISTS refuse_closed_day() CASCADE;
DROP FUNCTION IF EXISTS refuse_lane_beyond_limit() CASCADE;
"""


def _trigger(name: str, table: str, why: str, when: str, function: str, constraint: bool = False) -> Rule:
    word = "CONSTRAINT TRIGGER" if constraint else "TRIGGER"
    each = " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW" if constraint else ""
    return Rule(
        name,
        table,
        "trigger",
        why,
        f"CREATE {word} {name} {when} ON {table}{each} EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
    )


def _exclusion(
    name: str, column: str, why: str, *, lane: str = "", during: str = "starts_at, ends_at", extra: str = ""
) -> Rule:
    """One holder of a resource at a time; `lane` divides the resource, `during` is when it is held."""
    beside = f"int8range({lane}::bigint, {lane}::bigint, '[]') WITH &&, " if lane else ""
    return Rule(
        name,
        "appointment",
        "constraint",
        why,
        f"ALTER TABLE appointment ADD CONSTRAINT {name} EXCLUDE USING gist "
        f"(int8range({column}::bigint, {column}::bigint, '[]') WITH &&, {beside}tstzrange({during}) WITH &&) "
        f"WHERE (status NOT IN ({_ENDED}){extra})",
        f"ALTER TABLE appointment DROP CONSTRAINT IF EXISTS {name}",
    )


RULES: tuple[Rule, ...] = (
    _trigger(
        "entry_balances",
        "journal_entry",
        "An entry without postings, or one that does not sum to zero, never commits (B1).",
        "AFTER INSERT",
        "check_entry_balances",
        constraint=True,
    ),
    _trigger(
        "posting_balances",
        "posting",
        "A posting that unbalances its entry, or is added to an old one, never commits (B1).",
        "AFTER INSERT",
        "check_entry_balances",
        constraint=True,
    ),
    Rule(
        "entry_day_open",
        "journal_entry",
        "trigger",
        "No entry is posted on a closed day; corrections go to the open one (B12).",
        "CREATE TRIGGER entry_day_open BEFORE INSERT ON journal_entry FOR EACH ROW "
        "EXECUTE FUNCTION refuse_closed_day()",
        "DROP TRIGGER IF EXISTS entry_day_open ON journal_entry",
    ),
    *(
        _trigger(
            f"{table}_append_only",
            table,
            f"History in {table} is corrected by new rows, never by changing old ones (trust T3).",
            "BEFORE UPDATE OR DELETE OR TRUNCATE",
            "refuse_change",
        )
        for table in APPEND_ONLY
    ),
    _exclusion(
        "appointment_provider_free",
        "provider_id",
        "A provider's visits overlap no further than his lanes allow, unless a person said so with a reason (A4).",
        lane="lane",
        during="COALESCE(busy_from, starts_at), COALESCE(busy_until, ends_at)",
        extra=" AND NOT overbooked",
    ),
    _exclusion(
        "appointment_room_free",
        "room_id",
        "A room holds one visit at a time, whatever a person says (A4).",
        extra=" AND room_id IS NOT NULL",
    ),
    _exclusion(
        "appointment_device_free",
        "device_id",
        "A device serves one visit at a time (A4, A5).",
        extra=" AND device_id IS NOT NULL",
    ),
    Rule(
        "appointment_lane",
        "appointment",
        "trigger",
        "Nobody sees more visits at once than the provider's limit (A4).",
        "CREATE TRIGGER appointment_lane BEFORE INSERT OR UPDATE OF lane, provider_id ON appointment FOR EACH ROW "
        "WHEN (NEW.lane > 0) EXECUTE FUNCTION refuse_lane_beyond_limit()",
        "DROP TRIGGER IF EXISTS appointment_lane ON appointment",
    ),
)


def rights(tables: dict[str, list[str]]) -> list[str]:
    """The GRANT statements for the application's role; `tables` maps each table to its columns."""
    statements = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APPLICATION_ROLE}') THEN "
        f"CREATE ROLE {APPLICATION_ROLE} NOLOGIN; END IF; END $$",
        f"GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE}",
        # `clinic verify` makes each rule again on an empty temporary copy, to compare like with like.
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO "
        f"{APPLICATION_ROLE}', current_database()); END $$",
    ]
    for table, columns in tables.items():
        statements.append(f"REVOKE ALL ON {table} FROM {APPLICATION_ROLE}")
        if table == "journal_entry":
            writable = ", ".join(column for column in columns if column != "written_in")
            statements.append(f"GRANT SELECT, INSERT ({writable}) ON {table} TO {APPLICATION_ROLE}")
        elif table in APPEND_ONLY:
            statements.append(f"GRANT SELECT, INSERT ON {table} TO {APPLICATION_ROLE}")
        elif table == "alembic_version":
            statements.append(f"GRANT SELECT ON {table} TO {APPLICATION_ROLE}")
        else:
            statements.append(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APPLICATION_ROLE}")
    # USAGE lets nextval run and refuses setval, so no number can be drawn twice.
    statements.append(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION_ROLE}")
    return statements
