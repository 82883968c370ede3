"""One reason why a payer paid less, or more, than was billed."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Adjustment(NamedTuple):
    """One triple of a CAS: group (CO, OA, PI, PR; CR from old senders), reason (CARC), amount, quantity.

    A positive amount lowers the payment; a negative one is legitimate (R16). A segment holds up to six; they are
    flattened in the order of the file.
    """

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None
