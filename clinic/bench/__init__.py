"""The performance table: ours and its reference in the same run, as ratios (performance.md).

It starts a PostgreSQL of its own, loads an invented clinic-year, measures in turns and throws everything away.
"""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from clinic.bench import claims, desk, house, intake, measuring, money
from clinic.bench.measuring import Row
from clinic.bench.scale import TINY, YEAR, Scale

__all__ = ["TINY", "YEAR", "Scale", "main", "measure"]
DESCRIPTION = (
    "Ours includes login, permission and audit. BARE is a bare prototype of our stack without them, both behind "
    "gunicorn;\nRAW is the driver alone, NAIVE the sum over the whole journal, SPLIT a plain typed loop, PYX pyx12. Times in one run, in turns."
)


def main(checkout: Path, *, as_json: bool, scale: Scale = YEAR) -> int:
    """Print the table, or one JSON object `{"rows": […]}`; 0 when every target is met, else 1."""
    rows = []
    if not as_json:
        click.echo(DESCRIPTION)
    for row in measure(checkout, scale, lambda sentence: click.echo(sentence, err=True)):
        rows.append(row)
        if not as_json:
            for line in measuring.lines_of(row):
                click.echo(line)
    if as_json:
        click.echo(json.dumps({"rows": [row.as_dict() for row in rows]}))
    return 0 if all(row.ok for row in rows) else 1


def measure(checkout: Path, scale: Scale, say: Callable[[str], None]) -> Iterator[Row]:
    """Each row of performance.md that this version can measure, as it is done."""
    logging.disable(logging.INFO)
    try:
        with house.opened(checkout, scale, say) as opened:
            say(f"Measuring, in turns, {scale.rounds} rounds …")
            yield desk.day_row(opened)
            yield desk.change_row(opened)
            yield desk.find_row(opened)
            yield desk.book_row(opened)
            yield money.payment_row(opened)
            yield money.aging_row(opened)
        yield intake.intake_row(scale)
        yield claims.writing_row(scale)
        yield claims.validation_row(scale)
        yield claims.memory_row(scale)
    finally:
        logging.disable(logging.NOTSET)
