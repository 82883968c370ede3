"""What stands around the claims of an 835: payment, parties, groups of claims and provider adjustments."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.x12.envelope import Segment
from clinic.x12.reader import Node
from clinic.x12.readers.fields import Fields, address_of, contact_of, pairs
from clinic.x12.results.parties import Contact, Payer, Provider
from clinic.x12.results.remittance import (
    INPATIENT_TOTALS,
    PROVIDER_FIGURES,
    ClaimGroup,
    Figures,
    ProviderAdjustment,
    Remittance,
)


def remittance_of(fields: Fields, root: Node, counts: dict[int, int]) -> Remittance:
    """The set without its claims. `counts`: how many claims were read while so many of its loops were closed."""
    opened = fields.opened
    payment = root.first("BPR") or Segment("BPR", ("BPR",), opened.position)
    trace = root.first("TRN")
    produced = root.first("DTM", "405")
    payer, payee = root.node("1000A"), root.node("1000B")
    if trace is None or not trace.get(2):
        fields.walker.find(trace or payment, "835", "TRN02", "warning", "1",
                           "The check or EFT number is missing; it has to be given by hand.")  # fmt: skip
    currency = root.first("CUR")
    if currency is not None and currency.get(2) not in ("", "USD"):
        fields.walker.find(currency, "835", "CUR02", "error", "7",
                           f"The remittance is in {currency.get(2)!r}, not in US dollars.", currency.get(2))  # fmt: skip
    contacts = _contacts(payer)
    return Remittance(
        control_number=opened.control_number,
        amount=fields.amount(payment, 2, "835"),
        method=payment.get(4),
        paid_on=fields.day(payment, 16, "835"),
        trace=trace.get(2) if trace else "",
        originator=trace.get(3) if trace else "",
        payer=_payer(payer),
        payee=_payee(payee),
        claims=(),
        handling=payment.get(1),
        credit_or_debit=payment.get(3) or "C",
        originator_supplement=trace.get(4) if trace else "",
        payment_format=payment.get(5),
        sender_routing_kind=payment.get(6) or "01",
        sender_routing=payment.get(7),
        sender_account_kind=payment.get(8) or "DA",
        sender_account=payment.get(9),
        company_id=payment.get(10) if trace is None or payment.get(10) != trace.get(3) else "",
        company_supplement=payment.get(11),
        receiver_routing_kind=payment.get(12) or "01",
        receiver_routing=payment.get(13),
        receiver_account_kind=payment.get(14) or "DA",
        receiver_account=payment.get(15),
        currency=currency.get(2) if currency else "",
        references=pairs(root.all("REF")),
        contacts=() if len(contacts) == 1 and contacts[0][0] == "BL" else contacts,
        produced_on=fields.day(produced, 2, "835"),
        payer_references=pairs(payer.all("REF")) if payer else (),
        payee_references=pairs([s for s in payee.all("REF") if s.get(1) != "TJ"]) if payee else (),
        delivery=_delivery(payee),
        groups=_groups(fields, root, counts),
        provider_adjustments=tuple(
            adjustment for node in root.nodes("PLB") for adjustment in _provider_adjustments(fields, node)
        ),
        envelope=opened.envelope,
        first_position=opened.position,
    )


def _contacts(payer: Node | None) -> tuple[tuple[str, Contact], ...]:
    found = []
    for segment in payer.all("PER") if payer else []:
        contact = contact_of([segment])
        if contact is not None:
            found.append((segment.get(1), contact))
    return tuple(found)


def _delivery(payee: Node | None) -> tuple[str, ...]:
    found = payee.first("RDM") if payee else None
    return tuple(found.elements[1:4]) if found else ()


def _groups(fields: Fields, root: Node, counts: dict[int, int]) -> tuple[ClaimGroup, ...]:
    """The LX of the set and how many claims each has. A lone LX numbered 1 without totals says nothing."""
    groups: list[ClaimGroup] = []
    for place, node in enumerate(root.children):
        claims = counts.pop(place, 0)
        if node.loop == "2000":
            groups.append(_group(fields, node, claims))
        elif claims:
            groups.append(ClaimGroup(number="", claims=claims))
    if counts:
        groups.append(ClaimGroup(number="", claims=sum(counts.values())))
    if len(groups) == 1 and groups[0] == ClaimGroup(number="1", claims=groups[0].claims) and groups[0].claims:
        return ()
    return tuple(groups)


def _group(fields: Fields, node: Node, claims: int) -> ClaimGroup:
    provider, inpatient = node.first("TS3"), node.first("TS2")
    return ClaimGroup(
        number=node.segments[0].get(1),
        claims=claims,
        provider_id=provider.get(1) if provider else "",
        facility_code=provider.get(2) if provider else "",
        fiscal_year_end=fields.day(provider, 3, "2000"),
        provider_figures=figures(fields, provider, PROVIDER_FIGURES, "2000"),
        inpatient_figures=figures(fields, inpatient, INPATIENT_TOTALS, "2000"),
    )


def figures(fields: Fields, segment: Segment | None, places: dict[int, str], loop: str) -> Figures:
    """The numbers of a segment by name; amounts to the cent where they are none finer."""
    if segment is None:
        return ()
    found = [(name, fields.number(segment, place, loop)) for place, name in places.items()]
    return tuple((name, value) for name, value in found if value is not None)


def _payer(node: Node | None) -> Payer:
    name = node.first("N1") if node else None
    if node is None or name is None:
        return Payer(name="")
    return Payer(
        name=name.get(2),
        id=name.get(4),
        id_kind=name.get(3) or "PI",
        address=address_of(node),
        contact=contact_of(node.all("PER")),
    )


def _payee(node: Node | None) -> Provider:
    name = node.first("N1") if node else None
    if node is None or name is None:
        return Provider(last_name="")
    kind, number = name.get(3), name.get(4)
    tax = node.first("REF", "TJ")
    tax_id = number if kind == "FI" else tax.get(2) if tax else ""
    return Provider(
        last_name=name.get(2),
        npi=number if kind == "XX" else "",
        other_id_kind="" if kind in ("XX", "FI") else kind,
        other_id="" if kind in ("XX", "FI") else number,
        tax_id=tax_id,
        tax_id_kind="EI",
        address=address_of(node),
    )


def _provider_adjustments(fields: Fields, node: Node) -> Iterator[ProviderAdjustment]:
    segment = node.segments[0]
    elements = segment.elements
    for place in range(3, len(elements) - 1, 2):
        if not elements[place] and not elements[place + 1]:
            continue
        reason, _, reference = elements[place].partition(fields.component)
        yield ProviderAdjustment(
            provider_id=segment.get(1),
            fiscal_year_end=fields.day(segment, 2, "PLB"),
            reason=reason,
            reference=reference,
            amount=fields.amount(segment, place + 1, "PLB"),
            position=segment.position,
        )
