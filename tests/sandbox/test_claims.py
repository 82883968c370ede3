"""837P in, TA1, 999, 277CA and 835 out, through real files."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import clock, sandbox, x12
from clinic.sandbox.tables import SandboxClaim, SandboxMember
from tests.sandbox.clinic_files import (
    CASCADE,
    CLINIC,
    MERIDIAN,
    OKAFOR,
    WHITFIELD,
    Exchange,
    batch,
    claim,
    claims_file,
    envelope,
    line,
    question,
    seed,
)
from tests.x12.oracles import pyx12_faults


def adjustments(service):
    return [(a.group, a.reason, a.amount) for a in service.adjustments]


def remittance(found):
    """The one remittance of a turn, proved at line, claim and check level."""
    assert not [finding for finding in x12.validate(found["835"]) if finding.severity == "error"]
    assert pyx12_faults(found["835"]) == []
    (read,) = x12.read_835(found["835"])
    proof = x12.prove(read)
    assert proof.ok, proof.failures
    assert all(one.patient is None or one.patient.ok for one in proof.claims), "R7: CLP05 is the sum of PR"
    assert read.is_readable, read.findings
    assert read.envelope.usage == "T"
    return read


def pay(exchange, days=14):
    clock.set_days_ahead(clock.days_ahead() + days)
    return remittance(exchange.turn())


def test_a_claim_is_acknowledged_accepted_and_paid_on_its_day_to_the_cent(exchange):
    """C1, C2, R4: copay 25, then 50 of deductible, then a fifth of the rest of the allowed 120."""
    found = exchange.turn(claims_file(1, claim()))
    for content in found.values():
        assert not [finding for finding in x12.validate(content) if finding.severity == "error"]
    assert pyx12_faults(found["999"]) == []
    assert [item.code for item in x12.read_ta1(found["TA1"])] == ["A"]
    (group,) = x12.read_999(found["999"])
    assert (group.code, group.group_control_number, group.sets[0].code) == ("A", "1", "A")
    (answer,) = x12.read_277ca(found["277CA"])
    assert not answer.findings
    assert (answer.batch_reference, answer.source.id, answer.source_role) == ("B0001", MERIDIAN, "PR")
    ((status,),) = [provider.claims for provider in answer.providers]
    assert status.accepted
    assert status.control_number == "1042-1"
    assert status.payer_control_number.startswith(MERIDIAN)
    assert "835" not in found, "nothing is paid before its day"

    paid = pay(exchange)
    (one,) = paid.claims
    assert one.payer_control_number == status.payer_control_number
    assert one.control_number == "1042-1"
    assert one.lines[0].line_control_number == "1042-1-1"
    # 120 allowed: 25 copay, 50 deductible, 20 % of (120 - 50) = 14
    assert adjustments(one.lines[0]) == [
        ("CO", "45", Decimal("65.00")),
        ("PR", "1", Decimal("50.00")),
        ("PR", "2", Decimal("14.00")),
        ("PR", "3", Decimal("25.00")),
    ]
    assert one.amount_paid == paid.amount == Decimal("31.00")
    assert one.patient_responsibility == Decimal("89.00")
    assert paid.payee.npi == CLINIC.npi
    assert paid.trace
    assert paid.paid_on == date(2026, 3, 17)
    assert exchange.turn() == {}, "paid once"


def test_the_deductible_is_used_up_once_and_the_copay_asked_once_a_visit(exchange):
    """E8: the second claim of the year meets no deductible; the blood count beside the visit has no copay."""
    exchange.turn(claims_file(1, claim()))
    pay(exchange)
    second = claim("1042-2", [line(number="V2", billed="186.00"), line("85025", "40.00", "V3")])
    exchange.turn(claims_file(2, second))
    visit, count = pay(exchange).claims[0].lines
    assert adjustments(visit)[1:] == [("PR", "2", Decimal("24.00")), ("PR", "3", Decimal("25.00"))]
    assert adjustments(count) == [("CO", "45", Decimal("20.00")), ("PR", "2", Decimal("4.00"))]
    member = exchange.session.scalar(select(SandboxMember).where(SandboxMember.member_id == "MHP448201"))
    assert member.deductible_met == Decimal("50.00")
    assert member.out_of_pocket_met == Decimal("142.00")


def test_an_office_visit_of_a_copay_plan_costs_the_copay_alone(exchange):
    """E8, and a code without a fee is allowed at the plan's 70 per cent."""
    child = x12.Person(
        last_name="OKAFOR",
        first_name="THEO",
        birth_date=date(2019, 8, 9),
        sex="M",
        address=WHITFIELD.address,
    )
    one = claim(
        subscriber=OKAFOR, patient=child, relationship="19", payer=x12.Payer(name="CASCADE HMO", id=CASCADE)
    )
    exchange.turn(claims_file(1, one))
    (paid,) = pay(exchange).claims
    assert paid.patient.first_name == "THEO"
    assert paid.subscriber.first_name == "ANN"
    assert adjustments(paid.lines[0]) == [("CO", "45", Decimal("55.50")), ("PR", "3", Decimal("30.00"))]
    assert paid.amount_paid == Decimal("99.50")


