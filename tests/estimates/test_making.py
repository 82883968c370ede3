"""An appointment's estimate from what the clinic knows: fees, payments, the payer's answer (E3, E8, R14)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from clinic import clock, eligibility, estimates
from clinic.estimates import parse
from clinic.models import Coverage, Estimate
from clinic.patients import cases
from tests import factories
from tests.estimates.house import answered, contract, left, value, visit
from tests.remittances import house

D = Decimal


def made(session, here, services, **changes):
    return estimates.work_out_visit(session, here.appointment, parse(services), **changes)


def reasons(worked):
    return " / ".join(reason.text for reason in worked.reasons)


def injured_at_work(session, here):
    """The visit belongs to a case of an injury at work; its coverage."""
    case = cases.open_case(
        session, here.patient, factories.make_payer(session, name="State Accident Fund", kind="workers_comp"),
        kind="work", injured_on=clock.today() - timedelta(days=9), claim_number="WC 1", employer="Rivermill",
    )  # fmt: skip
    here.appointment.case_id = case.id
    session.flush()
    return session.scalars(select(Coverage).where(Coverage.case_id == case.id)).one()


def test_the_contract_says_what_is_allowed_and_the_visit_costs_the_copay_e8(session):
    here = visit(session)
    answered(session, here.coverage)
    contract(session, here.payer, c99213="92.00", c83036="20.00")
    found = made(session, here, "99213, 83036")
    assert [(each.source, each.allowed.expected) for each, _ in found.lines] == [
        ("contract", D("92.00")),
        ("contract", D("20.00")),
    ]
    assert [part.share for _, part in found.lines] == [D("25.00"), D("20.00")]
    assert (found.total.low, found.total.expected, found.total.high) == (D("45.00"),) * 3
    assert "contract of 01/01/2026" in found.lines[0][0].source_words
    assert f"The payer's answer is of {clock.today():%m/%d/%Y}" in reasons(found)


def test_without_a_contract_the_middle_of_the_last_payments_counts_and_their_spread_is_the_range_e8(session):
    here = visit(session, coverage={"copay": None})
    answered(
        session,
        here.coverage,
        copay=None,
        coinsurance=value("0.2", of="30"),
        amounts=[left("C", "IND", "0.00", "500.00")],
    )
    for paid in ("80.00", "90.00", "100.00"):
        claim = house.claim_at_payer(session, ("99213", "135.00"), payer=here.payer)
        off = str(D("135.00") - D(paid))
        house.pay(
            session,
            claim,
            house.answer(claim, house.paid_line(claim, 0, paid, ("CO", "45", off))),
            trace=f"T{paid}",
        )
    found = made(session, here, "99213")
    priced = found.lines[0][0]
    assert (priced.source, priced.allowed.low, priced.allowed.expected, priced.allowed.high) == (
        "paid", D("80.00"), D("90.00"), D("100.00"),
    )  # fmt: skip
    assert (found.total.low, found.total.expected, found.total.high) == (D("16.00"), D("18.00"), D("20.00"))
    assert "the middle of 3 payments" in priced.source_words


def test_medicares_table_times_the_payers_own_share_comes_before_the_charge_e8(session):
    here = visit(session)
    medicare = factories.make_payer(session, kind="medicare")
    contract(session, medicare, c99213="100.00", c20610="80.00")
    for number in range(5):
        claim = house.claim_at_payer(session, ("99213", "135.00"), payer=here.payer)
        house.pay(
            session,
            claim,
            house.answer(claim, house.paid_line(claim, 0, "120.00", ("CO", "45", "15.00"))),
            trace=f"M{number}",
        )
    priced = made(session, here, "20610").lines[0][0]
    assert (priced.source, priced.allowed.expected) == ("medicare", D("96.00"))
    assert priced.source_words.startswith("120% of Medicare")


def test_a_code_nobody_ever_priced_is_taken_at_the_charge_and_flagged_e8(session):
    here = visit(session)
    answered(session, here.coverage)
    found = made(session, here, "20610")
    assert found.source == "charge"
    assert any(reason.warns and "no allowed amount is known" in reason.text for reason in found.reasons)
    assert found.total.high <= found.charge


def test_a_qmb_pays_nothing_whatever_the_plan_says_and_is_asked_for_nothing_r14(session):
    here = visit(session, payer={"kind": "medicare"}, coverage={"copay": D("20.00")})
    answered(session, here.coverage, qmb=True)
    found = made(session, here, "99213, 20610")
    assert found.qmb
    assert found.total.high == D("0.00")
    due = eligibility.copay_due(session, here.appointment)
    assert (due.amount, due.source, due.due) == (D("0.00"), "qmb", D("0.00"))


def test_a_qmb_is_known_by_the_second_card_too_r14(session):
    here = visit(session, payer={"kind": "medicare"})
    medicaid = factories.make_payer(session, kind="medicaid")
    factories.make_coverage(
        session, here.patient, medicaid, position=2, plan_name="State plan QMB", copay=None
    )
    assert made(session, here, "99213").qmb


def test_an_injury_at_work_costs_the_patient_nothing_whatever_his_health_plan_says_e8(session):
    here = visit(session, coverage={"copay": D("25.00")})
    answered(session, here.coverage)
    contract(session, here.payer, c99213="92.00")
    plain = estimates.save(session, here.appointment, parse("99213"), key="before")
    fund = injured_at_work(session, here)
    found = made(session, here, "99213")
    assert (found.coverage.id, found.total.high) == (fund.id, D("0.00"))
    assert f"{fund.payer.name} answers for this visit: the visit belongs to its case" in reasons(found)
    assert "copay" in reasons(found)
    assert "answers for this visit now" in estimates.outdated(session, here.appointment, plain)
    assert estimates.still_open(session, here.appointment, plain) == D("0.00")
    assert eligibility.copay_due(session, here.appointment)[:2] == (D("0.00"), "injury")
    kept = estimates.save(session, here.appointment, parse("99213"), key="after")
    assert (kept.coverage_id, kept.high) == (fund.id, D("0.00"))


def test_the_answer_about_the_visits_own_day_counts_not_the_newest_one_e7(session):
    here = visit(session, coverage={"copay": None}, days=2)
    day = clock.today() + timedelta(days=2)
    answered(session, here.coverage, copay=value("30.00")).service_on = day
    later = answered(session, here.coverage, copay=value("55.00"))
    later.answered_at = clock.now() + timedelta(minutes=1)
    session.flush()
    assert made(session, here, "99213").lines[0][1].copay == D("30.00")
    assert eligibility.copay_due(session, here.appointment).amount == D("30.00")


def test_preventive_care_and_the_check_after_an_operation_cost_nothing_e8(session):
    here = visit(session)
    answered(session, here.coverage, amounts=[left("C", "IND", "500.00", "500.00")])
    found = made(session, here, "99396, 99024, 80053-33")
    assert found.total.high == D("0.00")
    found = made(session, here, "99213", diagnoses=["Z00.00"])
    assert found.total.high == D("0.00")
    assert "preventive" in reasons(found)


def test_a_coverage_that_the_payer_calls_inactive_leaves_the_charge_to_the_patient(session):
    here = visit(session)
    answered(session, here.coverage, active=False)
    found = made(session, here, "99213")
    assert found.total.expected == D("135.00")
    assert "not active" in reasons(found)


def test_the_deductible_that_our_own_unanswered_claims_use_up_is_taken_off_first_e8(session):
    here = visit(session, coverage={"copay": None})
    answered(session, here.coverage, copay=None, amounts=[left("C", "IND", "60.00", "500.00")])
    contract(session, here.payer, c99213="92.00", c83036="20.00", c80053="40.00")
    factories.make_claim(session, here.patient, here.payer, lines=(("80053", "48.00"),))
    found = made(session, here, "83036")
    assert (found.total.low, found.total.expected, found.total.high) == (D("20.00"), D("20.00"), D("20.00"))
    found = made(session, here, "99213")
    assert "other visits here use up" in reasons(found)
    assert found.lines[0][1].deductible == D("20.00")


def test_a_second_plan_that_is_silent_may_pay_all_of_what_the_first_one_leaves_e8(session):
    here = visit(session)
    answered(session, here.coverage)
    factories.make_coverage(session, here.patient, position=2, copay=None)
    contract(session, here.payer, c99213="92.00")
    found = made(session, here, "99213")
    assert (found.total.low, found.total.expected, found.total.high) == (D("0.00"), D("0.00"), D("25.00"))


def test_without_a_plan_the_clinics_fees_are_the_estimate_f1(session):
    here = visit(session, covered=False)
    found = made(session, here, "99213, 97110 x 2")
    assert (found.kind, found.total.expected) == ("self_pay", D("283.00"))
    covered = visit(session)
    assert made(session, covered, "99213", without_plan=True).kind == "self_pay"


def test_an_old_answer_says_how_old_it_is_e7(session):
    here = visit(session)
    check = answered(session, here.coverage)
    check.answered_at = clock.now() - timedelta(days=9)
    first = made(session, here, "99213").reasons[0]
    assert first.warns
    assert "answer is of" in first.text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter the services"),
        ("abc", "“ABC” is no service"),
        ("99213 x 0", "at least one unit"),
        (", ".join(["99213"] * 13), "at most 12"),
        ("99213--25", "is no service"),
        ("99213 x -1", "units of 99213 are a whole number from 1, like 99213 x 2"),
        ("83036, 97110-GP x1.5", "units of 97110 are a whole number from 1"),
        ("99213 x", "units of 99213 are a whole number from 1"),
        ("97110 x 9999", "9999 units of 97110 are too many: at most 999"),
        ("99213, 97110-GP x 1000", "1000 units of 97110 are too many"),
    ],
)
def test_services_that_cannot_be_read_are_named(typed, says):
    with pytest.raises(estimates.EstimateRefused, match=says):
        parse(typed)


def test_services_are_read_as_they_are_written():
    typed = "99213-25, 97110-GP-59 x 2 83036"
    assert estimates.words(parse(typed)) == "99213-25, 97110-GP-59 x 2, 83036"


def test_a_code_without_a_fee_is_refused_by_name(session):
    here = visit(session)
    with pytest.raises(estimates.EstimateRefused, match="99999 has no fee"):
        made(session, here, "99999")


def test_what_visits_of_a_kind_usually_bring_is_their_commonest_slip(session):
    here = visit(session)
    for lines in ((("99213", "135.00"),), (("99213", "135.00"), ("83036", "35.00")), (("99213", "135.00"),)):
        other = factories.make_appointment(session, visit_type_id=here.appointment.visit_type_id)
        factories.make_encounter(session, appointment_id=other.id, lines=lines, state="signed")
    assert estimates.words(estimates.usual(session, here.appointment)) == "99213"


def test_each_change_is_a_further_edition_and_the_same_click_is_the_same_one_e8(session):
    here = visit(session)
    answered(session, here.coverage)
    one = estimates.save(session, here.appointment, parse("99213"), key="k1")
    again = estimates.save(session, here.appointment, parse("20610"), key="k1")
    two = estimates.save(session, here.appointment, parse("99213, 83036"), key="k2")
    assert (one.id, one.edition, two.edition) == (again.id, 1, 2)
    assert [each.edition for each in estimates.editions(session, here.appointment.id)] == [2, 1]
    assert sum(line.share for line in two.lines) == two.expected


def test_an_estimate_is_never_changed_or_out_of_order(session):
    here = visit(session)
    one = estimates.save(session, here.appointment, parse("99213"), key="k1")
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE estimate SET expected = 0"))
    kept = ("id", "public_id")
    columns = {c.name: getattr(one, c.name) for c in Estimate.__table__.columns if c.name not in kept}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Estimate).values(columns | {"key": "bad", "edition": 9, "low": D("99999.00")}))
