"""The answer to a page that somebody else was faster than: what was typed stays, beside what the record says now."""

from collections.abc import Mapping
from typing import Any


def compare(form: Any, changed: Exception, present: Mapping[str, Any], version: int) -> None:
    """Say who was faster and put the present value under each field that differs; saving again is then a decision.

    `present` holds the record's values by field name, `version` is the row's own now.
    """
    form.faster = str(changed)
    form.version.data = version
    for name, value in present.items():
        if name in form and _alike(form[name].data) != _alike(value):
            form[name].errors = [f"On record now: {_words(form[name], value)}"]


def _alike(value: Any) -> Any:
    """Values as they are compared: a number with or without its dash, and nothing typed, are no difference."""
    if isinstance(value, str):
        text = " ".join(value.split())
        return text.replace("-", "") if text.replace("-", "").isdigit() else text
    return "" if value is None else value


def _words(field: Any, value: Any) -> str:
    """A value as its own field shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, ""):
        return "nothing"
    if getattr(field, "choices", None) is not None:
        return next((each.label for each in field.choices if each.value == str(value)), str(value))
    return str(field.show(value)) if hasattr(field, "show") else str(value)