@pytest.mark.parametrize(
    ("changes", "category", "code"),
    [
        ({"subscriber": replace(WHITFIELD, member_id="XX1")}, "A3", "33"),
        ({"payer": x12.Payer(name="ELSEWHERE", id="ELSE")}, "A3", "116"),
        (
            {
                "subscriber": replace(
                    WHITFIELD,
                    last_name="LINDQVIST",
                    first_name="ROSA",
                    member_id="MHP500500",
                    birth_date=date(1980, 5, 5),
                )
            },
            "A3",
            "109",
        ),
        ({"frequency": "7", "payer_control_number": "UNKNOWN1"}, "A7", "464"),
    ],
)
def test_a_genuine_fault_is_rejected_by_277ca_and_never_paid(exchange, changes, category, code):
    """C2: unknown member, unknown payer, ended coverage, unknown original."""
    found = exchange.turn(claims_file(1, claim(**changes)))
    (answer,) = x12.read_277ca(found["277CA"])
    status = answer.providers[0].claims[0]
    assert status.rejected
    assert (status.statuses[0].category, status.statuses[0].codes[0].code) == (category, code)
    assert status.statuses[0].action == "U"
    clock.set_days_ahead(60)
    assert exchange.turn() == {}


def test_a_rejected_claim_may_come_again_with_its_number_and_frequency(exchange):
    """C2: a rejection leaves nothing with the payer."""
    sandbox.instruct(exchange.session, "reject_277CA", edi_id=MERIDIAN)
    first = exchange.turn(claims_file(1, claim()))
    assert x12.read_277ca(first["277CA"])[0].providers[0].claims[0].rejected
    again = exchange.turn(claims_file(2, claim()))
    assert x12.read_277ca(again["277CA"])[0].providers[0].claims[0].accepted
    assert pay(exchange).amount == Decimal("31.00")


def test_late_unauthorised_and_duplicate_services_are_denied_with_their_reasons(exchange):
    """CO-29, CO-197 per line, CO-18."""
    late = claim("LATE", [replace(line(number="A1"), service_from=date(2025, 11, 1))])
    therapy = claim("THERAPY", [line("97110", "90.00", "B1"), line("85025", "40.00", "B2")])
    exchange.turn(claims_file(1, late, therapy))
    paid = {one.control_number: one for one in pay(exchange).claims}
    assert adjustments(paid["LATE"].lines[0]) == [("CO", "29", Decimal("185.00"))]
    assert paid["LATE"].amount_paid == 0
    assert adjustments(paid["THERAPY"].lines[0]) == [("CO", "197", Decimal("90.00"))]
    assert paid["THERAPY"].lines[1].amount_allowed == Decimal("20.00")

    exchange.turn(claims_file(2, claim("ONE", [line("85025", "40.00", "C1")])))
    (again,) = pay(exchange).claims
    assert adjustments(again.lines[0]) == [("CO", "18", Decimal("40.00"))]


def test_an_authorised_service_is_paid(exchange):
    exchange.turn(claims_file(1, claim("T", [line("97110", "90.00", "B1")], prior_authorization="AUTH77")))
    (paid,) = pay(exchange).claims
    assert all(a[1] != "197" for a in adjustments(paid.lines[0]))


def test_a_replacement_brings_the_reversal_and_the_correction_in_one_remittance(exchange):
    """C4, R19, R20: the old payment is taken back first; the deductible is counted once."""
    exchange.turn(claims_file(1, claim()))
    first = pay(exchange).claims[0]
    corrected = claim(
        "1042-2",
        [line(number="N1"), line("85025", "40.00", "N2")],
        frequency="7",
        payer_control_number=first.payer_control_number,
    )
    exchange.turn(claims_file(2, corrected))
    paid = pay(exchange)
    reversal, new = paid.claims
    assert reversal.is_reversal
    assert (reversal.control_number, reversal.payer_control_number) == ("1042-1", first.payer_control_number)
    assert (reversal.amount_billed, reversal.amount_paid) == (Decimal("-185.00"), Decimal("-31.00"))
    assert reversal.patient_responsibility is None
    assert [(a.group, a.reason, -a.amount) for a in reversal.lines[0].adjustments] == adjustments(
        first.lines[0]
    )
    assert new.frequency == "7"
    assert adjustments(new.lines[0]) == adjustments(first.lines[0])
    assert paid.amount == new.amount_paid - Decimal("31.00") == Decimal("16.00")
    member = exchange.session.scalar(select(SandboxMember).where(SandboxMember.member_id == "MHP448201"))
    assert member.deductible_met == Decimal("50.00")


