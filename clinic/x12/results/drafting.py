"""How readers make the frozen results that come by the thousand at speed."""

from __future__ import annotations

from dataclasses import fields, make_dataclass
from typing import Any


def draft_class(frozen: type) -> Any:
    """A class with the fields of `frozen` that can be filled plainly; its objects are then turned into `frozen`.

    A frozen dataclass sets each field through `object.__setattr__`, which takes seven times as long and was a fifth of
    the time of a remittance. Both classes have the same slots, so Python lets an object change from one to the other:
    `draft.__class__ = ServicePayment`. After that it is frozen like any other.
    """
    names = [(field.name, object) for field in fields(frozen)]
    return make_dataclass(f"{frozen.__name__}Draft", names, slots=True, eq=False, repr=False)
