"""Bill codes: long enough, hashed, expiring, locked after five wrong tries (T5)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic import clock, db, payments
from clinic.models import CardPayment, PayLink
from clinic.payments import links
from tests import factories
from tests.payments.house import BORN, D, household


@pytest.fixture
def house(session):
    factories.make_practice(session)
    return household(session)


def look(house, *, born_on=BORN, code=None, address="192.0.2.7"):
    with db.transaction() as current:
        return payments.find(current, code or house.code, born_on, address)


def test_a_link_holds_128_bits_and_the_database_holds_neither_code_nor_token(session, house):
    link = session.scalars(select(PayLink)).one()
    assert len(house.token) == 22
    for secret in (house.code, house.code.replace("-", ""), house.token):
        for column in (link.code_index, link.token_index, link.code_sealed):
            assert secret.encode() not in column


def test_a_code_is_read_in_any_writing(house):
    for typed in (house.code, house.code.lower(), house.code.replace("-", " "), f" {house.code} "):
        assert look(house, code=typed) is house.statement


def test_no_letter_of_a_code_is_mistaken_for_another():
    assert not set("01ILOU") & set(links.ALPHABET)


def test_the_token_of_a_link_is_no_code(house):
    assert look(house, code=house.token) is None


def test_a_link_that_expired_opens_nothing(session, house):
    clock.set_days_ahead(181)
    assert look(house) is None
    assert payments.knows(session, house.token) is None


def test_five_wrong_tries_lock_and_a_quarter_of_an_hour_opens(session, house):
    for _ in range(5):
        assert look(house, born_on=BORN + timedelta(days=1)) is None
    assert look(house) is None
    assert look(house, address="192.0.2.99") is None
    link = session.scalars(select(PayLink)).one()
    assert link.locked_until - clock.wall_now() > timedelta(minutes=14)
    link.locked_until = clock.wall_now()
    assert look(house) is house.statement


def test_a_right_try_forgets_the_wrong_ones(session, house):
    for _ in range(3):
        for _ in range(4):
            look(house, born_on=None)
        assert look(house) is house.statement


def test_confirmation_numbers_never_meet():
    made = {payments.confirmation(CardPayment(id=number)) for number in range(1, 20_001)}
    assert len(made) == 20_000


def test_money_a_bank_is_sending_is_not_asked_for_again(session, house):
    with db.transaction() as current:
        payment = payments.begin(current, house.statement, D("40.00"), language="en", key="k")
        payment.state = "pending"
    assert payments.payable(session, house.patient.guarantor_id).open == D("12.00")
    with pytest.raises(payments.AmountRefused, match=r"\$0.50 to \$12.00"), db.transaction() as current:
        payments.begin(current, house.statement, D("12.01"), language="en", key="k2")