def test_a_void_takes_the_payment_back_and_later_money_makes_up_for_it(exchange):
    """C4, R21: PLB WO is negative when nothing is there to take, and positive with the same reference later."""
    exchange.turn(claims_file(1, claim()))
    first = pay(exchange).claims[0]
    void = claim("1042-V", frequency="8", payer_control_number=first.payer_control_number)
    exchange.turn(claims_file(2, void))
    taken = pay(exchange)
    assert [one.status for one in taken.claims] == ["22"]
    assert (taken.amount, taken.method) == (Decimal(0), "NON")
    (owed,) = taken.provider_adjustments
    assert (owed.reason, owed.reference, owed.amount) == ("WO", first.payer_control_number, Decimal("-31.00"))

    exchange.turn(claims_file(3, claim("1043-1", [line(number="Z1", billed="190.00")])))
    later = pay(exchange)
    (recovered,) = later.provider_adjustments
    assert (recovered.reason, recovered.reference, recovered.amount) == (
        "WO",
        first.payer_control_number,
        Decimal("31.00"),
    )
    assert later.amount == later.claims[0].amount_paid - Decimal("31.00")


def test_a_replacement_of_a_claim_not_yet_paid_is_paid_alone(exchange):
    """C4: only the newest of the chain is open."""
    found = exchange.turn(claims_file(1, claim()))
    number = x12.read_277ca(found["277CA"])[0].providers[0].claims[0].payer_control_number
    exchange.turn(claims_file(2, claim("1042-2", frequency="7", payer_control_number=number)))
    paid = pay(exchange, days=20)
    assert [(one.control_number, one.status) for one in paid.claims] == [("1042-2", "1")]


def test_one_remittance_for_each_payer_of_a_run(exchange):
    other = claim("2001-1", subscriber=OKAFOR, payer=x12.Payer(name="CASCADE HMO", id=CASCADE))
    exchange.send(claims_file(1, claim(), other, claim("1044-1", [line("85025", "40.00", "Y1")])))
    sandbox.run(exchange.session, exchange.transport.outbound, exchange.transport.inbound)
    clock.set_days_ahead(30)
    sandbox.run(exchange.session, exchange.transport.outbound, exchange.transport.inbound)
    read = [
        x12.read_835(item.content)[0] for item in exchange.transport.fetch() if item.name.startswith("835")
    ]
    assert sorted((one.payer.name, len(one.claims)) for one in read) == [
        ("CASCADE HMO", 1),
        ("MERIDIAN HEALTH PPO", 2),
    ]
    assert all(x12.prove(one).ok for one in read)
    assert len({one.trace for one in read}) == 2


def test_the_same_bytes_are_answered_once_even_under_another_name(exchange):
    content = claims_file(1, claim())
    assert exchange.turn(content)
    (exchange.transport.outbound / "again.x12").write_bytes(content)
    assert exchange.turn() == {}
    assert len(exchange.session.scalars(select(SandboxClaim)).all()) == 1


def test_a_file_that_is_not_marked_as_a_test_is_refused_whole(exchange):
    """Z1, the wall: production claims have no place at the practice payer."""
    found = exchange.turn(claims_file(1, claim(), usage="P"))
    assert list(found) == ["TA1"]
    (refused,) = x12.read_ta1(found["TA1"])
    assert (refused.code, refused.note, refused.accepted) == ("R", "020", False)
    assert exchange.session.scalars(select(SandboxClaim)).all() == []


def test_a_set_with_a_fault_of_form_is_rejected_by_999_and_its_neighbour_taken(exchange):
    """C2: a 999 works per ST."""
    broken = claim("BAD-1", place_of_service="")
    content = x12.write_837p(envelope(1), [batch(broken), batch(claim(), number="0002")])
    found = exchange.turn(content)
    (group,) = x12.read_999(found["999"])
    assert [item.code for item in group.sets] == ["R", "A"]
    (answer,) = x12.read_277ca(found["277CA"])
    assert [one.control_number for one in answer.providers[0].claims] == ["1042-1"]


def test_noise_in_the_folder_is_read_once_and_disturbs_nothing(exchange):
    exchange.transport.outbound.mkdir(parents=True)
    for name, content in {"empty.x12": b"", "binary.x12": b"\x00\x01PK", "half.x12.part": b"ISA*00"}.items():
        (exchange.transport.outbound / name).write_bytes(content)
    assert exchange.turn() == {}
    assert exchange.turn(claims_file(1, claim())).keys() == {"TA1", "999", "277CA"}


def test_the_same_files_on_the_same_days_give_the_same_bytes(databases, tmp_path, march, session):
    """Z1: a scripted month is reproducible; two payers with empty books answer alike, byte for byte."""
    from_first = _scripted_month(session, tmp_path / "first")
    session.rollback()
    clock.set_days_ahead(0)
    from_second = _scripted_month(session, tmp_path / "second")
    assert from_first == from_second
    assert {name.split("_")[0] for name in from_first} == {"TA1", "999", "277CA", "271", "835"}


def _scripted_month(session, folder):
    seed(session)
    exchange = Exchange(session, folder)
    sandbox.instruct(session, "deny", edi_id=MERIDIAN, reason_code="50")
    exchange.send(claims_file(1, claim("D-1", [line(number="D1", billed="150.00")]), claim()))
    exchange.send(x12.write_270(envelope(2), [question()]))
    found = {}
    for day in range(31):
        clock.set_days_ahead(day)
        sandbox.run(session, exchange.transport.outbound, exchange.transport.inbound)
        for item in exchange.transport.fetch():
            exchange.transport.acknowledge(item.name)
            found[item.name] = item.content
    return found
