"""How readers make the frozen results that come by the thousand at speed."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


def draft_class(frozen: type) -> Any:
    """A class with the fields of `frozen`, made empty and filled one by one; its objects are then turned into `frozen`.

    A frozen dataclass sets each field through `object.__setattr__`, and finds each of thirty names given to it among
    thirty: together that was a third of the time of a remittance. Both classes have the same slots, so Python lets an
    object change from one to the other: `draft.__class__ = ServicePayment`. After that it is frozen like any other.
    Every field has to be set, those with a default too.
    """
    return type(f"{frozen.__name__}Draft", (), {"__slots__": tuple(field.name for field in fields(frozen))})


def fill(item: T, **known: object) -> T:
    """The same object with the fields that are known only now, before anybody else has seen it.

    `dataclasses.replace` would make a remittance anew three times; a file of empty sets is made of nothing else.
    """
    for name, value in known.items():
        object.__setattr__(item, name, value)
    return item


def uncollected(work: Callable[P, T]) -> Callable[P, T]:
    """`work` while Python's collector of cycles rests.

    What is read from a file holds no cycle, so the collector finds nothing; yet it goes through all of it, and all else
    that the process holds, each time so many more objects are alive. That was a third of the time of a large file.
    Threads that do this at once may wake it for each other too early, and never leave it at rest.
    """

    @wraps(work)
    def rested(*args: P.args, **kwargs: P.kwargs) -> T:
        if not gc.isenabled():
            return work(*args, **kwargs)
        gc.disable()
        try:
            return work(*args, **kwargs)
        finally:
            gc.enable()

    return rested
