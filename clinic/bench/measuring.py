"""How the bench measures: turns in one run, medians and 95th percentiles, statements counted, one table.

A machine's speed varies by half from run to run, so ours and its reference take turns (A B A B) and only their
ratio is judged (performance.md).
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event

# What login and the audit trail ask of the database on every request; the targets count statements besides them.
LOGIN_AND_AUDIT = (
    "user_session",
    "user_account",
    "audit_event",
    "pg_advisory_xact_lock(%(lock)s",
    "SET CONSTRAINTS",
)
TRANSACTION_CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass(frozen=True)
class Times:
    """Milliseconds of each turn, in order."""

    turns: Sequence[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.turns)

    @property
    def p95(self) -> float:
        ordered = sorted(self.turns)
        return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


@dataclass(frozen=True)
class Measure:
    """Ours against one reference. `at_most` and `at_least` bound the ratio; without either it is shown only."""

    name: str
    ours: float
    reference: float
    reference_name: str
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.reference if self.reference else 0.0

    @property
    def ok(self) -> bool:
        """Judged as printed: to two significant places after the point, the ratio keeps its bounds."""
        if self.at_most is not None and self.ratio > self.at_most:
            return False
        return self.at_least is None or self.ratio >= self.at_least

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:.3g} × {self.reference_name}"
        if self.at_least is not None:
            return f"≥ {self.at_least:.3g} × {self.reference_name}"
        return ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "ours": round(self.ours, 3),
            "reference": round(self.reference, 3),
            "reference_name": self.reference_name,
            "unit": self.unit,
            "ratio": round(self.ratio, 4),
            "target": self.target,
            "ok": self.ok,
        }


@dataclass(frozen=True)
class Row:
    """One row of performance.md: `first` is its own target, `also` its other ones and what is good to know.

    `queries` are the statements of one request besides login and audit, at most `queries_at_most`; `facts` are
    counts that a target names (double bookings: 0).
    """

    row: int | str
    first: Measure
    also: Sequence[Measure] = ()
    queries: int | None = None
    queries_at_most: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    wrong: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        few = self.queries is None or self.queries_at_most is None or self.queries <= self.queries_at_most
        return few and not self.wrong and all(one.ok for one in (self.first, *self.also))

    def as_dict(self) -> dict[str, Any]:
        return {
            "row": self.row,
            **self.first.as_dict(),
            "ok": self.ok,
            "queries": self.queries,
            "queries_at_most": self.queries_at_most,
            "facts": self.facts,
            "wrong": list(self.wrong),
            "notes": list(self.notes),
            "also": [one.as_dict() for one in self.also],
        }


def in_turns(calls: dict[str, Callable[[], object]], rounds: int, warm_up: int = 3) -> dict[str, Times]:
    """Call each in turn, `rounds` times after `warm_up` unmeasured ones; the order changes sides every round."""
    for _ in range(warm_up):
        for call in calls.values():
            call()
    found: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds):
        order = list(calls.items())
        for name, call in order if turn % 2 else reversed(order):
            begun = perf_counter()
            call()
            found[name].append((perf_counter() - begun) * 1000)
    return {name: Times(turns) for name, turns in found.items()}


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """The statements that run inside the block besides those of login and audit."""
    ran: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(TRANSACTION_CONTROL) and not any(
            word in statement for word in LOGIN_AND_AUDIT
        ):
            ran.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def capturing(engine: Engine) -> Iterator[list[tuple[Any, Any]]]:
    """Every statement of the block with its parameters, as the driver gets them."""
    sent: list[tuple[Any, Any]] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def lines_of(row: Row) -> Iterator[str]:
    """One row as it is read at a terminal."""
    first = True
    for one in (row.first, *row.also):
        number = f"{row.row!s:>3}" if first else "   "
        verdict = ("ok" if one.ok else "NOT MET") if one.target else "shown"
        against = f"{one.reference:,.2f} {one.reference_name}"
        yield (
            f"{number}  {one.name:<52} {one.ours:>12,.2f} {one.unit:<11} against {against:<26} "
            f"= {one.ratio:>6.2f}   {one.target:<18} {verdict}"
        )
        first = False
    if row.queries is not None:
        limit = f", at most {row.queries_at_most}" if row.queries_at_most is not None else ""
        good = row.queries_at_most is None or row.queries <= row.queries_at_most
        yield f"     {row.queries} statements besides login and audit{limit}{'' if good else ': NOT MET'}"
    for name, value in row.facts.items():
        yield f"     {name}: {value}"
    for sentence in row.wrong:
        yield f"     NOT MET: {sentence}"
    for note in row.notes:
        yield f"     {note}"
