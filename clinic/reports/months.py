"""A calendar month of the clinic, as reports count it."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from clinic import clock
from clinic.db import ClinicError


class NoSuchMonth(ClinicError):
    """A month that cannot be read, or that has not begun."""


@dataclass(frozen=True)
class Month:
    """A calendar month of the clinic."""

    first: date

    @property
    def next(self) -> "Month":
        return Month((self.first + timedelta(days=32)).replace(day=1))

    @property
    def previous(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1))

    @property
    def last_day(self) -> date:
        """The last day that has begun."""
        return min(self.next.first - timedelta(days=1), clock.today())

    @property
    def last_posted(self) -> date:
        """The last post date that its end counts.

        For the running month every date: what is open now includes what stands on a day to come, because today was
        closed early (B12).
        """
        end = self.next.first - timedelta(days=1)
        return end if end < clock.today() else date.max

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def word(self) -> str:
        return f"{self.first:%B}"

    def back(self, count: int) -> list["Month"]:
        """`count` months that end with this one."""
        months = [self]
        while len(months) < count:
            months.insert(0, months[0].previous)
        return months


def this_month() -> Month:
    return Month(clock.today().replace(day=1))


def month_of(key: str) -> Month:
    """`2026-03`; raises NoSuchMonth for anything else and for a month to come."""
    match = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", key, re.ASCII)
    if match is None:
        raise NoSuchMonth("A month is written like 2026-03.")
    month = Month(date(int(match[1]), int(match[2]), 1))
    if month.first > clock.today():
        raise NoSuchMonth(f"{month.name} has not begun.")
    return month
