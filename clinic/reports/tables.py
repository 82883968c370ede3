"""One table of a report, and its CSV and XLSX: numbers typed, formulas disarmed (ask 43, trust T8)."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import xlsxwriter

from clinic import formats

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | Decimal | date | None


@dataclass(frozen=True)
class Column:
    """A column's head and what its cells are: `text`, `money`, `count`, `percent`, `number` or `date`."""

    name: str
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        return self.kind in ("money", "count", "percent", "number")

    def show(self, cell: Cell) -> str:
        """A cell as it stands on the screen and on paper."""
        if cell is None:
            return ""
        match self.kind:
            case "money":
                return formats.usd(Decimal(cell))  # type: ignore[arg-type]
            case "percent":
                return f"{cell}%"
            case "count":
                return f"{cell:,}"
            case "date" if isinstance(cell, date):
                return formats.mdy(cell)
        return str(cell)


@dataclass(frozen=True)
class About:
    """Whom one row speaks of: for its link, and for the record of who was shown."""

    patient_id: int | None = None
    patient: str = ""  # public ids
    claim: str = ""


@dataclass(frozen=True)
class Table:
    """A report: title, what its numbers rest on, columns, rows, and a total row or none.

    `rows` may be read once only, for a report that is streamed; then `about` is empty. Otherwise `about` is empty
    or has one item for each row.
    """

    title: str
    basis: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    about: Sequence[About] = ()

    @property
    def patient_ids(self) -> set[int]:
        return {one.patient_id for one in self.about if one.patient_id is not None}

    def part(self, first: int, count: int) -> "Table":
        """Some of the rows under the same title, basis and total."""
        end = first + count
        return replace(self, rows=list(self.rows)[first:end], about=self.about[first:end])

    def with_total(self) -> Iterable[Sequence[Cell]]:
        return itertools.chain(self.rows, [self.total] if self.total else [])


def to_csv(table: Table) -> Iterator[bytes]:
    """The table as UTF-8 CSV in pieces, the basis first; dates ISO, amounts plain."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([table.title])
    writer.writerow([table.basis])
    writer.writerow([column.name for column in table.columns])
    yield b"\xef\xbb\xbf" + _taken(buffer)
    for row in table.with_total():
        writer.writerow([_plain(cell) for cell in row])
        yield _taken(buffer)


def to_xlsx(table: Table) -> bytes:
    """The table as a workbook whose amounts are numbers and whose dates are dates."""
    output = io.BytesIO()
    book = xlsxwriter.Workbook(
        output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("Report")
    bold = book.add_format({"bold": True})
    styles = {
        "money": book.add_format({"num_format": "#,##0.00"}),
        "count": book.add_format({"num_format": "#,##0"}),
        "percent": book.add_format({"num_format": '0.0"%"'}),
        "number": book.add_format({"num_format": "0.0"}),
        "date": book.add_format({"num_format": "mm/dd/yyyy"}),
    }
    sheet.write_string(0, 0, table.title, bold)
    sheet.write_string(1, 0, table.basis)
    for place, column in enumerate(table.columns):
        sheet.write_string(3, place, column.name, bold)
        sheet.set_column(place, place, 14 if column.is_number or column.kind == "date" else 26)
    for line, row in enumerate(table.with_total(), start=4):
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if isinstance(cell, date):
                sheet.write_datetime(line, place, cell, styles["date"])
            elif isinstance(cell, Decimal | int):
                sheet.write_number(line, place, cell, styles.get(column.kind))
            elif cell:
                sheet.write_string(line, place, cell)
    sheet.freeze_panes(4, 0)
    book.close()
    return output.getvalue()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal | int):
        return str(cell)
    # A name that begins like a formula must not become one in somebody's spreadsheet.
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
