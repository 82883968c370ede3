"""Money of a remittance that is another business's goes back to the payer (R10, B6, R27)."""

from decimal import Decimal

import pytest

from clinic import clock, ledger
from clinic.models import Account
from tests.ledger.house import account_sums
from tests.remittances import house
from tests.web.remittances_scene import claim, posted
from tests.web.remittances_scene import entries as _entries
from tests.web.remittances_scene import strange as _strange
from tests.web.remittances_scene import url as _url
from tests.web.remittances_scene import words as _text

__all__ = ["claim", "posted"]
D = Decimal


@pytest.fixture
def not_ours(session, biller, posted):
    """$98.60 of the remittance that the biller called another business's."""
    url = _url(posted, "claims", _strange(posted).public_id, "not-ours")
    biller.post(url, {"key": "n", "reason": "The clinic next door"}, status=303)
    return _url(posted, "claims", _strange(posted).public_id)


def _refund_form(biller, posted):
    page = biller.get(f"{_url(posted)}?claim={_strange(posted).public_id}")
    form = page.select_one("#refund form")
    return {
        "key": form.select_one("[name=key]")["value"],
        "method": "check",
        "reason": "Paid to us by mistake",
    }


@pytest.mark.parametrize("htmx", [True, False])
def test_money_that_is_not_ours_goes_back_to_the_payer_once(session, biller, posted, not_ours, htmx):
    """R10, B6: cash and unapplied insurance money shrink alike, and the day sheet says refund."""
    before = account_sums(session)
    data = _refund_form(biller, posted)
    for _ in range(2):
        biller.post(f"{not_ours}/refund", data, status=200 if htmx else 303, htmx=htmx)
    after = account_sums(session)
    assert after[Account.CASH] - before[Account.CASH] == D("-98.60")
    assert (before[Account.UNAPPLIED_INSURANCE], after.get(Account.UNAPPLIED_INSURANCE, 0)) == (
        D("-98.60"),
        0,
    )
    assert _strange(posted).state == "refunded"
    totals = ledger.day_totals(session, clock.today())
    assert totals.refunds == D("98.60")
    assert sum((one.posted for one in totals.remittances), D(0)) - totals.refunds == totals.cash
    page = biller.get(f"{_url(posted)}?claim={_strange(posted).public_id}")
    assert "Paid back" in _text(page)
    assert "Books" in _text(page)
    house.assert_verified(session)


@pytest.mark.parametrize(
    ("changes", "sentence"), [({"reason": " "}, "Say why"), ({"method": "cash"}, "Choose")]
)
def test_a_refund_without_reason_or_way_changes_nothing(session, biller, posted, not_ours, changes, sentence):
    before = _entries(session)
    page = biller.post(f"{not_ours}/refund", _refund_form(biller, posted) | changes, status=422)
    assert sentence in _text(page.select_one("#refund"))
    assert (_entries(session), _strange(posted).state) == (before, "not_ours")


def test_what_nobody_called_not_ours_is_not_paid_back(session, biller, posted):
    url = _url(posted, "claims", _strange(posted).public_id, "refund")
    page = biller.post(url, {"key": "k", "method": "eft", "reason": "x"}, status=422)
    assert "Say first that this money is not ours" in _text(page)


def test_the_desk_pays_nothing_back_to_insurers(front_desk, posted, not_ours):
    front_desk.post(f"{not_ours}/refund", {"key": "k", "method": "check", "reason": "x"}, status=403)


def test_a_refund_to_a_payer_is_reversed_and_the_money_can_be_matched(
    session, biller, manager, posted, not_ours
):
    """R27: held again, and still not ours; before that the remittance itself cannot be taken back."""
    biller.post(f"{not_ours}/refund", _refund_form(biller, posted), status=303)
    page = biller.post(_url(posted, "reversal"), {"key": "u", "reason": "Wrong"}, status=422)
    assert "reverse that refund first" in _text(page)
    link = biller.get(f"{_url(posted)}?claim={_strange(posted).public_id}").select_one(
        "a[href^='/payments/entries/']"
    )
    form = manager.get(link["href"]).select_one("form[action$='/reversal']")
    data = {"key": form.select_one("[name=key]")["value"], "reason": "The check came back"}
    manager.post(form["action"], data, status=303)
    assert _strange(posted).state == "not_ours"
    assert account_sums(session)[Account.UNAPPLIED_INSURANCE] == D("-98.60")
    biller.post(f"{not_ours}/match", {"key": "m", "claim": posted.other.control_number}, status=303)
    assert _strange(posted).state == "posted"
    house.assert_verified(session)
