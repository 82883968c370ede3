"""Form fields that read what the trade types and answer in the field's own sentence (ux 6)."""

import uuid
from datetime import date, time
from decimal import Decimal
from typing import Any

from wtforms import HiddenField, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from clinic import formats
from clinic.web.forms import ClinicForm


class _Parsed(StringField):
    """A text field whose data is a value; what was typed stays in view when it cannot be read."""

    width = "10"

    def parse(self, text: str) -> Any:
        raise NotImplementedError

    def show(self, value: Any) -> str:
        return str(value)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = self.parse(valuelist[0])


class ClinicDate(_Parsed):
    """A date as typed by staff: `03151980`, `3/15/80`, `t+7`; data is a `date`."""

    def __init__(self, *args: Any, birth: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.birth = birth

    def parse(self, text: str) -> date:
        return formats.parse_date(text, birth=self.birth)

    def show(self, value: date) -> str:
        return formats.mdy(value)


class ClinicTime(_Parsed):
    """A wall time: `130p`, `0915`; data is a `time`."""

    def parse(self, text: str) -> time:
        return time(*formats.parse_time(text))

    def show(self, value: time) -> str:
        return value.strftime("%-I:%M %p")


class Money(_Parsed):
    """Dollars and cents, never negative, never `1e5`; data is a `Decimal` with two places."""

    def parse(self, text: str) -> Decimal:
        return formats.parse_money(text)

    def show(self, value: Decimal) -> str:
        return f"{value:.2f}"


class Phone(_Parsed):
    """Any punctuation; data is E.164."""

    def parse(self, text: str) -> str:
        return formats.parse_phone(text)

    def show(self, value: str) -> str:
        return formats.phone(value)


class Checks(SelectMultipleField):
    """A list of check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Key(HiddenField):
    """The idempotency key of a form: the second click carries the first one's key."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=lambda: uuid.uuid4().hex, **kwargs)


class Version(HiddenField):
    """The version of the row that was shown; another one on the row means that somebody was faster."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and (number := formats.whole(valuelist[0])) is not None:
            self.data = number


class AtLeast:
    """Refuses an amount below a minimum with a sentence."""

    def __init__(self, minimum: Decimal, message: str) -> None:
        self.minimum = minimum
        self.message = message

    def __call__(self, form: ClinicForm, field: Any) -> None:
        if field.data is not None and field.data < self.minimum:
            raise ValidationError(self.message)
