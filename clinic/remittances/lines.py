"""Which of our charges each paid line speaks of (R9)."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from clinic.models import Charge, Claim, ServicePayment


def match_lines(services: Sequence[ServicePayment], claim: Claim) -> list[ServicePayment]:
    """Set `charge_id` and `matched_by` on each service that can be told, and return those that cannot.

    Our line number first (REF*6R); then code, modifiers, day and charge; then lines that the payer split, by their
    sum; then code and charge (a payer drops modifiers); the only line of a code; and the last one with the last one,
    where the amount or the code agrees. Never a guess between two.
    """
    by_number = {line.control_number: line.charge for line in claim.lines}
    charges = [line.charge for line in claim.lines]
    for service in services:
        charge = by_number.get(service.control_number) if service.control_number else None
        _put(service, charge, "line_number")
    _each(
        services,
        charges,
        "code_and_charge",
        lambda s, c: (
            _same_code(s, c) and _same_modifiers(s, c) and _same_amount(s, c) and _same_day(s, claim)
        ),
    )
    _splits(services, charges)
    _each(services, charges, "code_and_charge", lambda s, c: _same_code(s, c) and _same_amount(s, c))
    _each(services, charges, "code", _same_code, only=True)
    left, free = _left(services), _free(services, charges)
    if len(left) == len(free) == 1 and _same_amount(left[0], free[0]):
        _put(left[0], free[0], "last_line")
    return _left(services)


def _each(
    services: Sequence[ServicePayment],
    charges: Sequence[Charge],
    way: str,
    fits: Callable[[ServicePayment, Charge], bool],
    *,
    only: bool = False,
) -> None:
    """Pair what fits, in order; with `only`, where nothing else fits."""
    for service in _left(services):
        found = [charge for charge in _free(services, charges) if fits(service, charge)]
        rivals = [other for other in _left(services) if found and fits(other, found[0])]
        if found and not (only and (len(found) > 1 or len(rivals) > 1)):
            _put(service, found[0], way)


def _splits(services: Sequence[ServicePayment], charges: Sequence[Charge]) -> None:
    """Several paid lines of one code that add up to one of our charges."""
    groups: dict[str, list[ServicePayment]] = defaultdict(list)
    for service in _left(services):
        groups[_code(service)].append(service)
    for group in groups.values():
        total = sum(service.amount_billed for service in group)
        fits = [c for c in _free(services, charges) if _same_code(group[0], c) and abs(total) == c.amount]
        if len(group) > 1 and fits:
            for service in group:
                _put(service, fits[0], "split")


def _put(service: ServicePayment, charge: Charge | None, way: str) -> None:
    service.charge_id = charge.id if charge else None
    service.matched_by = way if charge else ""


def _left(services: Sequence[ServicePayment]) -> list[ServicePayment]:
    return [service for service in services if service.charge_id is None]


def _free(services: Sequence[ServicePayment], charges: Sequence[Charge]) -> list[Charge]:
    taken = {service.charge_id for service in services}
    return [charge for charge in charges if charge.id not in taken]


def _code(service: ServicePayment) -> str:
    return service.billed_code or service.code


def _same_code(service: ServicePayment, charge: Charge) -> bool:
    return _code(service) == charge.code


def _same_modifiers(service: ServicePayment, charge: Charge) -> bool:
    said = service.billed_modifiers if service.billed_code else service.modifiers
    return sorted(said) == sorted(charge.modifiers)


def _same_amount(service: ServicePayment, charge: Charge) -> bool:
    # A reversal carries the charge negated (R19).
    return abs(service.amount_billed) == charge.amount


def _same_day(service: ServicePayment, claim: Claim) -> bool:
    return service.service_on in (None, claim.service_on)
