"""The slip before and after it is signed: what it keeps, what it refuses, field by field."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinic import charges, clock
from clinic.charges import fees
from clinic.models import Authorization, Encounter, Fee, FeeSchedule, Procedure
from tests import factories
from tests.charges.visits import arrived, days_ago, slip

Line = charges.Line


@pytest.fixture
def visit(session):
    return arrived(session)


def faults(session, visit, diagnoses, *lines):
    encounter = charges.open_slip(session, visit.appointment)
    with pytest.raises(charges.SlipInvalid) as refused:
        charges.save_draft(session, encounter, encounter.version, diagnoses, lines)
    assert encounter.charges == []
    return refused.value.faults


def test_a_visit_has_one_slip_however_often_it_is_opened(session, visit):
    first = charges.open_slip(session, visit.appointment)
    assert charges.open_slip(session, visit.appointment) is first
    assert (first.state, first.service_on, first.provider_id) == ("draft", clock.today(), visit.provider.id)


@pytest.mark.parametrize("status", ["booked", "cancelled_patient", "no_show"])
def test_a_visit_that_did_not_arrive_has_no_slip(session, status):
    visit = arrived(session, status=status)
    with pytest.raises(charges.SlipError, match="check them in"):
        charges.open_slip(session, visit.appointment)


def test_a_draft_takes_its_fee_from_the_schedule_and_its_amount_from_the_units(session, visit):
    encounter = slip(session, visit.appointment, Line("83036", units=3), Line("99213", fee=Decimal("99.50")))
    assert [(c.fee, c.amount) for c in encounter.charges] == [
        (Decimal("35.00"), Decimal("105.00")),
        (Decimal("99.50"), Decimal("99.50")),
    ]


def test_codes_are_kept_as_they_are_printed(session, visit):
    encounter = charges.open_slip(session, visit.appointment)
    charges.save_draft(
        session,
        encounter,
        encounter.version,
        [" e1165", "i10"],
        [Line("99213", (" rt", "", "25"), "b, a")],
    )
    assert encounter.diagnoses == ["E11.65", "I10"]
    assert (encounter.charges[0].modifiers, encounter.charges[0].pointers) == (["RT", "25"], "BA")


def test_an_empty_diagnosis_row_is_closed_up_and_the_pointers_follow(session, visit):
    encounter = charges.open_slip(session, visit.appointment)
    rows = ["E11.65", "", "I10"]
    charges.save_draft(session, encounter, encounter.version, rows, [Line("99213", pointers="CA")])
    assert encounter.diagnoses == ["E11.65", "I10"]
    assert encounter.charges[0].pointers == "BA"


def test_saving_again_keeps_the_rows_of_lines_that_stay(session, visit):
    encounter = slip(session, visit.appointment)
    kept = encounter.charges[0].id
    version = encounter.version
    charges.save_draft(session, encounter, version, ["I10"], [Line("99214")])
    assert [charge.id for charge in encounter.charges] == [kept]
    assert encounter.charges[0].code == "99214"
    assert encounter.version == version + 1


def test_a_change_of_the_lines_alone_moves_the_version(session, visit):
    encounter = slip(session, visit.appointment)
    version = encounter.version
    charges.save_draft(session, encounter, version, encounter.diagnoses, [Line("99213", units=2)])
    assert encounter.version == version + 1
    with pytest.raises(charges.SlipChanged):
        charges.save_draft(session, encounter, version, ["I10"], [])


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (Line("9921"), "code"),
        (Line("ABCDE"), "code"),
        (Line("99213", ("255",)), "modifiers"),
        (Line("99213", ("25", "25")), "modifiers"),
        (Line("99213", ("25", "59", "RT", "LT", "76")), "modifiers"),
        (Line("99213", pointers="C"), "pointers"),
        (Line("99213", pointers="AA"), "pointers"),
        (Line("99213", units=0), "units"),
        (Line("99213", units=1000), "units"),
        (Line("99213", fee=Decimal("-1.00")), "fee"),
        (Line("99213", fee=Decimal("1.005")), "fee"),
        (Line("99213", fee=Decimal("1000000.00")), "fee"),
        (Line("99499"), "fee"),
    ],
)
def test_each_wrong_field_of_a_line_gets_its_own_sentence(session, visit, line, field):
    found = faults(session, visit, ["E11.65", "I10"], Line("83036"), line)
    assert list(found) == [f"lines.2.{field}"]
    assert found[f"lines.2.{field}"].endswith(".")


def test_a_line_that_points_at_five_diagnoses_is_refused(session, visit):
    found = faults(
        session, visit, ["E11.65", "I10", "E78.5", "M17.11", "Z79.4"], Line("99213", pointers="ABCDE")
    )
    assert list(found) == ["lines.1.pointers"]


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        (["E11.65", "knee pain"], "diagnoses.B"),
        (["E11.65", "", "E1165"], "diagnoses.C"),
        ([f"E11.{number}" for number in range(10, 23)], "diagnoses.L"),
    ],
)
def test_diagnoses_that_cannot_be_kept_are_refused_on_their_row(session, visit, rows, field):
    assert field in faults(session, visit, rows)


def test_fifty_lines_are_the_most_a_claim_holds(session, visit):
    assert list(faults(session, visit, ["I10"], *[Line("99213")] * 51)) == ["lines"]


def test_the_fee_is_the_one_in_force_on_the_day_of_service(session):
    old = FeeSchedule(name="Standard 2025", effective_on=date(2025, 1, 1), ended_on=date(2025, 12, 31))
    new = FeeSchedule(name="Standard 2026", effective_on=date(2026, 1, 1))
    old.fees = [Fee(code="99213", amount=Decimal("120.00"))]
    new.fees = [
        Fee(code="99213", amount=Decimal("135.00")),
        Fee(code="99213", modifier="TC", amount=Decimal("80.00")),
    ]
    session.add_all([old, new])
    session.flush()
    assert charges.fee(session, "99213", [], date(2025, 12, 31)) == Decimal("120.00")
    assert charges.fee(session, "99213", [], date(2026, 1, 1)) == Decimal("135.00")
    assert charges.fee(session, "99213", ["RT", "TC"], date(2026, 1, 1)) == Decimal("80.00")
    assert charges.fee(session, "99213", [], date(2024, 12, 31)) is None
    assert charges.schedule_on(session, date(2025, 6, 1)) is old


def test_a_payers_contract_is_asked_apart_from_the_clinics_fees(session):
    payer = factories.make_payer(session)
    contract = FeeSchedule(name="Contract", payer_id=payer.id, effective_on=date(2026, 1, 1))
    contract.fees = [Fee(code="99213", amount=Decimal("92.10"))]
    session.add(contract)
    factories.make_fees(session)
    on = date(2026, 3, 10)
    assert charges.fee(session, "99213", [], on, payer.id) == Decimal("92.10")
    assert charges.fee(session, "83036", [], on, payer.id) is None
    assert charges.fee(session, "99213", [], on) == Decimal("135.00")


def test_procedures_are_found_by_code_and_by_words_on_their_days(session):
    gone = date(2025, 12, 31)
    session.add_all(
        [
            Procedure(
                code="20610", description="Drain or inject, major joint", effective_on=date(2020, 1, 1)
            ),
            Procedure(code="20605", description="Drain or inject, joint", effective_on=date(2020, 1, 1)),
            Procedure(code="20600", description="Inject joint", effective_on=date(2020, 1, 1), ended_on=gone),
        ]
    )
    session.flush()
    on = date(2026, 3, 10)
    assert [each.code for each in fees.search(session, "206", on)] == ["20605", "20610"]
    assert [each.code for each in fees.search(session, "joint major", on)] == ["20610"]
    assert fees.search(session, "%", on) == []
    assert fees.describe(session, ["20610", "20600"], on) == {"20610": "Drain or inject, major joint"}


def test_the_last_signed_slip_is_copied_at_the_fees_of_the_new_day(session, visit):
    before = factories.make_appointment(
        session, visit.patient, visit.provider, starts_at=days_ago(30), status="checked_out"
    )
    old = slip(session, before, Line("99213", ("25",), "B", fee=Decimal("1.00")))
    charges.sign_off(session, old, old.version)
    encounter = charges.open_slip(session, visit.appointment)
    copied = charges.copy_last(session, encounter)
    assert copied.diagnoses == ("E11.65", "I10")
    assert copied.lines == (Line("99213", ("25",), "B", 1, Decimal("135.00")),)
    assert encounter.charges == []


def test_there_is_nothing_to_copy_at_the_first_visit(session, visit):
    assert charges.copy_last(session, charges.open_slip(session, visit.appointment)) is None


def test_an_authorization_that_holds_on_the_day_is_put_on_the_slip(session, visit):
    today = clock.today()
    rows = [
        ("OLD", ["99213"], today - timedelta(days=1), 3, 0),
        ("USED", ["99213"], today, 3, 3),
        ("OTHER", ["20610"], today, 3, 0),
        ("A-55210", ["99213"], today, 3, 1),
    ]
    for number, codes, ends, allowed, used in rows:
        session.add(
            Authorization(
                coverage_id=visit.coverage.id,
                number=number,
                codes=codes,
                starts_on=today - timedelta(days=9),
                ends_on=ends,
                visits_allowed=allowed,
                visits_used=used,
            )
        )
    session.flush()
    encounter = slip(session, visit.appointment)
    assert session.get(Authorization, encounter.authorization_id).number == "A-55210"


def test_a_signed_slip_can_be_mended_where_no_money_moves(session, visit):
    encounter = slip(session, visit.appointment)
    charges.sign_off(session, encounter, encounter.version)
    lines = [Line("99213", ("25",), "B", 1, Decimal("135.00")), Line("83036", (), "A", 1, Decimal("35.00"))]
    charges.mend_signed(session, encounter, encounter.version, ["E11.65", "I10"], lines)
    assert (encounter.charges[0].modifiers, encounter.charges[0].pointers) == (["25"], "B")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (Line("99214", fee=Decimal("135.00")), "lines.1.code"),
        (Line("99213", units=2), "lines.1.units"),
        (Line("99213", fee=Decimal("130.00")), "lines.1.fee"),
        (Line("99213", pointers=""), "lines.1.pointers"),
    ],
)
def test_the_money_of_a_signed_slip_is_changed_by_reversal_alone(session, visit, line, field):
    encounter = slip(session, visit.appointment, Line("99213"))
    charges.sign_off(session, encounter, encounter.version)
    with pytest.raises(charges.SlipInvalid) as refused:
        charges.mend_signed(session, encounter, encounter.version, ["E11.65"], [line])
    assert field in refused.value.faults
    with pytest.raises(charges.SlipInvalid, match="none can be added"):
        charges.mend_signed(session, encounter, encounter.version, ["E11.65"], [Line("99213"), Line("83036")])


def test_a_draft_is_not_mended_and_a_signed_slip_is_not_saved(session, visit):
    encounter = slip(session, visit.appointment)
    with pytest.raises(charges.SlipError, match="not signed yet"):
        charges.mend_signed(session, encounter, encounter.version, ["I10"], [Line("99213")])
    charges.sign_off(session, encounter, encounter.version)
    with pytest.raises(charges.SlipError, match="is signed"):
        charges.save_draft(session, encounter, encounter.version, ["I10"], [Line("99213")])


def test_visits_without_a_signed_slip_wait_oldest_first(session, visit):
    waiting = factories.make_appointment(
        session, visit.patient, visit.provider, starts_at=days_ago(3), status="checked_out"
    )
    done = factories.make_appointment(
        session, visit.patient, visit.provider, starts_at=days_ago(5), status="checked_out"
    )
    factories.make_appointment(session, visit.patient, starts_at=days_ago(4), status="no_show")
    encounter = slip(session, done)
    charges.sign_off(session, encounter, encounter.version)
    draft = charges.open_slip(session, visit.appointment)
    found = charges.unsigned_visits(session)
    assert [(each.appointment.id, each.days) for each in found] == [
        (waiting.id, 3),
        (visit.appointment.id, 0),
    ]
    assert [each.encounter for each in found] == [None, draft]
    other = factories.make_provider(session)
    assert charges.unsigned_visits(session, other) == []
    assert session.query(Encounter).count() == 2
