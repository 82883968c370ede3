"""What the practice payer says of a copay (271) is what it takes (835), for every plan of the demo (E3, E8)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from clinic import clock, sandbox, x12
from clinic.demo import catalog
from clinic.eligibility import selection
from tests.sandbox.clinic_files import DAY, WHITFIELD, Exchange, claim, claims_file, envelope, line, question

# The service type of a visit of the demo, and what is billed for it.
BILLED = {"98": "99213", "PT": "97110", "5": "85025"}


def enrolled(session):
    """A member of each plan, and of a twin of it whose copay is not all that a visit costs: payer to subscriber."""
    members = {}
    for number, plan in enumerate(catalog.PAYERS):
        for edi_id, terms in ((plan.edi_id, {}), (plan.edi_id[::-1], {"copay_only": False})):
            name = f"M{edi_id}{number}"
            sandbox.add_plan(
                session, edi_id, payer_name=plan.name, **(plan.sandbox_plan() | terms | {"days_to_pay": 5})
            )
            sandbox.enrol_member(
                session,
                edi_id,
                plan.plan,
                name,
                "Daniel",
                "Whitfield",
                WHITFIELD.birth_date,
                date(2025, 1, 1),
            )
            members[edi_id] = replace(WHITFIELD, member_id=name)
    return members


def fetched(exchange, kind):
    """Every file of one kind that waits for the clinic."""
    sandbox.run(exchange.session, exchange.transport.outbound, exchange.transport.inbound)
    found = []
    for arrived in exchange.transport.fetch():
        exchange.transport.acknowledge(arrived.name)
        if arrived.name.startswith(kind):
            found.append(arrived.content)
    return found


def test_the_copay_of_a_271_is_the_copay_that_the_835_takes_for_every_plan_and_kind_of_visit(
    session, exchange: Exchange
):
    said, taken = {}, {}
    for payer, member in enrolled(session).items():
        questions = [
            question(payer, member, trace=f"{payer}-{kind}", reference=kind, service_types=("30", kind))
            for kind in BILLED
        ]
        exchange.send(x12.write_270(envelope(len(said) + 1), questions))
        for content in fetched(exchange, "271"):
            for answer in x12.read_271(content):
                chosen = selection.select(answer, answer.trace.split("-")[1], DAY)["copay"]["in"]
                assert chosen is not None, f"{answer.trace}: the payer does not name the copay"
                said[answer.trace] = (Decimal(chosen["low"]), Decimal(chosen["high"]))
    for number, (payer, member) in enumerate(enrolled(session).items(), 1):
        billed = [
            claim(
                f"{payer}-{kind}",
                [line(code, number=f"{payer}-{kind}")],
                payer=x12.Payer(name="PAYER", id=payer),
                subscriber=member,
                prior_authorization="A1",
            )
            for kind, code in BILLED.items()
        ]
        exchange.send(claims_file(100 + number, *billed))
        fetched(exchange, "835")
    for _ in range(3):
        clock.set_days_ahead(clock.days_ahead() + 5)
        for content in fetched(exchange, "835"):
            for remittance in x12.read_835(content):
                for paid in remittance.claims:
                    copay = sum(
                        (
                            each.amount
                            for service in paid.lines
                            for each in service.adjustments
                            if (each.group, each.reason) == ("PR", "3")
                        ),
                        Decimal(0),
                    )
                    taken[paid.control_number] = (copay, copay)
    assert len(taken) == len(catalog.PAYERS) * 2 * len(BILLED)
    assert taken == said
