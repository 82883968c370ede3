"""What an adjustment means for the money: (payer or any, group, reason) to an action (R11 to R15).

Never a write-off by default: CO is a denial to work unless its reason is on the short list, and what nobody knows
goes to a person (R12, R13). Rows of `adjustment_rule` speak before the list here; a clinic ends one and adds another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.claims import category_of
from clinic.models import AdjustmentRule, Payer
from clinic.x12 import codes

WRITE_OFF, PATIENT, DENIAL, INFORMATION, REVIEW = "write_off", "patient", "denial", "information", "review"
EFFECTIVE_ON = date(2010, 1, 1)
# (check): common practice, kept as effective-dated rows that a clinic can change.
DEFAULTS: Mapping[tuple[str, str], str] = {
    **{("CO", reason): WRITE_OFF for reason in ("45", "253", "131", "144", "237")},
    **{("PR", reason): PATIENT for reason in ("1", "2", "3")},
    ("OA", "23"): INFORMATION,
    ("CO", "24"): DENIAL,
}
# A reason that comes out of the payment, not out of the allowed amount (R18).
AFTER_ALLOWED = frozenset({"253", "144", "237", "104"})
QMB_REMARKS = frozenset({"N781", "N782", "N783"})
QMB_ADJUSTMENT = ("OA", "209")


class Meaning(NamedTuple):
    """What to do with an adjustment, and the denial family where it is one."""

    action: str
    category: str = ""


class _Row(NamedTuple):
    payer_id: int | None
    action: str
    category: str


@dataclass(frozen=True)
class Rules:
    """The rules of one day, read once for a whole remittance."""

    rows: Mapping[tuple[int | None, str, str], _Row]
    known: frozenset[tuple[str, str]]

    def meaning(self, payer: Payer | None, group: str, reason: str) -> Meaning:
        """What (group, reason) means from this payer; the payer's own rule first (R12)."""
        for payer_id in (payer.id if payer else None, None):
            row = self.rows.get((payer_id, group, reason))
            if row is not None and not (row.payer_id is None and self._capitated(payer, group, reason)):
                return Meaning(row.action, row.category)
        if self._capitated(payer, group, reason):
            return Meaning(WRITE_OFF)
        if (group, reason) in self.known:
            # The clinic ended the rule and gave no other: a person decides.
            return Meaning(REVIEW)
        default = DEFAULTS.get((group, reason))
        if default is not None:
            return Meaning(default, category_of(reason) if default == DENIAL else "")
        if group in ("CO", "PI") and reason in codes.CARC:
            return Meaning(DENIAL, category_of(reason))
        return Meaning(REVIEW)

    @staticmethod
    def _capitated(payer: Payer | None, group: str, reason: str) -> bool:
        return (group, reason) == ("CO", "24") and payer is not None and payer.capitated


def load(session: Session, day: date | None = None) -> Rules:
    """The rules in force on a day (today by default)."""
    day = day or clock.today()
    rows = session.scalars(select(AdjustmentRule)).all()
    return Rules(
        rows={
            (row.payer_id, row.group_code, row.reason_code): _Row(row.payer_id, row.action, row.category)
            for row in rows
            if row.effective_on <= day and (row.ended_on is None or day <= row.ended_on)
        },
        known=frozenset((row.group_code, row.reason_code) for row in rows if row.payer_id is None),
    )


def seed_rules(session: Session) -> int:
    """Write the default rules as rows that the clinic may change; those that stand are left. Returns how many are new."""
    query = select(AdjustmentRule.group_code, AdjustmentRule.reason_code).where(
        AdjustmentRule.payer_id.is_(None)
    )
    standing = {(row.group_code, row.reason_code) for row in session.execute(query)}
    missing = [(key, action) for key, action in DEFAULTS.items() if key not in standing]
    session.add_all(
        AdjustmentRule(
            payer_id=None,
            group_code=group,
            reason_code=reason,
            action=action,
            category=category_of(reason) if action == DENIAL else "",
            effective_on=EFFECTIVE_ON,
        )
        for (group, reason), action in missing
    )
    session.flush()
    return len(missing)


def payer_of(session: Session, ids: Iterable[str], name: str) -> Payer | None:
    """Our payer behind the numbers and the name that a remittance carries, or None."""
    wanted = [each.strip() for each in ids if each.strip()]
    found = {
        payer.edi_id: payer
        for payer in session.scalars(
            select(Payer).where(or_(Payer.edi_id.in_(wanted), func.lower(Payer.name) == name.strip().lower()))
        )
    }
    for number in wanted:
        if number in found:
            return found[number]
    return next(iter(found.values()), None)
