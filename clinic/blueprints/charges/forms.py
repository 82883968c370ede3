"""What is typed on a slip: twelve diagnosis rows and a table of lines, read row by row with a sentence a field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from clinic import charges, formats
from clinic.models import POINTERS

MAX_ROWS = 60
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Row:
    """One line of the table as text; `listed` is the schedule's fee that was shown with it."""

    code: str = ""
    modifiers: tuple[str, str, str, str] = ("", "", "", "")
    pointers: str = ""
    units: str = ""
    fee: str = ""
    listed: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.code or any(self.modifiers) or self.pointers or self.units or self.fee)

    @property
    def total(self) -> Decimal | None:
        """Units times fee, None while one of them cannot be read."""
        try:
            return formats.parse_money(self.fee) * int(self.units or "1") if self.fee else None
        except ValueError:
            return None


@dataclass
class SlipForm:
    """The slip as typed: rows A to L, lines without the blank ones, and what is wrong by field path."""

    version: int
    diagnoses: list[str]
    rows: list[Row]
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def typed(cls, data: Mapping[str, str]) -> "SlipForm":
        """From a posted form: dx_A to dx_L, code_1, mod_1_1 to mod_1_4, pointers_1, units_1, fee_1, listed_1 …"""

        def text(name: str) -> str:
            return data.get(name, "").strip()[:200]

        rows = []
        for number in range(1, MAX_ROWS + 1):
            if f"code_{number}" not in data:
                break
            mods = tuple(text(f"mod_{number}_{place}").upper() for place in range(1, 5))
            row = Row(
                code=text(f"code_{number}"),
                modifiers=(mods[0], mods[1], mods[2], mods[3]),
                pointers=text(f"pointers_{number}").upper(),
                units=text(f"units_{number}"),
                fee=text(f"fee_{number}"),
                listed=text(f"listed_{number}"),
            )
            if not row.is_blank:
                rows.append(row)
        letters = [text(f"dx_{letter}") for letter in POINTERS]
        return cls(formats.whole(text("version")) or 0, letters, rows)

    @classmethod
    def of(cls, content: charges.Content, version: int) -> "SlipForm":
        """From what is kept."""
        diagnoses = [*content.diagnoses, *[""] * len(POINTERS)][: len(POINTERS)]
        rows = []
        for line in content.lines:
            mods = [*line.modifiers, "", "", "", ""]
            fee = "" if line.fee is None else f"{line.fee:.2f}"
            rows.append(
                Row(
                    line.code,
                    (mods[0], mods[1], mods[2], mods[3]),
                    line.pointers,
                    str(line.units),
                    fee,
                )
            )
        return cls(version, diagnoses, rows)

    def content(self) -> charges.Content:
        """The typed values; what cannot be read is noted in `faults` and stands as a harmless value."""
        return charges.Content(
            tuple(self.diagnoses), tuple(self._line(number, row) for number, row in enumerate(self.rows, 1))
        )

    def _line(self, number: int, row: Row) -> charges.Line:
        units, fee = 1, None
        if row.units:
            if row.units.isdigit() and row.units.isascii() and len(row.units) < 9:
                units = int(row.units)
            else:
                self.faults[f"lines.{number}.units"] = "Enter units from 1 to 999."
        if row.fee:
            try:
                fee = formats.parse_money(row.fee)
            except ValueError as error:
                self.faults[f"lines.{number}.fee"] = str(error)
                fee = ZERO
        return charges.Line(row.code, row.modifiers, row.pointers, units, fee)

    def reprice(self, fee_of: Callable[[str, Sequence[str]], Decimal | None]) -> None:
        """Give each line the schedule's fee where the last one shown still stands, and none was typed over it."""
        for place, row in enumerate(self.rows):
            if row.code and row.fee in ("", row.listed):
                found = fee_of(row.code.upper(), [each for each in row.modifiers if each])
                text = "" if found is None else f"{found:.2f}"
                self.rows[place] = replace(row, fee=text, listed=text)

    def fill(self) -> None:
        """A line is once and points at A until somebody says otherwise: shown, so that it can be seen and changed."""
        for place, row in enumerate(self.rows):
            if row.code:
                pointers = row.pointers or ("A" if self.diagnoses[0] else "")
                self.rows[place] = replace(row, units=row.units or "1", pointers=pointers)

    def remove(self, number: int) -> None:
        """Take a line off."""
        if 1 <= number <= len(self.rows):
            del self.rows[number - 1]

    def put(self, path: str, value: str) -> None:
        """Put a code that was chosen, or a mend, into the field it is for; an unknown field changes nothing."""
        kind, _, rest = path.partition(".")
        if kind == "diagnoses" and rest in tuple(POINTERS):
            self.diagnoses[POINTERS.index(rest)] = value
        number, _, name = rest.partition(".")
        place = (formats.whole(number) or 0) - 1
        if kind != "lines":
            return
        if name == "code" and place == len(self.rows):
            self.rows.append(Row(code=value))
        elif name in ("code", "pointers") and 0 <= place < len(self.rows):
            self.rows[place] = replace(self.rows[place], **{name: value})
        elif name == "modifiers" and 0 <= place < len(self.rows):
            held = [each for each in self.rows[place].modifiers if each]
            mods = [*held, *([value] if value not in held else []), "", "", "", ""]
            self.rows[place] = replace(self.rows[place], modifiers=(mods[0], mods[1], mods[2], mods[3]))
